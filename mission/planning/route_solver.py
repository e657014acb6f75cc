"""Which passes each sortie flies, from which pad, in which order and direction: the least time on the fewest batteries.

A vehicle routing problem: a chain is a group of clients of which exactly one, a way to fly it, is visited; a pad is a depot; a
battery bounds the duration of a route. PyVRP searches from the plain serpentine on, with a fixed seed and so many steps: the same
site gives the same plan.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyvrp
from numpy.typing import NDArray
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.stop import MaxIterations

from mission.planning.obstacles import Vector

_TICKS = 100.0
"""Of a second."""
_NEVER = 10**8
"""Ticks of a way that there is not."""
_SEED = 20261126


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingProblem:
    """Times in seconds; infinite where there is no way."""

    chain_of: NDArray[np.intp]
    """(n): to which chain each pass belongs; chains count from 0, in the order of a good first guess."""
    pass_s: Vector
    """(n): along each pass."""
    hop_s: Vector
    """(n, n): from the end of one to the start of the other."""
    from_pad_s: Vector
    """(pads, n)"""
    to_pad_s: Vector
    """(pads, n)"""
    battery_s: float
    swap_s: float
    """What one sortie more costs the people who change batteries: it is flown only where it saves more than that."""

    def time_s(self, tour: Tour) -> float:
        """Return the time of a tour from arming to standing on the pad again."""
        p = list(tour.passes)
        ways_s = self.from_pad_s[tour.pad, p[0]] + self.hop_s[p[:-1], p[1:]].sum() + self.to_pad_s[tour.pad, p[-1]]
        return float(ways_s + self.pass_s[p].sum())


@dataclass(frozen=True, slots=True)
class Tour:
    """One sortie: a pad, and passes by index, in the order of flight."""

    pad: int
    passes: tuple[int, ...]


def solve(problem: RoutingProblem, n_steps: int, guess: Sequence[Tour] = ()) -> list[Tour]:
    """Return tours that fly each chain once, each within its battery, no worse than the guess or a serpentine.

    Every chain must fit into a battery by itself.
    """
    guesses = [list(guess), _serpentine(problem)] if guess else [_serpentine(problem)]
    guess = min(guesses, key=lambda tours: round(_cost_s(problem, tours), 3))
    if n_steps < 1:
        return list(guess)
    n_pads, n = problem.from_pad_s.shape
    ticks = np.zeros((n_pads + n, n_pads + n), dtype=np.int64)
    ticks[n_pads:, n_pads:] = _ticks(problem.hop_s)
    ticks[:n_pads, n_pads:], ticks[n_pads:, :n_pads] = _ticks(problem.from_pad_s), _ticks(problem.to_pad_s).T
    ticks[:n_pads, :n_pads] = _NEVER
    np.fill_diagonal(ticks, 0)
    groups = [np.flatnonzero(problem.chain_of == chain).tolist() for chain in range(int(problem.chain_of.max()) + 1)]
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in range(n_pads + n)],
        clients=[
            pyvrp.Client(n_pads + i, service_duration=round(float(time_s) * _TICKS), required=False, group=int(chain))
            for i, (time_s, chain) in enumerate(zip(problem.pass_s, problem.chain_of, strict=True))
        ],
        depots=[pyvrp.Depot(i) for i in range(n_pads)],
        vehicle_types=[
            pyvrp.VehicleType(
                num_available=len(groups),
                start_depot=i,
                end_depot=i,
                fixed_cost=round(problem.swap_s * _TICKS),
                shift_duration=int(problem.battery_s * _TICKS),
                unit_distance_cost=0,
                unit_duration_cost=1,
            )
            for i in range(n_pads)
        ],
        distance_matrices=[ticks],
        duration_matrices=[ticks],
        groups=[pyvrp.ClientGroup(group) for group in groups],
    )
    first = pyvrp.Solution(data, [pyvrp.Route(data, list(tour.passes), tour.pad) for tour in guess])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)  # that it has to press hard for short sorties is no matter for a clerk
        best = pyvrp.solve(data, MaxIterations(n_steps), seed=_SEED, collect_stats=False, initial_solution=first).best
    if not best.is_feasible():
        return list(guess)
    return [Tour(route.start_depot(), tuple(_clients(route))) for route in best.routes()]


def _cost_s(problem: RoutingProblem, tours: Sequence[Tour]) -> float:
    """Return the time of all tours with the batteries; infinite where one does not last."""
    total = 0.0
    for tour in tours:
        time_s = problem.time_s(tour)
        total += time_s + problem.swap_s if time_s <= problem.battery_s else math.inf
    return total


def _clients(route: pyvrp.Route) -> list[int]:
    return [activity.idx for activity in route if activity.is_client()]


def _serpentine(problem: RoutingProblem) -> list[Tour]:
    """Return the tours that fly the chains in their order, each in the direction that is sooner done, and home when they must."""
    tours: list[Tour] = []
    passes: tuple[int, ...] = ()
    time_s = 0.0
    for chain in range(int(problem.chain_of.max()) + 1):
        options = np.flatnonzero(problem.chain_of == chain)
        if passes:
            longer_s = time_s + problem.hop_s[passes[-1], options] + problem.pass_s[options]
            home_s = problem.from_pad_s[:, passes[0], None] + longer_s + problem.to_pad_s[:, options]
            pad, which = np.unravel_index(int(np.argmin(home_s)), home_s.shape)
            if home_s[pad, which] <= problem.battery_s:
                passes, time_s = (*passes, int(options[which])), float(longer_s[which])
                continue
            tours.append(_closed(problem, passes))
        alone_s = problem.from_pad_s[:, options] + problem.pass_s[options] + problem.to_pad_s[:, options]
        _, which = np.unravel_index(int(np.argmin(alone_s)), alone_s.shape)
        passes, time_s = (int(options[which]),), float(problem.pass_s[options[which]])
    return [*tours, _closed(problem, passes)]


def _closed(problem: RoutingProblem, passes: tuple[int, ...]) -> Tour:
    return Tour(int(np.argmin(problem.from_pad_s[:, passes[0]] + problem.to_pad_s[:, passes[-1]])), passes)


def _ticks(seconds: Vector) -> NDArray[np.int64]:
    return np.asarray(np.where(np.isfinite(seconds), np.rint(np.minimum(seconds, _NEVER) * _TICKS), _NEVER), dtype=np.int64)
