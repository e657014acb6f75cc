"""The artwork of a GS1 logistic label, as it comes out of the printer and as it looks after a journey.

Layout after the GS1 Logistic Label Guideline: text for people on top, symbols below, the SSCC as the bottom one. The bar patterns
come from zint; everything is drawn at a whole number of pixels per module, so that the artwork itself has no rounding in its bars.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zint
from numpy.typing import NDArray

from sitl.stock import Pallet
from warehouse.errors import BadInputError
from warehouse.site import LabelRules

Picture = NDArray[np.uint8]

PX_PER_MODULE = 8
"""Artwork pixels per narrowest bar of the SSCC symbol."""

PAPER, INK = 236, 24
_CONTENT_MODULE = 0.75
"""Modules of the content symbol against those of the SSCC: its data would not fit on an A5 sticker at the full size."""
_MATRICES = ("QRCode", "DataMatrix")
_QUIET_MODULES = 4
"""White about a matrix code, in modules: what QR asks for."""
_CARDBOARD = 128
_MARGIN_MM = 4.0
"""No line of text comes nearer to the sides of the sticker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """What the journey did to a sticker."""

    seed: int
    is_torn: bool = False
    """Torn through every bar of every symbol, from top to bottom."""


def module_pattern(gs1_text: str) -> NDArray[np.bool_]:
    """Return the modules (n,), True = bar, of a GS1-128 symbol for `gs1_text` in zint's notation, `[00]384…`; no quiet zones."""
    symbol = zint.Symbol()
    symbol.symbology = zint.Symbology.GS1_128
    symbol.encode(gs1_text)
    packed = np.asarray(symbol.encoded_data, dtype=np.uint8)[0]
    return np.unpackbits(packed, bitorder="little")[: symbol.width].astype(np.bool_)


def matrix_pattern(symbology: str, text: str) -> NDArray[np.bool_]:
    """Return the modules (n, n), True = dark, of a `QRCode` (level M) or `DataMatrix` for `text`; no quiet zones."""
    symbol = zint.Symbol()
    symbol.symbology = zint.Symbology.QRCODE if symbology == "QRCode" else zint.Symbology.DATAMATRIX
    if symbology == "QRCode":
        symbol.option_1 = 2
    else:
        symbol.option_3 = zint.DataMatrixOptions.SQUARE
    symbol.encode(text)
    packed = np.asarray(symbol.encoded_data, dtype=np.uint8)[: symbol.rows]
    return np.unpackbits(packed, axis=1, bitorder="little")[:, : symbol.width].astype(np.bool_)


def draw_label(pallet: Pallet, rules: LabelRules, wear: Wear | None = None) -> Picture:
    """Return the sticker as a grey picture, `PX_PER_MODULE` / `rules.narrowest_bar_mm` pixels a millimetre, upright."""
    px_per_mm = PX_PER_MODULE / rules.narrowest_bar_mm
    size = (round(rules.height_mm * px_per_mm), round(rules.width_mm * px_per_mm))
    art = np.full(size, PAPER, dtype=np.uint8)
    sheet = _Sheet(art, px_per_mm)
    _draw_text(sheet, pallet, rules)
    matrix = next((name for name in rules.symbologies if name in _MATRICES), None)
    if matrix is not None and "Code128" not in rules.symbologies:
        modules = matrix_pattern(matrix, f"00{pallet.sscc}")
        side_mm = (len(modules) + 2 * _QUIET_MODULES) * rules.narrowest_bar_mm
        top_mm = rules.height_mm - 6.0 - side_mm
        if wear is not None and not wear.is_torn:  # folds and dirt spare a small code: what is not torn stays readable
            _wear(sheet, wear, symbols_mm=(top_mm, top_mm + side_mm))
        sheet.square(modules, top_mm)
        sheet.centred_text(f"(00){pallet.sscc}", rules.height_mm - 2.0, 3.0)
        if wear is not None and wear.is_torn:
            _wear(sheet, wear, symbols_mm=(top_mm, top_mm + side_mm))
        return art
    bar_mm = min(0.152 * rules.height_mm, 32.0)
    sscc_top = rules.height_mm - bar_mm - 9.0
    content_top = sscc_top - bar_mm - 8.0
    content = f"[02]{pallet.goods.gtin}[37]{pallet.quantity:02d}[10]{pallet.batch}"
    sheet.bars(module_pattern(content), round(PX_PER_MODULE * _CONTENT_MODULE), content_top, bar_mm)
    sheet.centred_text(content.replace("[", "(").replace("]", ")"), content_top + bar_mm + 5.0, 4.0)
    sheet.bars(module_pattern(f"[00]{pallet.sscc}"), PX_PER_MODULE, sscc_top, bar_mm)
    sheet.centred_text(f"(00){pallet.sscc}", sscc_top + bar_mm + 6.0, 5.0)
    if wear is not None:
        _wear(sheet, wear, symbols_mm=(content_top, sscc_top + bar_mm))
    return art


class _Sheet:
    """The artwork with a ruler in millimetres from its upper left corner."""

    def __init__(self, art: Picture, px_per_mm: float) -> None:
        self.art = art
        self.px_per_mm = px_per_mm

    @property
    def width_mm(self) -> float:
        return float(self.art.shape[1]) / self.px_per_mm

    def px(self, mm: float) -> int:
        return round(mm * self.px_per_mm)

    def bars(self, modules: NDArray[np.bool_], px_per_module: int, top_mm: float, height_mm: float) -> None:
        row = np.where(np.repeat(modules, px_per_module), INK, PAPER).astype(np.uint8)
        left = (self.art.shape[1] - row.size) // 2
        if left < 0:
            wide_mm = row.size / self.px_per_mm
            raise BadInputError(
                f"site.toml, label.width_mm: a barcode of {wide_mm:.0f} mm does not fit on {self.width_mm:g} mm",
                remedy="give the sticker's real width_mm and narrowest_bar_mm: a GS1 pallet label is 105 mm wide or more",
            )
        self.art[self.px(top_mm) : self.px(top_mm + height_mm), left : left + row.size] = row

    def square(self, modules: NDArray[np.bool_], top_mm: float) -> None:
        """Print a matrix code in the middle, its upper edge at `top_mm`, with its quiet zone."""
        quiet = np.pad(modules, _QUIET_MODULES)
        tones = np.where(quiet, INK, PAPER).astype(np.uint8).repeat(PX_PER_MODULE, axis=0).repeat(PX_PER_MODULE, axis=1)
        left, top = (self.art.shape[1] - tones.shape[1]) // 2, self.px(top_mm)
        if min(left, top) < 0:
            raise BadInputError(
                f"site.toml, label.width_mm: a matrix code of {tones.shape[1] / self.px_per_mm:.0f} mm does not fit on the sticker",
                remedy="give the sticker's real width_mm, height_mm and narrowest_bar_mm",
            )
        self.art[top : top + tones.shape[0], left : left + tones.shape[1]] = tones

    def text(self, text: str, left_mm: float, baseline_mm: float, height_mm: float) -> None:
        scale, thickness = self._pen(height_mm)
        place = (self.px(left_mm), self.px(baseline_mm))
        cv2.putText(self.art, text, place, cv2.FONT_HERSHEY_DUPLEX, scale, INK, thickness, cv2.LINE_AA)

    def centred_text(self, text: str, baseline_mm: float, height_mm: float) -> None:
        """Print a line, smaller where the sticker is too narrow for it."""
        height_mm *= min(1.0, (self.width_mm - 2 * _MARGIN_MM) / self._text_width_mm(text, height_mm))
        self.text(text, (self.width_mm - self._text_width_mm(text, height_mm)) / 2, baseline_mm, height_mm)

    def _text_width_mm(self, text: str, height_mm: float) -> float:
        (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, *self._pen(height_mm))
        return width / self.px_per_mm

    def _pen(self, height_mm: float) -> tuple[float, int]:
        """Return scale and thickness; Hershey capitals are 21 units high."""
        height_px = height_mm * self.px_per_mm
        return height_px / 21.0, max(1, round(height_px / 9.0))

    def rule(self, y_mm: float) -> None:
        self.art[self.px(y_mm) : self.px(y_mm + 0.5), self.px(_MARGIN_MM) : self.px(self.width_mm - _MARGIN_MM)] = INK


def _draw_text(sheet: _Sheet, pallet: Pallet, rules: LabelRules) -> None:
    k = rules.height_mm / 210.0
    sheet.text("JUGUETES SERRANO S.L.", 6, 13 * k, 7.0 * k)
    sheet.text("Poligono L'Alfac III, 03440 Ibi (Alicante)", 6, 22 * k, 3.6 * k)
    sheet.rule(27 * k)
    rows = (
        ("SSCC", pallet.sscc, 6.0),
        ("CONTENT", pallet.goods.gtin, 5.0),
        ("ARTICLE", pallet.goods.name, 5.0),
    )
    y = 36 * k
    for title, value, height in rows:
        sheet.text(title, 6, y, 2.6 * k)
        sheet.text(value, 6, y + (height + 3.0) * k, height * k)
        y += (height + 9.0) * k
    for left_mm, title, value in ((6.0, "COUNT", str(pallet.quantity)), (64.0, "BATCH/LOT", pallet.batch)):
        sheet.text(title, left_mm, y, 2.6 * k)
        sheet.text(value, left_mm, y + 9.0 * k, 6.0 * k)
    sheet.rule(y + 13.0 * k)


def _wear(sheet: _Sheet, wear: Wear, symbols_mm: tuple[float, float]) -> None:
    """Age the paper, add dirt and a fold, and tear it if so asked. What is not torn stays readable: bars are 32 mm high."""
    rng = np.random.default_rng([wear.seed, 7])
    art, height, width = sheet.art, *sheet.art.shape
    if rng.random() < 0.5:  # a fold: a thin line that lost its ink, with a shade on one side
        y = int(rng.uniform(0.1, 0.9) * height)
        slope = rng.uniform(-0.05, 0.05)
        ends = (0, y), (width, int(y + slope * width))
        cv2.line(art, *ends, 200, sheet.px(0.7), cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 6))):  # smears of dirt
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        axes = (sheet.px(rng.uniform(1, 7)), sheet.px(rng.uniform(0.5, 2.5)))
        patch = np.zeros_like(art)
        cv2.ellipse(patch, centre, axes, float(rng.uniform(0, 180)), 0, 360, int(rng.uniform(20, 70)), -1)
        x0, y0 = max(centre[0] - 2 * axes[0], 0), max(centre[1] - 2 * axes[0], 0)
        part = np.s_[y0 : centre[1] + 2 * axes[0], x0 : centre[0] + 2 * axes[0]]
        art[part] = cv2.subtract(art[part], cv2.blur(patch[part], (sheet.px(1.0) | 1, sheet.px(1.0) | 1)))
    if rng.random() < 0.3:  # a corner came off
        reach = sheet.px(rng.uniform(5, 14))
        corner = np.array([[width, 0], [width - reach, 0], [width, int(reach * rng.uniform(0.5, 1.5))]])
        cv2.fillPoly(art, [corner.astype(np.int32)], _CARDBOARD)
    if wear.is_torn:
        _tear(sheet, rng, symbols_mm)


def _tear(sheet: _Sheet, rng: np.random.Generator, symbols_mm: tuple[float, float]) -> None:
    """Rip a ragged band off the sticker that crosses both symbols over their whole height."""
    art, height, width = sheet.art, *sheet.art.shape
    half_mm = rng.uniform(11.0, 16.0)
    middle = width / 2 + rng.uniform(-0.12, 0.12) * width
    lean = rng.uniform(-0.15, 0.15)
    top, bottom = sheet.px(symbols_mm[0] - rng.uniform(6, 30)), height
    step = max(sheet.px(2.0), 1)
    rows = np.arange(top, bottom + step, step)
    ragged = rng.uniform(-sheet.px(2.0), sheet.px(2.0), size=(2, rows.size))
    axis = middle + lean * (rows - (top + bottom) / 2)
    narrow = np.clip((rows - top) / max(sheet.px(6.0), 1), 0.05, 1.0) * sheet.px(half_mm)
    left, right = axis - narrow + ragged[0], axis + narrow + ragged[1]
    paper = sheet.px(1.6)  # where a label tears, a rim of bare paper stays
    for grow, tone in ((paper, 250), (0, _CARDBOARD)):
        x = np.concatenate([left - grow, (right + grow)[::-1]])
        outline = np.stack([x, np.concatenate([rows, rows[::-1]])], axis=1)
        cv2.fillPoly(art, [np.rint(outline).astype(np.int32)], tone)
    fibres = rng.integers(0, 2 * sheet.px(half_mm), size=40) + int(middle) - sheet.px(half_mm)
    for x in fibres:
        y = int(rng.integers(top, height))
        cv2.line(art, (int(x), y), (int(x + rng.integers(-20, 20)), y + int(rng.integers(-60, 60))), 150, 1, cv2.LINE_AA)
