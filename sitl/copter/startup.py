"""The start: what happens when after power-up, and what stands against arming. Times are simulated seconds since boot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter.modes import ARMABLE, NEEDS_POSITION, Mode

if TYPE_CHECKING:
    from sitl.copter.autopilot import Autopilot

READY_S = 2.45
STANDBY_S = 2.9
EKF_REPORTS_S = 3.5
EKF_ACTIVE_S = 4.4
ALIGNED_S = 5.65
AHRS_HEALTHY_S = 22.45
ARMABLE_S = 23.45
_ACCELEROMETERS_AGREE_S = 14.0
START_TEXTS = (
    (0.0, mav.MAV_SEVERITY_DEBUG, "RCInput: decoding UDP (Pulses)"),
    (0.0, mav.MAV_SEVERITY_INFO, "Calibrating barometer"),
    (1.5, mav.MAV_SEVERITY_INFO, "Barometer 1 calibration complete"),
    (1.5, mav.MAV_SEVERITY_INFO, "Barometer 2 calibration complete"),
    (READY_S - 0.01, mav.MAV_SEVERITY_INFO, "ArduPilot Ready"),
    (READY_S - 0.01, mav.MAV_SEVERITY_INFO, "AHRS: DCM active"),
    (EKF_ACTIVE_S, mav.MAV_SEVERITY_INFO, "EKF3 IMU0 initialised"),
    (EKF_ACTIVE_S, mav.MAV_SEVERITY_INFO, "EKF3 IMU1 initialised"),
    (EKF_ACTIVE_S, mav.MAV_SEVERITY_INFO, "AHRS: EKF3 active"),
)
_TILT_AND_YAW = ("EKF3 IMU{} tilt alignment complete", "EKF3 IMU{} yaw aligned")
_FIRST_POSITION = (
    "EKF3 IMU{} is using external nav data",
    "EKF3 IMU{} initial pos NED = 0.0,0.0,-0.1 (m)",
    "EKF3 IMU{} initial vel NED = 0.0,0.0,0.0 (m/s)",
)
ALIGNMENT_TEXTS = (
    *(text.format(imu) for text in _TILT_AND_YAW for imu in (0, 1)),
    *(text.format(imu) for imu in (0, 1) for text in _FIRST_POSITION),
)


def arming_refusals(v: Autopilot) -> list[str]:
    """Return what stands against arming in the present mode, in ArduCopter's words, most basic first; empty when armable."""
    found = []
    t, p = v.time_s, v.parameters
    if t < READY_S:
        return ["System not initialised"]
    if t < ARMABLE_S:
        found.append("Accels inconsistent" if t < _ACCELEROMETERS_AGREE_S else "Gyros inconsistent")
    if p["FS_THR_ENABLE"]:
        found.append("RC not found")
    if p["GPS1_TYPE"]:
        found.append("GPS 1: Bad fix")
    if p["VISO_TYPE"] and not (v.is_aligned and v.estimator.is_vision_healthy):
        found.append("VisOdom: not healthy")
    found += v.battery.arming_refusals()
    if v.rangefinder.is_fitted and not v.rangefinder.has_data(t):
        found.append("Rangefinder 1: No Data")
    if v.mode not in ARMABLE or (v.mode == Mode.AUTO and not int(p["AUTO_OPTIONS"]) & 1):
        found.append(f"{v.mode.name} mode not armable")
    if v.mode == Mode.AUTO and len(v.mission) < 2:
        found.append("Mode requires mission")
    if v.mode in NEEDS_POSITION and v.home is None:
        found.append("AHRS: waiting for home")
    if v.mode in NEEDS_POSITION and v.failsafes.is_outside_fence():
        found.append("Vehicle breaching Polygon fence")
    return found
