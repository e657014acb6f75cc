import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.warehouse.strategies import texts
from warehouse.errors import BadInputError, ExitCode
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site_digest import site_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    text: str
    number: int = 0


@pytest.fixture
def run(tmp_path: Path, demo_site_folder: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", demo_site_folder)


def lines_of(run: RunFolder, path: Path) -> list[Line]:
    return list(run.read_lines(path, Line))


def test_a_new_run_holds_the_site_and_its_digest(run: RunFolder, demo_site_folder: Path) -> None:
    assert (run.root / "layout.csv").read_bytes() == (demo_site_folder / "layout.csv").read_bytes()
    manifest = json.loads(run.manifest_path.read_text())
    assert (manifest["format"], manifest["site_digest"]) == (1, site_digest(demo_site_folder))
    assert sorted(p.name for p in run.root.iterdir()) == ["layout.csv", "run.json", "site.toml"]


def test_going_on_in_a_run_of_the_same_site_is_fine(run: RunFolder, demo_site_folder: Path) -> None:
    run.write_json(run.plan_path, {"kept": True})
    assert RunFolder.create(run.root, demo_site_folder) == run
    assert run.read_json(run.plan_path) == {"kept": True}


def test_a_run_that_was_killed_while_it_was_made_is_made_again(tmp_path: Path, demo_site_folder: Path) -> None:
    root = tmp_path / "run"
    root.mkdir()
    (root / "site.toml").write_bytes((demo_site_folder / "site.toml").read_bytes())
    assert RunFolder.create(root, demo_site_folder).site_digest() == site_digest(root)


def test_a_folder_with_another_site_in_it_is_never_overwritten(tmp_path: Path, demo_site_folder: Path) -> None:
    other = tmp_path / "my-warehouse"
    other.mkdir()
    (other / "layout.csv").write_text("mine")
    with pytest.raises(BadInputError, match=r"my-warehouse is no run folder and holds another layout\.csv"):
        RunFolder.create(other, demo_site_folder)
    assert (other / "layout.csv").read_text() == "mine"
    assert not (other / "site.toml").exists()


def test_the_site_file_of_another_run_is_refused(run: RunFolder, demo_site_folder: Path) -> None:
    with (demo_site_folder / "site.toml").open("a") as stream:
        stream.write("# another pad\n")
    with pytest.raises(BadInputError) as error:
        RunFolder.create(run.root, demo_site_folder)
    assert str(error.value) == (
        f"{run.root}: this run was made for another site than {demo_site_folder}\n"
        "  -> give a new --out folder, or the site that the run was made for"
    )


@pytest.mark.parametrize("name", ["site.toml", "layout.csv"])
def test_a_site_that_was_changed_in_its_run_is_refused(run: RunFolder, name: str) -> None:
    with (run.root / name).open("ab") as stream:
        stream.write(b"\n")
    with pytest.raises(BadInputError) as error:
        RunFolder.open(run.root)
    assert str(error.value) == (
        f"{run.root}: site.toml or layout.csv differs from the site that this run was made for (digest in run.json)\n"
        "  -> put the site's own files back, or plan a new run for the changed site"
    )
    assert error.value.exit_code is ExitCode.BAD_INPUT


def test_a_site_file_that_is_missing_is_named(run: RunFolder) -> None:
    (run.root / "layout.csv").unlink()
    with pytest.raises(BadInputError, match=r"layout\.csv: no such file\n  -> a site folder holds site\.toml and layout\.csv"):
        RunFolder.open(run.root)


def test_any_other_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"not a run folder \(no run\.json\)\n  -> make one with: aislescan plan"):
        RunFolder.open(tmp_path)


@pytest.mark.parametrize(
    "manifest", ["[]", '{"format": 2, "site_digest": "x"}', '{"format": 1}', '{"format": 1, "site_digest": 3}']
)
def test_a_manifest_of_another_make_is_refused_with_what_it_says(run: RunFolder, manifest: str) -> None:
    run.manifest_path.write_text(manifest)
    with pytest.raises(BadInputError) as error:
        RunFolder.open(run.root)
    assert f"run.json: expected format 1 and site_digest, got {manifest}\n  -> plan a new run" in str(error.value)


def test_the_digest_tells_which_file_a_byte_belongs_to(demo_site_folder: Path) -> None:
    before = site_digest(demo_site_folder)
    toml, layout = demo_site_folder / "site.toml", demo_site_folder / "layout.csv"
    a, b = toml.read_bytes(), layout.read_bytes()
    toml.write_bytes(b)
    layout.write_bytes(a)
    assert site_digest(demo_site_folder) != before


def test_what_a_stage_needs_and_is_not_there_names_the_command_that_makes_it(run: RunFolder) -> None:
    with pytest.raises(BadInputError) as error:
        run.require(run.plan_path, made_by="aislescan plan SITE --out RUN")
    assert str(error.value) == f"{run.plan_path}: not there yet\n  -> run first: aislescan plan SITE --out RUN"
    assert run.require(run.manifest_path, made_by="") == run.manifest_path


def test_a_cut_json_file_says_which_and_what_to_do(run: RunFolder) -> None:
    run.plan_path.write_text('{"sorties": [')
    with pytest.raises(BadInputError) as error:
        run.read_json(run.plan_path)
    assert str(error.value).startswith(f"{run.plan_path}: cannot be read as JSON: Expecting value")
    assert str(error.value).endswith("\n  -> run the stage that writes it again")


def test_a_number_that_json_cannot_carry_is_refused_and_the_old_file_stays(run: RunFolder) -> None:
    run.write_json(run.plan_path, {"length_m": 1.0})
    with pytest.raises(ValueError, match="not JSON compliant"):
        run.write_json(run.plan_path, {"length_m": float("nan")})
    assert run.read_json(run.plan_path) == {"length_m": 1.0}


def test_sorties_come_in_order_and_their_files_lie_in_them(run: RunFolder) -> None:
    assert run.sorties() == []
    for name in ("02", "10", "01"):
        run.append_line(run.frames_path(name), Line(text=name))
    assert run.sorties() == ["01", "02", "10"]
    assert run.relative(run.frame_file("01", 2, 17)) == "sorties/01/frames/02-000017.jpg"
    assert run.relative(run.frame_file("01", 2, 17, "left")) == "sorties/01/frames/02-000017-left.jpg"
    assert run.relative(run.telemetry_path("01")) == "sorties/01/flight.tlog"
    assert run.relative(run.flight_path("01")) == "sorties/01/flight.json"


@given(st.lists(st.builds(Line, text=texts, number=st.integers()), max_size=6))
def test_line_files_come_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, lines: list[Line]) -> None:
    run = RunFolder(tmp_path_factory.mktemp("run"))
    run.write_lines(run.reads_path, lines)
    assert lines_of(run, run.reads_path) == lines
    for line in lines:
        run.append_line(run.observations_path, line)
    assert not lines or lines_of(run, run.observations_path) == lines


@given(st.integers(1, 60))
def test_a_last_line_cut_anywhere_is_dropped_and_the_next_one_takes_its_place(
    tmp_path_factory: pytest.TempPathFactory, n_bytes: int
) -> None:
    run = RunFolder(tmp_path_factory.mktemp("run"))
    path = run.reads_path
    run.append_line(path, Line(text="kept"))
    whole = len(path.read_bytes())
    run.append_line(path, Line(text="ñandú 漢字 cut by a killed writer", number=7))
    path.write_bytes(path.read_bytes()[: whole + n_bytes])
    was_whole = path.read_bytes().endswith(b"\n")
    assert [line.text for line in lines_of(run, path)][: 1 + was_whole] == ["kept"] + [
        "ñandú 漢字 cut by a killed writer"
    ] * was_whole
    run.append_line(path, Line(text="next"))
    assert [line.text for line in lines_of(run, path)][-1] == "next"
    assert len(lines_of(run, path)) == 2 + was_whole


def test_a_file_that_is_one_cut_line_starts_anew(run: RunFolder) -> None:
    run.reads_path.write_bytes(b'{"te')
    assert lines_of(run, run.reads_path) == []
    run.append_line(run.reads_path, Line(text="first"))
    assert lines_of(run, run.reads_path) == [Line(text="first")]


def test_a_line_that_is_broken_in_the_middle_of_a_file_is_named(run: RunFolder) -> None:
    run.reads_path.write_bytes(b'{"text":"a"}\n{"text":"b\n{"text":"c"}\n')
    with pytest.raises(BadInputError, match=r"reads\.jsonl, line 2: .*\n  -> run the stage that writes it again"):
        lines_of(run, run.reads_path)


def test_a_record_with_a_wrong_field_is_named_by_file_line_and_field(run: RunFolder) -> None:
    run.reads_path.write_bytes(b'{"text":"a"}\n{"text":1}\n')
    with pytest.raises(BadInputError) as error:
        lines_of(run, run.reads_path)
    assert error.value.what == f"{run.reads_path}, line 2: Line.text: expected str, got 1"


def test_a_line_that_is_no_utf8_is_named(run: RunFolder) -> None:
    run.reads_path.write_bytes(b'{"text":"\xf1"}\n')
    with pytest.raises(BadInputError, match=r"reads\.jsonl, line 1: 'utf-8' codec"):
        lines_of(run, run.reads_path)


def test_a_writer_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


KILLED_IN_THE_MIDDLE = """
import os, pathlib, signal, sys
from warehouse import run_folder
run_folder.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
run_folder.write_atomically(pathlib.Path(sys.argv[1]), "new" * 100_000)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL is a matter of POSIX")
def test_a_writer_that_is_killed_before_its_file_is_whole_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_atomically(path, "old")
    killed = subprocess.run([sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(path)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    assert path.read_text() == "old"


def test_text_is_written_as_utf8_with_its_own_line_ends(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a" / "b.csv", "ñ\r\n")
    assert (tmp_path / "a" / "b.csv").read_bytes() == b"\xc3\xb1\r\n"


def test_remove_takes_files_and_folders_and_minds_no_absence(run: RunFolder) -> None:
    (run.evidence_folder / "crops").mkdir(parents=True)
    run.plan_path.write_text("{}")
    for path in (run.evidence_folder, run.plan_path, run.score_path):
        run.remove(path)
        assert not path.exists()
