"""`estimate` from the command line, on a site that was made a moment ago."""

import json
from pathlib import Path

from typer.testing import CliRunner

from cli import app
from warehouse.site_new import new_site


def test_a_new_site_is_estimated_as_text_as_json_and_as_a_page(tmp_path: Path) -> None:
    new_site(
        tmp_path / "site",
        name="Ibi",
        aisles=1,
        bays=2,
        levels=2,
        slots=2,
        bay_width_m=2.7,
        level_height_m=1.45,
        aisle_width_m=3.2,
    )
    page = tmp_path / "estimate.html"
    command = ["estimate", str(tmp_path / "site"), "--out", str(page), "--counts", "12", "--manual-rate", "50"]
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 0, said.output
    found = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert (found["n_locations"], found["owner"]["counts_a_year"], found["by_hand"]["hours_per_count"]) == (16, 12.0, 0.32)
    assert len(found["offers"]) == 7
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
