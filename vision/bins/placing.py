"""From a place on a rack face to a bin, with the margin to the next."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from warehouse.layout import Bin, BinKind, Layout

MAX_OUTSIDE_M = 0.30
"""A label further than this from every opening belongs to no bin."""
_TOUCHING_M = 0.02
_STRAY = 0.05
"""Share of labels that hang anywhere: on a load that sticks out of its bin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which bin a place on a face belongs to."""

    location: str
    runner_up: str
    """The next bin; empty when the face has only one."""
    margin_m: float
    """How much farther the runner-up's opening is than the bin's own (0 where they are equally near)."""
    room_m: float = MAX_OUTSIDE_M
    """How far off the place may be before the runner-up is nearer: in the gap between two openings that is half of the margin."""
    is_beside: bool = False
    """Whether the runner-up is the next bin of the same bay and level, with nothing between the two."""

    def wrong_chance(self, sigma_m: float, clear_m: float) -> float:
        """Return the chance that the label hangs in the runner-up, for a place known to `sigma_m`.

        Labels keep `clear_m` from the sides of their bin to their own middle, all but a few: a place between that of two bins is of
        the one whose labels may hang nearer. At an upright that is not asked: who hangs there overhangs.
        """
        plain = 0.5 * math.erfc(self.room_m / (math.sqrt(2) * sigma_m))
        if not self.is_beside:
            return plain
        own = (1 - _STRAY) * _below((self.room_m - clear_m) / sigma_m) + _STRAY * (1 - plain)
        other = (1 - _STRAY) * _below((-self.room_m - clear_m) / sigma_m) + _STRAY * plain
        return other / (own + other)


def place(layout: Layout, face: str, along_m: float, height_m: float, *, is_rear: bool = False) -> Place | None:
    """Return the bin whose opening is nearest; None when none is within `MAX_OUTSIDE_M`.

    Bins without observable stock take part: a label that hangs in a forbidden bin must not be counted to its neighbour. The rear
    places of a double-deep rack have a plane of their own: with `is_rear` they are asked, and they alone.
    """
    bins = [b for b in layout.bins_of_face(face) if (b.kind is BinKind.REAR) == is_rear]
    ranked = sorted((_distance_m(b, along_m, height_m), _off_centre(b, along_m, height_m), b.code.text) for b in bins)
    if not ranked or ranked[0][0] > MAX_OUTSIDE_M:
        return None
    if len(ranked) == 1:
        return Place(location=ranked[0][2], runner_up="", margin_m=MAX_OUTSIDE_M)
    (own, _, location), (next_best, _, runner_up) = ranked[:2]
    mine, other = layout.bins_by_code[location], layout.bins_by_code[runner_up]
    gap = _gap_m(mine, other)
    is_level = abs(mine.centre_m[2] - other.centre_m[2]) < min(mine.height_m, other.height_m) / 2
    room = (next_best - own) / 2 if own > 0 else max(next_best - gap / 2, 0.0)
    return Place(
        location=location,
        runner_up=runner_up,
        margin_m=next_best - own,
        room_m=room,
        is_beside=is_level and gap < _TOUCHING_M,
    )


def nearest(bins: Iterable[Bin], along_m: float, height_m: float) -> str:
    """Return the location of the bin whose opening is nearest, however far it is; empty without bins."""
    ranked = [(_distance_m(b, along_m, height_m), _off_centre(b, along_m, height_m), b.code.text) for b in bins]
    return min(ranked)[2] if ranked else ""


def _below(x: float) -> float:
    """Return the normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _gap_m(a: Bin, b: Bin) -> float:
    """Return the distance between two openings."""
    dx = max(abs(a.along_m - b.along_m) - (a.width_m + b.width_m) / 2, 0.0)
    dz = max(abs(a.centre_m[2] - b.centre_m[2]) - (a.height_m + b.height_m) / 2, 0.0)
    return math.hypot(dx, dz)


def _distance_m(b: Bin, along_m: float, height_m: float) -> float:
    dx = max(abs(along_m - b.along_m) - b.width_m / 2, 0.0)
    dz = max(abs(height_m - b.centre_m[2]) - b.height_m / 2, 0.0)
    return math.hypot(dx, dz)


def _off_centre(b: Bin, along_m: float, height_m: float) -> float:
    return math.hypot(along_m - b.along_m, height_m - b.centre_m[2])
