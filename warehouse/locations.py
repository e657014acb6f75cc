"""Location codes as the site writes them, and the one parser that the site's own pattern drives.

A location code addresses one bin: aisle, bay, level, slot. Sites spell it as they like (`A01-03-2-1`, `01-07B44`), and two
spellings that look alike can be two bins, so nothing here strips zeros or changes case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from warehouse.errors import BadInputError

_REQUIRED_GROUPS = ("aisle", "bay", "level")


@lru_cache(maxsize=64)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex, re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationCode:
    """One address, parsed. Two codes are the same location exactly when their `text` is the same."""

    text: str
    """The site's own spelling, kept to the letter."""
    aisle: str
    bay: str
    level: str
    slot: str
    """Empty where the site has one pallet a bay and level."""

    def __str__(self) -> str:
        """Return the site's spelling."""
        return self.text


@dataclass(frozen=True, slots=True)
class LocationPattern:
    """The site's spelling as a regular expression with the groups `aisle`, `bay`, `level` and, optionally, `slot`.

    Classes such as `\\d` and `\\w` mean ASCII only: a full-width or Arabic digit looks right and is another location.

    >>> pattern = LocationPattern(r"(?P<aisle>[A-Z]\\d\\d)-(?P<bay>\\d\\d)-(?P<level>\\d)-(?P<slot>\\d)")
    >>> pattern.parse("A01-03-2-1").bay
    '03'
    """

    regex: str

    def __post_init__(self) -> None:
        """Refuse a pattern that does not compile or lacks a group."""
        try:
            compiled = _compiled(self.regex)
        except re.error as error:
            raise BadInputError(
                f"location_pattern {self.regex!r} is not a regular expression: {error}",
                remedy="use named groups, for instance (?P<aisle>[A-Z][0-9]{2})-(?P<bay>[0-9]{2})-(?P<level>[0-9])",
            ) from error
        missing = [group for group in _REQUIRED_GROUPS if group not in compiled.groupindex]
        if missing:
            raise BadInputError(
                f"location_pattern {self.regex!r} lacks the group(s) {', '.join(missing)}",
                remedy="name the parts with (?P<aisle>…), (?P<bay>…), (?P<level>…) and, where there is one, (?P<slot>…)",
            )

    def match(self, text: str) -> LocationCode | None:
        """Return the parsed code, or None when `text` is no location of this site."""
        found = _compiled(self.regex).fullmatch(text)
        if found is None:
            return None
        parts = found.groupdict(default="")
        if not (parts["aisle"] and parts["bay"] and parts["level"]):
            return None
        return LocationCode(text=text, aisle=parts["aisle"], bay=parts["bay"], level=parts["level"], slot=parts.get("slot", ""))

    def part(self, text: str, group: str) -> str:
        """Return what a further group of the pattern holds; empty where `text` or the pattern has none."""
        found = _compiled(self.regex).fullmatch(text)
        return "" if found is None else found.groupdict(default="").get(group, "")

    def parse(self, text: str) -> LocationCode:
        """Return the parsed code; raise BadInputError when `text` does not fit."""
        code = self.match(text)
        if code is None:
            raise BadInputError(
                f"location {text!r} does not fit the site's pattern {self.regex!r}",
                remedy="correct the code, or the location_pattern in site.toml",
            )
        return code
