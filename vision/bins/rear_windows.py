"""What is seen through an opening, window by window over the rear of the bin: the far surface, or something else.

The lowest rows of a picture look downwards into the bin, over the edge of the shelf and out at its rear: what stands low shows
its top there, nearer than what the rows above show. So the pictures of each pair are laid onto the plane of the bin's rear, moved
and turned so that the far surface fits, and asked window by window whether what they show fits as well. The errors of the poses
move all of a picture alike, so they drop out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import GOODS_SETBACK_M
from vision.bins.parallax import FAR_M, ShrunkView
from vision.bins.picture_fit import REACH, brought_to_fit
from warehouse.layout import Bin

Float = NDArray[np.float32]
Bools = NDArray[np.bool_]
Samples = TypeVar("Samples", Float, Bools)

STEP_M = 0.004
"""Sampling of the pictures that are laid onto the rear of the bin."""
WINDOW_M = (0.16, 0.024)
"""Width and height of what is compared: low, because a low load shows only a strip of its top."""
COLUMN_M, ROW_M = 0.05, 0.012
"""From one window to the next."""
RIM_M = 0.02
"""Of the opening's width, at either side: what is seen through it may be the upright."""
LOWEST_M = 0.05
"""Rays that leave the bin lower than this may meet its deck or what holds it."""
FIT_FROM_M, HIGHEST_M = 0.3, 0.64
"""Between these heights pictures are brought to fit: above the tops of what is low, which would pull them."""
MIN_TEXTURE = 0.6
"""Standard deviation along the aisle, in grey levels, below which a window shows nothing: twice what noise and coding leave."""
ALONE = 0.5
"""Correlation from which on a pair shows the far surface on its own: less than all pairs need together."""
_HIGH_PASS_M = 0.24
_SLACK = 2
"""Samples by which a window may be shifted against the others of its pair, because poses are also turned a little."""
_AROUND_FAR = [(dx, dy) for dx in range(-_SLACK, _SLACK + 1) for dy in range(-_SLACK, _SLACK + 1)]
_AROUND_BEYOND = [(0, dy) for dy in (-_SLACK, 0, _SLACK)]
_AROUND_FRONT = [(0, dy) for dy in range(-10, 11, 2)]
"""Cameras of different height move what is near more than what is far."""
_INVERSE_STEP = 1 / 150
"""Between depths tried, in 1/m of distance to the camera: four samples, for frames 1 m apart."""
_FRONT_M = (-0.02, 0.16)
"""Where fronts stand, behind the face: those of cartons that repeat fit a far surface too."""
_REAR_TO_FAR_M = 0.35
"""Rear posts that lie farther before the far surface than this are not believed to be that: its depth is known to decimetres."""

_DECK_FROM_M = 0.6
"""Where the far surface lies so far behind the rear, as in a double-deep rack, the lowest rows show deck or floor before it."""
_DECKS_M = (-0.05, 0.0)
"""Heights of that deck, or the floor, against the bin's base."""
_FAR_ERRORS = (-0.04, -0.027, -0.013, 0.0, 0.013, 0.027, 0.04)
"""By which the far surface may be nearer or farther than said, in 1/m: only the deck, which is nearer, has to know."""
_AROUND_DECK = [(dx, dy) for dx in (-2, 0, 2) for dy in (-4, -2, 0, 2, 4)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedPair:
    """Two frames, and by how much the far surface shifts between them on the goods' plane."""

    first: ShrunkView
    second: ShrunkView
    baseline_m: float
    shift_m: tuple[float, float]
    """Along the aisle, and upwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RearWindows:
    """Windows over the rear of a bin, (row, column), lowest row first.

    The height of a row is that at which its rays cross the rear of the bin, above the bin's base: the height of the lowest thing
    standing there that would hide what is behind.
    """

    heights_m: NDArray[np.float64]
    """(row,) of their middles."""
    alongs_m: NDArray[np.float64]
    """(column,) of their middles, from the middle of the bin."""
    n_pairs: NDArray[np.intp]
    """How many pairs show it through the opening."""
    far: Float
    """Correlation of all pairs at the far surface, or beyond it; NaN where no pair shows it."""
    front: Float
    """The same where fronts of goods stand."""
    texture: Float
    """Standard deviation along the aisle, in grey levels."""
    agreed: Float
    """Share of the pairs that show it which show the far surface on their own. A top without a pattern adds nothing to the sums, so
    a frame that looks over it must not speak for those that see it."""
    n_fitted: int
    """Pairs of frames that could be brought to fit."""


def look_through(pairs: list[FittedPair], b: Bin, *, standoff_m: float, far_m: float) -> RearWindows | None:
    """Return what the windows over the rear of the bin show, given that what is seen above lies `far_m` behind the goods' plane.

    None when no pair of frames can be brought to fit there, or the bin is too small for a window.
    """
    grid = _Grid(b, standoff_m, far_m)
    if not len(grid.rows) or not len(grid.columns):
        return None
    sums = [s for pair in pairs if (s := grid.compared(pair)) is not None]
    if not sums:
        return None
    products, first, second, shown = (np.sum([s[i] for s in sums], axis=0) for i in range(4))
    score = products / np.sqrt(first * second + 1e-6)
    score = np.where(second > 0, score, np.nan)
    area = grid.window[0] * grid.window[1]
    return RearWindows(
        heights_m=np.asarray(grid.heights_m[grid.rows] - b.base_m, dtype=np.float64),
        alongs_m=np.asarray(grid.alongs_m[grid.columns] - b.along_m, dtype=np.float64),
        n_pairs=shown.astype(np.intp),
        far=_best(score[grid.shows_far()]),
        front=_best(score[~grid.shows_far()]),
        texture=np.sqrt(first[0] / np.maximum(shown, 1) / area).astype(np.float32),
        agreed=_agreed(sums, np.where(np.isfinite(score), score, -1.0), grid.shows_far(), area),
        n_fitted=len(sums),
    )


def _best(scores: Float) -> Float:
    seen = np.isfinite(scores)
    return np.where(seen.any(axis=0), np.where(seen, scores, -1.0).max(axis=0), np.nan).astype(np.float32)


def _agreed(sums: list[tuple[Float, Float, Float, Float]], score: Float, is_far: Bools, area: int) -> Float:
    """Return (row, column) the share of pairs that fit on their own at the far depth at which all of them together fit best."""
    best = np.argmax(np.where(is_far[:, None, None], score, -2.0), axis=0)[None]
    agreed, shown = np.zeros(best.shape[1:]), np.zeros(best.shape[1:])
    for pair in sums:
        product, first, second = (np.take_along_axis(sums_of, best, axis=0)[0] for sums_of in pair[:3])
        is_textured = first >= MIN_TEXTURE**2 * area
        agreed += is_textured & (product >= ALONE * np.sqrt(first * second + 1e-6))
        shown += pair[3]
    return np.asarray(agreed / np.maximum(shown, 1), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of the second picture of a pair, over the window around each sample."""

    squares: Float
    is_whole: Bools
    """Whether all of the window is seen."""


class _Grid:
    """Samples over the plane of a bin's rear, the windows on them, and the depths that are tried."""

    def __init__(self, b: Bin, standoff_m: float, far_m: float) -> None:
        self.bin = b
        self.rear_away_m = standoff_m + b.depth_m
        self.goods_away_m = standoff_m + GOODS_SETBACK_M
        self.far_away_m = self.goods_away_m + far_m
        half = b.width_m / 2 - RIM_M
        highest = min(HIGHEST_M, b.height_m - 0.1)
        self.fit_from_m = min(FIT_FROM_M, (LOWEST_M + highest) / 2)
        n = max(round(2 * half / STEP_M), 0), max(round((highest - LOWEST_M) / STEP_M), 0)
        self.alongs_m = b.along_m - half + (np.arange(n[0]) + 0.5) * STEP_M
        self.heights_m = b.base_m + LOWEST_M + (np.arange(n[1]) + 0.5) * STEP_M
        self.window = round(WINDOW_M[0] / STEP_M), round(WINDOW_M[1] / STEP_M)
        self.columns = np.arange(self.window[0] // 2, n[0] - self.window[0] // 2 + 1, round(COLUMN_M / STEP_M))
        self.rows = np.arange(self.window[1] // 2, n[1] - self.window[1] // 2 + 1, round(ROW_M / STEP_M))
        self._laid: dict[str, tuple[Float, Bools]] = {}
        """Frames laid out just over the rear, by name: each is the first of several pairs."""
        far = 1 / self.far_away_m
        to_rear = min(1 / self.rear_away_m - far, 1 / self.rear_away_m - 1 / (self.rear_away_m + _REAR_TO_FAR_M))
        self.nearest_far = far + max(to_rear, 0.0)
        beyond = np.arange(self.nearest_far, 1 / (self.goods_away_m + FAR_M), -_INVERSE_STEP)
        fronts = np.arange(1 / (standoff_m + _FRONT_M[1]), 1 / (standoff_m + _FRONT_M[0]), _INVERSE_STEP)
        self.inverses = np.concatenate([[far], beyond, fronts])
        self.is_far = np.arange(len(self.inverses)) <= len(beyond)
        self.decks = [
            (deck_m, error) for deck_m in _DECKS_M for error in _FAR_ERRORS if self.far_away_m > self.rear_away_m + _DECK_FROM_M
        ]

    def compared(self, pair: FittedPair) -> tuple[Float, Float, Float, Float] | None:
        """Return, of one pair, sums of products, of squares of both pictures (depth, row, column), and whether it shows a window.

        None where the far surface is not found again.
        """
        scale = self.rear_away_m / self.goods_away_m
        error_m = pair.shift_m[0] - pair.baseline_m * (1 - self.goods_away_m / self.far_away_m)
        shifts = (error_m * scale + pair.baseline_m * (1 - self.rear_away_m * self.inverses)) / STEP_M
        up = pair.shift_m[1] * scale / STEP_M
        slack = REACH + 12
        n_left, n_right = (max(int(np.ceil(s)) + slack, slack) for s in (-shifts.min(), shifts.max()))
        n_up = int(np.ceil(abs(up))) + slack
        one, seen_one = self._first(pair.first)
        two, seen_two = self._laid_out(pair.second, n_left, n_right, n_up)
        is_upper = (self.heights_m >= self.bin.base_m + self.fit_from_m)[:, None]
        fitted = brought_to_fit(one, two, seen_one & is_upper, seen_two, (shifts[0] + n_left, up + n_up))
        if fitted is None:
            return None
        two, seen_two, offset = fitted
        fits = self._is_whole(seen_one)[self.rows][:, self.columns]
        squares = self._windows(one * one)
        second_sums = _Sums(squares=self._summed(two * two), is_whole=self._is_whole(seen_two))
        results = []
        for number, shift in enumerate(shifts):
            at = shift + n_left + offset[0], up + n_up + offset[1]
            around = (_AROUND_BEYOND if number else _AROUND_FAR) if self.is_far[number] else _AROUND_FRONT
            results.append(self._best_product(one, two, second_sums, at, around))
        for deck_m, error in self.decks:
            at = shifts[0] + n_left + offset[0], up + n_up + offset[1]
            ahead = self._ahead_of_far(pair, deck_m, error)
            leaned, seen_leaned = _leaned(two, ahead, round(at[1])), _leaned(seen_two, ahead, round(at[1]))
            leaned_sums = _Sums(squares=self._summed(leaned * leaned), is_whole=self._is_whole(seen_leaned))
            results.append(self._best_product(one, leaned, leaned_sums, at, _AROUND_DECK))
        products, second = (np.stack([r[i] for r in results]) for i in range(2))
        tested = fits & (second > 0)
        first = np.where(tested, squares, 0.0)
        return (
            np.where(tested, products, 0.0).astype(np.float32),
            first.astype(np.float32),
            np.where(tested, second, 0.0).astype(np.float32),
            tested[0].astype(np.float32),
        )

    def shows_far(self) -> Bools:
        """Return, of each depth tried, whether it is that of the far surface, beyond, or of the deck before it."""
        return np.concatenate([self.is_far, np.ones(len(self.decks), dtype=np.bool_)])

    def _ahead_of_far(self, pair: FittedPair, deck_m: float, error: float) -> NDArray[np.intp]:
        """Return (row) by how many samples a deck behind the bin shifts less between the frames than the far surface."""
        camera = (pair.first.view.camera_height_m + pair.second.view.camera_height_m) / 2 - self.bin.base_m
        heights = self.heights_m - self.bin.base_m
        far = 1 / self.far_away_m + error
        inverses = np.maximum((camera - heights) / (camera - deck_m) / self.rear_away_m, far)
        ahead = pair.baseline_m * self.rear_away_m * (inverses - far) / STEP_M
        return np.asarray(np.rint(ahead), dtype=np.intp)

    def _best_product(
        self, one: Float, two: Float, sums: _Sums, at: tuple[float, float], around: list[tuple[int, int]]
    ) -> tuple[Float, Float]:
        """Return (row, column) the sum of products, and of the second picture's squares, at the best shift around one depth's."""
        height, width = one.shape
        worth = np.full((len(self.rows), len(self.columns)), -np.inf, dtype=np.float32)
        product, second = np.zeros_like(worth), np.zeros_like(worth)
        for dx, dy in around:
            x, y = round(at[0]) + dx, round(at[1]) + dy
            if x < 0 or y < 0 or x + width > two.shape[1] or y + height > two.shape[0]:
                continue
            part = np.s_[y : y + height, x : x + width]
            found = self._windows(one * two[part])
            squares = np.where(self._picked(sums.is_whole[part]), self._picked(sums.squares[part]), 0.0)
            worth_here = np.where(squares > 0, found / np.sqrt(squares + 1e-6), -np.inf)
            better = worth_here > worth
            worth[better], product[better], second[better] = worth_here[better], found[better], squares[better]
        return product, second

    def _windows(self, samples: Float) -> Float:
        return np.asarray(self._picked(self._summed(samples)), dtype=np.float32)

    def _summed(self, samples: Float) -> Float:
        summed = cv2.boxFilter(samples, -1, self.window, normalize=False, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(summed, dtype=np.float32)

    def _is_whole(self, is_seen: Bools) -> Bools:
        return np.asarray(self._summed(is_seen.astype(np.float32)) > 0.98 * self.window[0] * self.window[1], dtype=np.bool_)

    def _picked(self, samples: Float | Bools) -> Float | Bools:
        rows, columns = (slice(at[0], at[-1] + 1, at[1] - at[0] if len(at) > 1 else 1) for at in (self.rows, self.columns))
        return samples[rows, columns]

    def _first(self, shrunk: ShrunkView) -> tuple[Float, Bools]:
        name = shrunk.view.frame.frame
        if name not in self._laid:
            self._laid[name] = self._laid_out(shrunk, 0, 0, 0)
        return self._laid[name]

    def _laid_out(self, shrunk: ShrunkView, n_left: int, n_right: int, n_up: int) -> tuple[Float, Bools]:
        """Return the picture on the rear's plane, lowest row first, without what does not change along the aisle; and what is seen.

        Seen is what the lens sees through the opening.
        """
        along = self.alongs_m[0] + np.arange(-n_left, len(self.alongs_m) + n_right) * STEP_M
        height = self.heights_m[0] + np.arange(-n_up, len(self.heights_m) + n_up) * STEP_M
        view, b = shrunk.view, self.bin
        at_along, at_height = view.along_m, view.camera_height_m
        nearer = (view.standoff_m + GOODS_SETBACK_M) / (view.standoff_m + b.depth_m)
        through = np.meshgrid(at_along + (along - at_along) * nearer, at_height + (height - at_height) * nearer, sparse=True)
        pixels = view.pixel_grid(along, height, behind_m=b.depth_m)  # where the same rays go through the goods' plane, too
        is_seen = view.sees(*through, margin_px=1.5 * shrunk.shrink, pixels=pixels)
        is_seen &= np.abs(through[0] - b.along_m) < b.width_m / 2 - RIM_M
        px = (pixels + 0.5) / shrunk.shrink - 0.5
        x, y = px[..., 0].astype(np.float32), px[..., 1].astype(np.float32)
        picture = cv2.remap(shrunk.image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        # A level edge, as of a top without a pattern, looks the same wherever it is along the aisle.
        picture -= cv2.blur(picture, (round(_HIGH_PASS_M / STEP_M), 1))
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7), dtype=np.float32), is_seen


def _leaned(picture: Samples, ahead: NDArray[np.intp], first_row: int) -> Samples:
    """Return the picture with each row moved by what the deck is `ahead` there; rows before the first and after the last alike."""
    rows = np.clip(np.arange(picture.shape[0]) - first_row, 0, len(ahead) - 1)
    columns = np.clip(np.arange(picture.shape[1])[None, :] - ahead[rows][:, None], 0, picture.shape[1] - 1)
    leaned: Samples = picture[np.arange(picture.shape[0])[:, None], columns]
    return leaned
