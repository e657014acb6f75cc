"""The way of one sortie: off the pad, from lane to lane, and home, all in free air.

Nothing here returns to launch: RTL flies straight home, and home lies behind racks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mission.planning.free_air import FreeAir, Point
from mission.planning.timing import energy_wh, flight_time_s
from mission.records import Lane, Purpose, Sortie, Waypoint
from warehouse.errors import BadInputError
from warehouse.layout import HomePad
from warehouse.site import Site

CORNER_HOLD_S = 1.0
"""Waiting a second makes ArduCopter pass through the corner itself (within 1 cm) instead of cutting it."""
TURN_DEG_PER_S = 45.0
"""A turn of 90 degrees was flown in 1.7 s; the drone waits somewhat longer before it takes photos."""
FIRST_TURN_DEG = 180.0
"""The drone may stand on its pad with any heading."""


@dataclass(frozen=True, slots=True)
class Route:
    """A sortie that is being put together: it has taken off, flown some lanes, and is not home yet."""

    pad: HomePad
    waypoints: tuple[Waypoint, ...]
    lanes: tuple[Lane, ...] = ()

    @property
    def here_m(self) -> Point:
        """Where the drone is by now."""
        return self.waypoints[-1].position_m


def route_sortie(site: Site, name: str, lanes: Sequence[Lane]) -> Sortie:
    """Return the sortie that flies these lanes, in this order and direction, from the pad that makes it shortest.

    BadInputError when no free way leads from lane to lane.
    """
    air = FreeAir(site)
    finished = []
    for start in takeoffs(site, air):
        route: Route | None = start
        for lane in lanes:
            route = route and extended(site, air, route, lane)
        if route is not None and homeward(site, air, route) is not None:
            finished.append(closed(site, air, route, name))
    if not finished:
        raise BadInputError(
            f"sortie {name}: no free way from a home pad along its {len(lanes)} lane(s)", remedy="plan again: the site was changed"
        )
    return min(finished, key=lambda sortie: sortie.time_s)


def takeoffs(site: Site, air: FreeAir) -> Iterator[Route]:
    """Yield, for each pad with free air above it, the route that has just taken off."""
    for pad in site.layout.home_pads:
        above = _above(pad, air)
        if air.is_free((*pad.position_m, 0.0), above):
            yield Route(
                pad, (Waypoint(position_m=above, heading_deg=0.0, speed_mps=site.drone.climb_mps, purpose=Purpose.TAKEOFF),)
            )


def extended(site: Site, air: FreeAir, route: Route, lane: Lane) -> Route | None:
    """Return the route with the lane at its end; None when no free way leads there. Whether one leads home, `homeward` says."""
    way = air.way(route.here_m, lane.start_m)
    if way is None:
        return None
    index = len(route.lanes)
    last = route.waypoints[-1]
    turn_deg = _turn_deg(last.heading_deg, lane.heading_deg) if route.lanes else FIRST_TURN_DEG
    if route.lanes and len(way) == 1 and turn_deg == 0:
        last = replace(last, hold_s=0.0)  # straight on to the next height: cutting this corner saves the stop and harms nothing
    elif not route.lanes:
        last = replace(last, heading_deg=lane.heading_deg)
    speed = min(site.drone.cruise_mps, lane.speed_mps)
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
        hold_s=max(CORNER_HOLD_S, lane.end_hold_s),
        lane=index,
    )
    between = _legs(last.position_m, way[:-1], lane.heading_deg, site.drone.cruise_mps)  # the drone stops before the approach
    return Route(route.pad, (*route.waypoints[:-1], last, *between, approach, end), (*route.lanes, lane))


def homeward(site: Site, air: FreeAir, route: Route) -> tuple[Waypoint, ...] | None:
    """Return all waypoints of the route and of its way home, to the landing on the pad that it came from; None without a way."""
    last = route.waypoints[-1]
    way = air.way(route.here_m, _above(route.pad, air))
    if way is None:
        return None
    land = Waypoint(
        position_m=(*route.pad.position_m, 0.0),
        heading_deg=last.heading_deg,
        speed_mps=site.drone.cruise_mps,
        purpose=Purpose.LAND,
    )
    return (*route.waypoints, *_legs(route.here_m, way, last.heading_deg, site.drone.cruise_mps), land)


def closed(site: Site, air: FreeAir, route: Route, name: str = "") -> Sortie:
    """Return the finished sortie of a route that has a way home."""
    waypoints = homeward(site, air, route)
    if waypoints is None:  # a straight line instead would lead through racks
        raise ValueError(f"no free way home from {route.here_m}")
    time_s = flight_time_s(waypoints, site.drone)
    return Sortie(
        name=name,
        home_pad=route.pad.name,
        waypoints=waypoints,
        lanes=route.lanes,
        time_s=round(time_s, 1),
        energy_wh=round(energy_wh(time_s, site.drone), 2),
    )


def _legs(start: Point, way: Sequence[Point], heading_deg: float, speed_mps: float) -> tuple[Waypoint, ...]:
    return tuple(
        Waypoint(
            position_m=point,
            heading_deg=heading_deg,
            speed_mps=speed_mps,
            purpose=Purpose.TRANSIT if before[2] == point[2] else Purpose.CLIMB,
            hold_s=CORNER_HOLD_S,
        )
        for before, point in zip((start, *way), way, strict=False)
    )


def _above(pad: HomePad, air: FreeAir) -> Point:
    return (*pad.position_m, air.transit_height_m)


def _turn_deg(from_deg: float, to_deg: float) -> float:
    return abs((to_deg - from_deg + 180.0) % 360.0 - 180.0)
