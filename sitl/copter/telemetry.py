"""The streamed messages: what each holds at this moment, or nothing when ArduCopter would not send it yet."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter import announcements
from sitl.copter.autopilot import Autopilot
from sitl.copter.battery import CRITICAL, LOW
from sitl.copter.dynamics import GRAVITY
from sitl.copter.modes import NEEDS_POSITION, Mode
from sitl.copter.startup import AHRS_HEALTHY_S, ALIGNED_S, EKF_REPORTS_S, READY_S, arming_refusals

FRAME_HEIGHT_M = 0.09
"""SIM_STATE's altitude counts from the middle of the frame."""
VARIANCE_PER_M, VARIANCE_PER_MPS = 0.67, 0.5
_PRESENT, _PRESENT_BOOT = 0x5371FC8F, 0x5331FC8F
_ENABLED, _ENABLED_BOOT = 0x52519C8F, 0x52019C8F
_HEALTH, _HEALTH_BOOT = 0x47519C8F, 0x45119C8B
_VISION, _HEIGHT_CONTROL, _PLACE_CONTROL = 0x80, 0x2000, 0x4000
_FENCE, _AHRS, _LOGGING, _BATTERY, _PREARM = 0x100000, 0x200000, 0x1000000, 0x2000000, 0x10000000


def _ms(v: Autopilot) -> int:
    return round(v.time_s * 1000)


def _place(v: Autopilot) -> tuple[int, int]:
    if v.origin is None or not v.is_aligned:
        return 0, 0
    return v.origin.latlon_of(v.position)


def _attitude(v: Autopilot) -> Any:
    air, error = v.airframe, v.estimator.attitude_error
    return mav.MAVLink_attitude_message(_ms(v), air.roll + error[0], air.pitch + error[1], air.yaw, *air.tilt_rates, air.yaw_rate)


def _attitude_quaternion(v: Autopilot) -> Any:
    air, error = v.airframe, v.estimator.attitude_error
    q = quaternion(air.roll + error[0], air.pitch + error[1], air.yaw)
    return mav.MAVLink_attitude_quaternion_message(_ms(v), *q, *air.tilt_rates, air.yaw_rate)


def _local_position(v: Autopilot) -> Any:
    if not v.is_aligned or (v.airframe.is_on_ground and not v.estimator.has_position):
        return None
    n, e, u = v.position
    vn, ve, vu = v.estimator.velocity
    return mav.MAVLink_local_position_ned_message(_ms(v), n, e, -u, vn, ve, -vu)


def _global_position(v: Autopilot) -> Any:
    if v.origin is None or not v.is_aligned:
        return mav.MAVLink_global_position_int_message(_ms(v), 0, 0, 0, 0, 0, 0, 0, 0)
    lat, lon = _place(v)
    vn, ve, vu = (int(x * 100) for x in v.estimator.velocity)
    altitude = round((v.origin.altitude_m + v.position[2]) * 100) * 10
    heading = round(math.degrees(v.airframe.yaw) * 100) % 36000
    return mav.MAVLink_global_position_int_message(_ms(v), lat, lon, altitude, round(v.relative_up_m * 1000), vn, ve, -vu, heading)


def _vfr_hud(v: Autopilot) -> Any:
    vn, ve, vu = v.estimator.velocity
    ground = math.hypot(vn, ve)
    altitude = round(v.origin.altitude_m + v.position[2], 2) if v.origin is not None and v.is_aligned else 0.0
    throttle = 36 if v.is_armed and not v.airframe.is_on_ground else 0
    return mav.MAVLink_vfr_hud_message(ground, ground, round(math.degrees(v.airframe.yaw)) % 360, throttle, altitude, vu)


def _sim_state(v: Autopilot) -> Any:
    air = v.airframe
    lat, lon = v.start.latlon_of(air.position)
    q = quaternion(air.roll, air.pitch, air.yaw)
    vn, ve, vu = air.velocity
    altitude = v.start.altitude_m + air.position[2] + FRAME_HEIGHT_M
    an, ae, au = air.accel
    return mav.MAVLink_sim_state_message(
        *q, air.roll, air.pitch, air.yaw, an, ae, -au - GRAVITY, 0.0, 0.0, air.yaw_rate, float(lat), float(lon), altitude, 0.0, 0.0,
        vn, ve, -vu, lat, lon,
    )  # fmt: skip


def _simstate(v: Autopilot) -> Any:
    air = v.airframe
    lat, lon = v.start.latlon_of(air.position)
    an, ae, au = air.accel
    return mav.MAVLink_simstate_message(air.roll, air.pitch, air.yaw, an, ae, -au - GRAVITY, 0.0, 0.0, air.yaw_rate, lat, lon)


def _ekf_status(v: Autopilot) -> Any:
    if v.time_s < EKF_REPORTS_S:
        return None
    if v.time_s < ALIGNED_S:
        return mav.MAVLink_ekf_status_report_message(v.ekf_flags, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    ekf = v.estimator
    lost = 0.0 if ekf.is_vision_healthy else min(ekf.lost_s / 8.0, 1.0)
    n, e, u = ekf.unexplained_m if ekf.is_place_heeded else (0.0, 0.0, 0.0)
    horizontal = 0.03 + VARIANCE_PER_M * math.hypot(n, e) + lost
    speed = 0.004 + lost / 2 + VARIANCE_PER_MPS * math.hypot(*ekf.velocity_glitch)
    return mav.MAVLink_ekf_status_report_message(v.ekf_flags, speed, horizontal, 0.03 + VARIANCE_PER_M * abs(u), 0.0005, 0.0, 0.0)


def _sys_status(v: Autopilot) -> Any:
    present, enabled, health = _PRESENT, _ENABLED, _HEALTH
    battery = v.battery
    voltage, current, remaining = round(battery.voltage_v * 1000), round(battery.current_a * 100), battery.remaining_percent
    if v.time_s < READY_S + 0.3:
        present, enabled, health = _PRESENT_BOOT, _ENABLED_BOOT, _HEALTH_BOOT
        voltage, current, remaining = 0, -1, -1
    if v.time_s >= AHRS_HEALTHY_S:
        enabled |= _AHRS
        health |= _AHRS
    if v.mode in NEEDS_POSITION or v.mode == Mode.LAND:
        control = _HEIGHT_CONTROL | _PLACE_CONTROL
        if v.mode == Mode.LAND and not v.estimator.has_position and not v.is_landed:
            control = _HEIGHT_CONTROL
        enabled |= control
        health |= control
    if v.is_armed:
        enabled |= _LOGGING
    if not v.estimator.is_vision_healthy or not v.parameters["VISO_TYPE"]:
        health &= ~_VISION
    if v.failsafes.breach:
        health &= ~_FENCE
    if battery.charge_state in (LOW, CRITICAL):
        health &= ~_BATTERY
    if v.is_armed or not arming_refusals(v):
        health |= _PREARM
    return mav.MAVLink_sys_status_message(present, enabled, health, 0, voltage, current, remaining, 0, 0, 0, 0, 0, 0)


def _battery_status(v: Autopilot) -> Any:
    b = v.battery
    voltages = [round(b.voltage_v * 1000)] + [65535] * 9
    used = round(b.used_mah)
    energy = round(b.used_mah * b.voltage_v * 0.036)
    return mav.MAVLink_battery_status_message(
        0, 0, 0, 32767, voltages, round(b.current_a * 100), used, energy, b.remaining_percent, 0, b.charge_state, [0, 0, 0, 0], 0, 0
    )


def _extended_state(v: Autopilot) -> Any:
    return mav.MAVLink_extended_sys_state_message(mav.MAV_VTOL_STATE_MC, v.landed_state)


def _mission_current(v: Autopilot) -> Any:
    total = max(len(v.mission) - 1, 0)
    is_auto = v.mode == Mode.AUTO
    if total == 0:
        state = mav.MISSION_STATE_NO_MISSION
    elif v.auto.is_complete:
        state = mav.MISSION_STATE_COMPLETE
    elif not is_auto:
        state = mav.MISSION_STATE_NOT_STARTED
    else:
        state = mav.MISSION_STATE_PAUSED if v.auto.is_paused else mav.MISSION_STATE_ACTIVE
    return mav.MAVLink_mission_current_message(v.auto.index, total, state, int(is_auto))


def _nav_controller(v: Autopilot) -> Any:
    p, goal = v.position, v.track.leg.destination
    n, e = goal[0] - p[0], goal[1] - p[1]
    bearing = round(math.degrees(math.atan2(e, n)))
    heading = round(math.degrees(v.steering.heading))
    degrees = (round(math.degrees(v.airframe.roll)), round(math.degrees(v.airframe.pitch)))
    return mav.MAVLink_nav_controller_output_message(
        *degrees, heading, bearing, min(int(math.hypot(n, e)), 65535), v.track.target[2] - p[2], 0.0, 0.0
    )


def _fence_status(v: Autopilot) -> Any:
    if not v.parameters["FENCE_ENABLE"]:
        return None
    f = v.failsafes
    return mav.MAVLink_fence_status_message(int(f.breach > 0), f.n_breaches, f.breach, f.breach_ms, 1)


def _distance_sensor(v: Autopilot) -> Any:
    return v.rangefinder.report(v.time_s)


def _gps_raw(v: Autopilot) -> Any:
    return mav.MAVLink_gps_raw_int_message(0, 0, 0, 0, 0, 65535, 65535, 0, 0, 0)


def _system_time(v: Autopilot) -> Any:
    return mav.MAVLink_system_time_message(0, _ms(v))


def autopilot_version(v: Autopilot) -> Any:
    """Return AUTOPILOT_VERSION: 4.7.0 (development), and a custom version that tells the stand-in from the real one."""
    capabilities = (
        mav.MAV_PROTOCOL_CAPABILITY_PARAM_FLOAT
        | mav.MAV_PROTOCOL_CAPABILITY_MISSION_INT
        | mav.MAV_PROTOCOL_CAPABILITY_COMMAND_INT
        | mav.MAV_PROTOCOL_CAPABILITY_MISSION_FENCE
        | mav.MAV_PROTOCOL_CAPABILITY_MAVLINK2
    )
    return mav.MAVLink_autopilot_version_message(capabilities, 0x04070000, 0, 0, 0, list(b"builtin\0"), [0] * 8, [0] * 8, 0, 0, 0)


def quaternion(roll: float, pitch: float, yaw: float) -> tuple[float, float, float, float]:
    """Return (w, x, y, z) of the body frame in NED for angles in radians, turned in the order yaw, pitch, roll."""
    cr, sr = math.cos(roll / 2), math.sin(roll / 2)
    cp, sp = math.cos(pitch / 2), math.sin(pitch / 2)
    cy, sy = math.cos(yaw / 2), math.sin(yaw / 2)
    return cr * cp * cy + sr * sp * sy, sr * cp * cy - cr * sp * sy, cr * sp * cy + sr * cp * sy, cr * cp * sy - sr * sp * cy


BUILDERS: dict[int, Callable[[Autopilot], Any]] = {
    mav.MAVLINK_MSG_ID_HEARTBEAT: announcements.heartbeat,
    mav.MAVLINK_MSG_ID_ATTITUDE: _attitude,
    mav.MAVLINK_MSG_ID_ATTITUDE_QUATERNION: _attitude_quaternion,
    mav.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: _global_position,
    mav.MAVLINK_MSG_ID_SIM_STATE: _sim_state,
    mav.MAVLINK_MSG_ID_SIMSTATE: _simstate,
    mav.MAVLINK_MSG_ID_LOCAL_POSITION_NED: _local_position,
    mav.MAVLINK_MSG_ID_VFR_HUD: _vfr_hud,
    mav.MAVLINK_MSG_ID_FENCE_STATUS: _fence_status,
    mav.MAVLINK_MSG_ID_EKF_STATUS_REPORT: _ekf_status,
    mav.MAVLINK_MSG_ID_BATTERY_STATUS: _battery_status,
    mav.MAVLINK_MSG_ID_SYS_STATUS: _sys_status,
    mav.MAVLINK_MSG_ID_MISSION_CURRENT: _mission_current,
    mav.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: _extended_state,
    mav.MAVLINK_MSG_ID_GPS_GLOBAL_ORIGIN: announcements.origin,
    mav.MAVLINK_MSG_ID_HOME_POSITION: announcements.home,
    mav.MAVLINK_MSG_ID_NAV_CONTROLLER_OUTPUT: _nav_controller,
    mav.MAVLINK_MSG_ID_DISTANCE_SENSOR: _distance_sensor,
    mav.MAVLINK_MSG_ID_GPS_RAW_INT: _gps_raw,
    mav.MAVLINK_MSG_ID_SYSTEM_TIME: _system_time,
    mav.MAVLINK_MSG_ID_AUTOPILOT_VERSION: autopilot_version,
}
"""What can be streamed, in the order in which ArduCopter sends messages that are due together."""
STREAM_ALL = (
    mav.MAVLINK_MSG_ID_SYS_STATUS,
    mav.MAVLINK_MSG_ID_MISSION_CURRENT,
    mav.MAVLINK_MSG_ID_GPS_RAW_INT,
    mav.MAVLINK_MSG_ID_NAV_CONTROLLER_OUTPUT,
    mav.MAVLINK_MSG_ID_FENCE_STATUS,
    mav.MAVLINK_MSG_ID_GLOBAL_POSITION_INT,
    mav.MAVLINK_MSG_ID_LOCAL_POSITION_NED,
    mav.MAVLINK_MSG_ID_ATTITUDE,
    mav.MAVLINK_MSG_ID_SIMSTATE,
    mav.MAVLINK_MSG_ID_VFR_HUD,
    mav.MAVLINK_MSG_ID_SYSTEM_TIME,
    mav.MAVLINK_MSG_ID_BATTERY_STATUS,
    mav.MAVLINK_MSG_ID_EKF_STATUS_REPORT,
    mav.MAVLINK_MSG_ID_DISTANCE_SENSOR,
)
"""What REQUEST_DATA_STREAM(ALL) brings. CAMERA_FEEDBACK and MISSION_ITEM_REACHED are sent on event."""
