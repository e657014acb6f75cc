"""Quantities and dates out of the text of a cell, by the rules that a profile declares; never by guessing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from functools import lru_cache

from inventory.profiles import Profile
from warehouse.errors import BadInputError

_MONEY = re.compile(r"(?:(?P<before>[A-Z]{3}|[€$£¥])\s*)?(?P<amount>[^A-Z€$£¥]+?)(?:\s*(?P<behind>[A-Z]{3}|[€$£¥]))?")
_TIME_OF_DAY = re.compile("[T ][0-9]")
_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)


def parse_quantity(text: str, profile: Profile) -> Decimal | None:
    """Return the exact number, None for a blank cell; ValueError says what was expected.

    Marks between thousands are taken only where thousands stand, so that `1,5` is never read as 15.
    """
    text = plain_blanks(text)
    if not text:
        return None
    body, sign = unsigned(text, profile)
    plain = number_in(body, profile.decimal_mark, profile.thousands_mark)
    if plain is None:
        example = f"1{profile.thousands_mark}234{profile.decimal_mark}5"
        raise ValueError(f"{text!r} is no number of profile {profile.name}; expected one written like {example}")
    return -plain if sign else plain


def parse_money(text: str, profile: Profile) -> Decimal | None:
    """Return the amount of a cell such as `1.234,50 EUR`; None and ValueError as for `parse_quantity`."""
    return parse_quantity(split_currency(text)[0], profile)


def split_currency(text: str) -> tuple[str, str]:
    """Return the amount and the currency that stands before or behind it, or an empty one.

    >>> split_currency("EUR 12.50")
    ('12.50', 'EUR')
    """
    text = plain_blanks(text)
    found = _MONEY.fullmatch(text)
    return (found["amount"], found["before"] or found["behind"] or "") if found else (text, "")


def plain_blanks(text: str) -> str:
    """Return the text with ordinary blanks, and none around it."""
    return text.replace("\u00a0", " ").replace("\u202f", " ").strip()


def unsigned(text: str, profile: Profile) -> tuple[str, str]:
    """Return the digits and marks of a number that is not blank, and `-` where it is negative."""
    if profile.has_trailing_minus and text.endswith("-"):
        return text[:-1].rstrip(), "-"
    return (text[1:], text[0].replace("+", "")) if text[:1] in ("+", "-") else (text, "")


def number_in(body: str, decimal_mark: str, thousands_mark: str) -> Decimal | None:
    """Return the number that digits and marks make in one notation, or None. A group of thousands never begins with a zero."""
    if _number(decimal_mark, thousands_mark).fullmatch(body) is None:
        return None
    plain = body.replace(thousands_mark, "") if thousands_mark else body
    return Decimal(plain.replace(decimal_mark, "."))


@lru_cache(maxsize=32)
def _number(decimal_mark: str, thousands_mark: str) -> re.Pattern[str]:
    mark = re.escape(thousands_mark)
    grouped = rf"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+|" if mark else ""
    return re.compile(rf"(?:{grouped}[0-9]+)(?:{re.escape(decimal_mark)}[0-9]+)?")


def parse_date(text: str, profile: Profile) -> date | None:
    """Return the day, None for a blank cell or one of the profile's words for no date; ValueError says what was expected."""
    text = text.strip()
    if not text or text in profile.null_dates:
        return None
    moment = _read(text, profile)
    if moment is None:
        raise ValueError(f"{text!r} is no date of profile {profile.name}; expected {_forms(profile)}")
    return moment.date()


def parse_moment(text: str, profile: Profile) -> datetime | None:
    """Return the time with its zone (the profile's where the text gives none); None and ValueError as for `parse_date`."""
    text = text.strip()
    if not text or text in profile.null_dates:
        return None
    moment = _read(text, profile)
    if moment is None:
        raise ValueError(f"{text!r} is no time of profile {profile.name}; expected 2026-11-23T07:30:00Z or {_forms(profile)}")
    return moment


def is_day_only(moment: datetime, text: str) -> bool:
    """Return whether the text that was read as this moment gives no time of day; a workbook's days come with midnight."""
    return moment.time() == time() and _TIME_OF_DAY.search(text.removesuffix("T00:00:00")) is None


def day_text(first: datetime, last: datetime) -> str:
    """Return the day that begins and ends at these moments, whatever zone they are given in."""
    return (first + (last - first) / 2).date().isoformat()


def parse_utc(text: str, what: str) -> datetime:
    """Return an ISO 8601 time given on the command line or in a scan file, UTC where it gives no offset."""
    moment = _iso(text.strip(), UTC)
    if moment is not None:
        return moment
    raise BadInputError(f"{what}: {text!r} is no time", remedy="write it like 2026-11-23T07:30:00Z (UTC when no offset is given)")


def utc_text(moment: datetime) -> str:
    """Return a time as the files spell it, UTC to the second."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _read(text: str, profile: Profile) -> datetime | None:
    moment = _iso(text, profile.timezone)
    for form in profile.date_formats if moment is None else ():
        read = read_as(text, form)
        if read is not None:
            return read.replace(tzinfo=profile.timezone)
    return moment


def read_as(text: str, form: str) -> datetime | None:
    """Return the time, without a zone, that a text gives in one form, or None."""
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the profile’s
    except ValueError:
        return None


def _iso(text: str, zone: tzinfo) -> datetime | None:
    if _ISO_TIME.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):  # an offset can carry the first and the last day of the calendar out of it
        return None
    return moment


def _forms(profile: Profile) -> str:
    return " or ".join(datetime(2026, 11, 23, 7, 30, tzinfo=UTC).strftime(form) for form in profile.date_formats)
