"""A program that was killed with a drone in the air is started again, with another drone that is to cross its way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.failure_flight import Hall, KilledError
from benchmarks.fleet_flight import make_crossing_hall
from benchmarks.fleet_hall import nearest_m, on_pad, place_m
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.fleet.verdict import FleetError
from mission.flying.operator import Operator
from mission.flying.orders import Order
from mission.flying.scan import NextFlight, flight_log
from mission.flying.under_way import flight_under_way
from mission.flying.watch import Ending
from sitl.lockstep import LockstepTransport, LockstepVehicle
from sitl.lockstep_fleet import FleetTransport, LockstepFleet


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    """Drone 1 flies half of A01; drone 2 half of A02, and then the other half of A01."""
    hall = make_crossing_hall(tmp_path / "hall", bays=1)
    return Hall(site=hall.site, plan=replace(hall.plan, sorties=hall.plan.sorties[:2]), run=hall.run)


class CalledHome(Operator):
    """Orders the drone home after some photos, and kills the program on that way."""

    def __init__(self, hall: Hall, vehicle: LockstepVehicle) -> None:
        super().__init__()
        self._hall, self._vehicle = hall, vehicle
        self._orders = [Order.HOME]

    def next_order(self) -> tuple[Order, float] | None:
        is_time = self._vehicle.autopilot.trigger.n_photos >= 6
        return (self._orders.pop(), 0.0) if self._orders and is_time else None

    def step(self) -> None:
        if not self._orders and self._vehicle.autopilot.mode == 3 and self._vehicle.autopilot.auto.index > 1:
            under_way = flight_under_way(self._hall.run, "01")
            if under_way is not None and under_way.home is not None:
                raise KilledError


def killed(hall: Hall, vehicle: LockstepVehicle, operator: Operator | None = None, *, n_photos: int = 4) -> None:
    """Fly drone 1 alone, with a program that is killed in the air."""

    def kill() -> None:
        if isinstance(operator, CalledHome):
            operator.step()
        elif vehicle.autopilot.trigger.n_photos >= n_photos:
            raise KilledError

    @contextmanager
    def here(_: NextFlight) -> Iterator[LockstepTransport]:
        transport = vehicle.connect()
        yield transport
        transport.close()

    vehicle.on_step.append(kill)
    with pytest.raises(KilledError):
        fly_plan(hall.run, hall.site, replace(hall.plan, sorties=hall.plan.sorties[:1], n_drones=1), here, operator=operator)
    vehicle.on_step.remove(kill)
    assert vehicle.autopilot.is_armed


def fly_both(hall: Hall, vehicles: list[LockstepVehicle]) -> str:
    """Give the same command again; return what is said at its end."""
    fleet = LockstepFleet(vehicles)

    @contextmanager
    def at(todo: NextFlight) -> Iterator[FleetTransport]:
        yield fleet.connect(todo.sortie.drone - 1)

    try:
        fly_plan(hall.run, hall.site, hall.plan, at)
    except FleetError as error:
        return error.what
    return "completed"


def test_nobody_flies_where_a_drone_may_be_that_cannot_be_taken_up_with(hall: Hall) -> None:
    vehicles = [on_pad(hall.site, f"pad {number}", seed=number) for number in (1, 2)]
    killed(hall, vehicles[0])
    items = vehicles[0].autopilot.mission.items
    items[-1] = replace(items[-1], command=20)
    was_armed = list[bool]()
    vehicles[1].on_step.append(lambda: was_armed.append(vehicles[1].autopilot.is_armed))
    said = fly_both(hall, vehicles)
    assert "drone 1: the vehicle is armed already, and does not fly sortie 01" in said
    assert "drone 2: not flown: drone 1 may be in the air on sortie 01, out of reach" in said
    assert not any(was_armed)


def test_a_drone_on_its_way_home_is_followed_there_and_the_other_flies_past_it(hall: Hall) -> None:
    vehicles = [on_pad(hall.site, f"pad {number}", seed=number) for number in (1, 2)]
    killed(hall, vehicles[0], CalledHome(hall, vehicles[0]))
    apart_m = list[float]()

    def look() -> None:
        if round(vehicles[0].time_s * 100) % 20 == 0:
            places = [place_m(hall.site, f"pad {i}", v) for i, v in enumerate(vehicles, start=1)]
            apart_m.append(nearest_m(places) or 0.0)

    vehicles[0].on_step.append(look)
    said = fly_both(hall, vehicles)
    assert "drone 1: sortie 01 is not complete: the drone came home and landed on its pad on the operator's word" in said
    (first,), (second,) = (flight_log(hall.run, name).flights for name in ("01", "02"))
    assert (first.ending, first.boot, second.ending) == (Ending.OPERATOR, 1, Ending.COMPLETED)
    assert first.locations_flown == ()
    assert min(apart_m) > 2 * hall.site.drone.radius_m + hall.site.drone.clearance_m
    assert flight_under_way(hall.run, "01") is None
