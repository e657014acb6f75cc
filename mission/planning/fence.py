"""The geofence of one sortie: what the autopilot itself watches, should everything else fail.

A convex polygon round the flown path, wider than it by the drone's own clearance. ArduCopter lands when it crosses the line, and
comes to rest up to 0.74 m beyond it at 1 m/s.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mission.records import Sortie
from warehouse.coordinates import latlon_1e7_from_ned, ned_from_site
from warehouse.site import Site

ABOVE_HIGHEST_M = 1.0
"""How far above the highest waypoint the fence's ceiling is; height errors and the step of home at arming stay well below."""


def fence_polygon_m(site: Site, sortie: Sortie) -> list[tuple[float, float]]:
    """Return the corners, in the site frame and anticlockwise, of the sortie's inclusion polygon."""
    margin = site.drone.clearance_m + 0.01  # the corners are rounded to a centimetre by their latitude and longitude
    reach = margin / math.cos(math.pi / 8)
    ring = [(reach * math.cos(a), reach * math.sin(a)) for a in np.arange(8) * math.pi / 4 + math.pi / 8]
    points = {(round(w.position_m[0], 6), round(w.position_m[1], 6)) for w in sortie.waypoints}
    return _convex_hull([(round(x + dx, 4), round(y + dy, 4)) for x, y in points for dx, dy in ring])


def fence_polygon(site: Site, sortie: Sortie) -> list[tuple[int, int]]:
    """Return the corners of the inclusion polygon as latitude and longitude in 1e-7 degrees."""
    corners = [(x, y, 0.0) for x, y in fence_polygon_m(site, sortie)]
    anchor = site.layout.anchor
    latlon: NDArray[np.int64] = latlon_1e7_from_ned(anchor, ned_from_site(anchor, corners))
    return [(int(lat), int(lon)) for lat, lon in latlon]


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
