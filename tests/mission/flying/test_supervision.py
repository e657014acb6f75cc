"""The judge of a flight, fed with recorded flights of a real ArduCopter."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from pymavlink import mavutil

from mission.flying.flight_path import FlightPath
from mission.flying.supervision import Concern, Expected, Supervisor, Trouble
from mission.flying.vehicle_state import EKF_GOOD_POSITION, Health, Mode, VehicleState
from mission.records import MissionItem
from warehouse.coordinates import Anchor, latlon_1e7_from_ned

ANCHOR = Anchor(latitude_deg=38.6, longitude_deg=-0.57, altitude_amsl_m=0.0, heading_deg=0.0)
FLIGHTS = Path(__file__).parents[3].parent / "shared" / "data" / "flights"
needs_recordings = pytest.mark.skipif(not FLIGHTS.is_dir(), reason="the recorded flights are not beside the repository")


def judge(name: str) -> tuple[Concern | None, float]:
    """Return the first concern over a recorded flight and the boot time at which it came."""
    recording = mavutil.mavlink_connection(str(FLIGHTS / f"{name}.tlog"))
    state, supervisor = VehicleState(), Supervisor(Expected(longest_s=300.0))
    while (message := recording.recv_match()) is not None:
        if message.get_srcSystem() != 1:
            continue
        state.update(message)
        concern = supervisor.look(state)
        if concern is not None:
            return concern, state.boot_s or 0.0
    return None, state.boot_s or 0.0


@needs_recordings
@pytest.mark.parametrize("name", ["aisle", "pause"])
def test_a_sound_flight_raises_no_concern(name: str) -> None:
    assert judge(name)[0] is None


@needs_recordings
def test_a_lost_position_is_noticed_seven_seconds_before_the_autopilot_acts() -> None:
    concern, boot_s = judge("position-lost")
    assert concern is not None
    assert concern.trouble is Trouble.POSITION_LOST
    assert boot_s < 49.05 - 6.5  # the autopilot's own failsafe landed at 49.05 s


@needs_recordings
def test_a_dead_motor_is_noticed_though_the_autopilot_says_nothing() -> None:
    concern, boot_s = judge("motor-dead")
    assert concern is not None
    assert concern.trouble is Trouble.FALLING
    assert boot_s < 42.6  # the drone hit the floor


@needs_recordings
def test_a_battery_warning_of_the_autopilot_is_passed_on_with_its_words() -> None:
    concern, _ = judge("battery-critical")
    assert concern is not None
    assert concern.trouble is Trouble.BATTERY_LOW
    assert "Battery 1 is critical 10.20V" in concern.words


def flying_state(boot_s: float) -> VehicleState:
    return VehicleState(
        mode=Mode.AUTO,
        is_armed=True,
        boot_s=boot_s,
        position_ned_m=(1.0, 2.0, -1.5),
        velocity_ned_mps=(1.0, 0.0, 0.0),
        attitude_rad=(0.0, 0.02, 0.0),
        health=int(Health.VISION_POSITION),
        ekf_flags=EKF_GOOD_POSITION,
    )


def test_a_gap_of_half_a_second_in_the_navigation_is_let_pass() -> None:
    supervisor, state = Supervisor(Expected(longest_s=100.0)), flying_state(30.0)
    for boot_s, health in [(30.0, 0), (30.2, 0), (30.3, int(Health.VISION_POSITION)), (31.1, 0), (31.3, 0)]:
        state.boot_s, state.health = boot_s, health
        assert supervisor.look(state) is None


def test_a_step_of_the_estimate_that_no_flight_explains_is_a_position_jump() -> None:
    supervisor, state = Supervisor(Expected(longest_s=100.0)), flying_state(30.0)
    assert supervisor.look(state) is None
    state.boot_s, state.position_ned_m = 30.1, (1.1, 2.0, -1.5)
    assert supervisor.look(state) is None
    state.boot_s, state.position_ned_m = 30.2, (2.2, 2.0, -1.5)
    concern = supervisor.look(state)
    assert concern is not None
    assert concern.trouble is Trouble.POSITION_JUMP


def test_a_drone_that_stands_still_in_a_mission_is_stalled_but_a_long_lane_is_not() -> None:
    supervisor, state = Supervisor(Expected(longest_s=1000.0)), flying_state(30.0)
    for second in range(200):
        state.boot_s = 30.0 + second
        state.position_ned_m = (1.0 + 0.1 * min(second, 120), 2.0, -1.5)
        concern = supervisor.look(state)
        if second < 120 + 44:
            assert concern is None
    assert concern is not None
    assert concern.trouble is Trouble.STALLED


def test_nothing_is_judged_before_arming() -> None:
    state = flying_state(30.0)
    state.is_armed, state.health, state.attitude_rad = False, 0, (2.0, 0.0, 0.0)
    assert Supervisor(Expected(longest_s=1.0)).look(state) is None


def test_a_mission_that_begins_anew_on_the_floor_is_no_way_that_a_drone_has_left() -> None:
    """ArduCopter goes back to the first item as it disarms, and its heartbeat says so up to a second later."""
    way = (("transit", 9.0), ("transit", 8.0), ("land", 0.0))
    places = [latlon_1e7_from_ned(ANCHOR, (north, 0.0, 0.0)) for _, north in way]
    items = tuple(
        MissionItem(command=21 if purpose == "land" else 16, frame=3, x=int(lat), y=int(lon), z=1.0, purpose=purpose)
        for (purpose, _), (lat, lon) in zip(way, places, strict=True)
    )
    supervisor = Supervisor(Expected(longest_s=300.0, path=FlightPath(ANCHOR, items), off_path_m=0.3))
    state = VehicleState(mode=Mode.AUTO, is_armed=True, boot_s=50.0, mission_seq=3, relative_alt_m=1.0)
    state.latlon_1e7 = (int(places[2][0]), int(places[2][1]))
    assert supervisor.look(state) is None
    state.relative_alt_m, state.mission_seq = 0.0, 1
    assert supervisor.look(state) is None
    state.relative_alt_m = 1.0  # in the air it is one
    concern = supervisor.look(state)
    assert concern is not None
    assert concern.trouble is Trouble.OFF_TRACK


def on_a_lane() -> tuple[Supervisor, VehicleState]:
    supervisor, state = Supervisor(Expected(longest_s=1000.0, longest_photo_gap_s={3: 3.0})), flying_state(100.0)
    state.mission_seq = 3
    return supervisor, state


def listen(supervisor: Supervisor, state: VehicleState, until_s: float, *, has_photos: bool = False) -> Concern | None:
    """Hear the drone fly on, twenty times a second."""
    while (state.boot_s or 0.0) < until_s:
        state.boot_s = (state.boot_s or 0.0) + 0.05
        state.position_ned_m = ((state.boot_s - 100.0), 2.0, -1.5)
        state.last_photo_s = state.boot_s if has_photos else state.last_photo_s
        if (concern := supervisor.look(state)) is not None:
            return concern
    return None


def test_a_drone_that_waits_at_the_end_of_its_lane_takes_no_photo_and_its_camera_is_sound() -> None:
    """With a position 15 cm wrong ArduCopter hung 0.15 m beside the end of a lane for 3 s before it took that for reached."""
    supervisor, state = on_a_lane()
    assert listen(supervisor, state, 105.0, has_photos=True) is None
    place = 0.0, 0.0, 0.0
    for step in range(1, 401):
        state.boot_s, place = 105.0 + 0.05 * step, state.position_ned_m or place
        state.position_ned_m = (5.0 + 0.1 * math.sin(0.05 * step), 2.0, -1.5)
        state.velocity_ned_mps = ((state.position_ned_m[0] - place[0]) / 0.05, 0.0, 0.0)
        assert supervisor.look(state) is None
    start_m, state.velocity_ned_mps = state.position_ned_m or place, (1.0, 0.0, 0.0)
    concern = None
    while concern is None:  # and flies on without one
        state.boot_s = (state.boot_s or 0.0) + 0.05
        state.position_ned_m = (start_m[0] + (state.boot_s - 125.0), 2.0, -1.5)
        concern = supervisor.look(state)
    assert concern.trouble is Trouble.CAMERA_STOPPED
    assert 128.1 < (state.boot_s or 0.0) < 128.5


def test_a_gap_in_the_radio_is_no_time_without_a_photo() -> None:
    supervisor, state = on_a_lane()
    assert listen(supervisor, state, 105.0, has_photos=True) is None
    state.boot_s = 112.0  # and the photos went on all the while
    assert supervisor.look(state) is None
    assert listen(supervisor, state, 130.0, has_photos=True) is None


def test_a_camera_that_stops_before_a_gap_in_the_radio_is_found_after_it_and_the_gap_is_told_of() -> None:
    supervisor, state = on_a_lane()
    assert listen(supervisor, state, 105.0, has_photos=True) is None
    assert listen(supervisor, state, 106.0) is None
    state.boot_s = 111.0
    assert supervisor.look(state) is None
    concern = listen(supervisor, state, 120.0)
    assert concern is not None
    assert concern.words == (
        "the camera stopped: no photo for 3 s in the middle of a lane, beside 5 s in which nothing was heard from the drone"
    )
    assert state.boot_s == pytest.approx(113.3, abs=0.11)
