"""Racks that stand in a hall many times are thought about once: equal places for labels are read by equal passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mission.planning.choice import Choice, Chooser, Side
from mission.planning.flight_errors import FlightErrors
from mission.planning.lanes import Run, RunView, lane_heading_deg
from mission.records import Direction
from warehouse.site import Site

Options = dict[Direction, Choice]


class Choices:
    """The choices for rack faces of one site, remembered by all that they depend on."""

    def __init__(self, site: Site, errors: FlightErrors) -> None:
        """Begin with none."""
        self._site, self._errors = site, errors
        self._known: dict[object, tuple[tuple[Side, ...], Options]] = {}

    def of(self, sides: Sequence[Side], *, margin: float) -> Options:
        """Return what `Chooser.choices` returns for these sides."""
        aisle = self._site.layout.aisle(sides[0].face.aisle)
        key = (
            margin,
            aisle.width_m,
            self._site.heights_m(aisle.name),
            *((s.face.side, s.camera, tuple((band, free_m) for _, band, free_m in s.bins)) for s in sides),
        )
        if key not in self._known:
            self._known[key] = tuple(sides), Chooser(self._site, self._errors, sides, margin=margin).choices()
        first, options = self._known[key]
        if all(a is b for a, b in zip(first, sides, strict=True)):
            return options
        return {direction: _moved(choice, first, sides) for direction, choice in options.items()}


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
