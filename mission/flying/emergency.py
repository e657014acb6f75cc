"""What an autopilot is told, beside LAND, when its position cannot be trusted any more.

Measured on ArduCopter 4.7: a vehicle that lost its position slides ever faster, so it must come down before the slide grows; and
one whose position jumps follows the jump, even while it lands, unless the filter is told to heed the speed alone.
"""

from __future__ import annotations

import contextlib

from pymavlink import mavutil

from mission.flying.indoor_parameters import read_parameter
from mission.flying.link import COMPONENT, VehicleLink
from warehouse.errors import VehicleError

mavlink = mavutil.mavlink

QUICK_DESCENT = {"LAND_ALT_LOW": 100.0, "LAND_SPEED_HIGH": 150.0, "WPNAV_SPEED_DN": 150.0, "LAND_SPEED": 75.0}
"""1.5 m/s down to a metre above the floor, from there 0.75 m/s, as if it were dropped from 3 cm; in centimetres (a second)."""
PLACE_AND_SPEED, SPEED_ONLY, NOTHING = 1, 2, 3
"""EKF source sets (EK3_SRC1_*, EK3_SRC2_*, EK3_SRC3_*); which is in use is not remembered over a restart of the autopilot."""
_REPEAT_S = 0.2
_RESTORE_TIMEOUT_S = 4.0


class Emergency:
    """The measures, each written to the connection at once, without waiting for an answer; and the way back, on the ground."""

    def __init__(self, link: VehicleLink, before: dict[str, float] | None = None) -> None:
        """Read what will have to be restored, unless it is known. It takes some seconds where a parameter is unknown."""
        self._link = link
        if before is None:
            read = {name: read_parameter(link, name) for name in QUICK_DESCENT}
            before = {name: value for name, value in read.items() if value is not None}
        self.before = before
        """Parameter -> value, of those that an emergency changes."""
        self._is_quick = False
        self._source = PLACE_AND_SPEED
        self._said_at_s = -1.0

    def come_down_quickly(self) -> None:
        """Have the next LAND descend three times as fast as usual, but for the last metre."""
        self._is_quick = True

    def forget_the_place(self) -> None:
        """Have the filter heed only the speed that the external navigation tells, no longer the place."""
        self._source = SPEED_ONLY

    def forget_the_sensor(self) -> None:
        """Have the filter heed nothing of the external navigation: for a few seconds it gets along with its own sensors."""
        if self._source != NOTHING:
            self._source = NOTHING
            if self._said_at_s >= 0:  # orders were given already, by which the vehicle flies now
                self._said_at_s = -1.0
                self.repeat()

    def repeat(self) -> None:
        """Send what is in force, now and then: one lost message must not decide."""
        now = self._link.state.boot_s or 0.0
        if self._said_at_s >= 0 and now - self._said_at_s < _REPEAT_S:
            return
        self._said_at_s = now
        if self._source != PLACE_AND_SPEED:
            self._use_source(self._source)
        if self._is_quick:
            for name in self.before:
                self._set(name, QUICK_DESCENT[name])

    def end(self) -> None:
        """Put everything back as it was before the flight. Silence is no error here: the next preflight finds what is left."""
        with contextlib.suppress(VehicleError):
            if self._source != PLACE_AND_SPEED:
                command = mavlink.MAV_CMD_SET_EKF_SOURCE_SET
                self._link.command(command, PLACE_AND_SPEED, what="the return to all of the external navigation")
            if self._is_quick:
                for name, value in self.before.items():
                    self._restore(name, value)

    def put_back(self, before: dict[str, float]) -> None:
        """Undo what a program that was killed in an emergency has left behind; VehicleError when the vehicle does not take it."""
        for name, value in before.items():
            if self.before.get(name) != value:
                self._restore(name, value)
        self._use_source(PLACE_AND_SPEED)

    def _restore(self, name: str, value: float) -> None:
        known = self._link.state.parameters
        known.pop(name, None)
        self._link.wait_for(
            f"parameter {name} to be {value:g} again (PARAM_VALUE)",
            lambda: abs(known.get(name, value + 1) - value) < 0.001,
            _RESTORE_TIMEOUT_S,
            every_s=1.0,
            again=lambda: self._set(name, value),
        )

    def _set(self, name: str, value: float) -> None:
        self._link.send_now(self._link.encode.param_set_encode(0, COMPONENT, name.encode(), value, mavlink.MAV_PARAM_TYPE_REAL32))

    def _use_source(self, number: int) -> None:
        command = mavlink.MAV_CMD_SET_EKF_SOURCE_SET
        self._link.send_now(self._link.encode.command_long_encode(0, COMPONENT, command, 0, number, 0, 0, 0, 0, 0, 0))
