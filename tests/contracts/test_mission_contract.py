"""What flight code may rely on when it sends and reads back missions, held by both vehicles."""

from __future__ import annotations

import math

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from tests.contracts.ground_station import GroundStation, Row, item_message
from tests.contracts.vehicles import AUTO, HOME_ROW, METRES_PER_1E7, ORIGIN, RELATIVE, WAYPOINT, at, waypoints


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
