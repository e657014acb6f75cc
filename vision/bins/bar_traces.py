"""Traces of a label that does not read: its bars, and its paper.

Bars that no engine reads still prove that something stands there, when two frames see them at the same place of the goods.

A torn or soiled label keeps pieces of its bars. On goods they lie where the poses say; on what stands behind an empty bin they
would wander from frame to frame, by the parallax of `vision.bins.occupancy`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from vision.bins.face_view import FaceView, Rect
from vision.codes.grey import Grey, resized
from vision.codes.localise import BarRegion, bars_in, find_bar_regions, upright_middle
from warehouse.site import LabelRules

_SIZES = (0.25, 1.3)
"""Length of a piece of a barcode, in widths of the sticker."""
_STRONG, _LEAST_SWINGS = 0.3, 14
"""A swing is strong that takes this share of the line's range. Torn labels of the simulated warehouse show 24 and more, print and
edges of its cartons up to 12."""
_MOST_GAP_MM, _LEAST_RUN = 8.0, 4
"""Between two swings of one run of bars, of which the widest measure 4 mm, and how many swings a run has."""
_MOST_REGIONS = 64
"""Edges of cartons and folds of film are longer and stronger than the piece of a torn label beside them."""
_PAPER_STEP_MM = 2.0
_SAME_SHEET_M = 0.06
"""Sheets found at two thresholds are one when they are nearer than this."""
_INK_MM = 7.0
_STREAK_MM = 25.0
"""Film folds and glare that touch a sheet are narrower than this, a label is not."""
_LEVEL_STEP = 8
"""Grey levels between the thresholds at which bright sheets are looked for."""
_PAPER_TOLERANCE = 1.25
"""How many times larger or smaller than the site's label a sheet may be: poses, tears and the light's falling off at its rim."""
_LEAST_HULL, _LEAST_FILLED = 0.85, 0.65
"""Share of its rectangle that a sheet of paper fills: with what is torn out of its rim, and without."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """What looks like bars of a label in a part of a frame, read or not."""

    region: BarRegion
    """In pixels of that part."""
    place_m: Place
    """Of its middle: (along, height) on the goods' plane."""


def bar_pieces(view: FaceView, crop: Grey, corner_px: tuple[int, int], band: Rect, rules: LabelRules) -> list[Piece]:
    """Return what looks like bars of a label within `band`; `crop` is the part of the frame whose upper left is `corner_px`."""
    px_per_mm = view.camera.px_per_mm(view.standoff_m)
    pieces = []
    for region in find_bar_regions(crop, n_most=_MOST_REGIONS):
        is_sized = _SIZES[0] <= region.length_px / px_per_mm / rules.width_mm <= _SIZES[1]
        if not is_sized or not shows_bars(crop, region, px_per_mm):
            continue
        centre = (region.centre_px[0] + corner_px[0], region.centre_px[1] + corner_px[1])
        along, height = (float(v) for v in view.on_face(np.array(centre)))
        if band.along_m[0] < along < band.along_m[1] and band.height_m[0] < height < band.height_m[1]:
            pieces.append(Piece(region, (along, height)))
    return pieces


def shows_bars(crop: Grey, region: BarRegion, px_per_mm: float) -> bool:
    """Return whether this region of a picture holds bars: all about as dark and close together.

    Not letters, tape or edges of cartons, nor the wires of a mesh. `px_per_mm` is the picture's scale at the goods.
    """
    middle, scale = upright_middle(crop, region)
    return bars_in(middle) and _n_strong_swings(middle, scale * px_per_mm) >= _LEAST_SWINGS


def _n_strong_swings(middle: Grey, px_per_mm: float) -> int:
    """Return how often the mean line across the middle rows of upright bars swings by a good part of its range, in runs.

    Bars are all as dark as the ink; among letters, tape and edges of cartons a few strong lines stand out, and each wire of a mesh
    is two swings by itself.
    """
    width = middle.shape[1]
    line = middle[:, width // 8 : -(width // 8)].mean(axis=0, dtype=np.float32)
    line = cv2.GaussianBlur(line[None], (0, 0), 1.5)[0]
    slope = np.sign(np.diff(line))
    at = np.flatnonzero(slope[1:] * slope[:-1] < 0) + 1
    strong = at[:-1][np.abs(np.diff(line[at])) > _STRONG * float(np.ptp(line))]
    runs = np.split(strong, np.flatnonzero(np.diff(strong) > _MOST_GAP_MM * px_per_mm) + 1)
    return sum(len(run) for run in runs if len(run) >= _LEAST_RUN)


def paper_places(view: FaceView, crop: Grey, corner_px: tuple[int, int], band: Rect, rules: LabelRules) -> list[Place]:
    """Return (along, height) in metres on the goods' plane of bright sheets of about the size of a label within `band`.

    What is printed on it is closed up first: bars and letters are thinner than `_INK_MM`.
    """
    own_px_per_mm = view.camera.px_per_mm(view.standoff_m)
    scale = min(1.0, 1 / (own_px_per_mm * _PAPER_STEP_MM))
    px_per_mm = own_px_per_mm * scale
    ink = max(3, round(_INK_MM * own_px_per_mm) | 1)
    streak = max(3, round(_STREAK_MM * px_per_mm) | 1)
    # Closed before it is made smaller: an average over a bar and the space beside it is as grey as a carton.
    closed = resized(np.asarray(cv2.morphologyEx(crop, cv2.MORPH_CLOSE, np.ones((ink, ink), np.uint8)), dtype=np.uint8), scale)
    sheets = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((streak, streak), np.uint8))
    long_mm, short_mm = max(rules.width_mm, rules.height_mm), min(rules.width_mm, rules.height_mm)
    places: list[Place] = []
    for level in range(int(sheets.min()) + _LEVEL_STEP, int(sheets.max()), _LEVEL_STEP):
        contours, _ = cv2.findContours((sheets > level).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            middle, sides, _ = cv2.minAreaRect(contour)
            long_px, short_px = max(sides), min(sides)
            is_label_sized = all(
                1 / _PAPER_TOLERANCE < px / px_per_mm / mm < _PAPER_TOLERANCE
                for px, mm in ((long_px, long_mm), (short_px, short_mm))
            )
            hull_px, filled_px = cv2.contourArea(cv2.convexHull(contour)), cv2.contourArea(contour)
            is_sheet = hull_px >= _LEAST_HULL * long_px * short_px and filled_px >= _LEAST_FILLED * long_px * short_px
            if not is_label_sized or not is_sheet:
                continue
            along, height = view.on_face((np.array(middle) + 0.5) / scale - 0.5 + np.array(corner_px))
            is_new = all(math.dist((along, height), known) > _SAME_SHEET_M for known in places)
            if is_new and band.along_m[0] < along < band.along_m[1] and band.height_m[0] < height < band.height_m[1]:
                places.append((float(along), float(height)))
    return places
