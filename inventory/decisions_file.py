"""A file of decisions (`case_id,decision,by,decided_at,reason,reconciliation`) -> the decisions, or every fault in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inventory.cell_values import parse_utc, utc_text
from inventory.store.deciding import Choice, NewDecision
from inventory.table_rows import read_table
from warehouse.errors import BadInputError, FaultsError

COLUMNS = ("case_id", "decision", "by", "decided_at", "reason", "reconciliation")
_OPTIONAL = ("reason", "reconciliation")
CLOCKS_APART = timedelta(minutes=15)
"""By which the clock of the computer on which somebody decided may be ahead of ours."""
_MEND = "mend these rows and give the whole file again: rows that are kept already are not kept twice"


def read_decision_files(paths: Sequence[Path], now: datetime | None = None) -> tuple[NewDecision, ...]:
    """Return the decisions of several files, for instance one a page of a report; what two of them say word for word counts once.

    BadInputError when any row of any file is no good: then none of them is kept.
    """
    found: dict[NewDecision, NewDecision] = {}
    for path in dict.fromkeys(paths):
        for decision in read_decisions(path, now):
            found.setdefault(replace(decision, where=""), decision)
    return tuple(found.values())


def read_decisions(path: Path, now: datetime | None = None) -> tuple[NewDecision, ...]:
    """Return the decisions of a CSV or workbook, in file order; further columns are left alone.

    BadInputError names every fault with row and column: a file of which one row is no good is refused as a whole.
    """
    rows = [(number, cells) for number, cells in read_table(path) if any(cell.strip() for cell in cells)]
    if not rows:
        raise BadInputError(f"{path.name}: empty", remedy=f"its first row names the columns: {', '.join(COLUMNS)}")
    header = [cell.strip().casefold() for cell in rows[0][1]]
    missing = [column for column in COLUMNS if column not in header and column not in _OPTIONAL]
    if missing:
        raise BadInputError(
            f"{path.name}, row {rows[0][0]}: no column {', '.join(missing)}", remedy=f"expected {', '.join(COLUMNS)}, in any order"
        )
    faults: list[str] = []
    found: list[NewDecision] = []
    for number, cells in rows[1:]:
        value = {column: _cell(cells, header, column) for column in COLUMNS}
        where = f"{path.name}, row {number}"
        wrong = list(_faults(value, where, now or datetime.now(UTC)))
        faults += wrong
        if not wrong:
            found.append(
                NewDecision(
                    case_id=value["case_id"],
                    choice=Choice(value["decision"].casefold()),
                    by=value["by"],
                    decided_at=parse_utc(value["decided_at"], where),
                    reason=value["reason"],
                    reconciliation=value["reconciliation"],
                    where=where,
                )
            )
    if faults:
        raise FaultsError(f"{path.name}: no decision of this file was kept", faults, remedy=_MEND)
    return tuple(found)


def _cell(cells: Sequence[str], header: Sequence[str], column: str) -> str:
    index = header.index(column) if column in header else len(cells)
    return cells[index].strip() if index < len(cells) else ""


def _faults(value: dict[str, str], where: str, now: datetime) -> list[str]:
    faults = [f"{where}, column {column}: empty" for column in ("case_id", "by", "decided_at") if not value[column]]
    choices = [choice.value for choice in Choice]
    if value["decision"].casefold() not in choices:
        faults.append(f"{where}, column decision: {value['decision']!r}; expected {', '.join(choices)}")
    if value["decided_at"]:
        try:
            decided_at = parse_utc(value["decided_at"], f"{where}, column decided_at")
        except BadInputError as error:
            return [*faults, f"{error.what}; expected 2026-11-23T07:30:00Z or 2026-11-23"]
        if decided_at > now + CLOCKS_APART:
            faults.append(
                f"{where}, column decided_at: {value['decided_at']} is in the future (it is {utc_text(now)}; "
                "a time without an offset is UTC)"
            )
    return faults
