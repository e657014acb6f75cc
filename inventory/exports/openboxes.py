"""OpenBoxes, inventory import: a row for each product, lot and bin, with the sum of what stands there, in whole units."""

from __future__ import annotations

from decimal import Decimal

from inventory.exports.import_file import csv_bytes, plain
from inventory.exports.job import Field, Job, Texts

FILE = "openboxes_inventory.csv"
COLUMNS = ("Product code", "Product name", "Lot number", "Expiration date", "Bin location", "OB QOH", "Physical QOH", "Comment")
PRODUCT = Field("Product code", ("Product code", "CODE"), "item", True)
NAME = Field("Product name", ("Product name",))
LOT = Field("Lot number", ("Lot number",), "batch")
EXPIRY = Field("Expiration date", ("Expiration date",))
BIN = Field("Bin location", ("Bin location",), "location", True)
FIELDS = (PRODUCT, NAME, LOT, EXPIRY, BIN)
NOT_WHOLE = "its quantity is no whole number, and OpenBoxes counts in whole units"
APPROVAL = (
    "Inventory > Import inventory. OpenBoxes takes a workbook: save this file as .xls in a spreadsheet, every column but the two",
    "quantities as text, or its codes lose their zeros.",
    "Treat the import as the booking: we know of no step of approval after it. Have lines.csv approved and signed before.",
    "Rows that are not in the file keep their stock.",
)


def build(job: Job) -> dict[str, bytes]:
    """Return the file by name."""
    job.require(FIELDS, "export the stock list with product code, lot number and bin location")
    rows: list[tuple[str, ...]] = []
    for (product, lot, place), found in sorted(job.sums(FIELDS, _key)):
        booked = sum((line.quantity or Decimal(0) for line, _ in found.counts), Decimal(0))
        if found.quantity != found.quantity.to_integral_value():
            for line, _ in found.counts:
                job.leave_out(line, NOT_WHOLE)
            continue
        cases = "|".join(dict.fromkeys(line.case_id for line, _ in found.counts if line.case_id))
        whole = plain(found.quantity.to_integral_value())
        texts = found.texts
        rows.append((product, texts["Product name"], lot, texts["Expiration date"], place, plain(booked), whole, cases))
        for line, count in found.counts:
            job.write(line, FILE, count)
    return {FILE: csv_bytes([COLUMNS, *rows])} if rows else {}


def _key(texts: Texts) -> tuple[str, str, str]:
    return texts["Product code"], texts["Lot number"], texts["Bin location"]
