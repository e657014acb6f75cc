"""Fly the plan of the demo site over and over, and hold each flight against the simulator's truth.

    ARDUCOPTER=... python -m benchmarks.ten_flights [--sitl ardupilot] [--flights 10] [--first 1] [--speedup 6] [--continue]

GPS off, 5 cm of noise on the external navigation (sitl/sitl_quad.parm). Photos are triggered and written down, not developed. On
each lane, from its start to its end: how far the drone truly was beside and above the planned line, and how far its nose was
turned; and the time flown against the time planned. ArduPilot's noise has no seed, so in each flight the vehicle stands on its
pad for another while before the program connects. Writes benchmarks/results/ten_flights-<vehicle>.json after each flight; exit
code 1 when one failed or took another time.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.flight_observer import Observer
from benchmarks.machine import describe_machine
from mission.flying.flight import fly_sortie
from mission.planning.mission_items import mission_items
from mission.planning.planner import make_plan
from mission.records import Lane, MissionItem, Sortie
from sitl.demo import DEMO_SITE
from sitl.session import vehicle_on_pad
from warehouse.coordinates import heading_site_from_ned, shorter_turn_deg
from warehouse.errors import AislescanError
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

RESULTS = Path(__file__).parent / "results"
TIME_GOAL = 0.10
PERCENTILES = (50, 95, 100)
_LONGEST_WAIT_S = 3.0
Errors = dict[str, NDArray[np.float64]]


def main() -> None:
    """Fly, measure, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sitl", default="ardupilot", choices=["builtin", "ardupilot"])
    parser.add_argument("--flights", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="seed of the first flight")
    parser.add_argument("--speedup", type=float, default=6.0)
    parser.add_argument("--continue", dest="goes_on", action="store_true", help="keep the flights that the result file has")
    args = parser.parse_args()
    path = RESULTS / f"ten_flights-{args.sitl}.json"
    rows = json.loads(path.read_text())["flights"] if args.goes_on and path.exists() else []
    site = load_site(DEMO_SITE)
    (sortie,) = make_plan(site).sorties
    for seed in range(args.first, args.first + args.flights):
        if any(row["seed"] == seed for row in rows):
            continue
        rows.append(fly(site, sortie, kind=args.sitl, seed=seed, speedup=args.speedup))
        totals = total(rows)
        result = {**describe_machine(), "sitl": args.sitl, "speedup": args.speedup, "total": totals, "flights": rows}
        write_atomically(path, json.dumps(result, indent=1) + "\n")
        print(json.dumps(rows[-1]), flush=True)
    totals = total(rows)
    print(json.dumps(totals, indent=1))
    if totals["failed"] or totals["time_error_worst"] > TIME_GOAL:
        sys.exit(1)


def fly(site: Site, sortie: Sortie, *, kind: str, seed: int, speedup: float) -> dict[str, Any]:
    """Fly once; return how it ended and its percentiles on the lanes."""
    with (
        tempfile.TemporaryDirectory(prefix="aislescan-ten-") as scratch,
        vehicle_on_pad(kind, site, home_pad=sortie.home_pad, seed=seed, speedup=speedup) as vehicle,
        Observer(vehicle.camera_endpoint, site.layout.anchor) as observer,
    ):
        run = RunFolder.create(Path(scratch) / "run", DEMO_SITE)
        time.sleep(float(np.random.default_rng(seed).uniform(0.0, _LONGEST_WAIT_S)))
        try:
            outcome = fly_sortie(vehicle.endpoint, run, site, sortie, boot=1)
        except AislescanError as error:
            return {"seed": seed, "ending": "not flown", "reason": error.what}
        errors = errors_on_lanes(site, sortie, mission_items(site, sortie), observer)
    return {
        "seed": seed,
        "ending": outcome.ending.value,
        "reason": outcome.reason,
        "n_photos": outcome.n_photos,
        "planned_s": sortie.time_s,
        "flown_s": outcome.flight_s,
        "time_error": round(sortie.time_s / outcome.flight_s - 1, 4),
        "autopilot": outcome.autopilot_version,
        "n_samples": len(errors["cross_track_m"]),
        **{name: percentiles(values) for name, values in errors.items()},
    }


def errors_on_lanes(site: Site, sortie: Sortie, items: tuple[MissionItem, ...], observer: Observer) -> Errors:
    """Return, for each truth on a lane, how far beside and above its line the drone was, and how far turned."""
    cross, height, yaw = [], [], []
    truths = iter(observer.truth)
    seq = 0
    for _, message in observer.messages:
        if message.get_type() == "MISSION_CURRENT":
            seq = int(message.seq)
        if message.get_type() != "SIM_STATE" or message.lat_int == 0:
            continue
        truth = next(truths)
        item = items[seq - 1] if 0 < seq <= len(items) else None
        if item is None or item.lane is None or not item.locations:
            continue
        lane = sortie.lanes[item.lane]
        off = off_line_m(lane, truth.position_m)
        if off is None:
            continue
        heading = heading_site_from_ned(site.layout.anchor, math.degrees(message.yaw))
        cross.append(off[0])
        height.append(off[1])
        yaw.append(abs(shorter_turn_deg(lane.heading_deg, heading)))
    return {"cross_track_m": np.array(cross), "height_m": np.array(height), "yaw_deg": np.array(yaw)}


def off_line_m(lane: Lane, place_m: tuple[float, float, float]) -> tuple[float, float] | None:
    """Return how far a place is beside and above (or below) the line of a lane; None before its start and beyond its end."""
    start, end, here = np.array(lane.start_m), np.array(lane.end_m), np.array(place_m)
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    travelled = float((here - start) @ along)
    if not 0.0 <= travelled <= length:
        return None
    away = here - start - travelled * along
    return math.hypot(away[0], away[1]), abs(float(away[2]))


def percentiles(values: NDArray[np.float64]) -> list[float]:
    """Return the 50th, 95th and 100th percentile."""
    return [round(float(v), 4) for v in np.percentile(values, PERCENTILES)] if len(values) else []


def total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures over all flights: of each percentile the median and the worst of the flights."""
    flown = [row for row in rows if row["ending"] == "completed"]
    figures = {
        name: {
            f"p{p}": {"median": round(float(np.median(column)), 4), "worst": max(column)}
            for p, column in ((p, [row[name][i] for row in flown]) for i, p in enumerate(PERCENTILES))
        }
        for name in ("cross_track_m", "height_m", "yaw_deg")
        if flown
    }
    return {
        "flights": len(rows),
        "failed": [row["seed"] for row in rows if row["ending"] != "completed"],
        "time_error_median": round(float(np.median([abs(row["time_error"]) for row in flown])), 4) if flown else 1.0,
        "time_error_worst": max((abs(row["time_error"]) for row in flown), default=1.0),
        **figures,
    }


if __name__ == "__main__":
    main()
