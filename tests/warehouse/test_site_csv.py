import pytest

from warehouse.site_csv import parse_rows

HEADER = "location,aisle,side,along_m,base_m,width_m,height_m,depth_m,kind"
EXPECTED = "expected location,aisle,side,along_m,base_m,width_m,height_m,depth_m,kind, separated by commas or semicolons"
ROW = "A01-01-1-1,A01,left,0.550,0.05,0.90,1.30,1.10,normal"
CELLS = dict(zip(HEADER.split(","), ROW.split(","), strict=True))


def csv_bytes(*lines: str, end: str = "\n", encoding: str = "utf-8") -> bytes:
    return "".join(line + end for line in lines).encode(encoding)


def test_a_row_comes_by_its_number_in_the_spreadsheet() -> None:
    assert parse_rows(csv_bytes(HEADER, ROW)) == ({2: CELLS}, [])


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    assert parse_rows(csv_bytes(HEADER, ROW, end="\r\n", encoding="utf-8-sig")) == ({2: CELLS}, [])


def test_a_spanish_excel_writes_semicolons_and_decimal_commas() -> None:
    spanish = ROW.replace(",", ";").replace(".", ",")
    assert parse_rows(csv_bytes(HEADER.replace(",", ";"), spanish, end="\r\n", encoding="utf-8-sig")) == ({2: CELLS}, [])


def test_a_decimal_comma_in_a_file_with_commas_stays_as_it_is_for_the_fault_to_show() -> None:
    rows, faults = parse_rows(csv_bytes(HEADER, ROW.replace("0.550", '"0,550"')))
    assert (rows[2]["along_m"], faults) == ("0,550", [])


def test_blank_rows_are_skipped_and_counted() -> None:
    assert parse_rows(csv_bytes(HEADER, "", ",,,,,,,,", ROW)) == ({4: CELLS}, [])


def test_spaces_around_cells_and_empty_cells_behind_the_last_column_are_ignored() -> None:
    assert parse_rows(csv_bytes(HEADER, ROW.replace(",", " , ") + ",,")) == ({2: CELLS}, [])


def test_further_columns_in_any_order_are_kept_aside() -> None:
    rows, faults = parse_rows(csv_bytes("notes," + HEADER, "shelf bent," + ROW))
    assert (rows[2]["location"], rows[2]["notes"], faults) == ("A01-01-1-1", "shelf bent", [])


def test_the_kind_column_may_be_absent() -> None:
    rows, faults = parse_rows(csv_bytes(HEADER.removesuffix(",kind"), ROW.removesuffix(",normal")))
    assert ("kind" in rows[2], faults) == (False, [])


def test_a_row_of_the_wrong_length_is_named_and_the_others_are_still_read() -> None:
    rows, faults = parse_rows(csv_bytes(HEADER, "A01-01-1-1,A01,left", ROW + ",x", ROW))
    assert rows == {4: CELLS}
    assert faults == [
        "row 2: expected 9 cells, as in the header, got 3",
        "row 3: expected 9 cells, as in the header, got 10",
    ]


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", f"row 1: no column location, aisle, side, along_m, base_m, width_m, height_m, depth_m in ''; {EXPECTED}"),
        (
            csv_bytes(HEADER.replace("base_m", "base")),
            f"row 1: no column base_m in {HEADER.replace('base_m', 'base')!r}; {EXPECTED}",
        ),
        (csv_bytes(HEADER + ",aisle", ROW + ",A02"), f"row 1: column aisle stands there twice; {EXPECTED}"),
        (
            csv_bytes(HEADER, ROW, ROW.replace("A01-01-1-1", "PEÑA"), encoding="cp1252"),
            "line 3: not UTF-8 text (byte 0xD1); in Excel, save it as: CSV UTF-8",
        ),
        (csv_bytes(HEADER, ROW, encoding="utf-16"), "line 1: not UTF-8 text (byte 0xFF); in Excel, save it as: CSV UTF-8"),
        (csv_bytes(HEADER, ROW, 'A01"', '"A01'), "row 4: not CSV: unexpected end of data; check the quotes in that row"),
    ],
)
def test_what_is_no_table_is_one_clear_fault(raw: bytes, fault: str) -> None:
    assert parse_rows(raw) == ({}, [fault])


def test_the_byte_at_fault_is_counted_right_behind_a_byte_order_mark() -> None:
    raw = b"\xef\xbb\xbf" + csv_bytes(HEADER) + b"\xf1"
    assert parse_rows(raw)[1] == ["line 2: not UTF-8 text (byte 0xF1); in Excel, save it as: CSV UTF-8"]
