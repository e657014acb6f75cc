"""The way home from the middle of a flight: through air that is known to be free, inside the flight's own fence.

Never a straight line to the pad, which leads through racks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mission.planning.closed_air import ClosedAir
from mission.planning.corners import STOP_S
from mission.planning.fence import fence_altitude_m, fence_areas
from mission.planning.free_air import FreeAir
from mission.planning.route import Route, homeward
from mission.planning.timeline import track_of
from mission.planning.timing import flight_energy_wh, flight_time_s
from mission.records import Purpose, Sortie, Waypoint
from warehouse.site import Site

_INSIDE_M = 0.05
"""How far inside the fence's lines a way home stays."""
_STEP_S = 0.5
"""Predicted seconds between two places of a way at which it is held against closed air."""
Point = tuple[float, float, float]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OnPath:
    """The place on a flown path that is nearest to a drone."""

    leg: int
    """From waypoint `leg` to the next."""
    share: float
    """Of the leg that lies behind, 0 to 1."""
    point_m: Point
    off_m: float


def nearest_on_path(waypoints: Sequence[Waypoint], here_m: Point) -> OnPath:
    """Return the place of the path that is nearest to `here_m`; of several as near, the latest."""
    found = OnPath(0, 0.0, waypoints[0].position_m, math.dist(waypoints[0].position_m, here_m))
    for leg, (a, b) in enumerate(pairwise(waypoints)):
        start, way = np.array(a.position_m), np.subtract(b.position_m, a.position_m)
        length2 = float(way @ way)
        share = float(np.clip((np.array(here_m) - start) @ way / length2, 0.0, 1.0)) if length2 > 0 else 0.0
        x, y, z = start + share * way
        point = (float(x), float(y), float(z))
        if (off := math.dist(point, here_m)) <= found.off_m + 1e-9:
            found = OnPath(leg, share, point, off)
    return found


def sortie_home(site: Site, sortie: Sortie, here_m: Point, closed: Sequence[ClosedAir] = ()) -> Sortie:
    """Return the flight from `here_m` (site frame), a place on or beside the path of `sortie`, to its pad.

    It begins at the nearest place of the path, which is known to be free; then it takes the shortest free way, or, where that would
    leave the fence, the path itself, back or on, whichever is shorter. Where one of these leads into `closed` air, and another one
    does not, it takes the shortest that does not.
    """
    place = nearest_on_path(sortie.waypoints, here_m)
    towards = sortie.waypoints[min(place.leg + 1, len(sortie.waypoints) - 1)]
    start = Waypoint(
        position_m=place.point_m, heading_deg=towards.heading_deg, speed_mps=site.drone.cruise_mps, purpose=Purpose.TRANSIT
    )
    waypoints = _through_free_air(site, sortie, [start], FreeAir(site))
    ways = [waypoints] if waypoints is not None else []
    if not ways or not _is_open(site, sortie, ways[0], closed):
        ways += [_backwards(site, sortie, place, start), _onwards(site, sortie, place, start)]
        if closed:
            ways += _ways_round(site, sortie, start, closed)
        ways = [way for way in ways if _is_open(site, sortie, way, closed)] or ways
    waypoints = min(ways, key=lambda way: flight_time_s(way, site.drone))
    return replace(
        sortie,
        waypoints=waypoints,
        lanes=(),
        time_s=round(flight_time_s(waypoints, site.drone), 1),
        energy_wh=round(flight_energy_wh(waypoints, site.drone), 2),
    )


def _is_open(site: Site, sortie: Sortie, waypoints: tuple[Waypoint, ...], closed: Sequence[ClosedAir]) -> bool:
    """Whether a way never comes into closed air, but out of what it begins in."""
    if not closed:
        return True
    track = track_of(site, replace(sortie, waypoints=waypoints, lanes=()), _STEP_S)
    return all(air.first_on(track) is None for air in closed)


def _ways_round(site: Site, sortie: Sortie, start: Waypoint, closed: Sequence[ClosedAir]) -> Iterator[tuple[Waypoint, ...]]:
    """Yield ways round `closed` air, inside the fence: the shortest, if it is, and through each open aisle that the sortie flies.

    The fence goes round the sortie's own aisles only, so that the shortest way round a closed one may lie outside.
    """
    air, shut = FreeAir(site, closed), {index for each in closed for index in each.aisles}
    own = {int(index) for index in track_of(site, sortie, _STEP_S).aisles if index >= 0} - shut
    mouths = [air.mouths_m(site.layout.aisles[index]) for index in sorted(own)]
    for between in ((), *(pair for near, far in mouths for pair in ((near, far), (far, near)))):
        passed, here = [start], start.position_m
        for x, y in between:
            way = air.way(here, (x, y, here[2]))
            if way is None:
                break
            passed += [replace(start, position_m=point, hold_s=STOP_S) for point in way]
            here = passed[-1].position_m
        else:
            found = _through_free_air(site, sortie, passed, air)
            if found is not None:
                yield found


def _through_free_air(site: Site, sortie: Sortie, passed: Sequence[Waypoint], air: FreeAir) -> tuple[Waypoint, ...] | None:
    """Return the shortest way home from the last of what is `passed`, with that before it; None where it leads out of the fence."""
    pad = next(pad for pad in site.layout.home_pads if pad.name == sortie.home_pad)
    waypoints = homeward(site, air, Route(pad, tuple(passed)))
    return waypoints if waypoints is not None and _is_inside_fence(site, sortie, waypoints) else None


def _is_inside_fence(site: Site, sortie: Sortie, waypoints: Sequence[Waypoint]) -> bool:
    if max(w.position_m[2] for w in waypoints) > fence_altitude_m(sortie) - 0.5:
        return False
    path = np.concatenate([_dense(a.position_m, b.position_m) for a, b in pairwise(waypoints)])
    outline, *holes = (np.array(area.corners_m) for area in fence_areas(site, sortie))
    is_in = bool((_inside_by_m(outline, path) >= _INSIDE_M).all())
    return is_in and not any(bool((_inside_by_m(hole, path) >= -_INSIDE_M).any()) for hole in holes)


def _inside_by_m(corners: Vector, points: Vector) -> Vector:
    """Return (n) how far points (n, 2) lie inside the nearest side of an anticlockwise convex polygon (m, 2)."""
    sides = np.roll(corners, -1, axis=0) - corners
    inward = np.stack([-sides[:, 1], sides[:, 0]], axis=1) / np.linalg.norm(sides, axis=1, keepdims=True)
    return np.asarray(np.einsum("nmk,mk->nm", points[:, None, :] - corners[None], inward).min(axis=1))


def _dense(a: Point, b: Point) -> Vector:
    return np.linspace(a[:2], b[:2], max(2, int(math.dist(a, b) / 0.1)))


def _backwards(site: Site, sortie: Sortie, place: OnPath, start: Waypoint) -> tuple[Waypoint, ...]:
    """Return the flown path in reverse, nose as it was, to above the pad and down."""
    behind = sortie.waypoints[place.leg :: -1]
    return _closed(site, sortie, start, behind)


def _onwards(site: Site, sortie: Sortie, place: OnPath, start: Waypoint) -> tuple[Waypoint, ...]:
    """Return the rest of the path, without its photos."""
    return _closed(site, sortie, start, sortie.waypoints[place.leg + 1 : -1])


def _closed(site: Site, sortie: Sortie, start: Waypoint, between: Sequence[Waypoint]) -> tuple[Waypoint, ...]:
    legs = [
        replace(w, purpose=Purpose.TRANSIT, lane=None, hold_s=max(w.hold_s, STOP_S), speed_mps=site.drone.cruise_mps)
        for w in between
    ]
    return (start, *legs, sortie.waypoints[-1])
