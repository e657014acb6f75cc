"""Odoo 15 and later, stock.quant: Inventory > Operations > Physical Inventory > Import records.

An import without the quant's own id adds the count to the stock instead of replacing it (odoo/odoo issue 180425), and a
plain 0 changes nothing; hence two files. The first writes counts onto quants by their External ID, with
`inventory_quantity_set`. The second makes quants where the ERP has none: pallets that stand at another location, of which the
first file takes the old place to 0.
"""

from __future__ import annotations

from collections import Counter

from inventory.exports.book_lines import BookLine, squeeze
from inventory.exports.import_file import csv_bytes, plain
from inventory.exports.job import BLANK, RISKY, TRANSFER, TWICE, Count, Field, Job, is_risky
from warehouse.errors import BadInputError

COUNTS_FILE, NEW_FILE = "odoo_1_counts.csv", "odoo_2_new_in_place.csv"
COUNT_COLUMNS = ("id", "inventory_quantity", "inventory_quantity_set", "inventory_date")
PRODUCT = Field(
    "product_id", ("product_id", "product_id/id", "product_id/.id", "Product", "Producto", "Produkt", "Article"), "item", True
)
PLACE = Field("location_id", ("location_id", "location_id/id", "location_id/.id", "Location", "Ubicación"), "location", True)
LOT = Field("lot_id", ("lot_id", "lot_id/id", "lot_id/.id", "Lot/Serial Number"), "batch")
PACKAGE = Field("package_id", ("package_id", "package_id/id", "package_id/.id", "Package", "Paquete"), "pallet", True)
NEW_FIELDS = (PRODUCT, PLACE, LOT, PACKAGE)
OWNER = ("owner_id", "owner_id/id", "Owner", "Propietario")
APPROVAL = (
    "Inventory > Operations > Physical Inventory > Import records, first file 1, then file 2 (where there is one).",
    "The import books nothing: the counts wait there until an inventory manager presses Apply. Where stock moved meanwhile,",
    "Odoo asks again. inventory_quantity_auto_apply, which would book at once, is not in these files.",
    "File 2 holds pallets that stand at another location; file 1 takes their old location to 0. Import and apply both or neither.",
    "Instead, an internal transfer of the package keeps its history: then delete file 2, and those rows from file 1.",
)


def build(job: Job) -> dict[str, bytes]:
    """Return the files by name."""
    job.require(NEW_FIELDS, "export stock.quant with product, location, lot and package, import-compatible")
    if not any(line.row_ref for line in job.book.lines):
        raise BadInputError(
            f"{job.book.erp_file}: no External ID in any row; Odoo would add the counts to the stock instead of replacing it",
            remedy="export again with 'I want to update data (import-compatible export)' switched on, and reconcile again",
        )
    uses = Counter(line.row_ref for line in job.book.lines if line.row_ref)
    places = {line.location: job.value(line, PLACE) for line in job.book.lines}
    is_renamed = any(text != location for location, text in places.items())
    header = {field.name: _header(job, field) for field in NEW_FIELDS}
    counts: list[tuple[str, ...]] = []
    new: list[tuple[str, ...]] = []
    for line in job.book.lines:
        count = _moved(job, line) if line.stands_at else job.count(line)
        if isinstance(count, str):
            job.leave_out(line, count)
            continue
        if uses[line.row_ref] != 1:
            job.leave_out(line, TWICE if line.row_ref else BLANK)
            continue
        texts = job.take(line, (Field("id", (), "row_ref", True), *NEW_FIELDS))
        if texts is None:
            continue
        there = places.get(line.stands_at) or ("" if is_renamed else line.stands_at)
        if line.stands_at and not there:  # nobody knows what the ERP calls that location
            job.leave_out(line, TRANSFER)
            continue
        if is_risky(there):
            job.leave_out(line, RISKY)
            continue
        counts.append((line.row_ref, "0" if line.stands_at else plain(count.quantity), "True", job.date([line])))
        if line.stands_at:
            new.append((texts["product_id"], there, texts["lot_id"], texts["package_id"], plain(count.quantity)))
        job.write(line, f"{COUNTS_FILE} and {NEW_FILE}" if line.stands_at else COUNTS_FILE, count)
    key = next((h.strip() for h in job.book.lines[0].headers if h.strip() in ("id", ".id")), "id")
    files = {COUNTS_FILE: csv_bytes([(key, *COUNT_COLUMNS[1:]), *counts])} if counts else {}
    if new:
        files[NEW_FILE] = csv_bytes([(*header.values(), "inventory_quantity"), *new])
    return files


def _moved(job: Job, line: BookLine) -> Count | str:
    return TRANSFER if line.column(OWNER)[1] or not line.item else job.pieces(line)


def _header(job: Job, field: Field) -> str:
    """Return `location_id/id` where the list gives ids, so that Odoo takes them for what they are; else `location_id`."""
    own = next((header for line in job.book.lines if (header := line.column(field.headers)[0])), "").strip()
    return own if "/" in own and squeeze(own).startswith(squeeze(field.name)) and own.endswith("id") else field.name
