"""The way of one sortie: off the pad, from lane to lane, and home, all in free air.

Nothing here returns to launch: RTL flies straight home, and home lies behind racks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mission.planning.corners import STOP_S, with_stops
from mission.planning.free_air import FreeAir, Point
from mission.planning.timing import flight_energy_wh, flight_time_s
from mission.records import Lane, Purpose, Sortie, Waypoint
from warehouse.errors import BadInputError
from warehouse.layout import HomePad
from warehouse.site import Site

LEAST_TAKEOFF_M = 1.0
"""ArduCopter takes off to no less."""


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


def route_sortie(site: Site, name: str, lanes: Sequence[Lane], *, pad: str = "") -> Sortie:
    """Return the sortie that flies these lanes, in this order and direction, from `pad`, or else the one that makes it shortest.

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
    return min(finished, key=lambda sortie: (sortie.home_pad != pad, sortie.time_s))


def takeoffs(site: Site, air: FreeAir) -> Iterator[Route]:
    """Yield, for each pad with free air above it, the route that has just taken off."""
    for pad in site.layout.home_pads:
        above = _above(pad, air)
        if air.is_free((*pad.position_m, 0.0), above):
            yield Route(
                pad, (Waypoint(position_m=above, heading_deg=0.0, speed_mps=site.drone.climb_mps, purpose=Purpose.TAKEOFF),)
            )


def most_room(site: Site, air: FreeAir) -> tuple[HomePad, float, str]:
    """Return the pad that has the most room about it and above it, how much, and what is nearest to it."""
    pads = site.layout.home_pads
    apart_m = air.distances_m([(*pad.position_m, 0.0) for pad in pads], [_above(pad, air) for pad in pads])
    best = int(apart_m.min(axis=1).argmax())
    nearest = int(apart_m[best].argmin())
    return pads[best], float(apart_m[best, nearest]), air.obstacles[nearest].name


def extended(site: Site, air: FreeAir, route: Route, lane: Lane) -> Route | None:
    """Return the route with the lane at its end; None when no free way leads there. Whether one leads home, `homeward` says."""
    if route.lanes:
        return _with_way(site, air, route, lane)
    # Where the first lane is low, so is the way to it; ArduCopter takes off to a metre at least.
    low_m = max(LEAST_TAKEOFF_M, _low_m(site, air, lane.start_m))
    starts = (_at_height(route, height_m) for height_m in {air.transit_height_m, low_m})
    found = [longer for start in starts if (longer := _with_way(site, air, start, lane)) is not None]
    return min(found, key=lambda longer: flight_time_s(longer.waypoints, site.drone), default=None)


def _with_way(site: Site, air: FreeAir, route: Route, lane: Lane) -> Route | None:
    way = air.way(route.here_m, lane.start_m)
    if way is None:
        return None
    index = len(route.lanes)
    *flown, last = route.waypoints
    if not route.lanes:
        last = replace(last, heading_deg=lane.heading_deg)
    approach = Waypoint(
        position_m=lane.start_m,
        heading_deg=lane.heading_deg,
        speed_mps=min(site.drone.cruise_mps, lane.speed_mps),
        purpose=Purpose.APPROACH,
        hold_s=STOP_S,
        lane=index,
    )
    end = Waypoint(
        position_m=lane.end_m,
        heading_deg=lane.heading_deg,
        speed_mps=lane.speed_mps,
        purpose=Purpose.LANE,
        hold_s=STOP_S,
        lane=index,
    )
    between = _legs(last.position_m, way[:-1], lane.heading_deg, site.drone.cruise_mps)
    lanes = (*route.lanes, lane)
    waypoints = with_stops(site.drone, air, (*flown, last, *between, approach, end), lanes, first=len(flown))
    return Route(route.pad, waypoints, lanes)


def homeward(site: Site, air: FreeAir, route: Route) -> tuple[Waypoint, ...] | None:
    """Return all waypoints of the route and of its way home, to the landing on the pad that it came from; None without a way."""
    last = route.waypoints[-1]
    heights = {air.transit_height_m, _low_m(site, air, route.here_m)}
    ways = [way for height_m in heights if (way := air.way(route.here_m, (*route.pad.position_m, height_m))) is not None]
    if not ways:
        return None
    land = Waypoint(
        position_m=(*route.pad.position_m, 0.0),
        heading_deg=last.heading_deg,
        speed_mps=site.drone.cruise_mps,
        purpose=Purpose.LAND,
    )
    homes = []
    for way in ways:
        waypoints = (*route.waypoints, *_legs(route.here_m, way, last.heading_deg, site.drone.cruise_mps), land)
        homes.append(with_stops(site.drone, air, waypoints, route.lanes, first=len(route.waypoints) - 1))
    return min(homes, key=lambda waypoints: flight_time_s(waypoints, site.drone))


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
        energy_wh=round(flight_energy_wh(waypoints, site.drone), 2),
    )


def _legs(start: Point, way: Sequence[Point], heading_deg: float, speed_mps: float) -> tuple[Waypoint, ...]:
    return tuple(
        Waypoint(
            position_m=point,
            heading_deg=heading_deg,
            speed_mps=speed_mps,
            purpose=Purpose.TRANSIT if before[2] == point[2] else Purpose.CLIMB,
            hold_s=STOP_S,
        )
        for before, point in zip((start, *way), way, strict=False)
    )


def _low_m(site: Site, air: FreeAir, there_m: Point) -> float:
    """Return how low the drone may fly between its pad and a place, if nothing is in the way: no higher than it must."""
    return min(air.transit_height_m, max(there_m[2], site.drone.min_height_m))


def _at_height(route: Route, height_m: float) -> Route:
    """Return the route that has just taken off, to another height."""
    (takeoff,) = route.waypoints
    return replace(route, waypoints=(replace(takeoff, position_m=(*route.pad.position_m, height_m)),))


def _above(pad: HomePad, air: FreeAir) -> Point:
    return (*pad.position_m, air.transit_height_m)
