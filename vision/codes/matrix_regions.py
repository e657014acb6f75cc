"""Where QR and Data Matrix codes may be in a picture, and that piece turned so that its modules stand upright.

Modules have strong edges in two directions, bars in one only: the smaller eigenvalue of the structure tensor tells them apart. The
two directions of a symbol that is seen from the side are not at a right angle; the crop makes them so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.codes.grey import Grey, ranked, resized, shrunk
from vision.codes.localise import UprightCrop

WORKING_SIDE_PX = 800
"""The longer side of the picture that regions are searched in."""
CROP_SIDE_PX = 320
"""Side of a crop, where the symbol needs no more."""
MOST_CROP_SIDE_PX = 640
MAX_ENLARGEMENT = 4.0
LONGEST_SYMBOL = 4.0
"""Longer against shorter side; Data Matrix has symbols of 8 x 32 modules."""
SHORTEST_ROW, LONGEST_ROW = 1.6, 8.0
"""Between them a region may be several codes in a row."""
_WINDOWS = (0.016, 0.04, 0.1)
"""Sizes of what is looked for, small symbols and large ones; a share of the longer side."""
_LEAST_ENERGY = 36.0
"""Squared grey levels a pixel: fainter texture is noise or wood."""
_SYMBOL_SHARE, _QUIET_SHARE = 0.64, 0.76
"""Of a crop's side: the symbol ends within the first, its quiet zone within the second."""
LEAST_DARK = 0.2
"""Share of a symbol that is dark; print on paper has less. Of the codes that were read 0.23 was the least."""
LEAST_CHANGES = 4.5
"""Between dark and light along a row or column of the middle of a crop; the smallest symbol has ten modules."""
_DIRECTIONS_SIDE_PX = 96
_BLOCKS_A_WINDOW = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRegion:
    """A piece of the picture with edges in two directions, about as wide as high, in pixels of the whole picture."""

    centre_px: tuple[float, float]
    size_px: float
    """The longer side."""
    strength: float


def find_matrix_regions(image: Grey, *, n_most: int) -> list[MatrixRegion]:
    """Return up to `n_most` regions of a grey picture that may hold a 2D code, strongest first."""
    small, scale = shrunk(image, WORKING_SIDE_PX)
    calm = cv2.GaussianBlur(small, (0, 0), 0.7)
    gx, gy = (cv2.Scharr(calm, cv2.CV_32F, dx, 1 - dx) / 32 for dx in (1, 0))
    products = gx * gx, gy * gy, gx * gy
    regions: list[MatrixRegion] = []
    for share in _WINDOWS:
        window = max(7, int(share * max(small.shape)))
        # What is averaged over a window may be averaged over blocks first: the larger the window, the fewer pixels are looked at.
        block = max(1, window // _BLOCKS_A_WINDOW)
        size = max(round(small.shape[1] / block), 1), max(round(small.shape[0] / block), 1)
        blocks = products if block == 1 else [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in products]
        regions += _regions_at(blocks, round(window / block) | 1, block / scale, n_most)
    kept: list[MatrixRegion] = []
    for r in sorted(regions, key=lambda r: -r.strength):
        if len(kept) == n_most:
            break
        if not any(
            math.dist(r.centre_px, k.centre_px) < 0.3 * min(r.size_px, k.size_px) and 0.6 < r.size_px / k.size_px < 1.6
            for k in kept
        ):
            kept.append(r)
    return kept


def _regions_at(products: Sequence[cv2.typing.MatLike], window: int, to_full: float, n_most: int) -> list[MatrixRegion]:
    """Return what the `n_most` strongest connected pieces of texture give that have the shape of a symbol, or of a row of them."""
    jxx, jyy, jxy = (cv2.boxFilter(product, -1, (window, window)) for product in products)
    weaker = (jxx + jyy - np.asarray(cv2.magnitude(jxx - jyy, 2 * jxy))) / 2
    floor = max(_LEAST_ENERGY, 0.35 * ranked(weaker[::4, ::4], 0.98))
    opening = np.ones((max(3, window // 3),) * 2, np.uint8)
    mask = cv2.morphologyEx((weaker > floor).astype(np.uint8), cv2.MORPH_OPEN, opening)
    n, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_16U)
    areas = stats[:, cv2.CC_STAT_AREA]
    textured = np.flatnonzero(labels)
    sums = np.bincount(labels.ravel()[textured], weights=weaker.ravel()[textured], minlength=n)
    strengths = sums / np.sqrt(np.maximum(areas, 1))
    strengths[(areas < 0.6 * window * window) | (np.arange(n) == 0)] = 0.0
    regions: list[MatrixRegion] = []
    n_shapes = 0
    for i in np.argsort(-strengths, kind="stable"):
        if strengths[i] == 0.0 or n_shapes == n_most:
            break
        x, y, w, h, area = (int(v) for v in stats[i])
        (cx, cy), (side_a, side_b), turn_deg = cv2.minAreaRect(_rim(labels[y : y + h, x : x + w] == i))
        shorter, longer = sorted((side_a + 1, side_b + 1))
        if area < 0.5 * shorter * longer or longer > LONGEST_ROW * shorter:
            continue
        n_shapes += 1
        along = math.radians(turn_deg if side_a >= side_b else turn_deg + 90)
        for offset, size in _pieces(longer, shorter):
            px, py = x + cx + offset * math.cos(along), y + cy + offset * math.sin(along)
            centre = ((px + 0.5) * to_full - 0.5, (py + 0.5) * to_full - 0.5)
            strength = float(strengths[i]) * size / longer
            regions.append(MatrixRegion(centre_px=centre, size_px=size * to_full, strength=strength))
    return regions


def _rim(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return (x, y) of the first and last pixel of every row: they have the same convex hull as all, and are few."""
    rows = np.nonzero(inside.any(axis=1))[0]
    first = inside[rows].argmax(axis=1)
    last = inside.shape[1] - 1 - inside[rows, ::-1].argmax(axis=1)
    return np.column_stack([np.r_[first, last], np.r_[rows, rows]]).astype(np.float32)


def _pieces(longer: float, shorter: float) -> list[tuple[float, float]]:
    """Return (offset along the longer side, size): codes side by side are one long region, a line of print is a longer one."""
    ratio = longer / shorter
    if ratio > LONGEST_ROW:
        return []
    whole = [(0.0, longer)] if ratio <= LONGEST_SYMBOL else []
    if ratio < SHORTEST_ROW:
        return whole
    n = round(1.5 * ratio)
    return whole + [((i - (n - 1) / 2) * (longer - shorter) / (n - 1), shorter) for i in range(n)]


def lies_on_dark(crop: Grey) -> bool:
    """Return whether what lies round the symbol in a crop from `squared` is darker than the symbol, as round a light code."""
    around, inside = (crop[_within(crop.shape[0], share)].astype(np.float32) for share in (_QUIET_SHARE, _SYMBOL_SHARE))
    n_around = around.size - inside.size
    return bool((float(around.sum()) - float(inside.sum())) / n_around < float(inside.mean()))


def may_be_modules(in_black: Grey) -> bool:
    """Return whether the middle of a crop from `squared`, binarised, is as dark and changes as often both ways as modules do.

    Cheap beside a reading: it spares the engine much of the print, wood and leaves that the localiser also finds.
    """
    dark = in_black[_within(in_black.shape[0], _SYMBOL_SHARE)] == 0
    if np.count_nonzero(dark) < LEAST_DARK * dark.size:
        return False
    across, down = (np.count_nonzero(np.diff(dark, axis=axis)) for axis in (1, 0))
    return bool(min(across, down) > LEAST_CHANGES * dark.shape[0])


def _within(side: int, share: float) -> tuple[slice, slice]:
    edge = round(side * (1 - share) / 2)
    return (slice(edge, side - edge),) * 2


def squared(image: Grey, region: MatrixRegion) -> UprightCrop:
    """Cut `region` out of the picture with room around it, its two directions of edges turned to the crop's sides."""
    half = 0.8 * region.size_px + 6
    side = round(min(max(CROP_SIDE_PX, min(2 * half, MOST_CROP_SIDE_PX)), MAX_ENLARGEMENT * 2 * half))
    normals = _edge_normals(image, region)
    crop_from_picture = normals * (side / (2 * half) / math.sqrt(abs(float(np.linalg.det(normals)))))
    linear = np.linalg.inv(crop_from_picture)
    middle = np.array([(side - 1) / 2, (side - 1) / 2])
    matrix = np.column_stack([linear, np.array(region.centre_px) - linear @ middle])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP  # cubic is three times as slow and reads none more
    crop = cv2.warpAffine(image, matrix, (side, side), flags=how, borderMode=cv2.BORDER_REPLICATE)
    return UprightCrop(np.asarray(crop, dtype=np.uint8), matrix)


def _edge_normals(image: Grey, region: MatrixRegion) -> NDArray[np.float64]:
    """Return the unit normals of the region's two directions of edges as rows, the one nearer to the x axis first."""
    x, y = region.centre_px
    half = 0.8 * region.size_px + 6
    top, left = max(round(y - half), 0), max(round(x - half), 0)
    piece = image[top : round(y + half) + 1, left : round(x + half) + 1]
    scale = min(1.0, _DIRECTIONS_SIDE_PX / max(piece.shape))
    piece = piece if scale == 1.0 else resized(piece, scale)
    smooth = cv2.GaussianBlur(piece, (0, 0), 1.0)
    gx, gy = cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
    degrees = np.asarray(cv2.phase(gx, gy, angleInDegrees=True)).astype(np.intp) % 180
    spread = 0.3 * max(piece.shape)
    towards_centre = np.outer(
        *(
            np.exp(-((((np.arange(n) + first * scale) - at * scale) / spread) ** 2)).astype(np.float32)
            for n, first, at in zip(piece.shape, (top, left), (y, x), strict=True)
        )
    )
    weight = (gx * gx + gy * gy) * towards_centre
    histogram = np.bincount(degrees.ravel(), weights=weight.ravel(), minlength=180)
    smooth = np.convolve(np.r_[histogram[-7:], histogram, histogram[:7]], cv2.getGaussianKernel(15, 2.5)[:, 0], "valid")
    first = int(np.argmax(smooth))
    apart = np.abs((np.arange(180) - first + 90) % 180 - 90)
    second = int(np.argmax(np.where(apart > 40, smooth, -1.0)))
    from_x, from_y = sorted((first, second), key=lambda d: abs((d + 90) % 180 - 90))
    angles = math.radians(from_x + 0.5 - (180 if from_x >= 90 else 0)), math.radians(from_y + 0.5)
    return np.array([(math.cos(a), math.sin(a)) for a in angles])
