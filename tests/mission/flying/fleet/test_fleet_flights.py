"""Three drones at once, in lock step: one waits for another that is late, one fails, and nobody else is touched by it."""

from __future__ import annotations

import math
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymavlink import mavutil

import mission.flying.orders as flying_orders
from benchmarks.failure_flight import Hall
from benchmarks.fleet_flight import make_crossing_hall
from benchmarks.fleet_hall import make_fleet_hall, nearest_m, on_pad, place_m
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.fleet.verdict import FleetError
from mission.flying.operator import Operator
from mission.flying.orders import Order, OrderRecord
from mission.flying.scan import NextFlight, flight_log, next_flight
from mission.flying.watch import Ending
from mission.planning.route import route_sortie
from mission.records import ScanPlan
from sitl.lockstep import LockstepVehicle
from sitl.lockstep_fleet import FleetTransport, LockstepFleet
from warehouse.errors import ExitCode
from warehouse.poses import FrameRecord

mavlink = mavutil.mavlink

HELD_S = 20.0


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    return make_fleet_hall(tmp_path_factory.mktemp("hall"), bays=1)


def plan_of(hall: Hall) -> ScanPlan:
    """Drone 1 flies half of aisle A01, drone 2 aisle A02 and then the other half of A01, drone 3 aisle A03."""
    one, two, three = hall.plan.sorties
    mine = replace(route_sortie(hall.site, "01", one.lanes[:1]), drone=1)
    theirs = replace(route_sortie(hall.site, "02", [*two.lanes[:1], *one.lanes[1:]], pad="pad 2"), drone=2)
    return replace(hall.plan, sorties=(mine, theirs, three))


class Holder(Operator):
    """Holds drone 1 for a while once it has taken some photos."""

    def __init__(self, vehicle: LockstepVehicle) -> None:
        super().__init__()
        self._vehicle, self._until_s = vehicle, math.inf
        self._left = [Order.HOLD, Order.GO_ON]

    def of_drone(self, number: int) -> Operator:
        return self if number == 1 else Operator()

    def next_order(self) -> tuple[Order, float] | None:
        is_time = self._vehicle.autopilot.trigger.n_photos >= 4 if len(self._left) == 2 else self._vehicle.time_s > self._until_s
        return (self._left.pop(0), 0.0) if self._left and is_time else None

    def answered(self, record: OrderRecord) -> None:
        if record.order is Order.HOLD and record.result:
            self._until_s = self._vehicle.time_s + HELD_S


def test_one_waits_for_another_that_is_late_one_lands_in_trouble_and_what_is_left_is_told(hall: Hall) -> None:
    plan = plan_of(hall)
    vehicles = [on_pad(hall.site, f"pad {number}", seed=number) for number in (1, 2, 3)]
    fleet = LockstepFleet(vehicles)
    third = vehicles[2]
    third.on_step.append(lambda: third.parameters.set("SIM_VICON_FAIL", float(third.autopilot.trigger.n_photos >= 5)))
    apart_m = list[float]()

    def look() -> None:
        if round(third.time_s * 100) % 20 == 0:
            places = [place_m(hall.site, f"pad {i}", v) for i, v in enumerate(vehicles, start=1)]
            apart_m.append(nearest_m(places) or 0.0)

    third.on_step.append(look)

    @contextmanager
    def at(todo: NextFlight) -> Iterator[FleetTransport]:
        yield fleet.connect(todo.sortie.drone - 1)

    with pytest.raises(FleetError) as told:
        fly_plan(hall.run, hall.site, plan, at, operator=Holder(vehicles[0]))
    first_line, fault, left = told.value.what.splitlines()
    assert told.value.exit_code == ExitCode.VEHICLE
    assert first_line == "2 of 3 drones flew all that was theirs."
    assert fault.startswith("  drone 3: sortie 03 is not complete: the position was lost")
    assert left == "  Left for the next start: 6 location(s) in aisle A03 (sortie 03)."
    assert told.value.remedy.startswith("drone 3: see to the drone and put it back on its pad")
    assert min(apart_m) > 2.0

    flights = [flight for name in ("01", "02", "03") for flight in flight_log(hall.run, name).flights]
    assert [(f.drone, f.ending) for f in flights] == [(1, Ending.COMPLETED), (2, Ending.COMPLETED), (3, Ending.LANDED_EARLY)]
    assert [[(o.order, o.is_by_rule) for o in f.orders] for f in flights] == [
        [(Order.HOLD, False), (Order.GO_ON, False)],
        [(Order.HOLD, True), (Order.GO_ON, True)],
        [],
    ]
    assert flights[1].flight_s > plan.sorties[1].time_s + 5.0
    for flight in flights:  # each has its own photos and its own recording, and nothing was lost on the way
        frames = list(hall.run.read_lines(hall.run.frames_path(flight.sortie), FrameRecord))
        assert {frame.sortie for frame in frames} == {flight.sortie}
        assert len(frames) == flight.n_photos
        assert flight.n_messages > 1000
        assert flight.n_messages_lost == 0
    todo = [next_flight(hall.run, hall.site, sortie) for sortie in plan.sorties]
    assert [None if t is None else (t.sortie.drone, t.sortie.home_pad, t.boot) for t in todo] == [None, None, (3, "pad 3", 2)]


N_LOST = 7
"""More than an order is sent before nothing is expected any more of it."""


class Lossy:
    """Loses the first holds on their way to a drone, and then the answers to them, until the drone is to go on."""

    def __init__(self, link: FleetTransport) -> None:
        self._send, self._take = link.send, link.take
        self._n_lost, self._is_lossy = 0, True
        for name in ("send", "take"):
            setattr(link, name, getattr(self, name))

    def send(self, message: Any) -> None:
        if message.get_type() == "COMMAND_LONG" and message.command == mavlink.MAV_CMD_DO_PAUSE_CONTINUE:
            self._is_lossy &= message.param1 == 0.0
            self._n_lost += 1
            if self._is_lossy and self._n_lost <= N_LOST:
                return
        self._send(message)

    def take(self, timeout_s: float) -> tuple[bool, Any] | None:
        taken = self._take(timeout_s)
        if taken is None or not taken[0] or not self._is_lossy or taken[1].get_type() != "COMMAND_ACK":
            return taken
        return None if taken[1].command == mavlink.MAV_CMD_DO_PAUSE_CONTINUE else taken


def test_a_wait_that_is_never_answered_is_ordered_anew_and_so_is_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crossing = make_crossing_hall(tmp_path / "hall", bays=1)
    plan = replace(crossing.plan, sorties=crossing.plan.sorties[:2])
    vehicles = [on_pad(crossing.site, f"pad {number}", seed=number) for number in (1, 2)]
    monkeypatch.setattr(flying_orders, "time", types.SimpleNamespace(monotonic=lambda: vehicles[1].time_s))
    fleet = LockstepFleet(vehicles)

    @contextmanager
    def at(todo: NextFlight) -> Iterator[FleetTransport]:
        link = fleet.connect(todo.sortie.drone - 1)
        if todo.sortie.drone == 2:
            Lossy(link)
        yield link

    first, second = fly_plan(crossing.run, crossing.site, plan, at, operator=Holder(vehicles[0]))
    assert (first.ending, second.ending) == (Ending.COMPLETED, Ending.COMPLETED)
    *holds, last = [(order.order, order.result) for order in second.orders]
    assert holds == [(Order.HOLD, "")] * len(holds)
    assert len(holds) > 1
    assert last == (Order.GO_ON, "accepted")
