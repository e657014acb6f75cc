"""Break flights of the built-in copter in random ways, in lock step, and then fly what is left.

    python -m benchmarks.random_failures [--runs 200] [--first 1] [--continue]

Each seed draws what breaks, how badly and when, from arming to touch-down; some sensors come back, as they do. Asked for each: the
drone ends on the floor with its motors off; it never touched a rack; the run folder reads; flying again completes the count.
Writes benchmarks/results/random_failures.json after each flight, so it may be stopped; exit code 1 when one of them is not so.
Each row says by which `code` it was flown, a digest over the flight and the copter: with `--continue` those of the present code are
kept, and the others are flown anew, one after the other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from pymavlink import mavutil

from benchmarks.failure_figures import gap_m
from benchmarks.failure_flight import Hall, KilledError, act_in_lockstep, clock_and_disk, fly, make_hall, shelve
from benchmarks.flight_failures import DOCUMENT, with_table
from benchmarks.machine import describe_machine
from mission.flying.scan import FlightLog, next_flight
from sitl.lockstep import LockstepTransport, LockstepVehicle
from sitl.mishaps import Act
from sitl.session import home_of_pad
from warehouse.coordinates import site_from_ned
from warehouse.poses import FrameRecord
from warehouse.run_folder import write_atomically

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
FLIES = ("mission/flying", "sitl/copter", "sitl/lockstep.py", "sitl/mishaps.py", "sitl/indoor.parm")
LONGEST_AFTER_S = 120.0
MOST_FLIGHTS = 3
KINDS = ("position_lost", "position_gap", "position_jump", "position_glide", "ekf_variance", "battery", "fence", "motor", "draught")
Setting = tuple[float, str, float]


def main() -> None:
    """Break flight after flight."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=(), help="fly anew only the seeds of these mishaps; others stay in the file")
    parser.add_argument("--continue", dest="goes_on", action="store_true", help="keep what the present code has flown")
    args = parser.parse_args()
    path, code = RESULTS / "random_failures.json", digest()
    keeps = path.exists() and (args.only or args.goes_on)
    rows = {row["seed"]: row for row in json.loads(path.read_text())["flights"]} if keeps else {}
    with tempfile.TemporaryDirectory(prefix="aislescan-random-") as scratch:
        drawn = make_hall(Path(scratch) / "drawn", level="2", bays=2)
        for seed in range(args.first, args.first + args.runs):
            is_done = args.goes_on and rows.get(seed, {}).get("code") == code
            if is_done or (args.only and draw(np.random.default_rng(seed))[0] not in args.only):
                continue
            rows[seed] = break_one(shelve(drawn, Path(scratch) / str(seed)), seed) | {"code": code}
            shutil.rmtree(Path(scratch) / str(seed))
            print(json.dumps(rows[seed]), flush=True)
            keep(path, sorted(rows.values(), key=lambda row: row["seed"]), code)
    totals = total(list(rows.values()), code)
    print(json.dumps(totals, indent=1))
    if any(totals[name] for name in ("not_down", "touched_a_rack", "run_folder_broken", "not_completed")):
        sys.exit(1)


def digest() -> str:
    """Return the first digits of a SHA-256 over what flies."""
    found = hashlib.sha256()
    for name in FLIES:
        path = ROOT / name
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()[:12]


def keep(path: Path, rows: list[dict[str, Any]], code: str) -> None:
    """Write the result file, and the table of the document."""
    totals = total(rows, code)
    write_atomically(path, json.dumps({"machine": describe_machine(), "total": totals, "flights": rows}, indent=1) + "\n")
    document = DOCUMENT.read_text(encoding="utf-8")
    write_atomically(DOCUMENT, with_table(document, "random", "\n".join(in_words(totals))))


def in_words(totals: dict[str, Any]) -> list[str]:
    """Return the lines for the document."""
    endings = ", ".join(f"{n} {'killed' if name == 'None' else name}" for name, n in sorted(totals["endings"].items()))
    return [
        "| asked | of how many flights it was not so |",
        "| --- | --- |",
        f"| ended on the floor with its motors off | {len(totals['not_down'])} of {totals['flights']} |",
        f"| never touched a rack | {len(totals['touched_a_rack'])} of {totals['flights']} |",
        f"| the run folder reads | {len(totals['run_folder_broken'])} of {totals['flights']} |",
        f"| flying again completed the count | {len(totals['not_completed'])} of {totals['flights']} |",
        "",
        f"How the broken flights ended: {endings}. {totals['of_this_code']} of them were flown by the code that was the newest when"
        " this was last run, the others by earlier code.",
    ]


def total(rows: list[dict[str, Any]], code: str) -> dict[str, Any]:
    """Return the figures over all."""
    return {
        "flights": len(rows),
        "of_this_code": sum(row.get("code") == code for row in rows),
        "mishaps": dict(Counter(row["mishap"] for row in rows)),
        "endings": dict(Counter(str(row["ending"]) for row in rows)),
        "not_down": [row["seed"] for row in rows if not row["is_down"]],
        "touched_a_rack": [row["seed"] for row in rows if row["nearest_rack_m"] <= 0],
        "run_folder_broken": [row["seed"] for row in rows if row["broken"]],
        "not_completed": [row["seed"] for row in rows if row["n_lanes_left"]],
    }


def draw(rng: np.random.Generator) -> tuple[str, tuple[Setting, ...], Act]:
    """Draw what breaks: a name, settings of the simulation with their times, and what is done otherwise."""
    name = str(rng.choice([*KINDS, *(act.name.lower() for act in Act if act is not Act.NONE)]))
    angle = rng.uniform(0, 2 * math.pi)
    north, east = math.cos(angle), math.sin(angle)
    size = float(rng.uniform(0.6, 3.0))
    settings: list[Setting] = []
    if name in ("position_lost", "position_gap"):
        settings = [(0.0, "SIM_VICON_FAIL", 1.0)]
        settings += [(float(rng.uniform(0.1, 3.0)), "SIM_VICON_FAIL", 0.0)] if name == "position_gap" else []
    elif name == "position_jump":
        settings = [(0.0, "SIM_VICON_GLIT_X", size * north), (0.0, "SIM_VICON_GLIT_Y", size * east)]
    elif name == "position_glide":
        rate = rng.uniform(0.1, 1.0)
        for i in range(1, 41):
            away = 0.1 * i * rate
            settings += [(0.1 * i, "SIM_VICON_GLIT_X", away * north), (0.1 * i, "SIM_VICON_GLIT_Y", away * east)]
    elif name == "ekf_variance":
        settings = [(0.0, "SIM_VICON_VGLI_X", size * north), (0.0, "SIM_VICON_VGLI_Y", size * east)]
    elif name == "battery":
        settings = [(0.0, "SIM_BATT_VOLTAGE", float(rng.uniform(9.5, 10.79)))]
    elif name == "fence":
        settings = [(0.0, "FENCE_ALT_MAX", 0.4)]
    elif name == "motor":
        share = float(rng.uniform(0.0, 0.95))
        settings = [(0.0, "SIM_ENGINE_MUL", share), (0.0, "SIM_ENGINE_FAIL", 1.0)]
    elif name == "draught":
        settings = [(0.0, "SIM_WIND_DIR", math.degrees(angle)), (0.0, "SIM_WIND_SPD", float(rng.uniform(1.0, 7.0)))]
    return name, tuple(settings), Act[name.upper()] if name.upper() in Act.__members__ else Act.NONE


def break_one(hall: Hall, seed: int) -> dict[str, Any]:
    """Break one flight, and fly again until the plan is done."""
    rng = np.random.default_rng(seed)
    name, settings, act = draw(rng)
    when_s = float(rng.uniform(0.0, hall.plan.sorties[0].time_s))
    breaker = Breaker(hall, seed, settings, act, when_s)
    said = breaker.fly()
    row = {
        "seed": seed,
        "mishap": name,
        "at_s": round(when_s, 1),
        "settings": [[n, round(v, 2)] for _, n, v in settings[:2]],
        "said": said,
        "is_down": breaker.is_down,
        "nearest_rack_m": round(breaker.nearest_m, 2),
        "trouble": "",
        "ending": None,
    }
    broken = read_back(hall)
    flights = hall.run.read_record(hall.run.flight_path("01"), FlightLog).flights if hall.run.flight_path("01").exists() else ()
    if flights:
        row |= {"ending": flights[0].ending.value, "trouble": flights[0].trouble}
    n_more = 0
    while next_flight(hall.run, hall.site, hall.plan.sorties[0]) is not None and n_more < MOST_FLIGHTS:
        n_more += 1
        Breaker(hall, seed + 1000, (), Act.NONE, math.inf).fly()
    todo = next_flight(hall.run, hall.site, hall.plan.sorties[0])
    return row | {
        "broken": broken or read_back(hall),
        "n_more_flights": n_more,
        "n_lanes_left": 0 if todo is None else len(todo.sortie.lanes),
    }


def read_back(hall: Hall) -> str:
    """Return what of the run folder does not read, or nothing."""
    try:
        if hall.run.frames_path("01").exists():
            frames = [f.frame for f in hall.run.read_lines(hall.run.frames_path("01"), FrameRecord)]
            if len(set(frames)) != len(frames):
                return "a frame stands there twice"
        if hall.run.flight_path("01").exists():
            hall.run.read_record(hall.run.flight_path("01"), FlightLog)
        recording = mavutil.mavlink_connection(str(hall.run.telemetry_path("01")))
        n_messages = 0
        while recording.recv_msg() is not None:
            n_messages += 1
        return "" if n_messages > 100 else "nothing was recorded"
    except Exception as error:
        return repr(error)


class Breaker:
    """Flies once; breaks what it is told to; watches the truth all the while."""

    def __init__(self, hall: Hall, seed: int, settings: tuple[Setting, ...], act: Act, when_s: float) -> None:
        """Break `when_s` seconds after arming."""
        self._hall, self._act, self._when_s = hall, act, when_s
        self._left = sorted(settings)
        self._vehicle = LockstepVehicle(home_of_pad(hall.site, hall.plan.sorties[0].home_pad), seed=seed)
        self._transport: LockstepTransport = self._vehicle.connect()
        self._armed_s: float | None = None
        self._has_acted = False
        pad = next(p for p in hall.site.layout.home_pads if p.name == hall.plan.sorties[0].home_pad)
        self._pad_m = pad.position_m
        self.nearest_m = math.inf
        self._vehicle.on_step.append(self._step)

    @property
    def is_down(self) -> bool:
        """Whether the drone lies on the floor with its motors off."""
        return not self._vehicle.autopilot.is_armed and self._vehicle.autopilot.airframe.is_on_ground

    def fly(self) -> str:
        """Fly what is left of the plan, and watch until the drone is down."""
        try:
            with clock_and_disk():
                said = fly(self._hall, self._transport)
        except KilledError:
            said = "killed"
            with suppress(OSError):
                self._transport.close()
        self._vehicle.run_until(lambda: self.is_down, LONGEST_AFTER_S)
        return said

    def _step(self) -> None:
        vehicle = self._vehicle
        autopilot, now = vehicle.autopilot, vehicle.time_s
        if self._armed_s is None:
            if not autopilot.is_armed:
                return
            self._armed_s = now
        n, e, up = autopilot.airframe.position
        if up > 0.05:
            x, y, _ = site_from_ned(self._hall.site.layout.anchor, (n, e, 0.0))
            place = float(x) + self._pad_m[0], float(y) + self._pad_m[1], up
            self.nearest_m = min(self.nearest_m, gap_m(self._hall.site, self._hall.site.layout.aisles[0], place))
        while self._left and now >= self._armed_s + self._when_s + self._left[0][0]:
            _, name, value = self._left.pop(0)
            vehicle.parameters.set(name, value)
        if self._act is not Act.NONE and not self._has_acted and now >= self._armed_s + self._when_s:
            self._has_acted = True
            act_in_lockstep(self._act, self._vehicle, self._transport, self._hall.run)


if __name__ == "__main__":
    main()
