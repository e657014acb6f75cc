"""What only all rows of an ERP file together tell: nested handling units, balances of a ledger, contradictions, swallowed rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from inventory.erp_header import FoundHeader
from inventory.erp_lines import ErpLine, RowFault
from inventory.table_file import Row
from warehouse.pallet_ids import PalletId

_NEVER = datetime.min.replace(tzinfo=UTC)


def topmost(lines: Sequence[ErpLine], name: str, title: str) -> tuple[list[ErpLine], list[RowFault]]:
    """Return the lines with the unit on top of all as their pallet, and the faults of those whose units hold one another.

    An export may name the unit on top of all (SAP EWM) or the next one up; both lead there.
    """
    above: dict[PalletId, ErpLine] = {line.content: line for line in lines if line.content is not None}
    if not above:
        return list(lines), []
    sound: list[ErpLine] = []
    faults: list[RowFault] = []
    for line in lines:
        if line.key is None:
            sound.append(line)
            continue
        top, seen = line, {line.content}
        while top.key is not None and top.key in above and top.key not in seen:
            seen.add(top.key)
            top = above[top.key]
        if top.key in seen:
            what = f"handling units {line.content} and {line.pallet_text} are said to hold one another"
            faults.append(_refused(line, name, title, what))
        elif top is line:
            sound.append(line)
        else:
            content = line.content_text or line.pallet_text
            sound.append(replace(line, pallet_text=top.pallet_text, pallet=top.pallet, content_text=content))
    return sound, faults


def latest_balances(lines: Sequence[ErpLine], name: str, title: str) -> tuple[list[ErpLine], list[int], list[RowFault]]:
    """Return the latest line of each item at each location, the rows of the earlier ones, and the faults of undated ones.

    A ledger has a row a movement with the balance after it. Of movements at the same time the one that the file lists later holds,
    or earlier where it lists the newest first.
    """
    dated = [line.moved_at for line in lines if line.moved_at is not None]
    is_newest_first = bool(dated) and dated[0] > dated[-1]
    groups: dict[tuple[str, str, str], list[ErpLine]] = {}
    for line in lines:
        groups.setdefault((line.location, str(line.key or ""), line.sku), []).append(line)
    kept: list[ErpLine] = []
    faults: list[RowFault] = []
    old: list[int] = []
    for group in groups.values():
        undated = [line for line in group if line.moved_at is None] if len(group) > 1 else []
        faults += [
            _refused(line, name, title, "no date, so that the latest balance of its item cannot be told") for line in undated
        ]
        rest = [line for line in group if line not in undated]
        latest = max(rest, key=lambda line: (line.moved_at or _NEVER, -line.row if is_newest_first else line.row), default=None)
        old += [line.row for line in rest if line is not latest]
        kept += [latest] if latest is not None else []
    return sorted(kept, key=lambda line: line.row), sorted(old), faults


def without_contradictions(lines: Sequence[ErpLine], name: str, title: str) -> tuple[list[ErpLine], list[int], list[RowFault]]:
    """Return the lines that are left, the rows of items of which none is left at a location with other stock, and the faults.

    A row that calls a location empty says nothing beside one that books stock there. An item with quantity 0 does not call it so:
    systems keep such rows.
    """
    booked = {line.location: line.row for line in reversed(lines) if line.expects_stock}
    sound: list[ErpLine] = []
    faults: list[RowFault] = []
    used_up: list[int] = []
    for line in lines:
        if line.expects_stock or line.location not in booked:
            sound.append(line)
        elif line.sku:
            used_up.append(line.row)
        else:
            what = f"location {line.location} is without stock here, but row {booked[line.location]} books stock there"
            faults.append(_refused(line, name, title, what))
    return sound, used_up, faults


def swallowed_rows(multiline: Iterable[Row], found: FoundHeader, locations: set[str]) -> tuple[int, str] | None:
    """Return (row, text) of a cell with line ends in which a whole row of the file stands, or None.

    Such a row has as many cells as the header, and in that of the location a code shaped like the others.
    """
    if not found.delimiter:
        return None
    shapes = {_shape(location) for location in locations}
    n_marks, place = len(found.header.cells) - 1, found.columns["location"][0]
    for row in multiline:
        for cell in row.cells:
            for line in re.split(r"\r\n|\r|\n", cell.text)[1:]:
                cells = line.split(found.delimiter)
                is_row = len(cells) == n_marks + 1 and bool(cells[place].strip())
                if is_row and (not shapes or _shape(cells[place].strip().strip('"')) in shapes):
                    return row.number, line
    return None


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]", "A", re.sub(r"[0-9]", "9", text))


def _refused(line: ErpLine, name: str, title: str, what: str) -> RowFault:
    pallets = frozenset(key for key in (line.key, line.content) if key is not None)
    return RowFault(file=name, row=line.row, column=title, what=what, locations=frozenset({line.location}), pallets=pallets)
