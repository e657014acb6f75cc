"""How many pixels the narrowest bar of a label needs to be read, by kind of barcode and by how far the picture is blurred.

The rule has the form that fits stock engines: a floor, so much for each pixel of defocus, so much for each pixel of movement.
The figures of `_LINEAR` and `_MATRIX` were measured with this project's own decoder on rendered labels (`python -m
benchmarks.label_needs`), where all labels of a cell were read at about 5 % less. The floors are higher than there: below them,
labels photographed by the simulated warehouse's camera were lost to light, noise and JPEG (`python -m benchmarks.readability`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from warehouse.site import LabelRules
from warehouse.symbologies import LINEAR_SYMBOLOGIES

MARGIN = 1.25
"""Pixels to plan with, over those that are just enough: print, light and film of a real hall are worse than the measured ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    floor_px: float
    """Sharp and still."""
    by_defocus: float
    """Pixels a pixel of blur (sigma)."""
    by_motion: float
    """Pixels a pixel of movement, where that is most of the blur."""
    motion_as_sigma: float
    """Share of a movement's length that blurs like the sigma of a defocus; 1 / sqrt(12) by variance."""


_LINEAR = _Need(floor_px=1.4, by_defocus=1.5, by_motion=0.66, motion_as_sigma=0.346)
_MATRIX = _Need(floor_px=1.65, by_defocus=2.15, by_motion=0.73, motion_as_sigma=0.32)


def needed_px(labels: LabelRules, defocus_px: float, motion_px: float, *, margin: float = 1.0) -> float:
    """Return the pixels a bar below which labels are not read, or with `margin` above 1 those that a plan asks for.

    `defocus_px` is the sigma of what the lens blurs; `motion_px` is the length of the movement during the exposure, across the bars
    of a linear code or any way over a matrix code. A site's own `pixels_per_bar` is never gone below.
    """
    needed = least_px(labels, margin=margin)
    for need in {_need(symbology) for symbology in labels.symbologies}:
        blur = math.hypot(defocus_px, need.motion_as_sigma * motion_px)
        needed = max(needed, margin * need.by_defocus * blur, margin * need.by_motion * motion_px)
    return needed


def least_px(labels: LabelRules, *, margin: float = 1.0) -> float:
    """Return the pixels a bar that sharp and still labels need; with the full `MARGIN`, those that a plan asks for at least."""
    if margin >= MARGIN or labels.pixels_per_bar is not None:
        return labels.least_pixels_per_bar
    return margin * max(_need(symbology).floor_px for symbology in labels.symbologies)


def most_motion_px(labels: LabelRules, px_per_bar: float, defocus_px: float, *, margin: float = 1.0) -> float:
    """Return the longest movement that labels of so many pixels bear (see `needed_px`); 0 when not even a still one is read."""
    if px_per_bar < least_px(labels, margin=margin):
        return 0.0
    longest = math.inf
    for need in {_need(symbology) for symbology in labels.symbologies}:
        px = px_per_bar / margin
        left = (px / need.by_defocus) ** 2 - defocus_px**2
        if left <= 0:
            return 0.0
        longest = min(longest, math.sqrt(left) / need.motion_as_sigma, px / need.by_motion)
    return longest


def matrix_px(defocus_px: float) -> float:
    """Return the pixels a square of a matrix code needs, still."""
    return max(_MATRIX.floor_px, _MATRIX.by_defocus * defocus_px)


def is_linear_only(labels: LabelRules) -> bool:
    """Whether no label carries a matrix code: then a movement along the bars blurs nothing."""
    return all(symbology in LINEAR_SYMBOLOGIES for symbology in labels.symbologies)


def _need(symbology: str) -> _Need:
    return _LINEAR if symbology in LINEAR_SYMBOLOGIES else _MATRIX
