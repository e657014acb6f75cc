"""Picture files to grey arrays; what is no picture, or only a part of one, is refused by name."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.codes.grey import Grey, resized
from vision.pictures.exif import read_exif
from vision.pictures.header import PictureHeader, read_header
from warehouse.errors import BadInputError

# OpenCV would print its own lines about a broken file beside the one that we raise.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

MAX_PIXELS = 80_000_000
"""A larger picture is refused before it is unpacked: no drone's camera makes one, and memory must stay bounded."""
MAX_SIDE_PX = 65_535
"""A longer picture is refused: zxing-cpp takes none, and no camera makes one."""
MAX_BYTES = 512 * 1024 * 1024
"""A larger file is refused before it is read: 80 megapixels of 16-bit colour fit."""
MAX_SCANS = 100
"""A JPEG that draws itself over and over more often than this can keep a decoder busy for hours; cameras use 1, web sites 10."""

_KINDS = "JPEG, PNG, WebP, TIFF or BMP"
_REMEDY = f"give a photograph as {_KINDS}; if it should be one, copy it again from the camera"
_SMALLER = f"give a picture of at most {MAX_PIXELS // 1_000_000} megapixels"

_REDUCED = {
    1: cv2.IMREAD_GRAYSCALE,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}


def load_grey(path: Path, *, shrink: int = 1) -> Grey:
    """Return the picture in a file as `grey_from_bytes`; BadInputError also when the file cannot be read."""
    return grey_from_bytes(read_bytes(path), str(path), shrink=shrink)


def read_bytes(path: Path) -> bytes:
    """Return a plain file's bytes; BadInputError when it cannot be read, is too large, or is a folder, pipe or device."""
    try:
        # Without NONBLOCK a pipe that nobody writes to would be waited for, for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise BadInputError(f"{path}: not a file but a {_what_it_is(found.st_mode)}", remedy=_REMEDY)
            if found.st_size > MAX_BYTES:
                raise BadInputError(f"{path}: {too_large(found.st_size)}", remedy=_REMEDY)
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        what = error.strerror if isinstance(error, OSError) else str(error)
        if isinstance(error, IsADirectoryError):
            raise BadInputError(f"{path}: not a file but a folder", remedy=_REMEDY) from error
        raise BadInputError(f"{path}: cannot be read: {what}", remedy="check the path and its permissions") from error


def too_large(n_bytes: int) -> str:
    """Return for people that a file of so many bytes is not read."""
    return f"the file has {n_bytes / 1e6:.0f} MB, more than the {MAX_BYTES / 1e6:.0f} MB of any photograph"


def grey_from_bytes(data: bytes, name: str, *, shrink: int = 1) -> Grey:
    """Return the picture (height, width), turned as its EXIF says; BadInputError says, under `name`, why there is none.

    `shrink` 2, 4 or 8 loads it that many times smaller, which for JPEG is much faster than shrinking it afterwards.
    OpenCV fills the missing rest of a cut JPEG with grey, which would pass for a picture of nothing: so the end is checked first.
    Of an animation or a file of several pictures the first is taken. What is transparent in a PNG or WebP becomes white: a label
    saved without its paper would be black on black.
    """
    header = sound_header(data, name)
    is_deep = header.bits > 8
    # Of a thin picture OpenCV leaves nothing, and a TIFF that it turns it squashes.
    is_whole = is_deep or min(header.size_px) < shrink or header.kind == "TIFF"
    flags = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH if is_deep else _REDUCED[1 if is_whole else shrink]
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flags)
    except (cv2.error, MemoryError):
        image = None
    if image is None or image.ndim != 2 or image.dtype not in (np.uint8, np.uint16) or image.size == 0:
        raise BadInputError(f"{name}: not a picture that can be read; its {header.kind} data is damaged", remedy=_REMEDY)
    if image.dtype == np.uint16:
        image = _eight_bits(np.asarray(image, dtype=np.uint16))
    grey = np.asarray(image, dtype=np.uint8)
    if is_whole and shrink > 1:
        grey = resized(grey, 1 / shrink)
    return _on_white(grey, data) if header.may_be_transparent and shrink == 1 else grey


def full_size_px(image: Grey, data: bytes, name: str, *, shrink: int) -> tuple[int, int]:
    """Return the width and height that the picture `image`, loaded so many times smaller from `data`, has in full."""
    height, width = image.shape
    if shrink == 1:
        return width, height
    across, down = sound_header(data, name).size_px
    return (down, across) if width != height and (width > height) != (across > down) else (across, down)


def _on_white(image: Grey, data: bytes) -> Grey:
    try:
        colours = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError):
        return image
    if colours is None or colours.ndim != 3 or colours.shape[2] != 4 or colours.dtype not in (np.uint8, np.uint16):
        return image
    deep = 1 if colours.dtype == np.uint8 else 257
    opacity = _turned(np.asarray(colours[..., 3] // deep, dtype=np.uint8), read_exif(data).orientation)
    if opacity.shape != image.shape or opacity.min() == 255:
        return image
    return np.asarray((image.astype(np.uint16) * opacity + 255 * (255 - opacity.astype(np.uint16)) + 127) // 255, dtype=np.uint8)


def _turned(image: Grey, orientation: int) -> Grey:
    """Return a picture as EXIF's orientation, 1 to 8, has it: OpenCV turns grey pictures, but not what it loads unchanged."""
    turned = image.T if orientation >= 5 else image
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned[::-1] if orientation in (3, 4, 7, 8) else turned


def sound_header(data: bytes, name: str) -> PictureHeader:
    """Return the header of a picture that is whole and not too large; BadInputError says, under `name`, what is wrong with it."""
    if not data:
        raise BadInputError(f"{name}: the file is empty", remedy=_REMEDY)
    header = read_header(data)
    if header is None:
        raise BadInputError(f"{name}: not a picture that can be read; expected {_KINDS}", remedy=_REMEDY)
    if header.is_cut_short:
        raise BadInputError(f"{name}: the picture is cut short, its end is missing", remedy=_REMEDY)
    if header.has_hole:
        raise BadInputError(f"{name}: a part of the picture is missing, there are zeros in its place", remedy=_REMEDY)
    width, height = header.size_px
    if width < 1 or height < 1:
        raise BadInputError(f"{name}: not a picture that can be read; it says that it is {width} x {height} pixels", remedy=_REMEDY)
    if max(width, height) > MAX_SIDE_PX:
        raise BadInputError(
            f"{name}: {width} x {height} pixels; a side of more than {MAX_SIDE_PX} is no photograph", remedy=_REMEDY
        )
    if header.n_pixels > MAX_PIXELS:
        megapixels = header.n_pixels / 1e6
        raise BadInputError(f"{name}: {width} x {height} pixels ({megapixels:.0f} megapixels) are too many", remedy=_SMALLER)
    if header.n_scans > MAX_SCANS:
        raise BadInputError(f"{name}: a JPEG in {header.n_scans} layers; no camera writes such a file", remedy=_REMEDY)
    return header


def _eight_bits(image: NDArray[np.uint16]) -> Grey:
    """Return 8 of 16 bits: industrial cameras put 10, 12 or 14 bits at the lower end, which the upper 8 would show as black."""
    bits = max(int(image.max()).bit_length(), 8)
    return np.asarray(image >> ((bits + 1) // 2 * 2 - 8), dtype=np.uint8)


def _what_it_is(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "folder"), (stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"))
    return next((words for test, words in kinds if test(mode)), "device")
