"""Pallet labels: to try the whole way with, or for pallets that have none. In the site's symbology, size and bar width.

What `read` would not book as that pallet is refused.

Layout after the GS1 Logistic Label Guideline: text for people on top, the code that identifies the pallet at the bottom.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vision.codes.labels import understand
from vision.printing.paper import Page, Paper, stickers_as_pdf
from vision.printing.symbols import PRINTABLE, Symbol, symbol_of
from warehouse.errors import BadInputError
from warehouse.pallet_ids import SSCC_PAYLOAD_DIGITS, PalletId, PalletIdKind, check_digit, parse_pallet_id
from warehouse.site import LabelRules, Site
from warehouse.texts import Texts, texts_of

EXAMPLE_PREFIX = "0952"
"""Extension digit 0 and GS1 prefix 952, which GS1 keeps for examples: no real pallet carries it."""
_GS1 = frozenset({"Code128", "QRCode", "DataMatrix"})
_HEAD_MM = _FOOT_MM = 9.0
"""Least room for the words above and below the code."""
_WORDS_MM, _BASELINE_MM, _CAPITAL_MM = 7.0, 3.0, 3.5
"""Of the words below the code: from their highest stroke and from their baseline to the edge of the sticker; height of capitals."""
_LEAST_BARS_MM, _MOST_BARS_MM = 13.0, 32.0


def trial_ssccs(rules: LabelRules, n: int, *, first: int = 1) -> list[str]:
    """Return `n` SSCCs that no pallet has: from the highest serial number of their prefix down.

    The site's own first prefix that leaves serial numbers, where it lists some; a company reaches its highest serial numbers last.
    """
    prefix = next((p for p in rules.sscc_prefixes if len(p) < SSCC_PAYLOAD_DIGITS), None) if rules.sscc_prefixes else EXAMPLE_PREFIX
    if prefix is None:
        raise BadInputError(
            f"site.toml, label.sscc_prefixes: {', '.join(rules.sscc_prefixes)} leaves no serial numbers for test labels;"
            f" expected one of fewer than {SSCC_PAYLOAD_DIGITS} digits",
            remedy="print labels for numbers that you give with --code",
        )
    digits = SSCC_PAYLOAD_DIGITS - len(prefix)
    if first + n - 1 > 10**digits:
        raise BadInputError(
            f"the SSCC prefix {prefix} has {10**digits} serial numbers, not {first + n - 1}", remedy="print fewer labels"
        )
    payloads = [f"{prefix}{10**digits - number:0{digits}d}" for number in range(first, first + n)]
    return [payload + check_digit(payload) for payload in payloads]


@dataclass(frozen=True, slots=True)
class PalletSticker:
    """One label for one pallet."""

    pallet: PalletId
    symbol: Symbol
    rules: LabelRules
    texts: Texts
    is_test: bool

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the site's stickers."""
        return self.rules.width_mm, self.rules.height_mm

    def draw(self, page: Page, left_mm: float, top_mm: float) -> None:
        """Draw the label; BadInputError where the code is wider than the sticker."""
        width, height = self.size_mm
        rows, columns = self.symbol.modules.shape
        bar = self.rules.narrowest_bar_mm
        quiet = bar * self.symbol.quiet_modules
        is_linear = self.symbol.is_linear
        high = max(_LEAST_BARS_MM, min(_MOST_BARS_MM, 0.3 * height)) if is_linear else rows * bar
        white = 0.0 if is_linear else quiet  # above and below: bars have their margin at their ends only
        foot = max(_FOOT_MM, white + _WORDS_MM)
        wide = columns * bar + 2 * quiet
        if wide > width or _HEAD_MM + white + high + foot > height:
            raise BadInputError(
                f"the code of {self.pallet} is {wide:.0f} x {high + 2 * white:.0f} mm with its white margin,"
                f" and does not fit on a sticker of {width:g} x {height:g} mm with the words above and below it",
                remedy="site.toml, [label]: give the real width_mm, height_mm and narrowest_bar_mm of your stickers",
            )
        code_top = top_mm + height - foot - high
        self._words(page, left_mm, top_mm, code_top - (quiet / 2 if is_linear else quiet) - top_mm)
        page.symbol(self.symbol, left_mm + (width - columns * bar) / 2, code_top, (columns * bar, high))
        below = f"(00){self.pallet}" if self.symbol.is_gs1 else self.pallet.value
        page.centred(below, left_mm + 4.0, top_mm + height - _BASELINE_MM, _CAPITAL_MM, room_mm=width - 8.0)

    def _words(self, page: Page, left_mm: float, top_mm: float, room_mm: float) -> None:
        """Write for people, as large as the room above the code allows."""
        width = self.size_mm[0] - 8.0
        k = min(room_mm / 40.0, 1.6)
        lines = [
            (self.texts("label.test"), 4.0, True) if self.is_test else (self.texts("label.pallet"), 2.6, False),
            (self.pallet.value, 7.0, True),
            (self.texts("label.symbol", symbology=self.symbol.symbology, mm=f"{self.rules.narrowest_bar_mm:g}"), 2.4, False),
        ]
        y = top_mm + 3.0 * k
        for text, capital, is_bold in lines:
            y += (capital + 3.0) * k
            page.text(text, left_mm + 4.0, y, capital * k, room_mm=width, is_bold=is_bold)


def labels_as_pdf(site: Site, paper: Paper, *, lang: str, pallets: Sequence[str], is_test: bool) -> bytes:
    """Return the pages with one label for each pallet, SSCCs (with or without their application identifier) or house LPNs.

    BadInputError for a number that `read` would not book as that pallet from such a label, and where a label does not fit.
    """
    texts = texts_of("vision.printing", lang)
    stickers = []
    for text in pallets:
        pallet = _pallet(text, site.labels)
        stickers.append(PalletSticker(pallet, _booked_symbol(pallet, site), site.labels, texts, is_test))
    return stickers_as_pdf(stickers, paper, texts, title=texts("label.title", site=site.name))


def _pallet(text: str, rules: LabelRules) -> PalletId:
    """Return whom `text` names; BadInputError where it is no pallet by the rules of the site."""
    if pallet := parse_pallet_id(text, rules.lpn_patterns):
        return pallet
    sscc = re.fullmatch(r"(?:00)?([0-9]{17})([0-9])", re.sub(r"[ ()]", "", text))
    if sscc is None:
        raise BadInputError(f"{text!r} is no pallet of this site", remedy=_accepted(rules))
    raise BadInputError(
        f"{text!r} is no SSCC: the check digit of {sscc[1]} is {check_digit(sscc[1])}, not {sscc[2]}", remedy=_accepted(rules)
    )


def _symbology(rules: LabelRules, pallet: PalletId) -> str:
    """Return the site's first symbology that can be printed, for an SSCC one that says GS1 where it has one."""
    printable = [name for name in rules.symbologies if name in PRINTABLE]
    if not printable:
        raise BadInputError(
            f"labels of {', '.join(rules.symbologies)} cannot be printed",
            remedy=f"site.toml, label.symbologies: one of {', '.join(sorted(PRINTABLE))} can",
        )
    says_gs1 = [name for name in printable if name in _GS1 and pallet.kind is PalletIdKind.SSCC]
    return (says_gs1 or printable)[0]


def _booked_symbol(pallet: PalletId, site: Site) -> Symbol:
    """Return the code: an SSCC with its application identifier where the symbology says GS1, else the number as it is."""
    symbology = _symbology(site.labels, pallet)
    says_gs1 = pallet.kind is PalletIdKind.SSCC and symbology in _GS1
    symbol = symbol_of(symbology, f"[00]{pallet}" if says_gs1 else pallet.value, is_gs1=says_gs1)
    if site.is_location_text(symbology, symbol.text):
        raise BadInputError(
            f"{pallet} is the code of a location or of a location tag, and never booked as a pallet",
            remedy="give the pallet another number",
        )
    booked = understand(symbol.text, symbology=symbology, is_gs1=symbol.is_gs1, rules=site.labels).pallet
    if booked is None or booked.value != pallet.value:
        raise BadInputError(
            f"a label of {symbology} that says {symbol.text!r} is not booked as the pallet {pallet} at this site",
            remedy=_accepted(site.labels),
        )
    return symbol


def _accepted(rules: LabelRules) -> str:
    """Return what a pallet is at this site, in words."""
    begins = f" that begins with {' or '.join(rules.sscc_prefixes)}" if rules.sscc_prefixes else ""
    numbers = " or ".join(rules.lpn_patterns)
    own = f", or a number that fits {numbers}" if numbers else "; list numbers of your own as lpn_patterns"
    return (
        f"site.toml, [label]: a pallet is an SSCC{begins} (18 digits, the last a check digit) in Code128, DataMatrix or QRCode{own}"
    )
