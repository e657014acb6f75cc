"""The autopilot parameters that an aisle flight without GPS depends on, each with what goes wrong without it.

Values and reasons were measured on ArduCopter 4.7; names differ between versions, so a name that the vehicle does not know is
reported, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from mission.flying.link import COMPONENT, VehicleLink
from mission.planning.autopilot import ACCELERATION_MPS2, ACCELERATION_Z_MPS2, JERK_MPS3, RADIUS_M
from warehouse.errors import VehicleError


@dataclass(frozen=True, slots=True, kw_only=True)
class IndoorParameter:
    """One parameter and the value that an aisle flight needs."""

    name: str
    value: float
    reason: str
    """What happens otherwise, in words for a clerk."""
    is_mask: bool = False
    """Whether at least these bits must be set, rather than exactly this value."""
    or_else: float | None = None
    """Another value that will do."""

    def is_met_by(self, value: float) -> bool:
        """Return whether `value` will do."""
        if self.is_mask:
            return int(value) & int(self.value) == int(self.value)
        return abs(value - self.value) < 1e-6 or (self.or_else is not None and abs(value - self.or_else) < 1e-6)


INDOOR_PARAMETERS: tuple[IndoorParameter, ...] = (
    IndoorParameter(name="EK3_SRC1_POSXY", value=6, reason="the position must come from the external navigation, not from GPS"),
    IndoorParameter(name="EK3_SRC1_VELXY", value=6, reason="the speed must come from the external navigation, not from GPS"),
    IndoorParameter(name="EK3_SRC1_YAW", value=6, reason="racks disturb the compass: the heading must come from outside"),
    IndoorParameter(name="EK3_SRC2_POSXY", value=0, reason="when the position jumps, this second set must heed the speed alone"),
    IndoorParameter(name="EK3_SRC2_VELXY", value=6, reason="as above: without it the drone follows a jump of its position"),
    IndoorParameter(name="EK3_SRC2_YAW", value=6, reason="as above: without it the heading is lost when the position jumps"),
    IndoorParameter(
        name="AUTO_OPTIONS", value=7, is_mask=True, reason="without it the drone does not take off by itself, or spins"
    ),
    IndoorParameter(name="WP_YAW_BEHAVIOR", value=0, reason="otherwise the nose turns along the path and the camera off the rack"),
    IndoorParameter(name="WPNAV_RADIUS", value=100 * RADIUS_M, reason="corners would be cut by as much, and lanes end sooner"),
    IndoorParameter(
        name="WPNAV_ACCEL", value=100 * ACCELERATION_MPS2, reason="the drone would tilt its camera more than planned, or be late"
    ),
    IndoorParameter(name="WPNAV_ACCEL_Z", value=100 * ACCELERATION_Z_MPS2, reason="climbs would take another time than planned"),
    IndoorParameter(name="WPNAV_JERK", value=JERK_MPS3, reason="the drone would be later than planned, or be shaken"),
    IndoorParameter(name="LAND_REPOSITION", value=0, reason="otherwise absent sticks push the drone sideways while it lands"),
    IndoorParameter(name="FS_EKF_ACTION", value=1, reason="when the position is lost the drone must land, not hold or fly on"),
    IndoorParameter(name="FS_GCS_ENABLE", value=5, reason="when this program or the radio dies the drone must land where it is"),
    IndoorParameter(
        name="FS_THR_ENABLE",
        value=0,
        or_else=3,
        reason="when the remote control is lost the drone must not fly home through a rack",
    ),
    IndoorParameter(
        name="BATT_FS_LOW_ACT", value=0, or_else=1, reason="at a low battery the drone must not fly home through a rack"
    ),
    IndoorParameter(name="BATT_FS_CRT_ACT", value=1, reason="at an empty battery the drone must land where it is"),
    IndoorParameter(name="FENCE_ENABLE", value=1, reason="without its fence nothing keeps a straying drone off the racks"),
    IndoorParameter(name="FENCE_TYPE", value=4, is_mask=True, reason="the fence must heed the outline that is uploaded"),
    IndoorParameter(name="FENCE_ACTION", value=2, reason="at the fence the drone must land, not fly home through a rack"),
    IndoorParameter(name="MIS_RESTART", value=0, reason="otherwise a pause starts the whole scan again"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterDifference:
    """A parameter that is not as an aisle flight needs it."""

    parameter: IndoorParameter
    actual: float | None
    """None: the vehicle knows no parameter of that name."""

    def __str__(self) -> str:
        """Return one line for people."""
        has = "is unknown to the vehicle" if self.actual is None else f"is {self.actual:g}"
        return f"{self.parameter.name} {has}, needed {self.parameter.value:g}: {self.parameter.reason}"


def differences(link: VehicleLink) -> list[ParameterDifference]:
    """Return which indoor parameters are not as needed. Asks for each; a name that stays unanswered is unknown."""
    found = []
    for parameter in INDOOR_PARAMETERS:
        actual = read_parameter(link, parameter.name)
        if actual is None or not parameter.is_met_by(actual):
            found.append(ParameterDifference(parameter=parameter, actual=actual))
    return found


def read_parameter(link: VehicleLink, name: str) -> float | None:
    """Return the value the vehicle holds, or None when it does not answer to that name within 3 s."""
    known = link.state.parameters.get(name)
    if known is not None:
        return known
    try:
        link.wait_for(
            f"parameter {name} (PARAM_VALUE)",
            lambda: name in link.state.parameters,
            3.0,
            every_s=1.0,
            again=lambda: link.send(link.encode.param_request_read_encode(0, COMPONENT, name.encode(), -1)),
        )
    except VehicleError:
        link.check_alive(f"parameter {name} (PARAM_VALUE)")
        return None
    return link.state.parameters[name]


def refuse_differences(found: list[ParameterDifference]) -> None:
    """Raise VehicleError listing the differences, if there are any."""
    if found:
        lines = "\n".join(f"  {difference}" for difference in found)
        raise VehicleError(
            f"the autopilot is not set up for flying indoors ({len(found)} parameter(s)):\n{lines}",
            remedy="set them with QGroundControl or Mission Planner, restart the autopilot, try again",
        )
