"""What flight code may rely on before a flight, held by both vehicles: the built-in copter and, with $ARDUCOPTER set, the real
ArduPilot SITL. The start comes first, in the order of its seconds.
"""

from __future__ import annotations

import contextlib
import time

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from tests.contracts.ground_station import GroundStation
from tests.contracts.vehicles import GUIDED, ORIGIN, SPEEDUP, STABILIZE, STREAMS, Candidate


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


def test_lost_external_navigation_shows_in_the_health_bits(idle: GroundStation) -> None:
    vision = mav.MAV_SYS_STATUS_SENSOR_VISION_POSITION
    idle.set_parameter("SIM_VICON_FAIL", 1)
    idle.wait("SYS_STATUS", lambda m: not m.onboard_control_sensors_health & vision, within_s=3.0)
    idle.set_parameter("SIM_VICON_FAIL", 0)
    idle.wait("SYS_STATUS", lambda m: bool(m.onboard_control_sensors_health & vision), within_s=3.0)


def test_a_reboot_closes_the_links_and_starts_again_with_the_parameters_kept(vehicle: Candidate, ready: GroundStation) -> None:
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


def _connected_again(vehicle: Candidate) -> GroundStation:
    """Connect until the vehicle that answers is the new one: the old one may still take the first connections."""
    for _ in range(100):
        with contextlib.suppress(OSError, AssertionError):
            station = vehicle.connect()
            station.wait("HEARTBEAT")
            return station
        time.sleep(0.1)
    raise AssertionError("the vehicle does not come back after a reboot")
