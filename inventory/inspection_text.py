"""An inspection in words that a clerk understands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from inventory.erp_header import FoundHeader
from inventory.erp_lines import DELIMITER_NAMES, RowFault
from inventory.inspection import SAMPLE, Inspection, line_as_json
from warehouse.shown_text import shown

_SHOWN_ROWS = 12
_SHOWN_FAULTS = 200
_SHOWN_CELLS = 5
_SHOWN_PROFILES = 3
_LONGEST_CELL = 100
MEANINGS = {
    "location": "location",
    "pallet": "pallet id",
    "parent_pallet": "handling unit on top, whose label shows",
    "sku": "item",
    "quantity": "quantity",
    "uom": "unit",
    "batch": "batch",
    "expiry": "expiry date",
    "moved_at": "last movement",
    "row_ref": "the ERP's own id of the row",
    "value": "stock value",
    "currency": "currency",
    "abc": "ABC class",
}


def describe_inspection(inspection: Inspection) -> str:
    """Return the whole answer as lines of text."""
    i = inspection
    lines = [f"{i.file}: {_kind(i)}"]
    if i.found is not None:
        lines += [*_reading(i, i.found), *_columns(i, i.found)]
    lines += _near(i)
    if i.lines:
        n = min(SAMPLE, len(i.lines))
        lines += ["", "The first row as read:" if n == 1 else f"The first {n} rows as read:"]
        for line in i.lines[:SAMPLE]:
            lines.append("  " + ", ".join(f"{name} {_short(text)}" for name, text in line_as_json(line).items()))
    lines += [*_faults(i), *_locations(i)]
    if i.skipped:
        lines += ["", *_totals(i)]
    if i.refusal:
        lines += ["", "This file would be REFUSED as a whole:", f"  {i.refusal}", f"  -> {i.remedy}"]
    return shown("\n".join(lines))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}… ({len(text)} characters)"


def _kind(i: Inspection) -> str:
    kinds = {"text": "text (CSV or a printed list)", "xlsx": "an XLSX workbook", "xls": "an old XLS workbook"}
    return f"{kinds[i.kind]}, by its bytes; its name does not count"


def _reading(i: Inspection, found: FoundHeader) -> list[str]:
    profile = found.profile
    titles = profile.evidence(found.header.texts)
    others = (
        f" (it also fits {', '.join(found.gave_way)}, which {'gives' if len(found.gave_way) == 1 else 'give'} way)"
        if found.gave_way
        else ""
    )
    lines = [
        f"Profile: {profile.name}, {profile.title}",
        f"  because row {found.header.number} has the headers {', '.join(titles)}{others}",
    ]
    if "pallet" not in found.columns:
        lines.append(
            "  It has no column of pallet ids: stock is compared by location and item,"
            " and no pallet can be called missing or misplaced."
        )
    if found.delimiter:
        lines.append(
            f"Letters: {found.encoding}, {found.encoding_by}. Columns are separated by {DELIMITER_NAMES[found.delimiter]}."
        )
    else:
        lines.append(f"Sheet: {found.sheet!r}")
    return lines + [f"Numbers and dates: {note}" for note in i.notes]


def _columns(i: Inspection, found: FoundHeader) -> list[str]:
    width = max(len(title) for title, _ in i.columns)
    used = [f"  {title:<{width}}  {MEANINGS[field]}" for title, field in i.columns if field]
    kept = [title for title, field in i.columns if title and not field]
    untitled = sum(not title for title, _ in i.columns)
    kept += [f"{untitled} column{'' if untitled == 1 else 's'} without a header"] if untitled else []
    lines = ["", f"Columns (header in row {found.header.number}):", *used]
    return lines + ([f"Kept as source only, and not used: {', '.join(kept)}"] if kept else [])


def _near(i: Inspection) -> list[str]:
    if not i.near or i.found is not None:
        return []
    lines = ["", "No profile fits. The nearest:" if any(n.lacks for n in i.near) else "Several profiles fit:"]
    for near in [n for n in i.near if n.lacks][:_SHOWN_PROFILES] or i.near:
        lacks = f"lacks {', '.join(near.lacks)}" if near.lacks else "fits"
        lines.append(f"  {near.profile.name} ({near.profile.title}): row {near.header.number} {lacks}")
        lines += [
            f"    {field} may be called {near.profile.spellings(field)}" for field in near.lacks if field in near.profile.required
        ]
    return lines


def _faults(i: Inspection) -> list[str]:
    lines: list[str] = []
    refused = [f for f in i.faults if f.is_refused]
    if refused:
        lines += ["", "Rows that do not read, and are left out:", *(f"  {_place(f)}: {f.what}" for f in refused[:_SHOWN_FAULTS])]
        if len(refused) > _SHOWN_FAULTS:
            lines.append(f"  and {len(refused) - _SHOWN_FAULTS} more; all of them with --json")
    by_column: dict[str, list[RowFault]] = {}
    for fault in i.faults:
        if not fault.is_refused and fault.what not in i.notes:  # what holds for the whole file is said above
            by_column.setdefault(fault.column, []).append(fault)
    if by_column:
        lines += ["", "Cells that do not read, and other notes; their rows are used:"]
    for column, faults in by_column.items():
        shown = faults[:_SHOWN_CELLS] if column else faults[:_SHOWN_FAULTS]
        lines += [f"  {_place(f)}: {f.what}" for f in shown]
        if len(faults) > len(shown):
            lines.append(
                f"  and {len(faults) - len(shown)} more in column {column}: rows {_rows(f.row for f in faults[len(shown) :])}"
            )
    return lines


def _place(fault: RowFault) -> str:
    return f"row {fault.row}, column {fault.column}" if fault.column else f"row {fault.row}"


def _locations(i: Inspection) -> list[str]:
    if not i.site or i.found is None:
        return []
    if not i.unknown:
        return ["", f"Locations: all {i.n_locations} are in the layout of {i.site}."]
    n = len(i.unknown)
    lines = ["", f"Locations: {i.n_locations} in the layout of {i.site}, {n} that {'is' if n == 1 else 'are'} not:"]
    for rule, n in Counter(h.rule for h in i.unknown if h.rule).most_common(_SHOWN_PROFILES):
        lines.append(f"  The row {rule} in locations-aliases.csv of the site folder would make {n} of them known.")
    shown = i.unknown[:_SHOWN_FAULTS]
    lines += [f"  {h.erp_location} (row{'' if len(h.rows) == 1 else 's'} {_rows(h.rows)}): {h.words}" for h in shown]
    return lines + ([f"  and {len(i.unknown) - len(shown)} more; all of them with --json"] if len(i.unknown) > len(shown) else [])


def _totals(i: Inspection) -> list[str]:
    lines = [
        f"Rows: {len(i.lines)} read + {len(i.refused_rows)} refused + {i.n_skipped} skipped = "
        f"{i.n_rows} row{'' if i.n_rows == 1 else 's'} in the "
        f"{'sheet' if i.found is not None and i.found.sheet else 'file'}"
    ]
    return lines + [f"  skipped, {s.why}: {len(s.rows)} (row{'' if len(s.rows) == 1 else 's'} {_rows(s.rows)})" for s in i.skipped]


def _rows(rows: Iterable[int]) -> str:
    """Return row numbers, neighbours as a range."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    shown = [f"{a}" if a == b else f"{a} to {b}" for a, b in spans[:_SHOWN_ROWS]]
    return ", ".join(shown) + (", …" if len(spans) > _SHOWN_ROWS else "")
