"""Import files, whatever the ERP: refusals, reruns, the note, control totals, and texts that nobody should run."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.exports import SYSTEMS
from inventory.exports.job import is_risky
from tests.inventory.exported import ERPNEXT, ERPNEXT_COLUMNS, FIELD_LISTS, ODOO, SCANS, Count, P
from tests.inventory.worlds import sscc
from warehouse.errors import BadInputError


@pytest.fixture
def count(tmp_path: Path) -> Count:
    return Count(tmp_path)


def test_a_list_of_another_erp_is_refused_with_what_to_do(count: Count) -> None:
    count.reconcile(ODOO)
    for system in set(SYSTEMS) - {"odoo"}:
        with pytest.raises(
            BadInputError, match=r"was read as odoo_quant: its rows hold no ids of .*\n.*write the file .*--for odoo"
        ):
            count.export(system)


def test_a_plain_list_is_refused_for_the_columns_that_it_lacks(count: Count) -> None:
    count.reconcile(f"location,pallet,sku,quantity\nA-1,{P[1]},4711,3\n", f"A-1,read,{P[1]},,f1,\n")
    with pytest.raises(BadInputError, match=r"stock.csv \(profile plain\) lacks what this ERP needs"):
        count.export("dynamics365")


def test_a_changed_or_cut_table_is_refused(count: Count) -> None:
    count.reconcile(ODOO)
    path = count.folder / "out" / "erp_lines.csv"
    path.write_bytes(path.read_bytes().replace(b"not_counted", b"counted_zero"))
    with pytest.raises(BadInputError, match="it was changed or cut since"):
        count.export("odoo")


def test_a_rerun_writes_the_same_bytes_and_takes_away_what_is_not_true_any_more(count: Count) -> None:
    count.reconcile(ODOO).export("odoo")
    first = {p.name: p.read_bytes() for p in (count.folder / "export").iterdir()}
    count.export("odoo")
    assert {p.name: p.read_bytes() for p in (count.folder / "export").iterdir()} == first
    assert sorted(first) == ["README.txt", "lines.csv", "odoo_1_counts.csv", "odoo_2_new_in_place.csv"]
    count.reconcile(ODOO, SCANS.replace("A-5,read", "A-4,read").replace("A-4,empty,,,f4,2026-11-23T10:03:00Z\n", "")).export("odoo")
    assert "odoo_2_new_in_place.csv" not in {p.name for p in (count.folder / "export").iterdir()}


def test_a_folder_that_cannot_be_written_leaves_the_old_files(count: Count) -> None:
    count.reconcile(ODOO).export("odoo", booked=False)
    before = count.text("odoo_1_counts.csv")
    (count.folder / "export" / "odoo_2_new_in_place.csv").mkdir()
    with pytest.raises(BadInputError, match="the results cannot be written"):
        count.export("odoo")
    assert count.text("odoo_1_counts.csv") == before


def test_the_note_says_who_approves_what_is_left_out_and_the_control_totals(count: Count) -> None:
    note = count.reconcile(ODOO).export("odoo").folder.joinpath("README.txt").read_text(encoding="utf-8")
    assert "until an inventory manager presses Apply" in note
    assert "2 lines whose pallet was seen, with the ERP's own quantity" in note
    assert "1 lines counted as none" in note
    assert "may stand at one of the 2 locations that nobody could look into or read" in note
    assert "2 lines: its location was not seen, or what stands there could not be read" in note
    assert "5 lines of the ERP's list = 3 written + 2 left out" in note
    assert "booked, all lines: 81.5 Units" in note
    assert "booked, lines written: 64.5 Units" in note
    assert "counted, lines written: 54.5 Units" in note
    assert "1 of these stand at another location: 0 at the old one, and their quantity at the new one" in note
    assert "odoo_1_counts.csv: 3 rows, quantities add up to 48.5" in note
    assert "odoo_2_new_in_place.csv: 1 rows, quantities add up to 6" in note


@settings(max_examples=8)
@given(st.lists(st.sampled_from(["read", "empty", "unseen", "unreadable", "elsewhere"]), min_size=1, max_size=8), st.booleans())
def test_every_line_is_written_once_or_left_out_with_a_reason_and_no_line_not_counted_is_a_zero(
    tmp_path_factory: pytest.TempPathFactory, seen: list[str], booked: bool
) -> None:
    count = Count(tmp_path_factory.mktemp("law"))
    erp = "id,location_id,product_id,lot_id,package_id,quantity\n"
    erp += "".join(f"q{n},A-{n},X,,{sscc(n)},{n + 1}\n" for n in range(len(seen)))
    scans = "".join(
        f"B-{n},read,{sscc(n)},,f{n},\n" if what == "elsewhere" else f"A-{n},{what},{sscc(n) if what == 'read' else ''},,f{n},\n"
        for n, what in enumerate(seen)
    )
    done = count.reconcile(erp, scans).export("odoo", booked=booked)
    rows = list(csv.DictReader(count.text("lines.csv").splitlines()))
    assert len(rows) == len(seen) == done.n_written + sum(done.left_out.values())
    for row, what in zip(rows, seen, strict=True):
        assert bool(row["file"]) != bool(row["why_left_out"])
        assert (row["counted_quantity"] == "0") == (what == "empty")
        assert (row["quantity_source"] == "erp") == (booked and what == "read")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=cmd|' /C calc'!A0", True),
        ("@SUM(1)", True),
        ("＝1+1", True),
        ("-2+3+cmd|' /C calc'!A0", True),
        ("A\0B", True),
        ("A\r\nB", True),
        ("\u202eA", True),
        ("x" * 300, True),
        ("-01-02", False),
        ("+LOT", False),
        ("1E10", False),
        ("0007", False),
        ("[4711] Öl, 5 l", False),
        ("Robert'); DROP TABLE--", False),
        ("<b>", False),
    ],
)
def test_what_a_spreadsheet_would_run_stands_in_no_import_file(text: str, expected: bool) -> None:
    assert is_risky(text) is expected


def test_a_hostile_row_is_left_out_for_a_person_and_spoils_the_sum_that_it_belongs_to(count: Count) -> None:
    count.reconcile(ODOO.replace("[4711] Bolts,LOT7", "\"=cmd|' /C calc'!A0\",LOT7")).export("odoo")
    assert "cmd" not in count.text("odoo_1_counts.csv")
    assert count.why()["2"].endswith("enter it by hand")
    erpnext = ERPNEXT.replace(f"{P[1]},ITEM-001,Stores - WP,LOT7", f"{P[1]},@X,Stores - WP,LOT7")
    count.reconcile(erpnext, columns=ERPNEXT_COLUMNS).export("erpnext")
    assert "@X" not in count.text("erpnext_stock_reconciliation.csv")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("sample", "row", "name"),
    [
        ("erpnext/stock_reconciliation_items_grid_upload.csv", 2, "erpnext_stock_reconciliation"),
        ("sap_mm_mi04/bapi_matphysinv_count.csv", 0, "sap_mm_counts"),
        ("dynamics365/counting_journal_lines_HEADER.csv", 0, "dynamics365_counting_journal_lines"),
        ("openboxes/configuration__mainWarehouseInventory.csv", 0, "openboxes_inventory"),
    ],
)
def test_the_field_lists_are_those_of_the_samples(shared_data: Path, sample: str, row: int, name: str) -> None:
    text = (shared_data / "erp" / sample).read_text(encoding="utf-8-sig").splitlines()
    assert text[row].split(",") == FIELD_LISTS[name]["columns"]
