"""Two clocks that saw the same shutter: whether they count its releases alike, and by how much they differ."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]

_FINE_S, _COARSE_S = 0.25, 0.7
"""How far capture times may be from the log's, by whether the camera wrote fractions of a second."""
_UNEVEN_SHARE = 0.4
"""By which share of the least time between two photos pictures may be out of step: less than half, so never by one photo."""
_LEAST_UNEVEN_S, _MOST_UNEVEN_S = 0.1, 0.25
"""Bounds of that: what a recorded link delays its messages by, and what a shutter may take."""
_LONGEST_SHIFT = 3
_LEAST_SHIFTED = 8
"""Fewer pictures in step with later or earlier photos are chance."""
_MIN_SHARE = 0.9
"""Share of the smaller of both lists that one difference of the clocks must explain, and the runner-up must not."""
_MANY, _ENOUGH = 4_000_000, 1_000_000
"""Differences of times: of more than the one, as many as the other are looked through for the clocks' difference."""


def is_in_step(taken: Times, times: Times) -> bool:
    """Return whether pictures and photos counted off one by one keep the same time, better than when counted off by one.

    A photo that the camera missed and one that it took for itself leave the counts alike, and all between at the wrong pose.
    """
    difference = taken - times
    least_s = float(np.diff(times).min()) if len(times) > 1 else np.inf
    reach = min(max(_UNEVEN_SHARE * least_s, _LEAST_UNEVEN_S), _MOST_UNEVEN_S)
    step = _step_s(taken)
    if np.ptp(difference) > step + 2 * reach:
        return False
    for shift in range(1, min(_LONGEST_SHIFT, len(times) - _LEAST_SHIFTED) + 1):
        spans = times[shift:] - times[:-shift]
        later = difference[:-shift], difference[:-shift] - spans
        earlier = difference[shift:][::-1], (difference[shift:] + spans)[::-1]
        for counted, shifted in (later, earlier):
            spread = float(np.ptp(counted))
            rival = _least_spread(counted, shifted)
            if spread > _LEAST_UNEVEN_S and rival < spread / 2:
                return False
            if spread - step > _LEAST_UNEVEN_S and rival - step < (spread - step) / 2:
                return False
    return True


def _least_spread(counted: Times, shifted: Times) -> float:
    """Return the least spread of differences that begin as `counted` and from some place on are as `shifted`."""
    tail = slice(0, len(shifted) - _LEAST_SHIFTED + 1)
    high, low = np.maximum.accumulate(shifted[::-1])[::-1], np.minimum.accumulate(shifted[::-1])[::-1]
    high[1:] = np.maximum(high[1:], np.maximum.accumulate(counted)[:-1])
    low[1:] = np.minimum(low[1:], np.minimum.accumulate(counted)[:-1])
    return float((high - low)[tail].min())


def _step_s(taken: Times) -> float:
    """Return the smallest difference that the camera's clock shows: most write whole seconds."""
    return 1.0 if bool(np.all(taken == np.round(taken))) else 0.0


def tolerance_s(taken: Times) -> float:
    """Return how far a capture time may be from the log's, both by one clock."""
    return _COARSE_S if _step_s(taken) else _FINE_S


def clock_difference(taken: Times, times: Times) -> float | None:
    """Return the one difference of the clocks that pairs nearly all; None when there is none, or two.

    Photos at even intervals fit shifted by one as well: then the ends decide, or nothing does.
    """
    if len(taken) < 3 or len(times) < 3:
        return None
    n = len(taken) * len(times)
    every = 1 if n <= _MANY else math.ceil(n / _ENOUGH)
    reaches = (_COARSE_S,) if _step_s(taken) else (_FINE_S, _FINE_S / 2, _FINE_S / 4)
    found = (_difference_within(reach, taken, times, every) for reach in reaches)
    return next((offset for offset in found if offset is not None), None)


def _difference_within(reach: float, taken: Times, times: Times, every: int) -> float | None:
    """Look for the difference by one of `every` so many pictures, and prove it by all."""
    differences = np.sort((taken[::every, None] - times[None]).ravel())
    counts = np.searchsorted(differences, differences + 2 * reach, side="right") - np.arange(len(differences))
    best = int(np.argmax(counts))
    offset = float(np.median(differences[best : best + counts[best]]))
    n_paired = _n_paired(taken - offset, times, reach)
    smaller = min(len(taken), len(times))
    apart = np.abs(differences - offset) > 2 * reach
    if n_paired < _MIN_SHARE * smaller:
        return None
    rivals = np.unique(np.round(differences[apart & (counts > 0.5 * n_paired / every)] / (reach / 4)))  # a quarter is near enough
    at = np.searchsorted(differences, rivals * (reach / 4))
    likely_first = rivals[np.argsort(-counts[np.minimum(at, len(counts) - 1)], kind="stable")] * (reach / 4)
    is_alone = all(_n_paired(taken - rival, times, reach) < _MIN_SHARE * n_paired for rival in likely_first)
    return offset if is_alone else None


def _n_paired(taken: Times, times: Times, reach: float) -> int:
    return int(min((_nearest_s(taken, times) <= reach).sum(), (_nearest_s(times, taken) <= reach).sum()))


def two_nearest(of: Times, to: Times) -> tuple[NDArray[np.intp], Times, Times]:
    """Return which of others each time is nearest to, how far from it, and how far from the next nearest, infinity without one."""
    order = np.argsort(to, kind="stable")
    others = np.concatenate([[-np.inf, -np.inf], to[order], [np.inf, np.inf]])
    beside = np.searchsorted(others, of, side="left")[:, None] + np.arange(-2, 2)
    away = np.abs(others[beside] - of[:, None])
    ranked = np.argsort(away, axis=1, kind="stable")[:, :2]
    each = np.arange(len(of))
    nearest = order[np.clip(beside[each, ranked[:, 0]] - 2, 0, len(to) - 1)]
    return nearest, away[each, ranked[:, 0]], away[each, ranked[:, 1]]


def _nearest_s(of: Times, to: Times) -> Times:
    """Return how far each time is from the nearest of others."""
    others = np.concatenate([[-np.inf], np.sort(to), [np.inf]])
    after = np.searchsorted(others, of, side="left")
    return np.asarray(np.minimum(of - others[after - 1], others[after] - of), dtype=np.float64)
