"""The lines of a CSV that read in one way only, as a table of columns; and the others, cell by cell as the csv module reads them.

A line is plain when it has as many cells as the header and all its characters are letters, digits and signs that nothing treats in
a way of its own: no quote, no backslash, no control character, no blank but the space. Everything else is left to the row readers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from inventory.table_file import Cell, Row

ROW = "row"
_PIECE = 8 << 20
"""Bytes that are looked at together."""
_LONGEST_LINE = 8_000
"""Bytes; the csv module refuses a cell of more than 131,072 characters, and a spreadsheet one of more than 32,767."""
_NEWLINE, _CARRIAGE_RETURN = 10, 13
_PLAIN_LEADS = (*range(0xC3, 0xC9), 0xD0, 0xD1, *range(0xE4, 0xE9))
"""First bytes, in UTF-8, of characters that are all printable and no blanks: Latin letters with marks, Cyrillic, most of CJK."""

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PlainTable:
    """The rows of a CSV under its header."""

    frame: pl.DataFrame
    """The plain ones: `row` (as a spreadsheet counts) and the cells `c0`, `c1`, … to the letter, in file order."""
    others: list[Row]
    """The others, in file order."""


def cell(index: int) -> str:
    """Return the name of a column of the frame."""
    return f"c{index}"


def plain_table(raw: bytes, delimiter: str, width: int, header: int) -> PlainTable | None:
    """Return the rows under row `header` (from 1) of UTF-8 text; None when a row may be more than one line, or the other way round.

    The text is known to be valid UTF-8 without a byte order mark.
    """
    if b"\r" in raw:
        if raw.count(b"\r") != raw.count(b"\r\n"):
            return None
        raw = raw.replace(b"\r\n", b"\n")
    start = 0
    for _ in range(header):
        end = raw.find(b"\n", start)
        line, start = raw[start : end if end >= 0 else len(raw)], end + 1
        if _record(line, delimiter) is None:
            return None
        if end < 0:
            return PlainTable(_frame([], width, delimiter).with_columns(pl.Series(ROW, [], pl.UInt32)), [])
    table = _table_of_plain_bytes(delimiter)
    pieces: list[bytes] = []
    numbers: list[npt.NDArray[np.uint32]] = []
    others: list[Row] = []
    number = header + 1
    for piece in _pieces(raw, start):
        found = _plain_lines(piece, table, delimiter, width, number)
        if found is None:
            return None
        pieces.append(found[0])
        numbers.append(found[1])
        others += found[2]
        number += piece.count(b"\n") + (not piece.endswith(b"\n"))
    frame = _frame(pieces, width, delimiter)
    rows = np.concatenate(numbers) if numbers else np.zeros(0, np.uint32)
    frame = frame.with_columns(pl.Series(ROW, rows))
    if bool((np.diff(rows.astype(np.int64)) < 0).any()):
        frame = frame.sort(ROW)
    return PlainTable(frame, others)


def _frame(pieces: list[bytes], width: int, delimiter: str) -> pl.DataFrame:
    schema = {cell(i): pl.String() for i in range(width)}
    if not any(pieces):
        return pl.DataFrame(schema=schema)
    return pl.read_csv(
        b"".join(pieces),
        separator=delimiter,
        quote_char=None,
        has_header=False,
        schema=schema,
        empty_string_is_null=False,
        missing_columns="raise",
        extra_columns="raise",
    )


def _pieces(raw: bytes, start: int) -> Iterator[bytes]:
    """Yield the text from `start` on in pieces that end with a line."""
    while start < len(raw):
        end = raw.find(b"\n", min(start + _PIECE, len(raw) - 1))
        end = len(raw) if end < 0 else end + 1
        yield raw[start:end]
        start = end


def _table_of_plain_bytes(delimiter: str) -> npt.NDArray[np.bool_]:
    """Return for each byte whether it may stand in a plain line (other than a delimiter and the end of the line)."""
    table = np.zeros(256, np.bool_)
    table[0x20:0x7F] = True
    table[0x80:0xC0] = True
    table[list(_PLAIN_LEADS)] = True
    table[[ord('"'), ord("\\")]] = False
    table[[ord(delimiter), _NEWLINE]] = True
    return table


def _plain_lines(
    piece: bytes, table: npt.NDArray[np.bool_], delimiter: str, width: int, number: int
) -> tuple[bytes, npt.NDArray[np.uint32], list[Row]] | None:
    """Return the plain lines of a piece as bytes, their row numbers, and the other rows; the first line is row `number`."""
    if not piece.endswith(b"\n"):
        piece += b"\n"
    letters: Bytes = np.frombuffer(piece, np.uint8)
    is_end = letters == _NEWLINE
    marks = np.flatnonzero(is_end | (letters == ord(delimiter)))
    is_plain = table[letters]
    n_lines = int(np.count_nonzero(is_end))
    if len(marks) == n_lines * width and bool(is_plain.all()) and bool(is_end[marks[width - 1 :: width]].all()):
        ends = marks[width - 1 :: width]
        if int(np.diff(ends, prepend=-1).max(initial=0)) > _LONGEST_LINE:
            return None
        lengths = np.diff(ends, prepend=-1)
        if width > 1 or int(lengths.min(initial=2)) > 1:
            return piece, np.arange(number, number + n_lines, dtype=np.uint32), []
    ends = np.flatnonzero(is_end)
    starts = np.concatenate([[0], ends[:-1] + 1])
    if int((ends - starts).max(initial=0)) > _LONGEST_LINE:
        return None
    n_marks = np.diff(np.searchsorted(marks, ends, side="right"), prepend=0)
    odd_at = np.flatnonzero(~is_plain)
    is_odd = np.zeros(n_lines, np.bool_)
    is_odd[np.searchsorted(ends, odd_at)] = True
    good = ~is_odd & (n_marks == width)
    extra: list[str] = []
    extra_rows: list[int] = []
    others: list[Row] = []
    for i in np.flatnonzero(~good):
        cells = _record(piece[starts[i] : ends[i]], delimiter)
        if cells is None:
            return None
        if len(cells) == width and _is_plain_again(cells, table, delimiter):
            extra.append(delimiter.join(cells))
            extra_rows.append(number + int(i))
        else:
            others.append(Row(number + int(i), tuple(Cell(c) for c in cells)))
    kept = letters[np.repeat(good, ends - starts + 1)].tobytes()
    rows = np.flatnonzero(good).astype(np.uint32) + np.uint32(number)
    text = "\n".join([*extra, ""]).encode()
    return kept + text, np.concatenate([rows, np.array(extra_rows, np.uint32)]), others


def _record(line: bytes, delimiter: str) -> list[str] | None:
    """Return the cells of one line; None when its quotes do not close within it, or are no quotes of CSV."""
    try:
        records = list(csv.reader([line.decode()], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if records else []


def _is_plain_again(cells: list[str], table: npt.NDArray[np.bool_], delimiter: str) -> bool:
    """Whether cells that stood in quotes did not need them."""
    text = "".join(cells)
    if delimiter in text or "\n" in text:
        return False
    return bool(table[np.frombuffer(text.encode(), np.uint8)].all())
