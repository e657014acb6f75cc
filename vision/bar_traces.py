"""Bars that no engine reads still prove that something stands there, when two frames see them at the same place of the goods.

A torn or soiled label keeps pieces of its bars. On goods they lie where the poses say; on what stands behind an empty bin they
would wander from frame to frame, by the parallax of `vision.occupancy`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from vision.face_view import FaceView, Rect
from vision.grey import Grey
from vision.localise import find_bar_regions, looks_like_bars, upright
from warehouse.site import LabelRules

SAME_PLACE_M = 0.06
"""Two frames' poses put one place of the goods this near together; a rack's depth behind it, 0.14 m lies between them."""
_SIZES = (0.25, 1.3)
"""Length of a piece of a barcode, in widths of the sticker."""

Place = tuple[float, float]


def bar_places(view: FaceView, crop: Grey, corner_px: tuple[int, int], band: Rect, rules: LabelRules) -> list[Place]:
    """Return (along, height) in metres on the goods' plane of what looks like bars of a label within `band`.

    `crop` is the part of the frame whose upper left pixel is `corner_px`.
    """
    px_per_mm = view.camera.px_per_mm(view.standoff_m)
    places = []
    for region in find_bar_regions(crop):
        if not _SIZES[0] <= region.length_px / px_per_mm / rules.width_mm <= _SIZES[1]:
            continue
        if not looks_like_bars(upright(crop, region).image):
            continue
        centre = (region.centre_px[0] + corner_px[0], region.centre_px[1] + corner_px[1])
        along, height = view.on_face(np.array(centre))
        if band.along_m[0] < along < band.along_m[1] and band.height_m[0] < height < band.height_m[1]:
            places.append((float(along), float(height)))
    return places


def is_seen_again(places_by_frame: Sequence[Sequence[Place]]) -> bool:
    """Return whether two frames show bars at the same place."""
    return any(
        math.dist(a, b) < SAME_PLACE_M
        for first, second in itertools.combinations(places_by_frame, 2)
        for a in first
        for b in second
    )
