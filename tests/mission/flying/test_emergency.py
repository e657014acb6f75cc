"""What an emergency sets on the autopilot: under the names of each version, and put back, whatever of it can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.failure_flight import Hall, KilledError, fly
from mission.flying.checks import Verdict
from mission.flying.emergency import QUICK_DESCENT, Emergency, judge_landing, read_landing
from mission.flying.link import VehicleLink
from mission.flying.scan import flight_log
from mission.flying.under_way import flight_under_way
from sitl.lockstep import LockstepVehicle
from sitl.session import home_of_pad

BEFORE = {"LAND_ALT_LOW": 1000.0, "LAND_SPEED_HIGH": 0.0, "WPNAV_SPEED_DN": 50.0, "LAND_SPEED": 50.0}
NEWER = {
    "LAND_ALT_LOW": "LAND_ALT_LOW_M",
    "LAND_SPEED_HIGH": "LAND_SPD_HIGH_MS",
    "WPNAV_SPEED_DN": "WP_SPD_DN",
    "LAND_SPEED": "LAND_SPD_MS",
}


@pytest.fixture
def vehicle(drawn: Hall) -> LockstepVehicle:
    return LockstepVehicle(home_of_pad(drawn.site, drawn.plan.sorties[0].home_pad), seed=5)


def rename(vehicle: LockstepVehicle) -> None:
    """Have the vehicle know its landing by the names, and in the metres, of the release of ArduCopter 4.7."""
    parameters: Any = vehicle.parameters
    for old, new in NEWER.items():
        parameters._types[new] = 9
        parameters._values[new] = parameters._values.pop(old) * 0.01
    parameters.names = tuple(parameters._values)


def deaf_to(vehicle: LockstepVehicle, name: str, is_deaf: Callable[[], bool]) -> None:
    """Have the vehicle leave a parameter as it is for as long as `is_deaf`."""
    parameters: Any = vehicle.parameters
    write = parameters.set
    parameters.set = lambda asked, value: parameters[asked] if asked == name and is_deaf() else write(asked, value)


def test_a_quick_descent_is_set_in_metres_where_the_vehicle_names_it_so(vehicle: LockstepVehicle, tmp_path: Path) -> None:
    rename(vehicle)
    with VehicleLink(vehicle.connect(), tmp_path / "flight.tlog") as link:
        link.meet()
        emergency = Emergency(link)
        assert emergency.before == pytest.approx({NEWER[name]: value * 0.01 for name, value in BEFORE.items()})
        emergency.come_down_quickly()
        emergency.repeat()
        vehicle.run_until(lambda: False, 0.1)
        set_to = {name: vehicle.parameters[name] for name in NEWER.values()}
        assert set_to == pytest.approx({"LAND_ALT_LOW_M": 1.0, "LAND_SPD_HIGH_MS": 1.5, "WP_SPD_DN": 1.5, "LAND_SPD_MS": 0.75})
        assert emergency.end() == ()
        assert {name: vehicle.parameters[name] for name in NEWER.values()} == pytest.approx(emergency.before)


def test_what_can_be_put_back_is_and_what_cannot_is_put_back_by_the_next_start(hall: Hall, vehicle: LockstepVehicle) -> None:
    def lose_the_position() -> None:
        is_lost = vehicle.autopilot.trigger.n_photos >= 5
        vehicle.parameters.set("SIM_VICON_FAIL", float(is_lost and vehicle.autopilot.is_armed))

    vehicle.on_step.append(lose_the_position)
    deaf_to(vehicle, "LAND_SPEED_HIGH", lambda: vehicle.autopilot.trigger.n_photos >= 5 and not vehicle.autopilot.is_armed)
    said = fly(hall, vehicle.connect())
    assert "it still lands as in an emergency: LAND_SPEED_HIGH could not be put back" in said
    assert {name: vehicle.parameters[name] for name in BEFORE} == BEFORE | {"LAND_SPEED_HIGH": 150.0}
    (flight,) = flight_log(hall.run, "01").flights
    assert flight.left_behind == ("LAND_SPEED_HIGH",)
    under_way = flight_under_way(hall.run, "01")
    assert under_way is not None
    assert under_way.landing_parameters == BEFORE

    again = LockstepVehicle(home_of_pad(hall.site, hall.plan.sorties[0].home_pad), parameters={"LAND_SPEED_HIGH": 150.0})

    def kill() -> None:
        if again.autopilot.is_armed:
            raise KilledError

    again.on_step.append(kill)
    with pytest.raises(KilledError):
        fly(hall, again.connect())
    assert {name: again.parameters[name] for name in BEFORE} == BEFORE


def test_a_vehicle_that_cannot_come_down_quickly_stays_on_the_ground_or_is_told_of(
    vehicle: LockstepVehicle, tmp_path: Path
) -> None:
    with VehicleLink(vehicle.connect(), tmp_path / "flight.tlog") as link:
        link.meet()
        assert read_landing(link) == BEFORE
    assert judge_landing(BEFORE) is None
    none, some = judge_landing({}), judge_landing({name: value for name, value in BEFORE.items() if name != "LAND_ALT_LOW"})
    assert none is not None
    assert (none.verdict, none.name) == (Verdict.BAD, "emergency landing")
    assert some is not None
    assert some.verdict is Verdict.DOUBT
    assert some.words.endswith("the vehicle knows no LAND_ALT_LOW")


def test_a_landing_that_an_earlier_emergency_left_quick_is_told_of() -> None:
    left = judge_landing({p.name: p.value for p in QUICK_DESCENT})
    assert left is not None
    assert left.verdict is Verdict.DOUBT
    assert left.words.endswith("LAND_ALT_LOW is 100, LAND_SPEED_HIGH is 150, LAND_SPEED is 75")
    assert judge_landing(BEFORE | {"WPNAV_SPEED_DN": 150.0, "LAND_SPEED_HIGH": 150.0}) is None  # as many have it
