"""Whether the data on a pallet's label contradicts what the ERP says stands there; only like is compared with like."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from inventory.erp_lines import ErpLine
from warehouse.pallet_ids import check_digit

_CARTONS = frozenset(("CS", "CT", "CTN", "CAR", "BX", "BOX"))
COUNTED_UNITS = frozenset(("", "EA", "PC", "PCE", "PCS", "ST", "STK", "UN", "UND", "U", "UNIT", "UNITS")) | _CARTONS
"""Units that count pieces or cartons, as (37) does; kilograms and metres are never compared with it."""


def contradictions(label_data: Sequence[tuple[str, str]], lines: Sequence[ErpLine]) -> tuple[str, ...]:
    """Return in words what the label says against all the ERP lines of its pallet; empty when nothing does.

    A value that the label gives twice and differently says nothing. A pallet with several lines is contradicted only by a value
    that agrees with none of them, and its count is left alone.
    """
    values: dict[str, set[str]] = {}
    for ai, value in label_data:
        values.setdefault(ai, set()).add(value)
    label = {ai: next(iter(found)) for ai, found in values.items() if len(found) == 1}
    found = []
    gtin = label.get("02") or label.get("01")
    skus = [line.sku for line in lines if _is_gtin(line.sku)]
    if gtin and _is_gtin(gtin) and skus and len(skus) == len(lines) and all(_core(gtin) != _core(sku) for sku in skus):
        found.append(f"the label's item is {gtin}, the ERP's {_listed(skus)}")
    batches = [line.batch for line in lines if line.batch]
    if "10" in label and batches and len(batches) == len(lines) and not any(_same_batch(label["10"], b) for b in batches):
        found.append(f"the label's batch is {label['10']}, the ERP's {_listed(batches)}")
    expiry = _gs1_date(label.get("17", ""))
    expiries = [line.expiry for line in lines if line.expiry]
    if expiry and expiries and len(expiries) == len(lines) and expiry not in expiries:
        found.append(f"the label's expiry is {expiry}, the ERP's {_listed([str(e) for e in expiries])}")
    found += _count(label_data, lines)
    return tuple(found)


def label_count(label_data: Sequence[tuple[str, str]], lines: Sequence[ErpLine]) -> Decimal | None:
    """Return the count (37) on the label of a pallet with one ERP line, where both count the same things; else None.

    (37) counts the trade items that (02) names: cartons, where its GTIN has a packaging indicator, and then no pieces of an ERP
    that names the item by another number.
    """
    texts = {value for ai, value in label_data if ai == "37"}
    if len(lines) != 1 or len(texts) != 1 or re.fullmatch(r"[0-9]{1,8}", text := next(iter(texts))) is None:
        return None
    line = lines[0]
    gtins = {value.rjust(14, "0") for ai, value in label_data if ai == "02"}
    if any(gtin[0] != "0" and gtin != line.sku.rjust(14, "0") and line.uom.upper() not in _CARTONS for gtin in gtins):
        return None
    return None if line.quantity is None or line.uom.upper() not in COUNTED_UNITS else Decimal(text)


def _count(label_data: Sequence[tuple[str, str]], lines: Sequence[ErpLine]) -> list[str]:
    counted = label_count(label_data, lines)
    if counted is None or counted == lines[0].quantity:
        return []
    return [f"the label's count is {counted:f}, the ERP's quantity {lines[0].quantity:f} {lines[0].uom}".rstrip()]


def _is_gtin(text: str) -> bool:
    return re.fullmatch(r"[0-9]{13,14}", text) is not None and check_digit(text[:-1]) == text[-1]


def _core(gtin: str) -> str:
    """The 12 digits without packaging indicator and check digit: a carton and its content are one item."""
    return gtin.rjust(14, "0")[1:13]


def _same_batch(label: str, erp: str) -> bool:
    # a lost FNC1 glues the next element to the batch, and ERPs pad batches with zeros: neither is a contradiction
    a, b = label.strip().casefold(), erp.strip().casefold()
    return a.startswith(b) or a.lstrip("0") == b.lstrip("0")


def _gs1_date(text: str) -> date | None:
    """Return YYMMDD as a day of this century, DD = 00 as the last of the month (GS1 General Specifications 7.12)."""
    if re.fullmatch(r"[0-9]{6}", text) is None:
        return None
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, day or last) if day <= last else None


def _listed(texts: Sequence[str]) -> str:
    return " or ".join(sorted(set(texts)))
