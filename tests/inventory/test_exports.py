"""Import files, ERP by ERP: the columns that each takes, and only what was truly counted."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests.inventory.exported import ERPNEXT, ERPNEXT_COLUMNS, ODOO, SCANS, Count, P, header, lines
from warehouse.errors import BadInputError


@pytest.fixture
def count(tmp_path: Path) -> Count:
    return Count(tmp_path)


# -- Odoo ----------------------------------------------------------------------------------------------------------------------


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


def test_odoo_ids_stay_ids_under_their_own_headers(count: Count) -> None:
    ids = ODOO.replace("location_id", "location_id/id").replace("id,", ".id,", 1)
    count.reconcile(ids).export("odoo")
    assert count.text("odoo_1_counts.csv").startswith(".id,inventory_quantity,")
    assert count.text("odoo_2_new_in_place.csv").startswith("product_id,location_id/id,lot_id,package_id,inventory_quantity\r\n")


def test_the_name_of_a_place_that_only_a_scan_gives_is_no_formula_either(count: Count) -> None:
    count.reconcile(ODOO, SCANS.replace("A-5,", "=1+1,")).export("odoo")
    assert count.why()["5"].endswith("enter it by hand")
    assert "=1+1" not in count.text("odoo_1_counts.csv")


def test_odoo_without_external_ids_is_refused_since_it_would_add_the_counts(count: Count) -> None:
    bare = re.sub(r"__export__\.q[0-9]", "", ODOO)
    with pytest.raises(BadInputError, match="Odoo would add the counts to the stock instead of replacing it"):
        count.reconcile(bare).export("odoo")
    assert not (count.folder / "export").exists()


# -- ERPNext -------------------------------------------------------------------------------------------------------------------


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


def test_a_header_that_only_the_profile_knows_is_found_too(count: Count) -> None:
    spanish = f"LGNUM;LGTYP;WERKS;Ubicación;Unidad de almacén;MATNR;GESME;UMB\nWM1;001;1000;A-1;00{P[1]};4711;48,500;KG\n"
    count.reconcile(spanish).export("sap-wm")
    assert count.text("sap_wm_counts.csv") == lines(
        header("sap_wm_counts"), f"WM1,,,001,A-1,,4711,1000,,,,,00{P[1]},48.500,KG,,20261123"
    )


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
