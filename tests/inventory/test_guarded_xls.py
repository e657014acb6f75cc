"""A legacy workbook is read as it stands; a damaged one is named and takes no more memory than it may."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inventory.guarded_xls import xls_values
from inventory.table_file import workbook_sheets
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
