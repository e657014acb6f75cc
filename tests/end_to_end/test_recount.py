"""A torn label from the first flight to the person who must read it: run, recount, and what both say together."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from mission.recounting.records import Recount
from sitl.demo import write_demo_erp
from sitl.faults import FaultKind
from sitl.stock import make_stock
from tests.end_to_end.conftest import aislescan
from warehouse.run_folder import RunFolder
from warehouse.site_file import load_site

SEED = 1
TORN = "A01-02-1-1"
"""Of this seed a label that is torn, and shows its bars."""
FLY = ("--sitl", "builtin", "--seed", str(SEED), "--speedup", "15")


def recount_rows(run: RunFolder) -> dict[str, str]:
    with run.reconciliation.recount_path.open(encoding="utf-8", newline="") as stream:
        return {row["location"]: row["status"] for row in csv.DictReader(stream)}


@pytest.mark.timeout(600)
def test_a_doubt_is_flown_again_otherwise_and_both_runs_count_together(site_folder: Path, tmp_path: Path) -> None:
    site = load_site(site_folder)
    assert TORN in {f.expected_location for f in make_stock(site, SEED).planted if f.kind is FaultKind.UNREADABLE}
    row = [f"A01-02-1-{slot}" for slot in "123"]
    (tmp_path / "part.txt").write_text("\n".join(row))
    aislescan("plan", site_folder, "--out", tmp_path / "one", "--locations", tmp_path / "part.txt")
    one = RunFolder.open(tmp_path / "one")
    erp = write_demo_erp(one, site, SEED)
    aislescan("fly", one.root, *FLY)
    aislescan("read", one.root)
    aislescan("reconcile", one.root, "--erp", erp)
    assert recount_rows(one)[TORN] == "unreadable"

    said = aislescan("recount", one.root, "--out", tmp_path / "two")
    assert "nose turned by 15 degrees" in said
    two = RunFolder.open(tmp_path / "two")
    flown = [look.location for look in two.read_record(two.recount_of_path, Recount).looks if look.now]
    assert TORN in flown
    assert len(flown) < len(row)
    aislescan("fly", two.root, *FLY)
    aislescan("read", two.root)
    aislescan("reconcile", two.root, "--erp", erp)
    aislescan("report", two.root)
    # The label is torn through every bar, so it is still in doubt; what the first flight read still counts.
    assert set(recount_rows(two)) <= set(recount_rows(one))
    summaries = [json.loads(run.reconciliation.summary_path.read_text()) for run in (one, two)]
    assert summaries[1]["locations_by_status"]["read"] >= summaries[0]["locations_by_status"]["read"]

    said = aislescan("recount", two.root, "--out", tmp_path / "three")
    assert "from 2 sides: a label hangs there, and no angle makes it readable. Read it by hand" in said
