"""Who opens the pictures: this process, or several. One seam for all long steps; the results are the same either way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import cv2

from warehouse.errors import MissingToolError

Task = TypeVar("Task")
Result = TypeVar("Result")

ATTEMPTS = 3
"""Workers that one task may cost before it is given up."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Instead of a result: every worker that took the task died over it."""

    n_attempts: int = ATTEMPTS


class Crew(Protocol):
    """Workers that stay for all steps of one reading run."""

    def each(self, job: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result | Lost]]:
        """Yield (index of the task, its result) in the order of completion.

        `job` is an importable function or a partial of one, and is sent to each worker once, so it may carry the whole site; its
        result must not depend on who runs it. Only a few tasks for each worker are under way at a time. What a worker held when it
        died is done by another. An exception of the job ends the step.
        """
        ...


class _HiredCrew(Crew, Protocol):
    def kill(self) -> None:
        """Stop what is under way."""

    def send_away(self) -> None:
        """Let the workers go."""


@contextmanager
def hire(workers: int, scheduler: str = "") -> Iterator[Crew]:
    """Yield the workers of the Dask cluster at `scheduler`, or else local processes (one worker: this process alone).

    Their work ends with the block, and at once on an exception. MissingToolError when the cluster's library is not installed.
    """
    if scheduler:
        crew: _HiredCrew = _dask_cluster(scheduler)
    elif workers > 1:
        from vision.reading.local_workers import LocalProcesses

        crew = LocalProcesses(workers)
    else:
        yield _ThisProcess()
        return
    try:
        yield crew
    except BaseException:
        crew.kill()
        raise
    finally:
        crew.send_away()


def _dask_cluster(address: str) -> _HiredCrew:
    try:
        from vision.reading.dask_workers import DaskCluster
    except ModuleNotFoundError as error:
        raise MissingToolError(
            f"reading on a Dask cluster needs {error.name}, which is not installed",
            remedy="type: pip install 'aislescan[cluster]'",
        ) from error
    return DaskCluster(address)


class _ThisProcess:
    """No process but this one. A picture that kills a decoder ends the command here."""

    def each(self, job: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Do one task after the other."""
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            for index, task in enumerate(tasks):
                yield index, job(task)
        finally:
            cv2.setNumThreads(threads)
