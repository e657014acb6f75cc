"""pyzbar: the second engine, and the only module that imports it. It may be absent, or its zbar library may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.codes.decoded import RETAIL, Corners, Decoded

try:
    from pyzbar import pyzbar
except (ImportError, OSError):  # OSError: pyzbar is there, the shared library of zbar is not
    pyzbar = None

NAME = "pyzbar"

_NAMES = {
    **{"CODE128": "Code128", "CODE39": "Code39", "CODE93": "Code93", "CODABAR": "Codabar", "I25": "ITF"},
    **{"EAN13": "EAN13", "EAN8": "EAN8", "UPCA": "UPCA", "UPCE": "UPCE", "QRCODE": "QRCode"},
}


def is_available() -> bool:
    """Return whether pyzbar and its library are installed."""
    return pyzbar is not None


def read(image: NDArray[np.uint8], symbologies: Sequence[str], *, variant: str) -> list[Decoded]:
    """Return the barcodes in a grey picture (height, width); none when the engine is absent or knows none of `symbologies`."""
    if pyzbar is None:
        return []
    wanted = set(symbologies)
    if wanted & RETAIL:
        wanted |= RETAIL  # zbar reports a UPC-A as EAN-13
    symbols = [getattr(pyzbar.ZBarSymbol, theirs) for theirs, ours in _NAMES.items() if ours in wanted]
    if not symbols:
        return []
    found = pyzbar.decode(np.ascontiguousarray(image), symbols=symbols)
    return [d for item in found if (d := _decoded(item, variant)) is not None]


def _decoded(item: Any, variant: str) -> Decoded | None:
    text = _text(item.data)
    if not text:
        return None
    return Decoded(symbology=_NAMES[item.type], text=text, corners_px=_corners(item), engine=NAME, variant=variant)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _corners(item: Any) -> Corners:
    points = np.array([(p.x, p.y) for p in item.polygon], dtype=np.float32)
    if len(points) == 4:
        return tuple((float(x), float(y)) for x, y in points)  # type: ignore[return-value]  # four, as tested
    if len(points) > 2:
        return tuple((float(x), float(y)) for x, y in cv2.boxPoints(cv2.minAreaRect(points)))  # type: ignore[return-value]
    left, top, width, height = item.rect
    return ((left, top), (left + width, top), (left + width, top + height), (left, top + height))
