"""When a photo was taken and how it is turned, as its EXIF says: JPEG, PNG, WebP and TIFF (CIPA DC-008).

EXIF is written by cameras, edited by programs and cut by websites: whatever makes no sense counts as not there.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_ORIENTATION, _EXIF_FOLDER = 0x0112, 0x8769
_TAKEN, _TAKEN_FRACTION, _TAKEN_ZONE = 0x9003, 0x9291, 0x9011
_MAX_ENTRIES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Exif:
    """What is of use here."""

    utc_s: float | None = None
    """Seconds from 1970 UTC to when the photo was taken; a camera that names no time zone is taken to keep UTC."""
    orientation: int = 1
    """1 to 8; 5 and more swap width and height."""


def read_exif(data: bytes) -> Exif:
    """Return what the EXIF of a picture file says; of one without any, nothing."""
    block = _exif_block(data)
    if block is None:
        return Exif()
    try:
        order = {b"II": "<", b"MM": ">"}[block[:2]]
        (first,) = struct.unpack_from(order + "I", block, 4)
        top = _folder(block, order, first)
        inside = top.get(_EXIF_FOLDER)
        inner = _folder(block, order, inside) if isinstance(inside, int) else {}
    except (struct.error, KeyError):
        return Exif()
    turned = top.get(_ORIENTATION)
    return Exif(utc_s=_moment(inner), orientation=turned if isinstance(turned, int) and 1 <= turned <= 8 else 1)


def _exif_block(data: bytes) -> bytes | None:
    """Return the TIFF structure in which the EXIF stands."""
    if data[:4] in (b"II*\0", b"MM\0*"):
        return data
    if data.startswith(b"\xff\xd8"):
        return _jpeg_block(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _chunk(data, 8, ">", b"eXIf", after_name=False)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        block = _chunk(data, 12, "<", b"EXIF", after_name=True)
        return None if block is None else block.removeprefix(b"Exif\0\0")
    return None


def _jpeg_block(data: bytes) -> bytes | None:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            return data[at + 10 : end]
        at = end
    return None


def _chunk(data: bytes, at: int, order: str, name: bytes, *, after_name: bool) -> bytes | None:
    """Return the body of the first chunk of that name. WebP: length after the name, padded to even; PNG: before it, then a CRC."""
    while at + 8 <= len(data):
        (length,) = struct.unpack_from(order + "I", data, at + (4 if after_name else 0))
        if data[at : at + 4] == name if after_name else data[at + 4 : at + 8] == name:
            return data[at + 8 : at + 8 + length]
        at += 8 + length + (length % 2 if after_name else 4)
    return None


def _folder(block: bytes, order: str, at: int) -> dict[int, int | str]:
    """Return the whole numbers and texts of one directory by tag."""
    (n,) = struct.unpack_from(order + "H", block, at)
    found: dict[int, int | str] = {}
    for i in range(min(n, _MAX_ENTRIES)):
        tag, kind, count = struct.unpack_from(order + "HHI", block, at + 2 + 12 * i)
        where = at + 10 + 12 * i
        if kind == 3 and count == 1:
            found[tag] = struct.unpack_from(order + "H", block, where)[0]
        elif kind == 4 and count == 1:
            found[tag] = struct.unpack_from(order + "I", block, where)[0]
        elif kind == 2 and count <= 64:
            start = where if count <= 4 else struct.unpack_from(order + "I", block, where)[0]
            found[tag] = block[start : start + count].split(b"\0")[0].decode("ascii", "replace").strip()
    return found


def _moment(inner: dict[int, int | str]) -> float | None:
    taken, fraction, zone = (str(inner.get(tag, "")) for tag in (_TAKEN, _TAKEN_FRACTION, _TAKEN_ZONE))
    try:
        moment = datetime.strptime(taken, "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    seconds = float(f"0.{fraction}") if fraction.isascii() and fraction.isdigit() else 0.0
    offset = _zone(zone)
    if offset is not None:
        moment = moment.replace(tzinfo=timezone(offset))
    return moment.timestamp() + seconds


def _zone(text: str) -> timedelta | None:
    """Return the offset of `+02:00`; None for anything else."""
    if len(text) != 6 or text[0] not in "+-" or text[3] != ":" or not (text[1:3] + text[4:]).isdecimal():
        return None
    hours, minutes = int(text[1:3]), int(text[4:])
    if hours > 14 or minutes > 59:
        return None
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)
