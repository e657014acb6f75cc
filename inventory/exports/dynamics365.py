"""Dynamics 365 Supply Chain Management, data entity Inventory counting journal lines (InventInventoryCountingJournalLineEntity).

A counted zero is said twice: as 0 and as ISCOUNTEDQUANTITYZERO. Column names are in upper case, as the data management framework
writes them.
"""

from __future__ import annotations

from inventory.exports.import_file import csv_bytes, plain
from inventory.exports.job import Field, Job

FILE = "dynamics365_counting_journal_lines.csv"
FIELDS = (
    Field("JOURNALNUMBER", ("JournalNumber", "Journal")),
    Field("ITEMNUMBER", ("ItemNumber", "Item number"), "item", True),
    Field("PRODUCTSIZEID", ("ProductSizeId", "Size")),
    Field("PRODUCTCOLORID", ("ProductColorId", "Color", "Colour")),
    Field("PRODUCTCONFIGURATIONID", ("ProductConfigurationId", "Configuration")),
    Field("PRODUCTSTYLEID", ("ProductStyleId", "Style")),
    Field("PRODUCTVERSIONID", ("ProductVersionId", "Version")),
    Field("INVENTORYSITEID", ("InventorySiteId", "SiteId", "Site", "Standort", "Sitio"), "", True),
    Field("WAREHOUSEID", ("WarehouseId", "InventoryWarehouseId", "Warehouse", "Lagerort", "Almacén", "Entrepôt"), "", True),
    Field("INVENTORYSTATUSID", ("InventoryStatusId", "Inventory status")),
    Field("WAREHOUSELOCATIONID", ("WarehouseLocationId", "Location"), "location", True),
    Field("LICENSEPLATENUMBER", ("LicensePlateNumber", "LicensePlateId", "License plate"), "pallet"),
    Field("ITEMBATCHNUMBER", ("ItemBatchNumber", "Batch number"), "batch"),
    Field("ITEMSERIALNUMBER", ("ItemSerialNumber", "Serial number")),
    Field("COUNTINGREASONCODE", ("CountingReasonCode",)),
    Field("INVENTORYOWNERID", ("InventoryOwnerId", "Owner")),
    Field("WORKERPERSONNELNUMBER", ("WorkerPersonnelNumber",)),
)
_NAMES = tuple(f.name for f in FIELDS)
COLUMNS = (
    "JOURNALNUMBER",
    "LINENUMBER",
    "COUNTINGDATE",
    *_NAMES[1:14],
    "COUNTEDQUANTITY",
    "ISCOUNTEDQUANTITYZERO",
    *_NAMES[14:],
)
NO_DATE = "nobody knows the day of the count: the scans give no time"
APPROVAL = (
    "Data management > Import, entity Inventory counting journal lines; the date is written 2026-11-23.",
    "JOURNALNUMBER names a counting journal that was made before: --set JOURNALNUMBER=…; left empty, map it as auto-generated.",
    "The import books nothing: the journal is validated, approved (by its workflow where there is one), and posted by whoever may.",
)


def build(job: Job) -> dict[str, bytes]:
    """Return the file by name."""
    job.require(
        FIELDS, "export the on-hand list by location and licence plate with site and warehouse; for one: --set WAREHOUSEID=24"
    )
    rows: list[tuple[str, ...]] = []
    for line, count in job.counted():
        texts = job.take(line, FIELDS)
        if texts is None:
            continue
        day = job.date([line])
        if not day:
            job.leave_out(line, NO_DATE)
            continue
        values = texts | {
            "LINENUMBER": str(len(rows) + 1),
            "COUNTINGDATE": day,
            "COUNTEDQUANTITY": plain(count.quantity),
            "ISCOUNTEDQUANTITYZERO": "No" if count.quantity else "Yes",
        }
        rows.append(tuple(values[name] for name in COLUMNS))
        job.write(line, FILE, count)
    return {FILE: csv_bytes([COLUMNS, *rows])} if rows else {}
