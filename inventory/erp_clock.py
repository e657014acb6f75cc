"""The ERP's times on the clock that the scan's times are of, and whether the two can be true together."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from inventory.cell_values import utc_text
from inventory.erp_lines import ErpFile, RowFault

SLACK = timedelta(minutes=1)
"""An export takes a while, and its time is often given to the minute."""


def on_our_clock(erp: ErpFile, ahead_s: float) -> ErpFile:
    """Return the file with its movements on the drone's clock; the ERP's is `ahead_s` seconds ahead of it (negative: behind)."""
    if not ahead_s:
        return erp
    ahead = timedelta(seconds=ahead_s)
    lines = (replace(line, moved_at=_earlier(line.moved_at, ahead)) if line.moved_at is not None else line for line in erp.lines)
    return replace(erp, lines=tuple(lines))


def _earlier(moment: datetime, ahead: timedelta) -> datetime:
    try:
        return moment - ahead
    except OverflowError:  # the first or the last year of the calendar, which ERPs use for never
        return moment


def with_times_doubted(erp: ErpFile, snapshot_at: datetime | None) -> ErpFile:
    """Return the file, with a fault where it holds movements that are later than itself: nobody may rely on its times then."""
    if snapshot_at is None:
        return erp
    late = [(line.row, line.moved_at) for line in erp.lines if line.moved_at is not None and line.moved_at > snapshot_at + SLACK]
    if not late:
        return erp
    row, moved_at = min(late)
    rows = "row" if len(late) == 1 else "rows"
    fault = RowFault(
        file=erp.name,
        row=row,
        column="",
        what=f"moved at {utc_text(moved_at)}, after the list was printed ({utc_text(snapshot_at)}), as in {len(late)} {rows};"
        " is --snapshot-at right, or is the ERP's clock ahead (--erp-clock-ahead)?",
        is_refused=False,
    )
    return replace(erp, faults=tuple(sorted((*erp.faults, fault), key=lambda f: (f.row, f.column))))
