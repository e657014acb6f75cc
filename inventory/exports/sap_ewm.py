"""SAP EWM, counts for physical inventory documents: the lines of /SCWM/BAPI_PI_DOCUMENT_COUNT, one file for each document.

A document item is a storage bin. Its rows go down from the bin (ITEM_TYPE L) to what was counted in it (C): the handling units,
then the products in each. What a bin's count does not name EWM takes to be gone, so a bin is written only when all of it was
counted, and an empty one says so with a sign of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from inventory.counted import CountState
from inventory.exports.book_lines import BookLine
from inventory.exports.import_file import csv_bytes, plain
from inventory.exports.job import BLANK, INCOMPLETE, RISKY, Count, Field, Job, Texts, is_risky
from inventory.exports.sap_mm import NO_DATE

DOCUMENT = Field(
    "DOC_NUMBER", ("DOC_NUMBER", "PI Document", "Physical Inventory Document", "Phys. Inv. Doc.", "Inventurbeleg"), "", True
)
YEAR = Field("DOC_YEAR", ("DOC_YEAR", "GJAHR", "Fiscal Year", "Geschäftsjahr"), "", True)
ITEM = Field("ITEM_NO", ("ITEM_NO", "PI Item", "Item Number", "Item", "Position"), "", True)
WAREHOUSE = Field("PARENT_WHSENUMBER", ("PARENT_WHSENUMBER", "LGNUM", "Warehouse Number", "WhN", "Lagernummer"), "", True)
BIN = Field("PARENT_STGE_BIN", ("PARENT_STGE_BIN", "LGPLA", "Storage Bin", "Lagerplatz"), "location", True)
TOP_UNIT = Field("TOPHUIDENT", ("TOPHUIDENT", "Top HU", "Highest-Level HU", "Oberste HU"), "parent_pallet")
UNIT_ID = Field("ITEM_HUIDENT", ("ITEM_HUIDENT", "HUIDENT", "Handling Unit", "Stock HU", "HU"), "pallet")
MATERIAL = Field("ITEM_MATERIAL", ("ITEM_MATERIAL", "MATNR", "Product", "Produkt", "Material"), "item")
BATCH = Field("ITEM_BATCH", ("ITEM_BATCH", "CHARG", "Batch", "Charge"), "batch")
UOM = Field("UNIT", ("UNIT", "MEINS", "Unit", "BUn", "BME"), "uom")
FIELDS = (DOCUMENT, YEAR, ITEM, WAREHOUSE, BIN, TOP_UNIT, UNIT_ID, MATERIAL, BATCH, UOM)
COLUMNS = (
    *("DOC_NUMBER", "DOC_YEAR", "ITEM_NO", "ITEM_TYPE", "PARENT_WHSENUMBER", "PARENT_STGE_BIN", "PARENT_HUIDENT", "ITEM_HUIDENT"),
    *("ITEM_MATERIAL", "ITEM_BATCH", "QUANTITY", "UNIT", "ZERO_COUNT", "EMPTY_BIN", "COUNT_DATE"),
)  # fmt: skip
NO_DOCUMENT = "document, year or item of the document is no number of SAP's length"
STRANGERS = "a pallet that the ERP books elsewhere or nowhere stands in that bin, and a count of the bin would have to name it"
APPROVAL = (
    "For a program: /SCWM/BAPI_PI_DOCUMENT_COUNT, one call for each file; by hand: /SCWM/PI_PROCESS or /SCWM/PI_COUNTLIST.",
    "This enters counts and books nothing: differences are looked at in /SCWM/DIFF_ANALYZER and posted there by whoever may.",
    "ITEM_TYPE L is the bin, C what was counted in it: a handling unit, then each product in it (PARENT_HUIDENT).",
    "QUANTITY, UNIT, ZERO_COUNT and EMPTY_BIN stand for the count fields of that interface; check their names in your release.",
)


def build(job: Job) -> dict[str, bytes]:
    """Return the files by name."""
    job.require(
        FIELDS, "create the documents (/SCWM/PI_CREATE), and export with the stock list their number, year and item, and LGNUM"
    )
    job.require_every_row("bin, and this ERP takes only whole bins")
    bins: dict[tuple[str, ...], list[tuple[BookLine, Texts]]] = {}
    for line in job.book.lines:
        texts = job.texts(line, FIELDS)
        bins.setdefault(tuple(texts[f.name] for f in FIELDS[:5]), []).append((line, texts))
    rows: dict[str, list[tuple[str, ...]]] = {}
    for key, found in sorted(bins.items(), key=lambda item: item[0]):
        counts = [_count(job, line) for line, _ in found]
        day = job.date(line for line, _ in found).replace("-", "")
        why = _why_not(found, counts, day)
        if why:
            for (line, _), count in zip(found, counts, strict=True):
                job.leave_out(line, count if isinstance(count, str) else why)
            continue
        told = [(line, texts, count) for (line, texts), count in zip(found, counts, strict=True) if isinstance(count, Count)]
        file = f"sap_ewm_counts_{key[0]}_{key[1]}.csv"
        rows.setdefault(file, []).extend(_rows(told, day))
        for line, _, count in told:
            job.write(line, file, count)
    return {file: csv_bytes([COLUMNS, *found]) for file, found in rows.items()}


def _count(job: Job, line: BookLine) -> Count | str:
    """Return what may be written; of a bin that is booked empty and was seen so, that it is."""
    if not line.item and line.state is CountState.COUNTED_ZERO:
        return Count(Decimal(0), "counted")
    return job.count(line)


def _why_not(found: Sequence[tuple[BookLine, Texts]], counts: Sequence[Count | str], day: str) -> str:
    texts = found[0][1]
    if any(not texts[f.name] for f in FIELDS[:5]):
        return BLANK
    if any(is_risky(text) for _, line_texts in found for text in line_texts.values()):
        return RISKY
    forms = {"DOC_NUMBER": "[0-9]{1,20}", "DOC_YEAR": "[0-9]{4}", "ITEM_NO": "[0-9]{1,6}"}
    if not all(re.fullmatch(form, texts[name]) for name, form in forms.items()):
        return NO_DOCUMENT
    if any(isinstance(count, str) for count in counts):
        return INCOMPLETE
    if any(line.other_pallets for line, _ in found):
        return STRANGERS
    return "" if day else NO_DATE


def _rows(found: Sequence[tuple[BookLine, Texts, Count]], day: str) -> Iterable[tuple[str, ...]]:
    """Yield the bin, then what stands in it, then what that holds; a unit once, however many products it holds."""
    is_empty = all(not count.quantity for _, _, count in found)
    texts = found[0][1]
    yield _row(texts, day, "L", EMPTY_BIN="X" if is_empty else "")
    in_bin = {"PARENT_WHSENUMBER": texts["PARENT_WHSENUMBER"], "PARENT_STGE_BIN": texts["PARENT_STGE_BIN"]}
    named: set[str] = set()
    for _, t, count in found:
        zero = "" if count.quantity else "X"
        top, unit = t["TOPHUIDENT"], t["ITEM_HUIDENT"]
        chain = [u for u in dict.fromkeys((top, unit)) if u]
        for above, below in zip(["", *chain], chain, strict=False):
            if below not in named:
                named.add(below)
                place = {"PARENT_HUIDENT": above} if above else in_bin
                yield _row(t, day, "C", **place, ITEM_HUIDENT=below, ZERO_COUNT=zero)
        if t["ITEM_MATERIAL"]:
            place = {"PARENT_HUIDENT": chain[-1]} if chain else in_bin
            what = {"ITEM_MATERIAL": t["ITEM_MATERIAL"], "ITEM_BATCH": t["ITEM_BATCH"], "UNIT": t["UNIT"]}
            yield _row(t, day, "C", **place, **what, QUANTITY=plain(count.quantity), ZERO_COUNT=zero)


def _row(texts: Texts, day: str, kind: str, **values: str) -> tuple[str, ...]:
    """Return a row of the document item that `texts` name, with these values; a bin's own row names the bin."""
    base = {name: texts[name] for name in ("DOC_NUMBER", "DOC_YEAR", "ITEM_NO")} | {"ITEM_TYPE": kind, "COUNT_DATE": day}
    if kind == "L":
        base |= {name: texts[name] for name in ("PARENT_WHSENUMBER", "PARENT_STGE_BIN")}
    return tuple((base | values).get(name, "") for name in COLUMNS)
