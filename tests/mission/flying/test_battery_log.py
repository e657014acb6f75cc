"""What a drone draws, out of recorded flights of a real ArduCopter and of made-up ones; and the logs that cannot tell."""

from __future__ import annotations

import gzip
import shutil
import struct
from collections.abc import Iterable
from pathlib import Path

import pytest
from pymavlink.dialects.v20 import ardupilotmega as ap

from mission.flying.battery_log import calibrate_battery
from warehouse.errors import BadInputError


def write_flight(path: Path, phases: Iterable[tuple[float, float, float, float]], *, volts: float = 12.0) -> Path:
    """Write a .tlog of phases (seconds, level m/s, climb m/s, amperes), ten position messages and four of the battery a second."""
    link = ap.MAVLink(None, srcSystem=1, srcComponent=1)
    stream = bytearray()
    now_s, height_m, north_m = 0.0, 0.0, 0.0

    def say(message: ap.MAVLink_message) -> None:
        stream.extend(struct.pack(">Q", round((1.7e9 + now_s) * 1e6)) + message.pack(link))

    for seconds, level, climb, amperes in phases:
        say(ap.MAVLink_heartbeat_message(ap.MAV_TYPE_QUADROTOR, ap.MAV_AUTOPILOT_ARDUPILOTMEGA, 128, 3, 4, 3))
        for step in range(round(20 * seconds)):
            now_s += 0.05
            height_m += climb * 0.05
            north_m += level * 0.05
            if step % 2 == 0:
                say(ap.MAVLink_local_position_ned_message(round(now_s * 1000), north_m, 0.0, -height_m, level, 0.0, -climb))
            if step % 5 == 0:
                cells = [round(volts * 1000), *[65535] * 9]
                current = round(amperes * 100)
                say(ap.MAVLink_battery_status_message(0, 0, 0, 32767, cells, current, 0, 0, 90, 0, 1, [0] * 4, 0, 0))
    path.write_bytes(bytes(stream))
    return path


def test_a_flight_tells_hover_climb_and_cruise_apart(tmp_path: Path) -> None:
    path = write_flight(tmp_path / "flight.tlog", [(5, 0, 0.7, 24.0), (20, 0, 0, 20.0), (30, 1.5, 0, 19.0)])
    found = calibrate_battery(path)
    assert found.climb is not None
    assert found.cruise is not None
    assert (found.hover.power_w, found.climb.power_w, found.cruise.power_w) == pytest.approx((240.0, 288.0, 228.0), abs=0.5)
    assert (found.hover.time_s, found.cruise.time_s) == pytest.approx((20.0, 30.0), abs=0.5)
    assert found.as_toml() == "hover_w = 240.0\nclimb_w = 288.0\ncruise_w = 228.0\n"


def test_a_flight_that_only_hovers_says_nothing_of_the_rest(tmp_path: Path) -> None:
    found = calibrate_battery(write_flight(tmp_path / "flight.tlog", [(1, 0, 0.7, 24.0), (30, 0, 0, 20.0)]))
    assert (found.climb, found.cruise) == (None, None)


@pytest.mark.parametrize(
    ("phases", "words"),
    [
        ([(5, 0, 0.7, 0.0), (20, 0, 0, 0.0)], "the current in the air is zero or was not measured: no current sensor"),
        ([(5, 0, 0.7, -0.01), (20, 0, 0, -0.01)], "the current in the air is zero or was not measured: no current sensor"),
        ([(2, 0, 0.7, 24.0), (3, 0, 0, 20.0)], "the drone flew level for too short a time to tell its power"),
        ([(30, 0, 0, 20.0)], "no battery was measured in the air (messages BAT or BATTERY_STATUS)"),
    ],
)
def test_a_log_that_cannot_tell_is_refused(tmp_path: Path, phases: list[tuple[float, float, float, float]], words: str) -> None:
    with pytest.raises(BadInputError) as refused:
        calibrate_battery(write_flight(tmp_path / "flight.tlog", phases))
    assert refused.value.what.endswith(words)
    assert "current sensor" in refused.value.remedy


def test_what_is_no_log_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "flight.csv").write_text("1,2\n")
    for name, words in (("flight.csv", "not a flight log"), ("flight.BIN", "no such file")):
        with pytest.raises(BadInputError, match=words):
            calibrate_battery(tmp_path / name)


@pytest.mark.shared
def test_both_logs_of_a_recorded_flight_tell_the_same_power(shared_data: Path, tmp_path: Path) -> None:
    packed, path = shared_data / "flights" / "aisle.BIN.gz", tmp_path / "aisle.BIN"
    with gzip.open(packed) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)
    from_bin, from_tlog = calibrate_battery(path), calibrate_battery(shared_data / "flights" / "aisle.tlog")
    assert from_bin.hover.power_w == pytest.approx(354, abs=2)
    assert from_tlog.hover.power_w == pytest.approx(from_bin.hover.power_w, rel=0.01)
