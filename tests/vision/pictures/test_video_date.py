"""The creation time of an mp4 or mov is read; a file that says none, or nonsense, says nothing."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.pictures.test_video import write_video
from vision.pictures.video_date import creation_utc_s

NOON_S = 1_763_899_200  # 2025-11-23 12:00 UTC
FROM_1904_S = NOON_S + 2_082_844_800


def box(kind: bytes, body: bytes, *, is_long: bool = False) -> bytes:
    if is_long:
        return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8, kind) + body


def movie(created: int, version: int = 0) -> bytes:
    times = struct.pack(">QQ" if version else ">II", created, created)
    return box(b"moov", box(b"udta", b"x") + box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(88)))


def dated(path: Path, utc_s: int) -> Path:
    """Write a creation time into an mp4 of OpenCV, which leaves it at 0."""
    data = bytearray(path.read_bytes())
    at = data.index(b"mvhd") + 8
    assert data[at - 4] == 0
    data[at : at + 4] = struct.pack(">I", utc_s + 2_082_844_800)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_the_time_in_a_video_of_a_camera_is_read(tmp_path: Path, suffix: str) -> None:
    path = write_video(tmp_path / f"v{suffix}", "mp4v")
    assert creation_utc_s(path) is None
    assert creation_utc_s(dated(path, NOON_S)) == NOON_S


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("is_long", [False, True])
def test_the_time_is_read_behind_boxes_of_each_kind(tmp_path: Path, version: int, is_long: bool) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(box(b"ftyp", b"isom") + box(b"mdat", bytes(500), is_long=is_long) + movie(FROM_1904_S, version))
    assert creation_utc_s(path) == NOON_S


@pytest.mark.parametrize("created", [0, 2_082_844_800 + 86_400, 2**63])
def test_a_time_of_a_clock_that_was_never_set_is_none(tmp_path: Path, created: int) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(movie(created, version=1))
    assert creation_utc_s(path) is None


def test_other_videos_and_missing_files_say_none(tmp_path: Path) -> None:
    assert creation_utc_s(write_video(tmp_path / "v.avi", "MJPG")) is None
    assert creation_utc_s(write_video(tmp_path / "v.mkv", "mp4v")) is None
    assert creation_utc_s(tmp_path / "none.mp4") is None


@given(st.binary(max_size=80), st.integers(0, 80))
def test_any_bytes_are_survived(tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.mp4"
    whole = box(b"ftyp", b"isom") + movie(FROM_1904_S)
    for data in (noise, whole[:at] + noise, whole[:at] + noise + whole[at:]):
        path.write_bytes(data)
        found = creation_utc_s(path)
        assert found is None or 946_684_800 <= found < 4_102_444_800
