"""Who opens the pictures: this process, or several. One seam for all long steps; the results are the same either way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import cv2

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


@contextmanager
def hire(workers: int) -> Iterator[Crew]:
    """Yield a crew of local processes (one worker: this process alone); they end with the block, and at once on an exception."""
    if workers <= 1:
        yield _ThisProcess()
        return
    from vision.local_workers import LocalProcesses

    crew = LocalProcesses(workers)
    try:
        yield crew
    except BaseException:
        crew.kill()
        raise
    finally:
        crew.send_away()


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
