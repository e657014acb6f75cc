"""What mission may rely on where a vehicle has a sideways range sensor; held by both vehicles, as in the other contract tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from tests.contracts.ground_station import GroundStation
from tests.contracts.vehicles import GUIDED, KINDS, ORIGIN, Candidate, candidate
from warehouse.range_sensor import RangeSensor

SPEEDUP = 5.0
LEFT, RIGHT = mav.MAV_SENSOR_ROTATION_YAW_270, mav.MAV_SENSOR_ROTATION_YAW_90
SENSOR = RangeSensor(side="right", beam_deg=2.0, min_m=0.2, max_m=6.0, sigma_m=0.03)


@pytest.fixture(scope="module", params=KINDS)
def vehicle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Candidate]:
    with candidate(request.param, tmp_path_factory.mktemp(request.param), speedup=SPEEDUP, range_sensor=SENSOR) as started:
        yield started


@pytest.fixture(scope="module")
def ground(vehicle: Candidate) -> Iterator[GroundStation]:
    """Asks for distances ten times a second, from the first second on."""
    with vehicle.connect() as station:
        station.stream(mav.MAVLINK_MSG_ID_ATTITUDE, mav.MAVLINK_MSG_ID_SYS_STATUS, mav.MAVLINK_MSG_ID_EKF_STATUS_REPORT)
        station.stream(mav.MAVLINK_MSG_ID_GLOBAL_POSITION_INT, mav.MAVLINK_MSG_ID_DISTANCE_SENSOR, hz=10.0)
        yield station


@pytest.fixture(scope="module")
def companion(vehicle: Candidate) -> Iterator[GroundStation]:
    """Who measures, on the second link."""
    with vehicle.connect(is_companion=True) as station:
        yield station


def reading(centimetres: int, *, orientation: int = RIGHT, quality: int = 100) -> mav.MAVLink_distance_sensor_message:
    return mav.MAVLink_distance_sensor_message(
        0, 20, 600, centimetres, mav.MAV_DISTANCE_SENSOR_LASER, 0, orientation, 255, signal_quality=quality
    )


def heard(
    ground: GroundStation, companion: GroundStation, *messages: mav.MAVLink_distance_sensor_message, seconds: float = 1.5
) -> list[mav.MAVLink_distance_sensor_message]:
    """Have the companion say `messages` over and over; return what the ground is told from 0.3 s on."""
    begin = ground.time_s
    while ground.time_s < begin + seconds:
        for message in messages:
            companion.send(message)
        ground.look()
    return ground.of("DISTANCE_SENSOR", begin + 0.3)


def test_a_sensor_that_has_said_nothing_is_not_sent_on_and_bars_arming(ground: GroundStation) -> None:
    ground.wait("EKF_STATUS_REPORT", lambda m: m.flags == 831, within_s=60.0)
    ground.send(mav.MAVLink_set_gps_global_origin_message(1, *ORIGIN))
    ground.wait("GLOBAL_POSITION_INT", lambda m: m.lat != 0, within_s=10.0)
    assert ground.set_mode(GUIDED) == 0
    ground.wait("SYS_STATUS", lambda m: ground.time_s > 26.0)
    assert ground.of("DISTANCE_SENSOR") == []
    answer = ground.command_and_text("Arm: ", mav.MAV_CMD_COMPONENT_ARM_DISARM, 1)
    assert answer == (mav.MAV_RESULT_FAILED, "Arm: Rangefinder 1: No Data")


def test_readings_are_sent_on_with_the_vehicles_clock_as_often_as_asked(ground: GroundStation, companion: GroundStation) -> None:
    told = heard(ground, companion, reading(150), seconds=3.0)
    assert {(m.current_distance, m.orientation, m.min_distance, m.max_distance) for m in told} == {(150, RIGHT, 20, 600)}
    steps = {b.time_boot_ms - a.time_boot_ms for a, b in pairwise(told)}
    assert len(told) > 15
    assert all(abs(step - 100) <= 20 for step in steps)


@pytest.mark.parametrize("centimetres", [0, 650, 65535])
def test_readings_out_of_range_are_sent_on_as_they_are(ground: GroundStation, companion: GroundStation, centimetres: int) -> None:
    told = heard(ground, companion, reading(centimetres))
    assert told
    assert all(abs(m.current_distance - centimetres) <= 1 for m in told)  # ArduCopter keeps metres and cuts


def test_a_bad_signal_is_sent_on_as_such(ground: GroundStation, companion: GroundStation) -> None:
    assert {m.signal_quality for m in heard(ground, companion, reading(150, quality=1))} == {1}


def test_a_reading_that_looks_another_way_is_left_alone(ground: GroundStation, companion: GroundStation) -> None:
    told = heard(ground, companion, reading(150), reading(300, orientation=LEFT))
    assert {(m.current_distance, m.orientation) for m in told} == {(150, RIGHT)}


def test_a_sensor_that_falls_silent_is_no_longer_sent_on(ground: GroundStation, companion: GroundStation) -> None:
    heard(ground, companion, reading(150))
    begin = ground.time_s
    ground.pass_time(2.0)
    assert ground.of("DISTANCE_SENSOR", begin + 0.8) == []


def test_with_readings_the_vehicle_arms(ground: GroundStation, companion: GroundStation) -> None:
    heard(ground, companion, reading(150), seconds=2.5)
    companion.send(reading(150))
    assert ground.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1) == mav.MAV_RESULT_ACCEPTED
