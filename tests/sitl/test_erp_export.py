from __future__ import annotations

import csv
from pathlib import Path

from sitl.erp_export import write_erp_export
from sitl.stock import make_stock
from warehouse.site_file import load_site

DEMO_SITE = Path(__file__).parents[2] / "sitl" / "demo_site"


def test_the_export_has_a_row_for_each_booked_pallet_and_none_for_an_empty_location(tmp_path: Path) -> None:
    stock = make_stock(load_site(DEMO_SITE), 3)
    write_erp_export(tmp_path / "erp.csv", stock)
    with (tmp_path / "erp.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["location", "pallet", "sku", "quantity", "batch"]
    assert rows[1:] == [[code, p.sscc, p.goods.gtin, str(p.quantity), p.batch] for code, p in stock.booked.items()]
