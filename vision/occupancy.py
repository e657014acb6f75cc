"""Is a bin empty? Measured by parallax, never guessed from looks.

Two frames from places a baseline B apart along the aisle show the same surface, laid onto the plane of the goods, shifted by
B * D / (S + D), where S is the standoff and D how far the surface lies behind that plane: nothing for goods, a quarter of a
metre for the rear of a rack. Poses are off by some centimetres, so the shift of each pair of frames is known up to an error;
what is asked is which depth explains all pairs with small errors. `k` below is D / (S + D): 0 at the goods' plane, 1 at infinity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.face_view import FaceView, Rect
from vision.grey import Grey

Float = NDArray[np.float32]

STEP_M = 0.006
"""Sampling of the pictures that are laid onto the goods' plane."""
CELL_M = 0.16
STRIDE_M = 0.08
SMOOTH = 1.0
"""Blur of the laid-out pictures, in samples: finer texture than the poses' rotation can align only adds noise."""
TURN_SLACK = 2
"""Samples by which the cells of one pair may be shifted against each other, because a pose is also turned a little."""
MIN_TEXTURE = 4.0
"""Standard deviation in grey levels below which a cell shows nothing that could be found again."""
MIN_FOUND = 0.5
"""Correlation from which on a pair of frames is said to show the same thing."""
SLACK_SIGMAS = 2.5
"""How far, in standard deviations of the difference of two places, a pair is searched around what a depth predicts."""
MEASURED_M = 0.015
"""Standard deviation of a shift measured between two frames: sampling, attitude, unevenness of the goods."""
MAX_MISFIT = 9.0
SEEN_SHARE = 0.6
"""Share of the shifts of goods that the second frame must show before a cell can be called far."""
PEAK_M = 0.05
"""Half the width of a correlation peak, at its foot."""
NATS = 20.0
"""What full correlation of one pair is worth, in log-likelihood, against the errors of poses."""
SURE_NATS = 8.0
"""Lead of the best depth over every depth of the other kind from which on it is believed."""
BASELINES_M = (0.2, 1.0)
MAX_PAIRS = 8
_FAR_M = 3.5
"""The farthest surface searched for: across the next aisle."""
_EDGE_M = 0.08
"""Left out at both sides of an opening: uprights, and loads of the neighbours that overhang."""


class Depth(StrEnum):
    """Where the surface lies that is seen through an opening."""

    FRONT = "front"
    FAR = "far"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """What parallax says of one opening."""

    depth: Depth
    far_m: float | None = None
    """How far behind the goods' plane the seen surface lies; None where it was not measured."""
    n_pairs: int = 0
    far_share: float = 0.0
    """Share of the cells with texture that lie far behind, by the votes of the pairs."""
    front_share: float = 0.0
    """Share of them that lie at the goods' plane."""
    columns_share: float = 0.0
    """Share of the opening's width over which something far was measured."""

    @property
    def is_empty(self) -> bool:
        """Whether this is positive evidence that nothing stands in the opening."""
        return (
            self.depth is Depth.FAR
            and self.n_pairs >= 2
            and self.far_share >= 0.6
            and self.front_share <= 0.05
            and self.columns_share >= 0.6
        )


@dataclass(frozen=True, slots=True)
class ShrunkView:
    """A frame and its picture, loaded `shrink` times smaller."""

    view: FaceView
    image: Grey
    shrink: int


def rectified(shrunk: ShrunkView, rect: Rect) -> tuple[Float, NDArray[np.bool_]]:
    """Return the picture laid onto the goods' plane over `rect`, top row first, `STEP_M` a sample, and where it is valid."""
    n = round((rect.along_m[1] - rect.along_m[0]) / STEP_M), round((rect.height_m[1] - rect.height_m[0]) / STEP_M)
    along = rect.along_m[0] + (np.arange(n[0]) + 0.5) * STEP_M
    height = rect.height_m[1] - (np.arange(n[1]) + 0.5) * STEP_M
    grid = np.meshgrid(along, height)
    px = (shrunk.view.pixels(*grid) + 0.5) / shrunk.shrink - 0.5
    valid = shrunk.view.sees(*grid, margin_px=2.0 * shrunk.shrink)
    picture = cv2.remap(
        shrunk.image,
        px[..., 0].astype(np.float32),
        px[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), SMOOTH), dtype=np.float32), valid


@dataclass(frozen=True, slots=True)
class _Pair:
    """Correlation maps of the cells of one pair: (cell, dy, dx), NaN where the second frame does not see the place."""

    frames: tuple[str, str]
    baseline_m: float
    maps: Float
    cells: NDArray[np.intp]
    """(cell, 2): column and row of each in the grid over the opening, the same for all pairs."""
    dx_m: NDArray[np.float64]
    dy_m: NDArray[np.float64]


def measure(views: list[ShrunkView], opening: Rect, *, depth_m: float, sigma_m: float) -> Occupancy:
    """Return where the surface lies that is seen through `opening` (a bin's width, and the heights that matter).

    `depth_m` is the bin's depth, `sigma_m` one standard deviation of a frame's place on the face, attitude included.
    """
    inner = Rect(along_m=(opening.along_m[0] + _EDGE_M, opening.along_m[1] - _EDGE_M), height_m=opening.height_m)
    slack = SLACK_SIGMAS * math.sqrt(2) * sigma_m
    pairs = []
    for a, b in _pairs_of(views):
        pair = _correlate(a, b, inner, slack)
        if pair is not None:
            pairs.append(pair)
    if not pairs:
        return Occupancy(depth=Depth.UNDECIDED)
    standoff = float(np.median([v.view.standoff_m for v in views]))
    return _Explanation(pairs, standoff, depth_m, sigma_m).occupancy()


def _pairs_of(views: list[ShrunkView]) -> list[tuple[ShrunkView, ShrunkView]]:
    """Return pairs with a useful baseline at about the same height and standoff, those with the widest sound overlap first."""
    found = []
    for a, b in combinations(sorted(views, key=lambda v: v.view.along_m), 2):
        baseline = b.view.along_m - a.view.along_m
        level = abs(sum(a.view.footprint.height_m) - sum(b.view.footprint.height_m)) / 2
        if BASELINES_M[0] <= baseline <= BASELINES_M[1] and level < 0.3 and abs(a.view.standoff_m - b.view.standoff_m) < 0.3:
            found.append((abs(baseline - 0.5), a, b))
    found.sort(key=lambda f: (f[0], f[1].view.frame.frame, f[2].view.frame.frame))
    return [(a, b) for _, a, b in found[:MAX_PAIRS]]


def _correlate(a: ShrunkView, b: ShrunkView, inner: Rect, slack: float) -> _Pair | None:
    baseline = b.view.along_m - a.view.along_m
    reach = baseline * _FAR_M / (a.view.standoff_m + _FAR_M)
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
    return _Pair(
        frames=(a.view.frame.frame, b.view.frame.frame),
        baseline_m=baseline,
        maps=np.stack(maps).astype(np.float32),
        cells=np.array(cells),
        dx_m=STEP_M * np.arange(-n_left, n_right + 1, dtype=np.float64),
        dy_m=STEP_M * np.arange(n_up, -n_up - 1, -1, dtype=np.float64),
    )


class _Explanation:
    """Which depth explains all pairs of frames, and what each cell says once the errors of the poses are known."""

    def __init__(self, pairs: list[_Pair], standoff_m: float, depth_m: float, sigma_m: float) -> None:
        self.pairs, self.standoff_m, self.sigma_m = pairs, standoff_m, sigma_m
        self.k_far_from, self.k_near_to, self.k_front_to = self._k(0.6 * depth_m), self._k(0.35 * depth_m), self._k(0.15)
        self.ks = np.arange(-0.04, self._k(_FAR_M), 0.01)
        self.means = [self._mean_map(p) for p in pairs]
        picks = [[self._pick(i, float(k)) for k in self.ks] for i in range(len(pairs))]
        found = np.array([[pick[0] for pick in row] for row in picks])
        # A pair that finds nothing again at any depth (a pose too far off, the wrong things in view) says nothing.
        self.telling = [i for i in range(len(pairs)) if found[i].max() >= MIN_FOUND]
        self.found = found[self.telling]
        self.shifts_m = np.array([[pairs[i].dx_m[pick[2]] for pick in picks[i]] for i in self.telling])

    def _k(self, behind_m: float) -> float:
        return behind_m / (self.standoff_m + behind_m)

    @staticmethod
    def _mean_map(pair: _Pair) -> Float:
        seen = np.isfinite(pair.maps)
        n = seen.sum(axis=0)
        reach = np.ones((2 * TURN_SLACK + 1,) * 2, np.uint8)
        best = np.stack([cv2.dilate(m, reach) for m in np.where(seen, pair.maps, -1.0).astype(np.float32)])
        mean = np.where(seen, best, 0.0).sum(axis=0) / np.maximum(n, 1)
        return np.where(n >= max(3, 0.25 * len(pair.maps)), mean, np.nan).astype(np.float32)

    def _pick(self, i: int, k: float) -> tuple[float, int, int]:
        """Return the best correlation of pair `i` at `k`, with row and column in its maps; -1 where it cannot be tested."""
        pair, mean = self.pairs[i], self.means[i]
        ex = (pair.dx_m - pair.baseline_m * k)[None, :]
        ey = pair.dy_m[:, None]
        relative = math.sqrt(2) * self.sigma_m
        cost = 0.02 * (ex * ex + ey * ey) / (2 * relative**2)  # of equal peaks, the one that needs the smaller error
        sound = np.isfinite(mean) & (np.abs(ex) <= SLACK_SIGMAS * relative)
        if not sound.any():
            return -1.0, 0, 0
        row, column = np.unravel_index(int(np.argmax(np.where(sound, mean - cost, -2.0))), mean.shape)
        return float(mean[row, column]), int(row), int(column)

    def _strain(self, at: int) -> float:
        """Return the chi square of the errors of the frames' places that the picks at depth number `at` need.

        Pairs share frames: the shift of a pair is B * k plus the difference of two frames' errors, each of `sigma_m`.
        """
        names = sorted({name for i in self.telling for name in self.pairs[i].frames})
        tested = [n for n in range(len(self.telling)) if self.found[n, at] > -0.5]
        rows, wanted = [], []
        for n in tested:
            pair = self.pairs[self.telling[n]]
            row = np.zeros(len(names))
            row[names.index(pair.frames[0])], row[names.index(pair.frames[1])] = -1.0, 1.0
            rows.append(row / MEASURED_M)
            wanted.append((self.shifts_m[n, at] - pair.baseline_m * self.ks[at]) / MEASURED_M)
        prior = np.eye(len(names)) / self.sigma_m
        keep = np.ones(len(rows), dtype=bool)
        for _ in range(2):  # once more without what does not fit: a wrong peak must not pull the others
            left = np.vstack([np.array(rows)[keep], prior]) if keep.any() else prior
            right = np.concatenate([np.array(wanted)[keep], np.zeros(len(names))])
            errors = np.linalg.lstsq(left, right, rcond=None)[0]
            misfit = (np.array(rows) @ errors - np.array(wanted)) ** 2 if rows else np.zeros(0)
            keep = misfit < MAX_MISFIT
        return float(np.minimum(misfit, MAX_MISFIT).sum() + (errors**2).sum() / self.sigma_m**2)

    def occupancy(self) -> Occupancy:
        """Return the verdict on the opening."""
        n = len(self.telling)
        if n < 2:
            return Occupancy(depth=Depth.UNDECIDED, n_pairs=n)
        tested = self.found > -0.5
        mean = np.where(tested, self.found, 0.0).sum(axis=0) / np.maximum(tested.sum(axis=0), 1)
        # Log-likelihood, up to a constant: how alike what is found again looks, less the errors of the poses that it takes.
        score = np.array([n * NATS * mean[at] - self._strain(at) / 2 for at in range(len(self.ks))])
        score[tested.sum(axis=0) < 2] = -np.inf
        best = int(np.argmax(score))
        near, front = self.ks <= self.k_near_to, self.ks <= self.k_front_to
        if mean[best] < MIN_FOUND:
            return Occupancy(depth=Depth.UNDECIDED, n_pairs=n)
        if near[best]:
            lead = float(score[best] - score[self.ks >= self.k_far_from].max())
            depth = Depth.FRONT if front[best] and lead >= SURE_NATS else Depth.UNDECIDED
            return Occupancy(depth=depth, n_pairs=n, front_share=float(depth is Depth.FRONT))
        if self.ks[best] < self.k_far_from or score[best] - score[near].max() < SURE_NATS:
            return Occupancy(depth=Depth.UNDECIDED, n_pairs=n)
        return self._cells(float(self.ks[best]))

    def _best_nearer(self, pair: _Pair, column: int) -> Float:
        """Return (cell) the best correlation at any shift that goods could show, whatever the error of the poses.

        Cartons that repeat look alike one carton further on: a cell that is found as well at a nearer shift is not far. NaN where
        the second frame shows too few of those shifts to tell.
        """
        slack = SLACK_SIGMAS * math.sqrt(2) * self.sigma_m
        goods = pair.dx_m <= pair.baseline_m * self.k_front_to + slack
        goods[max(column - round(PEAK_M / STEP_M), 0) :] = False
        part = pair.maps[:, :, goods].reshape(len(pair.maps), -1)
        seen = np.isfinite(part)
        tested = seen.sum(axis=1) >= max(SEEN_SHARE * part.shape[1], 1)
        return np.where(tested, np.where(seen, part, -1.0).max(axis=1, initial=-1.0), np.nan).astype(np.float32)

    def _cells(self, k: float) -> Occupancy:
        """Let every pair vote on every cell of the grid: far behind, at the front, or neither."""
        votes: dict[tuple[int, int], list[int]] = {}
        n_pairs = 0
        for i in self.telling:
            pair = self.pairs[i]
            found, row, column = self._pick(i, k)
            if found < 0.3:
                continue
            n_pairs += 1
            at_far = _best_near(pair.maps, row, column)
            at_front = _best_near(pair.maps, row, column - round(pair.baseline_m * k / STEP_M))
            nearer = self._best_nearer(pair, column)
            tested = np.isfinite(at_far) & np.isfinite(nearer)
            is_far = tested & (at_far >= 0.45) & (nearer <= at_far - 0.1)
            is_front = (at_front >= 0.5) & ~(at_far >= at_front - 0.1)
            for (x, y), far, front in zip(pair.cells[tested].tolist(), is_far[tested], is_front[tested], strict=True):
                vote = votes.setdefault((x, y), [0, 0])
                vote[0] += int(far)
                vote[1] += int(front)
        n_columns = max((x for x, _ in votes), default=0) + 1
        far_cells = {cell for cell, (far, front) in votes.items() if far > front}
        front_cells = {cell for cell, (far, front) in votes.items() if front > 0 and front >= far}
        return Occupancy(
            depth=Depth.FAR,
            far_m=self.standoff_m * k / (1 - k),
            n_pairs=n_pairs,
            far_share=len(far_cells) / max(len(votes), 1),
            front_share=len(front_cells) / max(len(votes), 1),
            columns_share=len({x for x, _ in far_cells}) / n_columns,
        )


def _best_near(maps: Float, row: int, column: int, reach: int = 4) -> Float:
    """Return (cell) the best correlation within `reach` samples of a shift; NaN where nothing was seen there."""
    y0, x0 = max(row - reach, 0), max(column - reach, 0)
    part = maps[:, y0 : row + reach + 1, x0 : max(column + reach + 1, 0)]
    if part.size == 0:
        return np.full(len(maps), np.nan, dtype=np.float32)
    flat = part.reshape(len(maps), -1)
    seen = np.isfinite(flat)
    return np.where(seen.any(axis=1), np.where(seen, flat, -1.0).max(axis=1), np.nan).astype(np.float32)
