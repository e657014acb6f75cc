"""The simulated cameras, and range sensor if the site has one: a process of its own that listens to a simulated vehicle.

    python -m sitl.camera --site DIR --seed N --endpoint tcp:HOST:PORT --frames DIR --boot N [--workers N]
        [--navigation-error METRES --drift METRES]

It ends when its standard input ends, so it never outlives the program that started it. It leaves photographs in a folder, sends
DISTANCE_SENSOR to the vehicle, and tells nothing else: the truth stays in memory.
On standard output it tells its state, one JSON object a line.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from sitl.camera_link import CameraLink, parse_endpoint
from sitl.camera_ranging import Ranging
from sitl.camera_workers import Workers
from sitl.navigation_error import NavigationError, Wander
from warehouse.errors import AislescanError, VehicleError
from warehouse.run_folder import frame_name
from warehouse.site_file import load_site

_STOP_TIMEOUT_S = 10.0


def start_camera(
    *,
    site_folder: Path,
    seed: int,
    endpoint: str,
    frames_folder: Path,
    boot: int,
    workers: int = 2,
    navigation_error: NavigationError | None = None,
) -> CameraProcess:
    """Start the camera of the site's drone, or both of them, looking at the stock of `seed`.

    `endpoint` is the vehicle's link for the camera, `tcp:HOST:PORT`; the photos that the autopilot triggers get in `frames_folder`
    the names of `RunFolder.frame_file`, one for each camera. Start it while the vehicle stands on its pad. With a
    `navigation_error` it also sets the vehicle's SIM_VICON_GLIT_X and _Y as the flight goes on.
    """
    parse_endpoint(endpoint)
    frames_folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "sitl.camera", "--site", str(site_folder), "--seed", str(seed), "--endpoint", endpoint]
    command += ["--frames", str(frames_folder), "--boot", str(boot), "--workers", str(workers)]
    if navigation_error is not None:
        command += ["--navigation-error", str(navigation_error.sigma_m), "--drift", str(navigation_error.drift_m)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0)
    return CameraProcess(process)


class CameraProcess:
    """A running camera. Also a context manager that stops it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Follow what `process` tells."""
        self._process = process
        self._news = threading.Condition()
        self._is_ready = False
        self._triggered = self._developed = 0
        self._error = ""
        self._has_ended = False
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> CameraProcess:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    @property
    def is_running(self) -> bool:
        """Whether the process can still develop photos."""
        return not self._has_ended and not self._error

    def progress(self) -> tuple[int, int]:
        """Return how many photos were triggered, of all cameras, and how many of them are developed."""
        with self._news:
            return self._triggered, self._developed

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until a photo triggered now would be drawn; VehicleError when that does not come about in time."""
        self._wait(lambda: self._is_ready, timeout_s, "the simulated camera did not get ready")

    def wait_developed(self, n_photos: int | None, timeout_s: float) -> None:
        """Wait until `n_photos` are developed; None: as many as were triggered so far."""
        wanted = self.progress()[0] if n_photos is None else n_photos
        self._wait(lambda: self._developed >= wanted, timeout_s, f"the simulated camera did not develop {wanted} photos")

    def stop(self) -> None:
        """End the camera and its workers; photos not yet developed are lost."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self, is_reached: Callable[[], bool], timeout_s: float, complaint: str) -> None:
        deadline = time.monotonic() + timeout_s
        with self._news:
            while not is_reached():
                left = deadline - time.monotonic()
                if self.is_running and left > 0:
                    self._news.wait(left)
                    continue
                why = self._error or ("it ended" if self._has_ended else f"within {timeout_s:g} s")
                state = f"{self._triggered} triggered, {self._developed} developed"
                raise VehicleError(f"{complaint}: {why} ({state})", remedy="check that the simulated vehicle still runs")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            news = json.loads(line)
            with self._news:
                self._is_ready = self._is_ready or news.get("ready", False)
                self._triggered = news.get("triggered", self._triggered)
                self._developed = news.get("developed", self._developed)
                self._error = news.get("error", self._error)
                self._news.notify_all()
        with self._news:
            self._has_ended = True
            self._news.notify_all()


class _Reporter:
    """Tells the parent process the state of the camera, whenever it changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._triggered = self._developed = 0

    def ready(self) -> None:
        self._tell({"ready": True})

    def triggered(self) -> None:
        with self._lock:
            self._triggered += 1
        self._tell({"triggered": self._triggered})

    def developed(self, error: str) -> None:
        if error:
            self.failed(error)
            return
        with self._lock:
            self._developed += 1
        self._tell({"developed": self._developed})

    def failed(self, error: str) -> None:
        self._tell({"error": error})

    def _tell(self, news: dict[str, object]) -> None:
        with self._lock:
            sys.stdout.write(json.dumps(news) + "\n")
            sys.stdout.flush()


def main() -> None:
    """Photograph until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when this ends, also after Ctrl-C in a terminal
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--boot", type=int, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--navigation-error", type=float, default=0.0)
    parser.add_argument("--drift", type=float, default=0.0)
    args = parser.parse_args()
    reporter = _Reporter()
    must_stop = threading.Event()
    threading.Thread(target=_wait_for_the_parent, args=(must_stop,), daemon=True).start()
    workers = Workers(args.workers, site_folder=args.site, seed=args.seed, on_developed=reporter.developed)
    try:
        _photograph(args, workers, reporter, must_stop)
    except AislescanError as error:
        reporter.failed(error.what)
    finally:
        workers.stop()


def _wait_for_the_parent(must_stop: threading.Event) -> None:
    sys.stdin.read()
    must_stop.set()


def _photograph(args: argparse.Namespace, workers: Workers, reporter: _Reporter, must_stop: threading.Event) -> None:
    site = load_site(args.site)
    ranging = None if site.range_sensor is None else Ranging(site, args.seed, site.range_sensor)
    sides = [camera.side for camera in site.cameras]
    error = NavigationError(sigma_m=args.navigation_error, drift_m=args.drift)
    wander = None if error.is_none else Wander(site, args.seed, error)
    link = CameraLink(args.endpoint, site.layout.anchor, ranging, wander)
    workers.wait_ready()
    is_ready = False
    for shot in link.shots():
        if must_stop.is_set():
            return
        if link.knows_truth and not is_ready:
            is_ready = True
            reporter.ready()
        if shot is not None:
            for side in sides:
                reporter.triggered()
                part = side if len(sides) > 1 else None
                workers.develop(shot, side, args.frames / frame_name(args.boot, shot.image_index, part))
    if not is_ready:
        raise VehicleError("the vehicle hung up before it told where it is", remedy="start the simulated vehicle again")
    must_stop.wait()  # what was triggered is still being developed


if __name__ == "__main__":
    main()
