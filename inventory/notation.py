"""Which decimal mark and which order of day and month a file was written with, where each user of the system sets them.

Told by the cells that can be read in one way only, for the whole file; a number or date that stays open is used by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

from inventory.cell_values import number_in, plain_blanks, read_as, split_currency, unsigned
from inventory.profiles import Profile

_LETTER = re.compile(r"[A-Za-z]")
_DIGITS_ONLY = re.compile(r"(?:%[YmdyHMS]|[^A-Za-z%])+")
"""A form of dates that reads no letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """A profile as one file uses it."""

    profile: Profile
    """With the marks and the forms of dates that the file proves."""
    are_numbers_open: bool
    """Whether a number such as `48.000` may be 48 or 48 thousand."""
    notes: tuple[str, ...]
    """What was settled against the profile's first choice, in words."""

    def is_open(self, text: str) -> bool:
        """Whether a number can be read in two ways that nothing in the file decides between."""
        return self.are_numbers_open and len(_readings(text, self.profile)) == 2


def settle(profile: Profile, numbers: Iterable[str], dates: Iterable[str]) -> Notation:
    """Return the notation that all quantities and amounts, and all dates, of a file prove together."""
    notes: list[str] = []
    settled, are_open = _marks(profile, sorted(set(numbers)), notes) if profile.may_swap_marks else (profile, False)
    forms = _forms(profile, sorted({d.strip() for d in dates} - set(profile.null_dates) - {""}), notes)
    return Notation(profile=replace(settled, date_formats=forms), are_numbers_open=are_open, notes=tuple(notes))


def _readings(text: str, profile: Profile) -> set[object]:
    body, _ = unsigned(split_currency(text)[0], profile)
    declared = number_in(body, profile.decimal_mark, profile.thousands_mark)
    swapped = number_in(body, profile.thousands_mark, profile.decimal_mark)
    return {value for value in (declared, swapped) if value is not None}


def _marks(profile: Profile, texts: list[str], notes: list[str]) -> tuple[Profile, bool]:
    """Return the profile with the marks that the texts prove, and whether numbers stay open."""
    swapped = replace(profile, decimal_mark=profile.thousands_mark, thousands_mark=profile.decimal_mark)
    first: dict[str, str] = {}
    for text in (t for t in texts if plain_blanks(t)):
        body, _ = unsigned(split_currency(text)[0], profile)
        as_declared = number_in(body, profile.decimal_mark, profile.thousands_mark)
        as_swapped = number_in(body, swapped.decimal_mark, swapped.thousands_mark)
        if as_declared == as_swapped:
            continue
        if as_swapped is None:
            first.setdefault("declared", text)
        elif as_declared is None:
            first.setdefault("swapped", text)
        else:
            first.setdefault("thousands" if profile.thousands_mark in body else "decimals", text)
    if "swapped" in first and "declared" not in first:
        mark = "point" if swapped.decimal_mark == "." else "comma"
        notes.append(f"{first['swapped']!r} proves that this file has a decimal {mark}, unlike most of profile {profile.name}")
        return swapped, False
    if "swapped" in first:
        notes.append(
            f"{first['declared']!r} and {first['swapped']!r} are written in two notations;"
            " numbers that can be read in either way are not used"
        )
        return profile, True
    # A table of unknown origin may have either mark; a system's own export seldom has other decimals than its profile says.
    whole = first.get("thousands") or (first.get("decimals") if profile.is_fallback else None)
    if "declared" not in first and whole is not None:
        notes.append(
            f"{whole!r} may be a whole number with thousands or one with decimals, and no other number tells;"
            " such numbers are not used"
        )
        return profile, True
    return profile, False


def _forms(profile: Profile, texts: list[str], notes: list[str]) -> tuple[str, ...]:
    """Return the forms of dates without those that the texts disprove, and without both where nothing decides between two."""
    if len(profile.date_formats) < 2:
        return profile.date_formats
    # most of an export are times of ISO 8601, which no form of digits reads
    plain = [text for text in texts if not _LETTER.search(text)]
    readings = {
        form: {
            text: moment
            for text in (plain if _DIGITS_ONLY.fullmatch(form) else texts)
            if (moment := read_as(text, form)) is not None
        }
        for form in profile.date_formats
    }
    dropped: set[str] = set()
    for a, b in combinations(profile.date_formats, 2):
        open_ones = [text for text in readings[a] if text in readings[b] and readings[a][text] != readings[b][text]]
        if not open_ones or {a, b} & dropped:
            continue
        has_a, has_b = readings[a].keys() - readings[b].keys(), readings[b].keys() - readings[a].keys()
        if has_a and not has_b:
            dropped.add(b)
        elif has_b and not has_a:
            dropped.add(a)
        else:
            dropped |= {a, b}
            days = " or ".join(f"{readings[form][open_ones[0]].date()}" for form in (a, b))
            notes.append(f"the date {open_ones[0]!r} may be {days}, and the file does not tell; dates of that form are not used")
    return tuple(form for form in profile.date_formats if form not in dropped)
