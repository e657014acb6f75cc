"""An ArduPilot SITL that runs on after the command that started it, until it is stopped by its process number.

What runs is written down in the cache. A number alone is no proof: numbers are given out again, so the start of the process is
written down with it, and nothing else is ever ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from sitl.ardupilot import cache_folder
from sitl.session import home_of_pad, hover_s
from sitl.vehicles import start_vehicle
from warehouse.errors import BadInputError, VehicleError
from warehouse.run_folder import write_atomically
from warehouse.site import Site

_END_S, _KILL_S = 5.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A SITL in the background."""

    pid: int
    began: str
    """When the process began, as the system counts it."""
    endpoint: str
    folder: str
    """Its logs and its memory."""


def running() -> Running | None:
    """Return what runs, or None."""
    try:
        found = Running(**json.loads(_note().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if _began(found.pid) == found.began else None


def start_background(site: Site, *, home_pad: str | None, speedup: float) -> Running:
    """Start ArduPilot SITL on a pad of the site (None: the first), with the indoor parameters and a full battery.

    BadInputError when one runs already or the site has no such pad; MissingToolError without an arducopter.
    """
    there = running()
    if there is not None:
        raise BadInputError(
            f"a simulated drone runs already at {there.endpoint} (process {there.pid})", remedy="stop it first: aislescan sitl stop"
        )
    pads = [pad.name for pad in site.layout.home_pads]
    pad = pads[0] if home_pad is None else home_pad
    if pad not in pads:
        raise BadInputError(f"--pad {pad}: the site has {', '.join(pads)}", remedy="give one of these")
    folder = _folder() / "vehicle"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "eeprom.bin").unlink(missing_ok=True)  # so that it begins with the indoor parameters, whatever was set last time
    vehicle = start_vehicle(
        "ardupilot",
        home=home_of_pad(site, pad),
        speedup=speedup,
        folder=folder,
        range_sensor=site.range_sensor,
        hover_s=hover_s(site),
        is_detached=True,
    )
    began = _began(vehicle.pid)
    if began is None:
        raise VehicleError("arducopter ended as soon as it had started", remedy=f"read {folder / 'arducopter.log'}")
    found = Running(pid=vehicle.pid, began=began, endpoint=vehicle.endpoint, folder=str(folder))
    write_atomically(_note(), json.dumps(asdict(found), indent=1) + "\n")
    return found


def stop_background() -> Running | None:
    """End what runs and return it; None when nothing does."""
    there = running()
    if there is not None:
        for number, patience_s in ((signal.SIGTERM, _END_S), (signal.SIGKILL, _KILL_S)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(there.pid, number)
            deadline = time.monotonic() + patience_s
            while _began(there.pid) == there.began and time.monotonic() < deadline:
                time.sleep(0.05)
            if _began(there.pid) != there.began:
                break
    _note().unlink(missing_ok=True)
    return there


def _folder() -> Path:
    return cache_folder().parent / "sitl"


def _note() -> Path:
    return _folder() / "running.json"


def _began(pid: int) -> str | None:
    """Return the start time of a living process in clock ticks since the machine's boot (field 22 of /proc/PID/stat, proc(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    is_dead = fields[0] in ("Z", "X")
    return None if is_dead else fields[19]
