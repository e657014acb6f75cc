"""What is kept of finished work, and when it is used again."""

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from tests.vision.crew_jobs import squared, squared_or_killed
from tests.vision.worlds import SHARP_SITE, demo_site
from vision.codes import zbar_engine
from vision.pictures.frame_files import FileStamp, FrameFiles
from vision.pictures.opening import MAX_BYTES
from vision.reading import resume
from vision.reading.resume import FinishedWork, Step, reading_rules, task_key
from vision.reading.workers import Lost, hire
from warehouse.run_folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    n: int
    of: int


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", SHARP_SITE)


def work(run: RunFolder, *, rules: str = "rules") -> FinishedWork[Square]:
    return FinishedWork(run=run, path=run.reads_progress_path, rules=rules, record=Square)


def test_results_are_found_again_by_their_keys(run: RunFolder) -> None:
    assert work(run).load({"a", "b"}) == {}
    work(run).add("a", Square(n=4, of=2))
    work(run).add("c", Square(n=9, of=3))
    assert work(run).load({"a", "b"}) == {"a": Square(n=4, of=2)}


def test_work_done_by_other_rules_is_not_used_again(run: RunFolder) -> None:
    work(run).load(set())
    work(run).add("a", Square(n=4, of=2))
    assert work(run, rules="other").load({"a"}) == {}
    assert work(run).load({"a"}) == {}


def test_files_of_older_versions_and_damaged_lines_are_work_that_is_not_done(run: RunFolder) -> None:
    path = run.reads_progress_path
    path.write_text('{"frame":"01/01-000001","n_bytes":5,"fault":"","found":[]}\n')
    assert work(run).load({"a"}) == {}
    work(run).add("a", Square(n=4, of=2))
    for damage in ("\0\0\0\n", '{"key":"b","result":{"n":4}}\n', "7\n", '{"key":"c","resul'):
        path.write_text(path.read_text() + damage)
    assert work(run).load({"a", "b", "c"}) == {"a": Square(n=4, of=2)}
    work(run).add("c", Square(n=9, of=3))
    assert set(work(run).load({"a", "b", "c"})) == {"a", "c"}


def as_square(n: int) -> Square:
    return Square(n=n, of=round(n**0.5))


def step(run: RunFolder, tmp_path: Path, times: int) -> Step[int, Square]:
    return Step(
        what="squaring",
        job=partial(squared_or_killed, tmp_path, frozenset({4}), times),
        tasks=range(10),
        keys=[f"k{n}" for n in range(10)],
        finished=work(run),
        accept=as_square,
        holds=lambda s: s.of != 7,
    )


def test_a_step_goes_on_where_it_was_but_tries_again_what_was_lost_or_does_not_hold(run: RunFolder, tmp_path: Path) -> None:
    every = {n: as_square(squared(n)) for n in range(10)}
    progress: list[tuple[int, int, str]] = []
    with hire(2) as crew:
        first = {i: (r, known) for i, r, known in step(run, tmp_path, 99).results(crew, lambda *now: progress.append(now))}
        assert first == {n: (s, False) for n, s in every.items()} | {4: (Lost(), False)}
        assert progress == [(n, 10, "squaring") for n in range(11)]
        again = {i: (r, known) for i, r, known in step(run, tmp_path, 0).results(crew, None)}
    assert again == {n: (s, n not in {4, 7}) for n, s in every.items()}


def test_a_key_changes_with_the_task_and_with_the_sizes_and_times_of_its_files() -> None:
    task, stamp = Square(n=4, of=2), FileStamp(n_bytes=5, changed="noon")
    later, longer = replace(stamp, changed="one"), replace(stamp, n_bytes=6)
    keys = {task_key(task, [stamp]), task_key(replace(task, n=5), [stamp])}
    keys |= {task_key(task, [later]), task_key(task, [longer]), task_key(task, [])}
    assert len(keys) == 5
    assert task_key(Square(n=4, of=2), [FileStamp(n_bytes=5, changed="noon")]) in keys


@pytest.mark.parametrize("is_address", [False, True])
def test_another_picture_of_as_many_bytes_under_the_same_name_has_another_stamp(tmp_path: Path, is_address: bool) -> None:
    path = tmp_path / "frames" / "a.bmp"
    path.parent.mkdir()
    path.write_bytes(b"first")
    files = FrameFiles(tmp_path.as_uri() if is_address else str(tmp_path))
    before = files.stamps(["frames/a.bmp"])
    assert files.stamps(["frames/a.bmp"]) == before
    path.write_bytes(b"other")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 3_000_000))
    after = files.stamps(["frames/a.bmp"])
    assert after["frames/a.bmp"].n_bytes == before["frames/a.bmp"].n_bytes
    assert after != before


@pytest.mark.parametrize("is_address", [False, True])
def test_files_that_are_missing_or_too_large_are_not_opened(tmp_path: Path, is_address: bool) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    with (folder / "vast.tif").open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    (folder / "good.jpg").write_bytes(b"7")
    files = FrameFiles(tmp_path.as_uri() if is_address else str(tmp_path))
    named = ["frames/none.jpg", "frames/vast.tif", "frames/good.jpg"]
    assert [stamp.fault(file) for file, stamp in files.stamps(named).items()] == [
        "frames/none.jpg: the photo is missing",
        "frames/vast.tif: the file has 537 MB, more than the 537 MB of any photograph",
        "",
    ]


def test_rules_change_with_the_site_the_program_and_its_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    site = demo_site()
    rules = {reading_rules(site), reading_rules(replace(site, digest="another"))}
    has_zbar = zbar_engine.is_available()
    monkeypatch.setattr(zbar_engine, "is_available", lambda: not has_zbar)
    rules.add(reading_rules(site))
    monkeypatch.setattr(resume, "_PACKAGES", ("vision",))
    rules.add(reading_rules(site))
    assert len(rules) == 4
