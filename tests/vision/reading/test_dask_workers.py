"""A Dask cluster gives what local processes give, whoever dies; what it cannot do it says within seconds."""

import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from sitl.stock import make_stock
from tests.vision.cluster import Cluster, dask_cluster, free_port, s3_server
from tests.vision.crew_jobs import refused, squared, squared_or_killed
from tests.vision.photographed_run import SEED, photograph_bay, written
from tests.vision.worlds import demo_site
from vision.pictures.frame_files import FrameFiles
from vision.reading.read_run import read_run
from vision.reading.workers import Lost, hire
from warehouse.errors import AislescanError, BadInputError, MissingToolError
from warehouse.run_folder import RunFolder


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An S3 server that this process and those it starts find."""
    with s3_server() as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def cluster(s3: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask"), workers=2) as started:
        yield started


@pytest.fixture(scope="module")
def read_locally(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    site = demo_site()
    run = photograph_bay(tmp_path_factory.mktemp("local") / "run", site, make_stock(site, SEED))
    read_run(run, site, workers=1)
    return run


def unread_copy(run: RunFolder, to: Path) -> RunFolder:
    shutil.copytree(run.root, to, ignore=shutil.ignore_patterns("reads*", "poses*", "observations*", "evidence"))
    return RunFolder.open(to)


def test_workers_that_die_half_way_change_no_byte(cluster: Cluster, read_locally: RunFolder, tmp_path: Path) -> None:
    run = unread_copy(read_locally, tmp_path / "run")
    killed = []

    def kill_one_half_way(done: int, total: int, what: str) -> None:
        if done == total // 2 and what not in killed:
            killed.append(what)
            cluster.worker_processes()[len(killed) % 2].kill()

    summary = read_run(run, demo_site(), scheduler=cluster.address, progress=kill_one_half_way)
    assert len(killed) == 3
    assert summary.faults == ()
    assert written(run) == written(read_locally)


def test_photos_come_from_s3_where_nothing_else_reaches_them(cluster: Cluster, read_locally: RunFolder, tmp_path: Path) -> None:
    from s3fs import S3FileSystem

    fs = S3FileSystem()
    fs.mkdir("flights")
    fs.put(str(read_locally.sortie("01") / "frames"), "flights/monday/sorties/01/frames", recursive=True)
    run = unread_copy(read_locally, tmp_path / "run")
    shutil.rmtree(run.sortie("01") / "frames")
    summary = read_run(run, demo_site(), scheduler=cluster.address, frames_at="s3://flights/monday")
    assert summary.faults == ()
    assert written(run) == written(read_locally)

    first = sorted(fs.ls("flights/monday/sorties/01/frames", detail=False))[0]
    fs.rm(first)
    again = read_run(run, demo_site(), workers=1, frames_at="s3://flights/monday/")
    assert again.faults == (f"{first.removeprefix('flights/monday/')}: the photo is missing",)
    assert again.n_frames_read_before == again.n_frames - 1


def test_photos_come_from_a_file_address(read_locally: RunFolder, tmp_path: Path) -> None:
    run = unread_copy(read_locally, tmp_path / "run")
    shutil.rmtree(run.sortie("01") / "frames")
    read_run(run, demo_site(), workers=1, frames_at=read_locally.root.as_uri())
    assert written(run) == written(read_locally)


def test_a_task_that_kills_every_worker_is_given_up_and_those_beside_it_are_done(cluster: Cluster, tmp_path: Path) -> None:
    job = partial(squared_or_killed, tmp_path, frozenset({3}), 99)
    with hire(2, cluster.address) as crew:
        assert dict(crew.each(job, range(12))) == {n: n * n for n in range(12)} | {3: Lost()}
        assert dict(crew.each(squared, range(12))) == {n: n * n for n in range(12)}
        with pytest.raises(ValueError, match="not"):
            list(crew.each(refused, range(12)))


def test_workers_that_do_not_see_the_photos_end_the_reading_instead_of_calling_them_missing(
    cluster: Cluster, read_locally: RunFolder, tmp_path: Path
) -> None:
    files = FrameFiles(str(tmp_path / "elsewhere"))
    with pytest.raises(AislescanError, match=r"cannot read a\.jpg: not there(?s:.)*--frames-at"), hire(2, cluster.address) as crew:
        list(crew.each(files.read, ["a.jpg"]))


def test_a_scheduler_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.reading.dask_workers.ANSWER_S", 1.0)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(BadInputError, match=f"no Dask scheduler answers at {address}(?s:.)*dask scheduler"), hire(2, address):
        pass


def test_a_cluster_without_workers_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.reading.dask_workers.ANSWER_S", 3.0)
    with (
        dask_cluster(tmp_path, workers=0) as empty,
        pytest.raises(BadInputError, match=rf"has no workers(?s:.)*dask worker {empty.address} --nthreads 1"),
        hire(2, empty.address),
    ):
        pass


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("raise ModuleNotFoundError('No module named vision', name='vision')", "has no aislescan(?s:.)*pip install"),
        ("", "has another version of aislescan"),
    ],
)
def test_a_worker_with_another_aislescan_or_none_is_refused(tmp_path: Path, program: str, message: str) -> None:
    other = tmp_path / "other" / "vision"
    (other / "reading").mkdir(parents=True)
    (other / "__init__.py").write_text(program)
    (other / "reading" / "__init__.py").touch()
    (other / "reading" / "resume.py").write_text("def program_digest(): return 'another'")
    path = os.pathsep.join([str(tmp_path / "other"), *sys.path])
    with (
        dask_cluster(tmp_path, workers=1, environment={"PYTHONPATH": path}) as strange,
        pytest.raises(BadInputError, match=message),
        hire(2, strange.address),
    ):
        pass


def test_without_the_cluster_libraries_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vision.reading.dask_workers", None)
    with pytest.raises(MissingToolError, match=r"pip install 'aislescan\[cluster\]'"), hire(2, "tcp://127.0.0.1:1"):
        pass
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingToolError, match=r"pip install 'aislescan\[cluster\]'"):
        FrameFiles("s3://flights/monday").read("a.jpg")
