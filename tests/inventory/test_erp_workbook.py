"""Stock lists that come as workbooks: what a spreadsheet lost is named, what stands there is read to the letter."""

from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from inventory.erp_file import read_erp
from inventory.table_file import workbook_sheets
from tests.inventory.worlds import sscc
from warehouse.errors import BadInputError

P = sscc(1)


def workbook(folder: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / "erp.xlsx")
    return folder / "erp.xlsx"


def test_numeric_ids_in_a_workbook_keep_their_digits(tmp_path: Path) -> None:
    erp = read_erp(workbook(tmp_path, ("location", "pallet", "sku", "quantity"), (101, 7, 123456789012345, 7.5)))
    (line,) = erp.lines
    assert (erp.encoding, line.location, line.pallet_text, line.sku, line.quantity) == (
        "xlsx",
        "101",
        "7",
        "123456789012345",
        Decimal("7.5"),
    )
    assert erp.faults[0].what == (
        "numbers instead of text in 1 rows from here on; zeros in front of them are lost, if there were any"
    )


def test_a_number_of_more_than_15_digits_in_an_id_column_refuses_the_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path, ("location", "pallet"), ("A-1", "376123450000000016"), ("A-2", 376123450000000023))
    with pytest.raises(BadInputError) as refused:
        read_erp(path)
    assert str(refused.value) == (
        "erp.xlsx: ids kept as numbers, so that their last digits are lost: 1 fault\n"
        "  erp.xlsx, row 3, column pallet: a number of more than 15 digits (376123450000000000); expected text\n"
        "  -> export that column as text, or export CSV; formatting it as text now does not bring the digits back"
    )


def test_a_location_that_a_spreadsheet_turned_into_a_date_is_refused(tmp_path: Path) -> None:
    erp = read_erp(workbook(tmp_path, ("location", "pallet"), (date(2026, 4, 3), "LPN1"), ("A-2", "LPN2")))
    assert [f.what for f in erp.faults] == ["a date (2026-04-03) where an id should stand; expected text"]


def test_an_error_or_a_formula_without_its_value_is_no_empty_cell(tmp_path: Path) -> None:
    rows = (("location", "pallet", "quantity"), ("A-1", "#N/A", 1), ("A-2", '=CONCATENATE("LP","N1")', 2), ("A-3", "LPN3", "=1+1"))
    erp = read_erp(workbook(tmp_path, *rows))
    assert [line.location for line in erp.lines] == ["A-3"]
    assert [str(f) for f in erp.faults] == [
        "erp.xlsx, row 2, column pallet: #N/A where an id should stand; expected text",
        "erp.xlsx, row 3, column pallet: a formula without its value where an id should stand; expected text",
        "erp.xlsx, row 4, column quantity: 'a formula without its value' is no number of profile plain; expected one written like "
        "1,234.5; the row is used without it",
    ]


def test_a_stray_cell_in_the_far_corner_is_named_before_it_takes_all_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(("location", "pallet"))
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "erp.xlsx")
    with pytest.raises(BadInputError, match="sheet 'Sheet' reaches to row 1048576 and column 16384: more than 10,000,000 cells"):
        read_erp(tmp_path / "erp.xlsx")


def test_the_bytes_decide_not_the_name(tmp_path: Path) -> None:
    path = workbook(tmp_path, ("location", "pallet"), ("A-1", "LPN1"))
    assert read_erp(path.rename(tmp_path / "erp.csv")).encoding == "xlsx"
    (tmp_path / "erp.xls").write_text("location\tpallet\nA-1\tLPN1\n", encoding="utf-8")
    assert read_erp(tmp_path / "erp.xls").encoding == "utf-8"


# -- profiles ------------------------------------------------------------------------------------------------------------------


def test_a_workbook_that_would_fill_the_memory_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "erp.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", "0")
    raw = (tmp_path / "erp.xlsx").read_bytes()
    entry = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 4)  # of the sheet, in the directory of the archive
    raw = raw[: entry + 24] + (4_200_000_000).to_bytes(4, "little") + raw[entry + 28 :]
    with pytest.raises(BadInputError, match=r"erp\.xlsx: the workbook unpacks to 4\.2 GB, more than any list of 10,000,000 cells"):
        workbook_sheets(raw, "erp.xlsx")
