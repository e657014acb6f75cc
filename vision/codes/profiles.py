"""An upright crop of bars to one line of grey, and that line to a barcode.

Averaging along the bars is the strongest filter there is against noise: 150 pixels of bar height make noise twelve times
smaller, and then blur can be undone by sharpening that noise would forbid in two dimensions. But a bar that leans by one degree
smears over three pixels: so the lean is measured first, by the sharpness of the mean itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vision.codes import zxing_engine
from vision.codes.bar_fit import fits
from vision.codes.decoded import Corners, Decoded
from vision.codes.grey import Grey
from vision.codes.localise import UprightCrop

Line = NDArray[np.float32]

VARIANT = "profile"
N_BANDS = 24
_MOST_LEAN = 0.09
"""In pixels along the symbol a pixel of height, in the picture."""
_LEAN_STEP_PX = 6.7
"""How far the ends of the bars move from one lean that is tried to the next; then finer around the best."""
_SHARPENINGS = ((4.0, 1.0), (2.0, 4.0), (3.0, 4.0), (3.0, 2.0), (0.0, 0.0))
"""Sigma in crop pixels and strength of the unsharp masks, by what they read of labels at the limit."""
_PARTS = ((0.0, 1.0), (0.0, 0.4), (0.6, 1.0), (0.3, 0.7))
"""Shares of the bars' height: the whole, and pieces that a glare or a fold may have spared."""
_ALIKE = 0.9
"""Correlation of the slopes of two bands from which on they are taken to cross the same bars."""
_LEAST_BANDS, _MOST_BANDS = 2, 20
"""Of bars among other things, as where a localiser took a label's symbols and its print for one piece."""
_STRIP_PX = 4
_LOW, _HIGH = 0.1, 0.9
"""Share of the crop's height that is averaged; its ends lie at the bars' ends."""


@dataclass(frozen=True, slots=True)
class Profile:
    """An upright crop as the means of its rows, band by band."""

    bands: Line
    """(`N_BANDS`, width), shifted so that the bars stand in line."""
    lean: float
    """In pixels along the symbol a pixel of height."""
    height: int

    @property
    def persistence(self) -> float:
        """How alike neighbouring bands are where they are most alike, -1 to 1: bars go on from one to the next, texture does not.

        It is the mean of the best quarter of the correlations between the slopes of neighbours, so that a symbol may fill a third.
        """
        calm = np.asarray(cv2.GaussianBlur(self.bands, (0, 0), sigmaX=2.0, sigmaY=0.01), dtype=np.float32)
        return float(np.sort(_likeness(calm))[-(N_BANDS // 4) :].mean())


def profile_of(crop: UprightCrop) -> Profile:
    """Return the profile of an upright crop."""
    bands, lean = bands_of(crop.image, stretch=crop.stretch)
    return Profile(bands, lean, crop.image.shape[0])


def read_profile(profile: Profile, symbologies: Sequence[str]) -> list[Decoded]:
    """Return what two lines of an upright crop agree on and look like, its corners in the crop; all lines are one variant.

    Each symbol that the crop shows is read, where bars of two lie in it; pieces are read only where none did.
    """
    texts: Counter[tuple[str, str]] = Counter()
    agreed: dict[tuple[str, str], Decoded] = {}
    bands, lean, height = profile.bands, profile.lean, profile.height
    for is_piece, first, last in _runs_of(bands):
        if agreed and is_piece:
            break
        line = bands[first:last].mean(axis=0)
        for found in _line_reads(line, symbologies):
            texts.update({(d.symbology, d.text) for d in found})
            sure = [d for d in found if texts[d.symbology, d.text] >= 2 and fits(d, line)]
            for d in sure:
                corners = bar_corners(d, lean, height, (first / N_BANDS, last / N_BANDS))
                agreed.setdefault((d.symbology, d.text), replace(d, corners_px=corners))
            if sure:
                break
    return list(agreed.values())


def profile_reads(crop: UprightCrop, symbologies: Sequence[str]) -> Iterator[tuple[Decoded, Line]]:
    """Yield what one line after the other reads as: the whole and its pieces, at all strengths, each with its line.

    The corners are in samples of the line.
    """
    bands, _ = bands_of(crop.image, stretch=crop.stretch)
    for _, first, last in _runs_of(bands):
        line = bands[first:last].mean(axis=0)
        for found in _line_reads(line, symbologies):
            yield from ((d, line) for d in found)


def _runs_of(bands: Line) -> Iterator[tuple[bool, int, int]]:
    """Yield whether it is a piece, first and last (exclusive), of runs of bands that make a line: the whole, symbols, pieces."""
    whole, *pieces = [(round(top * N_BANDS), round(bottom * N_BANDS)) for top, bottom in _PARTS]
    yield False, *whole
    for run in _symbols(bands):
        yield False, *run
    for piece in pieces:
        yield True, *piece


def _line_reads(line: Line, symbologies: Sequence[str]) -> Iterator[list[Decoded]]:
    for strip in strips(line):
        yield zxing_engine.read(strip, symbologies, variant=VARIANT, any_direction=False)


def _symbols(bands: Line) -> list[tuple[int, int]]:
    """Return the runs of bands, as [first, last), that cross the same bars; none where all of them do."""
    is_alike = np.concatenate([[False], _likeness(bands) > _ALIKE, [False]])
    ends = np.flatnonzero(np.diff(is_alike.astype(np.int8)))
    runs = [(int(first), int(last) + 1) for first, last in zip(ends[::2], ends[1::2], strict=True)]
    return [(first, last) for first, last in runs if _LEAST_BANDS <= last - first <= _MOST_BANDS]


def _likeness(bands: Line) -> Line:
    """Return how the slopes of each band correlate with those of the next, (bands - 1,)."""
    slopes = np.diff(bands, axis=1)
    slopes -= slopes.mean(axis=1, keepdims=True)
    slopes /= np.maximum(np.linalg.norm(slopes, axis=1, keepdims=True), 1e-6)
    return np.asarray(np.einsum("ij,ij->i", slopes[:-1], slopes[1:]), dtype=np.float32)


def bands_of(crop: Grey, *, columns: slice = slice(None), stretch: float = 1.0) -> tuple[Line, float]:
    """Return the means (`N_BANDS`, width) of horizontal bands, each shifted so that the bars stand in line, and their lean.

    The lean, in pixels along the symbol a pixel of height, is measured in `columns`. `stretch` is that of the crop.
    """
    height = crop.shape[0]
    edges = np.linspace(_LOW * height, _HIGH * height, N_BANDS + 1).astype(int)
    rows = np.stack([crop[a : max(b, a + 1)].mean(axis=0, dtype=np.float32) for a, b in pairwise(edges)])
    step = (_HIGH - _LOW) * height / N_BANDS
    calm = np.asarray(cv2.GaussianBlur(rows[:, columns], (0, 0), sigmaX=1.5, sigmaY=0.01), dtype=np.float32)
    most = _MOST_LEAN * stretch
    coarse = np.linspace(-most, most, max(2 * math.ceil(most * height / _LEAN_STEP_PX), 2) + 1)
    best, finer = 0.0, np.linspace(-1, 1, 9) * (coarse[1] - coarse[0])
    leaning = _Leaning(calm, most_shift=float(coarse[-1] + finer[-1]) * step)
    for leans in (coarse, finer):
        candidates = [best + float(lean) for lean in leans]
        best = max(candidates, key=lambda lean: leaning.sharpness(lean * step))
    return _straightened(rows, best * step), best


def _straightened(rows: Line, shift_a_band: float) -> Line:
    middle = (N_BANDS - 1) / 2
    matrix = np.array([[1.0, shift_a_band, -shift_a_band * middle], [0.0, 1.0, 0.0]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    straight = cv2.warpAffine(rows, matrix, rows.shape[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(straight, dtype=np.float32)


class _Leaning:
    """How sharp the mean of `_straightened` rows would be, for one shift after the other, without straightening them."""

    def __init__(self, rows: Line, *, most_shift: float) -> None:
        n_rows, width = rows.shape
        self._slack = math.ceil(most_shift * n_rows / 2) + 2
        wide = np.pad(rows, ((0, 0), (self._slack, self._slack)), mode="edge")
        self._from = sliding_window_view(wide, width, axis=1)
        """(row, where it begins, width)"""

    def sharpness(self, shift_a_band: float) -> float:
        """Return the sum of squares of the mean line's slope."""
        n_rows = len(self._from)
        shifts = shift_a_band * (np.arange(n_rows) - (n_rows - 1) / 2)
        whole = np.floor(shifts).astype(np.intp)
        part, begin = (shifts - whole).astype(np.float32), whole + self._slack
        each = np.arange(n_rows)
        slope = np.diff(((1 - part) @ self._from[each, begin] + part @ self._from[each, begin + 1]) / n_rows)
        return float(slope @ slope)


def strips(line: Line, sharpenings: Sequence[tuple[float, float]] = _SHARPENINGS) -> list[Grey]:
    """Return the line as strips, sharpened by different strengths (sigma in samples, strength) and with its light evened out."""
    row = line[None]
    calm = {sigma: cv2.GaussianBlur(row, (0, 0), sigma) for sigma, strength in sharpenings if strength}
    sharp = [row + strength * (row - calm[sigma]) if strength else row for sigma, strength in sharpenings]
    # All at once: on so short rows a call costs more than its work.
    return np.split(np.repeat(_evened(np.concatenate(sharp)), _STRIP_PX, axis=0), len(sharp))


def _evened(rows: Line) -> Grey:
    """Return (rows, n) between 0 and 255: the darkest and the lightest nearby of each row are black and white."""
    near = np.ones((1, max(rows.shape[1] // 8, 3) | 1), dtype=np.uint8)
    calm = cv2.GaussianBlur(rows, (9, 1), 1.0)
    low, high = cv2.erode(calm, near), cv2.dilate(calm, near)
    low, high = (np.asarray(cv2.blur(edge, near.shape[::-1])) for edge in (low, high))
    reach = high - low
    span = np.maximum(reach, np.maximum(0.3 * reach.max(axis=1, keepdims=True), 1.0))
    return np.asarray(np.clip((rows - low) * (255 / span), 0, 255), dtype=np.uint8)


def bar_corners(d: Decoded, lean: float, height: int, part: tuple[float, float] = (0.0, 1.0)) -> Corners:
    """Return the corners, in a crop `height` pixels high, of what a line of `part` of its bands read, from a strip's corners."""
    (x0, _), (x1, _) = d.corners_px[:2]
    y0, y1 = (height * (_LOW + (_HIGH - _LOW) * share) for share in part)
    up, down = lean * (y0 - height / 2), lean * (y1 - height / 2)
    return ((x0 + up, y0), (x1 + up, y0), (x1 + down, y1), (x0 + down, y1))
