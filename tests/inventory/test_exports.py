"""Import files: the columns that each ERP takes, and only what was truly counted."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.exports import SYSTEMS, Exported, write_export
from inventory.exports.job import is_risky
from inventory.reconcile import reconcile_scans
from tests.inventory.worlds import SCAN_HEADER, sscc
from warehouse.errors import BadInputError
from warehouse.reconciliation_folder import ReconciliationFolder

FIELD_LISTS = tomllib.loads((Path(__file__).parent / "export_fields.toml").read_text(encoding="utf-8"))
P = {n: sscc(n) for n in range(1, 10)}
SCANS = f"""A-1,read,{P[1]},Code128,f1,2026-11-23T10:00:00Z
A-2,empty,,,f2,2026-11-23T10:01:00Z
A-3,unseen,,,,
A-4,empty,,,f4,2026-11-23T10:03:00Z
A-5,read,{P[4]},Code128,f5,2026-11-23T10:04:00Z
A-6,unreadable,,,f6,2026-11-23T10:05:00Z
"""
"""P1 stands at A-1; A-2 and A-4 are empty, P4 stands at A-5; nobody saw A-3, and the label at A-6 does not read."""


class Count:
    """A stock list and scans, reconciled, to be exported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def reconcile(self, erp: str, scans: str = SCANS, columns: str = "") -> Count:
        """Reconcile; `columns` are those of a profile of its own, as TOML."""
        (self.folder / "stock.csv").write_text(erp, encoding="utf-8")
        (self.folder / "scans.csv").write_text(SCAN_HEADER + scans, encoding="utf-8")
        profile = None
        if columns:
            profile = str(self.folder / "our_list.toml")
            head = 'title = "t"\nrequired = ["location"]\n[numbers]\ndecimal = "."\n[dates]\nformats = ["%m/%d/%Y"]\n[columns]\n'
            Path(profile).write_text(head + columns, encoding="utf-8")
        reconcile_scans(self.folder / "scans.csv", self.folder / "stock.csv", self.folder / "out", profile=profile)
        return self

    def export(self, system: str, *, booked: bool = True, **given: str) -> Exported:
        """Export into the folder `export`."""
        results = ReconciliationFolder(self.folder / "out")
        return write_export(results, system, self.folder / "export", booked_quantities=booked, given=given)

    def text(self, name: str) -> str:
        """Return a file with its line ends as they are."""
        return (self.folder / "export" / name).read_bytes().decode()

    def why(self) -> dict[str, str]:
        """Return, by row of the list, why a line is in no file."""
        rows = csv.DictReader(self.text("lines.csv").splitlines())
        return {r["erp_row"]: r["why_left_out"] for r in rows if not r["file"]}


@pytest.fixture
def count(tmp_path: Path) -> Count:
    return Count(tmp_path)


def lines(*rows: str) -> str:
    return "".join(f"{row}\r\n" for row in rows)


def header(name: str) -> str:
    return ",".join(FIELD_LISTS[name]["columns"])


# -- Odoo ----------------------------------------------------------------------------------------------------------------------

ODOO = f"""id,location_id,product_id,lot_id,package_id,quantity,product_uom_id
__export__.q1,A-1,[4711] Bolts,LOT7,{P[1]},48.5,Units
__export__.q2,A-2,[4711] Bolts,LOT8,{P[2]},10,Units
__export__.q3,A-3,[4711] Bolts,,{P[3]},12,Units
__export__.q4,A-4,"[12] Oil, 5 l",LOT9,{P[4]},6,Units
,A-6,[4711] Bolts,,{P[6]},5,Units
"""


def test_odoo_counts_by_id_says_zero_with_the_flag_and_gives_moved_stock_a_file_of_its_own(count: Count) -> None:
    done = count.reconcile(ODOO).export("odoo")
    assert count.text("odoo_1_counts.csv") == lines(
        header("odoo_1_counts"),
        "__export__.q1,48.5,True,2026-11-23",
        "__export__.q2,0,True,2026-11-23",
        "__export__.q4,0,True,2026-11-23",
    )
    assert count.text("odoo_2_new_in_place.csv") == lines(header("odoo_2_new_in_place"), f'"[12] Oil, 5 l",A-5,LOT9,{P[4]},6')
    assert count.why() == {
        "4": "its location was not seen, or what stands there could not be read",
        "6": "its location was not seen, or what stands there could not be read",
    }
    assert (done.n_lines, done.n_written, done.n_zero) == (5, 3, 1)


def test_without_the_sites_word_no_piece_is_proposed_and_a_moved_pallet_is_no_zero(count: Count) -> None:
    count.reconcile(ODOO).export("odoo", booked=False)
    assert count.text("odoo_1_counts.csv") == lines(header("odoo_1_counts"), "__export__.q2,0,True,2026-11-23")
    assert not (count.folder / "export" / "odoo_2_new_in_place.csv").exists()
    assert count.why()["2"].startswith("its pallet was seen, its pieces were not counted")


def test_one_pallet_of_the_unit_pallet_is_what_a_drone_counts(count: Count) -> None:
    count.reconcile(ODOO.replace("48.5,Units", "1,PAL")).export("odoo", booked=False)
    assert "__export__.q1,1,True,2026-11-23" in count.text("odoo_1_counts.csv")
    row = next(r for r in csv.DictReader(count.text("lines.csv").splitlines()) if r["erp_row"] == "2")
    assert (row["counted_quantity"], row["quantity_source"]) == ("1", "counted")


def test_odoo_without_external_ids_is_refused_since_it_would_add_the_counts(count: Count) -> None:
    bare = re.sub(r"__export__\.q[0-9]", "", ODOO)
    with pytest.raises(BadInputError, match="Odoo would add the counts to the stock instead of replacing it"):
        count.reconcile(bare).export("odoo")
    assert not (count.folder / "export").exists()


# -- ERPNext -------------------------------------------------------------------------------------------------------------------

ERPNEXT_COLUMNS = """location = ["bin"]
pallet = ["lpn"]
sku = ["item_code"]
batch = ["batch_no"]
quantity = ["qty"]
uom = ["stock_uom"]
"""
ERPNEXT = f"""bin,lpn,item_code,warehouse,batch_no,qty,stock_uom
A-1,{P[1]},ITEM-001,Stores - WP,LOT7,48,Nos
A-2,{P[2]},ITEM-001,Stores - WP,LOT7,10,Nos
A-3,{P[3]},ITEM-002,Stores - WP,,12,Nos
A-1,{P[1]},ITEM-002,Stores - WP,,5,Nos
A-4,{P[7]},ITEM-003,Stores - WP,,6,Nos
A-5,{P[8]},ITEM-004,Stores - WP,,7,Nos
"""


def test_erpnext_gets_the_sum_of_item_warehouse_and_batch_where_all_of_it_was_counted(count: Count) -> None:
    count.reconcile(ERPNEXT, columns=ERPNEXT_COLUMNS).export("erpnext")
    assert count.text("erpnext_stock_reconciliation.csv") == lines(
        "Bulk Edit Items",
        "Barcode,Item Code,Item Name,Item Group,Warehouse,Quantity,Valuation Rate,Serial No,Batch No",
        header("erpnext_stock_reconciliation"),
        " , , , , , , , , ",
        "The CSV format is case sensitive",
        "Do not edit headers which are preset in the template",
        "------",
        ",ITEM-001,,,Stores - WP,48,,,LOT7",
        ",ITEM-003,,,Stores - WP,0,,,",
    )
    assert count.why() == {
        "4": "its location was not seen, or what stands there could not be read",
        "5": "other stock of the same sum was not counted, and this ERP takes only whole sums",
        "7": "a pallet that the ERP books elsewhere or nowhere stands there, and may belong to the same sum",
    }


def test_a_refused_row_spoils_every_sum(count: Count) -> None:
    count.reconcile(ERPNEXT + ",LPN-X,ITEM-001,Stores - WP,LOT7,3,Nos\n", columns=ERPNEXT_COLUMNS)
    with pytest.raises(BadInputError, match=r"stock.csv, row 8: empty; .*this row may belong to any sum"):
        count.export("erpnext")


def test_erpnext_without_a_warehouse_is_refused_or_told_it(count: Count) -> None:
    bare = ERPNEXT.replace("warehouse", "note")
    count.reconcile(bare, columns=ERPNEXT_COLUMNS)
    with pytest.raises(BadInputError, match="column warehouse; the list may call it warehouse"):
        count.export("erpnext")
    count.export("erpnext", warehouse="Main - X")
    assert ",ITEM-001,,,Main - X,48,,,LOT7" in count.text("erpnext_stock_reconciliation.csv")


# -- SAP -----------------------------------------------------------------------------------------------------------------------

SAP_COLUMNS = """location = ["LGPLA"]
pallet = ["LENUM"]
sku = ["MATNR"]
batch = ["CHARG"]
quantity = ["GESME"]
uom = ["MEINS"]
row_ref = ["LQNUM"]
"""
SAP = f"""LGNUM,LGTYP,LGPLA,MATNR,WERKS,CHARG,BESTQ,GESME,MEINS,LENUM,LQNUM,IBLNR,GJAHR,ZEILI
WM1,001,A-1,4711,1000,0000012345,,48.500,KG,{P[1]},17,100000004,2026,2
WM1,001,A-2,100-120,1000,,Q,10,ST,{P[2]},18,100000004,2026,3
WM1,001,A-3,100-130,1000,,,12,ST,{P[3]},19,100000004,2026,4
WM1,001,A-6,4711,1000,0000012345,,48.500,KG,{P[6]},20,100000005,2026,1
WM1,001,A-1,99,1000,,,5,ST,{P[1]},21,x,2026,1
"""


def test_sap_mm_gets_a_file_for_each_document_in_the_bapis_own_form_with_zero_said_twice(count: Count) -> None:
    count.reconcile(SAP, columns=SAP_COLUMNS).export("sap-mm")
    assert count.text("sap_mm_counts_0100000004_2026.csv") == lines(
        header("sap_mm_counts"),
        "0100000004,2026,20261123,002,000000000000004711,0000012345,48.500,KG,",
        "0100000004,2026,20261123,003,100-120,,0,ST,X",
    )
    assert sorted(p.name for p in (count.folder / "export").glob("*.csv")) == ["lines.csv", "sap_mm_counts_0100000004_2026.csv"]
    assert count.why()["6"] == "document, year or item of the document is no number of SAP's length"


def test_sap_wm_gets_a_row_for_each_counted_quant_with_the_texts_of_its_own_row(count: Count) -> None:
    count.reconcile(SAP, columns=SAP_COLUMNS).export("sap-wm")
    assert count.text("sap_wm_counts.csv") == lines(
        header("sap_wm_counts"),
        f"WM1,,,001,A-1,,4711,1000,0000012345,,,,{P[1]},48.500,KG,17,20261123",
        f"WM1,,,001,A-2,,100-120,1000,,,,Q,{P[2]},0,ST,18,20261123",
        f"WM1,,,001,A-1,,99,1000,,,,,{P[1]},5,ST,21,20261123",
    )


def test_an_lx02_list_without_its_warehouse_number_is_told_what_to_add(count: Count) -> None:
    count.reconcile(SAP.replace("LGNUM", "X"), columns=SAP_COLUMNS)
    with pytest.raises(BadInputError, match=r"column LGNUM; the list may call it LGNUM, Warehouse Number.*\n.*--set LGNUM=001"):
        count.export("sap-wm")
    count.export("sap-wm", LGNUM="WM9")
    assert "\r\nWM9,,,001,A-1" in count.text("sap_wm_counts.csv")


# -- Dynamics 365 and OpenBoxes ------------------------------------------------------------------------------------------------


def test_dynamics_gets_lines_of_a_counting_journal_with_zero_said_twice(count: Count) -> None:
    erp = f"""InventorySiteId,WarehouseId,WarehouseLocationId,InventoryStatusId,LicensePlateNumber,ItemNumber,ItemBatchNumber,Qty
1,24,A-1,Available,{P[1]},A0001,B1,48
1,24,A-2,Blocking,{P[2]},A0002,,10
1,24,A-3,Available,{P[3]},A0003,,12
"""
    columns = 'location = ["WarehouseLocationId"]\npallet = ["LicensePlateNumber"]\nsku = ["ItemNumber"]\n'
    columns += 'batch = ["ItemBatchNumber"]\nquantity = ["Qty"]\n'
    count.reconcile(erp, columns=columns).export("dynamics365", JOURNALNUMBER="000123")
    assert count.text("dynamics365_counting_journal_lines.csv") == lines(
        header("dynamics365_counting_journal_lines"),
        f"000123,1,2026-11-23,A0001,,,,,,1,24,Available,A-1,{P[1]},B1,,48,No,,,",
        f"000123,2,2026-11-23,A0002,,,,,,1,24,Blocking,A-2,{P[2]},,,0,Yes,,,",
    )


def test_openboxes_gets_the_sum_of_product_lot_and_bin_in_whole_units_and_the_dates_as_it_wrote_them(count: Count) -> None:
    erp = f"""Product code,Product name,Lot number,Expiration date,Bin location,OB QOH,Pallet
00392,"Morphine, 10 mg",0898984,01/31/2027,A-1,40,{P[1]}
QX039,Gloves,,,A-2,7,
QX040,Masks,,,A-3,9,
"""
    columns = 'location = ["Bin location"]\npallet = ["Pallet"]\nsku = ["Product code"]\n'
    columns += 'batch = ["Lot number"]\nquantity = ["OB QOH"]\nexpiry = ["Expiration date"]\n'
    count.reconcile(erp, columns=columns).export("openboxes")
    assert count.text("openboxes_inventory.csv") == lines(
        header("openboxes_inventory"),
        '00392,"Morphine, 10 mg",0898984,01/31/2027,A-1,40,40,',
        "QX039,Gloves,,,A-2,7,0,F0001",
    )


# -- of every ERP --------------------------------------------------------------------------------------------------------------


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
    assert "2 lines: its location was not seen, or what stands there could not be read" in note
    assert "5 lines of the ERP's list = 3 written + 2 left out" in note
    assert "booked, all lines: 81.5 Units" in note
    assert "booked, lines written: 64.5 Units" in note
    assert "counted, lines written: 54.5 Units" in note


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
