"""The autopilot parameters that an aisle flight without GPS depends on, each with what goes wrong without it.

Values and reasons were measured on ArduCopter 4.7-dev. Names differ between versions: where ArduPilot has renamed a parameter, both
names are tried, the unit with them; a name that the vehicle does not know is reported, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mission.flying.link import COMPONENT, VehicleLink
from mission.planning.autopilot import ACCELERATION_MPS2, ACCELERATION_Z_MPS2, JERK_MPS3, RADIUS_M
from warehouse.errors import VehicleError

_ANSWER_S = 3.0
"""Vehicle seconds after which a name that was asked for three times counts as unknown."""
_REAL32 = 9
"""MAV_PARAM_TYPE_REAL32, which ArduPilot takes for every parameter."""


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
    also_named: tuple[tuple[str, float], ...] = ()
    """Names of other versions of ArduCopter, each with what `value` must be multiplied by there, for its unit."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it may have."""
        return (self.name, *(name for name, _ in self.also_named))

    def name_among(self, known: Iterable[str]) -> str | None:
        """Return the name that a vehicle with these parameters has for it; None when it has none."""
        return next((name for name in self.names if name in known), None)

    def factor(self, name: str) -> float:
        """Return what `value` must be multiplied by under one of its names."""
        return dict(self.also_named).get(name, 1.0)

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
    IndoorParameter(
        name="WPNAV_RADIUS",
        value=100 * RADIUS_M,
        also_named=(("WP_RADIUS_M", 0.01),),
        reason="corners would be cut by as much, and lanes end sooner",
    ),
    IndoorParameter(
        name="WPNAV_ACCEL",
        value=100 * ACCELERATION_MPS2,
        also_named=(("WP_ACC", 0.01),),
        reason="the drone would tilt its camera more than planned, or be late",
    ),
    IndoorParameter(
        name="WPNAV_ACCEL_Z",
        value=100 * ACCELERATION_Z_MPS2,
        also_named=(("WP_ACC_Z", 0.01),),
        reason="climbs would take another time than planned",
    ),
    IndoorParameter(
        name="WPNAV_JERK",
        value=JERK_MPS3,
        also_named=(("WP_JERK", 1.0),),
        reason="the drone would be later than planned, or be shaken",
    ),
    IndoorParameter(
        name="GUID_OPTIONS", value=4, is_mask=True, reason="otherwise absent sticks turn the drone while it waits for your next key"
    ),
    IndoorParameter(name="LAND_REPOSITION", value=0, reason="otherwise absent sticks push the drone sideways while it lands"),
    IndoorParameter(name="FS_EKF_ACTION", value=1, reason="when the position is lost the drone must land, not hold or fly on"),
    IndoorParameter(name="FS_GCS_ENABLE", value=5, reason="when this program or the radio dies the drone must land where it is"),
    IndoorParameter(
        name="FS_OPTIONS",
        value=8,
        is_mask=True,
        reason="a landing must go on when the radio or this program is lost",
    ),
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
    name: str
    """As the vehicle calls it."""
    actual: float | None
    """None: the vehicle knows no parameter of that name."""

    @property
    def needed(self) -> float:
        """What it must be, in the vehicle's unit and with those bits kept that do no harm."""
        if self.parameter.is_mask and self.actual is not None:
            return float(int(self.actual) | int(self.parameter.value))
        return self.parameter.value * self.parameter.factor(self.name)

    def __str__(self) -> str:
        """Return one line for people."""
        has = "is unknown to the vehicle" if self.actual is None else f"is {self.actual:g}"
        return f"{self.name} {has}, needed {self.needed:g}: {self.parameter.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterReading:
    """The indoor set as the vehicle has it."""

    differences: tuple[ParameterDifference, ...]
    renamed: tuple[str, ...]
    """Names under which this vehicle knows parameters that others call otherwise."""

    def __str__(self) -> str:
        """Return a sentence for people."""
        n = len(INDOOR_PARAMETERS)
        other = f"; this version calls some of them {', '.join(self.renamed)}" if self.renamed else ""
        if not self.differences:
            return f"all {n} that matter are as an aisle flight needs them{other}"
        return f"{len(self.differences)} of {n} are not as an aisle flight needs them{other}"


def read_indoor_parameters(link: VehicleLink) -> ParameterReading:
    """Ask for all of them at once, under each of their names, and say which are not as needed."""
    read_parameters(link, [parameter.name for parameter in INDOOR_PARAMETERS])
    values = link.state.parameters
    elsewhere = [name for p in INDOOR_PARAMETERS if p.name not in values for name in p.names[1:]]
    read_parameters(link, elsewhere)
    return compare(values)


def compare(values: Mapping[str, float]) -> ParameterReading:
    """Return what is not as needed among the parameters (name -> value) that a vehicle knows."""
    found, renamed = [], []
    for parameter in INDOOR_PARAMETERS:
        name = next((name for name in parameter.names if name in values), parameter.name)
        renamed += [name] if name != parameter.name else []
        actual = values.get(name)
        if actual is None or not parameter.is_met_by(actual / parameter.factor(name)):
            found.append(ParameterDifference(parameter=parameter, name=name, actual=actual))
    return ParameterReading(differences=tuple(found), renamed=tuple(renamed))


def read_parameters(link: VehicleLink, names: Iterable[str]) -> None:
    """Ask the vehicle for parameters; what it does not answer to within some seconds is left out of `link.state.parameters`."""
    values = link.state.parameters
    wanted = [name for name in names if name not in values]

    def ask() -> None:
        for name in wanted:
            if name not in values:
                link.send(link.encode.param_request_read_encode(0, COMPONENT, name.encode(), -1))

    if wanted:
        what = f"{len(wanted)} parameters (PARAM_VALUE)"
        try:
            link.wait_for(what, lambda: all(name in values for name in wanted), _ANSWER_S, every_s=1.0, again=ask)
        except VehicleError:
            link.check_alive(what)


def read_parameter(link: VehicleLink, name: str) -> float | None:
    """Return the value the vehicle holds, or None when it does not answer to that name."""
    read_parameters(link, [name])
    return link.state.parameters.get(name)


def write_parameter(link: VehicleLink, name: str, value: float) -> None:
    """Set a parameter and read it back; VehicleError when the vehicle does not take it."""
    link.state.parameters.pop(name, None)
    link.wait_for(
        f"parameter {name} to be {value:g} (PARAM_VALUE)",
        lambda: abs(link.state.parameters.get(name, value + 1) - value) < 0.001,
        6.0,
        every_s=1.5,
        again=lambda: link.send(link.encode.param_set_encode(0, COMPONENT, name.encode(), value, _REAL32)),
    )


def write_differences(link: VehicleLink, differences: Iterable[ParameterDifference]) -> ParameterReading:
    """Write what is not as needed, forget what was known, read all of it back, and say what is still not as needed."""
    for difference in differences:
        if difference.actual is not None:
            write_parameter(link, difference.name, difference.needed)
    for parameter in INDOOR_PARAMETERS:
        for name in parameter.names:
            link.state.parameters.pop(name, None)
    return read_indoor_parameters(link)
