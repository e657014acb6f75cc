"""Scans of others are a count like a flown one: kept, counted, decided on, and shown."""

from __future__ import annotations

import csv
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inventory.reconcile import reconcile_scans
from inventory.report.pages import write_report
from inventory.settings import ReconcileSettings
from inventory.store import history
from inventory.store.asking import cases, find_store
from inventory.store.deciding import Choice, NewDecision, keep_decisions
from inventory.store.kpis import key_figures
from inventory.tolerance import NO_TOLERANCE, Tolerances, parse_tolerances
from tests.inventory.worlds import SCAN_HEADER, sscc
from warehouse.errors import BadInputError
from warehouse.scan_folder import open_counted

P, Q = sscc(1), sscc(2)
LABEL = "02084123450000103747"
"""47 of item 08412345000010."""
SCANS = f"""A-1,read,00{P},Code128,f1,2026-11-23T10:00:00Z
A-1,read,{LABEL},Code128,f1,2026-11-23T10:00:00Z
A-2,empty,,,f2,2026-11-23T10:01:00Z
"""
ERP = f"location,pallet,sku,quantity,uom,abc\nA-1,{P},8412345000010,48,CT,C\nA-2,{Q},4711,10,CT,A\n"


def counted(folder: Path, scans: str = SCANS, tolerances: Tolerances = NO_TOLERANCE) -> Path:
    (folder / "erp.csv").write_text(ERP, encoding="utf-8")
    (folder / "scans.csv").write_text(SCAN_HEADER + scans, encoding="utf-8")
    reconcile_scans(
        folder / "scans.csv", folder / "erp.csv", folder / "counts" / "handheld", ReconcileSettings(tolerances=tolerances)
    )
    return folder / "counts" / "handheld"


def test_a_count_of_scans_is_kept_once_and_its_folder_leads_to_the_history(tmp_path: Path) -> None:
    out = counted(tmp_path)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    assert counted(tmp_path) == out
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    store = find_store(out)
    assert store == tmp_path / "counts" / "inventory.db"
    assert [(e.run, e.verdict, e.pallet) for e in history(store, location="A-2")] == [("handheld", "missing", "")]
    (figures,) = key_figures(store)
    rates = {f.name: (f.rate.numerator, f.rate.denominator) for f in figures.figures if f.rate}
    assert (figures.runs, rates["location_accuracy"], rates["inventory_record_accuracy"]) == (("handheld",), (0, 2), (0, 2))


def test_other_scans_in_a_folder_of_the_same_name_are_a_count_of_their_own(tmp_path: Path) -> None:
    store = find_store(counted(tmp_path))
    counted(tmp_path, SCANS.replace("2026-11-23", "2026-11-24"))
    (figures,) = key_figures(store)
    assert figures.runs == ("handheld", "handheld")


def test_a_line_that_agrees_only_by_a_tolerance_is_right_only_in_the_accuracy_with_tolerance(tmp_path: Path) -> None:
    store = find_store(counted(tmp_path, tolerances=parse_tolerances(["C=5%"])))
    (strict,), (wide,) = key_figures(store), key_figures(store, tolerance_percent=3.0)
    shares = [
        {f.name: f.rate.numerator for f in figures.figures if f.rate and f.name.startswith("inventory")}
        for figures in (strict, wide)
    ]
    assert shares == [
        {"inventory_record_accuracy": 0, "inventory_record_accuracy_with_tolerance": 0},
        {"inventory_record_accuracy": 0, "inventory_record_accuracy_with_tolerance": 1},
    ]


def test_people_decide_on_its_findings(tmp_path: Path) -> None:
    out = counted(tmp_path)
    decided = NewDecision(
        case_id="F0001", choice=Choice.OVERTURN, by="Ana", decided_at=datetime(2026, 11, 23, 12, tzinfo=UTC), reason=""
    )
    assert keep_decisions(open_counted(out), [decided]).n_new == 1
    (case,) = cases(find_store(out), location="A-2")
    assert [d.decision for d in case.decisions] == ["overturn"]


def test_its_report_has_the_findings_and_says_why_there_is_no_map(tmp_path: Path) -> None:
    out = counted(tmp_path)
    page = write_report(open_counted(out), None).read_text(encoding="utf-8")
    assert "No rack map: these scans came without a site." in page
    assert Q in page
    assert "not on the map" not in page.split("<script", 1)[0]


def test_a_run_folder_and_a_folder_that_is_no_count_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    (tmp_path / "erp.csv").write_text(ERP, encoding="utf-8")
    (tmp_path / "scans.csv").write_text(SCAN_HEADER + SCANS, encoding="utf-8")
    with pytest.raises(BadInputError, match="a run folder, with results of its own"):
        reconcile_scans(tmp_path / "scans.csv", tmp_path / "erp.csv", tmp_path)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BadInputError, match="not a run folder"):
        open_counted(tmp_path / "nothing")


def test_the_history_says_which_scans_it_was(tmp_path: Path) -> None:
    store = find_store(counted(tmp_path))
    rows = sqlite3.connect(store).execute("SELECT role, file FROM inputs ORDER BY role").fetchall()
    assert rows == [("erp", "erp.csv"), ("scans", "scans.csv")]
    with (tmp_path / "counts" / "handheld" / "discrepancies.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["severity"] for row in csv.DictReader(stream)] == ["high", "low"]
