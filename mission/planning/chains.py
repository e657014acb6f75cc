"""Runs of one aisle -> chains: what the solver moves about as one piece, each with the ways in which it may be flown.

Chains come long or short. With long ones (a whole aisle, a face) the solver finds the order of the aisles; with short ones, of one
run each where they are few, it finds the rest. The best directions within a chain are found by trying all, step by step.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mission.planning.hops import HopTimes
from mission.planning.lanes import Run
from mission.records import Direction, Lane
from warehouse.layout import Aisle, Layout

MAX_ALONE = 24
"""Runs of an aisle up to which each is a short chain by itself."""
_N_CHAINS = 12
"""About how many short chains an aisle with more runs is cut into; they serve for long ones too."""
_LONGEST_SHARE = 0.2
"""Of a battery: no chain takes more, or sorties would not fill theirs."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One way to fly a chain."""

    lanes: tuple[Lane, ...]
    is_forward: tuple[bool, ...]
    """Of each of its runs, in the order of flight."""
    runs: tuple[Run, ...]
    """In the order of flight."""
    time_s: float
    """From the start of the first lane to the end of the last, without the holds there."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Neighbouring runs of one aisle that are flown one after the other."""

    aisle: Aisle
    passes: tuple[Pass, ...]


def flying_order(layout: Layout, runs: Iterable[Run]) -> list[Run]:
    """Return the runs aisle by aisle: up along one face and down along the other, so that the nose turns once an aisle."""
    aisle_rank = {aisle.name: i for i, aisle in enumerate(layout.aisles)}

    def key(run: Run) -> tuple[int, int, float, float]:
        is_left = run.views[0].face.side == "left" if len(run.views) == 1 else aisle_rank[run.aisle] % 2 == 1
        band = run.views[0].bands[0]
        place = run.fixed_m if run.direction is Direction.LEVEL else band.along_min_m
        return (aisle_rank[run.aisle], int(is_left), -place if is_left else place, band.along_min_m)

    return sorted(runs, key=key)


def short_chains(hops: HopTimes, aisle: Aisle, runs: Sequence[Run], battery_s: float) -> tuple[Chain, ...]:
    """Return the runs of one aisle, which come in flying order, one by one, or a few together where there are many."""
    maker = _ChainMaker(hops, aisle, {id(run): _to_and_fro(hops, run) for run in runs})
    if len(runs) <= MAX_ALONE:
        return tuple(maker.chain([[run]]) for run in runs)
    longest_s = min(sum(map(maker.time_s, runs)) / _N_CHAINS, _LONGEST_SHARE * battery_s)
    return tuple(maker.chain([piece]) for face in _by_face(runs) for piece in maker.pieces(face, longest_s))


def long_chains(hops: HopTimes, aisle: Aisle, short: Sequence[Chain], battery_s: float) -> tuple[Chain, ...]:
    """Return longer chains of the same runs: the whole aisle in one, or a face, as far as a share of the battery goes."""
    if any(len(chain.passes[0].runs) > 1 for chain in short):
        return tuple(short)
    alone = {id(chain.passes[0].runs[0]): chain for chain in short}
    maker = _ChainMaker(hops, aisle, {key: (chain.passes[0], chain.passes[1]) for key, chain in alone.items()})
    runs = [chain.passes[0].runs[0] for chain in short]
    longest_s = _LONGEST_SHARE * battery_s
    faces = _by_face(runs)
    if len(faces) > 1 and sum(map(maker.time_s, runs)) <= longest_s:
        return (maker.chain(faces),)
    pieces = [piece for face in faces for piece in maker.pieces(face, longest_s)]
    return tuple(alone[id(piece[0])] if len(piece) == 1 else maker.chain([piece]) for piece in pieces)


def _by_face(runs: Sequence[Run]) -> list[list[Run]]:
    return [list(face) for _, face in itertools.groupby(runs, key=lambda run: run.views[0].face.name)]


def _to_and_fro(hops: HopTimes, run: Run) -> tuple[Pass, Pass]:
    lanes = run.lane(is_forward=True), run.lane(is_forward=False)
    forth, back = (Pass((lane,), (lane is lanes[0],), (run,), hops.lane_s(lane)) for lane in lanes)
    return forth, back


@dataclass(frozen=True, slots=True)
class _ChainMaker:
    """Makes chains of the runs of one aisle."""

    hops: HopTimes
    aisle: Aisle
    alone: dict[int, tuple[Pass, Pass]]
    """Each run, by its id, flown forwards and backwards."""

    def time_s(self, run: Run) -> float:
        return self.alone[id(run)][0].time_s

    def pieces(self, runs: Sequence[Run], longest_s: float) -> list[list[Run]]:
        """Return neighbouring runs in as few pieces of about equal time as no piece takes longer."""
        total_s = sum(map(self.time_s, runs))
        share_s = total_s / max(1, math.ceil(total_s / max(longest_s, 1e-9) - 1e-9))
        pieces: list[list[Run]] = []
        filled_s = 0.0
        for run in runs:
            if not pieces or filled_s + self.time_s(run) / 2 > share_s * len(pieces):
                pieces.append([])
            pieces[-1].append(run)
            filled_s += self.time_s(run)
        return pieces

    def chain(self, faces: Sequence[Sequence[Run]]) -> Chain:
        """Return the chain of the runs of one face, or of two, with the ways to fly it: both orders, all directions."""
        runs = [run for face in faces for run in face]
        if len(runs) == 1:
            return Chain(self.aisle, self.alone[id(runs[0])])
        orders = [runs, runs[::-1]]
        if len(faces) == 2:
            other = [*faces[0][::-1], *faces[1][::-1]]
            orders += [other, other[::-1]]
        return Chain(self.aisle, tuple(p for order in orders for p in self._best_directions(order)))

    def _best_directions(self, runs: Sequence[Run]) -> list[Pass]:
        """Return the quickest pass over the runs in this order for each direction of the first: a shortest path."""
        steps = [p for run in runs for p in self.alone[id(run)]]
        ends = self.hops.ends([p.lanes for p in steps])
        pairs = [(2 * i + a, 2 * i + 2 + b) for i in range(len(runs) - 1) for a in (0, 1) for b in (0, 1)]
        before, after = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
        hop_s = dict(zip(pairs, self.hops.pairs_s(self.aisle, ends, before, after).tolist(), strict=True))
        found = []
        for first in (0, 1):
            best: dict[int, tuple[float, tuple[int, ...]]] = {first: (steps[first].time_s, (first,))}
            for i in range(1, len(runs)):
                options = [
                    (cost + hop_s[here, there] + steps[there].time_s, (*way, there))
                    for here, (cost, way) in best.items()
                    for there in (2 * i, 2 * i + 1)
                ]
                best = {there: min(o for o in options if o[1][-1] == there) for there in (2 * i, 2 * i + 1)}
            time_s, way = min(best.values())
            lanes = tuple(lane for k in way for lane in steps[k].lanes)
            found.append(Pass(lanes, tuple(k % 2 == 0 for k in way), tuple(runs), time_s))
        return found
