"""Passes that something is in the way of -> their free pieces, and other passes for the bins that are left.

Passes are chosen as if the hall held nothing but racks, so that equal racks are thought about once. Only for bins whose pass is
blocked are they chosen again, with an eye on the air: at all distances and in both directions first, strip by strip then, at
distances close together and farther and farther off the best height.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import product

from mission.planning.choice import N_DISTANCES, Chooser, Side, Station, Strip
from mission.planning.flight_errors import FlightErrors
from mission.planning.free_air import FreeAir, Point
from mission.planning.lanes import Run
from mission.records import Direction
from warehouse.site import Site

_OVERSHOOT_M = 0.10
"""A drone that flies through the end of a lane without a stop gets so far beyond it, at 2 m/s."""
_N_CLOSE = 4 * (N_DISTANCES - 1) + 1
"""Distances that are tried with a strip by itself."""
_ASIDE_STEP_M, _N_ASIDE = 0.05, 30
"""How far off its best height (a column: its best place along the face) a pass is tried, and how often."""

Blocked = dict[str, set[str]]
"""Location -> the names of what is in the way of its passes."""


def free_pieces(runs: Iterable[Run], air: FreeAir) -> tuple[list[Run], Blocked]:
    """Return the runs, cut where something is in their way, and the bins that they cannot pass at all."""
    pieces: list[Run] = []
    blocked: Blocked = {}
    for run in runs:
        pieces += _free_pieces(run, air, blocked)
    return pieces, blocked


def past_obstacles(
    site: Site, air: FreeAir, errors: FlightErrors, side: Side, *, margins: Sequence[float], blocked: Blocked
) -> list[Run]:
    """Return passes through free air for those bins of one face that are `blocked`: the quickest that read most of them first.

    Each bin that is read is taken out of `blocked`; what is in the way of other passes of those that stay is added there.
    """
    found: list[Run] = []
    for margin in margins:
        left = _only(side, blocked)
        if left.bins:
            left = _without_hopeless(Chooser(site, errors, [left], margin=margin), air, left)
        for ways in (_together, _alone):
            while left.bins and (pieces := ways(Chooser(site, errors, [left], margin=margin), air, blocked)):
                found += pieces
                for b in (b for run in pieces for b in run.bins):
                    del blocked[b.code.text]
                left = _only(left, blocked)
    return found


def _only(side: Side, codes: Container[str]) -> Side:
    return Side(face=side.face, camera=side.camera, bins=tuple(member for member in side.bins if member[0].code.text in codes))


def _without_hopeless(chooser: Chooser, air: FreeAir, side: Side) -> Side:
    """Return the side without the bins before which one obstacle takes all the air that a pass could be in.

    What is too near to an upright box is convex: where the corners of all places lie in it, all places do.
    """
    stations, most_m = chooser.stations(), _ASIDE_STEP_M * _N_ASIDE
    tries = [(station, aside_m) for station, aside_m in product({*stations[:1], *stations[-1:]}, (-most_m, most_m))]
    hopeful: set[str] = set()
    for direction in Direction if tries else ():
        for strip in chooser.strips(direction):
            near = air.near_each(chooser.beside_m(strip, direction, tries).reshape(-1, 3))
            n = len(strip.members)
            hopeful |= {b.code.text for i, (b, _, _) in enumerate(strip.members) if not set.intersection(*map(set, near[i::n]))}
    return _only(side, hopeful)


def _together(chooser: Chooser, air: FreeAir, blocked: Blocked) -> list[Run]:
    """Return the free pieces of the passes that read the most bins in the least time, all at one distance."""
    ways = (runs for direction in Direction for _, runs in chooser.ways(direction))
    return _best(chooser, ways, air, blocked)


def _alone(chooser: Chooser, air: FreeAir, blocked: Blocked) -> list[Run]:
    """Return for each strip the free pieces of a pass: the nearest to its best height that reads any, and of these the best."""
    for direction in Direction:
        strips, pieces = chooser.strips(direction), list[Run]()
        for strip in strips if chooser.stations_for(strips, direction) else ():
            for runs in _passes(chooser, strip, direction, air):
                if best := _best(chooser, ([run] for run in runs), air, blocked):
                    pieces += best
                    break
        if pieces:
            return pieces
    return []


def _passes(chooser: Chooser, strip: Strip, direction: Direction, air: FreeAir) -> Iterator[list[Run]]:
    """Yield passes along one strip, those at its best height first, that are free beside one of its bins at least."""
    stations = chooser.stations_for([strip], direction)
    yield _clear(chooser, strip, direction, [(station, 0.0) for station in chooser.stations(_N_CLOSE)], air)
    for step in range(1, _N_ASIDE + 1):
        asides_m = (-step * _ASIDE_STEP_M, step * _ASIDE_STEP_M)
        yield _clear(chooser, strip, direction, list(product(stations, asides_m)), air)


def _clear(chooser: Chooser, strip: Strip, direction: Direction, tries: Sequence[tuple[Station, float]], air: FreeAir) -> list[Run]:
    if not tries:
        return []
    beside_m = chooser.beside_m(strip, direction, tries).reshape(-1, 3)
    is_free = air.are_free(beside_m, beside_m).reshape(len(tries), -1)
    runs = (chooser.run_aside(strip, direction, *each) for each, free in zip(tries, is_free, strict=True) if free.any())
    return [run for run in runs if run is not None]


def _best(chooser: Chooser, ways: Iterable[Sequence[Run]], air: FreeAir, blocked: Blocked) -> list[Run]:
    best: list[Run] = []
    best_key = (0, 0.0)
    for runs in ways:
        pieces, in_the_way = free_pieces(runs, air)
        for location, names in in_the_way.items():
            blocked[location] |= names
        key = (-sum(len(run.bins) for run in pieces), sum(map(chooser.run_s, pieces)))
        if key < best_key:
            best, best_key = pieces, key
    return best


def _free_pieces(run: Run, air: FreeAir, blocked: Blocked) -> Iterator[Run]:
    if not _in_the_way(run, air):
        yield run
        return
    first, bins = 0, run.bins
    for i, (b, near) in enumerate(zip(bins, air.near_each(run.beside_m()), strict=True)):
        blocked_by = [air.obstacles[k].name for k in near] or _in_the_way(run.part(i, i + 1), air)
        if blocked_by or _in_the_way(run.part(first, i + 1), air):
            if first < i:
                yield run.part(first, i)
            first = i + 1 if blocked_by else i
        if blocked_by:
            blocked[b.code.text] = set(blocked_by)
    if first < len(bins):
        yield run.part(first, len(bins))


def _in_the_way(run: Run, air: FreeAir) -> list[str]:
    """Return what is in the way of the run, whichever way it is flown."""
    return air.in_the_way(*_flown_line(run))


def _flown_line(run: Run) -> tuple[Point, Point]:
    """Return the ends of the line that both lanes of a run lie on, with what the drone may shoot over them."""
    reached: list[float] = []
    for is_forward in (True, False):
        start, end, _ = run.travel_m(is_forward=is_forward)
        beyond = math.copysign(_OVERSHOOT_M, end - start)
        reached += [start, end + beyond]
    return run.airframe_m(min(reached)), run.airframe_m(max(reached))
