"""How quickly a key becomes a command on the wire, and how quickly the vehicle answers: 100 keys, pressed in flight.

    python -m benchmarks.keys [--sitl builtin|ardupilot] [--keys 100] [--busy 2]

The keys are typed into a pseudo-terminal in which `aislescan fly` runs; the commands are caught by a relay between it and the
vehicle, which notes when they pass. So all of the program is in the figure: terminal, threads, MAVLink. `own_share_ms` is what the
program itself writes down in flight.json, from the key as it read it. With `--busy` so many processes keep the processor busy all
the while. This clock itself runs before all others where that is allowed, so that what is late is not the measurement.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pty
import random
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.machine import describe_machine
from mission.flying.scan import flight_log
from mission.planning.plan_files import write_plan
from mission.planning.planner import make_plan
from sitl.demo import DEMO_SITE
from sitl.session import vehicle_on_pad
from warehouse.run_folder import RunFolder
from warehouse.site_file import load_site

RESULTS = Path(__file__).parent / "results"
PAUSE = 193
"""MAV_CMD_DO_PAUSE_CONTINUE."""
COMMAND_LONG, COMMAND_ACK = (76, 28), (77, 0)
"""Number of the message, and where in its payload the number of the command stands."""


class Relay:
    """Passes bytes between the program and the vehicle, and notes when a pause or its answer goes by."""

    def __init__(self, endpoint: str) -> None:
        """Listen on a port of its own for the program; connect to the vehicle when it comes."""
        _, host, port = endpoint.split(":")
        self._vehicle = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp:127.0.0.1:{self._listener.getsockname()[1]}"
        self.commands: list[float] = []
        self.answers: list[float] = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        program, _ = self._listener.accept()
        vehicle = socket.create_connection(self._vehicle)
        for s in (program, vehicle):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._pass, args=(vehicle, program, COMMAND_ACK, self.answers), daemon=True).start()
        self._pass(program, vehicle, COMMAND_LONG, self.commands)

    def _pass(self, source: socket.socket, sink: socket.socket, kind: tuple[int, int], noted: list[float]) -> None:
        rest = b""
        come_first()
        with contextlib.suppress(OSError):  # one side has hung up
            while data := source.recv(65536):
                now = time.monotonic()
                sink.sendall(data)
                rest, heard = frames(rest + data)
                noted.extend(now for number, payload in heard if (number, command_in(payload, kind[1])) == (kind[0], PAUSE))


def frames(data: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Return what is left of a stream of MAVLink 1 and 2 frames, and the (number, payload) of those that were whole."""
    found, at = [], 0
    while at < len(data):
        if data[at] not in (0xFD, 0xFE):
            at += 1
            continue
        head = 10 if data[at] == 0xFD else 6
        if at + head > len(data):
            break
        length = data[at + 1]
        is_signed = head == 10 and data[at + 2] & 1
        end = at + head + length + 2 + (13 if is_signed else 0)
        if end > len(data):
            break
        number = int.from_bytes(data[at + 7 : at + 10], "little") if head == 10 else data[at + 5]
        found.append((number, data[at + head : at + head + length]))
        at = end
    return data[at:], found


def command_in(payload: bytes, offset: int) -> int:
    """Return the command that a payload names; MAVLink 2 leaves zeros at the end out."""
    return int.from_bytes(payload[offset : offset + 2], "little")


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sitl", default="builtin", choices=("builtin", "ardupilot"))
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--busy", type=int, default=0, help="so many processes that compute all the while")
    args = parser.parse_args()
    is_first = come_first()
    site = load_site(DEMO_SITE)
    with tempfile.TemporaryDirectory() as folder, busy(args.busy):
        run = RunFolder.create(Path(folder) / "run", DEMO_SITE)
        write_plan(run, site, make_plan(site))
        with vehicle_on_pad(args.sitl, site, home_pad="pad 1", seed=1, speedup=1.0) as vehicle:
            relay = Relay(vehicle.endpoint)
            presses = fly_and_press(run, relay, args.keys)
        (flight,) = flight_log(run, "01").flights
        own = [record.sent_ms / 1000 for record in flight.orders]
    sent = paired(presses, relay.commands)
    answered = paired(presses, relay.answers)
    result = {
        **describe_machine(),
        "sitl": args.sitl,
        "keys": len(presses),
        "lost": len(presses) - len(sent),
        "key_to_command_ms": described(sent),
        "key_to_answer_ms": described(answered),
        "own_share_ms": described(own),
        "busy": args.busy,
        "clock_comes_first": is_first,
        "load_average": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result, indent=1))
    (RESULTS / f"keys-{args.sitl}.json").write_text(json.dumps(result, indent=1) + "\n")


def come_first() -> bool:
    """Have the calling thread run before all others, but not what it starts; return whether that is allowed."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(2))
        return True
    return False


@contextlib.contextmanager
def busy(n: int) -> Iterator[None]:
    """Keep so many processors busy."""
    command = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(command, start_new_session=True) for _ in range(n)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def described(seconds: list[float]) -> dict[str, float]:
    """Return median, 95th percentile and worst in milliseconds, and how many took longer than 100."""
    ordered = sorted(round(1000 * s, 1) for s in seconds)
    return {
        "median": median(ordered),
        "p95": ordered[int(0.95 * (len(ordered) - 1))],
        "worst": ordered[-1],
        "over_100": sum(ms > 100 for ms in ordered),
    }


def fly_and_press(run: RunFolder, relay: Relay, n_keys: int) -> list[float]:
    """Fly from a terminal, hold and go on in turns once the first lane is flown, land; return when each key was typed."""
    fd, theirs = pty.openpty()
    command = [str(Path(sys.executable).with_name("aislescan")), "fly", str(run.root), "--yes", "--vehicle", relay.endpoint]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=environment)
    os.close(theirs)
    said, chance, presses = "", random.Random(6), list[float]()
    due = 0.0
    while process.poll() is None:
        if select.select([fd], [], [], 0.01)[0]:
            try:
                said = (said + os.read(fd, 65536).decode(errors="replace"))[-20000:]
            except OSError:
                break
        now = time.monotonic()
        if now < due or ("1 of 8" not in said and not presses):
            continue
        if len(presses) == n_keys:
            os.write(fd, b"l")
            due = now + 1000.0
        else:
            presses.append(time.monotonic())
            os.write(fd, b"hg"[len(presses) % 2 - 1 :][:1])
            due = now + chance.uniform(0.6, 0.9)
    process.wait()
    return presses


def paired(presses: list[float], noted: list[float]) -> list[float]:
    """Return the seconds from each key to what it caused, before the next key."""
    found = []
    for at, after in zip(presses, [*presses[1:], presses[-1] + 2.0], strict=True):
        first = next((t for t in noted if at <= t < after), None)
        if first is not None:
            found.append(first - at)
    return found


if __name__ == "__main__":
    main()
