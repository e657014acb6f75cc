"""What cameras write about a photo is read; what makes no sense is not."""

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.pictures.exif import Exif, read_exif
from vision.pictures.exif_writing import with_time

NOON_S = 1795435200.0  # 2026-11-23T12:00:00Z


def exif_block(order: str, taken: str, fraction: str = "", zone: str = "", orientation: int = 1) -> bytes:
    """Return a TIFF structure with the few tags that matter."""
    texts = [(tag, t.encode() + b"\0") for tag, t in ((0x9003, taken), (0x9011, zone), (0x9291, fraction)) if t]
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    top = struct.pack(order + "H", 2)
    top += struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(order + "HHII", 0x8769, 4, 1, 38) + bytes(4)
    data_at = 38 + 2 + 12 * len(texts) + 4
    inner, data = struct.pack(order + "H", len(texts)), b""
    for tag, text in texts:
        inner += struct.pack(order + "HHI", tag, 2, len(text))
        if len(text) <= 4:
            inner += text.ljust(4, b"\0")
        else:
            inner += struct.pack(order + "I", data_at + len(data))
            data += text
    return head + top + inner + bytes(4) + data


def in_jpeg(block: bytes) -> bytes:
    whole = bytes(cv2.imencode(".jpg", np.zeros((8, 12), dtype=np.uint8))[1])
    body = b"Exif\0\0" + block
    return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + whole[2:]


def in_png(block: bytes) -> bytes:
    whole = bytes(cv2.imencode(".png", np.zeros((8, 12), dtype=np.uint8))[1])
    return whole[:33] + struct.pack(">I", len(block)) + b"eXIf" + block + bytes(4) + whole[33:]


def in_webp(block: bytes) -> bytes:
    return (
        b"RIFF"
        + struct.pack("<I", 4 + 8 + 4 + 8 + len(block))
        + b"WEBPVP8 "
        + struct.pack("<I", 4)
        + b"abcdEXIF"
        + struct.pack("<I", len(block))
        + block
    )


@pytest.mark.parametrize("wrap", [in_jpeg, in_png, in_webp, bytes])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_moment_is_read_from_each_kind_of_file(wrap: object, order: str) -> None:
    assert callable(wrap)
    found = read_exif(wrap(exif_block(order, "2026:11:23 14:00:00", "25", "+02:00", 6)))
    assert found == Exif(utc_s=NOON_S + 0.25, orientation=6)


@pytest.mark.parametrize(
    ("taken", "fraction", "zone", "expected"),
    [
        ("2026:11:23 12:00:00", "", "", Exif(utc_s=NOON_S)),
        ("2026:11:23 12:00:00", "7 ", "", Exif(utc_s=NOON_S + 0.7)),
        ("2026:11:23 09:30:00", "007", "-02:30", Exif(utc_s=NOON_S + 0.007)),
        ("2026:11:23 12:00:00", "x", "+99:00", Exif(utc_s=NOON_S)),
        ("0000:00:00 00:00:00", "1", "+02:00", Exif()),
        ("yesterday", "", "", Exif()),
    ],
)
def test_what_makes_no_sense_counts_as_not_there(taken: str, fraction: str, zone: str, expected: Exif) -> None:
    assert read_exif(in_jpeg(exif_block("<", taken, fraction, zone))) == expected


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    assert read_exif(in_jpeg(exif_block("<", "", orientation=orientation))).orientation == 1


@given(
    st.binary(max_size=200),
    st.sampled_from([b"\xff\xd8\xff\xe1", b"II*\0", b"MM\0*", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b""]),
)
def test_any_bytes_are_survived(noise: bytes, beginning: bytes) -> None:
    read_exif(beginning + noise)
    block = bytearray(in_jpeg(exif_block("<", "2026:11:23 12:00:00", "25", "+02:00")))
    block[20 : 20 + len(noise)] = noise
    read_exif(bytes(block))


@given(st.floats(0, 4e9))
def test_a_time_that_is_written_is_read_again_to_the_millisecond(utc_s: float) -> None:
    jpeg = cv2.imencode(".jpg", np.zeros((8, 8, 3), dtype=np.uint8))[1].tobytes()
    dated = with_time(jpeg, utc_s)
    assert read_exif(dated).utc_s == pytest.approx(utc_s, abs=0.00051)
    assert cv2.imdecode(np.frombuffer(dated, dtype=np.uint8), cv2.IMREAD_COLOR) is not None
