"""Racks that stand in a hall many times are thought about once: equal places for labels are read by equal passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mission.planning.choice import Choice, Chooser, Side
from mission.planning.flight_errors import FlightErrors
from mission.planning.label_bands import LabelBand, label_band, upright_free_m
from mission.planning.lanes import Run, RunView, lane_heading_deg
from mission.records import Direction
from warehouse.camera import CameraModel
from warehouse.layout import Bin, RackFace
from warehouse.site import Site
from warehouse.tags_new import upright_places_m

LabelPlace = tuple[LabelBand, float]
"""Where the stickers of a bin may hang, and how far they stay from uprights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The best choice of each direction before some sides."""

    by_direction: dict[Direction, Choice]
    """Worked out for the racks of `like`: the same but for the names."""
    like: tuple[Side, ...]
    sides: tuple[Side, ...]

    def best(self) -> Choice:
        """Return the choice that reads the most in the least time, for the racks of `like`."""
        return min(self.by_direction.values(), key=lambda choice: (-choice.n_bins, choice.time_s))

    def chosen(self) -> Choice:
        """Return the best choice, before these sides."""
        is_same = all(a is b for a, b in zip(self.like, self.sides, strict=True))
        return self.best() if is_same else _moved(self.best(), self.like, self.sides)


class Choices:
    """The choices for rack faces of one site, remembered by all that they depend on."""

    def __init__(self, site: Site, errors: FlightErrors) -> None:
        """Begin with none."""
        self._site, self._errors = site, errors
        self._known: dict[object, tuple[dict[Direction, Choice], tuple[Side, ...]]] = {}
        self._places: dict[object, tuple[LabelPlace, ...]] = {}

    def side(self, face: RackFace, camera: CameraModel, bins: Sequence[Bin]) -> Side:
        """Return these bins of a face with the places of their labels."""
        rack = self._site.layout.bins_of_face(face.name)
        key = (_shape(rack), None if len(bins) == len(rack) else _shape(bins))
        if key not in self._places:
            labels, uprights = self._site.labels, upright_places_m(rack)
            bands = [label_band(b, labels) for b in bins]
            self._places[key] = tuple((band, upright_free_m(uprights, band, labels)) for band in bands)
        places = zip(bins, self._places[key], strict=True)
        return Side(face=face, camera=camera, bins=tuple((b, band, free_m) for b, (band, free_m) in places))

    def of(self, sides: Sequence[Side], *, margin: float) -> Options | None:
        """Return what `Chooser.choices` finds for these sides, or found for others like them; None when it finds nothing."""
        aisle = self._site.layout.aisle(sides[0].face.aisle)
        key = (
            margin,
            aisle.width_m,
            self._site.heights_m(aisle.name),
            *((s.face.side, s.camera, tuple((band, free_m) for _, band, free_m in s.bins)) for s in sides),
        )
        if key not in self._known:
            self._known[key] = Chooser(self._site, self._errors, sides, margin=margin).choices(), tuple(sides)
        by_direction, like = self._known[key]
        return Options(by_direction=by_direction, like=like, sides=tuple(sides)) if by_direction else None


def _shape(bins: Sequence[Bin]) -> tuple[object, ...]:
    return tuple((b.code.bay, b.along_m, b.centre_m[2], b.width_m, b.height_m) for b in bins)


def _moved(choice: Choice, first: Sequence[Side], sides: Sequence[Side]) -> Choice:
    """Return the choice before other racks of the same shape."""
    bins = {a[0].code.text: b[0] for old, new in zip(first, sides, strict=True) for a, b in zip(old.bins, new.bins, strict=True)}
    faces = {old.face.name: new.face for old, new in zip(first, sides, strict=True)}
    heading_deg = lane_heading_deg(sides[0].face, sides[0].camera)

    def view(old: RunView) -> RunView:
        return replace(old, face=faces[old.face.name], bins=tuple(bins[b.code.text] for b in old.bins))

    def run(old: Run) -> Run:
        views = tuple(view(v) for v in old.views)
        return replace(old, aisle=sides[0].face.aisle, face=faces[old.face.name], heading_deg=heading_deg, views=views)

    return replace(choice, runs=tuple(run(r) for r in choice.runs))
