"""The ERP file in columns: which of its rows are plain, and what their cells mean.

Whatever a row reader would have to say something about (a number that cannot be read, an id that lost its digits, a row of sums, a
unit within another one) makes a row a special one, so that only the row reader ever says it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import polars as pl

from inventory.cell_values import parse_date, parse_moment, parse_money, parse_quantity, split_currency
from inventory.columns.plain_text import ROW, cell, plain_table
from inventory.columns.spelled_ids import is_unusual, keys_of
from inventory.erp_file import NOT_FAR
from inventory.erp_header import FoundHeader
from inventory.erp_rows import WRAPPED, RowReader, SiteRules
from inventory.lost_digits import SUSPECT
from inventory.notation import Notation, settle
from inventory.profiles import ID_FIELDS, Profile, header_currency
from inventory.table_file import Cell, Row
from warehouse.pallet_ids import parse_pallet_id

QUANTITY = "quantity"
VALUE = "value"
_SHOWN = ("location", "pallet", "sku", QUANTITY, "uom", "batch", "row_ref", VALUE, "currency", "abc")
"""Fields that the files of a result show as they were exported, blanks around them taken off."""
_PREAMBLE_WITHIN = 10
_WHOLE = r"^(?:0|[1-9][0-9]{0,17})$"
_FRACTION = r"^(?:0|[1-9][0-9]{0,17})\.[0-9]{1,9}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpColumns:
    """The rows under the header of an ERP file, but for those that are read one by one."""

    frame: pl.DataFrame
    """`row`, the cells to the letter, and `location`, `pallet`, `sku`, `quantity`, `uom`, `batch`, `row_ref`, `abc`, `value`,
    `currency` and `expiry` (like 2026-11-23) as the line has them. And `key`, the value of the pallet's identity; empty where the
    row names none."""
    others: list[Row]
    reader: RowReader
    """It has read the header, and none of the rows."""
    width: int


def erp_columns(
    raw: bytes, name: str, found: FoundHeader, *, snapshot_at: datetime | None, ahead_s: float, slack: timedelta
) -> ErpColumns | None:
    """Return the columns; None where rows depend on one another too much (a ledger, a printed list), or are no lines of text.

    Rows that the ERP moved later than `snapshot_at` and `slack`, its clock being `ahead_s` ahead, are none of the plain ones.
    """
    profile = found.profile
    if not found.delimiter or profile.is_ledger or (profile.is_page_list and found.delimiter == "|"):
        return None
    width = len(found.header.cells)
    if width < 2 or any("\n" in c.text or "\r" in c.text for row in (*found.above, found.header) for c in row.cells):
        return None
    table = plain_table(raw, found.delimiter, width, found.header.number)
    if table is None:
        return None
    columns = {field: indices[0] for field, indices in found.columns.items()}
    notation = _notation(profile, table.frame, table.others, columns)
    reader = RowReader(name, found, SiteRules(), notation)
    frame = table.frame
    first = _taken_as_rows(frame, width, pl.col(ROW) <= found.header.number + _PREAMBLE_WITHIN)
    head = sorted(
        [*first, *(r for r in table.others if r.number <= found.header.number + _PREAMBLE_WITHIN)], key=lambda r: r.number
    )
    reader.expect_preamble(head)
    texts = {f: without_blanks(frame, columns[f]) if f in columns else pl.lit("") for f in _SHOWN}
    frame = frame.with_columns(**texts)
    if profile.is_zero_padded:
        frame = frame.with_columns(pallet=_unpadded())
    frame = frame.with_columns(key=keys_of(frame["pallet"]))
    odd = frame.select(_is_special(found, columns, reader)).to_series()
    for field in sorted(ID_FIELDS & columns.keys()):
        odd |= _may_have_lost_digits(frame[cell(columns[field])].str.strip_chars(" "))
    for field, parse in (("quantity", parse_quantity), ("value", parse_money), ("expiry", parse_date), ("moved_at", parse_moment)):
        if field in columns:
            odd |= _does_not_read(frame[cell(columns[field])], notation, parse)
    frame = frame.with_columns(_odd=odd)
    if snapshot_at is not None and "moved_at" in columns:
        latest = snapshot_at + slack + timedelta(seconds=ahead_s)
        frame = frame.with_columns(_odd=pl.col("_odd") | _is_later(frame[cell(columns["moved_at"])], profile, latest))
    if VALUE in columns:
        frame = frame.with_columns(currency=_currencies(frame, notation, header_currency(reader.titles[columns[VALUE]])))
    for field, parse_number in ((QUANTITY, parse_quantity), (VALUE, parse_money)):
        if field in columns:
            frame = frame.with_columns(_plain_numbers(frame[field], notation, parse_number).alias(field))
    frame = frame.with_columns(expiry=_days(frame[cell(columns["expiry"])], notation) if "expiry" in columns else pl.lit(""))
    others = sorted([*table.others, *_taken_as_rows(frame, width, pl.col("_odd"))], key=lambda r: r.number)
    return ErpColumns(frame=frame.filter(~pl.col("_odd")).drop("_odd"), others=others, reader=reader, width=width)


def without_blanks(frame: pl.DataFrame, index: int) -> pl.Expr:
    """Return a column of cells without the blanks around them: most files have none, and then it takes no memory of its own."""
    name = cell(index)
    has_blanks = (pl.col(name).str.starts_with(" ") | pl.col(name).str.ends_with(" ")).any()
    return pl.col(name).str.strip_chars(" ") if frame.select(has_blanks).item() else pl.col(name)


def rows_of(frame: pl.DataFrame, width: int) -> list[Row]:
    """Return rows of the frame as the row reader takes them."""
    cells = frame.select(ROW, *(cell(i) for i in range(width)))
    return [Row(number, tuple(Cell(text) for text in texts)) for number, *texts in cells.iter_rows()]


def _taken_as_rows(frame: pl.DataFrame, width: int, which: pl.Expr) -> list[Row]:
    return rows_of(frame.filter(which), width)


def _notation(profile: Profile, frame: pl.DataFrame, others: list[Row], columns: dict[str, int]) -> Notation:
    """Settle the notation by the same cells as `inventory.erp_file` does: those of the first NOT_FAR rows."""
    n_rows = frame.height + len(others)
    last = None
    if n_rows > NOT_FAR:
        numbers = pl.concat([frame[ROW], pl.Series([r.number for r in others], dtype=pl.UInt32)]).sort()
        last = numbers[NOT_FAR - 1]
    near = frame if last is None else frame.filter(pl.col(ROW) <= last)
    near_others = [r for r in others if last is None or r.number <= last]

    def texts(*fields: str) -> set[str]:
        wanted = [columns[f] for f in fields if f in columns]
        found = {text for i in wanted for text in near[cell(i)].unique().to_list()}
        return found | {row.cells[i].text for row in near_others for i in wanted if i < len(row.cells)}

    return settle(profile, texts("quantity", "value") if profile.may_swap_marks else (), texts("expiry", "moved_at"))


def _is_special(found: FoundHeader, columns: dict[str, int], reader: RowReader) -> pl.Expr:
    """Return which rows the row reader has to see for what their ids and words are."""
    location, pallet = pl.col("location"), pl.col("pallet")
    odd = (location == "") | is_unusual("pallet", "key")
    odd |= pl.col(cell(0)) == found.header.cells[0].text
    odd |= (pallet == "") & (pl.col("sku") != "")  # stock without a pallet id is judged by what was read in its place
    for field in sorted(ID_FIELDS & columns.keys()):
        odd |= pl.col(cell(columns[field])).str.strip_chars(" ").str.contains(WRAPPED.pattern)
    if "parent_pallet" in columns:
        odd |= pl.col(cell(columns["parent_pallet"])).str.strip_chars(" ") != ""
    if found.delimiter != ",":
        for field in sorted({*_SHOWN} - {QUANTITY, VALUE}):  # numbers are spelled anew
            odd |= pl.col(field).str.contains(",", literal=True)
    totals = list(reader.profile.totals)
    if totals:
        for i in range(len(found.header.cells)):
            odd |= pl.col(cell(i)).str.strip_chars(" ").str.to_lowercase().is_in(totals)
    if reader.profile.preamble_end:
        odd |= pl.col(ROW) <= found.header.number + _PREAMBLE_WITHIN
    return odd


def _unpadded() -> pl.Expr:
    """As `inventory.erp_rows.RowReader.unpadded`."""
    text = pl.col("pallet")
    return pl.when(text.str.contains("^[0-9]{19,}$")).then(text.str.strip_chars_start("0").str.zfill(18)).otherwise(text)


def _may_have_lost_digits(ids: pl.Series) -> pl.Series:
    """Return which ids `inventory.lost_digits` has to look at."""
    some = ids.filter(ids.str.ends_with("0") | ids.str.contains("+", literal=True))
    suspects = some.filter(some.str.contains(SUSPECT)).unique().to_list()
    return ids.is_in(suspects) if suspects else _none_of(ids)


def _none_of(cells: pl.Series) -> pl.Series:
    return pl.Series([False]).new_from_index(0, len(cells))


def _does_not_read(cells: pl.Series, notation: Notation, parse: Callable[[str, Profile], object]) -> pl.Series:
    """Return which cells the row reader would have something to say about; each distinct text is tried once."""
    is_number = parse in (parse_quantity, parse_money)
    if is_number:
        doubtful = cells.filter(~_is_canonical(cells, notation) & (cells != ""))
    elif parse is parse_moment:
        doubtful = cells.filter(~_is_plain_moment(cells) & (cells != ""))
    else:
        doubtful = cells
    bad = [text for text in doubtful.unique().to_list() if not _reads(text, notation, parse, is_number=is_number)]
    return cells.is_in(bad) if bad else _none_of(cells)


def _reads(text: str, notation: Notation, parse: Callable[[str, Profile], object], *, is_number: bool) -> bool:
    if is_number and text.strip() and notation.is_open(text):
        return False
    try:
        parse(text, notation.profile)
    except ValueError:
        return False
    return True


def _is_canonical(cells: pl.Series, notation: Notation) -> pl.Series:
    """Whether numbers read in one way only, and are spelled as the files of a result spell them."""
    canonical = cells.str.contains(_WHOLE)
    if notation.profile.decimal_mark == "." and not notation.are_numbers_open:
        canonical |= cells.str.contains(_FRACTION)
    return canonical


def _plain_numbers(texts: pl.Series, notation: Notation, parse: Callable[[str, Profile], Decimal | None]) -> pl.Series:
    """Return quantities or amounts as the files of a result spell them."""
    unusual = texts.filter(~_is_canonical(texts, notation) & (texts != "")).unique().to_list()
    if not unusual:
        return texts
    spelled: dict[str, str] = {}
    for text in unusual:
        try:
            number = parse(text, notation.profile)
        except ValueError:  # the row is read one by one, and said to be at fault there
            number = None
        spelled[text] = "" if number is None else f"{number:f}"
    return texts.replace(spelled)


def _days(cells: pl.Series, notation: Notation) -> pl.Series:
    """Return dates as ISO 8601 spells them; empty where there is none."""
    spelled: dict[str, str] = {}
    for text in cells.unique().to_list():
        try:
            day = parse_date(text, notation.profile)
        except ValueError:  # the row is read one by one, and said to be at fault there
            continue
        spelled[text] = "" if day is None else day.isoformat()
    return cells.replace(spelled)


def _currencies(frame: pl.DataFrame, notation: Notation, in_header: str) -> pl.Series:
    """As `inventory.erp_rows.RowReader` tells the currency of a value: by the cell, the column, or the header."""
    values, columns = frame[VALUE], frame["currency"]
    unusual = values.filter(~_is_canonical(values, notation) & (values != "")).unique().to_list()
    in_cell = {text: currency for text in unusual if (currency := split_currency(text)[1])}
    beside = pl.when(columns != "").then(columns).otherwise(pl.lit(in_header))
    found = pl.when(values == "").then(pl.lit("")).when(values.is_in(list(in_cell)))
    return frame.select(found.then(values.replace(in_cell) if in_cell else pl.lit("")).otherwise(beside)).to_series()


_PLAIN_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z$"


def plain_moments(texts: pl.Series) -> pl.Series:
    """Return texts spelled like 2026-11-23T07:30:00Z as times of UTC; null for any other text, and where there is no such day."""
    frame = pl.DataFrame({"text": texts})
    shaped = pl.when(pl.col("text").str.contains(_PLAIN_MOMENT) & (pl.col("text") >= "0001-01-01")).then(pl.col("text"))
    return frame.select(shaped.str.strptime(pl.Datetime("us"), "%Y-%m-%dT%H:%M:%SZ", strict=False)).to_series()


def _is_plain_moment(texts: pl.Series) -> pl.Series:
    return plain_moments(texts).is_not_null()


def _is_later(texts: pl.Series, profile: Profile, latest: datetime) -> pl.Series:
    """Return which times are later than `latest`; of what is no time nobody asks."""
    moments = plain_moments(texts)
    later = (moments > latest.replace(tzinfo=None)).fill_null(False)
    unusual = texts.filter(moments.is_null() & (texts != "")).unique().to_list()
    bad = []
    for text in unusual:
        try:
            moment = parse_moment(text, profile)
        except ValueError:
            continue
        if moment is not None and moment > latest:
            bad.append(text)
    return later | texts.is_in(bad) if bad else later


def names_in(rows: list[Row], reader: RowReader | None = None) -> set[str]:
    """Return every text of these rows that may be a location or a pallet, and the pallets that they name (to the ERP's reader)."""
    texts = {c.text.strip() for row in rows for c in row.cells}
    texts |= {reader.unpadded(text) for text in texts} if reader is not None else set()
    named = {found.value for text in texts if (found := parse_pallet_id(text)) is not None}
    return (texts | named) - {""}
