"""ERPNext, Stock Reconciliation: the table that its grid of items takes with Upload.

It sets the absolute quantity of item, warehouse and batch at the time of posting, so a row is the sum over everything that the
ERP books there, and is written only when all of it was counted. The seven lines above the data are a part of the format.
"""

from __future__ import annotations

from inventory.exports.import_file import csv_bytes, plain
from inventory.exports.job import Field, Job, Texts

FILE = "erpnext_stock_reconciliation.csv"
LABELS = ("Barcode", "Item Code", "Item Name", "Item Group", "Warehouse", "Quantity", "Valuation Rate", "Serial No", "Batch No")
NAMES = ("barcode", "item_code", "item_name", "item_group", "warehouse", "qty", "valuation_rate", "serial_no", "batch_no")
HEAD = (
    ("Bulk Edit Items",),
    LABELS,
    NAMES,
    (" ",) * len(LABELS),
    ("The CSV format is case sensitive",),
    ("Do not edit headers which are preset in the template",),
    ("------",),
)
ITEM = Field("item_code", ("item_code", "Item Code", "Item"), "item", True)
WAREHOUSE = Field("warehouse", ("warehouse", "Warehouse", "Almacén"), "", True)
SERIAL = Field("serial_no", ("serial_no", "Serial No", "serial_nos"))
BATCH = Field("batch_no", ("batch_no", "Batch No", "Batch"), "batch")
FIELDS = (ITEM, WAREHOUSE, SERIAL, BATCH)
HAS_SERIALS = "it has serial numbers, which no label of a pallet proves"
APPROVAL = (
    "Stock > Stock Reconciliation > New, purpose Stock Reconciliation, then Upload in the grid of items.",
    "Saved, it is a draft and books nothing: whoever may submit it (usually the stock manager) books it with Submit.",
    "A quantity here is that of a whole item, warehouse and batch: the stock list must hold whole warehouses.",
)


def build(job: Job) -> dict[str, bytes]:
    """Return the file by name."""
    job.require(FIELDS, "export item code, warehouse and batch too; for one warehouse: --set warehouse='Stores - WP'")
    rows: list[tuple[str, ...]] = []
    for (item, warehouse, batch), found in sorted(job.sums(FIELDS, _key, _why_not)):
        rows.append(("", item, "", "", warehouse, plain(found.quantity), "", "", batch))
        for line, count in found.counts:
            job.write(line, FILE, count)
    return {FILE: csv_bytes([*HEAD, *rows])} if rows else {}


def _key(texts: Texts) -> tuple[str, str, str]:
    return texts["item_code"], texts["warehouse"], texts["batch_no"]


def _why_not(texts: Texts) -> str:
    return HAS_SERIALS if texts["serial_no"] else ""
