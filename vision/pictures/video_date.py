"""When a video began, as an mp4 or mov says itself: the creation time in its `mvhd` box (ISO 14496-12)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_FROM_1904_TO_1970_S = 2_082_844_800
_YEAR_2000_S, _YEAR_2100_S = 946_684_800, 4_102_444_800
_MAX_BOXES = 10_000
"""More are not walked over: a file of empty boxes would keep us for hours."""


def creation_utc_s(path: Path) -> float | None:
    """Return seconds from 1970 UTC at which the video in a file began; None when it does not say.

    A time before 2000 counts as none: a camera whose clock was never set writes 0. Some cameras write their local time as if it
    were UTC, and some phones the end of the recording: tell people which time was taken.
    """
    try:
        with path.open("rb") as stream:
            created = _creation(stream, path.stat().st_size)
    except (OSError, struct.error, IndexError, OverflowError, ValueError):  # a file that ends early, or sizes that make no sense
        return None
    utc_s = None if created is None else created - _FROM_1904_TO_1970_S
    return float(utc_s) if utc_s is not None and _YEAR_2000_S <= utc_s < _YEAR_2100_S else None


def _creation(stream: BinaryIO, end: int) -> int | None:
    """Return seconds from 1904 in the first `mvhd` of the first `moov`."""
    at = 0
    for _ in range(_MAX_BOXES):
        stream.seek(at)
        size, kind = struct.unpack(">I4s", stream.read(8))
        n_header = 8
        if size == 1:
            (size,) = struct.unpack(">Q", stream.read(8))
            n_header = 16
        elif size == 0:
            size = end - at
        if kind == b"mvhd":
            version = stream.read(4)[0]
            (created,) = struct.unpack(">Q", stream.read(8)) if version == 1 else struct.unpack(">I", stream.read(4))
            return int(created)
        if size < n_header:
            return None
        at += n_header if kind == b"moov" else size
    return None
