"""Follow an armed vehicle to the ground, and act on the first sign of trouble.

LOITER, ALT_HOLD and RTL are never commanded: indoors they sink, or fly a straight line home through a rack.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from pymavlink import mavutil

from mission.flying.emergency import Emergency
from mission.flying.helm import Helm
from mission.flying.link import COMPONENT, SILENCE_S, VehicleLink
from mission.flying.stop_request import StopRequest
from mission.flying.supervision import DOUBTED_VARIANCE, OVER_DEG, Concern, Supervisor, Trouble, tilt_deg
from mission.flying.vehicle_state import Mode
from warehouse.errors import VehicleError

mavlink = mavutil.mavlink

ORDER_PERIOD_S = 0.5
LANDING_TIMEOUT_S = 90.0
_LONG_LANDING_S = 600.0
"""Beyond that: from any height, a drone that is still in the air keeps its motors."""
_FALL_S = 8.0
_PILOTED = {Mode.STABILIZE, Mode.ACRO, Mode.ALT_HOLD, Mode.LOITER, Mode.DRIFT, Mode.SPORT, Mode.POSHOLD}
"""Modes that neither this program nor a failsafe chooses: a person has taken the sticks, and this program must not fight them."""


class Ending(StrEnum):
    """How a sortie ended."""

    COMPLETED = "completed"
    LANDED_EARLY = "landed_early"
    """This program saw trouble and landed the drone where it was."""
    AUTOPILOT_FAILSAFE = "autopilot_failsafe"
    """The autopilot left the mission by itself."""
    LINK_LOST = "link_lost"
    """The drone was left to its own failsafe: it fell silent, or did not do as it was told."""
    OPERATOR = "operator"
    """A person stopped the flight."""
    WAY_CLOSED = "way_closed"
    """The drone came home because another one lies where it was to fly."""
    PHOTOS_MISSING = "photos_missing"
    """The mission was flown, but a lane of it has too few photos."""


class Watch:
    """Follows an armed vehicle to the ground."""

    def __init__(
        self, link: VehicleLink, supervisor: Supervisor, helm: Helm, emergency: Emergency, *, n_items: int, stop: StopRequest
    ) -> None:
        """Watch a vehicle that is armed with a mission of `n_items` (home left out); land it when a `stop` is asked for."""
        self._helm, self._emergency = helm, emergency
        self._link, self._state, self._supervisor, self._n_items = link, link.state, supervisor, n_items
        self._stop = stop
        self._armed_at = link.state.boot_s or 0.0
        self.last_item = 0
        self._home_item = 0
        """The item of the way home that was under way when last looked at."""
        self.is_home = False
        """Whether the drone came down on its pad."""
        self.trouble_s: float | None = None
        """When the first sign of trouble was seen, on the vehicle's clock."""
        self._concern: Concern | None = None
        link.listeners.append(self._look)
        helm.has_finding = self._has_finding

    def _look(self, _message: object) -> None:
        """Judge after every message: half a second of them may be taken in at once."""
        concern, variances = self._concern, self._state.ekf_variances
        if concern is not None:
            is_speed_wrong = variances is not None and variances[0] > DOUBTED_VARIANCE
            if concern.trouble is Trouble.POSITION_JUMP and is_speed_wrong:
                self._emergency.forget_the_sensor()
            return
        if self._state.mode in _PILOTED:
            return
        concern = self._supervisor.look(self._state)
        if concern is not None and not self._helm.tolerates(concern.trouble):
            self._concern, self.trouble_s = concern, self._state.boot_s
            self._link.hand_back()

    def stop_looking(self) -> None:
        """Stop listening."""
        self._link.listeners.remove(self._look)

    def until_disarmed(self, on_progress: Callable[[], None]) -> tuple[Ending, str, str]:
        """Return how the flight ended, the reason in words, and the trouble that was seen, if any.

        VehicleError when the vehicle falls silent or restarts: nothing more can be done for it from here.
        """
        while self._state.is_armed:
            self._link.pump()
            self._link.check_alive("the flight to end")
            self._note_progress()
            if not self._state.is_armed:
                break
            on_progress()
            if why := self._helm.heed():
                return self.land_now(Ending.LANDED_EARLY if self._helm.closed_by else Ending.OPERATOR, why)
            if self._stop.is_made:
                return self.land_now(Ending.OPERATOR, "stopped by the operator")
            if self._link.fault is not None:
                return self.land_now(Ending.LANDED_EARLY, f"the flight could not be recorded any more ({self._link.fault})")
            if self._link.blind_s > SILENCE_S:
                return self.land_now(Ending.LANDED_EARLY, "the drone no longer reported where it is")
            if self._concern is not None:
                return self._act_on(self._concern)
            if self._state.mode != Mode.AUTO:
                return self._left_by_autopilot()
        return self._disarmed_by_itself()

    def _disarmed_by_itself(self) -> tuple[Ending, str, str]:
        """Return how a flight ended that nobody broke off: on the pad, or because the autopilot or a remote control disarmed."""
        helm = self._helm
        if helm.is_homeward:
            self.is_home = self._home_item >= helm.n_items or helm.is_at_pad
        else:
            self.is_home = self.last_item >= self._n_items - 1
        if not self.is_home:
            why, seen = f"the autopilot disarmed before the mission's end: {self._words()}", self._concern
            if helm.is_homeward:
                why = f"the autopilot disarmed on the way home: {self._words()}"
            if seen is not None:
                return Ending.AUTOPILOT_FAILSAFE, f"{seen.words}; {why}", seen.trouble
            return Ending.AUTOPILOT_FAILSAFE, why, ""
        if not helm.is_homeward:
            return Ending.COMPLETED, "every lane was flown and the drone landed on its pad", ""
        if helm.closed_by:
            return Ending.WAY_CLOSED, f"the drone came home and landed on its pad: {helm.closed_by}", ""
        return Ending.OPERATOR, "the drone came home and landed on its pad on the operator's word", ""

    def _has_finding(self) -> bool:
        """Whether `until_disarmed` would land the drone now, had it the word."""
        is_mute = self._link.fault is not None or self._link.blind_s > SILENCE_S
        return self._concern is not None or self._stop.is_made or is_mute or not self._state.is_armed

    def land_now(self, ending: Ending, why: str | Callable[[], str], trouble: str = "") -> tuple[Ending, str, str]:
        """Land where the drone is and wait for the ground; `why` says, in words, what made that necessary."""

        def in_words() -> str:
            return why if isinstance(why, str) else why()

        self._helm.let_go()
        try:
            self._order_landing()
            self._wait_for_ground()
        except VehicleError as error:
            return Ending.LINK_LOST, f"{in_words()}; the drone was told to land, but {error.what}", trouble
        return ending, f"{in_words()}; the drone landed where it was", trouble

    def _act_on(self, concern: Concern) -> tuple[Ending, str, str]:
        if concern.trouble is Trouble.ESTIMATE_DOUBTFUL:
            self._emergency.forget_the_sensor()
        elif concern.trouble is Trouble.POSITION_JUMP:
            self._emergency.forget_the_place()
        if concern.trouble in (Trouble.POSITION_JUMP, Trouble.ESTIMATE_DOUBTFUL, Trouble.POSITION_LOST):
            self._emergency.come_down_quickly()
        if concern.trouble is not Trouble.FALLING:
            return self.land_now(Ending.LANDED_EARLY, concern.words, concern.trouble)
        self._helm.let_go()
        try:
            self._order_landing(until=lambda: self._is_lying() or tilt_deg(self._state) > OVER_DEG)
            self._link.wait_for("the drone to lie on the floor", self._is_lying, _FALL_S)
            self._force_disarm()
        except VehicleError:  # it fell from very high, or it flies after all
            return self.land_now(Ending.LANDED_EARLY, concern.words, concern.trouble)
        return Ending.LANDED_EARLY, f"{concern.words}; its motors were stopped", concern.trouble

    def _is_lying(self) -> bool:
        """Whether motors can do no good any more: on the floor, or over on the way there, where they only throw it aside."""
        return not self._state.is_armed or self._is_low() or tilt_deg(self._state) > OVER_DEG

    def _left_by_autopilot(self) -> tuple[Ending, str, str]:
        mode = self._state.mode
        name = Mode(mode).name if mode in set(Mode) else str(mode)
        if mode in _PILOTED:
            self._helm.let_go()
            while self._state.is_armed:  # theirs to end: no deadline, no command
                self._link.pump()
                self._link.check_alive("the pilot to land")
            return Ending.OPERATOR, f"a pilot took over (mode {name})", ""
        # Nothing but LAND ends on the ground by itself indoors. The autopilot's words come after its deed.
        return self.land_now(Ending.AUTOPILOT_FAILSAFE, lambda: f"the autopilot left the mission for {name}: {self._words()}")

    def _order_landing(self, until: Callable[[], bool] = lambda: False) -> None:
        """Command LAND until it shows, or `until` something else does: one lost message must not decide."""

        def order() -> None:
            self._emergency.repeat()
            encode, custom = self._link.encode.command_long_encode, mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED
            land = encode(0, COMPONENT, mavlink.MAV_CMD_DO_SET_MODE, 0, custom, Mode.LAND, 0, 0, 0, 0, 0)
            self._link.send_now(land)  # and what must come before it, too: see Emergency
            for command in (mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, mavlink.MAV_CMD_IMAGE_STOP_CAPTURE):
                self._link.send(encode(0, COMPONENT, command, 0, 0, 0, 0, 0, 0, 0, 0))

        is_landing = lambda: self._state.mode == Mode.LAND or not self._state.is_armed or until()  # noqa: E731
        self._link.wait_for("HEARTBEAT to show mode LAND", is_landing, 30.0, every_s=ORDER_PERIOD_S, again=order)

    def _wait_for_ground(self) -> None:
        what = "the drone to land and disarm"
        try:
            self._link.wait_for(what, lambda: not self._state.is_armed, LANDING_TIMEOUT_S)
        except VehicleError:
            self._link.check_alive(what)
            self._link.wait_for(what, lambda: not self._state.is_armed or self._is_down(), _LONG_LANDING_S)
            self._force_disarm()

    def _force_disarm(self) -> None:
        """Stop the motors of a drone that is down but does not know it."""
        if self._state.is_armed:
            self._link.demand(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 0.0, 21196.0, what="stopping the motors")
            self._link.wait_for("HEARTBEAT to show disarmed", lambda: not self._state.is_armed, 5.0)

    def _is_low(self) -> bool:
        """Whether a fall is over: a drone on its back, motors running, jumps about, and its estimate with it."""
        velocity = self._state.velocity_ned_mps or (0.0, 0.0, 0.0)
        return abs(velocity[2]) < 1.0 and (self._state.relative_alt_m or 0.0) < 0.8

    def _is_down(self) -> bool:
        velocity = self._state.velocity_ned_mps or (0.0, 0.0, 0.0)
        return abs(velocity[2]) < 0.2 and (self._state.relative_alt_m or 0.0) < 0.5

    def _note_progress(self) -> None:
        """An item counts as passed when the vehicle has gone on to a later one; its own "reached" messages lose some."""
        seq = self._state.mission_seq
        if self._state.mode != Mode.AUTO or seq <= 0:
            return
        if self._helm.is_homeward:
            self._home_item = max(self._home_item, seq)
        else:
            self.last_item = max(self.last_item, seq - 1, self._state.last_reached)

    def _words(self) -> str:
        return "; ".join(self._state.texts_since(self._armed_at, worst=5)) or "no reason given"
