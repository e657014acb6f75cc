"""Quantities and dates out of the text of a cell, by the rules that a profile declares; never by guessing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from inventory.profiles import Profile
from warehouse.errors import BadInputError

_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)


def parse_quantity(text: str, profile: Profile) -> Decimal | None:
    """Return the exact number, None for a blank cell; ValueError says what was expected.

    Marks between thousands are taken only where thousands stand, so that `1,5` is never read as 15.
    """
    text = text.replace("\u00a0", " ").replace("\u202f", " ").strip()
    if not text:
        return None
    body, sign = text, ""
    if profile.has_trailing_minus and body.endswith("-"):
        body, sign = body[:-1].rstrip(), "-"
    elif body[0] in "+-":
        body, sign = body[1:], body[0].replace("+", "")
    mark = re.escape(profile.thousands_mark)
    grouped = rf"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+|" if mark else ""
    if re.fullmatch(rf"(?:{grouped}[0-9]+)(?:{re.escape(profile.decimal_mark)}[0-9]+)?", body) is None:
        example = f"1{profile.thousands_mark}234{profile.decimal_mark}5"
        raise ValueError(f"{text!r} is no number of profile {profile.name}; expected one written like {example}")
    plain = body.replace(profile.thousands_mark, "") if profile.thousands_mark else body
    return Decimal(sign + plain.replace(profile.decimal_mark, "."))


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
        try:
            return datetime.strptime(text, form).replace(tzinfo=profile.timezone)
        except ValueError:
            continue
    return moment


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
