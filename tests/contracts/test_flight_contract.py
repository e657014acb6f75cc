"""What flight code may rely on in the air, held by both vehicles."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from tests.contracts.ground_station import GroundStation, Row
from tests.contracts.vehicles import AUTO, GUIDED, HOME, HOME_ROW, LAND, METRES_PER_1E7, ORIGIN, WAYPOINT, Candidate, at

START_N, END_N, SPACING_M = 1.5, 11.5, 0.4
UNHURRIED = 4.0
"""Speed-up while orders are given in mid-lane: at 20 a ground station that the machine holds up for 0.2 s is a whole lane late."""


def lanes() -> list[Row]:
    """Two lanes, 2 m east, with photos every 0.4 m, and back to the pad."""
    start, end = START_N, END_N
    trigger, stop = at(mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST, p=(SPACING_M, 0, 1, 0)), at(mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST)
    return [HOME_ROW, at(mav.MAV_CMD_NAV_TAKEOFF, height=1.2), at(mav.MAV_CMD_CONDITION_YAW, p=(90, 0, 0, 0)),
            at(mav.MAV_CMD_DO_CHANGE_SPEED, p=(1, 1, -1, 0)), at(WAYPOINT, start, 2, 1.2), trigger, at(WAYPOINT, end, 2, 1.2), stop,
            at(WAYPOINT, end, 2, 2.2), trigger, at(WAYPOINT, start, 2, 2.2), stop, at(WAYPOINT, 0, 0, 1.0),
            at(mav.MAV_CMD_NAV_LAND)]  # fmt: skip


def wait_for_item(ground: GroundStation, seq: int) -> None:
    ground.wait("MISSION_CURRENT", lambda m: m.seq == seq)


@pytest.fixture(scope="module")
def flight(vehicle: Candidate, ready: GroundStation) -> dict[str, Any]:
    """A flight of two lanes with a pause, a stop in GUIDED and a landing, watched on both links."""
    with vehicle.connect(is_companion=True) as camera:
        camera.stream(mav.MAVLINK_MSG_ID_SIM_STATE, mav.MAVLINK_MSG_ID_ATTITUDE, mav.MAVLINK_MSG_ID_LOCAL_POSITION_NED)
        assert ready.upload(lanes()) == 0
        begin = ready.time_s
        assert ready.set_mode(AUTO) == 0
        assert ready.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1) == 0
        wait_for_item(ready, 4)
        ready.set_parameter("SIM_SPEEDUP", UNHURRIED)
        wait_for_item(ready, 6)
        ready.pass_time(2.0)
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
        ready.set_parameter("SIM_SPEEDUP", vehicle.speedup)
        assert ready.set_mode(AUTO) == 0
        ready.wait("HEARTBEAT", lambda m: not m.base_mode & mav.MAV_MODE_FLAG_SAFETY_ARMED and m.custom_mode == AUTO)
        ready.wait("MISSION_CURRENT")
        camera.wait("ATTITUDE", lambda m: camera.time_s >= ready.time_s - 1.0, within_s=ready.time_s)
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
    assert len(photos) == pytest.approx(2 * (END_N - START_N) / SPACING_M, abs=3)
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
    on_lane = [m for m in of(flight, "LOCAL_POSITION_NED") if 3.0 < m.x < 10.5 and m.z < -1.2]
    assert len(on_lane) > 200
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
