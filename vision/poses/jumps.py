"""Photos whose place jumped: what they show hangs elsewhere than where the photos just before and after show it.

Errors that grow from photo to photo are corrected by what the photos share. A jump by a slot, as when the external navigation is
reset or a picture is matched with another one's pose, is too large to be told from a second sticker of the same text there, and the
photos behind it agree with one another. So photos in a row that share pallet labels or location tags, and agree about none of
them, are put apart, and only what many more contradict is known to be the part that is wrong.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import FaceView
from vision.bins.placed_reads import names_pallet
from vision.codes.decoded import Decoded
from vision.poses.group import LOOSEST_GATE_M
from vision.poses.sightings import LANE_LEVEL_M
from warehouse.site import Site

_Places = dict[tuple[str, str], list[NDArray[np.float64]]]

_REACH = 6
"""Photos back, of the same side and level, that a photo is compared with."""
JUMPED_SIGMA_M = 1.0
"""How far off such a photo may be, a slot or more: it places nothing."""
_MOST_DEVIATIONS = 4.0
"""How many standard deviations of their places two photos may differ by: one that is known to be unsure has not jumped."""
_MOST = 2.0
"""How many times as many photos must contradict some others to be believed against them."""


@dataclass(slots=True)
class _Flight:
    """The photos of one side along a face, in flight order, and the parts that they fall into."""

    alongs_m: list[float] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)

    def since(self, part: _Part) -> int:
        """Return how many photos ago the last one of a part was taken."""
        return len(self.alongs_m) - 1 - part.last

    def off_course_m(self, part: _Part) -> float:
        """Return how far the newest photo is from where a part leads, at the usual step from photo to photo."""
        step_m = float(np.median(np.diff(self.alongs_m[-2 * _REACH :])))
        return abs(self.alongs_m[-1] - part.views[-1].along_m - self.since(part) * step_m)


@dataclass(slots=True, eq=False)
class _Part:
    """Photos of one flight along a face that put what they share in the same places."""

    views: list[FaceView] = field(default_factory=list)
    last: int = 0
    """Number in the flight of the last of them."""
    against: list[_Part] = field(default_factory=list)
    """Other parts that put something elsewhere."""


def jumped(site: Site, views: Sequence[FaceView], found: Mapping[str, Sequence[Decoded]]) -> frozenset[str]:
    """Return the frames, of `views` in flight order with corrected poses, whose places are contradicted by those of others."""
    flights: dict[tuple[str, str, str], _Flight] = defaultdict(_Flight)
    places: dict[str, _Places] = {}
    for view in views:
        frame = view.frame
        places[frame.frame] = _places(site, view, found.get(frame.frame, ()))
        _join(view, flights[frame.sortie, frame.camera, view.face.name], places)
    return frozenset(v.frame.frame for flight in flights.values() for part in _doubted(flight.parts) for v in part.views)


def _join(view: FaceView, flight: _Flight, places: Mapping[str, _Places]) -> None:
    """Put a view into the part that it agrees with, or into one that it shares nothing with and is on course of, or a new one."""
    flight.alongs_m.append(view.along_m)
    newest = sorted(flight.parts, key=lambda part: -part.last)
    agrees = [_agrees(view, part, places) for part in newest]
    own = next((part for part, answer in zip(newest, agrees, strict=True) if answer), None)
    if own is None and newest and agrees[0] is None:
        silent = [p for p, answer in zip(newest, agrees, strict=True) if answer is None and flight.since(p) <= _REACH]
        own = min(silent, key=flight.off_course_m)
    if own is None:
        own = _Part()
        flight.parts.append(own)
        for other in (part for part, answer in zip(newest, agrees, strict=True) if answer is False):
            own.against.append(other)
            other.against.append(own)
    own.views.append(view)
    own.last = len(flight.alongs_m) - 1


def _places(site: Site, view: FaceView, found: Sequence[Decoded]) -> _Places:
    """Return where on the face a frame shows what hangs once in the warehouse."""
    places: _Places = defaultdict(list)
    for d in found:
        if site.is_location_text(d.symbology, d.text) or names_pallet(site, d):
            place = view.on_face(np.asarray(d.corners_px)).mean(axis=0)
            if np.isfinite(place).all():
                places[d.symbology, d.text].append(place)
    return places


def _agrees(view: FaceView, part: _Part, places: Mapping[str, _Places]) -> bool | None:
    """Return whether a frame puts something where the last frames of a part put it; None where they share nothing."""
    mine, answer = places[view.frame.frame], None
    height_m = view.frame.pose.position_m[2]
    for other in part.views[-_REACH:]:
        if abs(other.frame.pose.position_m[2] - height_m) > LANE_LEVEL_M:
            continue
        theirs = places[other.frame.frame]
        unsure_m = math.hypot(view.frame.position_sigma_m, other.frame.position_sigma_m)
        gate_m = max(LOOSEST_GATE_M, _MOST_DEVIATIONS * unsure_m)
        for text in mine.keys() & theirs.keys():
            if any(np.hypot(*(a - b)) <= gate_m for a in mine[text] for b in theirs[text]):
                return True
            answer = False
    return answer


def _doubted(parts: list[_Part]) -> list[_Part]:
    """Return the parts of one flight along a face that are not believed: those that a clear majority contradicts.

    Where the majority is not clear, those that contradict each other are all doubted.
    """
    believed: list[_Part] = []
    for part in sorted(parts, key=lambda part: -len(part.views)):
        if not any(foe in believed for foe in part.against):
            believed.append(part)
    doubted = [part for part in parts if part not in believed]
    unclear = []
    for part in doubted:
        foes = [foe for foe in part.against if foe in believed]
        if sum(len(foe.views) for foe in foes) < _MOST * len(part.views):
            unclear += foes
    return [*doubted, *unclear]
