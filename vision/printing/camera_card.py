"""A card with one code in bars of several widths: a photo of it tells what a camera reads from where it stood."""

from __future__ import annotations

from dataclasses import dataclass

from vision.printing.paper import Page, Paper, stickers_as_pdf
from vision.printing.symbols import symbol_of
from warehouse.errors import BadInputError
from warehouse.symbologies import LINEAR_SYMBOLOGIES
from warehouse.texts import Texts, texts_of

WIDTHS_MM = (0.25, 0.33, 0.4, 0.5, 0.66, 0.8, 1.0)
_GAP_MM = 6.0
_BARS_MM = 16.0
_WORDS_MM = 22.0
_ROW_WORDS_MM = 18.0
_KINDS = ("Code128", "QRCode", "DataMatrix")


def text_of_width(width_mm: float) -> str:
    """Return what the code in bars of that width says: `BAR-0500` for half a millimetre."""
    return f"BAR-{round(1000 * width_mm):04d}"


@dataclass(frozen=True, slots=True)
class CameraCard:
    """The whole card, which is a page."""

    symbology: str
    texts: Texts
    room_mm: tuple[float, float]

    @property
    def size_mm(self) -> tuple[float, float]:
        """All that the paper has room for."""
        return self.room_mm

    def draw(self, page: Page, left_mm: float, top_mm: float) -> None:
        """Draw the codes from the widest bars to the narrowest; those that the paper has no room for are left out."""
        width, height = self.room_mm
        page.text(self.texts("card.title"), left_mm + 4.0, top_mm + 9.0, 5.0, room_mm=width - 8.0, is_bold=True)
        page.text(self.texts("card.what"), left_mm + 4.0, top_mm + 15.0, 2.4, room_mm=width - 8.0)
        page.text(self.texts("card.then"), left_mm + 4.0, top_mm + 20.0, 2.4, room_mm=width - 8.0)
        y = top_mm + _WORDS_MM
        for bar in reversed(WIDTHS_MM):
            symbol = symbol_of(self.symbology, text_of_width(bar))
            rows, columns = symbol.modules.shape
            quiet = symbol.quiet_modules * bar
            high = _BARS_MM if symbol.is_linear else rows * bar
            above = _GAP_MM / 2 if symbol.is_linear else max(quiet, _GAP_MM / 2)
            if _ROW_WORDS_MM + columns * bar + 2 * quiet > width or y + high + 2 * above > top_mm + height:
                continue
            page.text(self.texts("card.row", mm=f"{bar:g}"), left_mm + 4.0, y + above + 5.0, 3.0, room_mm=_ROW_WORDS_MM - 4.0)
            page.symbol(symbol, left_mm + _ROW_WORDS_MM + quiet, y + above, (columns * bar, high))
            y += high + 2 * above


def card_as_pdf(symbology: str, paper: Paper, *, lang: str) -> bytes:
    """Return the card as one page; BadInputError for a symbology whose width of bars means nothing to a reader of labels."""
    if symbology not in _KINDS:
        raise BadInputError(f"no card of {symbology} is printed", remedy=f"use one of: {', '.join(_KINDS)}")
    texts = texts_of("vision.printing", lang)
    return stickers_as_pdf([CameraCard(symbology, texts, paper.room_mm)], paper, texts, title=texts("card.title"))


def card_symbology(symbologies: tuple[str, ...]) -> str:
    """Return which of a site's symbologies the card shows: the first that it can, for other linear ones Code 128."""
    found = next((name for name in symbologies if name in _KINDS), None)
    return found or ("Code128" if LINEAR_SYMBOLOGIES.intersection(symbologies) else "QRCode")
