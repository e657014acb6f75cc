"""Processes that develop the simulated camera's photos while the flight goes on.

Each worker reads jobs, one JSON object a line, from its standard input and answers each with a line; it ends when its input ends,
so it never outlives the camera process, however that one dies.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

import cv2

from sitl.camera_truth import Shot
from sitl.develop import Darkroom, encode_jpeg
from sitl.stock import make_stock
from warehouse.errors import BadInputError
from warehouse.records import from_json, to_json
from warehouse.run_folder import write_atomically
from warehouse.site_file import load_site

_NICENESS = 15
"""Developing can wait, the vehicle and the range sensor cannot."""

RUN = 32
"""Photos of a camera in a row that go to one worker: what they show is drawn once, and in one process only."""


class Jobs:
    """Jobs in order, in runs of `RUN` of a kind: each taker keeps to a run of its own while there is one, so that none waits."""

    def __init__(self) -> None:
        """Begin with none."""
        self._news = threading.Condition()
        self._runs: list[deque[str]] = []
        self._owners: list[int | None] = []
        self._begun: dict[str, tuple[deque[str], int]] = {}
        """The last run of each kind, and how many jobs it was given."""
        self._is_over = False

    def put(self, job: str, kind: str = "") -> None:
        """Add a job."""
        with self._news:
            run, n = self._begun.get(kind, (deque(), 0))
            if n % RUN == 0:
                run = deque()
                self._runs.append(run)
                self._owners.append(None)
            run.append(job)
            self._begun[kind] = run, n + 1
            self._news.notify()

    def end(self) -> None:
        """Hand out no more."""
        with self._news:
            self._is_over = True
            self._news.notify_all()

    def take(self, taker: int) -> str | None:
        """Wait for a job and return it; None when no more are handed out."""
        with self._news:
            while not self._is_over:
                left = [number for number, jobs in enumerate(self._runs) if jobs]
                if left:
                    run = min(left, key=lambda number: (self._strangeness(number, taker), number))
                    self._owners[run] = taker if self._owners[run] is None else self._owners[run]
                    return self._runs[run].popleft()
                self._news.wait()
            return None

    def _strangeness(self, run: int, taker: int) -> int:
        owner = self._owners[run]
        return 0 if owner == taker else 1 if owner is None else 2


class Workers:
    """Hands jobs to worker processes, whichever is free first."""

    def __init__(self, n: int, *, site_folder: Path, seed: int, on_developed: Callable[[str], None]) -> None:
        """Start `n` processes; `on_developed` is called for each finished job, from another thread, with "" or what went wrong."""
        self._jobs = Jobs()
        self._on_developed = on_developed
        command = [sys.executable, "-m", "sitl.camera_workers", str(site_folder), str(seed)]
        self._processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) for _ in range(n)
        ]
        self._ready = threading.Semaphore(0)
        self._threads = [threading.Thread(target=self._serve, args=(i, p), daemon=True) for i, p in enumerate(self._processes)]
        for thread in self._threads:
            thread.start()

    def wait_ready(self) -> None:
        """Wait until every worker has built its scene."""
        for _ in self._processes:
            self._ready.acquire()

    def develop(self, shot: Shot, side: str, file: Path) -> None:
        """Queue the photo of the camera on that side, to be written to `file`."""
        self._jobs.put(json.dumps({"shot": to_json(shot), "side": side, "file": str(file)}), side)

    def stop(self) -> None:
        """Let every worker finish the photo in hand, and end."""
        self._jobs.end()
        for process in self._processes:
            assert process.stdin is not None
            try:
                process.stdin.close()
            except OSError:  # it is gone already
                continue
        for process in self._processes:
            process.wait()

    def _serve(self, number: int, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        is_ready = process.stdout.readline() == "ready\n"
        self._ready.release()
        while is_ready and (job := self._jobs.take(number)) is not None:
            try:
                process.stdin.write(job + "\n")
                process.stdin.flush()
            except (OSError, ValueError):  # ended, or its input was closed by `stop`
                break
            answer = process.stdout.readline()
            if not answer:
                break
            self._on_developed("" if answer == "done\n" else answer.strip())
        if process.wait() != 0:
            self._on_developed(f"a developing process ended with code {process.returncode}")


def main() -> None:
    """Develop the jobs of standard input for the site folder and seed given as arguments."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ends with its input, also after Ctrl-C in a terminal
    os.nice(_NICENESS)
    cv2.setNumThreads(1)
    site = load_site(Path(sys.argv[1]))
    seed = int(sys.argv[2])
    stock = make_stock(site, seed)
    darkrooms = {camera.side: Darkroom(site, stock, camera) for camera in site.cameras}
    sides = list(darkrooms)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        job = json.loads(line)
        shot = from_json(Shot, job["shot"])
        try:
            side = job["side"]
            noise_seed = shot.image_index * len(sides) + sides.index(side)
            frame = darkrooms[side].develop(shot.pose, shot.velocity_mps, seed=noise_seed)
            write_atomically(Path(job["file"]), encode_jpeg(frame))
            answer = "done"
        except OSError as error:
            answer = f"{job['file']}: {error.strerror or error}"
        except BadInputError as error:
            answer = error.what
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
