"""The rack as a ruler: stickers hang on loads, loads stand in openings, and no opening is where an upright stands.

Where no tag tells the place along a lane, the lane as a whole is shifted and stretched within its uncertainty, and each placement
is weighed by how many stickers hang where none can. Rows of like openings leave several placements; then the error of the poses
says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from warehouse.layout import Bin, BinKind

Vector = NDArray[np.float64]

_STRAY = 0.02
"""Chance of a sticker that hangs anywhere: on a load that sticks out, on the rack."""
_EDGE_M = 0.03
"""How sharp the ends of the places are where stickers hang."""
_ONE_STICKER_M = (0.12, 0.25)
"""Symbols nearer than this, along and in height, are counted once: they are on one sticker."""
_GRID = ((3.5, 141), (3.0, 31), (2.5, 9))
"""Reach in standard deviations and number of points along the largest directions of uncertainty."""
_SAME_M = 0.3
"""Placements nearer than this to the best are the same answer."""
_HALF_MARGIN_M = 0.25
"""Margin of a usual sticker to the next opening: the error is made so large that this margin is as doubtful as the placement."""
_LEAST_DOUBT = 1e-3
"""Chance that the ruler misleads as a whole."""
WIDEST_SIGMA_M = 0.45
"""Half a slot: a greater error says no more, and what is read must still be placed to be looked for again."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """Where stickers can hang along one face."""

    starts_m: Vector
    ends_m: Vector

    @classmethod
    def of(cls, bins: Sequence[Bin], sticker_m: float) -> Ruler:
        """Return the ruler of the bins of one face, for stickers `sticker_m` wide."""
        fronts = [b for b in bins if b.kind is not BinKind.REAR]
        half = [max(b.width_m / 2 - sticker_m / 2, 0.05) for b in fronts]
        spans = sorted({(round(b.along_m - h, 3), round(b.along_m + h, 3)) for b, h in zip(fronts, half, strict=True)})
        return cls(np.array([s for s, _ in spans]), np.array([e for _, e in spans]))

    def outside_m(self, along_m: Vector) -> Vector:
        """Return (…) how far places lie outside of the nearest span."""
        best = np.full(along_m.shape, np.inf)
        for start, end in zip(self.starts_m, self.ends_m, strict=True):
            np.minimum(best, np.maximum(np.maximum(start - along_m, along_m - end), 0.0), out=best)
        return best

    def log_likelihood(self, along_m: Vector, sigma_m: Vector) -> Vector:
        """Return (m, k) the log-likelihood of stickers at places (m, k), known to (k,) `sigma_m`, up to a constant."""
        blur = np.hypot(sigma_m, _EDGE_M)
        inside = np.zeros(along_m.shape)
        for start, end in zip(self.starts_m, self.ends_m, strict=True):
            inside += _normal_cdf((end - along_m) / blur) - _normal_cdf((start - along_m) / blur)
        return np.asarray(np.log((1 - _STRAY) * np.minimum(inside, 1.0) + _STRAY))


def _normal_cdf(x: Vector) -> Vector:
    """Return the normal distribution function to 0.01 (logistic, factor after S. R. Bowling et al. 2009)."""
    return np.asarray(1.0 / (1.0 + np.exp(np.clip(-1.702 * x, -60.0, 60.0))))


def stickers(places_m: Vector) -> NDArray[np.intp]:
    """Return the numbers of those of the places (k, 2) that belong to different stickers."""
    kept: list[int] = []
    for i, (along, height) in enumerate(places_m):
        near = [
            j for j in kept if abs(places_m[j, 0] - along) < _ONE_STICKER_M[0] and abs(places_m[j, 1] - height) < _ONE_STICKER_M[1]
        ]
        if not near:
            kept.append(i)
    return np.array(kept, dtype=np.intp)


def place_on_ruler(ruler: Ruler, along_m: Vector, covariance: Vector, n_frames: int) -> tuple[Vector, Vector]:
    """Return what to add to the frames' places along the face (n,), and their standard deviations (n,).

    `covariance` (n + k, n + k) is that of the frames' errors followed by those of the stickers at `along_m` (k,).
    """
    steps, shifts, rest = placements(covariance)
    fits = ruler.log_likelihood(along_m + shifts[:, n_frames:], np.sqrt(rest[n_frames:])).sum(axis=1)
    score = fits - (steps**2).sum(axis=1) / 2
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    of_frames = shifts[:, :n_frames]
    best = _heaviest(of_frames.mean(axis=1), weight)
    is_same = np.abs(of_frames - of_frames[best]).max(axis=1) < _SAME_M
    mass = float(weight[is_same].sum())
    near = weight[is_same] / mass
    mean = near @ of_frames[is_same]
    spread = np.sqrt(near @ (of_frames[is_same] - mean) ** 2 + rest[:n_frames])
    doubt = min(max(1.0 - mass, _LEAST_DOUBT), 0.35)
    least = _HALF_MARGIN_M / NormalDist().inv_cdf(1.0 - doubt)
    return mean, np.minimum(np.maximum(spread, least), WIDEST_SIGMA_M)


def placements(covariance: Vector) -> tuple[Vector, Vector, Vector]:
    """Return how n places may be off together: steps (m, d) in standard deviations, shifts (m, n), and the variance left (n,)."""
    sizes, directions = np.linalg.eigh(covariance)
    order = np.argsort(sizes)[::-1][: len(_GRID)]
    axes = [np.linspace(-reach, reach, n) for reach, n in _GRID[: len(order)]]
    steps = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=-1)
    shifts = steps @ (directions[:, order] * np.sqrt(np.maximum(sizes[order], 0.0))).T
    return steps, shifts, _rest(sizes, directions, order)


def _rest(sizes: Vector, directions: Vector, order: NDArray[np.intp]) -> Vector:
    """Return the variances that the directions left out would add."""
    left = np.setdiff1d(np.arange(len(sizes)), order)
    return np.asarray((directions[:, left] ** 2) @ np.maximum(sizes[left], 0.0))


def _heaviest(shift_m: Vector, weight: Vector) -> int:
    """Return the number of the placement around which most weight lies."""
    edges = np.linspace(shift_m.min() - 1e-6, shift_m.max() + 1e-6, 80)
    bins = np.digitize(shift_m, edges)
    heaviest = int(np.argmax(np.convolve(np.bincount(bins, weight, minlength=82), np.ones(3), mode="same")))
    inside = np.flatnonzero(np.abs(bins - heaviest) <= 1)
    return int(inside[np.argmax(weight[inside])])
