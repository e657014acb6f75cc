"""A scan file in columns: which of its rows are plain, and what the plain rows of each location say together."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from inventory.cell_values import utc_text
from inventory.columns.erp_columns import plain_moments, rows_of, without_blanks
from inventory.columns.plain_text import plain_table
from inventory.columns.spelled_ids import is_unusual, keys_of
from inventory.scan_header import COLUMNS, parse_seen_at, scan_columns_of
from inventory.scans import ScanTable
from inventory.table_file import Row
from warehouse.errors import BadInputError
from warehouse.observations import ObservationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanColumns:
    """The rows under the header of a scan file, but for those that are read one by one."""

    frame: pl.DataFrame
    """`row`, the cells to the letter, and `location`, `status`, `text`, `frame`, `seen_at` as the scan reader takes them;
    `key`, the value of the identity that the text of a read names."""
    others: list[Row]
    width: int


def scan_columns(raw: bytes, table: ScanTable) -> ScanColumns | None:
    """Return the columns; None where a row is more than one line of text."""
    header = table.header
    width = len(header.cells)
    if any("\n" in c.text or "\r" in c.text for c in header.cells):
        return None
    found = plain_table(raw, table.delimiter, width, header.number)
    if found is None:
        return None
    columns = scan_columns_of(header.texts)
    missing = {"status": pl.lit(ObservationStatus.READ.value)}
    texts = {
        name: without_blanks(found.frame, columns[name][0]) if name in columns else missing.get(name, pl.lit(""))
        for name in COLUMNS
        if name != "symbology"
    }
    frame = found.frame.with_columns(**texts).with_columns(pl.col("status").str.to_lowercase())
    frame = frame.with_columns(key=keys_of(frame["text"]))
    seen_at, is_time = _seen_at(frame["seen_at"])
    is_read = pl.col("status") == ObservationStatus.READ.value
    odd = (
        (pl.col("location") == "")
        | ~pl.col("status").is_in([s.value for s in ObservationStatus])
        | (is_read & ((pl.col("text") == "") | is_unusual("text", "key")))
    )
    if table.delimiter != ",":
        odd |= pl.col("location").str.contains(",", literal=True) | pl.col("text").str.contains(",", literal=True)
    frame = frame.with_columns(seen_at=seen_at, _odd=odd | ~is_time)
    others = sorted([*found.others, *rows_of(frame.filter(pl.col("_odd")), width)], key=lambda r: r.number)
    return ScanColumns(frame=frame.filter(~pl.col("_odd")).drop("_odd"), others=others, width=width)


def _seen_at(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return times as the files spell them (UTC, to the second), and which cells are times or blank."""
    is_plain = plain_moments(texts).is_not_null() | (texts == "")
    unusual = texts.filter(~is_plain).unique().to_list()
    if not unusual:
        return texts, is_plain
    spelled: dict[str, str] = {}
    for text in unusual:
        try:
            spelled[text] = utc_text(parse_seen_at(text))
        except BadInputError:
            continue
    return texts.replace(spelled), is_plain | texts.is_in(list(spelled))


def looks_by_location(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Return what the rows say of each location where they agree, and the locations where they do not.

    Of the rows of one location all must have the same status, and a read the same pallet. Columns: `location`, `status`,
    `read` (the key of the pallet that was read), `seen_at` (the latest; never of an unseen one) and `n_frames`.
    """
    is_read, is_unseen = (pl.col("status") == s.value for s in (ObservationStatus.READ, ObservationStatus.UNSEEN))
    rows = frame.select(
        "location",
        "status",
        read=pl.when(is_read).then(pl.col("key")).otherwise(pl.lit("")),
        seen_at=pl.when(is_unseen).then(pl.lit("")).otherwise(pl.col("seen_at")),
        frame=pl.col("frame"),
    )
    several = rows["location"].is_duplicated()
    one = rows.filter(~several).with_columns(n_frames=(pl.col("frame") != "").cast(pl.UInt32)).drop("frame")
    if not several.any():
        return one, pl.Series("location", [], pl.String)
    groups = (
        rows.filter(several)
        .group_by("location")
        .agg(
            pl.col("status").first(),
            pl.col("read").first(),
            pl.col("seen_at").max(),
            n_frames=pl.col("frame").filter(pl.col("frame") != "").n_unique().cast(pl.UInt32),
            n_said=pl.struct("status", "read").n_unique(),
        )
    )
    agreed = groups.filter(pl.col("n_said") == 1).drop("n_said")
    return pl.concat([one, agreed.select(one.columns)]), groups.filter(pl.col("n_said") > 1)["location"]
