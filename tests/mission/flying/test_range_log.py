"""What a flight records of its sideways range sensor, on both vehicles, and what a recorded reading means."""

from __future__ import annotations

import dataclasses
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from mission.flying.range_log import RangePairing
from mission.flying.scan import flight_log
from mission.flying.watch import Ending
from mission.records import ScanPlan
from sitl.vehicles import start_vehicle
from tests.mission.flying.pilot import SPEEDUP, fly, vehicle_on_pad
from tests.mission.flying.test_flight import on_both
from warehouse.coordinates import heading_ned_from_site, latlon_1e7_from_ned, ned_from_site
from warehouse.poses import RangeRecord
from warehouse.range_sensor import RangeSensor
from warehouse.run_folder import RunFolder
from warehouse.site import Site

SENSOR = RangeSensor(side="right", beam_deg=2.0, min_m=0.2, max_m=6.0, sigma_m=0.03)
RIGHT, LEFT = mav.MAV_SENSOR_ROTATION_YAW_90, mav.MAV_SENSOR_ROTATION_YAW_270


@contextmanager
def measuring(endpoint: str, centimetres: int) -> Iterator[None]:
    """Tell the vehicle on its second link, ever again, that something stands there."""
    host, _, port = endpoint.removeprefix("tcp:").partition(":")
    voice = mav.MAVLink(None, srcSystem=250, srcComponent=191)
    message = mav.MAVLink_distance_sensor_message(0, 20, 600, centimetres, 0, 0, RIGHT, 255, signal_quality=100)
    ended = threading.Event()

    def talk() -> None:
        while not ended.wait(0.1 / SPEEDUP):
            other.sendall(message.pack(voice))

    with socket.create_connection((host, int(port)), timeout=5.0) as other:
        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield
        ended.set()
        thread.join()


@on_both
def test_a_flight_records_ten_readings_a_second_with_their_places(
    kind: str, run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    site = dataclasses.replace(site, range_sensor=SENSOR)
    anchor = site.layout.anchor
    lat, lon = latlon_1e7_from_ned(anchor, ned_from_site(anchor, (*site.layout.home_pads[0].position_m, 0.0)))
    home = (int(lat) / 1e7, int(lon) / 1e7, anchor.altitude_amsl_m, heading_ned_from_site(anchor, 0.0))
    with (
        start_vehicle(kind, home=home, speedup=SPEEDUP, folder=tmp_path, seed=3, range_sensor=SENSOR) as vehicle,
        measuring(vehicle.camera_endpoint, 175),
    ):
        fly(run, site, plan, vehicle)
    (outcome,) = flight_log(run, "01").flights
    ranges = list(run.read_lines(run.ranges_path("01"), RangeRecord))
    assert outcome.ending is Ending.COMPLETED
    assert outcome.n_ranges == len(ranges)
    assert len(ranges) == pytest.approx(10 * outcome.flight_s, rel=0.2)
    assert {(r.distance_m, r.side, r.sortie) for r in ranges} == {(1.75, "right", "01")}
    lane = plan.sorties[0].lanes[0]
    start, end = sorted((lane.start_m[1], lane.end_m[1]))
    places = np.array([r.pose.position_m for r in ranges])
    on_lane = (abs(places[:, 0] - lane.start_m[0]) < 0.12) & (abs(places[:, 2] - lane.start_m[2]) < 0.12)
    along = np.sort(places[on_lane & (places[:, 1] > start) & (places[:, 1] < end), 1])
    assert len(along) > 10
    assert np.diff(along).max() < 0.35
    assert all(0.02 < r.position_sigma_m < 0.12 for r in ranges)


def test_a_vehicle_without_the_sensor_that_the_site_speaks_of_flies_and_records_none(
    run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    with vehicle_on_pad("builtin", site, tmp_path) as vehicle:
        fly(run, dataclasses.replace(site, range_sensor=SENSOR), plan, vehicle)
    (outcome,) = flight_log(run, "01").flights
    assert (outcome.ending, outcome.n_ranges) == (Ending.COMPLETED, 0)
    assert not run.ranges_path("01").exists()


class Recorder:
    """Keeps what a pairing makes of messages."""

    def __init__(self, site: Site) -> None:
        self._pairing = RangePairing(site.layout.anchor, "01", SENSOR)
        self.records: list[RangeRecord] = []

    def say(self, *messages: Any, is_trusted: bool = True) -> None:
        for message in messages:
            record = self._pairing.take(
                message, lambda s: datetime(2026, 1, 12, 20, tzinfo=UTC) + timedelta(seconds=s), is_trusted=is_trusted
            )
            self.records += [] if record is None else [record]


@pytest.fixture
def recorder(site: Site) -> Recorder:
    return Recorder(site)


def place(site: Site, time_ms: int, north_mps: float = 0.0) -> Any:
    anchor = site.layout.anchor
    lat, lon = (int(v) for v in latlon_1e7_from_ned(anchor, ned_from_site(anchor, (6.0, 8.0, 0.0))))
    return mav.MAVLink_global_position_int_message(time_ms, lat, lon, 821500, 1500, round(north_mps * 100), 0, 0, 0)


def attitude(time_ms: int) -> Any:
    return mav.MAVLink_attitude_message(time_ms, 0.0, 0.0, np.radians(20.0), 0.0, 0.0, 0.0)


def distance(time_ms: int, centimetres: int, *, orientation: int = RIGHT, quality: int = 0) -> Any:
    return mav.MAVLink_distance_sensor_message(time_ms, 20, 600, centimetres, 0, 0, orientation, 0, signal_quality=quality)


def test_the_place_is_reckoned_on_to_the_moment_of_the_reading(site: Site, recorder: Recorder) -> None:
    recorder.say(attitude(1000), place(site, 1000, north_mps=1.0), distance(1200, 250))
    (record,) = recorder.records
    moved = np.array(record.pose.position_m) - (6.0, 8.0, 1.5)
    turned = np.radians(-site.layout.anchor.heading_deg)  # north, as the site's axes see it
    np.testing.assert_allclose(moved, [0.2 * np.sin(turned), 0.2 * np.cos(turned), 0.0], atol=0.012)
    assert record.pose.heading_deg % 360.0 == pytest.approx(0.0, abs=1e-3)
    assert record.pose.time_s == 1.2
    assert record.captured_at == "2026-01-12T20:00:01.200Z"
    assert record.position_sigma_m == pytest.approx(np.hypot(0.025, 0.05), abs=1e-4)


@pytest.mark.parametrize(
    ("message", "distance_m"),
    [
        (distance(1000, 250), 2.5),
        (distance(1000, 250, quality=100), 2.5),
        (distance(1000, 250, quality=1), None),
        (distance(1000, 0), None),
        (distance(1000, 15), None),
        (distance(1000, 600), None),
        (distance(1000, 65535), None),
    ],
)
def test_a_reading_out_of_range_is_kept_as_one_that_tells_nothing(
    site: Site, recorder: Recorder, message: Any, distance_m: float | None
) -> None:
    recorder.say(attitude(1000), place(site, 1000), message)
    assert [r.distance_m for r in recorder.records] == [distance_m]


def test_readings_of_another_side_without_a_fresh_place_or_sent_twice_are_not_recorded(site: Site, recorder: Recorder) -> None:
    recorder.say(distance(900, 250), attitude(1000), place(site, 1000), distance(1000, 250, orientation=LEFT), distance(1400, 250))
    assert recorder.records == []
    recorder.say(distance(1050, 250), distance(1050, 250))
    assert len(recorder.records) == 1


def test_a_reading_without_a_trusted_position_says_so(site: Site, recorder: Recorder) -> None:
    recorder.say(attitude(1000), place(site, 1000), distance(1000, 250), is_trusted=False)
    assert [r.is_ekf_healthy for r in recorder.records] == [False]
