"""A flight from a terminal, as the clerk who starts it sees it: the question, the live view, the keys."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

from mission.flying.scan import flight_log
from mission.planning.plan_files import write_plan
from mission.planning.planner import make_plan
from sitl.vehicles import start_vehicle
from tests.end_to_end.conftest import AISLESCAN
from warehouse.coordinates import latlon_1e7_from_ned, ned_from_site
from warehouse.run_folder import RunFolder
from warehouse.site_file import load_site


class Terminal:
    """Runs a command in a terminal of its own."""

    def __init__(self, *command: object) -> None:
        self._fd, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
        self._process = subprocess.Popen(
            [str(AISLESCAN), *map(str, command)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env=environment,
        )
        os.close(theirs)
        self.said = ""

    def wait_for(self, words: str, timeout_s: float = 60.0) -> None:
        begin, deadline = len(self.said), time.monotonic() + timeout_s
        while words not in self.said[begin:]:
            assert time.monotonic() < deadline, self.said[-2000:]
            self._listen()

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def end(self) -> int:
        while self._listen():
            pass
        os.close(self._fd)
        return self._process.wait(60)

    def _listen(self) -> bool:
        if select.select([self._fd], [], [], 0.2)[0]:
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # the other end is closed
                return False
            self.said += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", data.decode(errors="replace"))
            return bool(data)
        return self._process.poll() is None


def test_from_a_terminal_it_asks_shows_the_flight_and_lands_at_a_key(site_folder: Path, tmp_path: Path) -> None:
    site = load_site(site_folder)
    run = RunFolder.create(tmp_path / "run", site_folder)
    write_plan(run, site, make_plan(site, locations=tuple(f"A01-{bay}-2-{slot}" for bay in ("02", "04") for slot in "123")))
    anchor, pad = site.layout.anchor, site.layout.home_pads[0]
    lat, lon = latlon_1e7_from_ned(anchor, ned_from_site(anchor, (*pad.position_m, 0.0)))
    home = (int(lat) / 1e7, int(lon) / 1e7, anchor.altitude_amsl_m, 20.0)
    with start_vehicle("builtin", home=home, speedup=8.0, folder=tmp_path, seed=3) as vehicle:
        terminal = Terminal("fly", run.root, "--vehicle", vehicle.endpoint)
        terminal.wait_for("Take off now?")
        assert "Flight 01 takes off from pad 1" in terminal.said
        assert "ok   autopilot's own checks: passed" in terminal.said
        terminal.press("y\n")
        terminal.wait_for("time left")
        terminal.press("l")
        assert terminal.end() == 3
    assert "land here: sent" in terminal.said
    assert "the operator ordered a landing; the drone landed where it was" in terminal.said
    (flight,) = flight_log(run, "01").flights
    assert [(str(r.order), r.result) for r in flight.orders] == [("land", "accepted")]
    assert flight.orders[0].sent_ms < 100
