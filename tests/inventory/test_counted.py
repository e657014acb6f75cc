"""Counted, counted as none, not counted: three states that are never mixed up, and none of them where there is doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.counts import ours, plain_table, tally
from benchmarks.verdict_worlds import plant_world
from inventory.counted import line_counts
from tests.inventory.worlds import reconciled, sscc

P, Q = sscc(1), sscc(2)


def states(folder: Path, erp: str, scans: str, *, snapshot_at: str | None = None) -> list[tuple[str, str, str]]:
    """Return (location, state, other location where it stands) of each line."""
    found = line_counts(reconciled(folder, "location,pallet,sku,quantity,moved_at\n" + erp, scans, snapshot_at=snapshot_at))
    return [(c.result.line.location, c.state.value, c.stands_at) for c in found]


@pytest.mark.parametrize(
    ("erp", "scans", "expected"),
    [
        (f"A-1,{P},X,3,", f"A-1,read,{P},,f1,\n", [("A-1", "counted", "")]),
        (f"A-1,{P},X,3,", "A-1,empty,,,f1,\n", [("A-1", "counted_zero", "")]),
        (f"A-1,{P},X,3,", f"A-1,read,{Q},,f1,\n", [("A-1", "counted_zero", "")]),
        ("A-1,,X,0,", "A-1,empty,,,f1,\n", [("A-1", "counted_zero", "")]),
        ("A-1,,X,3,", "A-1,empty,,,f1,\n", [("A-1", "counted_zero", "")]),
        ("A-1,,X,3,", f"A-1,read,{Q},,f1,\n", [("A-1", "not_counted", "")]),
        (f"A-1,{P},X,3,", "A-1,unseen,,,,\n", [("A-1", "not_counted", "")]),
        (f"A-1,{P},X,3,", "A-1,unreadable,,,f1,\n", [("A-1", "not_counted", "")]),
        (f"A-1,{P},X,3,", f"A-1,empty,,,f1,\nA-2,read,{P},,f2,\n", [("A-1", "not_counted", "A-2")]),
        (f"A-1,{P},X,3,", f"A-1,unseen,,,,\nA-2,read,{P},,f2,\n", [("A-1", "not_counted", "")]),
        (
            f"A-1,{P},X,3,\nA-2,{Q},Y,4,",
            f"A-1,read,{Q},,f1,\nA-2,read,{P},,f2,\n",
            [("A-1", "not_counted", "A-2"), ("A-2", "not_counted", "A-1")],
        ),
        (
            f"A-1,{P},X,3,\nA-2,{P},X,3,",
            f"A-1,read,{P},,f1,\nA-2,empty,,,f2,\n",
            [("A-1", "counted", ""), ("A-2", "not_counted", "")],
        ),
        (f"A-1,{P},X,3,", f"A-1,read,{P},,f1,\nA-2,read,{P},,f2,\n", [("A-1", "not_counted", "")]),
        ("A-1,LPN-1,X,3,", "A-1,read,LPN-1,Code128,f1,\nA-2,read,LPN-1,Code128,f2,\n", [("A-1", "not_counted", "")]),
    ],
)
def test_a_line_is_counted_only_where_nothing_is_in_doubt(
    tmp_path: Path, erp: str, scans: str, expected: list[tuple[str, str, str]]
) -> None:
    assert states(tmp_path, erp + "\n", scans) == expected


def test_no_zero_is_written_of_a_pallet_that_stands_in_its_place() -> None:
    worlds = [plant_world(seed) for seed in (0, 3, 7)]
    written = [tally(ours(world), world) for world in worlds]
    assert sum(w["counted_zero"] for w in written) > 20
    assert sum(w["counted"] for w in written) > 800
    assert sum(w["false_zeros"] + w["false_counts"] for w in written) == 0
    assert sum(tally(plain_table(world), world)["false_zeros"] for world in worlds) > 30  # what the same scan says without doubt


def test_a_line_that_the_erp_moved_after_its_export_is_not_counted(tmp_path: Path) -> None:
    erp, scans = f"A-1,{P},X,3,2026-11-23T09:30:00Z\n", "A-1,empty,,,f1,2026-11-23T10:00:00Z\n"
    assert states(tmp_path, erp, scans, snapshot_at="2026-11-23T09:00:00Z") == [("A-1", "not_counted", "")]
    assert states(tmp_path, erp, scans, snapshot_at="2026-11-23T09:45:00Z") == [("A-1", "counted_zero", "")]
