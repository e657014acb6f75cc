"""The two vehicles to fly: the built-in copter and the real ArduPilot SITL, started, found and ended in the same way."""

from __future__ import annotations

import contextlib
import json
import math
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from sitl.copter.battery import HOVER_A
from warehouse.errors import BadInputError, VehicleError
from warehouse.range_sensor import RangeSensor

KINDS = ("builtin", "ardupilot")
Home = tuple[float, float, float, float]
"""Latitude and longitude in degrees, altitude above sea level in metres, compass heading of the nose in degrees."""
_HEARTBEAT_TIMEOUT_S = 5.0
_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0


def gcs_timeout_s(speedup: float) -> float:
    """Return FS_GCS_TIMEOUT in simulated seconds: ground programs send their heartbeats by the wall clock."""
    return _HEARTBEAT_TIMEOUT_S * max(speedup, 1.0)


class Vehicle:
    """A running simulated vehicle. Leaving it as a context manager, or `stop`, ends its process."""

    def __init__(self, *, name: str, speedup: float, process: subprocess.Popen[str], endpoints: list[str]) -> None:
        """Take over `process`, which serves MAVLink at `endpoints`."""
        self.name, self.speedup = name, speedup
        self.endpoint, self.camera_endpoint = endpoints[:2]
        self._process = process

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Close the process's standard input, at which it ends by itself, and wait for that; harmless when it has ended."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def pid(self) -> int:
        """Number of its process."""
        return self._process.pid

    def __enter__(self) -> Self:
        """Return the vehicle itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop it."""
        self.stop()


def start_vehicle(
    kind: str,
    *,
    home: Home,
    speedup: float,
    folder: Path,
    arducopter: Path | None = None,
    instance: int = 0,
    seed: int = 0,
    range_sensor: RangeSensor | None = None,
    hover_s: float | None = None,
    is_detached: bool = False,
) -> Vehicle:
    """Start a vehicle of `kind` (`builtin`, `ardupilot`) at `home`, simulated `speedup` times as fast as the clock on the wall.

    `folder` takes its logs and its memory. `seed` gives the position errors of the built-in copter; ArduPilot has its own.
    With a `range_sensor` it takes DISTANCE_SENSOR messages for its readings, and is not armable without them. A full battery lasts
    `hover_s` seconds in hover; None: as `indoor.parm` has it. An ArduPilot that `is_detached` outlives this program.
    Raises MissingToolError without an arducopter, VehicleError when it does not start.
    """
    if kind not in KINDS:
        raise BadInputError(f"simulated vehicle {kind!r}: expected one of {', '.join(KINDS)}", remedy="use --sitl builtin")
    if not (math.isfinite(speedup) and speedup > 0):
        raise BadInputError(f"speed-up {speedup}: expected a number above 0", remedy="use --speedup 1 for real time")
    folder.mkdir(parents=True, exist_ok=True)
    parameters = boot_parameters(speedup, range_sensor=range_sensor, hover_s=hover_s)
    if kind == "ardupilot":
        from sitl.ardupilot import start_ardupilot

        return start_ardupilot(
            home=home,
            speedup=speedup,
            folder=folder,
            arducopter=arducopter,
            instance=instance,
            parameters=parameters,
            is_detached=is_detached,
        )
    return _start_builtin(home=home, speedup=speedup, folder=folder, seed=seed, parameters=parameters)


def boot_parameters(speedup: float, *, range_sensor: RangeSensor | None = None, hover_s: float | None = None) -> dict[str, float]:
    """Return what a simulated vehicle has beside `indoor.parm`, as `start_vehicle` describes it."""
    return {"FS_GCS_TIMEOUT": gcs_timeout_s(speedup), **_range_parameters(range_sensor), **_battery_parameters(hover_s)}


def _range_parameters(sensor: RangeSensor | None) -> dict[str, float]:
    if sensor is None:
        return {}
    orientation = {"right": 2, "left": 6}[sensor.side]  # MAV_SENSOR_ROTATION_YAW_90 and YAW_270: not down, so height stays as it is
    return {"RNGFND1_TYPE": 10, "RNGFND1_ORIENT": orientation, "RNGFND1_MIN": sensor.min_m, "RNGFND1_MAX": sensor.max_m}


def _battery_parameters(hover_s: float | None) -> dict[str, float]:
    return {} if hover_s is None else {"BATT_CAPACITY": float(round(HOVER_A * hover_s / 3.6))}


def _start_builtin(*, home: Home, speedup: float, folder: Path, seed: int, parameters: dict[str, float]) -> Vehicle:
    command = [sys.executable, "-m", "sitl.copter", "--home", ",".join(repr(x) for x in home), "--speedup", str(speedup)]
    command += ["--seed", str(seed)]
    for name, value in parameters.items():
        command += ["--set", f"{name}={value:g}"]
    log = folder / "copter.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command,
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            process_group=0,  # Ctrl-C in a terminal is for the ground program, which still has a drone to land
        )
    assert process.stdout is not None
    deadline = time.monotonic() + _START_TIMEOUT_S
    readable, _, _ = select.select([process.stdout], [], [], deadline - time.monotonic())
    line = process.stdout.readline() if readable else ""
    if not line:
        process.kill()
        process.wait()
        last = log.read_text(encoding="utf-8").strip().splitlines()[-1:]
        raise VehicleError(
            "the built-in copter did not start" + (f": {last[0]}" if last else ""),
            remedy=f"read {log}; a free network port on this machine is needed",
        )
    return Vehicle(name="built-in copter", speedup=speedup, process=process, endpoints=json.loads(line)["endpoints"])
