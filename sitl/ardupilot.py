"""The launcher of the real ArduPilot SITL: finds `arducopter`, gives it the indoor parameters and two MAVLink links, and ends it.

The second link is for the simulated camera. External navigation comes from the simulator's own `vicon` on serial port 5.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pymavlink import mavutil

from sitl.vehicles import Home, Vehicle
from warehouse.errors import MissingToolError, VehicleError

INDOOR_PARAMETERS = Path(__file__).with_name("indoor.parm")
AIRFRAME_PARAMETERS = Path(__file__).with_name("sitl_quad.parm")
_DEFAULTS, _LOG, _MEMORY = "defaults.parm", "arducopter.log", "eeprom.bin"
_START_TIMEOUT_S = 20.0
_REPEAT_S = 0.5
_HASTY = 10.0
"""Speed-up of the start that only fills the memory."""


def cache_folder() -> Path:
    """Return the folder of this user in which an arducopter is looked for last."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "aislescan" / "arducopter"


def find_arducopter(named: Path | None = None) -> Path:
    """Return the arducopter to run: `named`, else $ARDUCOPTER, else the one on PATH, else the cached one.

    Raises MissingToolError when there is none, or when the one that was named is not an executable file.
    """
    variable = os.environ.get("ARDUCOPTER", "")
    for origin, path in (("--arducopter", named), ("$ARDUCOPTER", Path(variable) if variable else None)):
        if path is not None:
            if not (path.is_file() and os.access(path, os.X_OK)):
                raise MissingToolError(f"{origin}: {path} is not an executable file", remedy="name the arducopter of a SITL build")
            return path.resolve()
    found = shutil.which("arducopter")
    if found is not None:
        return Path(found).resolve()
    cached = cache_folder() / "arducopter"
    if cached.is_file() and os.access(cached, os.X_OK):
        return cached
    raise MissingToolError(
        f"no arducopter: not in $ARDUCOPTER, not on PATH, and not in {cache_folder()}",
        remedy="fetch it: aislescan sitl install; or name your arducopter in $ARDUCOPTER; or fly without it: --sitl builtin",
    )


def start_ardupilot(
    *,
    home: Home,
    speedup: float,
    folder: Path,
    arducopter: Path | None = None,
    instance: int = 0,
    parameters: dict[str, float] | None = None,
    is_detached: bool = False,
) -> Vehicle:
    """Start arducopter in `folder` (its logs, its memory) and return it once both links listen.

    `parameters` go with this start, beside those of the files. A vehicle that `is_detached` outlives this program.

    The first start in a folder is followed by a second one: ArduCopter heeds the type of a camera only if it stands in its memory
    at boot, a file of defaults does not do.
    """
    program = find_arducopter(arducopter)
    folder = folder.resolve()
    own = "".join(f"\n{name} {value:g}" for name, value in (parameters or {}).items()) + "\n"
    defaults = AIRFRAME_PARAMETERS.read_text(encoding="utf-8") + INDOOR_PARAMETERS.read_text(encoding="utf-8") + own
    (folder / _DEFAULTS).write_text(defaults, encoding="utf-8")
    if not (folder / _MEMORY).exists():
        with _run(program, home=home, speedup=max(speedup, _HASTY), folder=folder, instance=instance) as first:
            _store_parameter(first.endpoint, "CAM1_TYPE", 1)
    return _run(program, home=home, speedup=speedup, folder=folder, instance=instance, is_detached=is_detached)


def _run(program: Path, *, home: Home, speedup: float, folder: Path, instance: int, is_detached: bool = False) -> Vehicle:
    ground, camera = free_tcp_ports(2)
    command = [str(program), "--model", "+", "--speedup", f"{speedup:g}", "--home", ",".join(repr(x) for x in home)]
    command += [
        "--serial0",
        f"tcp:{ground}",
        "--serial1",
        f"tcp:{camera}",
        "--serial2",
        "none:",
        "--serial5",
        "sim:vicon:",
        "--defaults",
        _DEFAULTS,
    ]
    command += ["--rc-in-port", str(_free_udp_port()), "-I", str(instance)]
    with (folder / _LOG).open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("guard.py")), *(["--detached"] if is_detached else []), *command],
            cwd=folder,
            stdin=subprocess.DEVNULL if is_detached else subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C in a terminal is for the ground program, which still has a drone to land
        )
    vehicle = Vehicle(
        name="ArduPilot SITL",
        speedup=speedup,
        process=process,
        endpoints=[f"tcp:127.0.0.1:{ground}", f"tcp:127.0.0.1:{camera}"],
    )
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not all(f"SERIAL{i} on TCP port {port}" in _log_of(folder) for i, port in enumerate((ground, camera))):
        if time.monotonic() > deadline or not vehicle.is_running:
            vehicle.stop()
            last = _log_of(folder).strip().splitlines()[-1:]
            raise VehicleError(
                f"{program} did not start" + (f": {last[0]}" if last else ""),
                remedy=f"it must be an ArduCopter SITL build for this machine; try `{program} --help`",
            )
        time.sleep(0.02)
    return vehicle


def _store_parameter(endpoint: str, name: str, value: float) -> None:
    """Set one parameter over MAVLink once the vehicle stands by (earlier it is not saved), until it says that it took it."""
    link: Any = mavutil.mavlink_connection(endpoint, source_system=255, dialect="ardupilotmega")
    try:
        deadline = time.monotonic() + _START_TIMEOUT_S
        is_standing_by = False
        while time.monotonic() < deadline:
            message = link.recv_match(type=["HEARTBEAT", "PARAM_VALUE"], blocking=True, timeout=_REPEAT_S)
            if message is None:
                continue
            if message.get_type() == "HEARTBEAT":
                is_standing_by |= message.get_srcSystem() == 1 and message.system_status == mavutil.mavlink.MAV_STATE_STANDBY
                if is_standing_by:
                    link.mav.param_set_send(1, 1, name.encode(), value, mavutil.mavlink.MAV_PARAM_TYPE_INT8)
            elif message.param_id == name and message.param_value == value:
                time.sleep(_REPEAT_S)  # the memory is written behind the answer
                return
    finally:
        link.close()
    raise VehicleError(f"arducopter did not confirm {name}", remedy="try a lower --speedup; the machine may be too slow")


def _log_of(folder: Path) -> str:
    return (folder / _LOG).read_text(encoding="utf-8", errors="replace")


def free_tcp_ports(count: int) -> list[int]:
    """Return ports of the loopback interface that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [int(s.getsockname()[1]) for s in sockets]
    finally:
        for s in sockets:
            s.close()


def _free_udp_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
