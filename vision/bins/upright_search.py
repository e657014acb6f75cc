"""Uprights of the rack in one frame: steel with a row of holes at one pitch from top to bottom, between two straight edges.

The frame is laid onto the plane of the face. Holes are what a vertical closing fills; of each column the autocorrelation is
compared at whole and at half multiples of a pitch, so that only what repeats over the whole height counts: print on cartons repeats
with them, and mesh and posts behind the rack look finer than an upright. What is found is a candidate: whether an upright stands
there, and which, is decided over a whole lane (`vision.poses.rack`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import FaceView
from vision.bins.parallax import ShrunkView
from vision.codes.grey import Grey
from vision.reads import UprightSeen

Float = NDArray[np.float32]
Vector = NDArray[np.float64]

STEP_M = 0.004
"""Sampling of the picture that is laid onto the face."""
TALLEST_HOLE_M = 0.028
PITCH_M = (0.036, 0.116)
"""Least and greatest distance of holes: pallet racks are punched every 50, 75 or 100 mm, and standoffs are not exact."""
_FINEST_M = 0.02
"""Pitches are compared from here: what repeats every 25 mm, as mesh or the rear posts of the rack, also does every 75 mm."""
LEAST_ROWS = 3
"""Pitches that the picture must hold."""
LEAST_STRENGTH = 0.4
"""Autocorrelation at whole pitches less that at half ones; of carton print it is hardly ever more."""
LEAST_EDGE = 0.5
"""Share of the picture's height over which both edges must be seen."""
MOST_FOUND = 4
_N_LAGS = 7
_LEAST_SAMPLES = 40
"""Each way: less of a rack is not looked at."""
_HOLE_CONTRAST = 0.4
_CONTRAST_FLOOR = 4.0
"""Grey levels: what is darker than this has no contrast to measure."""
_NO_HOLES = 0.003
"""Variance of hole contrast in a column without any."""
_STRIP_M = 0.02
"""Width over which the columns of a row of holes are taken together."""
_SLACK = (0.65, 1.4)
"""Least and greatest width of an upright against the gap that the layout leaves for it; poses are wrong, and layouts too."""
_EDGE_BLOCK_M = 0.032
_EDGE_CONTRAST = 0.06
_MOST_SLANT = 3
"""Samples by which an edge may lean over the height of the picture: roll is known to 0.7 degrees."""
_WITHIN_M = 0.02
"""How far the middle between the edges may lie from the middle of the holes."""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A frame laid onto the plane of the face."""

    picture: Float
    """(rows, columns), top row first, `STEP_M` a sample."""
    along_m: float
    """Of the left column's middle."""
    height_m: float
    """Of the top row's middle."""

    def place_m(self, column: float, row: float) -> tuple[float, float]:
        """Return along and height of a sample."""
        return self.along_m + column * STEP_M, self.height_m - row * STEP_M


def shrunk_for_uprights(image: Grey, view: FaceView) -> ShrunkView:
    """Return a grey frame as small as uprights need it."""
    shrink = max(int(view.camera.px_per_mm(view.standoff_m) * 1000 * STEP_M * 0.75) // 2 * 2, 1)
    height, width = (max(side // shrink, 1) for side in image.shape)
    # By a whole number, of whole blocks, and of large blocks every second row: OpenCV is many times faster then.
    rows = 2 if shrink % 2 == 0 else 1
    whole = image[: height * shrink : rows, : width * shrink]
    return ShrunkView(view, np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8), shrink)


def find_uprights(shrunk: ShrunkView, *, width_m: float) -> tuple[UprightSeen, ...]:
    """Return the strongest candidates in a frame, of uprights about `width_m` wide."""
    view = shrunk.view
    laid = lay_out(shrunk)
    if min(laid.picture.shape) < _LEAST_SAMPLES:
        return ()
    found = []
    seen = _edge_strength(laid.picture)
    for column, pitch_m, strength in punched_strips(laid.picture, width_m=width_m):
        edges = _edges_around(seen, column, width_m)
        if edges is None:
            continue
        middle = sum(edges) / 2
        top, bottom = (laid.place_m(middle, row) for row in (0.0, laid.picture.shape[0] - 1.0))
        px = view.pixels(np.array([top[0], bottom[0]]), np.array([top[1], bottom[1]]), behind_m=0.0)
        if np.isfinite(px).all():
            ends = tuple((round(float(x), 1), round(float(y), 1)) for x, y in px)
            found.append(
                UprightSeen(
                    ends_px=ends,  # type: ignore[arg-type]  # two in, two out
                    pitch=round(pitch_m / view.standoff_m, 5),
                    width=round((edges[1] - edges[0]) * STEP_M / view.standoff_m, 5),
                    strength=round(strength, 3),
                )
            )
    return tuple(found)


def lay_out(shrunk: ShrunkView) -> LaidOut:
    """Return the whole of a frame, as the recorded pose puts it onto the face."""
    view = shrunk.view
    left, top = view.footprint.along_m[0], view.footprint.height_m[1]
    n_columns = int((view.footprint.along_m[1] - left) / STEP_M)
    n_rows = int((top - view.footprint.height_m[0]) / STEP_M)
    if min(n_rows, n_columns) < 2:
        return LaidOut(np.zeros((max(n_rows, 0), max(n_columns, 0)), np.float32), left, top)
    # The lens is asked for a few places only; between them the picture is as good as even.
    coarse = np.linspace(0, n_columns - 1, 17), np.linspace(0, n_rows - 1, 13)
    px = view.pixels(*np.meshgrid(left + coarse[0] * STEP_M, top - coarse[1] * STEP_M), behind_m=0.0)
    px = ((px + 0.5) / shrunk.shrink - 0.5).astype(np.float32)
    grid = np.meshgrid(np.linspace(0, 16, n_columns, dtype=np.float32), np.linspace(0, 12, n_rows, dtype=np.float32))
    where = cv2.remap(px, *grid, cv2.INTER_LINEAR)
    picture = cv2.remap(shrunk.image, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return LaidOut(picture.astype(np.float32), left, top)


def punched_strips(picture: Float, *, width_m: float) -> list[tuple[float, float, float]]:
    """Return (middle as a column, pitch in metres, strength) of the strips with holes at one pitch, strongest first."""
    n_rows, n_columns = picture.shape
    alike = _autocorrelation(_holes(picture))
    pitches, combs = _combs(n_rows)
    if not len(pitches):
        return []
    strip = cv2.blur(alike, (1, max(round(_STRIP_M / STEP_M), 1)), borderType=cv2.BORDER_CONSTANT)
    strength = (strip @ combs.T) / (strip[:, :1] + n_rows * _NO_HOLES)
    best = strength.max(axis=1)
    reach = max(round(width_m / 2 / STEP_M), 1)
    is_taken = np.zeros(n_columns, dtype=np.bool_)
    found: list[tuple[float, float, float]] = []
    for x in np.argsort(-best, kind="stable").tolist():
        if best[x] < LEAST_STRENGTH or len(found) >= MOST_FOUND:
            break
        pitch = int(strength[x].argmax())
        if is_taken[x] or pitches[pitch] * STEP_M < PITCH_M[0]:
            continue
        is_taken[max(x - 2 * reach, 0) : x + 2 * reach + 1] = True
        found.append((_middle(np.maximum(alike @ combs[pitch], 0.0), x, reach), float(pitches[pitch] * STEP_M), float(best[x])))
    return found


def _middle(weight: Float, start: int, reach: int) -> float:
    """Return the column around which the weight near `start` lies evenly."""
    middle = float(start)
    for _ in range(4):
        low, high = max(round(middle) - reach, 0), min(round(middle) + reach + 1, len(weight))
        near = weight[low:high]
        middle = float((near * np.arange(low, high)).sum() / max(float(near.sum()), 1e-9))
    return middle


def _holes(picture: Float) -> Float:
    """Return the contrast of small dark things against what is above and below them, less its mean in the column."""
    smooth = cv2.GaussianBlur(picture, (1, 3), 0)
    line = np.ones((round(TALLEST_HOLE_M / STEP_M), 1), np.uint8)
    filled = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, line)
    limited = np.minimum((filled - smooth) / (filled + _CONTRAST_FLOOR), _HOLE_CONTRAST)
    return np.asarray(limited - limited.mean(axis=0), dtype=np.float32)


def _autocorrelation(signal: Float) -> Float:
    """Return (columns, lags), each as if the picture were endless."""
    n_rows, n_columns = signal.shape
    padded = np.zeros((n_columns, cv2.getOptimalDFTSize(2 * n_rows)), np.float32)
    padded[:, :n_rows] = signal.T
    spectrum = cv2.dft(padded, flags=cv2.DFT_ROWS | cv2.DFT_COMPLEX_OUTPUT)
    power = cv2.mulSpectrums(spectrum, spectrum, cv2.DFT_ROWS, conjB=True)
    alike = cv2.dft(power, flags=cv2.DFT_ROWS | cv2.DFT_REAL_OUTPUT | cv2.DFT_INVERSE | cv2.DFT_SCALE)[:, :n_rows]
    return np.asarray(alike * (n_rows / (n_rows - np.arange(n_rows, dtype=np.float32))), dtype=np.float32)


@lru_cache(maxsize=32)
def _combs(n_rows: int) -> tuple[Vector, Float]:
    """Return pitches (k,) in samples and what to multiply lags with (k, rows): whole pitches less half ones."""
    last = n_rows - max(12, n_rows // 8)
    pitches = [p for p in np.arange(_FINEST_M / STEP_M, PITCH_M[1] / STEP_M, 0.2) if LEAST_ROWS * p < last]
    combs = np.zeros((len(pitches), n_rows), np.float32)
    for comb, pitch in zip(combs, pitches, strict=True):
        for first, sign in ((1.0, 1.0), (0.5, -1.0)):
            lags = [lag for k in range(_N_LAGS) if (lag := (first + k) * pitch) < last]
            for lag in lags:
                whole = int(lag)
                comb[whole] += sign * (1 - lag + whole) / len(lags)
                comb[whole + 1] += sign * (lag - whole) / len(lags)
    return np.array(pitches), combs


def _edges_around(seen: Vector, column: float, width_m: float) -> tuple[float, float] | None:
    """Return the columns of two straight edges that have the holes in their middle; None where there are no such edges."""
    n_columns = len(seen)
    widths = range(round(_SLACK[0] * width_m / STEP_M), round(_SLACK[1] * width_m / STEP_M) + 1)
    within = _WITHIN_M / STEP_M
    best: float = LEAST_EDGE
    edges: tuple[float, float] | None = None
    for width in widths:
        for left in range(max(round(column - width / 2 - within), 1), round(column - width / 2 + within) + 1):
            right = left + width
            if right >= n_columns - 1:
                break
            off = abs((left + right) / 2 - column)
            strength = min(float(seen[left]), float(seen[right])) - 0.02 * off
            if strength > best:
                best, edges = strength, (float(left), float(right))
    return edges


def _edge_strength(picture: Float) -> Vector:
    """Return (columns,) the share of the height over which the picture steps up, or down, at one column or beside it."""
    smooth = cv2.GaussianBlur(picture, (3, 3), 0.8)
    step = np.zeros_like(smooth)
    step[:, 1:-1] = smooth[:, 2:] - smooth[:, :-2]
    step = step / (cv2.blur(smooth, (15, 15)) + _CONTRAST_FLOOR)
    block = round(_EDGE_BLOCK_M / STEP_M)
    n_blocks = picture.shape[0] // block
    blocks = step[: n_blocks * block].reshape(n_blocks, block, -1).mean(axis=1)
    signs = np.clip(blocks / _EDGE_CONTRAST, -1.0, 1.0)
    best = np.zeros(picture.shape[1])
    n_columns = signs.shape[1]
    ring = np.concatenate([signs, signs], axis=1)  # a row rolled by `move` begins there at `-move`
    for slant in range(-_MOST_SLANT, _MOST_SLANT + 1):
        moves = np.round(np.linspace(-slant / 2, slant / 2, n_blocks)).astype(int)
        rolled = [row[start : start + n_columns] for row, start in zip(ring, (-moves % n_columns).tolist(), strict=True)]
        best = np.maximum(best, np.abs(np.mean(rolled, axis=0)))
    return best
