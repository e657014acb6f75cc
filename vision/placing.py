"""From a place on a rack face to a bin, with the margin to the next."""

from __future__ import annotations

import math
from dataclasses import dataclass

from warehouse.layout import Bin, BinKind, Layout

MAX_OUTSIDE_M = 0.30
"""A label further than this from every opening belongs to no bin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which bin a place on a face belongs to."""

    location: str
    runner_up: str
    """The next bin; empty when the face has only one."""
    margin_m: float
    """How much farther the runner-up's opening is than the bin's own (0 where they are equally near)."""


def place(layout: Layout, face: str, along_m: float, height_m: float) -> Place | None:
    """Return the bin whose opening is nearest; None when none is within `MAX_OUTSIDE_M`.

    Bins without observable stock take part: a label that hangs in a forbidden bin must not be counted to its neighbour.
    """
    fronts = [b for b in layout.bins_of_face(face) if b.kind is not BinKind.REAR]
    ranked = sorted((_distance_m(b, along_m, height_m), _off_centre(b, along_m, height_m), b.code.text) for b in fronts)
    if not ranked or ranked[0][0] > MAX_OUTSIDE_M:
        return None
    if len(ranked) == 1:
        return Place(location=ranked[0][2], runner_up="", margin_m=MAX_OUTSIDE_M)
    return Place(location=ranked[0][2], runner_up=ranked[1][2], margin_m=ranked[1][0] - ranked[0][0])


def _distance_m(b: Bin, along_m: float, height_m: float) -> float:
    dx = max(abs(along_m - b.along_m) - b.width_m / 2, 0.0)
    dz = max(abs(height_m - b.centre_m[2]) - b.height_m / 2, 0.0)
    return math.hypot(dx, dz)


def _off_centre(b: Bin, along_m: float, height_m: float) -> float:
    return math.hypot(along_m - b.along_m, height_m - b.centre_m[2])
