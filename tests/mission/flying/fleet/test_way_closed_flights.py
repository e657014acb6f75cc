"""One drone comes down where another must pass: in flight, on the built-in copter, and on the real one."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.failure_flight import Hall
from benchmarks.fleet_flight import Case, Seen, finish, fly_case, make_crossing_hall, not_photographed, pads_m
from mission.flying.following import FlightFollower
from mission.flying.orders import Order
from mission.flying.watch import Ending
from sitl.mishaps import MISHAPS
from warehouse.flight_sight import DronePhase, DroneSight
from warehouse.poses import FrameRecord

LAND_HERE = Case(name="land_here", where=lambda one, _: one[1] > 6.2, orders=(Order.LAND,), after_s=3.0)
"""On the way back, after the last photo of its lane."""
NO_POSITION = next(mishap for mishap in MISHAPS if mishap.name == "position_lost")
_HOME_M = 0.4


def check_first_start(hall: Hall, seen: Seen, *, left: str) -> None:
    """Drone 1 lies in A01, drone 2 stands on its pad, and all that was said and written agrees with that."""
    site, run = hall.site, hall.run
    assert seen.nearest_m > 2 * site.drone.radius_m + site.drone.clearance_m
    assert seen.rack_m > 0
    assert seen.is_armed == {1: False, 2: False}
    aisle = site.layout.aisles[0]
    x, y, z = seen.places_m[1]
    assert abs(x - aisle.start_m[0]) < 1.0
    assert aisle.start_m[1] < y < aisle.start_m[1] + aisle.length_m
    assert seen.places_m[2][:2] == pytest.approx(pads_m(hall)[2], abs=_HOME_M)
    assert max(z, seen.places_m[2][2]) < 0.1

    flights = {flight.drone: flight for flight in seen.outcomes}
    assert flights[2].ending is Ending.WAY_CLOSED
    assert flights[2].reason == "the drone came home and landed on its pad: drone 1 lies in aisle A01"
    assert [(order.order, order.is_by_rule) for order in flights[2].orders][-1] == (Order.HOME, True)
    assert seen.said.startswith("0 of 2 drones flew all that was theirs.\n  drone 1: sortie 01 is not complete: ")
    assert f"\n  drone 2: sortie 02 is not complete: {flights[2].reason}\n" in seen.said
    assert f" in aisle A01 ({left})." in seen.said
    assert "drone 2: fetch the drone that lies there, then give the same command again: it flies what is left" in seen.remedy
    for flight in flights.values():
        assert not run.under_way_path(flight.sortie).exists()
        assert len(list(run.read_lines(run.frames_path(flight.sortie), FrameRecord))) == flight.n_photos


def check_second_start(hall: Hall, seen: Seen, *, flown: list[str]) -> None:
    assert seen.said == "completed"
    assert sorted((flight.sortie, flight.ending) for flight in seen.outcomes) == [(name, Ending.COMPLETED) for name in flown]
    assert seen.nearest_m > 2 * hall.site.drone.radius_m + hall.site.drone.clearance_m
    assert not_photographed(hall) == set()


def check_watched(looks: list[tuple[float, dict[int, DroneSight]]]) -> None:
    """Another terminal sees both from the pad on, and how long the way home takes."""
    phases = {n: list(dict.fromkeys(drones[n].phase for _, drones in looks if n in drones)) for n in (1, 2)}
    before = [DronePhase.GETTING_READY, DronePhase.FLYING]
    assert [phase for phase in phases[1] if phase is not DronePhase.HELD] == [*before, DronePhase.LANDING, DronePhase.LANDED]
    assert [phase for phase in phases[2] if phase is not DronePhase.HELD] == [*before, DronePhase.COMING_HOME]
    homeward = [(now_s, drones[2].left_s) for now_s, drones in looks if 2 in drones and drones[2].phase is DronePhase.COMING_HOME]
    down_s = homeward[-1][0]
    for now_s, left_s in homeward[2:]:
        assert left_s == pytest.approx(down_s - now_s, abs=4.0)


def two_flights(hall: Hall) -> Hall:
    return Hall(site=hall.site, plan=replace(hall.plan, sorties=hall.plan.sorties[:2]), run=hall.run)


def test_a_drone_whose_aisle_is_closed_by_another_comes_home_and_the_next_start_finishes(tmp_path: Path) -> None:
    hall = two_flights(make_crossing_hall(tmp_path / "hall", bays=1))
    follower, looks = FlightFollower(hall.run, hall.site), list[tuple[float, dict[int, DroneSight]]]()

    def look_on(now_s: float) -> None:
        if not looks or now_s - looks[-1][0] >= 1.0:
            looks.append((now_s, {drone.drone: drone for drone in follower.look().drones}))

    seen = fly_case(LAND_HERE, hall, on_look=look_on)
    check_watched(looks)
    check_first_start(hall, seen, left="sortie 02")
    assert (2, "coming home: drone 1 lies in aisle A01") in seen.told
    assert (1, "down: the operator ordered a landing; the drone landed where it was") in seen.told
    check_second_start(hall, finish(hall), flown=["02"])


@pytest.mark.arducopter
@pytest.mark.skipif("ARDUCOPTER" not in os.environ, reason="$ARDUCOPTER is not set")
def test_it_does_so_behind_a_real_one_that_has_lost_its_position(tmp_path: Path) -> None:
    hall = two_flights(make_crossing_hall(tmp_path / "hall"))
    case = Case(name="position_lost", where=lambda one, _: one[1] > 5.0, mishap=NO_POSITION)
    check_first_start(hall, fly_case(case, hall, kind="ardupilot"), left="sorties 01, 02")
    check_second_start(hall, finish(hall, kind="ardupilot"), flown=["01", "02"])
