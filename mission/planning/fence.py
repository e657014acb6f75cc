"""The geofence of one sortie: what the autopilot itself watches, should everything else fail.

An outline that the drone must stay in: the convex polygon round the flown path, wider than it by the drone's own clearance. Within
it, what it must stay out of: racks and keep-out boxes that reach into the outline, wider by the drone's radius, so that the flown
path is the clearance away from them too. And a ceiling. ArduCopter lands where it crosses a line, and comes to rest up to 0.74 m
beyond it at 1 m/s.

The fence is flat: a box that the drone flies over or under cannot be in it. The plan passes those at their distance, and the
ceiling of the fence is below what hangs higher.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mission.planning.obstacles import Obstacle, ObstacleField, obstacles_of
from mission.records import Sortie
from warehouse.coordinates import latlon_1e7_from_ned, ned_from_site
from warehouse.site import Site

ABOVE_HIGHEST_M = 1.0
"""How far above the highest waypoint the fence's ceiling is; height errors and the step of home at arming stay well below."""


MOST_CORNERS = 60
"""Of all polygons together: an autopilot with 16 kB of memory for settings keeps 512 bytes of fence, 8 a corner and 2 a polygon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FenceArea:
    """One polygon of the fence."""

    name: str
    is_inclusion: bool
    """Whether the drone must stay in it; else out of it."""
    corners_m: tuple[tuple[float, float], ...]
    """On the floor plan of the site, anticlockwise."""


def fence_areas(site: Site, sortie: Sortie) -> tuple[FenceArea, ...]:
    """Return the polygons of the sortie's fence: the outline first, then what must be kept out of, nearest to the path first."""
    outline = fence_polygon_m(site, sortie)
    areas = [FenceArea(name="outline of the flight", is_inclusion=True, corners_m=tuple(outline))]
    n_corners = len(outline)
    for obstacle, corners in _reaching_into(site, sortie, outline):
        if n_corners + len(corners) <= MOST_CORNERS:
            areas.append(FenceArea(name=obstacle.name, is_inclusion=False, corners_m=tuple(corners)))
            n_corners += len(corners)
    return tuple(areas)


def corners_1e7(site: Site, area: FenceArea) -> list[tuple[int, int]]:
    """Return the corners of an area as latitude and longitude in 1e-7 degrees."""
    anchor = site.layout.anchor
    latlon: NDArray[np.int64] = latlon_1e7_from_ned(anchor, ned_from_site(anchor, [(x, y, 0.0) for x, y in area.corners_m]))
    return [(int(lat), int(lon)) for lat, lon in latlon]


def describe_fence(site: Site, sortie: Sortie) -> str:
    """Return the fence in words."""
    outline, *others = fence_areas(site, sortie)
    kept_out = f", out of {', '.join(area.name for area in others)}" if others else ""
    return f"inside an outline of {len(outline.corners_m)} corners{kept_out}, below {fence_altitude_m(sortie):.1f} m"


def _reaching_into(
    site: Site, sortie: Sortie, outline: list[tuple[float, float]]
) -> list[tuple[Obstacle, list[tuple[float, float]]]]:
    """Return the racks and boxes that reach into the outline and that no part of the path is above or below, nearest first."""
    found = []
    for obstacle in obstacles_of(site.layout):
        corners = _footprint(obstacle, site.drone.radius_m)
        if not obstacle.name.startswith("ceiling of ") and _is_overlapping(outline, corners):
            found.append((obstacle, corners))
    if not found:
        return []
    flat = [
        Obstacle(name=o.name, origin_m=(*o.origin_m[:2], 0.0), axes=o.axes, low_m=(*o.low_m[:2], 0.0), high_m=(*o.high_m[:2], 0.0))
        for o, _ in found
    ]
    points = np.array([(w.position_m[0], w.position_m[1], 0.0) for w in sortie.waypoints])
    distances = ObstacleField(flat).distances_m(points[:-1], points[1:]).min(axis=0)
    least_m = site.drone.radius_m + site.drone.clearance_m - 1e-3
    return [found[i] for i in np.argsort(distances, kind="stable") if distances[i] >= least_m]


def _footprint(obstacle: Obstacle, margin_m: float) -> list[tuple[float, float]]:
    """Return an obstacle's corners on the floor plan, anticlockwise, its sides moved out by the margin, its corners cut at it.

    No point of it is farther from the obstacle than the margin.
    """
    (ax, ay, _), (bx, by, _), _ = obstacle.axes
    (a0, b0, _), (a1, b1, _) = obstacle.low_m, obstacle.high_m
    x, y, _ = obstacle.origin_m
    m = margin_m
    around = [(a0, b0 - m), (a1, b0 - m), (a1 + m, b0), (a1 + m, b1), (a1, b1 + m), (a0, b1 + m), (a0 - m, b1), (a0 - m, b0)]
    corners = [(round(float(x + a * ax + b * bx), 4), round(float(y + a * ay + b * by), 4)) for a, b in around]
    return corners if _turn(*corners[:3]) > 0 else corners[::-1]


def _is_overlapping(a: list[tuple[float, float]], b: list[tuple[float, float]]) -> bool:
    """Whether two convex polygons share more than a rim: no side of either separates them."""
    for axis in (0, 1):
        if min(p[axis] for p in a) >= max(p[axis] for p in b) or min(p[axis] for p in b) >= max(p[axis] for p in a):
            return False
    for polygon, other in ((a, b), (b, a)):
        for p, q in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
            if all(_turn(p, q, r) <= 1e-9 for r in other):
                return False
    return True


def fence_polygon_m(site: Site, sortie: Sortie) -> list[tuple[float, float]]:
    """Return the corners, in the site frame and anticlockwise, of the sortie's inclusion polygon."""
    margin = site.drone.clearance_m + 0.01  # the corners are rounded to a centimetre by their latitude and longitude
    reach = margin / math.cos(math.pi / 8)
    ring = [(reach * math.cos(a), reach * math.sin(a)) for a in np.arange(8) * math.pi / 4 + math.pi / 8]
    points = {(round(w.position_m[0], 6), round(w.position_m[1], 6)) for w in sortie.waypoints}
    return _convex_hull([(round(x + dx, 4), round(y + dy, 4)) for x, y in points for dx, dy in ring])


def fence_altitude_m(sortie: Sortie) -> float:
    """Return the ceiling of the fence in metres above home."""
    return round(max(w.position_m[2] for w in sortie.waypoints) + ABOVE_HIGHEST_M, 2)


def _convex_hull(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the hull anticlockwise, by Andrew's monotone chain."""
    ordered = sorted(set(points))

    def half(chain: list[tuple[float, float]]) -> list[tuple[float, float]]:
        hull: list[tuple[float, float]] = []
        for p in chain:
            while len(hull) >= 2 and _turn(hull[-2], hull[-1], p) <= 0:
                hull.pop()
            hull.append(p)
        return hull[:-1]

    return half(ordered) + half(ordered[::-1])


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
