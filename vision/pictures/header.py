"""What a picture file says about itself before its pixels are unpacked: kind, size, depth, and whether its end is there.

A few bytes can claim a picture of gigabytes, so the size is looked at before a decoder is let loose on it. Only what can be read
from JPEG (ITU-T T.81), PNG (W3C), WebP (RFC 9649), TIFF 6.0 and BMP headers is looked at; the decoder has the last word.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp")
"""How files of these kinds are called."""

_SCAN = re.compile(rb"\xff\xda\x00[\x08\x0a\x0c\x0e]")
"""Start of a scan of 1 to 4 components and the length of its header: two bytes alone are in what phones append, too."""
_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Start-of-frame markers: 0xC0 to 0xCF but for tables and reserved ones."""
_USUAL_CODES = bytes.fromhex("00 02 01 03 03 02 04 03 05 05 04 04 00 00 01 7d")
"""How many codes of each length the Huffman table has that T.81 gives (K.3.3.2) and most cameras use: with these codes no pixels
make more than 8 zeros in a row. Tables that were made for one picture write plain areas as zeros."""
_HOLE = bytes(64)
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_BITS, _TIFF_OFFSETS, _TIFF_COUNTS = 256, 257, 258, 273, 279
_TIFF_TILE_OFFSETS, _TIFF_TILE_COUNTS = 324, 325
_TIFF_FIELD = {1: "B", 3: "H", 4: "I", 16: "Q"}
_TIFF_ENTRIES = 512
"""More directory entries than this are not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHeader:
    """The claims of a picture file."""

    kind: str
    """`JPEG`, `PNG`, `WebP`, `TIFF` or `BMP`."""
    size_px: tuple[int, int]
    """Width, height, before any turning by EXIF."""
    bits: int = 8
    """Bits a channel."""
    is_cut_short: bool = False
    """Whether the end of the file is missing."""
    has_hole: bool = False
    """JPEG: whether zeros stand where pixels should, as a bad card or a broken copy leaves them."""
    may_be_transparent: bool = False
    """PNG and WebP: whether a channel of opacity may come with the colours."""
    n_scans: int = 1
    """JPEG: how many times the decoder has to go over the picture."""

    @property
    def n_pixels(self) -> int:
        """Width times height."""
        return self.size_px[0] * self.size_px[1]


def read_header(data: bytes) -> PictureHeader | None:
    """Return what the file claims to be; None when it is none of the five kinds, or its header makes no sense."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data)
        if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            return _tiff(data)
        if data.startswith(b"BM"):
            return _bmp(data)
    except (struct.error, IndexError):
        pass
    return None


def _jpeg(data: bytes) -> PictureHeader:
    at, size, bits, is_baseline = 2, (0, 0), 8, False
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        if data[at + 1] == 0xFF:  # fill bytes before a marker
            at += 1
            continue
        if data[at + 1] in _JPEG_SIZES:
            bits, height, width = struct.unpack_from(">BHH", data, at + 4)
            size, is_baseline = (width, height), data[at + 1] in (0xC0, 0xC1)
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    # An end marker before the pixels belongs to a preview in the header.
    is_cut = data.rfind(b"\xff\xd9") < at
    # Without layers each block of 8 by 8 takes two codes of a bit or more: fewer bytes cannot fill the picture.
    is_cut = is_cut or (is_baseline and 8 * (len(data) - at) < 2 * -(-size[0] // 8) * -(-size[1] // 8))
    pixels_end = data.find(b"\xff\xd9", at)
    has_hole = is_baseline and _USUAL_CODES in data[:at] and data.find(_HOLE, at, pixels_end) > 0
    n_scans = len(_SCAN.findall(data, at))
    return PictureHeader(kind="JPEG", size_px=size, bits=bits, is_cut_short=is_cut, has_hole=has_hole, n_scans=n_scans)


def _png(data: bytes) -> PictureHeader:
    width, height, bits = struct.unpack_from(">IIB", data, 16)
    is_cut = b"IEND" not in data[-64:] and not _has_png_end(data)
    has_alpha = data[25] in (4, 6) or b"tRNS" in data[:4096]
    return PictureHeader(kind="PNG", size_px=(width, height), bits=bits, is_cut_short=is_cut, may_be_transparent=has_alpha)


def _has_png_end(data: bytes) -> bool:
    """Walk the chunks: something may have been added after the end of the picture."""
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at += 12 + length
    return False


def _webp(data: bytes) -> PictureHeader | None:
    is_cut = len(data) < int.from_bytes(data[4:8], "little") + 8
    kind = data[12:16]
    has_alpha = False
    if kind == b"VP8X":
        has_alpha = bool(data[20] & 0x10)
        size = 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    elif kind == b"VP8L":
        packed = int.from_bytes(data[21:25], "little")
        size = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
        has_alpha = bool(packed >> 28 & 1)
    elif kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        size = width & 0x3FFF, height & 0x3FFF
    else:
        return None
    return PictureHeader(kind="WebP", size_px=size, is_cut_short=is_cut, may_be_transparent=has_alpha)


def _bmp(data: bytes) -> PictureHeader:
    start, header_size = struct.unpack_from("<II", data, 10)
    if header_size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    n_bytes = (width * bits + 31) // 32 * 4 * abs(height) if compression in (0, 3) else 0
    return PictureHeader(kind="BMP", size_px=(width, abs(height)), is_cut_short=len(data) < start + n_bytes)


def _tiff(data: bytes) -> PictureHeader | None:
    order = "<" if data[:2] == b"II" else ">"
    is_big = data[2:4] in (b"+\0", b"\0+")
    (first,) = struct.unpack_from(order + ("Q" if is_big else "I"), data, 8 if is_big else 4)
    at, step = first + (8 if is_big else 2), 20 if is_big else 12
    n = struct.unpack_from(order + ("Q" if is_big else "H"), data, first)[0] if at <= len(data) else 0
    if n == 0 or at + n * step > len(data):  # most writers put the directory last
        return PictureHeader(kind="TIFF", size_px=(0, 0), is_cut_short=True)
    fields: dict[int, tuple[int, ...]] = {}
    for i in range(min(n, _TIFF_ENTRIES)):
        tag, values = _tiff_entry(data, at + i * step, order, is_big)
        fields.setdefault(tag, values)
    if not fields.get(_TIFF_WIDTH) or not fields.get(_TIFF_HEIGHT):
        return None
    pairs = ((_TIFF_OFFSETS, _TIFF_COUNTS), (_TIFF_TILE_OFFSETS, _TIFF_TILE_COUNTS))
    ends = [o + n for where, length in pairs for o, n in zip(fields.get(where, ()), fields.get(length, ()), strict=False)]
    is_list_missing = any(fields.get(tag) == () for pair in pairs for tag in pair)
    return PictureHeader(
        kind="TIFF",
        size_px=(fields[_TIFF_WIDTH][0], fields[_TIFF_HEIGHT][0]),
        bits=max(fields.get(_TIFF_BITS) or (1,)),
        is_cut_short=is_list_missing or max(ends, default=0) > len(data),
    )


def _tiff_entry(data: bytes, at: int, order: str, is_big: bool) -> tuple[int, tuple[int, ...]]:
    """Return tag and whole numbers of a directory entry; no numbers for other types, or where they lie outside the file."""
    tag, kind, count = struct.unpack_from(order + ("HHQ" if is_big else "HHI"), data, at)
    letter = _TIFF_FIELD.get(kind)
    if letter is None or count * struct.calcsize(letter) > len(data):
        return tag, ()
    n_bytes, room = count * struct.calcsize(letter), 8 if is_big else 4
    at += 12 if is_big else 8
    if n_bytes > room:
        (at,) = struct.unpack_from(order + ("Q" if is_big else "I"), data, at)
    if at + n_bytes > len(data):
        return tag, ()
    return tag, struct.unpack_from(f"{order}{count}{letter}", data, at)
