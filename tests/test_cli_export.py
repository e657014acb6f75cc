"""`aislescan export`, as its user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from cli_export import Erp
from inventory.exports import SYSTEMS
from tests.inventory.worlds import SCAN_HEADER, sscc
from warehouse.errors import BadInputError


@pytest.fixture
def results(tmp_path: Path) -> Path:
    (tmp_path / "stock.csv").write_text(
        f"id,location_id,product_id,lot_id,package_id,quantity\nq1,A-1,X,,{sscc(1)},48\nq2,A-2,X,,{sscc(2)},7\n", encoding="utf-8"
    )
    scans = f"A-1,read,{sscc(1)},,f1,2026-11-23T10:00:00Z\nA-2,unseen,,,,\n"
    (tmp_path / "scans.csv").write_text(SCAN_HEADER + scans, encoding="utf-8")
    given = ["--scans", str(tmp_path / "scans.csv"), "--erp", str(tmp_path / "stock.csv"), "--out", str(tmp_path / "results")]
    assert CliRunner().invoke(app, ["reconcile", *given, "--lang", "es"]).exit_code == 0
    return tmp_path / "results"


def test_every_erp_that_there_is_can_be_named() -> None:
    assert [str(erp) for erp in Erp] == list(SYSTEMS)


def test_export_says_what_was_written_what_was_left_out_and_where_to_read_on(results: Path) -> None:
    done = CliRunner().invoke(app, ["export", str(results), "--for", "odoo", "--booked-quantities"])
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "1 of 2 ERP lines written, 0 of them counted as none; 1 left out.",
        "  1 left out: its location was not seen, or what stands there could not be read",
        f"Import file: {results / 'export' / 'odoo' / 'odoo_1_counts.csv'}",
        f"Read first, it says who approves what: {results / 'export' / 'odoo' / 'README.txt'}",
    ]


def test_without_anything_to_write_it_says_so_and_writes_no_import_file(results: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["export", str(results), "--for", "odoo", "--out", str(tmp_path / "x"), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output)["files"] == {}
    assert sorted(p.name for p in (tmp_path / "x").iterdir()) == ["README.txt", "lines.csv"]


def test_a_value_without_its_column_is_refused(results: Path) -> None:
    with pytest.raises(BadInputError, match="expected COLUMN=VALUE"):
        CliRunner().invoke(app, ["export", str(results), "--for", "odoo", "--set", "x"], catch_exceptions=False)
    with pytest.raises(BadInputError, match="--set colour: no such column"):
        CliRunner().invoke(app, ["export", str(results), "--for", "odoo", "--set", "colour=red"], catch_exceptions=False)
