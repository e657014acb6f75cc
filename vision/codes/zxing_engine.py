"""zxing-cpp: the first engine, and the only module that imports it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from vision.codes.code39 import as_meant
from vision.codes.decoded import Corners, Decoded, Suspect
from warehouse.errors import BadInputError
from warehouse.symbologies import SYMBOLOGIES

NAME = "zxing-cpp"

_BASE_NAMES = {
    **dict.fromkeys(("Code39Std", "Code39Ext", "Code32", "PZN"), "Code39"),
    **dict.fromkeys(("QRCodeModel1", "QRCodeModel2"), "QRCode"),
    **dict.fromkeys(("DataBarOmni", "DataBarStk", "DataBarStkOmni"), "DataBar"),
    **{"DataBarExpStk": "DataBarExp", "ITF14": "ITF"},
}
_AS_ENCODED = {"Code39": "Code39Std"}
"""The engine's "Code39" also takes a house number of six letters and digits for a Code 32, and any "/A" for full ASCII."""
_GS1_IDENTIFIERS = frozenset({"]C1", "]d2", "]Q3", "]e0", "]J1"})


@cache
def _formats(symbologies: tuple[str, ...]) -> Any:
    unknown = [name for name in symbologies if name not in SYMBOLOGIES]
    if unknown:
        raise BadInputError(f"{unknown[0]!r} is no symbology that can be read", remedy=f"use one of: {', '.join(SYMBOLOGIES)}")
    return [getattr(zxingcpp.BarcodeFormat, _AS_ENCODED.get(name, name)) for name in symbologies]


def read(
    image: NDArray[np.uint8],
    symbologies: Sequence[str],
    *,
    variant: str,
    any_direction: bool = True,
    try_invert: bool = False,
    use_global_histogram: bool = False,
) -> list[Decoded]:
    """Return the barcodes in a grey picture (height, width).

    `any_direction` also turns the picture by 90 degrees and shrinks it: two and a half times the work. `try_invert` also looks for
    light codes on dark.
    """
    how = {"any_direction": any_direction, "try_invert": try_invert, "use_global_histogram": use_global_histogram}
    return search(image, symbologies, variant=variant, **how)[0]


def search(
    image: NDArray[np.uint8],
    symbologies: Sequence[str],
    *,
    variant: str,
    any_direction: bool = True,
    try_invert: bool = False,
    use_global_histogram: bool = False,
) -> tuple[list[Decoded], list[Suspect]]:
    """Return the barcodes as `read`, and the 2D codes that were found but not read, which cost nothing more."""
    if not symbologies:  # which the engine takes for all
        return [], []
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(image),
        formats=_formats(tuple(symbologies)),
        try_rotate=any_direction,
        try_downscale=any_direction,
        try_invert=try_invert,
        text_mode=zxingcpp.TextMode.Plain,
        binarizer=zxingcpp.Binarizer.GlobalHistogram if use_global_histogram else zxingcpp.Binarizer.LocalAverage,
        return_errors=True,
    )
    decoded = [_decoded(barcode, variant) for barcode in found if barcode.error is None and barcode.text]
    return decoded, [s for barcode in found if barcode.error is not None and (s := _suspect(barcode)) is not None]


@lru_cache(maxsize=256)
def modules_of_sscc(text: str) -> NDArray[np.float32]:
    """Return (modules,) of a Code 128 with FNC1 that holds `00` and an SSCC only, 0 for bars and 1 for spaces."""
    drawn = zxingcpp.create_barcode(f"(00){text[2:]}", zxingcpp.BarcodeFormat.Code128, gs1=True)
    return np.asarray(np.array(drawn.to_image(scale=1, add_quiet_zones=False))[0] > 0, dtype=np.float32)


def _decoded(barcode: Any, variant: str) -> Decoded:
    name = _BASE_NAMES.get(barcode.format.name, barcode.format.name)
    return Decoded(
        symbology=name,
        text=as_meant(barcode.text) if name == "Code39" else barcode.text,
        corners_px=_corners(barcode),
        engine=NAME,
        variant=variant,
        is_gs1=barcode.symbology_identifier in _GS1_IDENTIFIERS,
    )


def _suspect(barcode: Any) -> Suspect | None:
    name = _BASE_NAMES.get(barcode.format.name, barcode.format.name)
    if name not in ("QRCode", "DataMatrix"):
        return None
    version = str((barcode.extra or {}).get("Version", ""))
    n_modules = 17 + 4 * int(version) if name == "QRCode" and version.isdigit() else None
    return Suspect(symbology=name, corners_px=_corners(barcode), n_modules=n_modules)


def _corners(barcode: Any) -> Corners:
    p = barcode.position
    return tuple((float(c.x), float(c.y)) for c in (p.top_left, p.top_right, p.bottom_right, p.bottom_left))  # type: ignore[return-value]  # four
