"""Work spread over local processes: results as they come, a worker that dies costs only the tasks it held."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import cv2

from warehouse.errors import AislescanError

Task = TypeVar("Task")
Result = TypeVar("Result")

_ATTEMPTS = 3
_QUEUED_PER_WORKER = 3


def spread(function: Callable[[Task], Result], tasks: Sequence[Task], *, workers: int) -> Iterator[tuple[int, Result]]:
    """Yield (index of the task, its result) in the order of completion.

    `function` must be importable (or a partial of such), and its result must not depend on which process runs it. One worker means
    this process. Processes are spawned, not forked: the caller may hold threads and sockets.
    """
    if workers <= 1 or len(tasks) <= 1:
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            for index, task in enumerate(tasks):
                yield index, function(task)
        finally:
            cv2.setNumThreads(threads)
        return
    waiting = dict(enumerate(tasks))
    for _ in range(_ATTEMPTS):
        try:
            yield from _one_pool(function, waiting, min(workers, len(waiting)))
        except BrokenProcessPool:
            continue
        return
    raise AislescanError(
        f"a reading process was killed {_ATTEMPTS} times in a row, with {len(waiting)} pictures left",
        remedy="the machine may be short of memory: try --workers 1; what was read so far is kept",
    )


def _one_pool(function: Callable[[Task], Result], waiting: dict[int, Task], workers: int) -> Iterator[tuple[int, Result]]:
    """Run what is waiting; takes each finished task out of `waiting` before it is yielded."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker) as pool:
        order = iter(list(waiting.items()))
        running: dict[Future[Result], int] = {}
        try:
            while True:
                while len(running) < workers * _QUEUED_PER_WORKER and (item := next(order, None)) is not None:
                    running[pool.submit(function, item[1])] = item[0]
                if not running:
                    return
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    result, index = done.result(), running.pop(done)
                    del waiting[index]
                    yield index, result
        finally:
            for future in running:
                future.cancel()


def _begin_worker() -> None:
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that spawned it was killed: its queue would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
