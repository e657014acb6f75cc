"""Where the uprights of a rack stand, as far as the layout tells: in the gaps between bays, and at both ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from warehouse.layout import Bin

END_WIDTH_M = 0.10
"""Taken for the width of the first and the last upright of a rack, which only one bay touches."""
_NARROWEST_M, _WIDEST_M = 0.04, 0.30


@dataclass(frozen=True, slots=True, kw_only=True)
class Upright:
    """One post of the rack front."""

    along_m: float
    """Its middle, from the start of the aisle."""
    width_m: float
    """Of the gap that the layout leaves for it."""
    is_end: bool
    """Whether it closes the rack, or a part of it beside a passage: no gap in the layout says how wide it is."""


def uprights_of(bins: Sequence[Bin]) -> list[Upright]:
    """Return the uprights of one face, from its bins, in their order along the aisle.

    A gap too wide for one upright (a column of the building, a passage) has one at each of its sides.
    """
    spans: dict[str, tuple[float, float]] = {}
    for b in bins:
        start, end = spans.get(b.code.bay, (b.along_m, b.along_m))
        spans[b.code.bay] = (min(start, b.along_m - b.width_m / 2), max(end, b.along_m + b.width_m / 2))
    bays = sorted(spans.values())
    gaps = [(a[1], b[0]) for a, b in pairwise(bays) if b[0] - a[1] >= _NARROWEST_M]
    between = [upright for low, high in gaps for upright in _in_gap(low, high)]
    ends = [bays[0][0] - END_WIDTH_M / 2, bays[-1][1] + END_WIDTH_M / 2]
    first, last = (Upright(along_m=along, width_m=END_WIDTH_M, is_end=True) for along in ends)
    return sorted([first, *between, last], key=lambda u: u.along_m)


def _in_gap(low_m: float, high_m: float) -> list[Upright]:
    if high_m - low_m <= _WIDEST_M:
        return [Upright(along_m=(low_m + high_m) / 2, width_m=high_m - low_m, is_end=False)]
    sides = (low_m + END_WIDTH_M / 2, high_m - END_WIDTH_M / 2)
    return [Upright(along_m=along, width_m=END_WIDTH_M, is_end=True) for along in sides]


def usual_width_m(bins: Sequence[Bin]) -> float:
    """Return about how wide the uprights of one face are."""
    between = sorted(u.width_m for u in uprights_of(bins) if not u.is_end)
    return between[len(between) // 2] if between else END_WIDTH_M
