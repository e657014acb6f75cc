"""Pairs of frames that look through the same opening: what shifts between them, cell by cell.

Pictures are laid onto the plane of the goods, so what stands there does not shift, and what lies behind it does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import FaceView, Rect
from vision.bins.visits import are_of_one_visit
from vision.codes.grey import Grey

Float = NDArray[np.float32]

STEP_M = 0.006
"""Sampling of the pictures that are laid onto the goods' plane."""
CELL_M = 0.16
STRIDE_M = 0.08
SMOOTH = 1.0
"""Blur of the laid-out pictures, in samples: finer texture than the poses' rotation can align only adds noise."""
MIN_TEXTURE = 4.0
"""Standard deviation in grey levels below which a cell shows nothing that could be found again."""
BASELINES_M = (0.2, 1.0)
BEST_M, BEST_SHARE = 0.5, 0.6
"""The baseline that serves best: wide enough to measure a depth, and no more than so much of a picture's width, or the two hardly
show the same."""
MAX_PAIRS = 12
FAR_M = 3.5
"""The farthest surface searched for: across the next aisle."""


@dataclass(frozen=True, slots=True)
class ShrunkView:
    """A frame and its picture, loaded `shrink` times smaller."""

    view: FaceView
    image: Grey
    shrink: int


def rectified(shrunk: ShrunkView, rect: Rect) -> tuple[Float, NDArray[np.bool_]]:
    """Return the picture laid onto the goods' plane over `rect`, top row first, `STEP_M` a sample, and where it is valid."""
    n = round((rect.along_m[1] - rect.along_m[0]) / STEP_M), round((rect.height_m[1] - rect.height_m[0]) / STEP_M)
    along = rect.along_m[0] + (np.arange(n[0], dtype=np.float64) + 0.5) * STEP_M
    height = rect.height_m[1] - (np.arange(n[1], dtype=np.float64) + 0.5) * STEP_M
    pixels = shrunk.view.pixel_grid(along, height)
    px = (pixels + 0.5) / shrunk.shrink - 0.5
    valid = shrunk.view.sees(*np.meshgrid(along, height, sparse=True), margin_px=2.0 * shrunk.shrink, pixels=pixels)
    picture = cv2.remap(
        shrunk.image,
        px[..., 0].astype(np.float32),
        px[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), SMOOTH), dtype=np.float32), valid


@dataclass(frozen=True, slots=True)
class Pair:
    """Correlation maps of the cells of one pair: (cell, dy, dx), NaN where the second frame does not see the place."""

    frames: tuple[str, str]
    baseline_m: float
    maps: Float
    cells: NDArray[np.intp]
    """(cell, 2): column and row of each in the grid over the opening, the same for all pairs."""
    dx_m: NDArray[np.float64]
    dy_m: NDArray[np.float64]


def pairs_of(views: list[ShrunkView]) -> list[tuple[ShrunkView, ShrunkView]]:
    """Return pairs of one visit with a useful baseline at about the same height and standoff, the widest sound overlap first."""
    found = []
    for a, b in combinations(sorted(views, key=lambda v: v.view.along_m), 2):
        if not are_of_one_visit(a.view, b.view):
            continue
        baseline = b.view.along_m - a.view.along_m
        level = abs(sum(a.view.footprint.height_m) - sum(b.view.footprint.height_m)) / 2
        if BASELINES_M[0] <= baseline <= BASELINES_M[1] and level < 0.3 and abs(a.view.standoff_m - b.view.standoff_m) < 0.3:
            width = min(v.view.footprint.along_m[1] - v.view.footprint.along_m[0] for v in (a, b))
            found.append((abs(baseline - min(BEST_M, BEST_SHARE * width)), a, b))
    found.sort(key=lambda f: (f[0], f[1].view.frame.frame, f[2].view.frame.frame))
    return [(a, b) for _, a, b in found[:MAX_PAIRS]]


def correlate(a: ShrunkView, b: ShrunkView, inner: Rect, slack: float) -> Pair | None:
    """Return the correlation maps of the cells over `inner`; None when fewer than three show texture.

    Shifts are searched from goods to the farthest surface, and `slack` metres beyond on all sides for the errors of the poses.
    """
    baseline = b.view.along_m - a.view.along_m
    reach = baseline * FAR_M / (a.view.standoff_m + FAR_M)
    n_left, n_right, n_up = (math.ceil(m / STEP_M) for m in (slack, reach + slack, slack))
    first, seen_a = rectified(a, inner)
    wide = Rect(
        along_m=(inner.along_m[0] - n_left * STEP_M, inner.along_m[1] + n_right * STEP_M),
        height_m=(inner.height_m[0] - n_up * STEP_M, inner.height_m[1] + n_up * STEP_M),
    )
    second, seen_b = rectified(b, wide)
    cell, stride = round(CELL_M / STEP_M), round(STRIDE_M / STEP_M)
    blind = cv2.boxFilter((~seen_b).astype(np.float32), -1, (cell, cell), anchor=(0, 0), normalize=False)
    maps, cells = [], []
    for y in range(0, first.shape[0] - cell + 1, stride):
        for x in range(0, first.shape[1] - cell + 1, stride):
            template = first[y : y + cell, x : x + cell]
            if not seen_a[y : y + cell, x : x + cell].all() or template.std() < MIN_TEXTURE:
                continue
            window = slice(y, y + cell + 2 * n_up), slice(x, x + cell + n_left + n_right)
            found = cv2.matchTemplate(second[window], template, cv2.TM_CCOEFF_NORMED)
            hidden = blind[y : y + found.shape[0], x : x + found.shape[1]] > 0.5
            maps.append(np.where(hidden | ~np.isfinite(found), np.nan, found))
            cells.append((x // stride, y // stride))
    if len(maps) < 3:
        return None
    return Pair(
        frames=(a.view.frame.frame, b.view.frame.frame),
        baseline_m=baseline,
        maps=np.stack(maps).astype(np.float32),
        cells=np.array(cells),
        dx_m=STEP_M * np.arange(-n_left, n_right + 1, dtype=np.float64),
        dy_m=STEP_M * np.arange(n_up, -n_up - 1, -1, dtype=np.float64),
    )
