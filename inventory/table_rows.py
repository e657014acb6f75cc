"""Any table file that people keep (CSV, XLSX, XLS, ODS) -> its rows as text, for other readers than that of the ERP."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inventory.table_file import Row, csv_rows, decode, file_kind, why_unreadable, workbook_sheets
from warehouse.errors import BadInputError

_DELIMITERS = (";", "\t", ",", "|")


def read_table(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> list[tuple[int, tuple[str, ...]]]:
    """Return the number of each row, as a spreadsheet shows it, and the text of its cells.

    `encoding` is the code page of a text file that is not UTF-8; it is never guessed. `sheet` is that of a workbook; the only one
    that is not empty when left out. BadInputError when the file cannot be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}", remedy="give a CSV or XLSX file") from error
    if file_kind(raw) == "text":
        return _numbered(_text_rows(path.name, raw, encoding))
    sheets = workbook_sheets(raw, path.name)
    if sheet is not None:
        wanted = [rows for name, rows in sheets if name == sheet]
    else:
        wanted = [rows for _, rows in sheets if any(not row.is_blank for row in rows)]
    names = ", ".join(name for name, _ in sheets)
    if len(wanted) != 1:
        what = f"no sheet {sheet!r}" if sheet is not None else f"{len(wanted)} sheets are filled in"
        raise BadInputError(f"{path.name}: {what}; the workbook has {names}", remedy="name one: --sheet NAME")
    return _numbered(wanted[0])


def _numbered(rows: Iterable[Row]) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.number, row.texts) for row in rows]


def _text_rows(name: str, raw: bytes, encoding: str | None) -> list[Row]:
    decoded = decode(raw, (encoding,) if encoding else ())
    if decoded is None:
        row, what = why_unreadable(raw)
        raise BadInputError(
            f"{name}, row {row}: {what}",
            remedy="save it from Excel as CSV UTF-8 or .xlsx, or say its code page, for instance: --encoding cp1252",
        )
    text, _ = decoded
    head = [line for line in text.splitlines()[:30] if line.strip()]
    # The mark that stands most often in the fullest line of the head: titles above the header have none, decimal commas lose.
    counts = {mark: max((line.count(mark) for line in head), default=0) for mark in _DELIMITERS}
    mark = next((m for m in (";", "\t", "|") if counts[m] >= 2), None) or max(_DELIMITERS, key=lambda m: counts[m])
    return list(csv_rows(text, mark, name))
