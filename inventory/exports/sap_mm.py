"""SAP MM, counts for physical inventory documents: the fields of BAPI_MATPHYSINV_COUNT, one file for each document.

A document item is the stock of a material (and batch) in a storage location, so it is the sum over all its bins and is written
only when all of it was counted. A zero is said twice, as 0 and as ZERO_COUNT: an empty quantity means not counted.
"""

from __future__ import annotations

import re

from inventory.exports.import_file import csv_bytes, plain
from inventory.exports.job import Field, Job, Texts

COLUMNS = ("PHYSINVENTORY", "FISCALYEAR", "COUNT_DATE", "ITEM", "MATERIAL", "BATCH", "ENTRY_QNT", "ENTRY_UOM", "ZERO_COUNT")
DOCUMENT = Field("PHYSINVENTORY", ("PHYSINVENTORY", "IBLNR", "Phys. Inventory Doc.", "PhysInvDoc", "Inventurbeleg"), "", True)
YEAR = Field("FISCALYEAR", ("FISCALYEAR", "GJAHR", "Fiscal Year", "Geschäftsjahr"), "", True)
ITEM = Field("ITEM", ("ZEILI", "ITEM", "Item", "Position"), "", True)
MATERIAL = Field("MATERIAL", ("MATNR", "MATERIAL", "Material"), "item", True)
BATCH = Field("BATCH", ("CHARG", "BATCH", "Batch", "Charge"), "batch")
UNIT = Field("ENTRY_UOM", ("ERFME", "ENTRY_UOM", "MEINS", "BUn", "BME"), "uom", True)
FIELDS = (DOCUMENT, YEAR, ITEM, MATERIAL, BATCH, UNIT)
NO_DOCUMENT = "document, year or item of the document is no number of SAP's length"
NO_DATE = "nobody knows the day of the count: the scans give no time"
APPROVAL = (
    "For a program: BAPI_MATPHYSINV_COUNT, then BAPI_TRANSACTION_COMMIT, one call for each file; by hand: MI04.",
    "This enters counts and books nothing: the differences are looked at in MI20 and posted in MI07 by whoever may post them.",
    "Numbers and dates are in the BAPI's internal form (0100000004, 20261123, decimal point); ITEM is that of the document.",
    "Stock that WM manages is counted there, bin by bin: aislescan export --for sap-wm.",
)


def build(job: Job) -> dict[str, bytes]:
    """Return the files by name."""
    remedy = "create the documents (MI01, MI31), and export with the stock list their number, year and item"
    job.require(FIELDS, f"{remedy}; of a single document: --set PHYSINVENTORY=0100000004 --set FISCALYEAR=2026")
    rows: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for (document, year, item, unit), found in sorted(job.sums(FIELDS, _key, _why_not)):
        lines = [line for line, _ in found.counts]
        day = job.date(lines).replace("-", "")
        if not day:
            for line in lines:
                job.leave_out(line, NO_DATE)
            continue
        material, batch = internal_material(found.texts["MATERIAL"]), found.texts["BATCH"]
        zero = "" if found.quantity else "X"
        row = (document, year, day, item, material, batch, plain(found.quantity) if found.quantity else "0", unit, zero)
        rows.setdefault((document, year), []).append(row)
        for line, count in found.counts:
            job.write(line, _file(document, year), count)
    return {_file(*key): csv_bytes([COLUMNS, *found]) for key, found in rows.items()}


def _file(document: str, year: str) -> str:
    return f"sap_mm_counts_{document}_{year}.csv"


def _key(texts: Texts) -> tuple[str, str, str, str]:
    """Return document, year, item and unit, in SAP's internal form."""
    return texts["PHYSINVENTORY"].zfill(10), texts["FISCALYEAR"], texts["ITEM"].zfill(3), texts["ENTRY_UOM"]


def _why_not(texts: Texts) -> str:
    forms = {"PHYSINVENTORY": "[0-9]{1,10}", "FISCALYEAR": "[0-9]{4}", "ITEM": "[0-9]{1,3}"}
    return "" if all(re.fullmatch(form, texts[name]) for name, form in forms.items()) else NO_DOCUMENT


def internal_material(text: str) -> str:
    """Return MATNR as tables hold it: digits alone are filled with zeros to 18."""
    return text.zfill(18) if re.fullmatch("[0-9]{1,18}", text) else text
