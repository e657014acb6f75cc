"""COMMAND_LONG and COMMAND_INT: what is done and which MAV_RESULT answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter.autopilot import Autopilot
from sitl.copter.link import Link
from sitl.copter.modes import Mode
from sitl.copter.startup import arming_refusals
from sitl.copter.telemetry import BUILDERS

ACCEPTED, DENIED, UNSUPPORTED, FAILED = (
    mav.MAV_RESULT_ACCEPTED,
    mav.MAV_RESULT_DENIED,
    mav.MAV_RESULT_UNSUPPORTED,
    mav.MAV_RESULT_FAILED,
)
FORCE_DISARM = 21196
FORCE_REBOOT = 20190226
Params = tuple[float, float, float, float, float, float, float]


class Commands:
    """Answers commands for `vehicle`; a reboot is left to `reboot`."""

    def __init__(self, vehicle: Autopilot, reboot: Callable[[], None]) -> None:
        """Act on `vehicle`."""
        self._vehicle, self._reboot = vehicle, reboot
        self._handlers: dict[int, Callable[[Params, Link], int]] = {
            mav.MAV_CMD_COMPONENT_ARM_DISARM: self._arm,
            mav.MAV_CMD_DO_SET_MODE: self._set_mode,
            mav.MAV_CMD_NAV_TAKEOFF: self._take_off,
            mav.MAV_CMD_NAV_LAND: lambda p, link: self._mode(Mode.LAND),
            mav.MAV_CMD_NAV_RETURN_TO_LAUNCH: lambda p, link: self._mode(Mode.RTL),
            mav.MAV_CMD_MISSION_START: self._start_mission,
            mav.MAV_CMD_DO_PAUSE_CONTINUE: self._pause,
            mav.MAV_CMD_DO_CHANGE_SPEED: self._change_speed,
            mav.MAV_CMD_DO_SET_MISSION_CURRENT: self._set_current,
            mav.MAV_CMD_CONDITION_YAW: self._yaw,
            mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST: self._trigger_distance,
            mav.MAV_CMD_DO_DIGICAM_CONTROL: self._photo,
            mav.MAV_CMD_IMAGE_START_CAPTURE: self._start_capture,
            mav.MAV_CMD_IMAGE_STOP_CAPTURE: self._stop_capture,
            mav.MAV_CMD_SET_MESSAGE_INTERVAL: self._set_interval,
            mav.MAV_CMD_GET_MESSAGE_INTERVAL: self._get_interval,
            mav.MAV_CMD_REQUEST_MESSAGE: self._request_message,
            mav.MAV_CMD_REQUEST_AUTOPILOT_CAPABILITIES: lambda p, link: self._send(link, mav.MAVLINK_MSG_ID_AUTOPILOT_VERSION),
            mav.MAV_CMD_GET_HOME_POSITION: lambda p, link: self._send(link, mav.MAVLINK_MSG_ID_HOME_POSITION),
            mav.MAV_CMD_RUN_PREARM_CHECKS: self._check_prearm,
            mav.MAV_CMD_DO_FENCE_ENABLE: self._enable_fence,
            mav.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN: self._restart,
            mav.MAV_CMD_SET_EKF_SOURCE_SET: self._use_source_set,
        }

    def handle(self, message: Any, link: Link) -> None:
        """Carry out a COMMAND_LONG or COMMAND_INT and acknowledge it."""
        if message.get_type() == "COMMAND_INT":
            last = (float(message.x), float(message.y), message.z)
        else:
            last = (message.param5, message.param6, message.param7)
        params = (message.param1, message.param2, message.param3, message.param4, *last)
        handler = self._handlers.get(message.command)
        result = UNSUPPORTED if handler is None else handler(params, link)
        link.send(
            mav.MAVLink_command_ack_message(message.command, result, 0, 0, message.get_srcSystem(), message.get_srcComponent())
        )

    def _send(self, link: Link, message_id: int) -> int:
        builder = BUILDERS.get(message_id)
        message = builder(self._vehicle) if builder is not None else None
        if message is None:
            return int(FAILED)
        link.send(message)
        return int(ACCEPTED)

    def _mode(self, mode: int) -> int:
        return int(ACCEPTED if self._vehicle.set_mode(mode) else FAILED)

    def _arm(self, p: Params, link: Link) -> int:
        return self._vehicle.arm() if p[0] == 1 else self._vehicle.disarm(is_forced=p[1] == FORCE_DISARM)

    def _set_mode(self, p: Params, link: Link) -> int:
        return self._mode(int(p[1]))

    def _take_off(self, p: Params, link: Link) -> int:
        vehicle = self._vehicle
        if vehicle.mode != Mode.GUIDED or not vehicle.is_armed or not vehicle.is_landed or p[6] <= 0:
            return int(FAILED)
        vehicle.begin_takeoff(p[6])
        return int(ACCEPTED)

    def _start_mission(self, p: Params, link: Link) -> int:
        vehicle = self._vehicle
        if vehicle.mission.next_nav(1) is None or not vehicle.is_armed:
            return int(FAILED)
        return self._mode(Mode.AUTO)

    def _pause(self, p: Params, link: Link) -> int:
        if p[0] not in (0, 1):
            return int(DENIED)
        if self._vehicle.auto.pause(p[0] == 0):
            return int(ACCEPTED)
        self._vehicle.say(4, "Failed to pause" if p[0] == 0 else "Failed to resume")
        return int(FAILED)

    def _change_speed(self, p: Params, link: Link) -> int:
        if p[1] <= 0:
            return int(DENIED)
        self._vehicle.auto.change_speed(int(p[0]), p[1])
        return int(ACCEPTED)

    def _set_current(self, p: Params, link: Link) -> int:
        return int(ACCEPTED if self._vehicle.auto.set_current(int(p[0])) else DENIED)

    def _yaw(self, p: Params, link: Link) -> int:
        self._vehicle.steering.turn_to(p[0], p[2], is_relative=p[3] > 0)
        return int(ACCEPTED)

    def _trigger_distance(self, p: Params, link: Link) -> int:
        self._vehicle.trigger.set_distance(p[0], p[2] == 1)
        return int(ACCEPTED)

    def _photo(self, p: Params, link: Link) -> int:
        if p[4] == 1:
            self._vehicle.trigger.take_one()
        return int(ACCEPTED)

    def _start_capture(self, p: Params, link: Link) -> int:
        self._vehicle.trigger.start_interval(self._vehicle.time_s, p[1], int(p[2]))
        return int(ACCEPTED)

    def _stop_capture(self, p: Params, link: Link) -> int:
        self._vehicle.trigger.stop_interval()
        return int(ACCEPTED)

    def _set_interval(self, p: Params, link: Link) -> int:
        message_id, interval_us = int(p[0]), p[1]
        if message_id not in BUILDERS:
            self._vehicle.say(4, f"No ap_message for mavlink id ({message_id})")
            return int(DENIED)
        default_us = 1e6 if message_id == mav.MAVLINK_MSG_ID_HEARTBEAT else -1.0
        interval_us = default_us if interval_us == 0 else interval_us
        link.set_interval(message_id, interval_us / 1e6 if interval_us > 0 else None, self._vehicle.time_s)
        return int(ACCEPTED)

    def _get_interval(self, p: Params, link: Link) -> int:
        link.send(mav.MAVLink_message_interval_message(int(p[0]), link.interval_us(int(p[0]))))
        return int(ACCEPTED)

    def _request_message(self, p: Params, link: Link) -> int:
        return self._send(link, int(p[0]))

    def _check_prearm(self, p: Params, link: Link) -> int:
        for text in arming_refusals(self._vehicle):
            self._vehicle.say(2, f"PreArm: {text}")
        return int(ACCEPTED)

    def _enable_fence(self, p: Params, link: Link) -> int:
        self._vehicle.parameters.set("FENCE_ENABLE", float(p[0] == 1))
        return int(ACCEPTED)

    def _use_source_set(self, p: Params, link: Link) -> int:
        if int(p[0]) not in (1, 2, 3):
            return int(DENIED)
        self._vehicle.source_set = int(p[0])
        return int(ACCEPTED)

    def _restart(self, p: Params, link: Link) -> int:
        if self._vehicle.is_armed and p[5] != FORCE_REBOOT:
            return int(FAILED)
        self._reboot()
        return int(ACCEPTED)
