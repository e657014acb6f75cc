"""Where the stickers of one bin may hang, and what may stand before them."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.layout import Bin
from warehouse.site import LabelRules

UPRIGHT_WIDTH_M = 0.10
"""Of a pallet rack's upright, as wide as they are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelBand:
    """Where the stickers of one bin may hang."""

    along_min_m: float
    """Of the middle of a sticker, along the face."""
    along_max_m: float
    low_m: float
    """Lower edge of the lowest sticker, above the floor."""
    high_m: float
    """Upper edge of the highest sticker, above the floor."""
    middle_low_m: float
    """Middle of the lowest sticker, above the floor."""
    middle_high_m: float


def label_band(bin_: Bin, labels: LabelRules) -> LabelBand:
    """Return where the stickers of a bin may hang; an opening lower than the band or narrower than a sticker limits it."""
    play = max(0.0, (bin_.width_m - labels.width_mm / 1000) / 2 - labels.edge_m)
    high = min(labels.highest_m, bin_.height_m)
    low = min(labels.lowest_m, max(0.0, high - labels.height_mm / 1000))
    half_height = min(labels.height_mm / 1000, high - low) / 2
    return LabelBand(
        along_min_m=bin_.along_m - play,
        along_max_m=bin_.along_m + play,
        low_m=bin_.base_m + low,
        high_m=bin_.base_m + high,
        middle_low_m=bin_.base_m + low + half_height,
        middle_high_m=bin_.base_m + high - half_height,
    )


def upright_free_m(uprights_m: Sequence[float], band: LabelBand, labels: LabelRules) -> float:
    """Return how far the outer edge of a sticker stays from the nearest upright of its face, along the face; at least 0.

    `uprights_m` are the places of the uprights of the face, in order; infinite when there is none.
    """
    half = labels.width_mm / 2000
    left, right = band.along_min_m - half, band.along_max_m + half
    i = bisect(uprights_m, (left + right) / 2)
    before = left - uprights_m[i - 1] - UPRIGHT_WIDTH_M / 2 if i else math.inf
    after = uprights_m[i] - UPRIGHT_WIDTH_M / 2 - right if i < len(uprights_m) else math.inf
    return max(0.0, min(before, after))
