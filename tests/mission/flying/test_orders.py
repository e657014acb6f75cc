"""Hold, go on, land here, come home: ordered in the middle of a lane, answered, recorded, and ended on the ground."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymavlink import mavutil

from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.flight import FlightOutcome, FlightProgress
from mission.flying.operator import Operator
from mission.flying.orders import Order, OrderRecord
from mission.flying.scan import NextFlight, flight_log
from mission.flying.vehicle_state import Mode
from mission.flying.watch import Ending
from mission.planning.obstacles import ObstacleField, obstacles_of
from mission.records import ScanPlan
from sitl.copter.announcements import heartbeat
from sitl.copter.modes import Mode as CopterMode
from sitl.lockstep import LockstepTransport, LockstepVehicle
from sitl.session import home_of_pad
from tests.mission.flying.pilot import LANE, vehicle_on_pad
from tests.mission.flying.test_preflight import KINDS, at
from warehouse.coordinates import ned_from_latlon_1e7, site_from_ned
from warehouse.errors import VehicleError
from warehouse.run_folder import RunFolder
from warehouse.site import Site

SLOW = 6.0
"""Keys are pressed by what is shown five times a second of wall time."""
NEVER = {Mode.RTL, Mode.LOITER, Mode.ALT_HOLD, Mode.POSHOLD, Mode.SMART_RTL}


class Keyboard(Operator):
    """Presses a key when its turn has come, judged by what is shown of the flight."""

    def __init__(self, *presses: tuple[Order, Callable[[FlightProgress], bool]]) -> None:
        super().__init__()
        self._presses, self._due = list(presses), list[tuple[Order, float]]()
        self.shown: list[FlightProgress] = []
        self.answers: list[OrderRecord] = []

    def show(self, progress: FlightProgress) -> None:
        self.shown.append(progress)
        if self._presses and self._presses[0][1](progress):
            self._due.append((self._presses.pop(0)[0], time.monotonic()))

    def next_order(self) -> tuple[Order, float] | None:
        return self._due.pop(0) if self._due else None

    def answered(self, record: OrderRecord) -> None:
        self.answers.append(record)


def photos(n: int) -> Callable[[FlightProgress], bool]:
    return lambda progress: progress.n_photos >= n


def when_still(progress: FlightProgress) -> bool:
    return progress.phase == "held" and progress.view is not None and (progress.view.speed_mps or 1.0) < 0.1


def the_flight(run: RunFolder) -> FlightOutcome:
    (outcome,) = flight_log(run, "01").flights
    return outcome


def recorded(run: RunFolder) -> list[Any]:
    recording = mavutil.mavlink_connection(str(run.telemetry_path("01")))
    messages = []
    while (message := recording.recv_match()) is not None:
        messages.append(message)
    return messages


def places_m(site: Site, messages: list[Any]) -> np.ndarray[Any, Any]:
    """Return where the vehicle was, site frame, in the air."""
    anchor = site.layout.anchor
    found = []
    for m in messages:
        if m.get_type() == "GLOBAL_POSITION_INT" and m.relative_alt > 300 and m.lat:
            north, east = ned_from_latlon_1e7(anchor, (m.lat, m.lon))
            found.append(site_from_ned(anchor, (float(north), float(east), -m.relative_alt / 1000)))
    return np.array(found)


@pytest.mark.parametrize("kind", KINDS)
def test_held_then_going_on_then_home_along_the_aisle(
    kind: str, run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    keyboard = Keyboard((Order.HOLD, photos(6)), (Order.GO_ON, when_still), (Order.HOLD, photos(12)), (Order.HOME, when_still))
    with (
        vehicle_on_pad(kind, site, tmp_path, SLOW) as vehicle,
        pytest.raises(VehicleError, match="the drone came home and landed on its pad on the operator's word"),
    ):
        fly_plan(run, site, plan, at(vehicle.endpoint), keyboard.show, operator=keyboard)
    outcome = the_flight(run)
    assert (outcome.ending, outcome.trouble, outcome.locations_flown) == (Ending.OPERATOR, "", ())
    given = [Order.HOLD, Order.GO_ON, Order.HOLD, Order.HOME]
    assert [(r.order, r.result) for r in outcome.orders] == [(order, "accepted") for order in given]
    assert all(r.sent_ms < 100 and (r.answered_ms or 1e9) < 500 for r in outcome.orders)
    assert [r.order for r in keyboard.answers] == [order for order in given for _ in range(2)]

    messages = recorded(run)
    modes = {m.custom_mode for m in messages if m.get_type() == "HEARTBEAT" and m.get_srcSystem() == 1}
    assert not modes & NEVER
    commanded = {int(m.param2) for m in messages if m.get_type() == "COMMAND_LONG" and m.command == 176}
    assert not commanded & NEVER
    path = places_m(site, messages)
    near = ObstacleField(obstacles_of(site.layout)).distances_m(path[:-1], path[1:]).min()
    assert near > site.drone.radius_m + site.drone.clearance_m - 0.15
    assert math.dist(path[-1][:2], site.layout.home_pads[0].position_m) < 0.2

    phases = list(dict.fromkeys(p.phase for p in keyboard.shown))
    assert phases[-3:] == ["flying", "held", "coming home"]
    views = [p.view for p in keyboard.shown if p.view is not None]
    on_lane = [v for v in views if v.lane == 1 and (v.speed_mps or 0.0) > 0.9]
    assert on_lane
    for view in on_lane:
        assert view.n_bins_planned == len(LANE)
        assert abs(view.height_error_m or 0.0) < 0.15
        assert view.rack_m == pytest.approx(view.rack_planned_m, abs=0.15)
        assert view.is_position_good
    assert [v.n_bins for v in views] == sorted(v.n_bins for v in views)
    assert 0 < views[-1].n_bins < len(LANE)
    assert views[-1].left_s < on_lane[0].left_s


@pytest.mark.parametrize("kind", KINDS[1:])  # of the built-in copter: tests/end_to_end/test_terminal.py
def test_land_here_lands_here(kind: str, run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path) -> None:
    keyboard = Keyboard((Order.LAND, photos(6)))
    with (
        vehicle_on_pad(kind, site, tmp_path, SLOW) as vehicle,
        pytest.raises(VehicleError, match="the operator ordered a landing; the drone landed where it was"),
    ):
        fly_plan(run, site, plan, at(vehicle.endpoint), keyboard.show, operator=keyboard)
    (record,) = the_flight(run).orders
    assert (record.order, record.result) == (Order.LAND, "accepted")
    assert record.sent_ms < 100


class CalledHome(Operator):
    """Orders the drone home after six photos; the moment it stops for that, its navigation sensor dies."""

    def __init__(self, vehicle: LockstepVehicle) -> None:
        super().__init__()
        self._vehicle = vehicle
        self._is_called = False
        self.failed_s = self.landing_s = math.inf

    def next_order(self) -> tuple[Order, float] | None:
        if self._is_called or self._vehicle.autopilot.trigger.n_photos < 6:
            return None
        self._is_called = True
        return Order.HOME, time.monotonic()

    def step(self) -> None:
        mode, now = self._vehicle.autopilot.mode, self._vehicle.time_s
        if self._is_called and mode is CopterMode.GUIDED and now < self.failed_s:
            self.failed_s = now
            self._vehicle.parameters.set("SIM_VICON_FAIL", 1.0)
        if mode is CopterMode.LAND:
            self.landing_s = min(self.landing_s, now)


def test_what_is_found_while_the_way_home_is_prepared_is_acted_on_at_once(run: RunFolder, site: Site, plan: ScanPlan) -> None:
    vehicle = LockstepVehicle(home_of_pad(site, plan.sorties[0].home_pad), seed=3)
    operator = CalledHome(vehicle)
    vehicle.on_step.append(operator.step)

    @contextmanager
    def here(_: NextFlight) -> Iterator[LockstepTransport]:
        yield vehicle.connect()

    with pytest.raises(VehicleError, match=r"the position was lost: .*; the drone landed where it was"):
        fly_plan(run, site, plan, here, operator=operator)
    assert operator.landing_s - operator.failed_s < 1.0
    assert (the_flight(run).ending, the_flight(run).trouble) == (Ending.LANDED_EARLY, "position_lost")


class DisarmedOnTheWay(Operator):
    """Orders the drone home after six photos; on that way, as it flies fast enough, the autopilot takes it for crashed."""

    def __init__(self, vehicle: LockstepVehicle) -> None:
        super().__init__()
        self._vehicle = vehicle
        self._is_called = self._is_homeward = False
        vehicle.on_step.append(self._step)

    def next_order(self) -> tuple[Order, float] | None:
        if self._is_called or self._vehicle.autopilot.trigger.n_photos < 6:
            return None
        self._is_called = True
        return Order.HOME, time.monotonic()

    def _step(self) -> None:
        autopilot = self._vehicle.autopilot
        self._is_homeward |= self._is_called and autopilot.mode is CopterMode.GUIDED
        if self._is_homeward and autopilot.mode is CopterMode.AUTO and autopilot.is_armed and autopilot.auto.index >= 3:
            autopilot.say(2, "Crash: Disarming: AngErr=43>30, Accel=0.4<3.0")
            autopilot.disarm(is_forced=True)
            autopilot.broadcast(heartbeat(autopilot))


def test_a_drone_that_is_disarmed_on_its_way_home_is_not_on_its_pad(run: RunFolder, site: Site, plan: ScanPlan) -> None:
    vehicle = LockstepVehicle(home_of_pad(site, plan.sorties[0].home_pad), seed=3)
    operator = DisarmedOnTheWay(vehicle)

    @contextmanager
    def here(_: NextFlight) -> Iterator[LockstepTransport]:
        yield vehicle.connect()

    with pytest.raises(VehicleError, match=r"the autopilot disarmed on the way home: .*Crash: Disarming: AngErr=43>30"):
        fly_plan(run, site, plan, here, operator=operator)
    assert the_flight(run).ending is Ending.AUTOPILOT_FAILSAFE
