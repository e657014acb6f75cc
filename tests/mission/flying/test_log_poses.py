"""Poses out of the logs of a real ArduCopter: both logs of one flight say the same, and agree with the simulator's truth."""

import gzip
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as ap

from mission.flying.log_poses import read_flight_log
from warehouse.coordinates import Anchor, ned_from_latlon_1e7
from warehouse.errors import BadInputError
from warehouse.pose_track import PoseLog, pose_at

ANCHOR = Anchor(latitude_deg=38.6255, longitude_deg=-0.5730, altitude_amsl_m=820.0, heading_deg=0.0)
EPOCH_S = 1795392000.0
"""The recording's time stamps are seconds since the autopilot's boot, added to this."""


@pytest.fixture(scope="module")
def bin_file(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "aisle.BIN"
    with gzip.open(shared_data / "flights" / "aisle.BIN.gz") as packed, path.open("wb") as stream:
        shutil.copyfileobj(packed, stream)
    return path


@pytest.fixture(scope="module")
def from_bin(bin_file: Path) -> PoseLog:
    return read_flight_log(bin_file, ANCHOR)


@pytest.fixture(scope="module")
def from_tlog(shared_data: Path) -> PoseLog:
    return read_flight_log(shared_data / "flights" / "aisle.tlog", ANCHOR)


@pytest.mark.shared
def test_both_logs_of_a_flight_give_each_photo_the_same_pose(from_bin: PoseLog, from_tlog: PoseLog) -> None:
    assert [p.number for p in from_bin.photos] == [p.number for p in from_tlog.photos] == list(range(1, 77))
    for a, b in zip(from_bin.photos, from_tlog.photos, strict=True):
        assert a.pose.position_m == b.pose.position_m
        angles = [(getattr(p.pose, name)) for p in (a, b) for name in ("roll_deg", "pitch_deg", "heading_deg")]
        assert angles[:3] == pytest.approx(angles[3:], abs=0.011)
        assert a.is_healthy
        assert b.is_healthy
        assert 0.02 < a.position_sigma_m < 0.05


@pytest.mark.shared
def test_the_photos_lie_on_the_track_of_their_log(from_bin: PoseLog, from_tlog: PoseLog) -> None:
    for log, reach_m in ((from_bin, 0.03), (from_tlog, 0.12)):  # CAMERA_FEEDBACK reaches a .tlog up to 0.1 s late, at 1 m/s
        for photo in log.photos:
            there = pose_at(log.track, photo.pose.time_s)
            assert there is not None
            assert there.pose.position_m == pytest.approx(photo.pose.position_m, abs=reach_m)
            assert there.pose.heading_deg == pytest.approx(photo.pose.heading_deg, abs=0.5)


@pytest.mark.shared
def test_both_tracks_are_the_way_that_the_simulator_flew(shared_data: Path, from_bin: PoseLog, from_tlog: PoseLog) -> None:
    assert from_bin.utc_at_zero_s is None
    assert from_tlog.utc_at_zero_s is not None
    link = mavutil.mavlogfile(str(shared_data / "flights" / "aisle.tlog"))
    errors: dict[str, list[float]] = {"bin": [], "tlog": []}
    first, last = from_bin.photos[0].pose.time_s, from_bin.photos[-1].pose.time_s
    while (m := link.recv_match(type="SIM_STATE")) is not None:
        boot_s = m._timestamp - EPOCH_S
        if not first < boot_s < last:
            continue
        north, east = ned_from_latlon_1e7(ANCHOR, (m.lat_int, m.lon_int))
        for name, log, time_s in (("bin", from_bin, boot_s), ("tlog", from_tlog, m._timestamp - from_tlog.utc_at_zero_s)):
            found = pose_at(log.track, time_s)
            if found is not None:
                x, y, _ = found.pose.position_m
                errors[name].append(float(np.hypot(x - east, y - north)))
    assert min(len(e) for e in errors.values()) > 300
    assert all(np.percentile(e, 95) < 0.15 for e in errors.values())


@pytest.mark.shared
def test_the_site_frame_is_turned_by_the_anchor(shared_data: Path, from_tlog: PoseLog) -> None:
    east_up = Anchor(latitude_deg=38.6255, longitude_deg=-0.5730, altitude_amsl_m=820.0, heading_deg=90.0)
    turned = read_flight_log(shared_data / "flights" / "aisle.tlog", east_up)
    x, y, z = from_tlog.photos[10].pose.position_m
    assert turned.photos[10].pose.position_m == pytest.approx((-y, x, z), abs=1e-3)
    assert turned.photos[10].pose.heading_deg == pytest.approx(from_tlog.photos[10].pose.heading_deg - 90.0, abs=1e-2)


@pytest.mark.shared
def test_a_lost_position_is_not_called_healthy(shared_data: Path) -> None:
    log = read_flight_log(shared_data / "flights" / "position-lost.tlog", ANCHOR)
    assert {p.is_healthy for p in log.track} == {True, False}


@pytest.mark.shared
def test_the_log_of_another_site_is_refused(shared_data: Path) -> None:
    elsewhere = Anchor(latitude_deg=48.1, longitude_deg=11.6, altitude_amsl_m=520.0, heading_deg=0.0)
    with pytest.raises(BadInputError, match="km away from this site"):
        read_flight_log(shared_data / "flights" / "aisle.tlog", elsewhere)


@pytest.mark.shared
@pytest.mark.parametrize("suffix", [".BIN", ".tlog"])
@pytest.mark.parametrize("harm", ["cut", "flipped"])
def test_a_damaged_log_gives_what_it_still_holds_or_is_named(
    bin_file: Path, shared_data: Path, tmp_path: Path, suffix: str, harm: str
) -> None:
    whole = (bin_file if suffix == ".BIN" else shared_data / "flights" / "aisle.tlog").read_bytes()
    data = bytearray(whole[: len(whole) * 2 // 3])
    if harm == "flipped":
        for at in np.random.default_rng(4).integers(0, len(data), 60):
            data[at] ^= 0xFF
    path = tmp_path / f"harmed{suffix}"
    path.write_bytes(bytes(data))
    try:
        assert 10 <= len(read_flight_log(path, ANCHOR).photos) < 76
    except BadInputError as error:
        assert f"harmed{suffix}" in str(error)


def recording(path: Path, photos: list[tuple[int, int, tuple[int, int]]], seconds: float = 4.0) -> Path:
    """Record a vehicle that never had an origin, 0.5 m/s north; photos: milliseconds, number, latitude and longitude."""
    vehicle = ap.MAVLink(None, srcSystem=1, srcComponent=1)
    messages: list[tuple[int, ap.MAVLink_message]] = [(0, vehicle.heartbeat_encode(2, 3, 0, 0, 4))]
    for ms in range(0, int(seconds * 1000), 200):
        messages.append((ms, vehicle.local_position_ned_encode(ms, ms * 0.0005, 1.0, -2.0, 0.5, 0.0, 0.0)))
        messages.append((ms, vehicle.attitude_encode(ms, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)))
    for ms, number, (lat, lon) in photos:
        messages.append((ms, vehicle.camera_feedback_encode(ms * 1000, 0, 0, number, lat, lon, 0.0, 2.0, 0.0, 0.0, 90.0, 0.0, 0)))
    with path.open("wb") as stream:
        for ms, message in sorted(messages, key=lambda one: one[0]):
            stream.write(struct.pack(">Q", round((EPOCH_S + ms / 1000) * 1e6)) + message.pack(vehicle))
    return path


def test_a_photo_without_a_position_gets_that_of_the_way_or_is_named(tmp_path: Path) -> None:
    photos = [(1000, 1, (0, 0)), (2500, 2, (0, 0)), (9000, 3, (0, 0))]
    log = read_flight_log(recording(tmp_path / "f.tlog", photos), ANCHOR)
    assert [(p.number, p.pose.position_m, p.pose.heading_deg) for p in log.photos] == [
        (1, (1.0, 0.5, 2.0), 90.0),
        (2, (1.0, 1.25, 2.0), 90.0),
    ]
    assert log.faults == (f"{tmp_path}/f.tlog: photo 3 has no position, and the log knows none at 9.0 s",)


def test_photos_of_another_place_than_the_way_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="km away from this site"):
        read_flight_log(recording(tmp_path / "f.tlog", [(1000, 1, (481_000_000, 116_000_000))]), ANCHOR)


@pytest.mark.parametrize(
    ("name", "words"), [("none.tlog", "no such file"), ("photo.jpg", "not a flight log"), ("text.BIN", ""), ("text.tlog", "")]
)
def test_what_is_no_flight_log_is_named(tmp_path: Path, name: str, words: str) -> None:
    if not name.startswith("none"):
        (tmp_path / name).write_bytes(b"frame,time\n" * 50)
    with pytest.raises(BadInputError, match=f"{name}: .*{words}"):
        read_flight_log(tmp_path / name, ANCHOR)
