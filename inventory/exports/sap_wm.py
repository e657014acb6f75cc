"""SAP WM, counts by quant: the fields of segment E1LINVX of the IDoc WMIVID01 (message WMINVE), or a list to type into LI11N.

One row a quant, in any order; no row is a quant that was not counted. One file for each inventory record, where the list names it.
"""

from __future__ import annotations

import re

from inventory.exports.import_file import csv_bytes, plain
from inventory.exports.job import Field, Job

FIELDS = (
    Field("LGNUM", ("LGNUM", "Warehouse Number", "Whse No", "WhN", "Lagernummer", "whnumber"), "", True),
    Field("IVNUM", ("IVNUM", "Inventory Record", "Inventurnummer")),
    Field("IVPOS", ("IVPOS", "Inventory Item", "Inventurposition")),
    Field("LGTYP", ("LGTYP", "Storage Type", "Typ", "Type", "Tipo", "Lagertyp", "stype"), "", True),
    Field("LGPLA", ("LGPLA", "Storage Bin", "Lagerplatz", "binloc"), "location", True),
    Field("PLPOS", ("PLPOS",)),
    Field("MATNR", ("MATNR", "Material"), "item", True),
    Field("WERKS", ("WERKS", "Plant", "Plnt", "Werk", "Centro", "Division"), "", True),
    Field("CHARG", ("CHARG", "Batch", "Charge"), "batch"),
    Field("SOBKZ", ("SOBKZ", "Special Stock", "spcstock")),
    Field("LSONR", ("LSONR", "SONUM", "Special Stock Number", "spcstocknumber")),
    Field("BESTQ", ("BESTQ", "Stock Category", "stockcategory", "B")),
    Field("LENUM", ("LENUM", "Storage Unit", "Lagereinheit"), "pallet"),
    Field("ALTME", ("ALTME", "MEINS", "BUn", "BME"), "uom", True),
    Field("LQNUM", ("LQNUM", "Quant"), "row_ref"),
)
COLUMNS = (*(f.name for f in FIELDS[:13]), "MENGA", "ALTME", "LQNUM", "IDATU")
NO_RECORD = "the number of the inventory record is no number of SAP's length"
APPROVAL = (
    "For a program: one segment E1LINVX a row, in an IDoc WMIVID01 (message WMINVE) for each file; by hand: LI11N.",
    "MENGA is the counted quantity in ALTME. 0 is a counted zero: set the sign for an empty bin or a zero count with it.",
    "This enters counts and books nothing: LI14 is for recounts; whoever may clears differences (LI20) and posts them (LI21).",
    "LENUM, MENGA, ALTME, LQNUM and IDATU are the names of table LINV; check them against the segment of your release.",
)


def build(job: Job) -> dict[str, bytes]:
    """Return the files by name."""
    job.require(FIELDS, "add warehouse number, storage type and plant to the layout of LX02; or: --set LGNUM=001")
    rows: dict[str, list[tuple[str, ...]]] = {}
    for line, count in job.counted():
        texts = job.take(line, FIELDS)
        if texts is None:
            continue
        if not re.fullmatch("[0-9]{0,10}", texts["IVNUM"]):
            job.leave_out(line, NO_RECORD)
            continue
        day = job.date([line]).replace("-", "")
        values = texts | {"MENGA": plain(count.quantity), "IDATU": day}
        file = f"sap_wm_counts_{texts['IVNUM']}.csv" if texts["IVNUM"] else "sap_wm_counts.csv"
        rows.setdefault(file, []).append(tuple(values[name] for name in COLUMNS))
        job.write(line, file, count)
    return {file: csv_bytes([COLUMNS, *found]) for file, found in rows.items()}
