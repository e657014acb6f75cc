"""SAP MM, counts without a physical inventory document: what MI09 and MI10 ask for, one file for each plant and storage location.

As with documents (`sap_mm`) an item is the stock of a material (and batch, and stock type) in a storage location, so it is the sum
over all its bins and is written only when all of it was counted. A zero is said twice, as 0 and as XNULL.
"""

from __future__ import annotations

import re

from inventory.exports.import_file import csv_bytes, plain
from inventory.exports.job import Field, Job, Texts
from inventory.exports.sap_mm import BATCH, MATERIAL, NO_DATE, internal_material

COLUMNS = ("WERKS", "LGORT", "SOBKZ", "BLDAT", "ZLDAT", "MATNR", "CHARG", "BSTAR", "ERFMG", "ERFME", "XNULL")
PLANT = Field("WERKS", ("WERKS", "Plant", "Plnt", "Werk", "Centro", "Division"), "", True)
STORE = Field("LGORT", ("LGORT", "Storage Location", "SLoc", "Stor. Loc.", "Lagerort", "Almacén", "Magasin"), "", True)
SPECIAL = Field("SOBKZ", ("SOBKZ", "Special Stock", "Sonderbestand"))
STOCK_TYPE = Field("BSTAR", ("BSTAR", "Stock Type", "Bestandsart"))
UNIT = Field("ERFME", ("ERFME", "ENTRY_UOM", "MEINS", "BUn", "BME"), "uom", True)
FIELDS = (PLANT, STORE, SPECIAL, MATERIAL, BATCH, STOCK_TYPE, UNIT)
NO_PLACE = "plant or storage location is no code of SAP's length"
APPROVAL = (
    "By hand or by batch input, one file for each plant and storage location: MI09 makes the document and enters the count,",
    "and books nothing: whoever may looks at the differences in MI20 and posts them in MI07.",
    "MI10 asks for the same fields and posts the differences at once, without anybody's approval: take MI09.",
    "Where documents were made before the count (MI01, MI31), enter it there: aislescan export --for sap-mm.",
    "Names are those of tables IKPF and ISEG, numbers and dates in their internal form; an empty BSTAR is unrestricted stock.",
    "Stock that WM manages is counted there, bin by bin: aislescan export --for sap-wm.",
)


def build(job: Job) -> dict[str, bytes]:
    """Return the files by name."""
    job.require(FIELDS, "export plant and storage location with the stock list; of a single one: --set WERKS=1000 --set LGORT=0001")
    rows: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for (plant, store, special, material, batch, kind, unit), found in sorted(job.sums(FIELDS, _key, _why_not)):
        lines = [line for line, _ in found.counts]
        day = job.date(lines).replace("-", "")
        if not day:
            for line in lines:
                job.leave_out(line, NO_DATE)
            continue
        zero = "" if found.quantity else "X"
        quantity = plain(found.quantity) if found.quantity else "0"
        row = (plant, store, special, day, day, material, batch, kind, quantity, unit, zero)
        rows.setdefault((plant, store), []).append(row)
        for line, count in found.counts:
            job.write(line, _file(plant, store), count)
    return {_file(*key): csv_bytes([COLUMNS, *found]) for key, found in rows.items()}


def _file(plant: str, store: str) -> str:
    return f"sap_mi10_counts_{plant}_{store}.csv"


def _key(texts: Texts) -> tuple[str, ...]:
    """Return what makes one item of a document; the unit too, since kilograms and pieces are never added up."""
    names = (PLANT.name, STORE.name, SPECIAL.name)
    return (
        *(texts[name] for name in names),
        internal_material(texts[MATERIAL.name]),
        texts[BATCH.name],
        texts[STOCK_TYPE.name],
        texts[UNIT.name],
    )


def _why_not(texts: Texts) -> str:
    is_code = all(re.fullmatch(r"[A-Z0-9]{1,4}", texts[field.name]) for field in (PLANT, STORE))
    return "" if is_code else NO_PLACE
