"""How the autopilot is set up, as far as plans depend on it: `mission.flying.indoor_parameters` asks the vehicle for the same.

The level speed and those up and down are not among it: the mission itself sets them.
"""

from __future__ import annotations

import math
from functools import lru_cache

from mission.planning.scurve import Limits
from warehouse.site import Drone

ACCELERATION_MPS2 = 1.5
"""WPNAV_ACCEL. The drone tilts by 8.7 degrees for it, along its lane: the picture turns in its own plane."""
ACCELERATION_Z_MPS2 = 1.0
"""WPNAV_ACCEL_Z."""
JERK_MPS3 = 3.0
"""WPNAV_JERK."""
RADIUS_M = 0.10
"""WPNAV_RADIUS."""
TAKEOFF_MPS = 0.7
"""WPNAV_SPEED_UP, at which the drone takes off; for the rest of the flight the mission sets its `climb_mps`."""
DESCEND_MPS = 0.7
"""The fastest that a drone is sent down, which must not fall into its own wash."""
LAND_MPS = 0.5
"""LAND_SPEED."""
TURN_DEG_PER_S = 60.0
"""ATC_SLEW_YAW, at which a CONDITION_YAW turns the nose."""
TURN_SETTLES_S = 1.0
"""Speeding up and slowing down the turn, and hanging still."""
CHECK_S = 0.02
"""How often the autopilot looks whether a photo is due."""
_SAME_MOMENT = 0.05
"""Of `CHECK_S`: a photo that comes earlier than the camera can by no more is taken."""


def photos_apart_s(interval_s: float, check_s: float = CHECK_S) -> float:
    """Return the least time between two photos of a camera that takes one every `interval_s` at most, in looks of the autopilot."""
    return math.ceil(interval_s / check_s - _SAME_MOMENT) * check_s if check_s > 0 else interval_s


def photo_interval_parameter_s(interval_s: float) -> float:
    """Return CAM1_INTRVAL_MIN for such a camera: half a look less than `photos_apart_s`, so that no photo is a whole look late."""
    return round(photos_apart_s(interval_s) - CHECK_S / 2, 3)


@lru_cache(maxsize=64)
def limits_of(drone: Drone) -> Limits:
    """Return the limits within which the autopilot flies this drone."""
    return Limits(
        speed_up_mps=drone.climb_mps,
        speed_down_mps=min(DESCEND_MPS, drone.climb_mps),
        accel_mps2=ACCELERATION_MPS2,
        accel_z_mps2=ACCELERATION_Z_MPS2,
        jerk_mps3=JERK_MPS3,
        radius_m=RADIUS_M,
    )


def turn_s(turn_deg: float) -> float:
    """Return how long the nose needs to come round."""
    return turn_deg / TURN_DEG_PER_S + TURN_SETTLES_S if turn_deg else 0.0
