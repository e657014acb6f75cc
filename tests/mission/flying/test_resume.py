"""A flight that was broken off goes on with the first bin that lacks photos; a drone in the air is taken up with again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.failure_flight import Hall, KilledError, fly, make_hall
from mission.flying.emergency import QUICK_DESCENT
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.flight import FlightOutcome
from mission.flying.remaining import remaining_lanes
from mission.flying.scan import NextFlight, flight_log, next_flight
from mission.flying.transport import Transport
from mission.flying.under_way import flight_under_way
from mission.flying.watch import Ending
from mission.records import Lane
from sitl.lockstep import LockstepTransport, LockstepVehicle
from sitl.session import home_of_pad
from warehouse.poses import FrameRecord, Pose


def vehicle_of(hall: Hall) -> LockstepVehicle:
    return LockstepVehicle(home_of_pad(hall.site, hall.plan.sorties[0].home_pad), seed=5)


def fly_until(hall: Hall, vehicle: LockstepVehicle, n_photos: int) -> LockstepTransport:
    """Fly, and be killed as soon as so many photos were triggered."""
    transport = vehicle.connect()

    def kill() -> None:
        if vehicle.autopilot.trigger.n_photos >= n_photos:
            vehicle.on_step.remove(kill)
            raise KilledError

    vehicle.on_step.append(kill)
    with pytest.raises(KilledError):
        fly(hall, transport)
    transport.close()
    return transport


def develop(hall: Hall) -> None:
    """Put a picture where each photo's record says that there is one."""
    for frame in hall.run.read_lines(hall.run.frames_path("01"), FrameRecord):
        path = hall.run.root / frame.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def photos_along(lane: Lane, metres: list[float], boot: int = 1) -> list[FrameRecord]:
    length = math.dist(lane.start_m, lane.end_m)
    return [
        FrameRecord(
            frame=f"01/{boot:02d}-{i:06d}",
            sortie="01",
            file=f"sorties/01/frames/{boot:02d}-{i:06d}.jpg",
            camera=lane.views[0].camera,
            captured_at="2026-11-26T10:00:00.000Z",
            pose=Pose(
                time_s=30.0 + m,
                position_m=tuple(a + m / length * (b - a) for a, b in zip(lane.start_m, lane.end_m, strict=True)),  # type: ignore[arg-type]
                roll_deg=0.0,
                pitch_deg=0.0,
                heading_deg=lane.heading_deg,
            ),
            position_sigma_m=0.03,
            is_ekf_healthy=True,
        )
        for i, m in enumerate(metres, start=1)
    ]


def test_a_lane_of_which_half_was_photographed_goes_on_with_the_first_bin_that_lacks_photos(drawn: Hall) -> None:
    sortie = drawn.plan.sorties[0]
    lane = sortie.lanes[0]
    length, step = math.dist(lane.start_m, lane.end_m), lane.photo_spacing_m
    half = photos_along(lane, [i * step for i in range(int(length * 0.6 / step))])
    (rest,) = remaining_lanes(drawn.site, sortie, Counter(), half)
    assert set(rest.must_see) == set(lane.must_see[-len(rest.must_see) :])  # the last ones, and no hole
    assert 0.3 < len(rest.must_see) / len(lane.must_see) < 0.9
    assert rest.end_m == lane.end_m
    first = drawn.site.layout.bins_by_code[rest.must_see[0]]
    assert rest.start_m[1] < first.centre_m[1] - first.width_m / 2  # the whole of it comes into the picture


def test_a_hole_in_the_photos_is_flown_again_and_a_whole_lane_is_not(drawn: Hall) -> None:
    sortie = drawn.plan.sorties[0]
    lane = sortie.lanes[0]
    length, step = math.dist(lane.start_m, lane.end_m), lane.photo_spacing_m
    every = [i * step for i in range(int(length / step) + 1)] + [length]
    holed = [m for m in every if not 3.0 < m < 4.5]
    (rest,) = remaining_lanes(drawn.site, sortie, Counter(), photos_along(lane, holed))
    assert rest.start_m[1] < lane.start_m[1] + 3.0
    assert remaining_lanes(drawn.site, sortie, Counter(), photos_along(lane, every)) == []
    elsewhere = [replace(f, pose=replace(f.pose, heading_deg=f.pose.heading_deg + 180)) for f in photos_along(lane, every)]
    assert remaining_lanes(drawn.site, sortie, Counter(), elsewhere) == [lane]


def test_after_a_kill_in_the_air_the_program_takes_up_with_the_drone_and_the_count_is_whole(hall: Hall) -> None:
    vehicle = vehicle_of(hall)
    fly_until(hall, vehicle, 6)
    assert flight_under_way(hall.run, "01") is not None
    vehicle.run_until(lambda: False, 0.5)  # some photos are taken that nobody writes down
    assert fly(hall, vehicle.connect()) == "completed"
    (outcome,) = flight_log(hall.run, "01").flights
    assert (outcome.boot, outcome.ending) == (1, Ending.COMPLETED)
    assert 0 < outcome.n_unpaired_photos < 12
    assert flight_under_way(hall.run, "01") is None
    frames = [f.frame for f in hall.run.read_lines(hall.run.frames_path("01"), FrameRecord)]
    assert len(frames) == len(set(frames)) == outcome.n_photos
    assert next_flight(hall.run, hall.site, hall.plan.sorties[0]) is None


def test_after_a_kill_a_drone_that_is_landing_by_itself_is_followed_to_the_floor_and_the_rest_flown(hall: Hall) -> None:
    vehicle = vehicle_of(hall)
    fly_until(hall, vehicle, 15)
    develop(hall)
    vehicle.run_until(lambda: vehicle.autopilot.mode == 9, 20.0)
    assert "the autopilot left the mission for LAND" in fly(hall, vehicle.connect())
    develop(hall)
    todo = next_flight(hall.run, hall.site, hall.plan.sorties[0])
    assert todo is not None
    assert todo.boot == 2
    assert 0 < len(todo.sortie.lanes[0].must_see) < len(hall.plan.sorties[0].lanes[0].must_see)
    assert fly(hall, vehicle_of(hall).connect()) == "completed"
    assert next_flight(hall.run, hall.site, hall.plan.sorties[0]) is None


def test_a_drone_that_flies_something_else_is_left_alone(hall: Hall) -> None:
    vehicle = vehicle_of(hall)
    fly_until(hall, vehicle, 5)
    item = vehicle.autopilot.mission.items[-1]
    vehicle.autopilot.mission.items[-1] = replace(item, command=20)
    assert "the vehicle is armed already, and does not fly sortie 01" in fly(hall, vehicle.connect())
    assert vehicle.autopilot.mode == 3
    assert flight_log(hall.run, "01").flights == ()


def test_a_program_killed_in_an_emergency_leaves_no_quick_descent_behind(hall: Hall) -> None:
    vehicle = vehicle_of(hall)
    fly_until(hall, vehicle, 8)
    for quick in QUICK_DESCENT:
        vehicle.parameters.set(quick.name, quick.value)
    vehicle.autopilot.source_set = 2
    vehicle.run_until(lambda: not vehicle.autopilot.is_armed, 60.0)
    transport: Transport = vehicle.connect()
    fly(hall, transport)
    assert {quick.name: vehicle.parameters[quick.name] for quick in QUICK_DESCENT} == {
        "LAND_ALT_LOW": 1000,
        "LAND_SPEED_HIGH": 0,
        "WPNAV_SPEED_DN": 50,
        "LAND_SPEED": 50,
    }
    assert vehicle.autopilot.source_set == 1


def test_after_a_lost_link_the_next_flight_knows_what_the_last_one_may_have_left_behind(hall: Hall) -> None:
    vehicle = vehicle_of(hall)
    transport = vehicle.connect()
    vehicle.on_step.append(lambda: setattr(transport, "is_cut", vehicle.autopilot.trigger.n_photos >= 5))
    assert "the vehicle stopped talking" in fly(hall, transport)
    under_way = flight_under_way(hall.run, "01")
    assert under_way is not None
    assert under_way.landing_parameters["LAND_SPEED"] == 50
    todo = next_flight(hall.run, hall.site, hall.plan.sorties[0])
    assert todo is not None
    assert todo.boot == 2


def test_a_plan_for_several_batteries_is_flown_sortie_by_sortie_and_goes_on_after_one_that_ran_empty(tmp_path: Path) -> None:
    hall = make_hall(tmp_path / "hall", level="1", bays=2, faces="", battery_wh=3.5)
    names = [sortie.name for sortie in hall.plan.sorties]
    assert len(names) == 2
    flown: list[tuple[str, int]] = []
    asked: list[str] = []

    @contextmanager
    def fresh(todo: NextFlight) -> Iterator[LockstepTransport]:
        vehicle = LockstepVehicle(home_of_pad(hall.site, todo.sortie.home_pad), seed=len(flown))
        if not flown:
            vehicle.on_step.append(lambda: vehicle.parameters.set("SIM_BATT_VOLTAGE", 10.6 if vehicle.autopilot.is_armed else 12.0))
        flown.append((todo.sortie.name, todo.boot))
        yield vehicle.connect()

    def swap(outcome: FlightOutcome) -> bool:
        asked.append(outcome.trouble)
        return True

    outcomes = fly_plan(hall.run, hall.site, hall.plan, fresh, go_on_after=swap)
    assert asked == ["battery_low"]
    assert flown == [("01", 1), ("01", 2), ("02", 1)]
    assert [o.ending for o in outcomes] == [Ending.LANDED_EARLY, Ending.COMPLETED, Ending.COMPLETED]
    assert all(next_flight(hall.run, hall.site, sortie) is None for sortie in hall.plan.sorties)


def test_after_a_gap_in_the_radio_the_flight_goes_on_and_the_locations_without_photos_are_flown_again(tmp_path: Path) -> None:
    hall = make_hall(tmp_path / "hall", level="1", bays=4)
    planned = hall.plan.sorties[0]
    (lane,) = planned.lanes
    vehicle = vehicle_of(hall)
    transport = vehicle.connect()
    from_s = math.inf

    def be_silent() -> None:
        nonlocal from_s
        if vehicle.autopilot.trigger.n_photos >= 12:
            from_s = min(from_s, vehicle.time_s)
        transport.is_cut = 0.0 <= vehicle.time_s - from_s < 3.8

    vehicle.on_step.append(be_silent)
    said = fly(hall, transport)
    (outcome,) = flight_log(hall.run, "01").flights
    lost = [code for code in lane.must_see if code not in outcome.locations_flown]
    assert said.startswith(
        f"sortie 01 is not complete: the drone flew its mission, but nothing was heard of the photos of {len(lost)} locations"
    )
    assert (outcome.ending, outcome.trouble) == (Ending.PHOTOS_MISSING, "")
    assert 0 < len(lost) < len(lane.must_see)
    develop(hall)
    todo = next_flight(hall.run, hall.site, planned)
    assert todo is not None
    assert list(todo.sortie.lanes[0].must_see) == lost
