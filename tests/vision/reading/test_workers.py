"""Crews: the same results whoever works; deaths cost nothing but their own task, and that only after three."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.vision.crew_jobs import refused, squared, squared_or_killed
from vision.reading.workers import Lost, hire
from warehouse.errors import AislescanError

SQUARES = {n: n * n for n in range(40)}


@pytest.mark.parametrize("workers", [1, 3])
def test_every_task_is_done_once_in_each_of_several_steps(workers: int) -> None:
    with hire(workers) as crew:
        for tasks in (range(40), range(2), range(0), range(7)):
            results = list(crew.each(squared, tasks))
            assert sorted(results) == [(n, n * n) for n in tasks]


def test_processes_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    job = partial(squared_or_killed, tmp_path, frozenset({0, 5, 6, 39}), 2)
    with hire(2) as crew:
        assert dict(crew.each(job, range(40))) == SQUARES
        assert dict(crew.each(squared, range(40))) == SQUARES
    assert len(list(tmp_path.iterdir())) == 8


def test_a_task_that_kills_every_process_is_given_up_after_three_and_the_others_are_done(tmp_path: Path) -> None:
    job = partial(squared_or_killed, tmp_path, frozenset({3, 20, 21}), 99)
    with hire(2) as crew:
        assert dict(crew.each(job, range(40))) == SQUARES | {3: Lost(), 20: Lost(), 21: Lost()}
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"{n}-{i}" for n in (3, 20, 21) for i in range(3))


def test_a_machine_that_kills_everything_is_not_taken_for_bad_pictures(tmp_path: Path) -> None:
    job = partial(squared_or_killed, tmp_path, frozenset(range(40)), 99)
    with pytest.raises(AislescanError, match=r"in a row killed every process(?s:.)*fewer --workers"), hire(2) as crew:
        list(crew.each(job, range(40)))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_of_the_job_ends_the_step(workers: int) -> None:
    with pytest.raises(ValueError, match="not"), hire(workers) as crew:
        list(crew.each(refused, range(40)))


def test_few_tasks_are_under_way_at_a_time() -> None:
    taken: list[int] = []

    class Tasks(list[int]):
        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            taken.append(index)
            return super().__getitem__(index)

    with hire(2) as crew:
        for done, _ in enumerate(crew.each(squared, Tasks(range(200)))):
            assert len(taken) - done <= 8


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_the_processes_end_with_the_one_that_hired_them(tmp_path: Path, ending: signal.Signals) -> None:
    program = (
        "from functools import partial\nfrom pathlib import Path\n"
        "from tests.vision.crew_jobs import noted_and_slow\nfrom vision.reading.workers import hire\n"
        f"with hire(2) as crew:\n    list(crew.each(partial(noted_and_slow, Path({str(tmp_path)!r})), range(8)))\n"
    )
    script = tmp_path.parent / f"{tmp_path.name}.py"
    script.write_text(f"if __name__ == '__main__':\n{''.join('    ' + line for line in program.splitlines(keepends=True))}")
    parent = subprocess.Popen(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True, stderr=subprocess.PIPE
    )
    children = wait_for_two(tmp_path)
    if ending == signal.SIGINT:
        os.killpg(parent.pid, ending)  # as Ctrl-C does
    else:
        parent.send_signal(ending)
    _, stderr = parent.communicate(timeout=20)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    assert stderr.count(b"Traceback") <= 1  # the parent's own, none of the children


def wait_for_two(folder: Path) -> list[psutil.Process]:
    while len(names := [p.name for p in folder.iterdir()]) < 2:
        time.sleep(0.05)
    return [psutil.Process(int(name.split("-")[1])) for name in names]
