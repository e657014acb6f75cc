"""Picture files to grey arrays; what is no picture, or only a part of one, is refused by name."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from vision.decode import decode
from vision.decoded import Decoded
from vision.grey import Grey
from warehouse.errors import BadInputError

# OpenCV would print its own lines about a broken file beside the one that we raise.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_REMEDY = "give a photograph as JPEG, PNG, WebP, TIFF or BMP; if it should be one, copy it again from the camera"


_REDUCED = {
    1: cv2.IMREAD_GRAYSCALE,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}


def load_grey(path: Path, *, shrink: int = 1) -> Grey:
    """Return the picture (height, width), turned as its EXIF says; BadInputError when it is none or was cut short.

    `shrink` 2, 4 or 8 loads it that many times smaller, which for JPEG is much faster than shrinking it afterwards.
    OpenCV fills the missing rest of a cut JPEG with grey, which would pass for a picture of nothing: so the end is checked first.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}", remedy="check the path and its permissions") from error
    if not data:
        raise BadInputError(f"{path}: the file is empty", remedy=_REMEDY)
    if _is_cut_short(data):
        raise BadInputError(f"{path}: the picture is cut short, its end is missing", remedy=_REMEDY)
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), _REDUCED[shrink])
    except cv2.error:
        image = None
    if image is None:
        raise BadInputError(f"{path}: not a picture that can be read", remedy=_REMEDY)
    return np.asarray(image, dtype=np.uint8)


def decode_file(path: Path, *, symbologies: tuple[str, ...] | None = None) -> tuple[Decoded, ...]:
    """Return the barcodes in a picture file; BadInputError as `load_grey`."""
    return decode(load_grey(path), symbologies=symbologies)


def _is_cut_short(data: bytes) -> bool:
    """Return whether a JPEG, PNG or WebP lacks its end; other formats are left to the decoder."""
    if data.startswith(b"\xff\xd8"):
        return data.rfind(b"\xff\xd9") < _start_of_scan(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return b"IEND" not in data[-64:]
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return len(data) < int.from_bytes(data[4:8], "little") + 8
    return False


def _start_of_scan(data: bytes) -> int:
    """Return where the pixels of a JPEG begin: an end marker before that belongs to a preview in its header."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at
