"""AUTO: one navigation item at a time, and beside it the DO and CONDITION items that follow the item before.

The order is ArduPilot's: when a navigation item ends, the first DO item after it starts together with the next navigation
item, and further DO items run one after another. MISSION_ITEM_REACHED keeps only the newest number, so a waypoint can be lost
behind its DO item.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter.mission_items import UNREPORTED, Item
from sitl.copter.modes import Mode
from sitl.copter.steering import YAW_REACHED_RAD
from sitl.copter.trajectory import Leg, Limits, Vector

if TYPE_CHECKING:
    from sitl.copter.autopilot import Autopilot

MIN_SPEED_MPS = 0.1
_FLOWN_TO = (mav.MAV_CMD_NAV_WAYPOINT, mav.MAV_CMD_NAV_LOITER_UNLIM, mav.MAV_CMD_NAV_LOITER_TIME)


class AutoMission:
    """Which item is flown, and the flying of it."""

    def __init__(self, vehicle: Autopilot) -> None:
        """Serve `vehicle`."""
        self._vehicle = vehicle
        self.index = 0
        """MISSION_CURRENT.seq: the navigation item under way, 0 before the first."""
        self.is_complete = False
        self.is_paused = False
        self._do: int | None = None
        self._do_from = 0
        self._since_s = 0.0
        self._arrived_s: float | None = None
        self._is_over_landing = False
        self._speeds_mps: dict[int, float] = {}
        self._seen_changes = 0
        self._do_since_s = 0.0
        self._reached: int | None = None

    def reset(self) -> None:
        """Go back to before the first item."""
        self.index, self.is_complete, self.is_paused, self._do = 0, False, False, None

    def may_start(self) -> bool:
        """Whether AUTO may be entered while armed; says why not."""
        vehicle = self._vehicle
        first = vehicle.mission.next_nav(self.index or 1)
        if first is None:
            vehicle.say(4, "Mode change to AUTO failed: init failed")
            return False
        if vehicle.is_landed and vehicle.mission.items[first].command != mav.MAV_CMD_NAV_TAKEOFF:
            vehicle.say(3, "Auto: Missing Takeoff Cmd")
            return False
        return True

    def start_or_resume(self) -> None:
        """Begin with item 1, or fly on with the item that was under way; a changed speed is forgotten."""
        vehicle = self._vehicle
        self._seen_changes = vehicle.mission.changes
        self._speeds_mps = {}
        self.is_paused = self.is_complete = False
        if self.index >= len(vehicle.mission) or vehicle.parameters["MIS_RESTART"]:
            self.index = 0
        if self.index == 0:
            self._advance(1)
        else:
            self._start_nav(self.index, is_turning=False)

    def take_off_again(self) -> None:
        """Reckon the height of a take-off that waits for arming from the home that arming has set."""
        item = self._vehicle.mission.items[self.index] if 0 < self.index < len(self._vehicle.mission) else None
        if item is not None and item.command == mav.MAV_CMD_NAV_TAKEOFF:
            self._vehicle.begin_takeoff(self._up_of(item) - self._vehicle.home_position[2])

    def set_current(self, index: int) -> bool:
        """Fly to item `index` next, skipping what lies between; False if there is no such item."""
        vehicle = self._vehicle
        if not 0 < index < len(vehicle.mission):
            return False
        nav = vehicle.mission.next_nav(index)
        if nav is None:
            return False
        self._do = None
        self._do_from = nav
        self.is_complete = False
        self.index = nav
        if vehicle.mode == Mode.AUTO:
            self._start_nav(nav, is_turning=False)
        return True

    def pause(self, is_paused: bool) -> bool:
        """Stop on the track or go on; False when nothing is flown."""
        vehicle = self._vehicle
        if vehicle.mode == Mode.GUIDED:
            return True  # there is nothing to stop, and ArduCopter agrees
        if vehicle.mode != Mode.AUTO or not vehicle.is_armed or vehicle.takeoff_to is not None or vehicle.is_landed:
            return False
        vehicle.track.pause(is_paused, vehicle.stop_limits)
        self.is_paused = is_paused
        return True

    def change_speed(self, kind: int, speed_mps: float) -> None:
        """Fly the present and all later legs of this AUTO at `speed_mps`; `kind` is SPEED_TYPE: over the ground, up or down."""
        kind = mav.SPEED_TYPE_GROUNDSPEED if kind == mav.SPEED_TYPE_AIRSPEED else kind
        self._speeds_mps[kind] = max(speed_mps, MIN_SPEED_MPS)
        track = self._vehicle.track
        for leg in (track.leg, track.next_leg):
            if leg is not None and self._vehicle.takeoff_to is None:
                leg.set_speed(self._limits(leg.direction))

    def step(self) -> None:
        """Look whether items have come to their end, and begin the next ones."""
        vehicle = self._vehicle
        if vehicle.mission.changes != self._seen_changes:
            self._seen_changes = vehicle.mission.changes
            if not vehicle.is_landed:
                vehicle.say(6, "Auto mission changed, restarted command")
                self._start_nav(min(self.index, max(len(vehicle.mission) - 1, 0)), is_turning=False)
        if self.is_complete or self.index == 0 or self.index >= len(vehicle.mission):
            return
        if self._is_nav_done(vehicle.mission.items[self.index]):
            self._report(self.index)
            self._advance(self.index + 1)
        self._step_do()
        if self._reached is not None:
            vehicle.broadcast(mav.MAVLink_mission_item_reached_message(self._reached))
            self._reached = None

    def _report(self, index: int) -> None:
        self._reached = index

    def _advance(self, index: int) -> None:
        """Take the navigation item from `index` on, and the DO items that stand before it."""
        vehicle = self._vehicle
        nav = vehicle.mission.next_nav(index)
        self._do, self._do_from = None, index
        if nav is None:
            self.index, self.is_complete = 0, True
            return
        if index < nav:
            self._start_do(index)
        is_turning = vehicle.track.next_leg is not None and vehicle.mission.items[nav].command in _FLOWN_TO
        self._start_nav(nav, is_turning)

    # -- navigation items ------------------------------------------------------------------------------------------------------

    def _start_nav(self, index: int, is_turning: bool) -> None:
        vehicle = self._vehicle
        self.index = index
        item = vehicle.mission.items[index]
        vehicle.say(6, f"Mission: {index} {item.name}")
        self._since_s, self._arrived_s, self._is_over_landing = vehicle.time_s, None, False
        if vehicle.origin is None:
            return
        if item.command == mav.MAV_CMD_NAV_TAKEOFF:
            if vehicle.is_armed or vehicle.is_landed:
                vehicle.begin_takeoff(self._up_of(item) - vehicle.home_position[2])
        elif vehicle.is_landed:
            vehicle.takeoff_to = None
        elif item.command in _FLOWN_TO:
            self._fly_to(index, item, is_turning)
        elif item.command == mav.MAV_CMD_NAV_LAND:
            self._begin_landing(item)
        elif item.command == mav.MAV_CMD_NAV_RETURN_TO_LAUNCH:
            vehicle.fly_home()

    def _fly_to(self, index: int, item: Item, is_turning: bool) -> None:
        vehicle = self._vehicle
        track = vehicle.track
        if is_turning:
            track.take_next()
        else:
            destination = self._place_of(item)
            p = track.target
            direction = Leg((p[0], p[1], p[2]), destination, Limits(speed=1.0, accel=1.0, jerk=1.0)).direction
            track.fly_to(destination, self._limits(direction), vehicle.stop_limits)
        following = vehicle.mission.next_nav(index + 1)
        if following is None or item.command != mav.MAV_CMD_NAV_WAYPOINT or item.params[0] > 0:
            return
        after = vehicle.mission.items[following]
        if after.command in _FLOWN_TO:
            start = track.leg.destination
            leg = Leg(start, self._place_of(after), Limits(speed=1.0, accel=1.0, jerk=1.0))
            track.next_leg = Leg(start, leg.destination, self._limits(leg.direction))
            track.is_fast = True

    def _begin_landing(self, item: Item) -> None:
        vehicle = self._vehicle
        if item.x or item.y:
            n, e, _ = self._place_of(item)
            vehicle.track.fly_to((n, e, vehicle.track.target[2]), self._limits((1.0, 0.0, 0.0)), vehicle.stop_limits)
        else:
            self._is_over_landing = True
            vehicle.begin_descent()

    def _is_nav_done(self, item: Item) -> bool:
        vehicle = self._vehicle
        if item.command == mav.MAV_CMD_NAV_TAKEOFF:
            return not vehicle.is_landed and vehicle.is_takeoff_done()
        if vehicle.is_landed:
            return False
        if item.command == mav.MAV_CMD_NAV_DELAY:
            return vehicle.time_s - self._since_s >= item.params[0]
        if item.command in (mav.MAV_CMD_NAV_LAND, mav.MAV_CMD_NAV_RETURN_TO_LAUNCH):
            if not self._is_over_landing and self._has_arrived():
                self._is_over_landing = True
                vehicle.begin_descent()
            return False
        if not self._has_arrived():
            return False
        if self._arrived_s is None:
            self._arrived_s = vehicle.time_s
        if item.command == mav.MAV_CMD_NAV_LOITER_UNLIM:
            return False
        if vehicle.time_s - self._arrived_s < item.params[0]:
            return False
        vehicle.say(6, f"Reached command #{self.index}")
        return True

    def _has_arrived(self) -> bool:
        track = self._vehicle.track
        if track.is_fast and track.next_leg is not None and track.next_leg.elapsed > 0:
            return track.next_leg.elapsed >= track.leg.remaining
        if not track.is_finished:
            return False
        p, d = self._vehicle.position, track.leg.destination
        return track.is_fast or math.dist((p[0], p[1], p[2]), d) < track.radius

    def _limits(self, direction: Vector) -> Limits:
        return self._vehicle.limits(direction[2], self._speeds_mps)

    def _up_of(self, item: Item) -> float:
        vehicle = self._vehicle
        assert vehicle.origin is not None
        return vehicle.home_position[2] + item.z if item.is_relative else item.z - vehicle.origin.altitude_m

    def _place_of(self, item: Item) -> Vector:
        """Return the item's point; no latitude and longitude means here, no height means the present one."""
        vehicle = self._vehicle
        assert vehicle.origin is not None
        p = vehicle.track.target
        north, east = vehicle.origin.north_east_of(item.x, item.y) if item.x or item.y else (p[0], p[1])
        return north, east, p[2] if item.z == 0 else self._up_of(item)

    # -- DO and CONDITION items ------------------------------------------------------------------------------------------------

    def _step_do(self) -> None:
        if self._do is not None:
            if not self._is_do_done(self._vehicle.mission.items[self._do]):
                return
            if self._vehicle.mission.items[self._do].command not in UNREPORTED:
                self._report(self._do)
            self._do_from, self._do = self._do + 1, None
        if self._do is None and 0 < self._do_from < self.index:
            self._start_do(self._do_from)

    def _start_do(self, index: int) -> None:
        vehicle = self._vehicle
        item = vehicle.mission.items[index]
        self._do, self._do_from = index, index
        vehicle.say(6, f"Mission: {index} {item.name}")
        p = item.params
        if item.command == mav.MAV_CMD_CONDITION_YAW:
            vehicle.steering.turn_to(p[0], p[2], is_relative=p[3] > 0)
        elif item.command == mav.MAV_CMD_CONDITION_DELAY:
            self._do_since_s = vehicle.time_s
        elif item.command == mav.MAV_CMD_DO_CHANGE_SPEED and p[1] > 0:
            self.change_speed(int(p[0]), p[1])
        elif item.command == mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST:
            vehicle.trigger.set_distance(p[0], p[2] == 1)
        elif item.command == mav.MAV_CMD_DO_DIGICAM_CONTROL:
            if item.x == 1:
                vehicle.trigger.take_one()
        elif item.command == mav.MAV_CMD_IMAGE_START_CAPTURE:
            vehicle.trigger.start_interval(vehicle.time_s, p[1], int(p[2]))
        elif item.command == mav.MAV_CMD_IMAGE_STOP_CAPTURE:
            vehicle.trigger.stop_interval()

    def _is_do_done(self, item: Item) -> bool:
        vehicle = self._vehicle
        if item.command == mav.MAV_CMD_CONDITION_YAW:
            error = math.remainder(vehicle.steering.heading_goal - vehicle.airframe.yaw, 2 * math.pi)
            return abs(error) <= YAW_REACHED_RAD
        if item.command == mav.MAV_CMD_CONDITION_DELAY:
            return vehicle.time_s - self._do_since_s >= item.params[0]
        return True
