"""What a barcode's text means by the site's rules: a pallet, further label data, or neither.

GS1 is parsed by biip; the rules around it close traps that were measured with biip 5.2: an SSCC with a wrong check digit still
stands in the element list, digits of other scripts pass, a retail code can look like an application identifier, and a lost FNC1
lets one field swallow the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import biip
from biip import ParseConfig
from biip.gs1_element_strings import GS1ElementString
from biip.gs1_messages import GS1Message

from vision.codes.decoded import RETAIL
from warehouse.pallet_ids import PalletId, PalletIdKind, is_sscc
from warehouse.site import LabelRules

_CONFIG = ParseConfig(gs1_element_strings_verify_date=False)
_FNC1_ALIASES = ("<GS>", "{GS}", "\u241d", "~1", "^]")
_SYMBOLOGY_IDENTIFIER = re.compile(r"\](C1|d2|Q3|e0|J1)")
_LINK = re.compile(r"(\]Q1)?https?://", re.IGNORECASE)
_DATE_AIS = frozenset({"11", "12", "13", "15", "16", "17"})
_SWALLOWED = re.compile(r".+(1[1-7]\d{6}|37\d{1,8}|00\d{18})$|.*<")
_MAY_HOLD_GS1 = frozenset({"Code128", "DataMatrix", "QRCode", "DataBarExp", "Aztec"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMeaning:
    """What one text says. Neither pallet nor data: it is kept as text, and never booked."""

    pallet: PalletId | None = None
    data: tuple[tuple[str, str], ...] = ()
    """Further GS1 elements as (application identifier, value)."""


NOTHING = LabelMeaning()


def understand(text: str, *, symbology: str, is_gs1: bool | None, rules: LabelRules) -> LabelMeaning:
    """Return what `text`, read from a `symbology` that says of itself whether it `is_gs1`, means at this site.

    An SSCC is a pallet when its check digit is right, it stands alone in its symbol, begins as the site allows, and either the
    symbol says that it is GS1 (or the engine cannot tell) or the site has a list of allowed beginnings. A house LPN must match a
    pattern of the site in full. Retail codes name articles, never pallets.
    """
    text = _cleaned(text)
    if not text or not text.replace("\x1d", "").isascii() or symbology in RETAIL:
        return NOTHING
    identifier = _SYMBOLOGY_IDENTIFIER.match(text)
    if identifier:
        text, is_gs1 = text[identifier.end() :], True
    elements = _elements(text, symbology, is_gs1)
    ssccs = {e.value for e in elements if e.ai.ai == "00"}
    if ssccs:
        pallet = _sscc(ssccs, elements, text, is_gs1=is_gs1, prefixes=rules.sscc_prefixes)
        return LabelMeaning(pallet=pallet, data=_data(elements)) if pallet else NOTHING
    if any(re.fullmatch(pattern, text) for pattern in rules.lpn_patterns):
        return LabelMeaning(pallet=PalletId(PalletIdKind.LPN, text))
    return LabelMeaning(data=_data(elements)) if is_gs1 or _LINK.match(text) else NOTHING


def _cleaned(text: str) -> str:
    text = re.sub(r"[\x00\r\n]", "", text).strip(" ")
    for alias in _FNC1_ALIASES:
        text = text.replace(alias, "\x1d")
    return text.strip("\x1d")


def _elements(text: str, symbology: str, is_gs1: bool | None) -> list[GS1ElementString]:
    if symbology not in _MAY_HOLD_GS1:
        return []
    if text.startswith("("):
        try:
            return list(GS1Message.parse_hri(text, config=_CONFIG).element_strings)
        except biip.ParseError:
            return []
    if _LINK.match(text):
        try:
            link = biip.parse(text.removeprefix("]Q1"), config=_CONFIG).gs1_digital_link_uri
        except ValueError:  # of urllib, about a host that is none: https://[your domain]/
            return []
        return list(link.element_strings) if link else []
    if is_gs1 or (re.fullmatch(r"(00)?[0-9]{18}", text) and is_sscc(text[-18:])):
        message = biip.parse("]C1" + (text if is_gs1 or len(text) == 20 else "00" + text), config=_CONFIG).gs1_message
        return list(message.element_strings) if message else []
    return []


def _sscc(
    ssccs: set[str], elements: list[GS1ElementString], text: str, *, is_gs1: bool | None, prefixes: tuple[str, ...]
) -> PalletId | None:
    value = next(iter(ssccs))
    proven = [e.sscc.value for e in elements if e.ai.ai == "00" and e.sscc is not None]
    if len(ssccs) != 1 or proven != [value] or not is_sscc(value):
        return None
    if prefixes and not value.startswith(prefixes):
        return None
    says_gs1 = is_gs1 is not False or text.startswith("(") or _LINK.match(text) is not None
    if not prefixes and not says_gs1:
        return None
    if not prefixes and is_gs1 is None and re.fullmatch(r"[0-9]{18}", text):
        return None
    return PalletId(PalletIdKind.SSCC, value)


def _data(elements: list[GS1ElementString]) -> tuple[tuple[str, str], ...]:
    return tuple((e.ai.ai, e.value) for e in elements if _is_sound(e))


def _is_sound(e: GS1ElementString) -> bool:
    if e.ai.ai == "00":
        return False
    if e.ai.ai in {"01", "02"}:
        return e.gtin is not None
    if e.ai.ai in _DATE_AIS:
        return e.date is not None
    return not (e.ai.separator_required and e.ai.ai in {"10", "21"} and _SWALLOWED.match(e.value))
