"""Processes of this machine. Each has a pool of its own, so that a death is put down to the one task that its process held."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any

import cv2

from vision.reading.workers import ATTEMPTS, Lost
from warehouse.errors import AislescanError

_HELD = 2
"""Tasks at one process: the one that it works on, and the next, so that it never waits."""
_MAX_LOST_IN_A_ROW = 5
"""Pictures that kill their process come alone; so many without a result between them are a fault of the machine."""

_START_S = 10.0
"""A process that is still importing cannot be told to end; it is waited for, at most so long."""

_job: Callable[[Any], Any]
"""In a worker: what it was last told to do."""


class LocalProcesses:
    """A crew of processes, spawned, not forked: the caller may hold threads and sockets."""

    def __init__(self, n: int) -> None:
        """Take `n` processes; each starts with its first step."""
        self._seats = [_Seat() for _ in range(n)]

    def each(self, job: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """See `Crew.each`."""
        step = _Step(job, tasks, self._seats[: len(tasks)])
        while futures := step.hand_out():
            wait(futures, return_when=FIRST_COMPLETED)
            for seat in step.seats:
                yield from step.collect(seat)

    def kill(self) -> None:
        """End all processes at once, whatever they are doing."""
        for seat in self._seats:
            seat.kill()

    def send_away(self) -> None:
        """End all processes when they have done what they hold."""
        for seat in self._seats:
            seat.close()


class _Seat:
    """One process, or the next one after its death."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._start: Future[int] | None = None
        self.held: deque[tuple[int, Future[Any]]] = deque()
        """(Index of the task, its future), oldest first; the process works on the oldest."""

    @property
    def has_room(self) -> bool:
        """Whether it can be given one more task."""
        return len(self.held) < _HELD

    @property
    def has_started(self) -> bool:
        """Whether its process came as far as knowing its job."""
        return self._start is not None and self._start.done() and self._start.exception() is None

    def learn(self, job: Callable[[Any], Any]) -> None:
        """Tell the process what to do with the tasks that follow."""
        self.held.clear()  # of a step that its caller left early
        try:
            self._tell(job)
        except BrokenProcessPool:  # it died between two steps
            self.start_again(job)

    def _tell(self, job: Callable[[Any], Any]) -> None:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin)
        # Ctrl-C reaches the whole process group; the children are ended by us, not by a traceback each.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._start = self._pool.submit(_learn, job)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def give(self, index: int, task: Any) -> bool:
        """Hand over a task; False when the process has died, which the futures that it holds will tell."""
        assert self._pool is not None
        try:
            self.held.append((index, self._pool.submit(_do, task)))
        except BrokenProcessPool:
            if not self.held:  # nothing that could tell it: the task itself does
                broken: Future[Any] = Future()
                broken.set_exception(BrokenProcessPool("died before it was given a task"))
                self.held.append((index, broken))
                return True
            return False
        return True

    def start_again(self, job: Callable[[Any], Any]) -> None:
        """Put a new process in the place of the dead one."""
        self.close()
        self.held.clear()
        self._tell(job)

    def kill(self) -> None:
        """End the process now."""
        if self._pool is not None and self._start is not None:
            with suppress(BrokenProcessPool, CancelledError, TimeoutError, ProcessLookupError):
                os.kill(self._start.result(timeout=_START_S), signal.SIGKILL)

    def close(self) -> None:
        """Wait for what the process still does, then let it go."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


class _Step:
    """The tasks of one step: which wait, and what became of the processes that took the others."""

    def __init__(self, job: Callable[[Any], Any], tasks: Sequence[Any], seats: list[_Seat]) -> None:
        self.seats = seats
        self._job, self._tasks = job, tasks
        self._waiting = deque(range(len(tasks)))
        self._deaths: Counter[int] = Counter()
        self._lost_in_a_row = 0
        self._failed_starts = 0
        for seat in seats:
            seat.learn(job)

    def hand_out(self) -> list[Future[Any]]:
        """Fill every seat; return the futures of all that is under way."""
        for seat in self.seats:
            while self._waiting and seat.has_room and seat.give(self._waiting[0], self._tasks[self._waiting[0]]):
                self._waiting.popleft()
        return [future for seat in self.seats for _, future in seat.held]

    def collect(self, seat: _Seat) -> Iterator[tuple[int, Any]]:
        """Yield what the seat has finished; put a new process into it if the old one has died."""
        while seat.held and seat.held[0][1].done():
            index, future = seat.held[0]
            if isinstance(future.exception(), BrokenProcessPool):
                if self._is_given_up(seat):
                    yield index, Lost()
                return
            seat.held.popleft()
            self._lost_in_a_row = self._failed_starts = 0
            yield index, future.result()

    def _is_given_up(self, seat: _Seat) -> bool:
        """Replace a dead process and take back what it held; return whether its task has cost too many."""
        indices = [index for index, _ in seat.held]
        if not seat.has_started:
            self._failed_starts += 1
            if self._failed_starts > ATTEMPTS:
                raise AislescanError(
                    f"reading processes die before they begin ({self._failed_starts} in a row)",
                    remedy="the machine may be short of memory: try --workers 1; what was read so far is kept",
                )
        else:
            self._deaths[indices[0]] += 1
        is_lost = self._deaths[indices[0]] >= ATTEMPTS
        if is_lost:
            self._lost_in_a_row += 1
            if self._lost_in_a_row >= _MAX_LOST_IN_A_ROW:
                raise AislescanError(
                    f"{self._lost_in_a_row} tasks in a row killed every process that took them",
                    remedy="the machine may be short of memory: try fewer --workers; what was read so far is kept",
                )
        self._waiting.extendleft(reversed(indices[1:] if is_lost else indices))
        seat.start_again(self._job)
        return is_lost


def _learn(job: Callable[[Any], Any]) -> int:
    global _job  # noqa: PLW0603  # one process, one job at a time
    _job = job
    return os.getpid()


def _do(task: Any) -> Any:
    return _job(task)


def _begin() -> None:
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that spawned it was killed: its queue would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
