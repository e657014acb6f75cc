"""What the fence does in flight, held by both vehicles: whatever line is crossed, the drone comes down where it is.

That the outline does so is held by a recording of the real one (tests/sitl/test_copter_recordings.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from tests.contracts.ground_station import GroundStation, Row
from tests.contracts.vehicles import (
    AUTO,
    GUIDED,
    HOME,
    HOME_ROW,
    KINDS,
    LAND,
    METRES_PER_1E7,
    ORIGIN,
    STREAMS,
    WAYPOINT,
    at,
    candidate,
)  # fmt: skip

FENCE = 1
SPEEDUP = 8.0
STAY_IN, STAY_OUT = mav.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION, mav.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION


@pytest.fixture(scope="module", params=KINDS)
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GroundStation]:
    """A vehicle that may be armed, with a fence of 20 m by 8 m that has a hole 6 m to 8 m north, 1 m to 3 m east."""
    folder = tmp_path_factory.mktemp(request.param)
    with candidate(request.param, folder, speedup=SPEEDUP, hover_s=900) as vehicle, vehicle.connect() as station:
        station.stream(*STREAMS)
        station.become_ready(ORIGIN, GUIDED)
        assert station.clear(FENCE) == 0
        assert station.upload(fence(), FENCE) == 0
        yield station


def corner(command: int, n: int, north: float, east: float) -> Row:
    scale = math.cos(math.radians(HOME[0]))
    place = ORIGIN[0] + round(north / METRES_PER_1E7), ORIGIN[1] + round(east / METRES_PER_1E7 / scale)
    return (mav.MAV_FRAME_GLOBAL, command, float(n), 0.0, 0.0, 0.0, *place, 0.0)


def fence() -> list[Row]:
    outline = [corner(STAY_IN, 4, *c) for c in ((-2, -4), (18, -4), (18, 4), (-2, 4))]
    return [*outline, *(corner(STAY_OUT, 4, *c) for c in ((6, 1), (8, 1), (8, 3), (6, 3)))]


def test_a_fence_with_a_hole_reads_back_as_it_was_sent(ground: GroundStation) -> None:
    held = ground.download(FENCE)
    assert [(i.command, i.param1, i.x, i.y) for i in held] == [(row[1], row[2], row[6], row[7]) for row in fence()]


@pytest.mark.parametrize(
    ("points", "words", "line_n"),
    [
        ([(1.0, 0.0, 1.5), (1.0, 0.0, 7.0)], "Max Alt fence breached", None),
        ([(3.5, 2.0, 1.5), (14.0, 2.0, 1.5)], "Polygon fence breached", 6.0),
    ],
    ids=["through the ceiling", "into what it must stay out of"],
)
def test_a_breach_lands_the_drone_in_place(
    ground: GroundStation, points: list[tuple[float, float, float]], words: str, line_n: float | None
) -> None:
    ground.set_parameter("FENCE_ALT_MAX", 4.0)
    ground.set_mode(GUIDED)
    rows = [HOME_ROW, at(mav.MAV_CMD_NAV_TAKEOFF, height=1.5), *(at(WAYPOINT, *p) for p in points), at(mav.MAV_CMD_NAV_LAND)]
    assert ground.clear() == 0
    assert ground.upload(rows) == 0
    assert ground.set_mode(AUTO) == 0
    begin = ground.time_s
    ground.wait("SYS_STATUS", lambda m: bool(m.onboard_control_sensors_health & 0x10000000))
    assert ground.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1) == 0
    ground.wait("STATUSTEXT", lambda m: m.text == words)
    breach = ground.wait("LOCAL_POSITION_NED")
    ground.wait("HEARTBEAT", lambda m: m.custom_mode == LAND)
    ground.wait("HEARTBEAT", lambda m: not m.base_mode & mav.MAV_MODE_FLAG_SAFETY_ARMED)
    rest: Any = ground.wait("LOCAL_POSITION_NED")
    assert math.hypot(rest.x - breach.x, rest.y - breach.y) < (0.5 if line_n is None else 1.0)
    if line_n is not None:
        assert breach.x == pytest.approx(line_n, abs=0.35)
        assert abs(rest.x - line_n) < 1.2
    modes = {m.custom_mode for m in ground.of("HEARTBEAT", begin)}
    assert modes <= {AUTO, GUIDED, LAND}
