"""`plan` of a part of a site from the command line, and `recount` of a run that is not there yet."""

from pathlib import Path

from typer.testing import CliRunner

from cli import app
from mission.planning.plan_files import load_plan
from tests.conftest import ROOT
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder

DEMO = str(ROOT / "sitl" / "demo_site")


def test_a_part_by_level_and_class_is_planned_and_said(tmp_path: Path) -> None:
    classes = tmp_path / "classes.csv"
    classes.write_text("location,class\nA01-03-2-1,A\nA01-03-4-1,A\nA01-05-2-1,B\n")
    command = ["plan", DEMO, "--out", str(tmp_path / "run"), "--level", "2", "--class", "A", "--classes", str(classes)]
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 0, said.output
    assert "96 location(s) -> 24 on level 2 -> 1 of class A" in said.output
    plan = load_plan(RunFolder.open(tmp_path / "run"))
    assert [code for s in plan.sorties for lane in s.lanes for code in lane.must_see] == ["A01-03-2-1"]


def test_a_class_without_its_file_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["plan", DEMO, "--out", str(tmp_path / "run"), "--class", "A"])
    assert isinstance(said.exception, BadInputError)
    assert "--class and --classes belong together" in str(said.exception)
    assert not (tmp_path / "run").exists()


def test_the_position_error_that_was_asked_for_is_kept_in_the_plan(tmp_path: Path) -> None:
    locations = tmp_path / "some.txt"
    locations.write_text("A01-03-2-1\n")
    command = ["plan", DEMO, "--out", str(tmp_path / "run"), "--locations", str(locations), "--position-error", "0.08"]
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 0, said.output
    assert load_plan(RunFolder.open(tmp_path / "run")).position_error_m == 0.08


def test_a_recount_of_no_run_says_so(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["recount", str(tmp_path / "none"), "--out", str(tmp_path / "again")])
    assert "not a run folder" in str(said.exception)
