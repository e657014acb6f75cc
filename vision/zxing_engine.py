"""zxing-cpp: the first engine, and the only module that imports it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from vision.decoded import Decoded
from warehouse.errors import BadInputError
from warehouse.site import SYMBOLOGIES

NAME = "zxing-cpp"

_BASE_NAMES = {
    **dict.fromkeys(("Code39Std", "Code39Ext", "Code32", "PZN"), "Code39"),
    **dict.fromkeys(("QRCodeModel1", "QRCodeModel2"), "QRCode"),
    **dict.fromkeys(("DataBarOmni", "DataBarStk", "DataBarStkOmni"), "DataBar"),
    **{"DataBarExpStk": "DataBarExp", "ITF14": "ITF"},
}
_GS1_IDENTIFIERS = frozenset({"]C1", "]d2", "]Q3", "]e0", "]J1"})


@cache
def _formats(symbologies: tuple[str, ...]) -> Any:
    unknown = [name for name in symbologies if name not in SYMBOLOGIES]
    if unknown:
        raise BadInputError(f"{unknown[0]!r} is no symbology that can be read", remedy=f"use one of: {', '.join(SYMBOLOGIES)}")
    return [getattr(zxingcpp.BarcodeFormat, name) for name in symbologies]


def read(
    image: NDArray[np.uint8],
    symbologies: Sequence[str],
    *,
    variant: str,
    any_direction: bool = True,
    use_global_histogram: bool = False,
) -> list[Decoded]:
    """Return the barcodes in a grey picture (height, width).

    `any_direction` also turns the picture by 90 degrees, inverts and shrinks it: four times the work.
    """
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(image),
        formats=_formats(tuple(symbologies)),
        try_rotate=any_direction,
        try_downscale=any_direction,
        try_invert=any_direction,
        text_mode=zxingcpp.TextMode.Plain,
        binarizer=zxingcpp.Binarizer.GlobalHistogram if use_global_histogram else zxingcpp.Binarizer.LocalAverage,
    )
    return [_decoded(barcode, variant) for barcode in found if barcode.text]


def _decoded(barcode: Any, variant: str) -> Decoded:
    p = barcode.position
    corners = tuple((float(c.x), float(c.y)) for c in (p.top_left, p.top_right, p.bottom_right, p.bottom_left))
    name = barcode.format.name
    return Decoded(
        symbology=_BASE_NAMES.get(name, name),
        text=barcode.text,
        corners_px=corners,  # type: ignore[arg-type]  # four, by construction
        engine=NAME,
        variant=variant,
        is_gs1=barcode.symbology_identifier in _GS1_IDENTIFIERS,
    )
