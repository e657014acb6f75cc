"""Which profile, encoding, delimiter and header row a file has: everything that must be settled before a row can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from inventory.erp_lines import DELIMITER_NAMES
from inventory.profiles import Profile
from inventory.table_file import Row, csv_rows, decode, file_kind, how_decoded, list_rows, why_unreadable, workbook_sheets
from warehouse.errors import BadInputError

HEADER_WITHIN = 30
"""Title lines that may stand above the header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundHeader:
    """A file whose header fits a profile."""

    profile: Profile
    encoding: str
    encoding_by: str
    """How the encoding was settled, in words."""
    delimiter: str
    sheet: str
    header: Row
    columns: dict[str, list[int]]
    """Indices of the columns that mean each field."""
    above: tuple[Row, ...]
    """The rows over the header."""
    body: Iterator[Row]
    """The rows under the header."""
    gave_way: tuple[str, ...]
    """Profiles that fit as well, and gave way."""
    other_sheets: tuple[tuple[str, int], ...] = ()
    """(sheet, rows that are not blank) of a workbook that were not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """How far a profile is from fitting."""

    profile: Profile
    header: Row
    """The row that comes nearest."""
    lacks: tuple[str, ...]


class UnfitError(BadInputError):
    """No profile fits; says how near each comes."""

    def __init__(self, what: str, *, remedy: str, near: tuple[Near, ...]) -> None:
        """Join `what` with the `remedy`; `near`: the nearest first."""
        super().__init__(what, remedy=remedy)
        self.near = near


@dataclass(frozen=True, slots=True)
class _Table:
    """One way to read the file as a table."""

    encoding: str
    encoding_by: str
    delimiter: str
    sheet: str
    head: tuple[Row, ...]
    """The rows among which the header must be."""
    rows: Callable[[], Iterator[Row]]
    head_texts: tuple[tuple[str, ...], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Take the texts of the head, which every profile looks at."""
        object.__setattr__(self, "head_texts", tuple(row.texts for row in self.head))


@dataclass(frozen=True, slots=True)
class _Fit:
    profile: Profile
    table: _Table
    header: Row

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """A list with pallets goes before one without, a profile of one system before the plain one, a ledger before balances."""
        has_pallets = "pallet" in self.profile.columns(self.header.texts)
        return has_pallets, not self.profile.is_fallback, self.profile.is_ledger


def find_header(raw: bytes, name: str, profiles: tuple[Profile, ...]) -> FoundHeader:
    """Return how the file is to be read; BadInputError when no profile fits, several do, or its letters cannot be read."""
    pairs = _pairs(raw, name, profiles)
    fits = [_Fit(p, t, row) for p, t in pairs if (row := _header(p, t)) is not None]
    if not fits:
        raise _unfit(raw, name, profiles, pairs)
    best = max(fit.rank for fit in fits)
    chosen = [fit for fit in fits if fit.rank == best]
    names = sorted({fit.profile.name for fit in chosen})
    if len(names) > 1:
        raise BadInputError(f"{name}: several profiles fit: {', '.join(names)}", remedy=f"name one: --profile {names[0]}")
    sheets = sorted({fit.table.sheet for fit in chosen})
    if len(sheets) > 1:
        raise BadInputError(f"{name}: the sheets {', '.join(sheets)} all look like a stock list", remedy="save one as a file")
    fit = max(chosen, key=lambda f: len(f.profile.columns(f.header.texts)))
    columns = fit.profile.columns(fit.header.texts)
    _refuse_doubled(name, fit.profile, fit.header, columns)
    rows = fit.table.rows()
    above = tuple(islice(rows, fit.header.number - 1))
    next(rows)
    others = {t.sheet: sum(not r.is_blank for r in t.rows()) for p, t in pairs if p is fit.profile and t.sheet != fit.table.sheet}
    return FoundHeader(
        profile=fit.profile,
        encoding=fit.table.encoding,
        encoding_by=fit.table.encoding_by,
        delimiter=fit.table.delimiter,
        sheet=fit.table.sheet,
        header=fit.header,
        columns=columns,
        above=above,
        body=rows,
        gave_way=tuple(sorted({f.profile.name for f in fits} - {fit.profile.name})),
        other_sheets=tuple((sheet, n) for sheet, n in others.items() if n),
    )


def _header(profile: Profile, table: _Table) -> Row | None:
    return next((row for row, texts in zip(table.head, table.head_texts, strict=True) if profile.fits(texts)), None)


def nearest_profiles(raw: bytes, name: str, profiles: tuple[Profile, ...]) -> tuple[Near, ...]:
    """Return each profile with the row that comes nearest to its header, the nearest first; empty where there is no row at all."""
    return _nearest(_pairs(raw, name, profiles), profiles)


def _nearest(pairs: list[tuple[Profile, _Table]], profiles: tuple[Profile, ...]) -> tuple[Near, ...]:
    found: list[tuple[tuple[int, bool, int, int], Near]] = []
    fullest = {id(table): _fullest(table.head) for table in {id(table): table for _, table in pairs}.values()}
    for order, profile in enumerate(profiles):
        rows = [row for p, table in pairs if p is profile and (row := fullest[id(table)]) is not None]
        if not rows:
            continue
        row = min(rows, key=lambda r: (len(profile.lacks(r.texts)), -len(profile.columns(r.texts)), -len(r.cells), r.number))
        lacks = profile.lacks(row.texts)
        rank = len(lacks), not profile.is_fallback, -len(profile.columns(row.texts)), order
        found.append((rank, Near(profile=profile, header=row, lacks=lacks)))
    return tuple(near for _, near in sorted(found, key=lambda pair: pair[0]))


def _fullest(head: tuple[Row, ...]) -> Row | None:
    """Return the first row with the most filled cells, which a header is; None where all are blank."""
    filled = [row for row in head if not row.is_blank]
    return max(filled, key=lambda row: sum(bool(c.text.strip()) for c in row.cells), default=None)


def _pairs(raw: bytes, name: str, profiles: tuple[Profile, ...]) -> list[tuple[Profile, _Table]]:
    """Return each profile with each way to read the file that it allows."""
    kind = file_kind(raw)
    if kind != "text":
        sheets = workbook_sheets(raw, name)
        tables = [
            _Table(kind, "a workbook", "", sheet, tuple(rows[:HEADER_WITHIN]), lambda rows=rows: iter(rows))  # type: ignore[misc]
            for sheet, rows in sheets
        ]
        return [(profile, table) for profile in profiles for table in tables]
    tables_of: dict[tuple[str, str, bool], _Table] = {}
    without_page = decode(raw, ())  # goes before any code page, so that a large file is decoded once
    decoded: dict[tuple[str, ...], tuple[str, str] | None] = {}
    pairs = []
    for profile in profiles:
        if profile.encodings not in decoded:
            decoded[profile.encodings] = without_page or decode(raw, profile.encodings)
            _refuse_nul(decoded[profile.encodings], name)
        found = decoded[profile.encodings]
        if found is None:
            continue
        for delimiter in profile.delimiters:
            key = found[1], delimiter, profile.is_page_list and delimiter == "|"
            if key not in tables_of:
                tables_of[key] = _text_table(raw, found, key, name)
            pairs.append((profile, tables_of[key]))
    if not pairs:
        raise _unreadable(raw, name, profiles)
    return pairs


def _text_table(raw: bytes, found: tuple[str, str], key: tuple[str, str, bool], name: str) -> _Table:
    text, encoding = found
    _, delimiter, is_list = key

    def rows() -> Iterator[Row]:
        return list_rows(text, delimiter) if is_list else csv_rows(text, delimiter, name)

    return _Table(encoding, how_decoded(raw, encoding), delimiter, "", _head(rows()), rows)


def _head(rows: Iterator[Row]) -> tuple[Row, ...]:
    head: list[Row] = []
    try:
        head.extend(islice(rows, HEADER_WITHIN))
    except BadInputError:  # a wrong delimiter leaves quotes open, which is no fault of the file
        return tuple(head)
    return tuple(head)


def _refuse_nul(decoded: tuple[str, str] | None, name: str) -> None:
    text = decoded[0] if decoded else ""
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise BadInputError(
            f"{name}, row {row}: a NUL character, so this is UTF-16 without a byte order mark, or no text at all",
            remedy="save it as CSV UTF-8 or as .xlsx",
        )


def _refuse_doubled(name: str, profile: Profile, header: Row, columns: dict[str, list[int]]) -> None:
    for meaning in ("location", "pallet", "parent_pallet"):
        indices = columns.get(meaning, [])
        if len(indices) > 1:
            titles = " and ".join(repr(header.texts[i].strip()) for i in indices)
            raise BadInputError(
                f"{name}, row {header.number}: the columns {titles} both mean {meaning} in profile {profile.name}",
                remedy="rename or remove the one that is not meant",
            )


def _unreadable(raw: bytes, name: str, profiles: tuple[Profile, ...]) -> BadInputError:
    row, what = why_unreadable(raw)
    tried = f"; profile {profiles[0].name} declares no code page" if len(profiles) == 1 and not profiles[0].encodings else ""
    return BadInputError(
        f"{name}, row {row}: {what}{tried}", remedy="save it as CSV UTF-8 or .xlsx; a guessed encoding would change letters"
    )


def _unfit(raw: bytes, name: str, profiles: tuple[Profile, ...], pairs: list[tuple[Profile, _Table]]) -> BadInputError:
    near = _nearest(pairs, profiles)
    if not near:
        return BadInputError(f"{name}: no rows", remedy="export the stock list again")
    if file_kind(raw) == "text" and decode(raw, ()) is None:
        return _unreadable(raw, name, tuple(p for p in profiles if not p.encodings) or profiles)
    profile, header, lacks = near[0].profile, near[0].header, near[0].lacks
    titles = ", ".join(t.strip() for t in header.texts[:20] if t.strip())
    missing = [f for f in lacks if f in profile.required]
    if missing:
        what = f"no column for {' and '.join(missing)}; the header reads: {titles}"
        remedy = "; ".join(f"a {f} column may be called {profile.spellings(f)}" for f in missing)
    else:
        what = f"the header does not fit profile {profile.name}; it reads: {titles}"
        remedy = f"the profile asks for the columns {', '.join(lacks)}"
    others = ", ".join(p.name for p in profiles if p is not profile)
    if others:
        remedy += f"; or make it one of the exports that the profiles {others} describe"
    marks = ", ".join(DELIMITER_NAMES[d] for d in profile.delimiters)
    return UnfitError(f"{name}, row {header.number}: {what}", remedy=f"{remedy}; columns may be separated by {marks}", near=near)
