"""What the reconciliation left in the run folder, as rows of text; columns that the report does not know are no fault."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder

Row = dict[str, str]

MADE_BY = "aislescan reconcile RUN --erp FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationTables:
    """The files of `reconciliation/`, read but not interpreted."""

    locations: list[Row]
    discrepancies: list[Row]
    recount: list[Row]
    """Empty when there is no recount.csv."""
    summary: dict[str, Any]
    """Empty when there is no summary.json."""
    review: list[Row]
    """What a recount says of earlier findings; empty for any other run."""


def read_tables(run: RunFolder) -> ReconciliationTables:
    """Return the tables; BadInputError when the run is not reconciled yet, or a file cannot be read."""
    files = run.reconciliation
    summary = run.read_json(files.summary_path) if files.summary_path.is_file() else {}
    return ReconciliationTables(
        locations=read_rows(run.require(files.locations_path, made_by=MADE_BY), ("location", "verdict")),
        discrepancies=read_rows(run.require(files.discrepancies_path, made_by=MADE_BY), ("verdict",)),
        recount=read_rows(files.recount_path, ("location",)) if files.recount_path.is_file() else [],
        summary=summary if isinstance(summary, dict) else {},
        review=read_rows(files.review_path, ("outcome",)) if files.review_path.is_file() else [],
    )


def read_rows(path: Path, needed: tuple[str, ...]) -> list[Row]:
    """Return the rows of a CSV with a header, absent cells as empty text; BadInputError names a needed column that is not there."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            header = reader.fieldnames or []
            rows = [{k: (v if isinstance(v, str) else "") for k, v in row.items() if isinstance(k, str)} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(f"{path}: cannot be read as CSV: {error}", remedy=f"run again: {MADE_BY}") from error
    for column in needed:
        if column not in header:
            raise BadInputError(f"{path}, row 1: no column {column!r}", remedy=f"run again: {MADE_BY}")
    return rows


def several(cell: str) -> list[str]:
    """Return the values of a cell that joins several with `|`."""
    return [part.strip() for part in cell.split("|") if part.strip()]


def number(cell: str) -> float | None:
    """Return a numeric cell's value; None for an empty or other cell."""
    try:
        return float(cell)
    except ValueError:
        return None
