"""How long a sortie takes and what it costs the battery.

Legs are flown from rest to rest along ArduCopter's S-curve (`AP_Math/SCurve`): speed bounded by the leg, acceleration and jerk by
the parameters of the autopilot. Flown on ArduCopter 4.7 at 1 m/s a stop costs 1.9 s beside the hold; this model says 2.0 s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from mission.records import Purpose, Waypoint
from warehouse.site import Drone

ACCELERATION_MPS2 = 1.0
"""WPNAV_ACCEL."""
CORNER_GAIN_S = 1.5
"""What a waypoint without a hold saves: the drone cuts the corner and does not stop. Of legs at about 1 m/s."""
DESCEND_MPS = 0.5
"""WPNAV_SPEED_DN."""
JERK_MPS3 = 1.0
"""WPNAV_JERK's default."""
SPOOL_UP_S = 3.8
"""What a take-off costs beside the climb."""
LAND_MPS = 0.4
"""LAND_SPEED."""
TOUCH_DOWN_S = 3.0
"""From standing on the floor to the autopilot's knowing it."""


def flight_time_s(waypoints: Sequence[Waypoint], drone: Drone) -> float:
    """Return the predicted seconds from arming to disarming."""
    total = SPOOL_UP_S + waypoints[0].position_m[2] / drone.climb_mps + waypoints[0].hold_s
    for here, there in pairwise(waypoints):
        total += _leg_s(here, there, drone)
    n_cut_corners = sum(here.hold_s == 0 and there.purpose is not Purpose.LAND for here, there in pairwise(waypoints[1:]))
    return total - CORNER_GAIN_S * n_cut_corners


def energy_wh(time_s: float, drone: Drone) -> float:
    """Return the energy of a flight of that length: a multicopter at walking pace draws what it draws in hover."""
    return drone.hover_w * time_s / 3600


def _leg_s(here: Waypoint, there: Waypoint, drone: Drone) -> float:
    length = math.dist(here.position_m, there.position_m)
    if there.purpose is Purpose.LAND:
        return length / LAND_MPS + TOUCH_DOWN_S
    if length < 1e-9:
        return there.hold_s
    level = math.dist(here.position_m[:2], there.position_m[:2])
    rise = there.position_m[2] - here.position_m[2]
    slowest_s = max(level / there.speed_mps, rise / drone.climb_mps, -rise / min(DESCEND_MPS, drone.climb_mps))
    return rest_to_rest_s(length, length / slowest_s) + there.hold_s


def rest_to_rest_s(length_m: float, speed_mps: float) -> float:
    """Return the seconds for a straight leg that begins and ends at rest."""
    if speed_mps * _speed_up_s(speed_mps) <= length_m:
        return length_m / speed_mps + _speed_up_s(speed_mps)
    low, high = 0.0, speed_mps
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if middle * _speed_up_s(middle) <= length_m else (low, middle)
    return 2 * _speed_up_s(low)


def _speed_up_s(speed_mps: float) -> float:
    """Return the seconds from rest to `speed_mps`, on average at half of it."""
    if speed_mps >= ACCELERATION_MPS2**2 / JERK_MPS3:
        return speed_mps / ACCELERATION_MPS2 + ACCELERATION_MPS2 / JERK_MPS3
    return 2 * math.sqrt(speed_mps / JERK_MPS3)
