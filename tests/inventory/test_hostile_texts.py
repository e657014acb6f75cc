"""Labels that strangers put up, and texts that an ERP holds: exact where programs read them, inert where people open them."""

from __future__ import annotations

import csv
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import python_calamine

from inventory.reconcile import reconcile_run
from inventory.workbook.cells import shown
from tests.inventory.worlds import look, pallet, read
from warehouse.observations import PalletSighting
from warehouse.run_folder import RunFolder
from warehouse.site_file import load_site

HOSTILE = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://localhost/?"&A1,"label")',
    "@SUM(1+1)",
    "+1+2",
    "-2+3",
    "＝1+1",
    '"quoted, twice"";',
    "NUL\0inside",
    "tab\tand\r\nline end",
    "\u202egnp.exe\u202c right to left",
    "zero\u200bwidth",
    "'; DROP TABLE findings; --",
    "<script>alert(1)</script>",
    "_x0041_",
    "http://localhost/",
    "1E10",
    "0007",
    "x" * 10_000,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run in which each location shows one of the texts, unknown to the ERP, while the ERP's own cells hold them too."""
    folder = tmp_path_factory.mktemp("hostile")
    site_folder = Path(__file__).parents[2] / "sitl" / "demo_site"
    site = load_site(site_folder)
    run = RunFolder.create(folder / "runs" / "monday", site_folder)
    bins = [b.code.text for b in site.layout.bins if b.kind.is_observable]
    seen = []
    for location, text in zip(bins, HOSTILE, strict=False):
        sighting = PalletSighting(pallet=pallet(text), symbology="QRCode", text=text, n_frames=3, evidence="")
        seen.append(replace(read(location, "LPN"), pallets=(sighting,)))
    empty = bins[len(HOSTILE) : 2 * len(HOSTILE)]
    seen += [look(location, "empty") for location in empty]
    with (folder / "erp.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["location", "pallet", "sku", "batch"])
        writer.writerows(
            [location, f"LPN-{n}", text.replace("\0", ""), text.replace("\0", "")]
            for n, (location, text) in enumerate(zip(empty, HOSTILE, strict=True))
        )
    run.write_lines(run.observations_path, seen)
    reconcile_run(run, site, folder / "erp.csv")
    return run


def rows(run: RunFolder, name: str) -> list[dict[str, str]]:
    with (run.reconciliation_folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def test_a_program_gets_every_label_and_every_erp_text_to_the_letter(run: RunFolder) -> None:
    found = {r["pallet"] for r in rows(run, "discrepancies") if r["verdict"] == "unexpected"}
    assert found == set(HOSTILE)
    plain = {text.replace("\0", "").strip() for text in HOSTILE}
    assert {r["item"] for r in rows(run, "erp_lines")} == {r["batch"] for r in rows(run, "erp_lines")} == plain
    kept = [dict(json.loads(r["erp_columns"])) for r in rows(run, "erp_lines")]
    assert [k["sku"] for k in kept] == [text.replace("\0", "") for text in HOSTILE]


def test_sentences_hold_no_character_that_breaks_a_line(run: RunFolder) -> None:
    for name in ("discrepancies", "locations", "erp_lines", "recount"):
        assert all(r["reason"].isprintable() for r in rows(run, name))


def test_the_workbook_runs_nothing_and_links_nowhere(run: RunFolder) -> None:
    book = openpyxl.load_workbook(run.reconciliation_folder / "reconciliation.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}
    assert all(cell.hyperlink is None for cell in cells)
    other = python_calamine.CalamineWorkbook.from_path(run.reconciliation_folder / "reconciliation.xlsx")
    texts = {str(cell) for name in other.sheet_names for row in other.get_sheet_by_name(name).to_python() for cell in row}
    assert {shown(text) for text in HOSTILE} <= texts
    assert shown("NUL\0 \u202e") == "NUL␀ ⟨U+202E⟩"


def test_the_history_takes_them_as_values_and_not_as_commands(run: RunFolder) -> None:
    db = sqlite3.connect(run.store_path)
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"runs", "findings", "pallets"} <= tables
    assert {value for (value,) in db.execute("SELECT pallet FROM findings") if value in HOSTILE} == set(HOSTILE)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
