"""What the contract tests share: the vehicles that are held to the contract, where they stand, and mission items around it."""

from __future__ import annotations

import math
import os

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from tests.contracts.ground_station import Row

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
