"""Do two photos show the same thing at the same place of the goods?

What stands far behind an empty bin wanders over the goods' plane from photo to photo; what stands at its front does not.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.bins.bar_traces import Piece, Place, shows_bars
from vision.bins.face_view import FaceView
from vision.codes.grey import Grey, resized
from vision.codes.localise import BarRegion, picture_from_crop

SAME_PLACE_M = 0.06
"""Two frames' poses put one place of the goods this near together."""
_WANDERS = 1.5
"""What stands at the rear of a bin must wander this many times as far between two photos, or they prove nothing."""
_SAMPLES_PER_MM = 1.0
_ALIKE = 0.6
"""Correlation from which on two pictures of a piece of a label are said to show the same piece."""
_MARGIN_MM = 10.0
"""Paper around the bars that is compared too."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Glimpse:
    """What one photo shows of the bars of a label."""

    view: FaceView
    crop: Grey
    """A part of the photo."""
    corner_px: tuple[int, int]
    """Where its upper left pixel is in the photo."""
    pieces: Sequence[Piece]
    """Of bars, found in it."""

    @cached_property
    def small(self) -> Grey:
        """Return the crop at one sample a millimetre."""
        return resized(self.crop, self.scale)

    @cached_property
    def scale(self) -> float:
        """How many times smaller `small` is."""
        return min(1.0, _SAMPLES_PER_MM / self.view.camera.px_per_mm(self.view.standoff_m))


def is_seen_again(places_by_frame: Sequence[Sequence[Place]]) -> bool:
    """Return whether two frames show something at the same place."""
    return any(
        math.dist(a, b) < SAME_PLACE_M
        for first, second in itertools.combinations(places_by_frame, 2)
        for a in first
        for b in second
    )


def are_bars_seen_again(glimpses: Sequence[Glimpse], depth_m: float) -> bool:
    """Return whether the bars that one photo shows are in another one at the same place of the goods, whole or not.

    Where a torn label ends and how many pieces it has differs from photo to photo: so each piece of one photo is looked for in the
    other at its own place, by its picture, and must show bars there as well.
    """
    for one, other in itertools.permutations(glimpses, 2):
        if _would_wander(one.view, other.view, depth_m) and any(_is_in(one, piece, other) for piece in one.pieces):
            return True
    return False


def _would_wander(one: FaceView, other: FaceView, depth_m: float) -> bool:
    standoff_m = (one.standoff_m + other.standoff_m) / 2
    return abs(one.along_m - other.along_m) * depth_m / (standoff_m + depth_m) >= _WANDERS * SAME_PLACE_M


def _is_in(one: Glimpse, piece: Piece, other: Glimpse) -> bool:
    """Return whether `other` shows the same piece, within `SAME_PLACE_M` of where its pose puts it."""
    if any(math.dist(piece.place_m, its.place_m) < SAME_PLACE_M for its in other.pieces):
        return True
    across = _other_from_one(one, piece.region, other)
    reach = math.ceil(SAME_PLACE_M * 1000 * _SAMPLES_PER_MM)
    size, step_px = _template_size(one, piece.region)
    template = _cut(one, picture_from_crop(piece.region, size, step_px), size)
    wide = size[0] + 2 * reach, size[1] + 2 * reach
    from_wide = picture_from_crop(piece.region, wide, step_px)
    to_other = np.column_stack([across[:, :2] @ from_wide[:, :2], across[:, :2] @ from_wide[:, 2] + across[:, 2]])
    found = cv2.matchTemplate(_cut(other, to_other, wide), template, cv2.TM_CCOEFF_NORMED)
    _, alike, _, (x, y) = cv2.minMaxLoc(np.nan_to_num(found))
    if alike < _ALIKE or math.hypot(x - reach, y - reach) > reach:
        return False
    moved = to_other[:, :2] @ (x - reach, y - reach)
    region = _moved(piece.region, across, (float(moved[0]), float(moved[1])))
    px_per_mm = other.view.camera.px_per_mm(other.view.standoff_m)
    return _is_inside(region, other.crop) and shows_bars(other.crop, region, px_per_mm)


def _other_from_one(one: Glimpse, region: BarRegion, other: Glimpse) -> Vector:
    """Return (2, 3): pixels of one crop to those of the other that show the same place of the goods, about a region."""
    at = np.array(region.centre_px)
    half = region.length_px / 2
    points = at + np.array([(0.0, 0.0), (half, 0.0), (0.0, half)])
    places = one.view.on_face(points + one.corner_px)
    pixels = other.view.pixels(places[:, 0], places[:, 1]) - other.corner_px
    return np.asarray(cv2.getAffineTransform(points.astype(np.float32), pixels.astype(np.float32)), dtype=np.float64)


def _template_size(one: Glimpse, region: BarRegion) -> tuple[tuple[int, int], tuple[float, float]]:
    """Return the size of a piece and the paper around it in samples, and how many samples a pixel has."""
    step = _SAMPLES_PER_MM / one.view.camera.px_per_mm(one.view.standoff_m)
    margin = 2 * _MARGIN_MM * _SAMPLES_PER_MM
    return (round(region.length_px * step + margin), round(region.height_px * step + margin)), (step, step)


def _cut(glimpse: Glimpse, picture_from_template: Vector, size: tuple[int, int]) -> Grey:
    # From pixels of the crop to those of the small one, whose middles lie elsewhere.
    matrix = picture_from_template * glimpse.scale
    matrix[:, 2] += (glimpse.scale - 1) / 2
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(glimpse.small, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


def _moved(region: BarRegion, across: Vector, by_px: tuple[float, float]) -> BarRegion:
    turned = across[:, :2] @ (math.cos(math.radians(region.angle_deg)), math.sin(math.radians(region.angle_deg)))
    centre = across[:, :2] @ region.centre_px + across[:, 2] + by_px
    grown = float(np.hypot(*turned))
    return BarRegion(
        centre_px=(float(centre[0]), float(centre[1])),
        length_px=region.length_px * grown,
        height_px=region.height_px * grown,
        angle_deg=math.degrees(math.atan2(turned[1], turned[0])),
        strength=region.strength,
    )


def _is_inside(region: BarRegion, crop: Grey) -> bool:
    angle = math.radians(region.angle_deg)
    half = region.length_px / 2 * abs(math.cos(angle)) + region.height_px / 2 * abs(math.sin(angle))
    tall = region.length_px / 2 * abs(math.sin(angle)) + region.height_px / 2 * abs(math.cos(angle))
    x, y = region.centre_px
    return bool(half <= x <= crop.shape[1] - half and tall <= y <= crop.shape[0] - tall)
