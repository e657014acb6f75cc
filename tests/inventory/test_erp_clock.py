"""The ERP's clock and the drone's are two: their difference is a setting, and times that cannot be true together are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.findings import Reconciliation, Verdict
from inventory.reconcile import reconcile_scans
from inventory.settings import parse_settings
from tests.inventory.worlds import SCAN_HEADER, sscc

P = sscc(1)


def reconciled_with(folder: Path, moved_at: str, *, ahead_s: float = 0.0, snapshot_at: str | None = None) -> Reconciliation:
    """A pallet that was seen away from its place at 10:00 by the drone's clock."""
    (folder / "erp.csv").write_text(f"location,pallet,moved_at\nA-1,{P},{moved_at}\n", encoding="utf-8")
    (folder / "scans.csv").write_text(
        f"{SCAN_HEADER}A-1,empty,,,f1,2026-11-23T10:00:00Z\nC-5,read,{P},QRCode,f2,2026-11-23T10:00:00Z\n", encoding="utf-8"
    )
    return reconcile_scans(
        folder / "scans.csv",
        folder / "erp.csv",
        folder / "out",
        parse_settings(snapshot_at=snapshot_at, erp_clock_ahead_s=ahead_s),
    )


@pytest.mark.parametrize(
    ("ahead_s", "verdict"), [(0.0, Verdict.STALE), (120.0, Verdict.STALE), (600.0, Verdict.MISPLACED), (-600.0, Verdict.STALE)]
)
def test_a_movement_at_5_past_is_after_the_scan_at_the_hour_unless_the_erp_is_so_much_ahead(
    tmp_path: Path, ahead_s: float, verdict: Verdict
) -> None:
    found = reconciled_with(tmp_path, "2026-11-23T10:05:00Z", ahead_s=ahead_s)
    assert [r.verdict for r in found.lines] == [verdict]
    assert found.erp_clock_ahead_s == ahead_s


def test_the_time_of_the_export_is_by_the_same_clock_as_its_movements(tmp_path: Path) -> None:
    found = reconciled_with(tmp_path, "2026-11-23T09:05:00Z", ahead_s=3600.0, snapshot_at="2026-11-23T10:30:00Z")
    assert found.snapshot_at is not None
    assert found.snapshot_at.isoformat() == "2026-11-23T09:30:00+00:00"
    assert [r.verdict for r in found.lines] == [Verdict.MISPLACED]


def test_a_movement_after_the_list_was_printed_is_named_and_the_row_still_used(tmp_path: Path) -> None:
    found = reconciled_with(tmp_path, "2026-11-23T09:31:30Z", snapshot_at="2026-11-23T09:30:00Z")
    assert [str(fault) for fault in found.erp.faults] == [
        "erp.csv, row 2: moved at 2026-11-23T09:31:30Z, after the list was printed (2026-11-23T09:30:00Z), as in 1 row; is"
        " --snapshot-at right, or is the ERP's clock ahead (--erp-clock-ahead)?"
    ]
    assert [r.verdict for r in found.lines] == [Verdict.STALE]
    assert reconciled_with(tmp_path, "2026-11-23T09:30:40Z", snapshot_at="2026-11-23T09:30:00Z").erp.faults == ()


def test_a_movement_at_the_end_of_the_calendar_is_left_as_it_is(tmp_path: Path) -> None:
    assert [r.verdict for r in reconciled_with(tmp_path, "9999-12-31T23:59:59Z", ahead_s=-600.0).lines] == [Verdict.STALE]


@pytest.mark.parametrize(
    ("moved_at", "snapshot_at", "verdict"),
    [
        pytest.param("2026-11-23", None, Verdict.STALE, id="the day of the scan, perhaps after it"),
        pytest.param("2026-11-23", "2026-11-23T18:00:00Z", Verdict.STALE, id="perhaps between the scan and the list"),
        pytest.param("2026-11-23", "2026-11-23T09:00:00Z", Verdict.MISPLACED, id="before the list was printed, which tells of it"),
        pytest.param("2026-11-22", None, Verdict.MISPLACED, id="the day before"),
        pytest.param("2026-11-24", None, Verdict.STALE, id="the day after"),
        pytest.param("9999-12-31", None, Verdict.STALE, id="the last day of the calendar"),
        pytest.param("2026-11-23T00:00:00Z", None, Verdict.MISPLACED, id="at midnight, said to the second"),
    ],
)
def test_a_movement_without_a_time_of_day_may_have_been_at_any_time_of_that_day(
    tmp_path: Path, moved_at: str, snapshot_at: str | None, verdict: Verdict
) -> None:
    assert [r.verdict for r in reconciled_with(tmp_path, moved_at, snapshot_at=snapshot_at).lines] == [verdict]


def test_the_reason_names_the_day_on_which_something_was_moved(tmp_path: Path) -> None:
    (finding,) = reconciled_with(tmp_path, "2026-11-23").findings
    assert finding.reason.endswith(
        "But the ERP moved it on 2026-11-23, no time of day is given: export and scan (scanned 2026-11-23T10:00:00Z) may be of"
        " different times."
    )
