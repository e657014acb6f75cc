"""What a barcode in somebody else's scan file names: a pallet, data about one, or neither.

Our own runs arrive with this settled by vision and the site's rules. A scan file brings bare texts, and to take the label of a
rack or the (02) GTIN of a carton for a pallet would accuse it of being unexpected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import biip
from biip.gs1_messages import GS1Message

from warehouse.pallet_ids import PalletId, PalletIdKind, check_digit, is_sscc, parse_pallet_id

_RETAIL = frozenset({"EAN13", "EAN8", "UPCA", "UPCE"})
_SYMBOLOGY_ID = re.compile(r"\][A-Za-z][0-9]")
_CONTENT_WITHOUT_FNC1 = re.compile(r"02[0-9]{14}(37[0-9]{1,8}|1[0157])")


@dataclass(frozen=True, slots=True)
class Named:
    """What one text names."""

    pallet: PalletId | None = None
    label_data: tuple[tuple[str, str], ...] = ()
    """GS1 data as (application identifier, value)."""


def what_it_names(text: str, symbology: str, booked: Mapping[str, PalletId]) -> Named:
    """Return the pallet, by SSCC, by the ERP's own text, or as a plain text that nothing else explains; or the label data.

    `symbology` is empty where the file does not name it.
    """
    text = text.strip()
    known = parse_pallet_id(text) or booked.get(text)
    if known is not None:
        return Named(known)
    data = _gs1_data(text)
    if data:
        sscc = next((value for ai, value in data if ai == "00" and is_sscc(value)), None)
        rest = tuple((ai, value) for ai, value in data if ai != "00")
        return Named(PalletId(PalletIdKind.SSCC, sscc) if sscc else None, rest)
    if symbology in _RETAIL or not text or (not symbology and _is_article_number(text)):
        return Named()
    return Named(PalletId(PalletIdKind.LPN, text))


def _is_article_number(text: str) -> bool:
    """Return whether a text is a GTIN as retail codes hold it: where no symbology is named, that is an article and no pallet."""
    return re.fullmatch(r"[0-9]{8}|[0-9]{12,13}", text) is not None and check_digit(text[:-1]) == text[-1]


def _gs1_data(text: str) -> tuple[tuple[str, str], ...]:
    """Return the elements of a text that shows itself to be GS1; a bare number that merely could be is none."""
    shown = "\x1d" in text or _SYMBOLOGY_ID.match(text) or _CONTENT_WITHOUT_FNC1.match(text) or text.startswith("(")
    if not shown or not text.isascii():
        return ()
    if text.startswith("("):
        try:
            message: GS1Message | None = GS1Message.parse_hri(text)
        except biip.ParseError:
            return ()
    else:
        message = biip.parse(text.strip("\x1d")).gs1_message
    return tuple((e.ai.ai, e.value) for e in message.element_strings) if message else ()
