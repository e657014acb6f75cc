"""Runs -> sorties: in which order and which way they are flown, and when the drone must go home for a battery."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from mission.planning.free_air import FreeAir
from mission.planning.lanes import Run
from mission.planning.route import Route, closed, extended, homeward, takeoffs
from mission.planning.timing import flight_energy_wh, flight_time_s
from mission.records import Direction, Sortie, Uncovered
from warehouse.layout import Layout
from warehouse.site import Site


def in_flying_order(layout: Layout, runs: Iterable[Run]) -> list[Run]:
    """Return the runs aisle by aisle: up along one face and down along the other, so that the nose turns once an aisle."""
    aisle_rank = {aisle.name: i for i, aisle in enumerate(layout.aisles)}

    def key(run: Run) -> tuple[int, int, float, float]:
        n_faces = len(run.views)
        is_left = run.views[0].face.side == "left" if n_faces == 1 else aisle_rank[run.aisle] % 2 == 1
        band = run.views[0].bands[0]
        place = run.fixed_m if run.direction is Direction.LEVEL else band.along_min_m
        return (aisle_rank[run.aisle], int(is_left), -place if is_left else place, band.along_min_m)

    return sorted(runs, key=key)


def plan_sorties(site: Site, air: FreeAir, runs: Iterable[Run]) -> tuple[tuple[Sortie, ...], tuple[Uncovered, ...]]:
    """Return the sorties that fly the runs in this order, and the bins of the runs that no way or no battery reaches.

    Each lane is flown from the end that is sooner reached, which makes neighbouring heights a serpentine.
    """
    sorties: list[Sortie] = []
    uncovered: list[Uncovered] = []
    queue = deque(runs)
    route: Route | None = None
    while queue:
        run = queue.popleft()
        longer = _with(site, air, route, run)
        if longer is not None and _fits_battery(site, air, longer):
            route = longer
        elif route is not None:
            sorties.append(closed(site, air, route, f"{len(sorties) + 1:02d}"))
            route = None
            queue.appendleft(run)
        elif longer is None:
            uncovered += _lost(
                run, "no free way leads from a home pad to the pass in front of it", "a home pad on the same side", "way"
            )
        elif len(run.bins) > 1:
            middle = len(run.bins) // 2
            queue.extendleft((run.part(middle, len(run.bins)), run.part(0, middle)))
        else:
            uncovered += _lost(run, "one battery does not last there and back with its reserve", "a home pad nearer by", "battery")
    if route is not None:
        sorties.append(closed(site, air, route, f"{len(sorties) + 1:02d}"))
    return tuple(sorties), tuple(uncovered)


def _with(site: Site, air: FreeAir, route: Route | None, run: Run) -> Route | None:
    """Return the route, or the best new one, with the run at its end; None when no free way leads there."""
    starts = [route] if route is not None else list(takeoffs(site, air))
    lanes = (run.lane(is_forward=True), run.lane(is_forward=False))
    choices = [longer for start in starts for lane in lanes if (longer := extended(site, air, start, lane)) is not None]
    return min(choices, key=lambda choice: flight_time_s(choice.waypoints, site.drone), default=None)


def _fits_battery(site: Site, air: FreeAir, route: Route) -> bool:
    return flight_energy_wh(homeward(site, air, route), site.drone) <= site.drone.battery_wh * (1 - site.drone.reserve)


def _lost(run: Run, reason: str, remedy: str, bound_by: str) -> list[Uncovered]:
    return [Uncovered(location=b.code.text, reason=reason, remedy=remedy, bound_by=bound_by) for b in run.bins]
