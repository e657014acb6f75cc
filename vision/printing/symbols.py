"""The dark and light modules of a code, as it is to be printed: linear and matrix codes by zint, AprilTags by OpenCV."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zint
from numpy.typing import NDArray

from warehouse.errors import BadInputError
from warehouse.site import LINEAR_SYMBOLOGIES
from warehouse.tags import APRIL_TAG

_ZINT = {
    "Code128": zint.Symbology.CODE128,
    "Code39": zint.Symbology.CODE39,
    "ITF": zint.Symbology.C25INTER,
    "QRCode": zint.Symbology.QRCODE,
    "DataMatrix": zint.Symbology.DATAMATRIX,
    "Aztec": zint.Symbology.AZTEC,
}
PRINTABLE = frozenset({APRIL_TAG, *_ZINT})
_QR_LEVEL_M = 2
_APRIL_SIDE = 8
"""Modules of an AprilTag 36h11: six of data, and the black border."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A code without its quiet zone."""

    modules: NDArray[np.bool_]
    """(row, column), True = dark; a linear code has one row."""
    quiet_modules: int
    """White on each side that its standard asks for."""

    @property
    def is_linear(self) -> bool:
        """Whether it consists of bars, of whatever height."""
        return len(self.modules) == 1

    def bars(self) -> list[tuple[int, int, int]]:
        """Return (row, first column, columns) of each run of dark modules."""
        runs = []
        for row, modules in enumerate(self.modules):
            edges = np.flatnonzero(np.diff(np.concatenate([[False], modules, [False]]).astype(np.int8)))
            runs += [(row, int(first), int(end - first)) for first, end in zip(edges[::2], edges[1::2], strict=True)]
        return runs


def symbol_of(symbology: str, text: str, *, is_gs1: bool = False) -> Symbol:
    """Return the code of `text`; with `is_gs1` the text is zint's notation of application identifiers, `[00]384…`.

    BadInputError for a symbology that cannot be printed or a text that it cannot hold.
    """
    if symbology not in PRINTABLE:
        raise BadInputError(f"a code of {symbology} cannot be printed", remedy=f"use one of: {', '.join(sorted(PRINTABLE))}")
    if symbology == APRIL_TAG:
        return Symbol(modules=_april_tag(text), quiet_modules=1)
    symbol = zint.Symbol()
    is_gs1_128 = is_gs1 and symbology == "Code128"
    symbol.symbology = zint.Symbology.GS1_128 if is_gs1_128 else _ZINT[symbology]
    if symbology == "QRCode":
        symbol.option_1 = _QR_LEVEL_M
    if symbology == "DataMatrix":
        symbol.option_3 = zint.DataMatrixOptions.SQUARE
    if is_gs1:
        symbol.input_mode = zint.InputMode.GS1
    try:
        symbol.encode(text)
    except (RuntimeError, ValueError) as error:
        raise BadInputError(
            f"{text!r} cannot be printed as {symbology}: {error}", remedy="use other characters, or another symbology"
        ) from error
    packed = np.asarray(symbol.encoded_data, dtype=np.uint8)[: symbol.rows]
    modules = np.unpackbits(packed, axis=1, bitorder="little")[:, : symbol.width].astype(np.bool_)
    return Symbol(modules=modules, quiet_modules=10 if symbology in LINEAR_SYMBOLOGIES else 4)


def _april_tag(text: str) -> NDArray[np.bool_]:
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    return np.asarray(cv2.aruco.generateImageMarker(family, int(text), _APRIL_SIDE) < 128, dtype=np.bool_)
