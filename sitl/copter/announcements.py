"""Messages that events send at once: HEARTBEAT on a mode change, origin and home when they are set, feedback with each photo."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter.modes import NEEDS_POSITION, Mode
from sitl.copter.startup import STANDBY_S

if TYPE_CHECKING:
    from sitl.copter.autopilot import Autopilot


def heartbeat(v: Autopilot) -> Any:
    """Return the HEARTBEAT of this moment."""
    base = mav.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | mav.MAV_MODE_FLAG_STABILIZE_ENABLED | mav.MAV_MODE_FLAG_MANUAL_INPUT_ENABLED
    is_landing_blind = v.mode == Mode.LAND and not v.estimator.has_position
    if v.time_s < STANDBY_S or ((v.mode in NEEDS_POSITION or v.mode == Mode.LAND) and not is_landing_blind):
        base |= mav.MAV_MODE_FLAG_GUIDED_ENABLED
    if v.is_armed:
        base |= mav.MAV_MODE_FLAG_SAFETY_ARMED
    status = mav.MAV_STATE_STANDBY
    if v.time_s < STANDBY_S:
        status = mav.MAV_STATE_BOOT
    elif v.failsafes.is_active:
        status = mav.MAV_STATE_CRITICAL
    elif v.is_armed and not v.is_landed:
        status = mav.MAV_STATE_ACTIVE
    return mav.MAVLink_heartbeat_message(mav.MAV_TYPE_QUADROTOR, mav.MAV_AUTOPILOT_ARDUPILOTMEGA, base, int(v.mode), status, 3)


def origin(v: Autopilot) -> Any:
    """Return GPS_GLOBAL_ORIGIN, or None before it is set."""
    if v.origin is None:
        return None
    lat, lon = v.origin.latlon_1e7
    return mav.MAVLink_gps_global_origin_message(lat, lon, round(v.origin.altitude_m * 1000), v.time_us)


def home(v: Autopilot) -> Any:
    """Return HOME_POSITION, or None before it is set."""
    if v.home is None:
        return None
    lat, lon = v.home.latlon_1e7
    n, e, u = v.home_position
    altitude = round(v.home.altitude_m * 1000)
    return mav.MAVLink_home_position_message(lat, lon, altitude, n, e, -u, [math.nan] * 4, 0.0, 0.0, 0.0, v.time_us)


def camera_feedback(v: Autopilot, number: int) -> Any:
    """Return CAMERA_FEEDBACK of photo `number` at the estimated pose; it carries no time."""
    lat, lon, altitude = 0, 0, 0.0
    if v.origin is not None and v.is_aligned:
        lat, lon = v.origin.latlon_of(v.position)
        altitude = round(v.origin.altitude_m + v.position[2], 2)
    error = v.estimator.attitude_error
    angles = (v.airframe.roll + error[0], v.airframe.pitch + error[1])
    return mav.MAVLink_camera_feedback_message(
        0, 0, 0, number, lat, lon, altitude, round(v.relative_up_m, 2),
        *map(math.degrees, angles), math.degrees(v.airframe.yaw) % 360.0, 0.0, 0, 0,
    )  # fmt: skip
