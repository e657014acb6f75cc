"""The bytes of a table file -> rows of text, for CSV and for workbooks; the bytes decide what it is, never the file's name.

Every cell is text to the letter. Where the file itself has already lost something (a long number in a workbook), the cell says so.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import python_calamine

from inventory.guarded_xls import DamagedWorkbookError, xls_values
from inventory.workbook_holes import far_cell, holes, unpacked_bytes
from inventory.xls_holes import xls_holes
from inventory.xls_program import MOST_CELLS, FarCellError, sheet_values
from warehouse.errors import BadInputError

MOST_UNPACKED_BYTES = 2_000_000_000
"""Of a workbook; one that is made to fill the memory may be a thousandth of that on the disk."""
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x82\xac")
"""A letter of Western Europe, or the euro sign, in UTF-8. In their code pages it would be an A with a tilde before a sign that no
word goes on with."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_OPEN_QUOTE = ("unexpected end of data", "field larger than field limit")
"""What the csv module says when the rest of the file has become one cell."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    origin: str = "text"
    """What it was in a workbook: `text`, `number`, `long number` (more than 15 digits: the last ones are lost), `date`, or `hole`
    (an error such as #N/A, or a formula without its value: what should stand there is not in the file)."""


_EMPTY = Cell("")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; 1 is the first of the file, as a spreadsheet shows it."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of every cell."""
        return tuple(c.text for c in self.cells)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it."""
        return not any(c.text.strip() for c in self.cells)


def file_kind(raw: bytes) -> str:
    """Return `xlsx`, `xls` or `text` by the first bytes."""
    if raw.startswith(b"PK\x03\x04"):
        return "xlsx"
    return "xls" if raw.startswith(b"\xd0\xcf\x11\xe0") else "text"


def decode(raw: bytes, code_pages: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the text and the name of its encoding: byte order mark, strict UTF-8, then the declared code pages; else None.

    Nothing is guessed: a wrong guess decodes without an error and changes letters. A file that is UTF-8 but for a few harmed bytes
    is of no code page either.
    """
    marked = _marked(raw)
    for encoding in (marked,) if marked else ("utf-8", *code_pages):
        if encoding not in ("utf-8", "utf-16") and _UTF8_LETTER.search(raw):
            continue
        try:
            text = raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        return text, encoding
    return None


def how_decoded(raw: bytes, encoding: str) -> str:
    """Return in words how the encoding was settled."""
    if _marked(raw):
        return "by the byte order mark"
    return "strict UTF-8 without a fault" if encoding == "utf-8" else "not UTF-8; the code page that the profile declares"


def _marked(raw: bytes) -> str | None:
    return next((e for bom, e in ((b"\xef\xbb\xbf", "utf-8"), *((b, "utf-16") for b in UTF16_BOMS)) if raw.startswith(bom)), None)


def why_unreadable(raw: bytes) -> tuple[int, str]:
    """Return the row and the fault of bytes that `decode` refuses when no code page is declared."""
    is_marked = raw.startswith(UTF16_BOMS)
    encoding = "utf-16" if is_marked else "utf-8"
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as error:
        row = raw[: error.start].decode(encoding, "ignore").count("\n") + 1
        if is_marked:
            return row, "the byte order mark says UTF-16, but the letters are not; the file may be cut short"
        mark = "although the byte order mark says so" if raw.startswith(b"\xef\xbb\xbf") else "and there is no byte order mark"
        return row, f"not UTF-8 (byte 0x{raw[error.start]:02X}), {mark}"
    return 1, "not readable text"


def csv_rows(text: str, delimiter: str, name: str) -> Iterator[Row]:
    """Yield the rows of a CSV; BadInputError names the row whose quotes do not close."""
    reader = csv.reader(_physical_lines(text), delimiter=delimiter, strict=True)
    number = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            is_open = str(error).startswith(_OPEN_QUOTE)
            what = "a quote that opens in this row is never closed" if is_open else f"not CSV: {error}"
            raise BadInputError(
                f"{name}, row {number}: {what}",
                remedy="mend the quotes in that row; a quote within a text in quotes is written twice",
            ) from error
        yield Row(number, tuple(Cell(c) for c in cells))
        number += 1


def _physical_lines(text: str) -> Iterator[str]:
    """Yield the lines with their ends, as a stream opened with `newline=""` does, but without a second copy of the text."""
    return (found[0] for found in _LINE.finditer(text))


def list_rows(text: str, delimiter: str) -> Iterator[Row]:
    """Yield the rows of a printed list, in which quotes are plain letters and rules of dashes are no rows."""
    # not splitlines(): that would also part rows at form feeds and other signs that no editor counts as a line end
    for number, found in enumerate(_LINE.finditer(text), start=1):
        line = found[0].rstrip("\r\n")
        is_rule = not line.strip().strip("-|")
        yield Row(number, () if is_rule else tuple(Cell(c) for c in line.split(delimiter)))


def workbook_sheets(raw: bytes, name: str) -> list[tuple[str, list[Row]]]:
    """Return (sheet, rows) of a workbook; BadInputError when it cannot be opened."""
    try:
        if file_kind(raw) == "xls":
            errors = xls_holes(raw)
            return [(sheet, _rows(values, errors.get(sheet, {}))) for sheet, values in xls_values(raw)]
        n_bytes = unpacked_bytes(raw)
        if n_bytes > MOST_UNPACKED_BYTES:
            raise BadInputError(
                f"{name}: the workbook unpacks to {n_bytes / 1e9:.1f} GB, more than any list of {MOST_CELLS:,} cells",
                remedy="save the sheet of the stock list alone, or as CSV UTF-8",
            )
        far = far_cell(raw, MOST_CELLS)
        if far:
            raise FarCellError(far)
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        missing = holes(raw)
        return [(sheet, _rows(sheet_values(workbook, sheet), missing.get(sheet, {}))) for sheet in workbook.sheet_names]
    except FarCellError as error:
        raise BadInputError(
            f"{name}: {error}: more than {MOST_CELLS:,} cells, most of them surely empty",
            remedy="delete what stands far outside of the list, or save it as CSV UTF-8",
        ) from error
    except python_calamine.PasswordError as error:
        raise BadInputError(f"{name}: the workbook is protected by a password", remedy="save a copy without one") from error
    except python_calamine.CalamineError as error:
        raise BadInputError(
            f"{name}: cannot be opened as a workbook: {error}", remedy="save it again as .xlsx or as CSV UTF-8"
        ) from error
    except BaseException as error:
        # what calamine ends with on some cut files is no Exception, and cannot be named
        if not isinstance(error, DamagedWorkbookError) and type(error).__name__ != "PanicException":
            raise
        raise BadInputError(
            f"{name}: cannot be opened as a workbook: it is damaged", remedy="save it again as .xlsx or as CSV UTF-8"
        ) from error


def _rows(values: list[list[object]], missing: dict[tuple[int, int], str]) -> list[Row]:
    """Return the rows of a sheet with the cells that its reader does not show, also beyond the last that it shows."""
    cells = [[_EMPTY if value == "" else _cell(value) for value in row] for row in values]
    width = max([len(row) for row in cells] + [column for _, column in missing], default=0)
    if missing:
        cells += [[] for _ in range(max(row for row, _ in missing) - len(cells))]
        cells = [row + [_EMPTY] * (width - len(row)) for row in cells]
    for (row, column), what in missing.items():
        if not cells[row - 1][column - 1].text:
            cells[row - 1][column - 1] = Cell(what, "hole")
    return [Row(number, tuple(row)) for number, row in enumerate(cells, start=1)]


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return Cell("TRUE" if value else "FALSE")
    if isinstance(value, (int, float)):
        if abs(value) >= 1e15:
            return Cell(format(Decimal(value), "f"), "long number")
        text = str(int(value)) if float(value).is_integer() else format(Decimal(repr(value)), "f")
        return Cell(text, "number")
    if isinstance(value, datetime):
        return Cell(value.isoformat(), "date")
    if isinstance(value, (date, time, timedelta)):
        return Cell(str(value), "date")
    return Cell(str(value))
