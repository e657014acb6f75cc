"""Pallet labels: to try the whole way with, or for pallets that have none. In the site's symbology, size and bar width.

Layout after the GS1 Logistic Label Guideline: text for people on top, the code that identifies the pallet at the bottom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vision.printing.paper import Page, Paper, stickers_as_pdf
from vision.printing.symbols import PRINTABLE, Symbol, symbol_of
from warehouse.errors import BadInputError
from warehouse.pallet_ids import check_digit, is_sscc
from warehouse.site import LabelRules, Site
from warehouse.texts import Texts, texts_of

EXAMPLE_PREFIX = "0952"
"""Extension digit 0 and GS1 prefix 952, which GS1 keeps for examples: no real pallet carries it."""
_GS1 = frozenset({"Code128", "QRCode", "DataMatrix"})
_PAYLOAD_DIGITS = 17
"""Of an SSCC, without its check digit."""
_FOOT_MM = 9.0
_LEAST_BARS_MM, _MOST_BARS_MM = 13.0, 32.0


def trial_ssccs(rules: LabelRules, n: int, *, first: int = 1) -> list[str]:
    """Return `n` SSCCs that no pallet has: from the highest serial number of their prefix down.

    The site's own first prefix that leaves serial numbers, where it lists some; a company reaches its highest serial numbers last.
    """
    prefix = next((p for p in rules.sscc_prefixes if len(p) < _PAYLOAD_DIGITS), None) if rules.sscc_prefixes else EXAMPLE_PREFIX
    if prefix is None:
        raise BadInputError(
            f"site.toml, label.sscc_prefixes: {', '.join(rules.sscc_prefixes)} leaves no serial numbers for test labels;"
            f" expected one of fewer than {_PAYLOAD_DIGITS} digits",
            remedy="print labels for numbers that you give with --code",
        )
    digits = _PAYLOAD_DIGITS - len(prefix)
    if first + n - 1 > 10**digits:
        raise BadInputError(
            f"the SSCC prefix {prefix} has {10**digits} serial numbers, not {first + n - 1}", remedy="print fewer labels"
        )
    payloads = [f"{prefix}{10**digits - number:0{digits}d}" for number in range(first, first + n)]
    return [payload + check_digit(payload) for payload in payloads]


@dataclass(frozen=True, slots=True)
class PalletSticker:
    """One label for one pallet."""

    pallet: str
    """SSCC or house LPN."""
    rules: LabelRules
    texts: Texts
    is_test: bool

    @property
    def symbology(self) -> str:
        """The site's first symbology that can be printed; BadInputError when it has none."""
        found = next((name for name in self.rules.symbologies if name in PRINTABLE), None)
        if found is None:
            raise BadInputError(
                f"labels of {', '.join(self.rules.symbologies)} cannot be printed",
                remedy=f"site.toml, label.symbologies: one of {', '.join(sorted(PRINTABLE))} can",
            )
        return found

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the site's stickers."""
        return self.rules.width_mm, self.rules.height_mm

    def symbol(self) -> Symbol:
        """Return the code: an SSCC with its application identifier, an LPN as it is."""
        if not is_sscc(self.pallet):
            return symbol_of(self.symbology, self.pallet)
        if self.symbology in _GS1:
            return symbol_of(self.symbology, f"[00]{self.pallet}", is_gs1=True)
        return symbol_of(self.symbology, f"00{self.pallet}")

    def draw(self, page: Page, left_mm: float, top_mm: float) -> None:
        """Draw the label; BadInputError where the code is wider than the sticker."""
        width, height = self.size_mm
        symbol = self.symbol()
        rows, columns = symbol.modules.shape
        bar = self.rules.narrowest_bar_mm
        quiet = bar * symbol.quiet_modules
        high = max(_LEAST_BARS_MM, min(_MOST_BARS_MM, 0.3 * height)) if symbol.is_linear else rows * bar
        if columns * bar + 2 * quiet > width or high + 2 * _FOOT_MM > height:
            raise BadInputError(
                f"the code of {self.pallet} is {columns * bar + 2 * quiet:.0f} x {high:.0f} mm with its white margin,"
                f" and does not fit on a sticker of {width:g} x {height:g} mm",
                remedy="site.toml, [label]: give the real width_mm, height_mm and narrowest_bar_mm of your stickers",
            )
        code_top = top_mm + height - _FOOT_MM - high
        self._words(page, left_mm, top_mm, code_top - quiet / 2 - top_mm)
        page.symbol(symbol, left_mm + (width - columns * bar) / 2, code_top, (columns * bar, high))
        below = f"(00){self.pallet}" if is_sscc(self.pallet) else self.pallet
        page.centred(below, left_mm + 4.0, top_mm + height - _FOOT_MM + 6.0, 3.5, room_mm=width - 8.0)

    def _words(self, page: Page, left_mm: float, top_mm: float, room_mm: float) -> None:
        """Write for people, as large as the room above the code allows."""
        width = self.size_mm[0] - 8.0
        k = min(room_mm / 40.0, 1.6)
        lines = [
            (self.texts("label.test"), 4.0, True) if self.is_test else (self.texts("label.pallet"), 2.6, False),
            (self.pallet, 7.0, True),
            (self.texts("label.symbol", symbology=self.symbology, mm=f"{self.rules.narrowest_bar_mm:g}"), 2.4, False),
        ]
        y = top_mm + 3.0 * k
        for text, capital, is_bold in lines:
            y += (capital + 3.0) * k
            page.text(text, left_mm + 4.0, y, capital * k, room_mm=width, is_bold=is_bold)


def labels_as_pdf(site: Site, paper: Paper, *, lang: str, pallets: Sequence[str], is_test: bool) -> bytes:
    """Return the pages with one label for each pallet."""
    texts = texts_of("vision.printing", lang)
    stickers = [PalletSticker(pallet, site.labels, texts, is_test) for pallet in pallets]
    return stickers_as_pdf(stickers, paper, texts, title=texts("label.title", site=site.name))
