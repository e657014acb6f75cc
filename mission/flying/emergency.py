"""What an autopilot is told, beside LAND, when its position cannot be trusted any more.

Measured on ArduCopter 4.7: a vehicle that lost its position slides ever faster, so it must come down before the slide grows; and
one whose position jumps follows the jump, even while it lands, unless the filter is told to heed the speed alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from pymavlink import mavutil

from mission.flying.checks import Check, bad, doubt
from mission.flying.indoor_parameters import IndoorParameter, read_parameters
from mission.flying.link import COMPONENT, VehicleLink
from warehouse.errors import VehicleError

mavlink = mavutil.mavlink


def _centimetres(name: str, value: float, in_metres: str) -> IndoorParameter:
    return IndoorParameter(name=name, value=value, also_named=((in_metres, 0.01),), reason="")


QUICK_DESCENT = (
    _centimetres("LAND_ALT_LOW", 100.0, "LAND_ALT_LOW_M"),
    _centimetres("LAND_SPEED_HIGH", 150.0, "LAND_SPD_HIGH_MS"),
    _centimetres("WPNAV_SPEED_DN", 150.0, "WP_SPD_DN"),
    _centimetres("LAND_SPEED", 75.0, "LAND_SPD_MS"),
)
"""1.5 m/s down to a metre above the floor, from there 0.75 m/s, as if it were dropped from 3 cm; in centimetres (a second). The
release of ArduCopter 4.7 has it in metres, by other names (https://ardupilot.org/copter/docs/common-param-name-changes.html)."""
_QUICK = {name: p.value * p.factor(name) for p in QUICK_DESCENT for name in p.names}
_TELLING = tuple(p for p in QUICK_DESCENT if p.name != "WPNAV_SPEED_DN")
"""What few drones are set to by their owners; ArduCopter's own WPNAV_SPEED_DN is 150."""
PLACE_AND_SPEED, SPEED_ONLY, NOTHING = 1, 2, 3
"""EKF source sets (EK3_SRC1_*, EK3_SRC2_*, EK3_SRC3_*); which is in use is not remembered over a restart of the autopilot."""
_REPEAT_S = 0.2
_RESTORE_TIMEOUT_S = 4.0


def read_landing(link: VehicleLink) -> dict[str, float]:
    """Return what a quick descent would change and its value, as this vehicle names it; what it does not know is left out."""
    values = link.state.parameters
    read_parameters(link, [p.name for p in QUICK_DESCENT])
    read_parameters(link, [name for p in QUICK_DESCENT if p.name not in values for name in p.names[1:]])
    return {name: values[name] for p in QUICK_DESCENT if (name := p.name_among(values)) is not None}


def judge_landing(known: Mapping[str, float]) -> Check | None:
    """Return what is to be said of what `read_landing` found, if anything."""
    name, unknown = "emergency landing", [p.name for p in QUICK_DESCENT if p.name_among(known) is None]
    if unknown:
        words = f"a drone that loses its position cannot come down as quickly as it must: the vehicle knows no {', '.join(unknown)}"
        remedy = "update the autopilot, or this program: versions name their parameters differently"
        return (bad if len(unknown) == len(QUICK_DESCENT) else doubt)(name, words, remedy)
    told = [named for p in _TELLING if (named := p.name_among(known)) is not None]
    left = [f"{named} is {known[named]:g}" for named in told if abs(known[named] - _QUICK[named]) < 0.001]
    if len(left) < 2:
        return None
    words = f"it is set for an emergency, as a flight may have left it that could not be ended: {', '.join(left)}"
    return doubt(name, words, "if you did not set it so, set it back with your ground station: every landing is as hard as that")


class Emergency:
    """The measures, each written to the connection at once, without waiting for an answer; and the way back, on the ground."""

    def __init__(self, link: VehicleLink, before: dict[str, float] | None = None) -> None:
        """Read what will have to be restored, unless it is known. It takes some seconds where a parameter is unknown."""
        self._link = link
        if before is None:
            before = read_landing(link)
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
                self._set(name, _QUICK[name])

    def end(self) -> tuple[str, ...]:
        """Put everything back as it was before the flight, all that can be; return the names of what could not, as for silence."""
        left = []
        if self._source != PLACE_AND_SPEED:
            command = mavlink.MAV_CMD_SET_EKF_SOURCE_SET
            try:
                self._link.command(command, PLACE_AND_SPEED, what="the return to all of the external navigation")
            except VehicleError:
                left.append("the EKF source set")
        for name, value in self.before.items() if self._is_quick else ():
            try:
                self._restore(name, value)
            except VehicleError:
                left.append(name)
        return tuple(left)

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
