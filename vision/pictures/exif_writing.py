"""The time of a photo as EXIF, put into a JPEG (CIPA DC-008: tags 0x9003, 0x9011, 0x9291)."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

_ASCII, _LONG = 2, 4
_EXIF_FOLDER, _TAKEN, _TAKEN_ZONE, _TAKEN_FRACTION = 0x8769, 0x9003, 0x9011, 0x9291
_TOP_AT = 8


def with_time(jpeg: bytes, utc_s: float) -> bytes:
    """Return a JPEG with the time of its exposure, seconds from 1970 UTC, to the ms; it must have no EXIF yet (`without_exif`)."""
    assert jpeg.startswith(b"\xff\xd8")
    block = b"Exif\0\0" + _block(utc_s)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def without_exif(jpeg: bytes) -> bytes:
    """Return a JPEG without what its camera wrote about it in EXIF or XMP (the APP1 segments before its pixels)."""
    kept, at = [jpeg[:2]], 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] not in (0xDA, 0xFF):
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] != 0xE1:
            kept.append(jpeg[at:end])
        at = end
    return b"".join([*kept, jpeg[at:]])


def _block(utc_s: float) -> bytes:
    """Return a TIFF structure: a folder that only points to the EXIF folder, which holds the three texts."""
    taken = datetime.fromtimestamp(round(utc_s, 3), UTC)
    texts = [
        (_TAKEN, taken.strftime("%Y:%m:%d %H:%M:%S")),
        (_TAKEN_ZONE, "+00:00"),
        (_TAKEN_FRACTION, f"{taken.microsecond // 1000:03d}"),
    ]
    inner_at = _TOP_AT + 2 + 12 + 4
    inner = struct.pack("<H", len(texts))
    values, values_at = b"", inner_at + 2 + 12 * len(texts) + 4
    for tag, text in texts:
        data = text.encode() + b"\0"
        if len(data) <= 4:
            inner += struct.pack("<HHI4s", tag, _ASCII, len(data), data)
        else:
            inner += struct.pack("<HHII", tag, _ASCII, len(data), values_at + len(values))
            values += data
    top = struct.pack("<HHHIII", 1, _EXIF_FOLDER, _LONG, 1, inner_at, 0)
    return b"II*\0" + struct.pack("<I", _TOP_AT) + top + inner + struct.pack("<I", 0) + values
