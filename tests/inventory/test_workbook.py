"""The workbook, read back by two libraries that did not write it."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import python_calamine

from inventory.workbook.cells import LONGEST, shown
from tests.inventory.worlds import reconciled, sscc
from warehouse.errors import BadInputError
from warehouse.texts import text_table

P, Q = sscc(1), sscc(2)
ERP = f"""location,pallet,sku,quantity,uom,batch,id
A-1,{P},0004711,48.50,KG,3-4,q1
A-2,{Q},1E10,12345678901234567890,EA,,q2
A-3,LPN-3,-5,2,EA,,q3
A-4,,,,,,
"""
SCANS = f"A-1,empty,,,f1,2026-11-23T10:00:00Z\nA-2,read,{Q},Code128,f2,2026-11-23T10:00:01Z\nA-4,empty,,,f3,\n"


def opened(folder: Path, lang: str = "en", erp: str = ERP) -> openpyxl.Workbook:
    reconciled(folder, erp, SCANS, lang=lang)
    return openpyxl.load_workbook(folder / "out" / "reconciliation.xlsx")


def values(book: openpyxl.Workbook, sheet: str) -> list[list[object]]:
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def test_each_question_has_its_sheet_with_a_filter_and_a_header_that_stays(tmp_path: Path) -> None:
    book = opened(tmp_path)
    assert book.sheetnames == ["Answer", "Findings", "Locations", "ERP lines", "Not counted"]
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, sheet.max_column).coordinate[:-1]}{sheet.max_row}"
    assert (
        values(book, "Answer")[0][0]
        == "2 of 4 locations agree with the ERP. Findings to look into: 1. Locations to count again: 1."
    )


def test_ids_stay_text_and_only_true_numbers_and_times_are_numbers_and_times(tmp_path: Path) -> None:
    book = opened(tmp_path)
    lines = values(book, "ERP lines")
    assert lines[0][:10] == [
        "ERP row",
        "ERP's own id",
        "Location",
        "Pallet",
        "Item",
        "Batch",
        "ERP quantity",
        "Unit",
        "Verdict",
        "Count",
    ]
    assert lines[1][:10] == [2, "q1", "A-1", P, "0004711", "3-4", 48.5, "KG", "✗ Missing", "0 Counted as none"]
    assert lines[2][:10] == [3, "q2", "A-2", Q, "1E10", None, "12345678901234567890", "EA", "✓ Agrees", "✓ Counted"]
    assert lines[3][4:10] == ["-5", None, 2, "EA", "? Not verified", "? Not counted"]
    assert values(book, "Locations")[1][8] == datetime.fromisoformat("2026-11-23T10:00:00")


def test_rows_are_as_high_as_the_longest_of_their_texts_needs(tmp_path: Path) -> None:
    book = opened(tmp_path)
    sheets = book.worksheets[1:]
    heights = {x.title: [x.row_dimensions[row].height for row in range(1, x.max_row + 1)] for x in sheets}
    assert heights == {
        "Findings": [None, 45],
        "Locations": [None, 30, 30, None, None],
        "ERP lines": [None, 30, 30, None, None],
        "Not counted": [None, 30],
    }
    assert book["Locations"]["G2"].alignment.wrap_text
    assert not book["Locations"]["A2"].alignment.wrap_text


def test_texts_stay_what_they_are_whatever_marks_stand_in_them(tmp_path: Path) -> None:
    items = ["<r>&amp;</r>", "_x41", "a & b", "]]>"]
    erp = "location,pallet,sku\n" + "".join(f"A-{i},{sscc(i)},{item}\n" for i, item in enumerate(items))
    assert [row[4] for row in values(opened(tmp_path, erp=erp), "ERP lines")[1:]] == items


def test_what_was_not_counted_names_the_line_and_what_to_do_and_never_a_zero(tmp_path: Path) -> None:
    (_, *rows) = values(opened(tmp_path), "Not counted")
    assert [row[:8] for row in rows] == [["A-3", "ERP line", 4, "LPN-3", "-5", 2, "EA", "? Not verified"]]
    assert rows[0][9] == "Look at it again: nothing may hide it, and its lane must be flown to the end."


def test_a_refused_row_of_the_erp_file_is_listed_as_not_counted(tmp_path: Path) -> None:
    rows = values(opened(tmp_path, erp=ERP + f"A-1,{P},0004711,48.50,KG,3-4,q1\n"), "Not counted")
    assert rows[-1][:3] == ["A-1", "ERP row not usable", 6]
    assert "stands in row 2 already" in str(rows[-1][8])


def test_a_word_stands_with_every_colour(tmp_path: Path) -> None:
    for sheet in opened(tmp_path).worksheets:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if cell.fill.fill_type == "solid":
                    assert str(cell.value).strip("✗✓?↻0 "), (sheet.title, cell.coordinate)


def test_it_speaks_spanish_and_refuses_a_language_that_it_does_not_speak(tmp_path: Path) -> None:
    book = opened(tmp_path, "es")
    assert book.sheetnames == ["Respuesta", "Hallazgos", "Ubicaciones", "Líneas del ERP", "Sin contar"]
    assert values(book, "Líneas del ERP")[1][8:10] == ["✗ Falta", "0 Contada a cero"]
    (tmp_path / "fr").mkdir()
    with pytest.raises(BadInputError, match="no report in language 'fr'"):
        opened(tmp_path / "fr", "fr")
    assert not (tmp_path / "fr" / "out").exists()


def test_every_word_stands_in_both_languages() -> None:
    for key, entry in text_table("inventory.workbook").items():
        assert sorted(entry) == ["en", "es"], key


def test_a_second_library_reads_the_same_cells(tmp_path: Path) -> None:
    book = opened(tmp_path)
    other = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO((tmp_path / "out" / "reconciliation.xlsx").read_bytes()))
    for name in book.sheetnames:
        theirs = [[cell if cell != "" else None for cell in row] for row in other.get_sheet_by_name(name).to_python()]
        assert theirs == values(book, name), name


def test_a_text_longer_than_a_cell_is_cut_and_says_so() -> None:
    assert shown("x" * LONGEST) == "x" * LONGEST
    assert shown("x" * (LONGEST + 1)).endswith("x … (cut here; the CSV file holds all of it)")
    assert len(shown("𝕏" * LONGEST).encode("utf-16-le")) // 2 <= LONGEST
