"""The parts that findings are put together from: sentences, confidence, and the two ways in which a claim is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from inventory.book import Book
from inventory.cell_values import day_text, utc_text
from inventory.erp_lines import ErpLine
from inventory.findings import Cause, Finding, Verdict
from inventory.sightings import Doubt, Sighting

_ROWS = 5
"""Rows of a list that a sentence names."""
LOW = 0.5
"""Confidence that a claim which was taken back never exceeds."""


def seen_at_place(finding: Finding, sighting: Sighting) -> Finding:
    """Return the finding with the place, time and picture of a sighting."""
    return replace(finding, observed_location=sighting.location, seen_at=sighting.seen_at, evidence=sighting.evidence)


def lowered(finding: Finding, why: Doubt, location: str) -> Finding:
    """Return the claim as one of low confidence, because of a doubt about what was read at `location`."""
    return replace(
        finding,
        verdict=Verdict.LOW_CONFIDENCE,
        cause=why.cause,
        reason=f"{finding.reason} But {why.words}.",
        suggested_action=count_again(location),
        confidence=min(finding.confidence, LOW),
    )


def unless_moved(finding: Finding, book: Book, lines: Iterable[ErpLine], seen_at: str) -> Finding:
    """Return the finding as `stale` when the ERP moved one of `lines` between export and scan."""
    moved = book.movement(lines, seen_at)
    if moved is None:
        return finding
    return replace(
        finding,
        verdict=Verdict.STALE,
        cause=Cause.MOVED_SINCE,
        reason=f"{finding.reason} But {_different_times(moved, book.snapshot_at, seen_at)}.",
        suggested_action="Compare again with a new export; count only what still differs.",
        confidence=min(finding.confidence, LOW),
    )


def _different_times(moved: ErpLine, snapshot_at: datetime | None, seen_at: str) -> str:
    exported = f" (exported {utc_text(snapshot_at)})" if snapshot_at else ""
    scanned = f" (scanned {seen_at})" if seen_at else ""
    assert moved.moved_at is not None  # it was moved
    assert moved.moved_until is not None
    if moved.has_no_time_of_day:
        day = day_text(moved.moved_at, moved.moved_until)
        return f"the ERP moved it on {day}, no time of day is given: export{exported} and scan{scanned} may be of different times"
    return f"the ERP moved it at {utc_text(moved.moved_at)}, so export{exported} and scan{scanned} are of different times"


def count_again(location: str) -> str:
    """Return the action for a claim that is not proven."""
    return f"Count location {location} again before anything is booked."


def in_rows(lines: Sequence[ErpLine]) -> str:
    """Return ` (rows 2 and 3)` where several lines of the ERP's list speak of one pallet; nothing for a single line."""
    rows = [str(line.row) for line in sorted(lines, key=lambda line: line.row)]
    if len(rows) < 2:
        return ""
    return f" (rows {joined(rows if len(rows) <= _ROWS else [*rows[:_ROWS], f'{len(rows) - _ROWS} more'])})"


def booked_at(lines: Sequence[ErpLine]) -> str:
    """Return where the lines of a pallet book it, each with its rows where they are several: `A-1 (row 2) and B-1 (row 3)`."""
    places = sorted({line.location for line in lines})
    if len(places) == 1:
        return f"{places[0]}{in_rows(lines)}"
    here = {place: [line for line in lines if line.location == place] for place in places}
    return joined([f"{place}{in_rows(rows) or f' (row {rows[0].row})'}" for place, rows in here.items()])


def joined(texts: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
