"""Which profile, encoding, delimiter and header row a file has: everything that must be settled before a row can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from inventory.erp_lines import DELIMITER_NAMES
from inventory.profiles import Profile
from inventory.table_file import Row, csv_rows, decode, file_kind, list_rows, why_unreadable, workbook_sheets
from warehouse.errors import BadInputError

HEADER_WITHIN = 30
"""Title lines that may stand above the header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundHeader:
    """A file whose header fits a profile."""

    profile: Profile
    encoding: str
    delimiter: str
    sheet: str
    header: Row
    columns: dict[str, list[int]]
    """Indices of the columns that mean each field."""
    body: Iterator[Row]
    """The rows under the header."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read the file as a table."""

    profile: Profile
    encoding: str
    delimiter: str
    sheet: str
    rows: Iterator[Row]


def find_header(raw: bytes, name: str, profiles: tuple[Profile, ...]) -> FoundHeader:
    """Return how the file is to be read; BadInputError when no profile fits, several do, or its letters cannot be read."""
    kind = file_kind(raw)
    readings = list(_workbook_readings(raw, kind, name, profiles) if kind != "text" else _text_readings(raw, name, profiles))
    if not readings:
        raise _unreadable(raw, name, profiles)
    seen: list[Row] = []
    fitting = [found for reading in readings if (found := _look(reading, name, seen)) is not None]
    specific = [f for f in fitting if not f.profile.is_fallback]
    fitting = specific or fitting
    if not fitting:
        raise _unfit(raw, name, profiles, seen)
    names = sorted({f.profile.name for f in fitting})
    if len(names) > 1:
        raise BadInputError(f"{name}: several profiles fit: {', '.join(names)}", remedy=f"name one: --profile {names[0]}")
    sheets = sorted({f.sheet for f in fitting})
    if len(sheets) > 1:
        raise BadInputError(f"{name}: the sheets {', '.join(sheets)} all look like a stock list", remedy="save one as a file")
    return max(fitting, key=lambda f: len(f.columns))


def _workbook_readings(raw: bytes, kind: str, name: str, profiles: tuple[Profile, ...]) -> Iterator[_Reading]:
    sheets = workbook_sheets(raw, name)
    for profile in profiles:
        for sheet, rows in sheets:
            yield _Reading(profile, kind, "", sheet, iter(rows))


def _text_readings(raw: bytes, name: str, profiles: tuple[Profile, ...]) -> Iterator[_Reading]:
    decoded: dict[tuple[str, ...], tuple[str, str] | None] = {}
    for profile in profiles:
        if profile.encodings not in decoded:
            decoded[profile.encodings] = decode(raw, profile.encodings)
        found = decoded[profile.encodings]
        if found is None:
            continue
        text, encoding = found
        if "\0" in text:
            row = text.count("\n", 0, text.index("\0")) + 1
            raise BadInputError(
                f"{name}, row {row}: a NUL character, so this is UTF-16 without a byte order mark, or no text at all",
                remedy="save it as CSV UTF-8 or as .xlsx",
            )
        for delimiter in profile.delimiters:
            is_list = profile.is_page_list and delimiter == "|"
            rows = list_rows(text, delimiter) if is_list else csv_rows(text, delimiter, name)
            yield _Reading(profile, encoding, delimiter, "", rows)


def _look(reading: _Reading, name: str, seen: list[Row]) -> FoundHeader | None:
    """Return the reading with its header, if it has one; keep the first row in `seen` for the message when none has."""
    head = islice(reading.rows, HEADER_WITHIN)
    first = True
    while True:
        try:
            row = next(head)
        except (StopIteration, BadInputError):  # a wrong delimiter leaves quotes open, which is no fault of the file
            return None
        if row.is_blank:
            continue
        if first:
            seen.append(row)
            first = False
        if reading.profile.fits(row.texts):
            columns = reading.profile.columns(row.texts)
            _refuse_doubled(name, reading.profile, row, columns)
            return FoundHeader(
                profile=reading.profile,
                encoding=reading.encoding,
                delimiter=reading.delimiter,
                sheet=reading.sheet,
                header=row,
                columns=columns,
                body=reading.rows,
            )


def _refuse_doubled(name: str, profile: Profile, header: Row, columns: dict[str, list[int]]) -> None:
    for field in ("location", "pallet"):
        indices = columns.get(field, [])
        if len(indices) > 1:
            titles = " and ".join(repr(header.texts[i].strip()) for i in indices)
            raise BadInputError(
                f"{name}, row {header.number}: the columns {titles} both mean {field} in profile {profile.name}",
                remedy="rename or remove the one that is not meant",
            )


def _unreadable(raw: bytes, name: str, profiles: tuple[Profile, ...]) -> BadInputError:
    row, what = why_unreadable(raw)
    tried = f"; profile {profiles[0].name} declares no code page" if len(profiles) == 1 else ""
    return BadInputError(
        f"{name}, row {row}: {what}{tried}", remedy="save it as CSV UTF-8 or .xlsx; a guessed encoding would change letters"
    )


def _unfit(raw: bytes, name: str, profiles: tuple[Profile, ...], seen: list[Row]) -> BadInputError:
    if not seen:
        return BadInputError(f"{name}: no rows", remedy="export the stock list again")
    if file_kind(raw) == "text" and decode(raw, ()) is None:
        return _unreadable(raw, name, tuple(p for p in profiles if not p.encodings) or profiles)
    header = max(seen, key=lambda row: len(row.cells))
    titles = ", ".join(t.strip() for t in header.texts[:20] if t.strip())
    lacking = {p.name: [f for f in p.required if f not in p.columns(header.texts)] for p in profiles}
    profile = min(profiles, key=lambda p: (len(lacking[p.name]), not p.is_fallback))
    missing = lacking[profile.name]
    if missing:
        what = f"no column for {' and '.join(missing)}; the header reads: {titles}"
        remedy = "; ".join(f"a {f} column may be called {profile.spellings(f)}" for f in missing)
    else:
        what = f"the header does not fit profile {profile.name}; it reads: {titles}"
        remedy = f"the profile asks for the columns {', '.join(profile.signature)}"
    others = ", ".join(p.name for p in profiles if p is not profile)
    if others:
        remedy += f"; or make it one of the exports that the profiles {others} describe"
    marks = ", ".join(DELIMITER_NAMES[d] for d in profile.delimiters)
    return BadInputError(f"{name}, row {header.number}: {what}", remedy=f"{remedy}; columns may be separated by {marks}")
