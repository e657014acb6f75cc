"""What the simulated warehouse's ERP prints: the stock as it believes it stands."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sitl.stock import Stock
from warehouse.run_folder import write_atomically

ERP_COLUMNS = ("location", "pallet", "sku", "quantity", "batch")


def write_erp_export(path: Path, stock: Stock) -> None:
    """Write one row a booked pallet, in the order of the layout; a location that the ERP calls empty has no row."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ERP_COLUMNS)
    for location, pallet in stock.booked.items():
        writer.writerow([location, pallet.sscc, pallet.goods.gtin, pallet.quantity, pallet.batch])
    write_atomically(path, text.getvalue())
