"""Is a bin empty? Measured by parallax, never guessed from looks.

Two frames from places a baseline B apart along the aisle show the same surface, laid onto the plane of the goods, shifted by
B * D / (S + D), where S is the standoff and D how far the surface lies behind that plane: nothing for goods, a quarter of a
metre for the rear of a rack. Poses are off by some centimetres, so the shift of each pair of frames is known up to an error;
what is asked is which depth explains all pairs with small errors. `k` below is D / (S + D): 0 at the goods' plane, 1 at infinity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np

from vision.bins.clear_down import Clear, clear_down
from vision.bins.face_view import ATTITUDE_SIGMA_RAD, GOODS_SETBACK_M, Rect
from vision.bins.parallax import FAR_M, Float, Pair, ShrunkView, correlate, pairs_of
from vision.bins.place_errors import PlaceErrors, independent_errors
from vision.bins.rear_windows import FittedPair, look_through
from warehouse.goods import SmallestGoods
from warehouse.layout import Bin

PEAK_PREFERENCE = 0.05
"""Correlation that a peak must be better by, for each unit of half chi square that its pose error costs more: walls of blocks and
stacks of cartons give a peak a block."""
TURN_SLACK = 2
"""Samples by which the cells of one pair may be shifted against each other, because a pose is also turned a little."""
LEAST_FOUND = 0.3
"""Correlation below which a pair says nothing of what the others agree on."""
MIN_FOUND = 0.5
"""Correlation from which on a pair of frames is said to show the same thing."""
SLACK_SIGMAS = 2.5
"""How far, in standard deviations of the difference of two places, a pair is searched around what a depth predicts."""
MEASURED_M = 0.015
"""Standard deviation of a shift measured between two frames: sampling, attitude, unevenness of the goods."""
MAX_MISFIT = 9.0
"""Chi square at which a shift is taken for a wrong peak: it costs this much, and pulls no longer."""
PEAK_M = 0.05
"""Half the width of a correlation peak, at its foot."""
NATS = 20.0
"""What full correlation of one pair is worth, in log-likelihood, against the errors of poses."""
SURE_NATS = 8.0
"""Lead of the best depth over every depth of the other kind from which on it is believed."""
INSIDE_NATS = 2.0
"""The same, over every depth at the rear or behind, for something inside the bin, where photos of a steady flight share their
error: poses that are each off on their own hardly tell the two apart."""
NEEDED_PAIRS = 2
REAR_SLACK_M = 0.12
"""Of a bin's depth: what is seen nearer than its rear by more than this stands in the bin. Measured depths err by up to 0.15 m, and
a wall or a rear post just behind the bin must not make it unknown."""
SHALLOWEST_M = 0.2
"""Of loads, where the site names no larger one: the front of one at the very rear of its bin lies so far before that."""
REAR_NATS = 1.0
"""Lead of the best depth at the rear or behind over every depth at which a load could show its front, from which on nothing stands
in the bin. Poses each off on their own by 3 cm give real rears a lead of 2 to 10, those of a steady flight one of 10 to 50."""
MIN_FAR_SHARE = 0.6
"""Share of what is seen above the lowest clear row that must be far."""
_EDGE_M = 0.08
"""Left out at both sides of an opening: uprights, and loads of the neighbours that overhang."""


class Depth(StrEnum):
    """Where the surface lies that is seen through an opening."""

    FRONT = "front"
    INSIDE = "inside"
    """Behind the front, and before the rear of the bin."""
    REAR = "rear"
    """Near the rear: goods that stand there or what is behind them, which the errors of the poses do not tell apart."""
    FAR = "far"
    """At the rear of the bin, or behind it."""
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """What parallax says of one opening."""

    depth: Depth
    far_m: float | None = None
    """How far behind the goods' plane the seen surface lies; None where it was not measured."""
    n_pairs: int = 0
    clear: Clear | None = None
    """Where something far is seen, how far down that is proven to be all; None where the frames could not be brought to fit."""
    front_share: float = 0.0
    """Share of the cells with texture that lie at the goods' plane."""
    columns_share: float = 0.0
    """Share of the opening's width over which goods were measured at that plane."""

    @property
    def is_empty(self) -> bool:
        """Whether this is positive evidence that nothing stands in the opening, as far down as it is shown."""
        clear = self.clear
        is_far = self.depth is Depth.FAR and clear is not None and clear.n_pairs >= NEEDED_PAIRS
        return is_far and clear is not None and clear.is_clear and clear.far_share >= MIN_FAR_SHARE

    @property
    def is_surely_empty(self) -> bool:
        """Whether it is empty and the lowest load would have been seen."""
        return self.is_empty and self.clear is not None and self.clear.is_sure


def least_depth_m(goods: SmallestGoods | None) -> float:
    """Return the depth of the shallowest load that is told from the rear, where a site names its smallest goods or does not."""
    return SHALLOWEST_M if goods is None else max(goods.depth_m, SHALLOWEST_M)


def measure(
    views: list[ShrunkView],
    opening: Rect,
    b: Bin,
    *,
    sigma_m: float,
    errors: PlaceErrors | None = None,
    shallowest_m: float = SHALLOWEST_M,
) -> Occupancy:
    """Return where the surface lies that is seen through `opening` (the bin's width, and the heights that matter).

    `sigma_m` is one standard deviation of a frame's place on the face, attitude included. `errors` have to explain what shifts
    between the frames; without them each frame has its own, of that size. `shallowest_m` is the depth of the shallowest load that
    may stand there.
    """
    errors = errors or independent_errors([v.view.frame.frame for v in views], sigma_m)
    inner = Rect(along_m=(opening.along_m[0] + _EDGE_M, opening.along_m[1] - _EDGE_M), height_m=opening.height_m)
    slack = SLACK_SIGMAS * math.sqrt(2) * errors.usual_m
    tried, pairs = [], []
    for first, second in pairs_of(views):
        pair = correlate(first, second, inner, slack)
        if pair is not None:
            tried.append((first, second))
            pairs.append(pair)
    if not pairs:
        return Occupancy(depth=Depth.UNDECIDED)
    standoff = float(np.median([v.view.standoff_m for v in views]))
    explanation = _Explanation(pairs, standoff, b.depth_m, errors, shallowest_m)
    occupancy = explanation.occupancy()
    if occupancy.depth is not Depth.FAR or occupancy.far_m is None:
        return occupancy
    fitted = [
        FittedPair(first=tried[i][0], second=tried[i][1], baseline_m=pairs[i].baseline_m, shift_m=shift)
        for i, shift in explanation.shifts_at(occupancy.far_m)
    ]
    windows = look_through(fitted, b, standoff_m=standoff, far_m=occupancy.far_m)
    if windows is None:
        return occupancy
    clear = clear_down(
        windows,
        width_m=b.width_m,
        camera_m=float(np.median([v.view.camera_height_m for v in views])) - b.base_m,
        away_m=(standoff, standoff + b.depth_m),
        sigma_m=_at_rear_m(sigma_m, standoff, b.depth_m),
    )
    return replace(occupancy, clear=clear)


def _at_rear_m(sigma_m: float, standoff_m: float, depth_m: float) -> float:
    """Return one standard deviation of where rays cross the rear of a bin, from that at its face: attitude counts for more."""
    attitude, further = ATTITUDE_SIGMA_RAD * standoff_m, ATTITUDE_SIGMA_RAD * (standoff_m + depth_m)
    return math.sqrt(max(sigma_m**2 - attitude**2, 0.0) + further**2)


class _Explanation:
    """Which depth explains all pairs of frames, and what each cell says once the errors of the poses are known."""

    def __init__(self, pairs: list[Pair], standoff_m: float, depth_m: float, errors: PlaceErrors, shallowest_m: float) -> None:
        self.pairs, self.goods_away_m, self.depth_m, self.errors = pairs, standoff_m + GOODS_SETBACK_M, depth_m, errors
        self.shallowest_m = shallowest_m
        self.relative_m = [math.hypot(errors.relative_m(*p.frames), MEASURED_M) for p in pairs]
        self.is_steady = float(np.median([errors.relative_m(*p.frames) for p in pairs])) < errors.usual_m
        self.k_far_from, self.k_near_to, self.k_front_to = self._k(0.6 * depth_m), self._k(0.35 * depth_m), self._k(0.15)
        self.ks = np.arange(-0.04, self._k(FAR_M), 0.01)
        self.means = [self._mean_map(p) for p in pairs]
        picks = [[self._pick(i, float(k)) for k in self.ks] for i in range(len(pairs))]
        found = np.array([[pick[0] for pick in row] for row in picks])
        # A pair that finds nothing again at any depth (a pose too far off, the wrong things in view) says nothing.
        self.telling = [i for i in range(len(pairs)) if found[i].max() >= MIN_FOUND]
        self.found = found[self.telling]
        self.shifts_m = np.array([[pairs[i].dx_m[pick[2]] for pick in picks[i]] for i in self.telling])

    def _k(self, behind_m: float) -> float:
        return behind_m / (self.goods_away_m + behind_m)

    @staticmethod
    def _mean_map(pair: Pair) -> Float:
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
        relative = self.relative_m[i]
        cost = PEAK_PREFERENCE * (ex * ex + ey * ey) / (2 * relative**2)  # of equal peaks, the one that needs the smaller error
        sound = np.isfinite(mean) & (np.abs(ex) <= SLACK_SIGMAS * relative)
        if not sound.any():
            return -1.0, 0, 0
        row, column = np.unravel_index(int(np.argmax(np.where(sound, mean - cost, -2.0))), mean.shape)
        return float(mean[row, column]), int(row), int(column)

    def _strain(self, at: int) -> float:
        """Return the chi square of the errors of the frames' places that the picks at depth number `at` need.

        Pairs share frames: the shift of a pair is B * k plus the difference of two frames' errors.
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
        prior = self.errors.weights_of(names)
        keep = np.ones(len(rows), dtype=bool)
        for _ in range(2):  # once more without what does not fit: a wrong peak must not pull the others
            left = np.vstack([np.array(rows)[keep], prior]) if keep.any() else prior
            right = np.concatenate([np.array(wanted)[keep], np.zeros(len(names))])
            errors = np.linalg.lstsq(left, right, rcond=None)[0]
            misfit = (np.array(rows) @ errors - np.array(wanted)) ** 2 if rows else np.zeros(0)
            keep = misfit < MAX_MISFIT
        return float(np.minimum(misfit, MAX_MISFIT).sum() + ((prior @ errors) ** 2).sum())

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
        # About one degree of freedom a pair: a best depth that still strains the poses this much explains nothing.
        if mean[best] < MIN_FOUND or self._strain(best) > n + 2 * math.sqrt(2 * n):
            return Occupancy(depth=Depth.UNDECIDED, n_pairs=n)
        if near[best]:
            lead = float(score[best] - score[self.ks >= self.k_far_from].max(initial=-np.inf))
            if front[best] and lead >= SURE_NATS:
                return self._front_cells(float(self.ks[best]))
            return Occupancy(depth=Depth.UNDECIDED, n_pairs=n)
        if self._is_ambiguous(best, int(np.flatnonzero(front)[int(np.argmax(score[front]))])):
            return Occupancy(depth=Depth.UNDECIDED, n_pairs=n)
        if self.ks[best] < self.k_far_from or score[best] - score[near].max() < SURE_NATS:
            return Occupancy(depth=Depth.UNDECIDED, n_pairs=n)
        # A load that is deeper than this slack cannot show its front in it.
        slack_m = max(REAR_SLACK_M, self.shallowest_m - 2 * REAR_SLACK_M)
        at_rear = self.ks >= self._k(max(self.depth_m - slack_m - GOODS_SETBACK_M, 0.0))
        rear = int(np.argmax(np.where(at_rear, score, -np.inf)))
        is_inside = not at_rear.any() or score[best] - score[rear] > (INSIDE_NATS if self.is_steady else SURE_NATS)
        is_load = self.ks <= self._k(max(self.depth_m - self.shallowest_m - GOODS_SETBACK_M, 0.0))
        is_far = score[rear] - score[is_load].max(initial=-np.inf) >= REAR_NATS
        k = float(self.ks[best if is_inside else rear])
        depth = Depth.INSIDE if is_inside else Depth.FAR if is_far else Depth.REAR
        return Occupancy(depth=depth, far_m=self.goods_away_m * k / (1 - k), n_pairs=n)

    def _is_ambiguous(self, far: int, goods: int) -> bool:
        """Return whether goods that repeat would look the same: as much alike at the front, at another peak."""
        apart = np.abs(self.shifts_m[:, far] - self.shifts_m[:, goods]) > PEAK_M
        tested = apart & (self.found[:, goods] > -0.5)
        alike = tested & (self.found[:, goods] >= self.found[:, far] - 0.03)
        return int(alike.sum()) >= max(0.4 * int(tested.sum()), 1)

    def _front_cells(self, k: float) -> Occupancy:
        """Let every pair say which cells show, at the front, what another frame shows there."""
        votes: dict[tuple[int, int], list[bool]] = {}
        for i in self.telling:
            found, row, column = self._pick(i, k)
            if found < MIN_FOUND:
                continue
            at_front = _best_near(self.pairs[i].maps, row, column)
            for (x, y), best in zip(self.pairs[i].cells.tolist(), at_front.tolist(), strict=True):
                if math.isfinite(best):
                    votes.setdefault((x, y), []).append(best >= MIN_FOUND)
        front = {cell for cell, says in votes.items() if 2 * sum(says) > len(says)}
        n_columns = max((x for x, _ in votes), default=0) + 1
        return Occupancy(
            depth=Depth.FRONT,
            n_pairs=len(self.telling),
            front_share=len(front) / max(len(votes), 1),
            columns_share=len({x for x, _ in front}) / n_columns,
        )

    def shifts_at(self, far_m: float) -> list[tuple[int, tuple[float, float]]]:
        """Return (number of the pair, what it shows shifted along the aisle and upwards) for a surface so far behind."""
        picked = [(i, self._pick(i, self._k(far_m))) for i in self.telling]
        return [
            (i, (float(self.pairs[i].dx_m[column]), float(self.pairs[i].dy_m[row])))
            for i, (found, row, column) in picked
            if found >= LEAST_FOUND
        ]


def _best_near(maps: Float, row: int, column: int, reach: int = 4) -> Float:
    """Return (cell) the best correlation within `reach` samples of a shift; NaN where nothing was seen there."""
    y0, x0 = max(row - reach, 0), max(column - reach, 0)
    part = maps[:, y0 : row + reach + 1, x0 : max(column + reach + 1, 0)]
    if part.size == 0:
        return np.full(len(maps), np.nan, dtype=np.float32)
    flat = part.reshape(len(maps), -1)
    seen = np.isfinite(flat)
    return np.where(seen.any(axis=1), np.where(seen, flat, -1.0).max(axis=1), np.nan).astype(np.float32)
