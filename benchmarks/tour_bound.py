"""How long the hops of sorties are at least that fly given passes: Held and Karp's bound, for several tours from a pad.

Take the two ends of each pass as nodes, joined by the pass, and all pads as one node. In any plan each end has exactly one hop, to
another end or to the pad, and each sortie has two hops to the pad. Of each sortie's, put one aside. What is left of all hops, with
the passes, is a tree that spans all nodes: sorties are chains that hang from the pad. So a plan of k sorties is a *set of order k*:
a spanning tree that holds all passes, and k hops to the pad besides, no hop twice. Let w(k) be the weight of the lightest such set.
For any number u(e) given to each end,

    length of all hops >= w(k) - sum of u(e),    weighed by c'(e, f) = c(e, f) + u(e) + u(f) and c'(e, pad) = c(e, pad) + u(e).

*More sorties than m.* A set of order k + 1 without the heaviest of its hops put aside is one of order k. So w(k + 1) < w(k) only
where all k + 1 hops put aside are negative: k need be tried from m to the number of negative hops to the pad, no further.

*The lightest set.* Sets of order k are the bases of a union of two matroids (forests; any k hops to the pad), so they are found
greedily. Hops between ends and hops to the pad may be in one set together when the former close no circle and, of the hops to the
pad, those beyond the first of each connected piece are no more than k. Of the hops between ends, only those of their own lightest
spanning tree are ever taken: the heaviest hop of a circle comes when its ends are joined already or, if the limit k kept one of
the circle's others out, when both its ends hang from the pad and the limit is reached.

*Either, or.* Any set of passes is flown into and out of an even number of times. So of every plan one of two things is true: it
crosses the border of the set at most 2 j times, or at least 2 j + 2 times. Under either, a number v >= 0 may be put on each hop
across the border (taken off it), with 2 j v taken off the sum ((2 j + 2) v put on it): the bounds hold as before, and the lesser of
both holds for all plans. Sets of neighbouring aisles are tried, where trees cross the border an odd number of times on the average.

u and v are improved by subgradient steps (Volgenant and Jonker's: a direction of this step and of the last, shorter and shorter);
all give bounds, whatever it took to find them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

N_ROUNDS = 2000
_FIRST_STEP, _FIRST_STEP_OF_CASE = 2.0, 0.3
"""In mean hops."""
_OF_THIS, _OF_LAST = 0.6, 0.4


@dataclass(frozen=True, slots=True)
class _Hop:
    weight: float
    a: int
    b: int | None
    """None: the pad."""


@dataclass(frozen=True, slots=True)
class _Border:
    """Plans that cross the border of a set of passes so often at most, or at least."""

    is_inside: NDArray[np.bool_]
    """(n) of the ends."""
    n_crossings: int
    is_at_most: bool

    @property
    def sign(self) -> float:
        """Of v, on a hop across."""
        return 1.0 if self.is_at_most else -1.0


@dataclass(frozen=True, slots=True)
class _Ascent:
    bound_m: float
    u: Vector
    often: Vector
    """(n, n + 1), symmetric but for the last column: how often each hop was taken on the average, those to the pad in the last."""


def least_hops_m(
    hop_m: Vector, pad_m: Vector, n_sorties: int, *, groups: Sequence[str] = (), n_borders: int = 3, n_rounds: int = N_ROUNDS
) -> float:
    """Return less than the length of all hops of any plan of `n_sorties` or more.

    `hop_m` (n, n) are lower bounds of what lies between ends, symmetric, `pad_m` (n) between ends and the nearest pad; ends 2 i and
    2 i + 1 belong to pass i. `groups` may name the aisle of each pass, neighbours one after the other; so many of their borders are
    tried.
    """
    n = len(pad_m)
    # A hop from one end of a pass to its other end would make a round of its own.
    hop_m = np.where(np.kron(np.eye(n // 2), np.ones((2, 2))) > 0, np.inf, hop_m)
    free = _ascended(hop_m, pad_m, n_sorties, u=np.zeros(n), first_step=_FIRST_STEP, n_rounds=n_rounds)
    best = free.bound_m
    for is_inside, n_below in _odd_borders(free.often, groups)[:n_borders]:
        cases = [_Border(is_inside, n_below, is_at_most=True), _Border(is_inside, n_below + 2, is_at_most=False)]
        bounds = [
            _ascended(hop_m, pad_m, n_sorties, u=free.u, first_step=_FIRST_STEP_OF_CASE, n_rounds=n_rounds, border=case).bound_m
            for case in cases
        ]
        best = max(best, min(bounds))
    return best


def _odd_borders(often: Vector, groups: Sequence[str]) -> list[tuple[NDArray[np.bool_], int]]:
    """Return sets of ends whose border is crossed an odd number of times or nearly so, and the even number below it."""
    names, of_end = list(dict.fromkeys(groups)), np.repeat(np.array(groups, dtype=object), 2)
    found = []
    for first, last in combinations(range(len(names) + 1), 2):
        is_inside = np.isin(of_end, names[first:last])
        if is_inside.all():
            continue
        crossings = float(often[is_inside][:, np.append(~is_inside, True)].sum())
        found.append((abs(crossings % 2 - 1), is_inside, int(crossings // 2) * 2))
    found.sort(key=lambda border: border[0])
    return [(is_inside, n_below) for off, is_inside, n_below in found if off < 0.9]


def _ascended(
    hop_m: Vector, pad_m: Vector, n_sorties: int, *, u: Vector, first_step: float, n_rounds: int, border: _Border | None = None
) -> _Ascent:
    """Return the best bound on the way up from `u`; of plans that cross the border so often at most, or at least."""
    n = len(pad_m)
    is_inside = np.zeros(n, dtype=np.bool_) if border is None else border.is_inside
    across, sign = (is_inside[:, None] != is_inside[None, :]).astype(np.float64), 0.0 if border is None else border.sign
    v, step_m = 0.0, 0.0
    best, best_u, last, last_v = 0.0, u, np.zeros(n), 0.0
    often = np.zeros((n, n + 1))
    for round_ in range(n_rounds):
        on_border = sign * v
        hop, pad = hop_m + u[:, None] + u[None, :] + on_border * across, pad_m + u + on_border * is_inside
        weight, taken = _lightest(hop, pad, n_sorties)
        value = weight - float(u.sum()) - on_border * (0 if border is None else border.n_crossings)
        if value > best:
            best, best_u = value, u
        if 2 * round_ >= n_rounds:
            often += taken
        slope = taken.sum(axis=1) - 1.0
        slope_v = (
            0.0 if border is None else sign * (float(taken[is_inside][:, np.append(~is_inside, True)].sum()) - border.n_crossings)
        )
        if not slope.any() and slope_v <= 0.0:
            break
        step_m = step_m or first_step * value / n
        step = step_m * (1 - round_ / n_rounds) ** 2
        u = u + step * (_OF_THIS * slope + _OF_LAST * last)
        v = max(0.0, v + step * (_OF_THIS * slope_v + _OF_LAST * last_v))
        last, last_v = slope, slope_v
    return _Ascent(best, best_u, often / max(1, n_rounds - (n_rounds + 1) // 2))


def _lightest(hop: Vector, pad: Vector, n_sorties: int) -> tuple[float, Vector]:
    """Return the weight of the lightest set of any order from `n_sorties` on, and its hops (n, n + 1), the pad's as last column."""
    hops = [*_tree(hop), *(_Hop(float(weight), e, None) for e, weight in enumerate(pad))]
    hops.sort(key=lambda h: h.weight)
    highest = max(n_sorties, int((pad < 0).sum()))
    return min((_set(hops, len(pad), order) for order in range(n_sorties, highest + 1)), key=lambda found: found[0])


def _tree(hop: Vector) -> list[_Hop]:
    """Return the hops of the lightest tree that spans the ends and holds all passes, by Prim's way."""
    n = len(hop)
    reach, source = np.full(n, np.inf), np.zeros(n, dtype=np.intp)
    is_in = np.zeros(n, dtype=np.bool_)
    hops: list[_Hop] = []
    e = 0
    while True:
        for new in (e, e ^ 1):
            is_in[new] = True
            is_nearer = hop[new] < reach
            reach = np.where(is_nearer, hop[new], reach)
            source = np.where(is_nearer, new, source)
        reach[is_in] = np.inf
        if len(hops) == n // 2 - 1:
            return hops
        e = int(np.argmin(reach))
        hops.append(_Hop(float(reach[e]), int(source[e]), e))


def _set(hops: list[_Hop], n: int, order: int) -> tuple[float, Vector]:
    """Return weight and hops (n, n + 1) of the lightest set of that order, out of hops that come lightest first."""
    piece_of, n_pads = list(range(n // 2)), [0] * (n // 2)
    taken, weights = np.zeros((n, n + 1)), []
    n_aside, n_left = 0, n // 2 + order

    def piece(end: int) -> int:
        i = end // 2
        while piece_of[i] != i:
            piece_of[i] = i = piece_of[piece_of[i]]
        return i

    for h in hops:
        i, j = piece(h.a), None if h.b is None else piece(h.b)
        if i == j:
            continue
        is_aside = n_pads[i] > 0 and (j is None or n_pads[j] > 0)
        if is_aside and n_aside == order:
            continue
        n_aside += is_aside
        if j is None or h.b is None:
            n_pads[i] += 1
            taken[h.a, n] = 1
        else:
            piece_of[i], n_pads[j] = j, n_pads[i] + n_pads[j]
            taken[h.a, h.b] = taken[h.b, h.a] = 1
        weights.append(h.weight)
        n_left -= 1
        if n_left == 0:
            return math.fsum(weights), taken
    return math.inf, taken  # fewer hops to the pad than are asked for
