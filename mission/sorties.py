"""Runs in their order -> sorties: which way each lane is flown, how the drone gets there, when it must go home for a battery."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mission.free_air import FreeAir, Point
from mission.lanes import Run
from mission.records import Lane, Purpose, Sortie, Uncovered, Waypoint
from mission.timing import energy_wh, flight_time_s
from warehouse.layout import HomePad, Layout
from warehouse.site import Site

CORNER_HOLD_S = 1.0
"""Waiting a second makes ArduCopter pass through the corner itself (within 1 cm) instead of cutting it."""
TURN_DEG_PER_S = 45.0
"""A turn of 90 degrees was flown in 1.7 s; the drone waits somewhat longer before it takes photos."""


def in_flying_order(layout: Layout, runs: Iterable[Run]) -> list[Run]:
    """Return the runs aisle by aisle: up along one face and down along the other, so that the nose turns once an aisle."""
    aisle_rank = {aisle.name: i for i, aisle in enumerate(layout.aisles)}

    def key(run: Run) -> tuple[int, int, float, float]:
        is_left = run.face.side == "left"
        return (aisle_rank[run.face.aisle], int(is_left), -run.height_m if is_left else run.height_m, run.bands[0].along_min_m)

    return sorted(runs, key=key)


@dataclass(frozen=True, slots=True)
class _Flight:
    """A sortie that is being put together."""

    pad: HomePad
    waypoints: tuple[Waypoint, ...]
    lanes: tuple[Lane, ...] = ()


def plan_sorties(site: Site, air: FreeAir, runs: Iterable[Run]) -> tuple[tuple[Sortie, ...], tuple[Uncovered, ...]]:
    """Return the sorties that fly the runs in this order, and the bins of the runs that no battery or no way reaches."""
    sorties: list[Sortie] = []
    uncovered: list[Uncovered] = []
    queue = deque(runs)
    flight: _Flight | None = None
    while queue:
        run = queue.popleft()
        choices = [extended for start in _starts(site, air, flight) for extended in _extensions(site, air, start, run)]
        if not choices:
            if flight is not None:
                sorties.append(_close(site, air, flight, len(sorties)))
                flight = None
                queue.appendleft(run)
            else:
                uncovered += _lost(run, "no free way from a home pad to the pass in front of it", "a home pad on the same side")
            continue
        best = min(choices, key=lambda choice: flight_time_s(choice.waypoints, site.drone))
        if energy_wh(_time_s(site, air, best), site.drone) <= site.drone.battery_wh * (1 - site.drone.reserve):
            flight = best
        elif flight is not None:
            sorties.append(_close(site, air, flight, len(sorties)))
            flight = None
            queue.appendleft(run)
        elif len(run.bins) > 1:
            middle = len(run.bins) // 2
            queue.extendleft((run.part(middle, len(run.bins)), run.part(0, middle)))
        else:
            uncovered += _lost(
                run, "one battery does not last to there and back with its reserve", "a home pad nearer by, or a larger battery"
            )
    if flight is not None:
        sorties.append(_close(site, air, flight, len(sorties)))
    return tuple(sorties), tuple(uncovered)


def _starts(site: Site, air: FreeAir, flight: _Flight | None) -> Iterator[_Flight]:
    """Yield the flight that goes on, or one that has just taken off from each pad."""
    if flight is not None:
        yield flight
        return
    for pad in site.layout.home_pads:
        above = _above(pad, air)
        if air.is_free((*pad.position_m, 0.0), above):
            takeoff = Waypoint(position_m=above, heading_deg=0.0, speed_mps=site.drone.climb_mps, purpose=Purpose.TAKEOFF)
            yield _Flight(pad, (takeoff,))


def _extensions(site: Site, air: FreeAir, flight: _Flight, run: Run) -> Iterator[_Flight]:
    """Yield the flight with the run at its end, flown either way, if there is a way there and home again."""
    for lane in (run.lane(is_forward=True), run.lane(is_forward=False)):
        way = air.way(flight.waypoints[-1].position_m, lane.start_m)
        if way is None or air.way(lane.end_m, _above(flight.pad, air)) is None:
            continue
        index = len(flight.lanes)
        turn_deg = _turn_deg(flight.waypoints[-1].heading_deg, lane.heading_deg) if flight.lanes else 180.0
        speed = min(site.drone.cruise_mps, lane.speed_mps)
        legs = _legs(flight.waypoints[-1].position_m, way, lane.heading_deg, speed)
        approach = Waypoint(
            position_m=lane.start_m,
            heading_deg=lane.heading_deg,
            speed_mps=speed,
            purpose=Purpose.APPROACH,
            hold_s=CORNER_HOLD_S + round(turn_deg / TURN_DEG_PER_S, 1),
            lane=index,
        )
        end = Waypoint(
            position_m=lane.end_m,
            heading_deg=lane.heading_deg,
            speed_mps=lane.speed_mps,
            purpose=Purpose.LANE,
            hold_s=CORNER_HOLD_S,
            lane=index,
        )
        yield _Flight(flight.pad, (*flight.waypoints, *legs[:-1], approach, end), (*flight.lanes, lane))


def _homeward(site: Site, air: FreeAir, flight: _Flight) -> tuple[Waypoint, ...]:
    """Return all waypoints of the flight with its way home, in free air and never straight through the racks as RTL would go."""
    last = flight.waypoints[-1]
    way = air.way(last.position_m, _above(flight.pad, air)) or ()
    land = Waypoint(
        position_m=(*flight.pad.position_m, 0.0), heading_deg=last.heading_deg, speed_mps=last.speed_mps, purpose=Purpose.LAND
    )
    legs = _legs(last.position_m, way, last.heading_deg, site.drone.cruise_mps)
    return (*flight.waypoints, *legs, land)


def _legs(start: Point, way: tuple[Point, ...], heading_deg: float, speed_mps: float) -> tuple[Waypoint, ...]:
    legs: list[Waypoint] = []
    for before, point in zip((start, *way), way, strict=False):
        legs.append(
            Waypoint(
                position_m=point,
                heading_deg=heading_deg,
                speed_mps=speed_mps,
                purpose=Purpose.TRANSIT if before[2] == point[2] else Purpose.CLIMB,
                hold_s=CORNER_HOLD_S,
            )
        )
    return tuple(legs)


def _time_s(site: Site, air: FreeAir, flight: _Flight) -> float:
    return flight_time_s(_homeward(site, air, flight), site.drone)


def _close(site: Site, air: FreeAir, flight: _Flight, n_before: int) -> Sortie:
    time_s = _time_s(site, air, flight)
    waypoints = _homeward(site, air, flight)
    # The drone stands on the pad with any heading; it turns for the first lane right after take-off.
    takeoff, rest = waypoints[0], waypoints[1:]
    first = Waypoint(
        position_m=takeoff.position_m, heading_deg=rest[0].heading_deg, speed_mps=takeoff.speed_mps, purpose=Purpose.TAKEOFF
    )
    return Sortie(
        name=f"{n_before + 1:02d}",
        home_pad=flight.pad.name,
        waypoints=(first, *rest),
        lanes=flight.lanes,
        time_s=round(time_s, 1),
        energy_wh=round(energy_wh(time_s, site.drone), 2),
    )


def _above(pad: HomePad, air: FreeAir) -> Point:
    return (*pad.position_m, air.transit_height_m)


def _turn_deg(from_deg: float, to_deg: float) -> float:
    return abs((to_deg - from_deg + 180.0) % 360.0 - 180.0)


def _lost(run: Run, reason: str, remedy: str) -> list[Uncovered]:
    return [Uncovered(location=b.code.text, reason=reason, remedy=remedy) for b in run.bins]
