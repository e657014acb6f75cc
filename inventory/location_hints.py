"""What an ERP's location that the site does not know may be meant to be: offered to a person, and never applied."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST = 80
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationHint:
    """An ERP code that the site does not know, and locations that are spelled like it."""

    erp_location: str
    rows: tuple[int, ...]
    candidates: tuple[str, ...]
    """Locations of the site that differ in zeros, case, blanks and signs only."""
    rivals: tuple[str, ...] = ()
    """Other codes of the same file that are spelled like the same location."""
    rule: str = ""
    """A row of the alias file that would lead many such codes to locations of the site."""

    @property
    def words(self) -> str:
        """What would make it known, in words."""
        if self.candidates and self.rivals:
            shown, rivals = " or ".join(self.candidates[:_SHOWN]), " and ".join(self.rivals[:_SHOWN])
            return f"may be {shown}, but {rivals} of this file is spelled like it too: only a person can tell them apart"
        if len(self.candidates) == 1:
            row = f"{self.erp_location},{self.candidates[0]}"
            return f"the site has {self.candidates[0]}: if that is it, put the row {row} into locations-aliases.csv"
        if self.candidates:
            shown = " or ".join(self.candidates[:_SHOWN])
            return f"may be {shown}: only a person can tell which; put the right one into locations-aliases.csv"
        if self.rule:
            return f"the row {self.rule} of locations-aliases.csv would lead to a location of the site"
        return "no location of the site is spelled like it"


def location_hints(unknown: dict[str, list[int]], known: Iterable[str], named: Iterable[str] = ()) -> tuple[LocationHint, ...]:
    """Return a hint for each code that the site does not know (code -> rows), in the order given.

    `known` are the locations of the site, `named` the codes of the file that are known.
    """
    codes = frozenset(known)
    alike: dict[str, list[str]] = {}
    for code in (*sorted(set(named)), *unknown):
        alike.setdefault(folded_code(code), []).append(code)
    folded: dict[str, list[str]] = {}
    for code in sorted(codes):
        folded.setdefault(folded_code(code), []).append(code)
    candidates = {erp: tuple(folded.get(folded_code(erp), ())) for erp in unknown}
    rules = {erp: _rules(erp, codes) for erp in unknown if not candidates[erp]}
    common = Counter(rule for found in rules.values() for rule in found)
    hints = []
    for erp, rows in unknown.items():
        rule = max(rules.get(erp, ()), key=lambda r: (common[r], -len(r), r), default="")
        rivals = tuple(code for code in alike[folded_code(erp)] if code != erp)
        hints.append(LocationHint(erp_location=erp, rows=tuple(rows), candidates=candidates[erp], rivals=rivals, rule=rule))
    return tuple(hints)


def folded_code(text: str) -> str:
    """Return a code without case, signs and leading zeros; what is equal so may still be two locations.

    >>> folded_code("a01-2F02") == folded_code("A1 02f2")
    True
    """
    parts = re.findall(r"[0-9]+|[^\W\d_]+", text.casefold())
    return "-".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)


def _rules(erp: str, known: frozenset[str]) -> set[str]:
    """Return the rows with a star by which letters in front of or behind a location of the site are taken off."""
    text = erp[:_LONGEST]
    found = set()
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            if text[start:end] in known and (start, end) != (0, len(text)):
                found.add(f"{text[:start]}*{text[end:]},*")
    return found
