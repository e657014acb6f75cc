"""A Dask cluster on loopback, started as its users start it, and an S3 server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.conftest import ROOT


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass(frozen=True)
class Cluster:
    address: str
    nannies: list[psutil.Process]

    def worker_processes(self) -> list[psutil.Process]:
        """Return the processes that do the work: the children that the nannies have spawned."""
        return [child for nanny in self.nannies for child in nanny.children() if "spawn_main" in " ".join(child.cmdline())]


@contextmanager
def dask_cluster(folder: Path, *, workers: int, environment: dict[str, str] | None = None) -> Iterator[Cluster]:
    """Start `dask scheduler` and so many times `dask worker ADDRESS`; end them after use."""
    address = f"tcp://127.0.0.1:{free_port()}"
    dask = str(Path(sys.executable).with_name("dask"))
    own = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1", **(environment or {})}
    commands = [[dask, "scheduler", "--host", address, "--no-dashboard"]]
    commands += workers * [[dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder)]]
    with (folder / "dask.log").open("wb") as out:
        started = [subprocess.Popen(command, cwd=folder, env=own, stdout=out, stderr=out) for command in commands]
    try:
        nannies = [psutil.Process(p.pid) for p in started[1:]]
        deadline = time.monotonic() + 200
        while (log := (folder / "dask.log").read_text()).count("worker compute stream") < workers or "Scheduler at:" not in log:
            assert time.monotonic() < deadline, log
            time.sleep(0.1)
        yield Cluster(address, nannies)
    finally:
        doomed = [q for p in started for q in (*psutil.Process(p.pid).children(recursive=True), psutil.Process(p.pid))]
        for process in doomed:
            process.kill()
        for p in started:
            p.wait(20)


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Start moto's S3 server; yield the environment in which s3fs finds it."""
    port = free_port()
    program = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 200
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "anyone",
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
    finally:
        process.kill()
        process.wait(20)
