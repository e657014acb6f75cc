"""What stands in the locations of a warehouse."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallestGoods:
    """The smallest thing that may stand alone in a location."""

    height_m: float
    depth_m: float


EMPTY_PALLET = SmallestGoods(height_m=0.14, depth_m=1.2)
"""What stands alone where nothing but pallets is kept: a EUR-pallet, EN 13698-1, that reaches in with its long side."""
