"""What the contract tests share: the vehicles that are held to the contract, where they stand, and mission items around it."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.lockstep import LockstepVehicle
from sitl.vehicles import boot_parameters, start_vehicle
from tests.contracts.ground_station import GroundStation, Row
from warehouse.range_sensor import RangeSensor

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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A vehicle that is held to the contract. With `advance` it lives in this process, and only while a station looks."""

    endpoint: str
    camera_endpoint: str
    speedup: float
    advance: Callable[[], None] | None = None

    def connect(self, *, is_companion: bool = False) -> GroundStation:
        """Return its ground station, or, on the second link, its companion computer, which sends no heartbeats."""
        endpoint, system = (self.camera_endpoint, 250) if is_companion else (self.endpoint, 255)
        return GroundStation(endpoint, speedup=self.speedup, advance=self.advance, system=system, beats=not is_companion)


@contextmanager
def candidate(
    kind: str, folder: Path, *, speedup: float, hover_s: float | None = None, range_sensor: RangeSensor | None = None
) -> Iterator[Candidate]:
    """Start a vehicle of `kind`. Only the real one is bound to the clock on the wall: a busy machine does not trouble the other."""
    if kind == "ardupilot":
        with start_vehicle(kind, home=HOME, speedup=speedup, folder=folder, hover_s=hover_s, range_sensor=range_sensor) as started:
            yield Candidate(started.endpoint, started.camera_endpoint, speedup)
        return
    parameters = boot_parameters(speedup, range_sensor=range_sensor, hover_s=hover_s)
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        vehicle = LockstepVehicle(HOME, parameters=parameters, listeners=[first, second])
        endpoint, camera_endpoint = (f"tcp:127.0.0.1:{listener.getsockname()[1]}" for listener in (first, second))
        yield Candidate(endpoint, camera_endpoint, speedup, vehicle.step)


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
