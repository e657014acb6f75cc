"""A large comparison done both ways, in columns and row by row: what is written and remembered of it must be the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from inventory.columns.comparing import reconcile_in_columns
from inventory.findings import Reconciliation
from inventory.reconcile import reconcile_scans
from inventory.settings import parse_settings
from warehouse.errors import BadInputError

ERP_HEADER = "location,pallet,sku,quantity,batch,id,moved_at,parent pallet\n"
BY_ROW, IN_COLUMNS = 1 << 40, 0
Before = tuple[str | None, str | None]
"""When the stock list was made, and what was moved around that time."""
NOTHING: Before = (None, None)


def written(folder: Path, erp: str, scans: str, way: int, before: Before = NOTHING) -> dict[str, bytes] | str:
    """Return the files that come of it, or the error."""
    (folder / "erp.csv").write_bytes(erp.encode())
    (folder / "scans.csv").write_bytes(scans.encode())
    snapshot_at, moved = before
    (folder / "moved.csv").write_bytes((moved or "").encode())
    out = folder / ("columns" if way == IN_COLUMNS else "rows")
    try:
        reconcile_scans(
            folder / "scans.csv",
            folder / "erp.csv",
            out,
            parse_settings(snapshot_at=snapshot_at, movements_path=folder / "moved.csv" if moved is not None else None),
            in_columns_from=way,
        )
    except BadInputError as error:
        return f"{error}"
    names = ("locations.csv", "discrepancies.csv", "recount.csv", "erp_lines.csv", "summary.json", "reconciliation.xlsx")
    return {name: (out / name).read_bytes() for name in names}


def remembered(store: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return what the history says of each location, pallet and item, and its figures."""
    wanted = {
        "location_history": "location, seen_at, verdict, status, expected, observed, confidence, reason",
        "pallet_history": "pallet, location, seen_at, verdict, reason",
        "item_history": "sku, location, pallet, batch, quantity, uom, seen_at, verdict, reason, erp_row",
        "kpi_by_run": "counted_at, locations_right, locations_judged, lines_right, lines_judged, lines, locations_read, "
        "locations_with_goods, locations_decided, locations_observable",
        "runs": "verdicts, trust",
    }
    with closing(sqlite3.connect(store)) as db:
        return {view: sorted(db.execute(f"SELECT {columns} FROM {view}"), key=repr) for view, columns in wanted.items()}


def both_ways(erp: str, scans: str, before: Before = NOTHING) -> None:
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        in_columns = written(Path(first), erp, scans, IN_COLUMNS, before)
        assert in_columns == written(Path(second), erp, scans, BY_ROW, before)
        if not isinstance(in_columns, str):
            found, expected = (remembered(Path(folder) / "inventory.db") for folder in (first, second))
            if not any(row[1] for row in expected["location_history"]):  # when it was recorded stands for when it was counted
                found["kpi_by_run"], expected["kpi_by_run"] = ([row[1:] for row in x["kpi_by_run"]] for x in (found, expected))
            assert found == expected


def in_columns(folder: Path, erp: str, scans: str) -> Reconciliation:
    (folder / "erp.csv").write_bytes(erp.encode())
    (folder / "scans.csv").write_bytes(scans.encode())
    found = reconcile_in_columns(folder / "scans.csv", folder / "erp.csv", profile=None, snapshot_at=None, erp_clock_ahead_s=0.0)
    assert found is not None
    return found
