"""How long a sortie takes and what it costs the battery.

Legs and corners are those of `mission.planning.scurve`, which is ArduCopter's own reckoning. What it does not plan that way, taking
off and landing, was timed (`python -m benchmarks.flight_time`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from mission.planning.autopilot import LAND_MPS, TAKEOFF_MPS, limits_of
from mission.planning.scurve import Corner, Leg, corner, leg
from mission.records import Purpose, Waypoint
from warehouse.site import Drone

SPOOL_UP_S = 4.2
"""What a take-off costs beside the climb."""
TOUCH_DOWN_S = 3.4
"""What a landing costs beside the descent: beginning it, and from standing on the floor to the autopilot's knowing it."""

_LAG_S, _LAG_SHARE = 0.08, 0.006
"""By which legs take longer than their S-curve, since the autopilot lets the curve wait for a drone that lags behind."""
_STEEP = 0.5
"""Sine of the slope from which a leg counts as a climb."""

Point = tuple[float, float, float]


def flight_time_s(waypoints: Sequence[Waypoint], drone: Drone) -> float:
    """Return the predicted seconds from arming to disarming."""
    total = SPOOL_UP_S + waypoints[0].position_m[2] / TAKEOFF_MPS + waypoints[0].hold_s
    for here, there in pairwise(waypoints):
        total += leg_s(here, there, drone) + there.hold_s
    for before, at, after in zip(waypoints, waypoints[1:], waypoints[2:], strict=False):
        if at.hold_s == 0 and after.purpose is not Purpose.LAND:
            total -= corner_at(before.position_m, at, after, drone).overlap_s
    return total


def flight_energy_wh(waypoints: Sequence[Waypoint], drone: Drone) -> float:
    """Return the energy of the flight: the power of hover, except on legs along and up, where the site knows better.

    At walking pace a multicopter draws what it draws in hover, within a few per cent (`aislescan battery calibrate`).
    """
    joules = drone.hover_w * flight_time_s(waypoints, drone)
    for here, there in pairwise(waypoints):
        if there.purpose is not Purpose.LAND:
            slope = _direction(here.position_m, there.position_m)[2]
            power_w = drone.climb_w if slope > _STEEP else drone.cruise_w if abs(slope) <= _STEEP else None
            if power_w is not None:
                joules += (power_w - drone.hover_w) * leg_s(here, there, drone)
    return joules / 3600


def job_s(times_s: Sequence[float], drone: Drone) -> float:
    """Return the seconds of flights one after the other by one drone, with the swaps of the battery between them."""
    return sum(times_s) + max(0, len(times_s) - 1) * drone.swap_s


def leg_s(here: Waypoint, there: Waypoint, drone: Drone) -> float:
    """Return the seconds from rest at one waypoint to rest at the next, without its hold."""
    if there.purpose is Purpose.LAND:
        return math.dist(here.position_m, there.position_m) / LAND_MPS + TOUCH_DOWN_S
    return _lagged_s(_leg(here.position_m, there.position_m, there.speed_mps, drone))


def straight_s(length_m: float, rise: float, speed_mps: float, drone: Drone) -> float:
    """Return the seconds of a leg from rest to rest; `rise` is the sine of its slope, from -1 (down) to 1 (up)."""
    return _lagged_s(leg(round(length_m, 4), rise, speed_mps, limits_of(drone)))


def corner_at(before_m: Point, at: Waypoint, after: Waypoint, drone: Drone) -> Corner:
    """Return how the corner `at` is cut when the drone does not stop there."""
    first = _leg(before_m, at.position_m, at.speed_mps, drone)
    second = _leg(at.position_m, after.position_m, after.speed_mps, drone)
    if first.length_m <= 0 or second.length_m <= 0:
        return Corner(overlap_s=0.0, before_m=0.0, after_m=0.0)
    u, v = _direction(before_m, at.position_m), _direction(at.position_m, after.position_m)
    cosine = round(sum(a * b for a, b in zip(u, v, strict=True)), 4)
    return corner(first, second, cosine, limits_of(drone))


def _lagged_s(flown: Leg) -> float:
    return flown.time_s * (1 + _LAG_SHARE) + _LAG_S if flown.time_s else 0.0


def _leg(start: Point, end: Point, speed_mps: float, drone: Drone) -> Leg:
    return leg(round(math.dist(start, end), 4), round(_direction(start, end)[2], 4), speed_mps, limits_of(drone))


def _direction(start: Point, end: Point) -> Point:
    length = math.dist(start, end)
    if length < 1e-6:
        return (0.0, 0.0, 0.0)
    return ((end[0] - start[0]) / length, (end[1] - start[1]) / length, (end[2] - start[2]) / length)
