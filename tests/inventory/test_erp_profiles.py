"""What each system prints, in its own headers and languages, and what becomes of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from inventory.erp_file import read_erp
from inventory.erp_lines import ErpFile
from inventory.profiles import FIELDS, all_profiles
from tests.conftest import ROOT
from tests.inventory.worlds import sscc
from warehouse.errors import AislescanError

T, H = sscc(1), sscc(2)


def read(folder: Path, text: str | bytes, name: str = "erp.csv") -> ErpFile:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_erp(path)


def skipped(erp: ErpFile) -> dict[str, int]:
    return {s.why: len(s.rows) for s in erp.skipped}


def test_the_document_of_erp_files_names_every_profile_and_field() -> None:
    document = (ROOT / "docs" / "reference" / "erp-files.md").read_text(encoding="utf-8")
    assert [name for name in (*(p.name for p in all_profiles()), *FIELDS) if f"`{name}`" not in document] == []


def test_the_profiles_that_ship_are_without_fault() -> None:
    assert [p.name for p in all_profiles()] == [
        *("dynamics365", "erpnext_balance", "erpnext_ledger", "erpnext_reconciliation", "google_wms", "greaterwms"),
        *("odoo_quant", "openboxes", "plain", "sap_ewm", "sap_lx02"),
    ]


@pytest.mark.parametrize(
    ("header", "profile"),
    [
        ("Storage Bin;Material;Total Stock;BUn;Storage Unit", "sap_lx02"),
        ("Ubicación;Material;Stock total;UMB;Unidad de almacén", "sap_lx02"),
        ("Emplacement;Article;Stock total;UQB;Unité de stockage", "sap_lx02"),
        ("Lagerplatz;Produkt;Menge;BME;Handling Unit", "sap_ewm"),
        ("LGPLA;MATNR;QUAN;UNIT;HUIDENT", "sap_ewm"),
        ("Location;Product;Quantity;Unit of Measure;Package", "odoo_quant"),
        ("Ubicación;Producto;Cantidad;Unidad de medida;Paquete", "odoo_quant"),
        ("Location;Item number;Physical inventory;Inventory status;License plate", "dynamics365"),
        ("WAREHOUSELOCATIONID;ITEMNUMBER;ONHANDQUANTITY;UNITSYMBOL;LICENSEPLATENUMBER", "dynamics365"),
        ("Ubicación;Artículo;Cantidad;Unidad;Palé", "plain"),
    ],
)
def test_each_system_is_known_by_its_headers_in_its_languages(tmp_path: Path, header: str, profile: str) -> None:
    erp = read(tmp_path, f"{header}\r\nA-1;4711;48;EA;{T}\r\n")
    (line,) = erp.lines
    assert (erp.profile, line.location, line.sku, line.quantity, line.pallet_text) == (profile, "A-1", "4711", Decimal(48), T)


@pytest.mark.parametrize(
    ("header", "profile"),
    [
        ("material,binloc,qty", "sap_lx02"),
        ("product_id,location_id,quantity", "odoo_quant"),
        ("Item,Warehouse,Balance Qty", "erpnext_balance"),
        ("Product code,Bin location,OB QOH", "openboxes"),
        ("商品编码,库位名称,商品数量", "greaterwms"),
    ],
)
def test_a_list_without_pallet_ids_says_so_and_is_read_by_item(tmp_path: Path, header: str, profile: str) -> None:
    erp = read(tmp_path, f"{header}\n4711,A-1,48\n")
    (line,) = erp.lines
    assert (erp.profile, erp.has_pallets, line.location, line.sku, line.quantity) == (profile, False, "A-1", "4711", Decimal(48))
    assert erp.reading.endswith("of 1; no column of pallet ids: stock is compared by location and item")


def test_of_nested_handling_units_the_one_on_top_stands_in_the_bin(tmp_path: Path) -> None:
    text = (
        f"LGPLA,MATNR,QUAN,HUIDENT,TOPHUIDENT\nA-1,S1,5,{H},{T}\nA-1,S1,5,CARTON2,{T}\nA-2,S2,1,{sscc(3)},{sscc(3)}\nA-1,,,{T},\n"
    )
    erp = read(tmp_path, text)
    assert [(x.pallet_text, x.content_text, x.parent_pallet) for x in erp.lines] == [
        (T, H, T),
        (T, "CARTON2", T),
        (sscc(3), "", ""),
        (T, "", ""),
    ]
    assert erp.faults == ()


def test_a_chain_of_parents_leads_to_the_top_and_a_circle_is_refused(tmp_path: Path) -> None:
    text = "location,pallet,parent pallet\nA,BOX,TRAY\nA,TRAY,PALLET\nB,X,Y\nB,Y,X\n"
    erp = read(tmp_path, text)
    assert [(x.pallet_text, x.content_text) for x in erp.lines] == [("PALLET", "BOX"), ("PALLET", "TRAY")]
    assert [f.what for f in erp.faults] == [
        "handling units X and Y are said to hold one another",
        "handling units Y and X are said to hold one another",
    ]


def test_of_a_ledger_the_latest_balance_holds(tmp_path: Path) -> None:
    header = "Date,Item,Warehouse,In Qty,Out Qty,Balance Qty,Voucher Type,Batch"
    text = (
        f"{header}\n2026-11-01 08:00:00,S1,A - WP,10,0,10.0,Stock Entry,B1\n"
        "2026-11-03 08:00:00,S1,A - WP,0,4,6.0,Delivery Note,B2\n"
        "2026-11-02 08:00:00,S2,A - WP,1,0,1.0,Stock Entry,\nTotal,,,11,4,7.0,,\n"
    )
    erp = read(tmp_path, text)
    assert [(x.row, x.sku, x.quantity) for x in erp.lines] == [(3, "S1", Decimal("6.0")), (4, "S2", Decimal("1.0"))]
    assert skipped(erp) == {"the header": 1, "a total": 1, "an earlier balance": 1}
    assert (erp.n_rows, erp.n_refused, erp.n_skipped) == (2, 0, 3)


def test_an_item_that_is_used_up_does_not_call_a_location_empty_where_other_stock_is(tmp_path: Path) -> None:
    erp = read(tmp_path, "Item,Warehouse,Balance Qty\nS1,A,0\nS2,A,5\nS3,B,0\n")
    assert [(line.row, line.expects_stock) for line in erp.lines] == [(3, True), (4, False)]
    assert (skipped(erp)["an item with quantity 0 beside other stock"], erp.faults) == (1, ())


def test_money_classes_and_currencies_are_read_where_they_stand(tmp_path: Path) -> None:
    column = read(tmp_path, "location,pallet,value,currency,ABC class\nA,P1,12.50,EUR,A\n").lines[0]
    header = read(tmp_path, "location,pallet,Stock value (CHF)\nA,P1,12.50\n").lines[0]
    cell = read(tmp_path, "Lagerplatz;Palette;Bestandswert;ABC-Kennzeichen\nA;P1;12.50 €;B\n").lines[0]
    assert [(x.value, x.currency, x.abc) for x in (column, header, cell)] == [
        (Decimal("12.50"), "EUR", "A"),
        (Decimal("12.50"), "CHF", ""),
        (Decimal("12.50"), "€", "B"),
    ]


# -- how numbers and dates are written ---------------------------------------------------------------------------------------------


def quantities(erp: ErpFile) -> list[Decimal | None]:
    return [line.quantity for line in erp.lines]


def sap(folder: Path, *cells: str) -> ErpFile:
    return read(folder, "Lagerplatz;Lagereinheit;Gesamtbestand\n" + "".join(f"A-{i};P{i};{c}\n" for i, c in enumerate(cells)))


def test_one_number_that_reads_one_way_only_settles_the_marks_of_the_whole_file(tmp_path: Path) -> None:
    german, english = sap(tmp_path, "48,000", "1.234,500"), sap(tmp_path, "48.000", "1,234.500", "10.000-")
    assert quantities(german) == [Decimal("48.000"), Decimal("1234.500")]
    assert quantities(english) == [Decimal("48.000"), Decimal("1234.500"), Decimal("-10.000")]
    assert [f.what for f in english.faults] == [
        "'1,234.500' proves that this file has a decimal point, unlike most of profile sap_lx02"
    ]


def test_numbers_that_may_be_thousands_or_decimals_are_used_by_nobody(tmp_path: Path) -> None:
    erp = sap(tmp_path, "48.000", "7")
    assert quantities(erp) == [None, Decimal(7)]
    assert [f.what for f in erp.faults] == [
        "'48.000' may be a whole number with thousands or one with decimals, and no other number tells; such numbers are not used",
        "'48.000' can be read in two ways; the row is used without it",
    ]
    assert quantities(sap(tmp_path, "1.234,5", "1,234.5", "2.000")) == [Decimal("1234.5"), None, None]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["01/31/2025", "03/04/2025"], [date(2025, 1, 31), date(2025, 3, 4)]),
        (["31/01/2025", "03/04/2025"], [date(2025, 1, 31), date(2025, 4, 3)]),
        (["03/04/2025", "2025-01-31"], [None, date(2025, 1, 31)]),
        (["31/01/2025", "01/31/2025", "03/04/2025"], [None, None, None]),
    ],
    ids=["month first", "day first", "open", "mixed"],
)
def test_the_order_of_day_and_month_is_that_of_the_file_or_unknown(tmp_path: Path, cells: list[str], expected: list[date]) -> None:
    rows = "".join(f"S{i},A,1,{c}\n" for i, c in enumerate(cells))
    erp = read(tmp_path, f"Product code,Bin location,OB QOH,Expiration date\n{rows}")
    assert [line.expiry for line in erp.lines] == expected


# -- nothing is lost in silence ----------------------------------------------------------------------------------------------------


def test_every_row_of_a_printed_list_is_read_refused_or_told_as_skipped(tmp_path: Path) -> None:
    rule = "-" * 40
    text = (
        f"23.11.2026  Liste  1\n\n{rule}\n|Lagerplatz|Lagereinheit|Gesamtbestand|\n{rule}\n|A-1|P1|1|\n|A-2|P2\n{rule}\n"
        f"23.11.2026  Liste  2\n|Lagerplatz|Lagereinheit|Gesamtbestand|\n|A-3|P3|1|\n|*||2|\n{rule}\n"
    )
    erp = read(tmp_path, text, "list.txt")
    assert [line.row for line in erp.lines] == [6, 11]
    assert [f.row for f in erp.faults] == [7]
    assert len(erp.lines) + erp.n_refused + erp.n_skipped == text.count("\n")
    assert skipped(erp) == {
        "above the header": 1,
        "blank, or a rule of dashes": 5,
        "the header": 1,
        "a page title or rule": 1,
        "a repeated header": 1,
        "a total": 1,
    }


def test_stock_that_was_sorted_away_from_under_the_header_is_named(tmp_path: Path) -> None:
    erp = read(tmp_path, f"A-0,{T},1\nlocation,pallet,quantity\nA-1,LPN1,1\n")
    (fault,) = erp.faults
    assert str(fault) == "erp.csv, row 1: stands above the header, which is row 2; expected under it"
    assert T in {p.value for p in fault.pallets}


def test_a_quote_that_swallows_whole_rows_is_found_though_it_closes_again(tmp_path: Path) -> None:
    text = 'location,pallet,note\nA-1,LPN1,"Oil\nA-2,LPN2,5"\nA-3,LPN3,Salt\n'
    with pytest.raises(AislescanError, match=r"row 2: a quote that opens in this row closes rows later, and swallows 'A-2,LPN2,5'"):
        read(tmp_path, text)
    assert len(read(tmp_path, 'location,pallet,note\nA-1,LPN1,"one, two\nthree, four, five"\nA-2,LPN2,\n').lines) == 2


def test_utf8_with_a_few_harmed_bytes_is_not_taken_for_the_declared_code_page(tmp_path: Path) -> None:
    text = f"Lagerplatz;Lagereinheit;Materialkurztext\nKÜHL-1;{T};Öl\n".encode().replace(b"l\n", b"\xff\n")
    with pytest.raises(AislescanError, match="row 2: not UTF-8"):
        read(tmp_path, text)


def test_ids_that_all_end_in_a_decimal_zero_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        AislescanError, match=r"row 2, column location: all 3 numbers from here on end in \.0; expected ids as text"
    ):
        read(tmp_path, "location,pallet\n101.0,P1\n102.0,P2\n103.0,P3\n")


def test_a_column_that_stands_twice_is_named_and_the_first_used(tmp_path: Path) -> None:
    erp = read(tmp_path, "Lagerplatz;Lagereinheit;Material;Material\nA;P1;4711;Oil\n")
    assert erp.lines[0].sku == "4711"
    assert erp.faults[0].what == (
        "'Material' (column 3) and 'Material' (column 4) all mean sku; the first is used, the others are kept as source"
    )


READ = {
    "stock_reconciliation_items_grid_upload.csv": ("erpnext_reconciliation", 1, 0),
    "configuration__chicagoWarehouseInventory.csv": ("openboxes", 42, 0),
    "configuration__mainWarehouseInventory.csv": ("openboxes", 57, 0),
    "import__inventory.xls": ("openboxes", 7, 0),
    "resources__inventory.xls": ("openboxes", 37, 0),
    "templates__inventory.xls": ("openboxes", 2, 0),
    "lx02_semicolon_cp1252.csv": ("sap_lx02", 3, 0),
    "lx02_tab_utf16.xls": ("sap_lx02", 3, 0),
    "lx02_unconverted.txt": ("sap_lx02", 3, 0),
}
REFUSED = {
    "counting_journal_lines_HEADER.csv": "no rows under the header in row 1",
    "cycle_count_HEADER.csv": "no rows under the header in row 1",
    "storage_locations_utilization_HEADER.csv": "no rows under the header in row 1",
    "stock_bin_cn_HEADER.csv": "no rows under the header in row 1",
    "stock_bin_en_HEADER.csv": "no rows under the header in row 1",
    "count_import_labels_HEADER.csv": "no rows under the header in row 1",
    "count_import_technical_names_HEADER.csv": "no rows under the header in row 1",
    "S_STOCK_UPLOAD_EXT_HEADER.csv": "no rows under the header in row 1",
    "lx02_staging_table_HEADER.csv": "no rows under the header in row 1",
    "configuration__binLocations.csv": "no column for location and pallet",
    "templates__binLocations.xls": "no column for location and pallet",
    "discrepancies.csv": "no column for location",
    "bapi_matphysinv_count.csv": "no column for location and pallet",
    "E1LINVX_first_fields_HEADER.csv": "no column for pallet",
}


@pytest.mark.shared
def test_every_sample_is_read_by_its_profile_or_refused_for_the_right_reason(shared_data: Path) -> None:
    seen = set()
    for path in sorted((shared_data / "erp").rglob("*")):
        if path.suffix not in (".csv", ".xls", ".txt"):
            continue
        seen.add(path.name)
        if path.name in READ:
            erp = read_erp(path)
            assert (erp.profile, len(erp.lines), erp.n_refused) == READ[path.name], path.name
        else:
            with pytest.raises(AislescanError) as refused:
                read_erp(path)
            assert REFUSED[path.name] in refused.value.what, path.name
    assert seen == {*READ, *REFUSED}
