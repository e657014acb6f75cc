"""`aislescan battery`, as its user types it."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from cli import app
from tests.mission.flying.test_battery_log import write_flight


def test_calibrate_prints_the_lines_for_site_toml(tmp_path: Path) -> None:
    path = write_flight(tmp_path / "flight.tlog", [(5, 0, 0.7, 24.0), (20, 0, 0, 20.0), (30, 1.5, 0, 19.0)])
    done = CliRunner().invoke(app, ["battery", "calibrate", str(path), "--out", str(tmp_path / "drone.toml")])
    assert done.exit_code == 0
    assert "hover_w = 240.0\nclimb_w = 288.0\ncruise_w = 228.0\n" in done.output
    assert (tmp_path / "drone.toml").read_text() == "hover_w = 240.0\nclimb_w = 288.0\ncruise_w = 228.0\n"
