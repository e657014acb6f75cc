"""The artwork of location tags: QR and Code 128 by zint, AprilTags by OpenCV, with their white margins."""

from __future__ import annotations

import cv2
import numpy as np
import zint
from numpy.typing import NDArray

from sitl.label_art import INK, PAPER
from warehouse.errors import BadInputError
from warehouse.tags import APRIL_TAG, LocationTag

Picture = NDArray[np.uint8]

MARGIN_SHARE = 0.125
"""White on every side, as a share of the tag's size: an 80 mm code on a 100 mm upright."""
_BAR_SHARE = 0.3
"""Height of the bars of a linear tag, as a share of their length."""
_SIDE_PX = 640
_ZINT = {
    "QRCode": zint.Symbology.QRCODE,
    "DataMatrix": zint.Symbology.DATAMATRIX,
    "Aztec": zint.Symbology.AZTEC,
    "Code128": zint.Symbology.CODE128,
    "Code39": zint.Symbology.CODE39,
}


def tag_size_m(tag: LocationTag) -> tuple[float, float]:
    """Return width and height of the whole sticker, margins included."""
    side = tag.size_mm / 1000.0
    margin = 2 * MARGIN_SHARE * side
    return side + margin, (side * _BAR_SHARE if _is_linear(tag) else side) + margin


def draw_tag(tag: LocationTag) -> Picture:
    """Return the sticker as a grey picture; BadInputError for a symbology that the simulation cannot draw."""
    if tag.symbology == APRIL_TAG:
        family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
        dark = cv2.aruco.generateImageMarker(family, int(tag.text), _SIDE_PX) < 128
    else:
        dark = _enlarged(_modules(tag), is_linear=_is_linear(tag))
    margin = round(MARGIN_SHARE * dark.shape[1])
    art = np.where(dark, INK, PAPER).astype(np.uint8)
    return np.pad(art, margin, constant_values=PAPER)


def _is_linear(tag: LocationTag) -> bool:
    return tag.symbology in ("Code128", "Code39")


def _modules(tag: LocationTag) -> NDArray[np.bool_]:
    if tag.symbology not in _ZINT:
        raise BadInputError(
            f"tags.csv: the simulated warehouse cannot draw a tag of {tag.symbology}",
            remedy=f"use one of: {', '.join((APRIL_TAG, *_ZINT))}",
        )
    symbol = zint.Symbol()
    symbol.symbology = _ZINT[tag.symbology]
    symbol.encode(tag.text)
    packed = np.asarray(symbol.encoded_data, dtype=np.uint8)[: symbol.rows]
    return np.unpackbits(packed, axis=1, bitorder="little")[:, : symbol.width].astype(np.bool_)


def _enlarged(modules: NDArray[np.bool_], *, is_linear: bool) -> NDArray[np.bool_]:
    each = max(_SIDE_PX // modules.shape[1], 2)
    wide = np.repeat(modules, each, axis=1)
    return np.repeat(wide[:1], round(_BAR_SHARE * wide.shape[1]), axis=0) if is_linear else np.repeat(wide, each, axis=0)
