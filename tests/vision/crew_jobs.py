"""Jobs for the tests of crews: importable by processes that are spawned."""

import os
import signal
import time
from pathlib import Path


def squared(n: int) -> int:
    return n * n


def squared_or_killed(folder: Path, deadly: frozenset[int], times: int, n: int) -> int:
    """Square; but a deadly number kills the process that holds it, the first `times` times."""
    if n in deadly:
        deaths = len(list(folder.glob(f"{n}-*")))
        if deaths < times:
            (folder / f"{n}-{deaths}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return n * n


def refused(n: int) -> int:
    raise ValueError(f"not {n}")


def noted_and_slow(folder: Path, n: int) -> int:
    (folder / f"{n}-{os.getpid()}").touch()
    time.sleep(600)
    return n
