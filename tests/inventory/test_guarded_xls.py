"""A legacy workbook is read as it stands; a damaged one is named and takes no more memory than it may."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from inventory.guarded_xls import xls_values
from inventory.table_file import workbook_sheets
from tests.inventory.test_xls_holes import HEAD, SOUND, record
from tests.inventory.test_xls_holes import workbook as made_workbook
from warehouse.errors import BadInputError


@pytest.fixture
def workbook(shared_data: Path) -> bytes:
    return (shared_data / "erp" / "openboxes" / "import__inventory.xls").read_bytes()


def test_the_rows_of_a_legacy_workbook_are_those_that_a_spreadsheet_shows(workbook: bytes) -> None:
    ((_, values), *_) = xls_values(workbook)
    ((_, rows), *_) = workbook_sheets(workbook, "import.xls")
    assert [row.number for row in rows] == list(range(1, len(values) + 1))
    assert rows[0].texts == tuple(str(value) for value in values[0])


def test_a_damaged_legacy_workbook_is_named_and_nothing_of_it_is_used(workbook: bytes) -> None:
    rng = np.random.default_rng(7)
    harmed = bytearray(workbook)
    for at in rng.integers(512, len(harmed), 4000):
        harmed[at] = int(rng.integers(256))
    for raw in (bytes(harmed), workbook[: len(workbook) // 3]):
        with pytest.raises(BadInputError) as refused:
            workbook_sheets(raw, "stock.xls")
        assert str(refused.value).startswith("stock.xls: cannot be opened as a workbook: ")
        assert refused.value.remedy == "save it again as .xlsx or as CSV UTF-8"


def test_a_cell_for_which_no_memory_is_enough_ends_in_a_refusal() -> None:
    far = record(0x0203, struct.pack("<HHHd", 65535, 65535, 0, 7.0))  # its reader asks for more than 100 GB
    with pytest.raises(BadInputError) as refused:
        workbook_sheets(made_workbook(*HEAD, *SOUND, far), "stock.xls")
    assert refused.value.what == "stock.xls: cannot be opened as a workbook: it is damaged"


def test_a_sheet_wider_than_any_can_be_is_called_damaged() -> None:
    wide = record(0x0203, struct.pack("<HHHd", 5, 47_363, 0, 7.0))
    with pytest.raises(BadInputError) as refused:
        workbook_sheets(made_workbook(*HEAD, *SOUND, wide), "stock.xls")
    assert refused.value.what == (
        "stock.xls: cannot be opened as a workbook: it is damaged: sheet 'Stock' reaches to column 47364 of 256"
    )


def test_a_file_of_the_user_is_not_taken_for_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pickle.py", "inventory.py", "python_calamine.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert [name for name, _ in xls_values(made_workbook(*HEAD, *SOUND))] == ["Stock"]
