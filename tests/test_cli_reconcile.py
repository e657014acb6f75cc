"""`aislescan reconcile`, as its user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from tests.inventory.worlds import SCAN_HEADER, sscc
from warehouse.errors import BadInputError

P = sscc(1)


def test_reconcile_takes_movements_and_asks_for_the_time_of_the_stock_list(tmp_path: Path) -> None:
    moves = tmp_path / "moves.csv"
    moves.write_text(f"pallet,from,to,date\n{P},A-1,C-5,2026-11-23T09:30:00Z\n", encoding="utf-8")
    (tmp_path / "erp.csv").write_text(f"location,pallet\nA-1,{P}\n", encoding="utf-8")
    scans = f"A-1,empty,,,f1,2026-11-23T10:00:00Z\nC-5,read,{P},Code128,f2,2026-11-23T10:00:00Z\n"
    (tmp_path / "scans.csv").write_text(SCAN_HEADER + scans, encoding="utf-8")
    given = [
        "reconcile",
        "--scans",
        str(tmp_path / "scans.csv"),
        "--erp",
        str(tmp_path / "erp.csv"),
        "--out",
        str(tmp_path / "out"),
    ]
    with pytest.raises(BadInputError, match="nobody can tell which of these movements the stock list knows already"):
        CliRunner().invoke(app, [*given, "--movements", str(moves)], catch_exceptions=False)
    assert not (tmp_path / "out").exists()
    said = CliRunner().invoke(app, [*given, "--movements", str(moves), "--snapshot-at", "2026-11-23T09:00:00Z"])
    assert said.exit_code == 0
    assert "moves.csv: profile plain; 1 movements read, 0 rows refused, of 1" in said.output
    assert "Movements of the ERP explain 1 finding.\n" in said.output
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["movements"]["findings_explained"] == 1
    assert [i["role"] for i in summary["inputs"]] == ["erp", "movements", "scans"]
