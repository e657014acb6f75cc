"""What the vehicle does on its own when something is lost: the link, the position, the battery, the fence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter.battery import CRITICAL, LOW
from sitl.copter.mission_items import Item
from sitl.copter.modes import Mode
from sitl.copter.places import Place

if TYPE_CHECKING:
    from sitl.copter.autopilot import Autopilot

EKF_FAILSAFE_AFTER_S = 8.0
HOVER_BEFORE_LANDING_S = 4.0
_LAND, _BRAKE = (2, 7), 4
_GCS_MODES = {1: Mode.RTL, 3: Mode.RTL, 4: Mode.RTL, 5: Mode.LAND, 7: Mode.BRAKE}
_BATTERY_MODES = {1: Mode.LAND, 2: Mode.RTL, 3: Mode.RTL, 4: Mode.RTL, 7: Mode.BRAKE}
_FENCE_MODES = {1: Mode.RTL, 2: Mode.LAND, 3: Mode.RTL, 4: Mode.BRAKE, 5: Mode.RTL}
_ALTITUDE, _POLYGON = 1, 4
BREACH_NONE, BREACH_ALTITUDE, BREACH_POLYGON = 0, 2, 3
"""FENCE_BREACH."""
_CHECK_PERIOD_S = 0.1


class Failsafes:
    """Watches once every tenth of a second and changes the mode."""

    def __init__(self, vehicle: Autopilot) -> None:
        """Watch over `vehicle`."""
        self._vehicle = vehicle
        self._next_check_s = 0.0
        self.last_gcs_s: float | None = None
        self._is_gcs_lost = False
        self._charge_state = 1
        self._is_position_lost = False
        self._polygons: list[tuple[bool, list[tuple[float, float]]]] = []
        self._polygon_changes = -1
        self.breach = BREACH_NONE
        self.n_breaches = 0
        self.breach_ms = 0

    @property
    def is_active(self) -> bool:
        """Whether HEARTBEAT says CRITICAL. A fence breach does not count."""
        return self._is_gcs_lost or self._is_position_lost or self._charge_state in (LOW, CRITICAL)

    def clear(self) -> None:
        """Forget the faults of the last flight at arming."""
        self._is_position_lost = False

    def heard_gcs(self) -> None:
        """Note a HEARTBEAT of the ground station."""
        self.last_gcs_s = self._vehicle.time_s
        if self._is_gcs_lost:
            self._is_gcs_lost = False
            self._vehicle.say(4, "GCS Failsafe Cleared")

    def step(self) -> None:
        """Look at everything that may be lost."""
        if self._vehicle.time_s < self._next_check_s:
            return
        self._next_check_s = self._vehicle.time_s + _CHECK_PERIOD_S
        self._check_gcs()
        self._check_battery()
        self._check_position()
        self._check_fence()

    def _react(self, mode: Mode | None, hover_s: float) -> None:
        vehicle = self._vehicle
        if not vehicle.is_armed or mode is None:
            return
        if vehicle.is_landed:
            vehicle.disarm(is_forced=True)
        elif vehicle.mode != Mode.LAND:
            vehicle.set_mode(mode, hover_s)

    def _check_gcs(self) -> None:
        vehicle, p = self._vehicle, self._vehicle.parameters
        if not p["FS_GCS_ENABLE"] or self.last_gcs_s is None or self._is_gcs_lost:
            return
        if vehicle.time_s - self.last_gcs_s < p["FS_GCS_TIMEOUT"]:
            return
        self._is_gcs_lost = True
        if int(p["FS_OPTIONS"]) & 2 and vehicle.mode == Mode.AUTO:
            vehicle.say(4, "GCS Failsafe - Continuing Auto Mode")
            return
        self._react(_GCS_MODES.get(int(p["FS_GCS_ENABLE"])), HOVER_BEFORE_LANDING_S)
        vehicle.say(4, "GCS Failsafe")

    def _check_battery(self) -> None:
        vehicle, p = self._vehicle, self._vehicle.parameters
        state = vehicle.battery.charge_state
        if state == self._charge_state:
            return
        self._charge_state = state
        is_critical = state == CRITICAL
        action = int(p["BATT_FS_CRT_ACT"] if is_critical else p["BATT_FS_LOW_ACT"])
        self._react(_BATTERY_MODES.get(action), HOVER_BEFORE_LANDING_S)
        word = "critical" if is_critical else "low"
        battery = vehicle.battery
        vehicle.say(4, f"Battery 1 is {word} {battery.voltage_v:.2f}V used {battery.used_mah:.0f} mAh")
        if vehicle.is_armed:
            vehicle.say(4, "Battery Failsafe")

    def _check_position(self) -> None:
        vehicle = self._vehicle
        if self._is_position_lost or not vehicle.is_armed or vehicle.estimator.unaided_s < EKF_FAILSAFE_AFTER_S:
            return
        self._is_position_lost = True
        vehicle.say(2, "EKF variance")
        if int(vehicle.parameters["FS_EKF_ACTION"]) and vehicle.mode != Mode.LAND:
            self._react(Mode.LAND, HOVER_BEFORE_LANDING_S)
            vehicle.say(2, "EKF Failsafe: changed to LAND Mode")

    def _check_fence(self) -> None:
        vehicle, p = self._vehicle, self._vehicle.parameters
        breach, text = BREACH_NONE, ""
        if p["FENCE_ENABLE"] and vehicle.home is not None:
            if int(p["FENCE_TYPE"]) & _ALTITUDE and vehicle.relative_up_m > p["FENCE_ALT_MAX"]:
                breach, text = BREACH_ALTITUDE, "Max Alt fence breached"
            elif self.is_outside_fence():
                breach, text = BREACH_POLYGON, "Polygon fence breached"
        if breach and not self.breach and vehicle.is_armed:
            self.n_breaches += 1
            self.breach_ms = round(vehicle.time_s * 1000)
            self._react(_FENCE_MODES.get(int(p["FENCE_ACTION"])), 0.0)
            vehicle.say(5, text)
            vehicle.say(6, "Manual recovery started")
        self.breach = breach

    def is_outside_fence(self) -> bool:
        """Whether the estimate lies outside an inclusion polygon or inside an exclusion one, as FENCE_TYPE asks to watch."""
        vehicle, p = self._vehicle, self._vehicle.parameters
        if vehicle.origin is None or not p["FENCE_ENABLE"] or not int(p["FENCE_TYPE"]) & _POLYGON:
            return False
        if self._polygon_changes != vehicle.fence.changes:
            self._polygon_changes = vehicle.fence.changes
            self._polygons = _polygons(vehicle.fence.items, vehicle.origin)
        north, east = vehicle.position[0], vehicle.position[1]
        return any(_is_inside(polygon, north, east) != is_inclusion for is_inclusion, polygon in self._polygons)


def _polygons(items: list[Item], origin: Place) -> list[tuple[bool, list[tuple[float, float]]]]:
    """Return the uploaded polygons, each with whether to stay in it; none while an upload is under way."""
    found: list[tuple[bool, list[tuple[float, float]]]] = []
    at = 0
    while at < len(items):
        corners = items[at : at + int(items[at].params[0])]
        if len(corners) < max(3, int(items[at].params[0])):
            return []
        is_inclusion = items[at].command == mav.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION
        found.append((is_inclusion, [origin.north_east_of(item.x, item.y) for item in corners]))
        at += len(corners)
    return found


def _is_inside(polygon: list[tuple[float, float]], north: float, east: float) -> bool:
    """Whether a place is in a polygon, by the number of its sides that a ray to the north crosses."""
    is_inside = False
    before = polygon[-1]
    for corner in polygon:
        if (corner[1] > east) != (before[1] > east):
            crossing = corner[0] + (east - corner[1]) / (before[1] - corner[1]) * (before[0] - corner[0])
            is_inside ^= north < crossing
        before = corner
    return is_inside
