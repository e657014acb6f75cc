"""Where a drone is at which second of its sortie, and in which aisle, by the predicted times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mission.planning.timing import flight_time_s
from mission.records import Sortie
from warehouse.coordinates import along_from_heading
from warehouse.site import Site

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Track:
    """A sortie as points in time; seconds count from its arming."""

    times_s: Vector
    points_m: Vector
    """(n, 3), site frame."""
    aisles: NDArray[np.intp]
    """(n): index in the layout's aisles, or -1 outside of them."""
    legs: NDArray[np.intp]
    """(n): index of the waypoint that is being flown to, or waited at."""


def track_of(site: Site, sortie: Sortie, step_s: float) -> Track:
    """Return where the drone is every `step_s`; between waypoints as if it flew each leg at one speed."""
    times, points, left = [0.0], [(*sortie.waypoints[0].position_m[:2], 0.0)], list[float]()
    for i, waypoint in enumerate(sortie.waypoints):
        left_s = flight_time_s(sortie.waypoints[: i + 1], site.drone)  # with the hold there, and corners before it cut
        times += [max(times[-1], left_s - waypoint.hold_s), max(times[-1], left_s)]
        points += [waypoint.position_m, waypoint.position_m]
        left.append(times[-1])
    at = np.arange(0.0, times[-1] + step_s, step_s)
    xyz = np.array(points)
    places = np.stack([np.interp(at, times, xyz[:, axis]) for axis in range(3)], axis=-1)
    legs = np.minimum(np.searchsorted(np.array(left), at), len(left) - 1)
    return Track(times_s=at, points_m=places, aisles=_aisles(site, places), legs=legs)


def _aisles(site: Site, points_m: Vector) -> NDArray[np.intp]:
    found = np.full(len(points_m), -1)
    low, high = points_m.min(axis=0)[:2], points_m.max(axis=0)[:2]
    for i, aisle in enumerate(site.layout.aisles):
        start, along = np.asarray(aisle.start_m), along_from_heading(aisle.heading_deg)[:2]
        corners = np.stack([start, start + aisle.length_m * along])
        if np.any(corners.min(axis=0) - aisle.width_m > high) or np.any(corners.max(axis=0) + aisle.width_m < low):
            continue
        beside = points_m[:, :2] - start
        far, across = beside @ along, beside @ np.array([along[1], -along[0]])
        found[(far >= 0) & (far <= aisle.length_m) & (np.abs(across) <= aisle.width_m / 2)] = i
    return found
