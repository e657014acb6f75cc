"""Follow an armed vehicle to the ground, and act on the first sign of trouble.

LOITER, ALT_HOLD and RTL are never commanded: indoors they sink, or fly a straight line home through a rack.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

from pymavlink import mavutil

from mission.link import VehicleLink
from mission.supervision import Concern, Supervisor, Trouble
from mission.vehicle_state import Mode
from warehouse.errors import VehicleError

mavlink = mavutil.mavlink

LANDING_TIMEOUT_S = 90.0


class Ending(StrEnum):
    """How a sortie ended."""

    COMPLETED = "completed"
    LANDED_EARLY = "landed_early"
    """This program saw trouble and landed the drone where it was."""
    AUTOPILOT_FAILSAFE = "autopilot_failsafe"
    """The autopilot left the mission by itself."""
    LINK_LOST = "link_lost"
    OPERATOR = "operator"


class Watch:
    """Follows an armed vehicle to the ground."""

    def __init__(self, link: VehicleLink, supervisor: Supervisor, n_items: int) -> None:
        """Watch a vehicle that is armed with a mission of `n_items` (home left out)."""
        self._link, self._state, self._supervisor, self._n_items = link, link.state, supervisor, n_items
        self._armed_at = link.state.boot_s or 0.0
        self.last_item = 0

    def until_disarmed(self, on_progress: Callable[[], None]) -> tuple[Ending, str, str]:
        """Return how the flight ended, the reason in words, and the trouble that was seen, if any."""
        while self._state.is_armed:
            self._link.check_alive("the flight to end")
            self._link.pump()
            self._note_progress()
            on_progress()
            concern = self._supervisor.look(self._state)
            if concern is not None:
                return self._act_on(concern)
            if self._state.mode != Mode.AUTO and self._state.is_armed:
                return self._left_by_autopilot()
        if self.last_item >= self._n_items - 1:
            return Ending.COMPLETED, "every lane was flown and the drone landed on its pad", ""
        return Ending.AUTOPILOT_FAILSAFE, f"the autopilot disarmed before the mission's end: {self._words()}", ""

    def land_now(self, ending: Ending, reason: str, trouble: str) -> tuple[Ending, str, str]:
        """Land where the drone is and wait for the ground."""
        self._link.set_mode(Mode.LAND, "mode LAND")
        self._link.command(mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 0.0, what="switching the camera trigger off")
        self._wait_for_ground()
        return ending, reason, trouble

    def _act_on(self, concern: Concern) -> tuple[Ending, str, str]:
        if concern.trouble is Trouble.FALLING and not self._is_at_height():
            self._force_disarm()
            return Ending.LANDED_EARLY, f"{concern.words}; it lies on the floor and its motors were stopped", concern.trouble
        return self.land_now(Ending.LANDED_EARLY, f"{concern.words}; the drone landed where it was", concern.trouble)

    def _left_by_autopilot(self) -> tuple[Ending, str, str]:
        mode = self._state.mode
        name = Mode(mode).name if mode in set(Mode) else str(mode)
        if mode != Mode.LAND:  # whatever it is (a pilot's switch apart): nothing else ends on the ground by itself indoors
            self._link.set_mode(Mode.LAND, "mode LAND")
        self._wait_for_ground()
        return Ending.AUTOPILOT_FAILSAFE, f"the autopilot left the mission for {name}: {self._words()}", ""

    def _wait_for_ground(self) -> None:
        try:
            self._link.wait_for("the drone to land and disarm", lambda: not self._state.is_armed, LANDING_TIMEOUT_S)
        except VehicleError:
            self._link.check_alive("the drone to land and disarm")
            self._force_disarm()

    def _force_disarm(self) -> None:
        """Stop the motors of a drone that is down but does not know it."""
        deadline = time.monotonic() + 5.0
        while self._is_at_height() and time.monotonic() < deadline:
            self._link.pump()
        self._link.demand(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 0.0, 21196.0, what="stopping the motors")
        self._link.wait_for("HEARTBEAT to show disarmed", lambda: not self._state.is_armed, 5.0)

    def _is_at_height(self) -> bool:
        velocity = self._state.velocity_ned_mps or (0.0, 0.0, 0.0)
        return abs(velocity[2]) > 0.2 or (self._state.relative_alt_m or 0.0) > 0.5

    def _note_progress(self) -> None:
        """An item counts as passed when the vehicle has gone on to a later one; its own "reached" messages lose some."""
        seq = self._state.mission_seq
        if self._state.mode == Mode.AUTO and seq > 0:
            self.last_item = max(self.last_item, seq - 1, self._state.last_reached)

    def _words(self) -> str:
        return "; ".join(self._state.texts_since(self._armed_at, worst=4)) or "no reason given"
