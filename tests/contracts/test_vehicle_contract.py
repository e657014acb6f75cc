"""What flight code may rely on, held by both vehicles: the built-in copter and, with $ARDUCOPTER set, the real ArduPilot SITL."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.vehicles import Vehicle, start_vehicle
from tests.contracts.ground_station import GroundStation, Row, item_message

HOME = (38.6255, -0.5730, 820.0, 0.0)
ORIGIN = (386255000, -5730000, 820000)
STABILIZE, AUTO, GUIDED, LAND = 0, 3, 4, 9
SPEEDUP = 20.0
METRES_PER_1E7 = 0.011131884502145034
RELATIVE = mav.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT
STREAMS = (
    mav.MAVLINK_MSG_ID_ATTITUDE,
    mav.MAVLINK_MSG_ID_LOCAL_POSITION_NED,
    mav.MAVLINK_MSG_ID_GLOBAL_POSITION_INT,
    mav.MAVLINK_MSG_ID_SYS_STATUS,
    mav.MAVLINK_MSG_ID_EKF_STATUS_REPORT,
    mav.MAVLINK_MSG_ID_MISSION_CURRENT,
    mav.MAVLINK_MSG_ID_EXTENDED_SYS_STATE,
)
KINDS = [
    "builtin",
    pytest.param(
        "ardupilot",
        marks=[pytest.mark.arducopter, pytest.mark.skipif("ARDUCOPTER" not in os.environ, reason="$ARDUCOPTER is not set")],
    ),
]


@pytest.fixture(scope="module", params=KINDS)
def vehicle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vehicle]:
    folder = tmp_path_factory.mktemp(request.param)
    with start_vehicle(request.param, home=HOME, speedup=SPEEDUP, folder=folder, hover_s=900) as started:
        yield started


@pytest.fixture(scope="module")
def ground(vehicle: Vehicle) -> Iterator[GroundStation]:
    """The one ground station of the module, from the first second after boot on."""
    with GroundStation(vehicle.endpoint, speedup=vehicle.speedup) as station:
        station.stream(*STREAMS)
        yield station


@pytest.fixture(scope="module")
def ready(ground: GroundStation) -> GroundStation:
    """The ground station of a vehicle that may be armed in GUIDED."""
    ground.become_ready(ORIGIN, GUIDED)
    return ground


@pytest.fixture
def idle(ready: GroundStation) -> Iterator[GroundStation]:
    """A vehicle that stands disarmed in GUIDED without a mission."""
    yield ready
    assert ready.set_mode(GUIDED) == 0
    assert ready.clear() == 0


def at(command: int, north: float = 0.0, east: float = 0.0, height: float = 0.0, p: tuple[float, ...] = (0, 0, 0, 0)) -> Row:
    scale = math.cos(math.radians(HOME[0]))
    has_place = command in (mav.MAV_CMD_NAV_WAYPOINT,)
    x = ORIGIN[0] + round(north / METRES_PER_1E7) if has_place else 0
    y = ORIGIN[1] + round(east / METRES_PER_1E7 / scale) if has_place else 0
    return (RELATIVE, command, float(p[0]), float(p[1]), float(p[2]), float(p[3]), x, y, height)


HOME_ROW: Row = (mav.MAV_FRAME_GLOBAL, mav.MAV_CMD_NAV_WAYPOINT, 0.0, 0.0, 0.0, 0.0, ORIGIN[0], ORIGIN[1], 820.0)
WAYPOINT = mav.MAV_CMD_NAV_WAYPOINT


def waypoints(count: int, north: float = 3.0) -> list[Row]:
    return [HOME_ROW, *(at(WAYPOINT, north + i, 1.0, 1.5) for i in range(count))]


# -- the start, in the order of its seconds ------------------------------------------------------------------------------------


def test_arming_too_early_fails_and_says_why(ground: GroundStation) -> None:
    result, text = ground.command_and_text("Arm: ", mav.MAV_CMD_COMPONENT_ARM_DISARM, 1)
    assert result == mav.MAV_RESULT_FAILED
    assert text in ("Arm: System not initialised", "Arm: Accels inconsistent", "Arm: Gyros inconsistent")


def test_the_filter_starts_without_a_place_on_the_globe(ground: GroundStation) -> None:
    ground.wait("EKF_STATUS_REPORT", lambda m: m.flags == 831)
    assert 5.0 < ground.time_s < 7.5
    assert ground.wait("GLOBAL_POSITION_INT").lat == 0
    assert ground.wait("LOCAL_POSITION_NED").x == pytest.approx(0.0, abs=0.2)


def test_without_an_origin_guided_is_not_armable(ground: GroundStation) -> None:
    assert ground.set_mode(GUIDED) == 0
    ground.wait("SYS_STATUS", lambda m: ground.time_s > 25.0)
    answer = ground.command_and_text("Arm: ", mav.MAV_CMD_COMPONENT_ARM_DISARM, 1)
    assert answer == (mav.MAV_RESULT_FAILED, "Arm: AHRS: waiting for home")


def test_an_origin_is_confirmed_and_gives_the_position_a_place(ready: GroundStation) -> None:
    origin = ready.of("GPS_GLOBAL_ORIGIN")[0]
    assert (origin.latitude, origin.longitude, origin.altitude) == ORIGIN
    assert ready.of("HOME_POSITION")
    here = ready.wait("GLOBAL_POSITION_INT")
    assert (here.lat, here.lon) == pytest.approx(ORIGIN[:2], abs=20)
    assert here.relative_alt == pytest.approx(0, abs=150)


# -- parameters ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [("WPNAV_SPEED", 100), ("AUTO_OPTIONS", 7), ("FS_GCS_ENABLE", 5), ("WP_YAW_BEHAVIOR", 0), ("CAM1_TYPE", 1), ("LAND_SPEED", 50),
     ("FS_GCS_TIMEOUT", 5 * SPEEDUP), ("FENCE_TYPE", 5), ("BATT_LOW_VOLT", 10.8), ("GPS1_TYPE", 0), ("FENCE_ACTION", 2),
     ("BATT_CAPACITY", 27.5 / 3.6 * 900)],
)  # fmt: skip
def test_the_indoor_parameters_are_in_force(ready: GroundStation, name: str, value: float) -> None:
    assert ready.parameter(name) == pytest.approx(value)


def test_a_parameter_is_set_and_read_back(ready: GroundStation) -> None:
    assert ready.set_parameter("FENCE_ALT_MAX", 8.5) == 8.5
    assert ready.parameter("FENCE_ALT_MAX") == 8.5


def test_a_parameter_that_does_not_exist_is_met_with_silence(ready: GroundStation) -> None:
    ready.send(mav.MAVLink_param_request_read_message(1, 1, b"NO_SUCH_THING", -1))
    ready.send(mav.MAVLink_param_set_message(1, 1, b"NO_SUCH_THING", 1.0, mav.MAV_PARAM_TYPE_REAL32))
    before = ready.time_s
    ready.pass_time(2.0)
    assert not [m for m in ready.of("PARAM_VALUE", before) if m.param_id == "NO_SUCH_THING"]


def test_the_list_of_parameters_is_complete(ready: GroundStation) -> None:
    ready.send(mav.MAVLink_param_request_list_message(1, 1))
    first = ready.wait("PARAM_VALUE", lambda m: m.param_index < 65535)
    indices = {first.param_index}
    while len(indices) < first.param_count:
        indices.add(ready.wait("PARAM_VALUE", lambda m: m.param_index < 65535, within_s=20.0).param_index)
    assert indices == set(range(first.param_count))


# -- commands and streams ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "parameters", "result"),
    [
        (31999, (), mav.MAV_RESULT_UNSUPPORTED),
        (mav.MAV_CMD_DO_SET_MODE, (1, 99), mav.MAV_RESULT_FAILED),
        (mav.MAV_CMD_NAV_TAKEOFF, (0, 0, 0, 0, 0, 0, 1.5), mav.MAV_RESULT_FAILED),
        (mav.MAV_CMD_DO_PAUSE_CONTINUE, (0,), mav.MAV_RESULT_ACCEPTED),
        (mav.MAV_CMD_DO_CHANGE_SPEED, (1, 0), mav.MAV_RESULT_DENIED),
        (mav.MAV_CMD_DO_SET_MISSION_CURRENT, (99,), mav.MAV_RESULT_DENIED),
        (mav.MAV_CMD_SET_MESSAGE_INTERVAL, (9999, 100000), mav.MAV_RESULT_DENIED),
        (mav.MAV_CMD_RUN_PREARM_CHECKS, (), mav.MAV_RESULT_ACCEPTED),
        (mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST, (0,), mav.MAV_RESULT_ACCEPTED),
        (mav.MAV_CMD_DO_FENCE_ENABLE, (1,), mav.MAV_RESULT_ACCEPTED),
    ],
)
def test_commands_are_acknowledged_with_the_exact_result(
    idle: GroundStation, command: int, parameters: tuple[float, ...], result: int
) -> None:
    assert idle.command(command, *parameters) == result


def test_a_pause_fails_outside_auto_and_guided(idle: GroundStation) -> None:
    assert idle.set_mode(STABILIZE) == 0
    assert idle.command_and_text("Failed", mav.MAV_CMD_DO_PAUSE_CONTINUE, 0) == (mav.MAV_RESULT_FAILED, "Failed to pause")


def test_a_stream_keeps_the_interval_it_was_asked_for(ready: GroundStation) -> None:
    ready.stream(mav.MAVLINK_MSG_ID_ATTITUDE, hz=20)
    begin = ready.time_s
    ready.pass_time(4.0)
    assert len(ready.of("ATTITUDE", begin)) == pytest.approx(81, abs=4)


def test_the_version_is_told_on_request(ready: GroundStation) -> None:
    ready.send(
        mav.MAVLink_command_long_message(1, 1, mav.MAV_CMD_REQUEST_MESSAGE, 0, mav.MAVLINK_MSG_ID_AUTOPILOT_VERSION, *[0] * 6)
    )
    version = ready.wait("AUTOPILOT_VERSION").flight_sw_version
    assert (version >> 24, (version >> 16) & 255) == (4, 7)


# -- missions ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "result"),
    [
        ((RELATIVE, 9999, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0), mav.MAV_MISSION_UNSUPPORTED),
        ((mav.MAV_FRAME_LOCAL_NED, WAYPOINT, 0.0, 0.0, 0.0, 0.0, 386255090, -5729885, 1.0), mav.MAV_MISSION_UNSUPPORTED_FRAME),
        ((20, WAYPOINT, 0.0, 0.0, 0.0, 0.0, 386255090, -5729885, 1.0), mav.MAV_MISSION_UNSUPPORTED_FRAME),
        ((RELATIVE, WAYPOINT, 0.0, 0.0, 0.0, 0.0, 1_000_000_000, 0, 1.0), mav.MAV_MISSION_INVALID_PARAM5_X),
        ((RELATIVE, WAYPOINT, math.nan, 0.0, 0.0, 0.0, 386255090, -5729885, 1.0), mav.MAV_MISSION_INVALID_PARAM1),
    ],
    ids=["command", "local frame", "frame 20", "latitude 100", "NaN"],
)
def test_a_bad_item_is_refused_with_the_exact_result(idle: GroundStation, row: Row, result: int) -> None:
    assert idle.upload([HOME_ROW, at(WAYPOINT, 1.0, 1.0, 1.0), row]) == result


def test_too_many_items_are_refused_and_the_old_mission_stays(idle: GroundStation) -> None:
    assert idle.upload(waypoints(3)) == 0
    idle.send(mav.MAVLink_mission_count_message(1, 1, 651, 0))
    assert idle.wait("MISSION_ACK").type == mav.MAV_MISSION_NO_SPACE
    assert len(idle.download()) == 4


def test_an_item_without_an_upload_is_an_error(idle: GroundStation) -> None:
    idle.send(item_message(0, HOME_ROW))
    assert idle.wait("MISSION_ACK").type == mav.MAV_MISSION_ERROR


def test_a_wrong_number_is_refused_and_the_upload_goes_on(idle: GroundStation) -> None:
    rows = waypoints(2)
    idle.send(mav.MAVLink_mission_count_message(1, 1, 3, 0))
    assert idle.wait("MISSION_REQUEST").seq == 0
    idle.send(item_message(2, rows[2]))
    assert idle.wait("MISSION_ACK").type == mav.MAV_MISSION_INVALID_SEQUENCE
    for seq in range(3):
        idle.send(item_message(seq, rows[seq]))
        idle.wait("MISSION_REQUEST" if seq < 2 else "MISSION_ACK")
    assert len(idle.download()) == 3


def test_a_mission_reads_back_as_it_was_sent_with_home_as_item_0(idle: GroundStation) -> None:
    rows = [HOME_ROW, at(mav.MAV_CMD_NAV_TAKEOFF, height=1.2), at(mav.MAV_CMD_CONDITION_YAW, p=(90, 0, 0, 0)),
            at(mav.MAV_CMD_DO_CHANGE_SPEED, p=(1, 1, -1, 0)), at(WAYPOINT, 2, 2, 1.2),
            at(mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST, p=(0.5, 0, 1, 0)),
            at(WAYPOINT, 6, 2, 1.25), at(mav.MAV_CMD_DO_DIGICAM_CONTROL), at(mav.MAV_CMD_NAV_LAND)]  # fmt: skip
    assert idle.upload(rows) == 0
    items = idle.download()
    assert [i.command for i in items] == [row[1] for row in rows]
    for item, row in zip(items[1:], rows[1:], strict=True):
        assert (item.x, item.y) == (row[6], row[7])
        assert item.z == pytest.approx(row[8], abs=1e-4)
        assert item.frame in (mav.MAV_FRAME_GLOBAL_RELATIVE_ALT, mav.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT, mav.MAV_FRAME_GLOBAL)
    assert items[2].param1 == 90
    assert (items[3].param1, items[3].param2) == (1, 1)
    assert items[5].param1 == pytest.approx(0.5)
    assert (items[0].frame, items[0].command) == (mav.MAV_FRAME_GLOBAL, WAYPOINT)
    assert items[0].x == pytest.approx(ORIGIN[0], abs=20)


def test_a_refused_upload_leaves_a_mixture_behind(idle: GroundStation) -> None:
    assert idle.upload(waypoints(5, north=3.0)) == 0
    new = waypoints(5, north=13.0)
    new[3] = (RELATIVE, 9999, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0)
    assert idle.upload(new) == mav.MAV_MISSION_UNSUPPORTED
    norths = [round((item.x - ORIGIN[0]) * METRES_PER_1E7) for item in idle.download()[1:]]
    assert norths == [13, 14, 5, 6, 7]


def test_a_silent_sender_is_asked_again_and_then_given_up(idle: GroundStation) -> None:
    idle.send(mav.MAVLink_mission_count_message(1, 1, 3, 0))
    begin = idle.time_s
    assert idle.wait("MISSION_ACK", within_s=12.0).type == mav.MAV_MISSION_OPERATION_CANCELLED
    assert idle.time_s - begin == pytest.approx(8.0, abs=1.0)
    assert len(idle.of("MISSION_REQUEST", begin)) in (7, 8, 9)
    assert idle.wait("STATUSTEXT", within_s=3.0).text == "Mission upload timeout"


def test_reading_beyond_the_end_gives_the_count_and_a_refusal(idle: GroundStation) -> None:
    assert idle.upload(waypoints(2)) == 0
    idle.send(mav.MAVLink_mission_request_int_message(1, 1, 7, 0))
    assert idle.wait("MISSION_COUNT").count == 3
    assert idle.wait("MISSION_ACK").type == mav.MAV_MISSION_INVALID_SEQUENCE


def test_auto_without_a_mission_is_entered_but_not_armed(idle: GroundStation) -> None:
    assert idle.set_mode(AUTO) == 0
    answer = idle.command_and_text("Arm: ", mav.MAV_CMD_COMPONENT_ARM_DISARM, 1)
    assert answer == (mav.MAV_RESULT_FAILED, "Arm: Mode requires mission")


# -- flights -------------------------------------------------------------------------------------------------------------------


def lanes(length: float = 6.0) -> list[Row]:
    """Two lanes of `length` metres, 2 m east, with photos every 0.4 m, and back to the pad."""
    start, end = 1.5, 1.5 + length
    trigger, stop = at(mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST, p=(0.4, 0, 1, 0)), at(mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST)
    return [HOME_ROW, at(mav.MAV_CMD_NAV_TAKEOFF, height=1.2), at(mav.MAV_CMD_CONDITION_YAW, p=(90, 0, 0, 0)),
            at(mav.MAV_CMD_DO_CHANGE_SPEED, p=(1, 1, -1, 0)), at(WAYPOINT, start, 2, 1.2), trigger, at(WAYPOINT, end, 2, 1.2), stop,
            at(WAYPOINT, end, 2, 2.2), trigger, at(WAYPOINT, start, 2, 2.2), stop, at(WAYPOINT, 0, 0, 1.0),
            at(mav.MAV_CMD_NAV_LAND)]  # fmt: skip


def wait_for_item(ground: GroundStation, seq: int) -> None:
    ground.wait("MISSION_CURRENT", lambda m: m.seq == seq)


@pytest.fixture(scope="module")
def flight(vehicle: Vehicle, ready: GroundStation) -> dict[str, Any]:
    """A flight of two lanes with a pause, a stop in GUIDED and a landing, watched on both links."""
    with GroundStation(vehicle.camera_endpoint, speedup=vehicle.speedup, system=250) as camera:
        camera.stream(mav.MAVLINK_MSG_ID_SIM_STATE, mav.MAVLINK_MSG_ID_ATTITUDE, mav.MAVLINK_MSG_ID_LOCAL_POSITION_NED)
        assert ready.upload(lanes()) == 0
        begin = ready.time_s
        assert ready.set_mode(AUTO) == 0
        assert ready.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1) == 0
        wait_for_item(ready, 6)
        ready.pass_time(3.0)
        assert ready.command(mav.MAV_CMD_DO_PAUSE_CONTINUE, 0) == 0
        at_pause = ready.wait("LOCAL_POSITION_NED").x
        ready.wait("MISSION_CURRENT", lambda m: m.mission_state == 4)
        ready.pass_time(2.5)
        still = ready.wait("LOCAL_POSITION_NED")
        in_air_disarm = ready.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 0)
        assert ready.command(mav.MAV_CMD_DO_PAUSE_CONTINUE, 1) == 0
        wait_for_item(ready, 10)
        assert ready.set_mode(GUIDED) == 0
        ready.pass_time(2.0)
        held = ready.wait("LOCAL_POSITION_NED")
        assert ready.set_mode(AUTO) == 0
        ready.wait("HEARTBEAT", lambda m: not m.base_mode & mav.MAV_MODE_FLAG_SAFETY_ARMED and m.custom_mode == AUTO)
        ready.wait("MISSION_CURRENT")
        while camera.time_s < ready.time_s - 1.0:
            assert camera.next_message() is not None
        result = {
            "at_pause": at_pause, "still": still, "held": held, "in_air_disarm": in_air_disarm,
            "after": ready.of("MISSION_CURRENT")[-1],
            "seen": [s for s in ready.seen if s.time_s >= begin], "camera": list(camera.seen),
        }  # fmt: skip
    assert ready.set_mode(GUIDED) == 0
    assert ready.clear() == 0
    return result


def of(flight: dict[str, Any], kind: str, link: str = "seen") -> list[Any]:
    return [s.message for s in flight[link] if s.message.get_type() == kind]


def test_photos_come_every_spacing_and_never_closer(flight: dict[str, Any]) -> None:
    photos = of(flight, "CAMERA_FEEDBACK")
    scale = math.cos(math.radians(HOME[0]))
    places = [(m.lat * METRES_PER_1E7, m.lng * METRES_PER_1E7 * scale) for m in photos]
    gaps = sorted(math.dist(a, b) for a, b in itertools.pairwise(places))
    assert 29 <= len(photos) <= 34
    assert [m.img_idx for m in photos] == list(range(photos[0].img_idx, photos[0].img_idx + len(photos)))
    assert all(m.time_usec == 0 for m in photos)
    assert gaps[3] > 0.37
    assert gaps[len(gaps) // 2] == pytest.approx(0.405, abs=0.02)
    lane_photos = [m for m in photos if m.alt_rel < 1.5]
    assert all(m.yaw == pytest.approx(90.0, abs=4.0) for m in lane_photos)


def test_both_links_see_the_same_photos(flight: dict[str, Any]) -> None:
    assert [m.img_idx for m in of(flight, "CAMERA_FEEDBACK", "camera")] == [m.img_idx for m in of(flight, "CAMERA_FEEDBACK")]


def test_the_truth_is_close_to_the_estimate_and_not_the_same(flight: dict[str, Any]) -> None:
    scale = math.cos(math.radians(HOME[0]))
    truth: Any = None
    errors = []
    for seen in flight["camera"]:
        message = seen.message
        if message.get_type() == "SIM_STATE":
            truth = message
        elif message.get_type() == "LOCAL_POSITION_NED" and truth is not None:
            north, east = (truth.lat_int - ORIGIN[0]) * METRES_PER_1E7, (truth.lon_int - ORIGIN[1]) * METRES_PER_1E7 * scale
            errors.append(math.hypot(message.x - north, message.y - east))
    errors.sort()
    assert 0.003 < errors[len(errors) // 2] < 0.06
    assert errors[int(len(errors) * 0.95)] < 0.12


def test_lanes_are_flown_straight(flight: dict[str, Any]) -> None:
    on_lane = [m for m in of(flight, "LOCAL_POSITION_NED") if 3.0 < m.x < 6.5 and m.z < -1.2]
    assert len(on_lane) > 100
    assert all(abs(m.y - 2.0) < 0.1 for m in on_lane)


def test_a_pause_stops_within_a_metre_and_holds(flight: dict[str, Any]) -> None:
    assert 0.3 < flight["still"].x - flight["at_pause"] < 1.0
    assert math.hypot(flight["still"].vx, flight["still"].vy) < 0.08


def test_guided_holds_the_place(flight: dict[str, Any]) -> None:
    assert math.hypot(flight["held"].vx, flight["held"].vy, flight["held"].vz) < 0.1


def test_disarming_in_the_air_is_refused(flight: dict[str, Any]) -> None:
    assert flight["in_air_disarm"] == mav.MAV_RESULT_FAILED


def test_the_current_item_names_only_navigation_items_in_order(flight: dict[str, Any]) -> None:
    current = [m.seq for m in of(flight, "MISSION_CURRENT") if m.mission_mode == 1 and m.seq > 0]
    changes = [seq for i, seq in enumerate(current) if i == 0 or seq != current[i - 1]]
    assert changes == [1, 4, 6, 8, 10, 12, 13, 1]


def test_reached_items_rise_and_omit_camera_items(flight: dict[str, Any]) -> None:
    reached = [m.seq for m in of(flight, "MISSION_ITEM_REACHED")]
    assert reached == [1, 2, 3, 4, 6, 8, 10, 12]
    texts = [m.text for m in of(flight, "STATUSTEXT")]
    assert [t for t in texts if t.startswith("Reached command")] == [f"Reached command #{n}" for n in (4, 6, 8, 10, 12)]


def test_after_landing_auto_stays_disarmed_at_item_1(flight: dict[str, Any]) -> None:
    landed = [m.landed_state for m in of(flight, "EXTENDED_SYS_STATE")]
    states = [state for i, state in enumerate(landed) if i == 0 or state != landed[i - 1]]
    assert states == [1, 3, 2, 4, 1]
    assert "Disarming motors" in [m.text for m in of(flight, "STATUSTEXT")]
    assert (flight["after"].seq, flight["after"].mission_mode) == (1, 1)


def test_guided_takes_off_lands_and_disarms_on_command(idle: GroundStation) -> None:
    assert idle.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1) == 0
    assert idle.command(mav.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, 1.5) == 0
    idle.wait("GLOBAL_POSITION_INT", lambda m: m.relative_alt > 1350)
    assert idle.set_mode(LAND) == 0
    idle.wait("EXTENDED_SYS_STATE", lambda m: m.landed_state == mav.MAV_LANDED_STATE_ON_GROUND)
    idle.wait("HEARTBEAT", lambda m: not m.base_mode & mav.MAV_MODE_FLAG_SAFETY_ARMED)
    assert idle.wait("GLOBAL_POSITION_INT").relative_alt == pytest.approx(0, abs=150)


def test_lost_external_navigation_shows_in_the_health_bits(idle: GroundStation) -> None:
    vision = mav.MAV_SYS_STATUS_SENSOR_VISION_POSITION
    idle.set_parameter("SIM_VICON_FAIL", 1)
    idle.wait("SYS_STATUS", lambda m: not m.onboard_control_sensors_health & vision, within_s=3.0)
    idle.set_parameter("SIM_VICON_FAIL", 0)
    idle.wait("SYS_STATUS", lambda m: bool(m.onboard_control_sensors_health & vision), within_s=3.0)


def test_a_reboot_closes_the_links_and_starts_again_with_the_parameters_kept(vehicle: Vehicle, ready: GroundStation) -> None:
    ready.set_parameter("LAND_SPEED", 55)
    ready.pass_time(2.0)
    assert ready.command(mav.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN, 1) == 0
    while not ready.is_closed:
        ready.next_message()
    with _connected_again(vehicle) as again:
        again.wait("HEARTBEAT", lambda m: m.system_status == mav.MAV_STATE_STANDBY)
        again.stream(*STREAMS)
        assert again.wait("ATTITUDE").time_boot_ms < 20_000
        assert again.parameter("LAND_SPEED") == 55


def _connected_again(vehicle: Vehicle) -> GroundStation:
    """Connect until the vehicle that answers is the new one: the old one may still take the first connections."""
    for _ in range(100):
        with contextlib.suppress(OSError, AssertionError):
            station = GroundStation(vehicle.endpoint, speedup=vehicle.speedup)
            station.wait("HEARTBEAT")
            return station
        time.sleep(0.1)
    raise AssertionError("the vehicle does not come back after a reboot")
