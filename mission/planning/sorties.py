"""Runs -> sorties: in which order and which way they are flown, and when the drone must go home for a battery.

A large hall is cut into parts of neighbouring aisles, each ordered by itself, so that twice the hall takes twice the time. What was
ordered by estimated times is put together and timed leg by leg; a sortie that does not last then is cut where the battery ends.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mission.planning.aisles import PACKAGE
from mission.planning.chains import Chain, Pass, flying_order, long_chains, short_chains
from mission.planning.free_air import FreeAir
from mission.planning.hall_parts import AisleChains, TimedPart, nearest_pads, parts_of, timed
from mission.planning.hops import HopTimes
from mission.planning.lanes import Run
from mission.planning.remedies import number_text
from mission.planning.route import Route, closed, extended, homeward, most_room, takeoffs
from mission.planning.route_solver import Tour, solve
from mission.planning.timing import flight_energy_wh, flight_time_s
from mission.records import Sortie, Uncovered
from warehouse.layout import Aisle
from warehouse.site import Site
from warehouse.texts import Texts, texts_of

_MOST_CHAINS = 130
"""That one part of a hall is ordered with."""
_N_STEPS, _LEAST_STEPS = 800, 40
"""Of the solver: shared out among the parts, but at least so many for each."""
_STEPS_A_CHAIN = 20
"""More help nothing where there is little to order."""
_PADS_AN_AISLE = 2
"""The nearest ones, from which an aisle may be flown to."""
_MUCH_FASTER = 0.97
"""Flights that take less than this share of their estimate leave room for more lanes on a battery."""
_SPARE_S = 1.0
"""Of a battery, not planned with while times are estimated."""


def plan_sorties(
    site: Site, air: FreeAir, runs: Iterable[Run], *, longest_s: float = math.inf, lang: str = "en"
) -> tuple[tuple[Sortie, ...], tuple[Uncovered, ...]]:
    """Return the sorties that fly the runs, and the bins of the runs that no way or no battery reaches.

    No sortie takes longer than a battery lasts in hover, nor than about `longest_s`.
    """
    return _Sorties(site, air, longest_s, texts_of(PACKAGE, lang)).plan(flying_order(site.layout, runs))


@dataclass(frozen=True, slots=True)
class _Flight:
    """A tour as it would be flown."""

    tour: Tour
    route: Route | None
    """None where there is no way."""
    spent_s: float
    """How long the drone could hover with what it takes of the battery; infinite where there is no way."""


class _Sorties:
    def __init__(self, site: Site, air: FreeAir, longest_s: float, t: Texts) -> None:
        self._t = t
        self._site, self._air, self._hops = site, air, HopTimes(site, air)
        self._starts = list(takeoffs(site, air))
        drone = site.drone
        self._battery_s = min(longest_s, drone.battery_wh * (1 - drone.reserve) / drone.hover_w * 3600)
        self._pace = 1.0
        """How long flights take, over what was estimated: the longest so far."""
        self._uncovered: list[Uncovered] = []
        self._doubtful: list[Run] = []
        """Runs of the part that no estimate reaches; the way itself decides whether they are lost."""

    def plan(self, runs: Sequence[Run]) -> tuple[tuple[Sortie, ...], tuple[Uncovered, ...]]:
        if not self._starts:
            pad, apart_m, what = most_room(self._site, self._air)
            apart, needed = f"{math.floor(apart_m * 100 + 1e-6) / 100:.2f}", f"{self._air.ball_m:.2f}"
            numbers = {"apart": number_text(apart, self._t), "needed": number_text(needed, self._t)}
            for run in runs:
                self._lose(run, "no_pad", "way", pad=pad.name, what=what, **numbers)
            return (), tuple(self._uncovered)
        by_aisle: dict[str, list[Run]] = {}
        for run in runs:
            by_aisle.setdefault(run.aisle, []).append(run)
        aisles = {aisle.name: aisle for aisle in self._site.layout.aisles}
        parts = parts_of([(aisles[name], self._chains(aisles[name], mine)) for name, mine in by_aisle.items()], _MOST_CHAINS)
        flown = [sortie for part in parts for sortie in self._sorties(part, len(parts))]
        digits = max(2, len(str(len(flown))))
        named = (replace(sortie, name=f"{number:0{digits}d}") for number, sortie in enumerate(flown, start=1))
        return tuple(named), tuple(self._uncovered)

    def _chains(self, aisle: Aisle, runs: Sequence[Run]) -> tuple[Chain, ...]:
        return short_chains(self._hops, aisle, runs, self._battery_s)

    def _sorties(self, part: list[AisleChains], n_parts: int) -> Iterator[Sortie]:
        """Yield the sorties of one part; ordered anew where its flights take another time than was estimated."""
        n_lost = len(self._uncovered)
        for is_last in (False, False, True):
            del self._uncovered[n_lost:]
            self._doubtful = []
            found = self._within_battery(part)
            if found is None:
                yield from self._one_by_one(self._starts, self._doubtful)
                return
            flights = self._ordered(found, min(max(_LEAST_STEPS, _N_STEPS // n_parts), _STEPS_A_CHAIN * len(found.chains)))
            took = [flight.spent_s / found.problem.time_s(flight.tour) for flight in flights]
            slowest = max((share for share in took if share < math.inf), default=1.0)
            is_too_slow = not all(map(self._lasts, flights))
            if is_last or not (is_too_slow or (len(flights) > 1 and slowest < _MUCH_FASTER * self._pace)):
                yield from self._closed(found, flights)
                yield from self._one_by_one(self._starts, self._doubtful)
                return
            self._pace = max(slowest, 0.5) * 1.002

    def _ordered(self, part: TimedPart, n_steps: int) -> list[_Flight]:
        tours = solve(part.problem, n_steps, self._guess(part, n_steps))
        tours.sort(key=lambda tour: min(part.problem.chain_of[i] for i in tour.passes))
        return [self._flight(part, tour) for tour in tours]

    def _closed(self, part: TimedPart, flights: Sequence[_Flight]) -> Iterator[Sortie]:
        for flight in flights:
            if flight.route is not None and self._lasts(flight):
                yield closed(self._site, self._air, flight.route)
            else:
                runs = [run for i in flight.tour.passes for run in part.passes[i].runs]
                yield from self._one_by_one([self._starts[i] for i in part.pads], runs)

    def _guess(self, short: TimedPart, n_steps: int) -> list[Tour]:
        """Return the tours that are found with long chains, in terms of the short ones."""
        aisles = [(aisle, list(chains)) for aisle, chains in itertools.groupby(short.chains, key=lambda chain: chain.aisle)]
        part = [(aisle, long_chains(self._hops, aisle, chains, self._battery_s)) for aisle, chains in aisles]
        pads = [start.pad for start in self._starts]
        long = timed(self._hops, part, pads, short.pads, short.problem.battery_s)
        if max(long.alone_s()) > long.problem.battery_s:
            return []
        same = {id(p): i for i, p in enumerate(short.passes)}
        single = {(id(p.runs[0]), p.is_forward[0]): i for i, p in enumerate(short.passes) if len(p.runs) == 1}

        def in_short(p: Pass) -> list[int]:
            if id(p) in same:
                return [same[id(p)]]
            return [single[id(run), is_forward] for run, is_forward in zip(p.runs, p.is_forward, strict=True)]

        tours = solve(long.problem, n_steps)
        return [Tour(tour.pad, tuple(k for i in tour.passes for k in in_short(long.passes[i]))) for tour in tours]

    def _within_battery(self, part: list[AisleChains]) -> TimedPart | None:
        """Return the problem of the part without what nothing reaches, what is too long for a battery cut into pieces."""
        pads = [start.pad for start in self._starts]
        wanted = nearest_pads(part, pads, _PADS_AN_AISLE, self._air)
        while any(chains for _, chains in part):
            part = [(aisle, chains) for aisle, chains in part if chains]
            found = timed(self._hops, part, pads, wanted, self._battery_s / self._pace - _SPARE_S)
            alone_s = dict(zip(map(id, found.chains), found.alone_s().tolist(), strict=True))
            if max(alone_s.values()) == math.inf and len(wanted) < len(pads):
                wanted = list(range(len(pads)))
                continue
            if max(alone_s.values()) <= found.problem.battery_s:
                return found
            part = [(aisle, tuple(self._kept(aisle, chains, alone_s, found.problem.battery_s))) for aisle, chains in part]
        return None

    def _kept(self, aisle: Aisle, chains: Sequence[Chain], alone_s: dict[int, float], battery_s: float) -> Iterator[Chain]:
        for chain in chains:
            runs = chain.passes[0].runs
            if alone_s[id(chain)] <= battery_s:
                yield chain
            elif len(runs) > 1:
                for run in runs:
                    yield from self._chains(aisle, [run])
            elif alone_s[id(chain)] == math.inf or self._is_reached(runs[0]):
                self._doubtful.append(runs[0])
            else:
                for half in self._halves(runs[0]):
                    yield from self._chains(aisle, [half])

    def _flight(self, part: TimedPart, tour: Tour) -> _Flight:
        """Return the tour put together leg by leg."""
        route: Route | None = self._starts[part.pads[tour.pad]]
        for lane in (lane for i in tour.passes for lane in part.passes[i].lanes):
            route = route and extended(self._site, self._air, route, lane)
        return _Flight(tour, route, math.inf if route is None else self._spent_s(route))

    def _lasts(self, flight: _Flight) -> bool:
        return flight.spent_s <= self._battery_s + 1e-6

    def _one_by_one(self, starts: Sequence[Route], runs: Sequence[Run]) -> Iterator[Sortie]:
        """Yield sorties along the runs in their order, each as long as its battery lasts."""
        queue = deque(runs)
        route: Route | None = None
        while queue:
            run = queue.popleft()
            longer = self._with(starts if route is None else [route], run)
            if longer is not None and self._fits_battery(longer):
                route = longer
            elif route is not None:
                yield closed(self._site, self._air, route)
                route = None
                queue.appendleft(run)
            elif longer is None:
                self._lose_way(run)
            else:
                queue.extendleft(reversed(self._halves(run)))
        if route is not None:
            yield closed(self._site, self._air, route)

    def _is_reached(self, run: Run) -> bool:
        """Whether a battery lasts for the run by itself, as it is truly flown; not asked where estimates know all ways."""
        if len(self._air.heights) == 1:  # nothing may be flown over or under
            return False
        route = self._with(self._starts, run)
        return route is not None and self._fits_battery(route)

    def _with(self, starts: Sequence[Route], run: Run) -> Route | None:
        """Return the best of the routes with the run at its end; None when no free way leads there."""
        lanes = (run.lane(is_forward=True), run.lane(is_forward=False))
        choices = [longer for start in starts for lane in lanes if (longer := extended(self._site, self._air, start, lane))]
        timed_choices = [(self._time_s(choice), i) for i, choice in enumerate(choices)]
        best_s, best = min(timed_choices, default=(math.inf, 0))
        return choices[best] if best_s < math.inf else None

    def _time_s(self, route: Route) -> float:
        """Return the time of the route with its way home; infinite when there is no such way."""
        waypoints = homeward(self._site, self._air, route)
        return flight_time_s(waypoints, self._site.drone) if waypoints is not None else math.inf

    def _spent_s(self, route: Route) -> float:
        """Return how long the drone could hover with what the route and its way home take of the battery."""
        waypoints, drone = homeward(self._site, self._air, route), self._site.drone
        return flight_energy_wh(waypoints, drone) / drone.hover_w * 3600 if waypoints is not None else math.inf

    def _fits_battery(self, route: Route) -> bool:
        return self._spent_s(route) <= self._battery_s + 1e-6

    def _halves(self, run: Run) -> list[Run]:
        """Return the run in two pieces; nothing when it is but one bin, which is lost then."""
        if len(run.bins) > 1:
            middle = len(run.bins) // 2
            return [run.part(0, middle), run.part(middle, len(run.bins))]
        self._lose(run, "battery", "battery")
        return []

    def _lose_way(self, run: Run) -> None:
        self._lose(run, "no_way", "way")

    def _lose(self, run: Run, why: str, bound_by: str, **words: str) -> None:
        reason, remedy = self._t(f"{why}.reason", **words), self._t(f"{why}.remedy")
        lost = (Uncovered(location=b.code.text, reason=reason, remedy=remedy, bound_by=bound_by) for b in run.bins)
        self._uncovered.extend(lost)
