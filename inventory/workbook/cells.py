"""What a cell of the workbook may hold: true numbers, true times, and text that nothing can run."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from inventory.cell_values import parse_utc

LONGEST = 32_767
"""Characters of one cell (Microsoft, Excel specifications and limits), as UTF-16 counts them."""
_EXACT_DIGITS = 15
"""Significant digits that a spreadsheet keeps of a number."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word with the colour of its meaning; the word alone says it too."""

    text: str
    colour: str
    """Key of a fill colour."""


Value = str | Decimal | float | int | datetime | Word | None


def shown(text: str) -> str:
    """Return text that looks like what it is: marks that cannot be seen or that turn the direction of writing are spelled out.

    >>> shown("A\\x00B")
    'A␀B'
    """
    if text.isprintable() and len(text) <= LONGEST // 2:
        return text
    plain = "".join(_visible(c) for c in text)
    if len(plain.encode("utf-16-le", "replace")) // 2 <= LONGEST:
        return plain
    return plain[: LONGEST // 2 - 40] + " … (cut here; the CSV file holds all of it)"


def _visible(c: str) -> str:
    code = ord(c)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn"):
        return f"⟨U+{code:04X}⟩"
    return c


def number_or_text(quantity: Decimal | None) -> Value:
    """Return a quantity as a number, or as text where a spreadsheet would lose digits of it."""
    if quantity is None:
        return None
    return quantity if len(quantity.as_tuple().digits) <= _EXACT_DIGITS else f"{quantity:f}"


def time_or_text(text: str) -> Value:
    """Return a time as the files spell it (UTC) as a time of the spreadsheet, which knows no zones; None when empty."""
    return parse_utc(text, "seen_at").replace(tzinfo=None) if text else None
