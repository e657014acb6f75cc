"""A Dask cluster as the crew: machines that have aislescan installed, and reach the frames at the same address.

A job travels once to each worker, as a plugin, which also reaches workers that join later or come back from the dead. Tasks are
small and have no effect but their result, so Dask may run one twice.
"""

from __future__ import annotations

import time
import uuid
from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import cv2
from distributed import Client, Future, KilledWorker, Worker, WorkerPlugin, get_worker, wait

from vision.reading.resume import program_digest
from vision.reading.workers import Lost
from warehouse.errors import AislescanError, BadInputError

ANSWER_S = 10.0
"""How long the scheduler may take to answer, and a first worker to be there."""
WITHOUT_WORKERS_S = 60.0
"""How long a cluster may have no worker in the middle of the work: a machine that starts again is waited for."""
_HELD_PER_THREAD = 2
_LOOK_AGAIN_S = 1.0
_TOLD_TIMES = 5

_INSTALL = "pip install 'aislescan[cluster]'"
_KEPT = "what was read so far is kept, and the same command goes on from it"

_jobs: dict[str, Callable[[Any], Any]] = {}
"""In a worker: what it has been told to do, by the name of the plugin."""


class DaskCluster:
    """The workers of a scheduler that somebody else has started."""

    def __init__(self, address: str) -> None:
        """Connect to the scheduler; errors say in plain words why that failed, within seconds."""
        self._address = address
        try:
            self._client = Client(address, timeout=ANSWER_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise BadInputError(
                f"no Dask scheduler answers at {address}",
                remedy="start one with: dask scheduler; and give the address that it prints, for instance tcp://10.0.0.5:8786",
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=ANSWER_S)
            _check_programs(self._client.run(program_digest, on_error="return"))
        except TimeoutError as error:
            self._client.close()
            raise BadInputError(
                f"the Dask scheduler at {address} has no workers",
                remedy=f"on each machine that is to work, type: dask worker {address} --nthreads 1 --nworkers auto",
            ) from error
        except BaseException:
            self._client.close()
            raise
        self._under_way: dict[Future[Any], int] = {}

    def each(self, job: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """See `Crew.each`."""
        waiting = deque(range(len(tasks)))
        if not waiting:
            return
        with self._taught(job) as name:
            suspects: list[int] = []
            yield from self._done(name, tasks, waiting, suspects)
            # Dask counts a death against every task that lay at the worker: each suspect has one more chance, alone.
            for index in suspects:
                lost: list[int] = []
                yield from self._done(name, tasks, deque([index]), lost)
                if lost:
                    yield index, Lost()

    def kill(self) -> None:
        """Take back what has not begun; a worker in the middle of a task finishes it for nobody."""
        with suppress(OSError, TimeoutError, CancelledError):
            self._client.cancel(list(self._under_way), force=True)

    def send_away(self) -> None:
        """Leave the cluster as it was."""
        self._under_way.clear()
        self._client.close()

    @contextmanager
    def _taught(self, job: Callable[[Any], Any]) -> Iterator[str]:
        name = f"aislescan-{uuid.uuid4().hex}"
        plugin = _Job(name, job, program_digest())
        self._insist(lambda: self._client.register_plugin(plugin, name=name))
        try:
            yield name
        finally:
            # ValueError, KeyError: told twice, or by a worker that never had it.
            with suppress(AislescanError, ValueError, KeyError):
                self._insist(lambda: self._client.unregister_worker_plugin(name))

    def _insist(self, tell_workers: Callable[[], Any]) -> None:
        """Tell all workers something: that fails as a whole when one of them dies meanwhile."""
        for _ in range(_TOLD_TIMES):
            try:
                tell_workers()
            except (OSError, TimeoutError, CancelledError):
                time.sleep(_LOOK_AGAIN_S)
                continue
            return
        raise self._broken_off()

    def _done(self, name: str, tasks: Sequence[Any], waiting: deque[int], suspects: list[int]) -> Iterator[tuple[int, Any]]:
        """Yield (index, result) of the waiting tasks; those over which workers died too often become suspects."""
        looked_at, had_workers_at, room = 0.0, time.monotonic(), 0
        while waiting or self._under_way:
            now = time.monotonic()
            if now - looked_at > _LOOK_AGAIN_S:
                room, looked_at = _HELD_PER_THREAD * sum(self._threads().values()), now
                if room:
                    had_workers_at = now
                elif now - had_workers_at > WITHOUT_WORKERS_S:
                    raise AislescanError(
                        f"the Dask cluster at {self._address} has had no worker for {WITHOUT_WORKERS_S:.0f} s",
                        remedy=f"start its workers again; {_KEPT}",
                    )
            while waiting and len(self._under_way) < max(room, 1):
                index = waiting.popleft()
                future = self._client.submit(_do, name, tasks[index], key=f"{name}-{index}-{uuid.uuid4().hex}", pure=False)
                self._under_way[future] = index
            with suppress(TimeoutError), self._client.as_current():
                wait(list(self._under_way), timeout=_LOOK_AGAIN_S, return_when="FIRST_COMPLETED")
            for future in [f for f in self._under_way if f.done()]:
                index = self._under_way.pop(future)
                try:
                    result = future.result()
                except KilledWorker:
                    suspects.append(index)
                except CancelledError as error:
                    raise self._broken_off() from error
                else:
                    yield index, result

    def _threads(self) -> dict[str, int]:
        try:
            return dict(self._client.nthreads())
        except (OSError, TimeoutError, CancelledError) as error:
            raise self._broken_off() from error

    def _broken_off(self) -> AislescanError:
        return AislescanError(
            f"the connection to the Dask scheduler at {self._address} broke off", remedy=f"start the cluster again; {_KEPT}"
        )


class _Job(WorkerPlugin):
    """Brings a job to a worker."""

    def __init__(self, name: str, job: Callable[[Any], Any], program: str) -> None:
        self.name, self._job, self._program = name, job, program

    def setup(self, worker: Worker) -> None:
        """Keep the job; a worker that joins with another aislescan is turned away."""
        if program_digest() != self._program:
            raise RuntimeError(f"{worker.address} has another version of aislescan than the command that reads")
        cv2.setNumThreads(1)
        _jobs[self.name] = self._job

    def teardown(self, worker: Worker) -> None:
        """Forget the job."""
        _jobs.pop(self.name, None)


def _do(name: str, task: Any) -> Any:
    if name not in _jobs:  # it joined in the middle, and its `setup` turned it away: Dask gives it tasks all the same
        raise AislescanError(
            f"the Dask worker {get_worker().address} joined with another version of aislescan than the command that reads",
            remedy=f"install the same version as here there: {_INSTALL}, and start it again; {_KEPT}",
        )
    return _jobs[name](task)


def _check_programs(by_worker: dict[str, Any]) -> None:
    """Refuse workers whose results could differ from those of this machine."""
    own = program_digest()
    for address, program in sorted(by_worker.items()):
        if isinstance(program, BaseException) and "ModuleNotFoundError" in repr(program):  # wrapped, or not, by its way here
            raise BadInputError(f"the Dask worker {address} has no aislescan", remedy=f"type there: {_INSTALL}, and start it again")
        if isinstance(program, BaseException):
            raise BadInputError(
                f"the Dask worker {address} cannot run this aislescan: {program}",
                remedy=f"install the same version as here there: {_INSTALL}, and start it again",
            )
        if program != own:
            raise BadInputError(
                f"the Dask worker {address} has another version of aislescan or of its reading libraries than this machine,"
                " so results would depend on who reads",
                remedy="install the same version (and the zbar library on all machines or on none), and start the worker again",
            )
