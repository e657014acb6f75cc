"""The same flight on the real ArduPilot SITL, over sockets: on a cable that can be cut, under the eyes of an observer."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from benchmarks.failure_flight import AFTER_S, Hall, Watched, act_on_this_computer, clock_and_disk, fly, is_time
from benchmarks.flight_observer import Observer
from sitl.mishaps import Act, Mishap
from sitl.session import vehicle_on_pad
from sitl.vehicles import gcs_timeout_s

FORCE_REBOOT = 20190226.0


def fly_ardupilot(hall: Hall, mishap: Mishap | None, *, after_m: float, speedup: float) -> tuple[Watched, str]:
    """Fly on the real ArduPilot SITL."""
    acts_on_link = mishap is not None and mishap.act in (Act.CUT_CABLE, Act.KILL_PROGRAM)
    speedup = 1.0 if acts_on_link else speedup  # then the time-outs are those of a real flight
    pad = hall.plan.sorties[0].home_pad
    seen = Watched()
    with (
        vehicle_on_pad("ardupilot", hall.site, home_pad=pad, seed=3, speedup=speedup) as vehicle,
        Observer(vehicle.camera_endpoint, hall.site.layout.anchor) as observer,
        Cable(vehicle.endpoint) as cable,
    ):
        strike = None
        if mishap is not None:
            strike = _Strike(hall, observer, seen, mishap=mishap, after_m=after_m)
            strike.cable = cable
            threading.Thread(target=strike.run, daemon=True).start()
        if strike is not None and mishap is not None and mishap.act is Act.KILL_PROGRAM:
            command = [sys.executable, "-m", "benchmarks.failure_flight", str(hall.run.root.parent), cable.endpoint]
            strike.program = subprocess.Popen(command)
            strike.program.wait()
            said = "killed"
        else:
            with clock_and_disk():
                said = fly(hall, cable.endpoint)
        deadline = time.monotonic() + AFTER_S / speedup
        while observer.modes and observer.modes[-1][2] and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)
        seen.truth, seen.modes, seen.texts = observer.truth, observer.modes, observer.texts
    assert gcs_timeout_s(1.0) == 5.0
    return seen, said


class _Strike:
    """Waits until the drone is where it shall be struck, and strikes."""

    def __init__(self, hall: Hall, observer: Observer, seen: Watched, *, mishap: Mishap, after_m: float) -> None:
        self._hall, self._observer, self._seen = hall, observer, seen
        self._mishap, self._after_m = mishap, after_m
        self.cable: Cable | None = None
        self.program: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        observer = self._observer
        while not (observer.truth and observer.modes and observer.modes[-1][2] and self._is_time()):
            time.sleep(0.002)
        began = observer.time_s
        self._seen.began_s = began
        for delay, name, value in self._mishap.settings:
            while observer.time_s < began + delay:
                time.sleep(0.002)
            observer.set(name, value)
        if self._mishap.settings:
            name, value = self._mishap.settings[-1][1], self._mishap.settings[-1][2]
            first = self._mishap.settings[0]
            key = (first[1], round(first[2], 3)) if self._mishap.settings[0][0] > 0 else (name, round(value, 3))
            deadline = time.monotonic() + 5.0
            while key not in observer.set_at and time.monotonic() < deadline:
                time.sleep(0.01)
            self._seen.began_s = observer.set_at.get(key, began)  # when the vehicle took it, on its own clock
        act = self._mishap.act
        if act is Act.CUT_CABLE and self.cable is not None:
            self.cable.cut()
        elif act is Act.KILL_PROGRAM and self.program is not None:
            self.program.send_signal(signal.SIGKILL)
        elif act is Act.STOP_CAMERA:
            observer.command(mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 0.0)
        elif act is Act.RESTART_AUTOPILOT:
            observer.command(mavlink.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN, 1, 0, 0, 0, 0, FORCE_REBOOT)
        else:
            act_on_this_computer(act, self._hall.run)

    def _is_time(self) -> bool:
        return is_time(self._hall, self._observer.truth[-1], self._after_m)


class Cable:
    """A link to the vehicle that can be cut: a relay between the ground program and the vehicle."""

    def __init__(self, endpoint: str) -> None:
        """Relay to `tcp:HOST:PORT`."""
        host, port = endpoint.removeprefix("tcp:").split(":")
        self._vehicle = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp:127.0.0.1:{self._listener.getsockname()[1]}"
        self._is_cut = threading.Event()
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Cable:
        """Listen."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything."""
        for each in (self._listener, *self._sockets):
            each.close()

    def cut(self) -> None:
        """Let nothing pass any more, without a word to either side."""
        self._is_cut.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._vehicle)
                self._sockets += [near, far]
                for source, target in ((near, far), (far, near)):
                    target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._relay, args=(source, target), daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if not self._is_cut.is_set():
                    target.sendall(data)
        if not self._is_cut.is_set():
            with suppress(OSError):
                target.shutdown(socket.SHUT_WR)
