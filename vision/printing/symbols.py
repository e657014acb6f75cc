"""The dark and light modules of a code, as it is to be printed: linear and matrix codes by zint, AprilTags by OpenCV."""

from __future__ import annotations

import re
from dataclasses import dataclass

import cv2
import numpy as np
import zint
from numpy.typing import NDArray

from vision.codes import zxing_engine
from vision.codes.decoded import Decoded
from warehouse.errors import BadInputError
from warehouse.symbologies import LINEAR_SYMBOLOGIES
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
_HOLDS = {
    "Code128": "letters without accents, digits and signs",
    "Code39": "capital letters without accents, digits, spaces and - . $ / + %",
    "ITF": "digits, an even number of them",
    "QRCode": "a shorter text, or letters without accents",
    "DataMatrix": "a shorter text, or letters without accents",
    "Aztec": "a shorter text, or letters without accents",
}
"""What is expected of a text that could not be printed."""
_READ_PX = 3
"""Pixels a module in the picture that is read back."""
_READ_HIGH = 20
"""Height of the bars in it, in modules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A code without its quiet zone."""

    modules: NDArray[np.bool_]
    """(row, column), True = dark; a linear code has one row."""
    quiet_modules: int
    """White on each side, at least what its standard asks for."""
    symbology: str
    text: str
    """What a reader reads from it; the number of an AprilTag."""
    is_gs1: bool
    """Whether it says of itself that it is GS1."""

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

    BadInputError for a symbology that cannot be printed, and for a text that a reader would not read from it to the letter.
    """
    if symbology not in PRINTABLE:
        raise BadInputError(f"a code of {symbology} cannot be printed", remedy=f"use one of: {', '.join(sorted(PRINTABLE))}")
    if symbology == APRIL_TAG:
        return Symbol(modules=_april_tag(text), quiet_modules=1, symbology=symbology, text=text, is_gs1=False)
    modules = _modules(symbology, text, is_gs1=is_gs1)
    # zint pads, capitalises and re-encodes what does not fit, without a word: only reading tells what was drawn.
    read = _read_back(symbology, modules)
    if read is None:
        raise _unfit(symbology, f"{text!r} printed as {symbology} is not read")
    if read.text != (re.sub(r"^\[([0-9]+)\]", r"\1", text) if is_gs1 else text):
        raise _unfit(symbology, f"{text!r} printed as {symbology} reads as {read.text!r}")
    quiet = 10 if symbology in LINEAR_SYMBOLOGIES else 4
    return Symbol(modules=modules, quiet_modules=quiet, symbology=symbology, text=read.text, is_gs1=bool(read.is_gs1))


def _modules(symbology: str, text: str, *, is_gs1: bool) -> NDArray[np.bool_]:
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
        raise _unfit(symbology, f"{text!r} cannot be printed as {symbology}") from error
    packed = np.asarray(symbol.encoded_data, dtype=np.uint8)[: symbol.rows]
    return np.unpackbits(packed, axis=1, bitorder="little")[:, : symbol.width].astype(np.bool_)


def _read_back(symbology: str, modules: NDArray[np.bool_]) -> Decoded | None:
    rows = np.repeat(modules, _READ_HIGH, axis=0) if len(modules) == 1 else modules
    light = np.pad(~rows, 10, constant_values=True)
    picture = np.kron(light, np.ones((_READ_PX, _READ_PX), dtype=np.bool_)).astype(np.uint8) * 255
    found = zxing_engine.read(picture, (symbology,), variant="printed", any_direction=False)
    return found[0] if len(found) == 1 else None


def _unfit(symbology: str, what: str) -> BadInputError:
    return BadInputError(f"{what}; expected {_HOLDS[symbology]}", remedy="use another or a shorter text, or another symbology")


def _april_tag(text: str) -> NDArray[np.bool_]:
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    return np.asarray(cv2.aruco.generateImageMarker(family, int(text), _APRIL_SIDE) < 128, dtype=np.bool_)
