"""pyzbar: the second engine, and the only module that imports it. It may be absent, or its zbar library may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ctypes import string_at
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.codes.code39 import as_meant
from vision.codes.decoded import RETAIL, Corners, Decoded

try:
    from pyzbar import wrapper
except (ImportError, OSError):  # OSError: pyzbar is there, the shared library of zbar is not
    wrapper = None

NAME = "pyzbar"
_GREY = int.from_bytes(b"Y800", "little")

_NAMES = {
    **{"CODE128": "Code128", "CODE39": "Code39", "CODE93": "Code93", "CODABAR": "Codabar", "I25": "ITF"},
    **{"EAN13": "EAN13", "EAN8": "EAN8", "UPCA": "UPCA", "UPCE": "UPCE", "QRCODE": "QRCode"},
}


def is_available() -> bool:
    """Return whether pyzbar and its library are installed."""
    return wrapper is not None


def read(image: NDArray[np.uint8], symbologies: Sequence[str], *, variant: str, every: tuple[int, int] = (1, 1)) -> list[Decoded]:
    """Return the barcodes in a grey picture (height, width); none when the engine is absent or knows none of `symbologies`.

    `every` so many columns and rows are scanned; 0 scans none of them.
    """
    if wrapper is None:
        return []
    wanted = set(symbologies)
    if wanted & RETAIL:
        wanted |= RETAIL  # zbar reports a UPC-A as EAN-13
    symbols = {wrapper.ZBarSymbol[theirs] for theirs, ours in _NAMES.items() if ours in wanted}
    found = _scanned(np.ascontiguousarray(image), symbols, every, variant) if symbols else ()
    asked_for = {*symbologies, *(("EAN13", "UPCA") if {"EAN13", "UPCA"} & set(symbologies) else ())}
    return [d for d in found if d.symbology in asked_for]


def _scanned(image: NDArray[np.uint8], symbols: set[Any], every: tuple[int, int], variant: str) -> Iterator[Decoded]:
    """Yield what the library finds. `pyzbar.decode` does the same, but scans every row and every column."""
    scanner, picture = wrapper.zbar_image_scanner_create(), wrapper.zbar_image_create()
    try:
        for symbol in wrapper.ZBarSymbol:
            wrapper.zbar_image_scanner_set_config(scanner, symbol, wrapper.ZBarConfig.CFG_ENABLE, int(symbol in symbols))
        for config, density in zip((wrapper.ZBarConfig.CFG_X_DENSITY, wrapper.ZBarConfig.CFG_Y_DENSITY), every, strict=True):
            wrapper.zbar_image_scanner_set_config(scanner, 0, config, density)
        wrapper.zbar_image_set_format(picture, _GREY)
        wrapper.zbar_image_set_size(picture, image.shape[1], image.shape[0])
        wrapper.zbar_image_set_data(picture, image.ctypes.data, image.size, None)
        wrapper.zbar_scan_image(scanner, picture)
        symbol = wrapper.zbar_image_first_symbol(picture)
        while symbol:
            name = _NAMES.get(wrapper.ZBarSymbol(symbol.contents.type).name)
            text = _text(string_at(wrapper.zbar_symbol_get_data(symbol), wrapper.zbar_symbol_get_data_length(symbol)))
            if name and text:
                text = expanded(text) if name == "UPCE" else as_meant(text) if name == "Code39" else text
                yield Decoded(symbology=name, text=text, corners_px=_corners(symbol), engine=NAME, variant=variant)
            symbol = wrapper.zbar_symbol_next(symbol)
    finally:
        wrapper.zbar_image_destroy(picture)
        wrapper.zbar_image_scanner_destroy(scanner)


def expanded(text: str) -> str:
    """Return a UPC-E of 8 digits as the 13 that it stands for (GS1 General Specifications, zero suppression).

    biip does the same, but takes a seventh of a second to import, half as long as all else that a decode needs.
    """
    system, a, b, c, d, e, last, check = list(text)
    match last:
        case "0" | "1" | "2":
            item = a + b + last + "0000" + c + d + e
        case "3":
            item = a + b + c + "00000" + d + e
        case "4":
            item = a + b + c + d + "00000" + e
        case _:
            item = a + b + c + d + e + "0000" + last
    return f"0{system}{item}{check}"


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _corners(symbol: Any) -> Corners:
    at = range(wrapper.zbar_symbol_get_loc_size(symbol))
    points = [(float(wrapper.zbar_symbol_get_loc_x(symbol, i)), float(wrapper.zbar_symbol_get_loc_y(symbol, i))) for i in at]
    hull = cv2.convexHull(np.array(points, dtype=np.float32), clockwise=True)[:, 0]
    box = hull if len(hull) == 4 else cv2.boxPoints(cv2.minAreaRect(hull))
    return tuple((float(x), float(y)) for x, y in box)  # type: ignore[return-value]  # four
