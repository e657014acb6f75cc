"""What the vehicle last said of itself. Fed with MAVLink messages, one at a time; knows no connection.

Numbers are those of MAVLink's common dialect (https://mavlink.io/en/messages/common.html) and ArduCopter's mode table.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

ARMED = 0x80
"""MAV_MODE_FLAG_SAFETY_ARMED."""


class Mode(IntEnum):
    """ArduCopter's flight modes that this program commands or meets."""

    STABILIZE = 0
    ACRO = 1
    ALT_HOLD = 2
    AUTO = 3
    GUIDED = 4
    LOITER = 5
    RTL = 6
    LAND = 9
    DRIFT = 11
    SPORT = 13
    POSHOLD = 16
    BRAKE = 17
    SMART_RTL = 21


class Health(IntFlag):
    """Bits of SYS_STATUS.onboard_control_sensors_health that matter indoors."""

    VISION_POSITION = 0x80
    PREARM_CHECK = 0x10000000


EKF_GOOD_POSITION = 0x33F
"""EKF_STATUS_REPORT flags of a vehicle that knows where it is: attitude, velocities, relative and absolute horizontal position,
absolute height, both predictions (measured: 831)."""


@dataclass(slots=True)
class VehicleState:
    """The newest of each thing the vehicle reports. None: not heard yet."""

    mode: int | None = None
    is_armed: bool = False
    boot_s: float | None = None
    """The vehicle's own clock, seconds since its boot."""
    has_rebooted: bool = False
    latlon_1e7: tuple[int, int] | None = None
    relative_alt_m: float | None = None
    position_ned_m: tuple[float, float, float] | None = None
    velocity_ned_mps: tuple[float, float, float] | None = None
    attitude_rad: tuple[float, float, float] | None = None
    """Roll, pitch, yaw (compass)."""
    rates_rad_s: tuple[float, float, float] | None = None
    """Of roll, pitch and yaw."""
    health: int | None = None
    ekf_flags: int | None = None
    ekf_variances: tuple[float, float, float] | None = None
    """Of velocity, level position, height: how far the sensor is from what the filter expected; at 1 it is not believed."""
    n_ekf_reports: int = 0
    last_photo: int | None = None
    last_photo_s: float | None = None
    """Number of the newest photo, and when it came."""
    mission_seq: int = 0
    last_reached: int = 0
    is_origin_set: bool = False
    battery_v: float | None = None
    battery_percent: int | None = None
    battery_used_mah: float | None = None
    texts: deque[tuple[float, int, str]] = field(default_factory=lambda: deque(maxlen=200))
    """Newest last: boot time, severity (0 worst), text."""
    parameters: dict[str, float] = field(default_factory=dict)

    @property
    def has_good_position(self) -> bool:
        """Whether the estimator calls every part of its position good."""
        return self.ekf_flags is not None and self.ekf_flags & EKF_GOOD_POSITION == EKF_GOOD_POSITION

    @property
    def is_position_trusted(self) -> bool:
        """Whether the position is good and its sensor alive: the estimator calls its own guess good for 7 s more."""
        return self.has_good_position and (self.health is None or bool(self.health & Health.VISION_POSITION))

    @property
    def is_ready_to_arm(self) -> bool:
        """Whether the autopilot's own pre-arm check passes. It depends on the current mode and mission."""
        return self.has_good_position and bool((self.health or 0) & Health.PREARM_CHECK) and self.is_origin_set

    def texts_since(self, boot_s: float, worst: int = 5) -> list[str]:
        """Return the autopilot's words since `boot_s` of severity `worst` or graver, each once, oldest first."""
        return list(dict.fromkeys(text for when, severity, text in self.texts if when >= boot_s and severity <= worst))

    def update(self, message: Any) -> None:
        """Take in one message of the vehicle (the caller has dropped those of other systems)."""
        kind = message.get_type()
        stamp_ms = getattr(message, "time_boot_ms", None)
        if stamp_ms is not None and kind in _STAMPED:
            self._tick(stamp_ms / 1000.0)
        handler = _HANDLERS.get(kind)
        if handler is not None:
            handler(self, message)

    def _tick(self, boot_s: float) -> None:
        if self.boot_s is not None and boot_s < self.boot_s - 2.0:
            self.has_rebooted = True
        self.boot_s = boot_s if self.boot_s is None else max(boot_s, self.boot_s) if not self.has_rebooted else boot_s


_STAMPED = {"ATTITUDE", "LOCAL_POSITION_NED", "GLOBAL_POSITION_INT", "SYSTEM_TIME"}


def _heartbeat(state: VehicleState, m: Any) -> None:
    state.mode = int(m.custom_mode)
    state.is_armed = bool(m.base_mode & ARMED)


def _global_position(state: VehicleState, m: Any) -> None:
    state.latlon_1e7 = (int(m.lat), int(m.lon))
    state.relative_alt_m = m.relative_alt / 1000.0
    if m.lat != 0 or m.lon != 0:
        state.is_origin_set = True


def _local_position(state: VehicleState, m: Any) -> None:
    state.position_ned_m = (m.x, m.y, m.z)
    state.velocity_ned_mps = (m.vx, m.vy, m.vz)


def _attitude(state: VehicleState, m: Any) -> None:
    state.attitude_rad = (m.roll, m.pitch, m.yaw)
    state.rates_rad_s = (m.rollspeed, m.pitchspeed, m.yawspeed)


def _sys_status(state: VehicleState, m: Any) -> None:
    state.health = int(m.onboard_control_sensors_health)
    state.battery_v = m.voltage_battery / 1000.0
    state.battery_percent = int(m.battery_remaining) if m.battery_remaining >= 0 else None


def _ekf(state: VehicleState, m: Any) -> None:
    state.ekf_flags = int(m.flags)
    state.ekf_variances = (m.velocity_variance, m.pos_horiz_variance, m.pos_vert_variance)
    state.n_ekf_reports += 1


def _mission_current(state: VehicleState, m: Any) -> None:
    state.mission_seq = int(m.seq)


def _mission_reached(state: VehicleState, m: Any) -> None:
    state.last_reached = max(state.last_reached, int(m.seq))


def _text(state: VehicleState, m: Any) -> None:
    state.texts.append((state.boot_s or 0.0, int(m.severity), str(m.text)))


def _photo(state: VehicleState, m: Any) -> None:
    if m.img_idx != state.last_photo:
        state.last_photo, state.last_photo_s = int(m.img_idx), state.boot_s


def _battery(state: VehicleState, m: Any) -> None:
    if m.current_consumed >= 0:
        state.battery_used_mah = float(m.current_consumed)


def _origin(state: VehicleState, m: Any) -> None:
    state.is_origin_set = True


def _parameter(state: VehicleState, m: Any) -> None:
    state.parameters[str(m.param_id)] = float(m.param_value)


_HANDLERS = {
    "HEARTBEAT": _heartbeat,
    "GLOBAL_POSITION_INT": _global_position,
    "LOCAL_POSITION_NED": _local_position,
    "ATTITUDE": _attitude,
    "SYS_STATUS": _sys_status,
    "EKF_STATUS_REPORT": _ekf,
    "MISSION_CURRENT": _mission_current,
    "MISSION_ITEM_REACHED": _mission_reached,
    "STATUSTEXT": _text,
    "BATTERY_STATUS": _battery,
    "CAMERA_FEEDBACK": _photo,
    "GPS_GLOBAL_ORIGIN": _origin,
    "PARAM_VALUE": _parameter,
}
