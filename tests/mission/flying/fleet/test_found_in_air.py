"""A program that was killed with a drone in the air is started again, with another drone that is to cross its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.failure_flight import Hall, KilledError
from benchmarks.fleet_flight import make_crossing_hall
from benchmarks.fleet_hall import nearest_m, on_pad, place_m
from mission.flying.fleet.airspace import Airspace
from mission.flying.fleet.crew import Crew
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.fleet.right_of_way import RightOfWay
from mission.flying.fleet.verdict import FleetError
from mission.flying.flight import FlightOutcome
from mission.flying.operator import Operator
from mission.flying.orders import Order
from mission.flying.scan import NextFlight, flight_log, next_flight, note_outcome
from mission.flying.under_way import UnderWay, begin_flight, flight_under_way
from mission.flying.watch import Ending
from mission.planning.mission_items import mission_items
from sitl.lockstep import LockstepTransport, LockstepVehicle
from sitl.lockstep_fleet import FleetTransport, LockstepFleet
from warehouse.errors import VehicleError


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    """Drone 1 flies half of A01; drone 2 half of A02, and then the other half of A01."""
    hall = make_crossing_hall(tmp_path / "hall", bays=1)
    return Hall(site=hall.site, plan=replace(hall.plan, sorties=hall.plan.sorties[:2]), run=hall.run)


class CalledHome(Operator):
    """Orders the drone home after some photos."""

    def __init__(self, hall: Hall, vehicle: LockstepVehicle) -> None:
        super().__init__()
        self._hall, self._vehicle = hall, vehicle
        self._orders = [Order.HOME]

    def next_order(self) -> tuple[Order, float] | None:
        is_time = self._vehicle.autopilot.trigger.n_photos >= 6
        return (self._orders.pop(), 0.0) if self._orders and is_time else None

    def is_on_its_way(self) -> bool:
        if self._orders or self._vehicle.autopilot.mode != 3 or self._vehicle.autopilot.auto.index < 2:
            return False
        under_way = flight_under_way(self._hall.run, "01")
        return under_way is not None and under_way.home is not None


def killed(hall: Hall, vehicle: LockstepVehicle, *, is_time: Callable[[], bool], operator: Operator | None = None) -> None:
    """Fly drone 1 alone, with a program that is killed in the air."""

    def kill() -> None:
        if is_time():
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
    killed(hall, vehicles[0], is_time=lambda: vehicles[0].autopilot.trigger.n_photos >= 4)
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
    called = CalledHome(hall, vehicles[0])
    killed(hall, vehicles[0], is_time=called.is_on_its_way, operator=called)
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


def note_lost(hall: Hall) -> None:
    """Write down that drone 1 was lost when it had flown every lane."""
    lanes = hall.plan.sorties[0].lanes
    lost = FlightOutcome(
        sortie="01",
        boot=1,
        ending=Ending.LINK_LOST,
        reason="the vehicle stopped talking",
        last_item=9,
        locations_flown=tuple(code for lane in lanes for code in lane.must_see),
        n_photos=9,
        n_unpaired_photos=0,
        flight_s=60.0,
        started_at="2026-11-27T08:00:00Z",
        autopilot_version="4.7",
    )
    note_outcome(hall.run, lost)
    assert next_flight(hall.run, hall.site, hall.plan.sorties[0]) is None


def lost_after_the_last_lane(hall: Hall, vehicle: LockstepVehicle) -> None:
    n_items = len(mission_items(hall.site, hall.plan.sorties[0]))
    killed(hall, vehicle, is_time=lambda: vehicle.autopilot.auto.index >= n_items - 1)
    note_lost(hall)


def fly_first(hall: Hall, vehicle: LockstepVehicle) -> list[FlightOutcome]:
    @contextmanager
    def here(_: NextFlight) -> Iterator[LockstepTransport]:
        yield vehicle.connect()

    return fly_plan(hall.run, hall.site, replace(hall.plan, sorties=hall.plan.sorties[:1], n_drones=1), here)


def test_a_drone_that_flies_home_after_its_last_lane_is_followed_there(hall: Hall) -> None:
    vehicle = on_pad(hall.site, "pad 1", seed=1)
    lost_after_the_last_lane(hall, vehicle)
    (outcome,) = fly_first(hall, vehicle)
    assert (outcome.ending, outcome.boot) == (Ending.COMPLETED, 1)
    assert flight_log(hall.run, "01").flights[1:] == (outcome,)
    assert flight_under_way(hall.run, "01") is None
    assert fly_first(hall, vehicle) == []


def test_one_that_has_landed_meanwhile_gets_its_parameters_back_and_stays_on_the_ground(hall: Hall) -> None:
    vehicle = on_pad(hall.site, "pad 1", seed=1)
    lost_after_the_last_lane(hall, vehicle)
    vehicle.run_until(lambda: not vehicle.autopilot.is_armed, 60.0)
    vehicle.parameters.set("LAND_SPEED", 75.0)
    vehicle.autopilot.source_set = 2
    was_armed = list[bool]()
    vehicle.on_step.append(lambda: was_armed.append(vehicle.autopilot.is_armed))
    assert fly_first(hall, vehicle) == []
    assert (vehicle.parameters["LAND_SPEED"], vehicle.autopilot.source_set) == (50.0, 1)
    assert flight_under_way(hall.run, "01") is None
    assert not any(was_armed)


def test_nobody_waits_for_ever_for_a_drone_that_is_not_heard_any_more(hall: Hall) -> None:
    first, second = hall.plan.sorties
    note_lost(hall)
    begin_flight(hall.run, UnderWay(boot=1, sortie=first, landing_parameters={}))

    @contextmanager
    def nobody(_: NextFlight) -> Iterator[LockstepTransport]:
        raise VehicleError("no drone speaks there")
        yield

    airspace = Airspace(hall.site)
    crew = Crew(
        run=hall.run,
        site=hall.site,
        sorties=[first],
        right_of_way=RightOfWay(airspace, 1, 2),
        vehicle_at=nobody,
        report=None,
        operator=Operator(),
        heeds_glides=True,
        go_on_after=None,
        stop=None,
        camera=None,
    )
    crew.announce()
    airspace.get_ready(2, second)
    assert airspace.may_take_off(2).wait == "drone 1 may be in the air and is being looked for"
    crew.fly_alone()
    assert "no drone speaks there" in str(crew.fault)
    assert airspace.may_take_off(2).closed == "drone 1 may be in the air on sortie 01, out of reach"
