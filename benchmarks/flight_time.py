"""Plan sites drawn by lot, fly the first sortie of each without developing photos, and compare the time flown with the one planned.

    python -m benchmarks.flight_time --sitl ardupilot [--sites 20] [--seed 1] [--speedup 6] [--continue]

Aisles of any length and heading, one to four levels, one and two cameras, level passes and columns. Writes
benchmarks/results/flight_time-<vehicle>.json after each site: stop it when you like, and go on with --continue.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe_machine
from mission.flying.flight import FlightOutcome, fly_sortie
from mission.planning.planner import make_plan
from mission.records import Sortie
from sitl.session import vehicle_on_pad
from warehouse.errors import AislescanError
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.site_new import new_site

RESULTS = Path(__file__).parent / "results"
GOAL = 0.05
"""The median error of the predicted time that a user may count on."""


def main() -> None:
    """Plan and fly site after site."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first site")
    parser.add_argument("--sitl", default="builtin", choices=["builtin", "ardupilot"])
    parser.add_argument("--speedup", type=float, default=6.0)
    parser.add_argument("--continue", dest="goes_on", action="store_true", help="keep the sites that the result file has")
    args = parser.parse_args()
    path = RESULTS / f"flight_time-{args.sitl}.json"
    rows = json.loads(path.read_text())["sites"] if args.goes_on and path.exists() else []
    rows = [row for row in rows if "error" not in row]
    for seed in range(args.seed, args.seed + args.sites):
        if any(row["seed"] == seed for row in rows):
            continue
        rows.append(fly_site(seed, args.sitl, args.speedup))
        result = {"machine": describe_machine(), "sitl": args.sitl, "speedup": args.speedup, "total": total(rows), "sites": rows}
        write_atomically(path, json.dumps(result, indent=1) + "\n")
        print(json.dumps(rows[-1]), flush=True)
    print(json.dumps(total(rows), indent=1))
    if total(rows)["median_error"] > GOAL:
        sys.exit(f"the predicted time is off by more than {100 * GOAL:g} %")


def fly_site(seed: int, kind: str, speedup: float) -> dict[str, Any]:
    """Draw, plan and fly one site; return what was planned and flown."""
    with tempfile.TemporaryDirectory(prefix="aislescan-flight-time-") as scratch:
        head = {"seed": seed, **draw_site(Path(scratch) / "site", seed)}
        site = load_site(Path(scratch) / "site")
        sortie = make_plan(site).sorties[0]
        head |= {
            "lanes": len(sortie.lanes),
            "direction": sortie.lanes[0].direction.value,
            "speed_mps": max(lane.speed_mps for lane in sortie.lanes),
            "planned_s": sortie.time_s,
        }
        started = time.monotonic()
        try:
            run = RunFolder.create(Path(scratch) / "run", Path(scratch) / "site")
            outcome = fly_timed(run, site, sortie, kind=kind, seed=seed, speedup=speedup)
        except AislescanError as error:
            return {**head, "error": str(error)}
        spent = {"wall_s": round(time.monotonic() - started, 1)}
        if outcome.ending.value != "completed":
            return {**head, "error": outcome.reason, **spent}
        return {
            **head,
            "flown_s": outcome.flight_s,
            "error_share": round(sortie.time_s / outcome.flight_s - 1, 4),
            "autopilot": outcome.autopilot_version,
            **spent,
        }


def fly_timed(run: RunFolder, site: Site, sortie: Sortie, *, kind: str, seed: int, speedup: float) -> FlightOutcome:
    """Fly a sortie on a vehicle without a camera: photos are triggered and written down, but never developed."""
    with vehicle_on_pad(kind, site, home_pad=sortie.home_pad, seed=seed, speedup=speedup) as vehicle:
        return fly_sortie(vehicle.endpoint, run, site, sortie, boot=1)


def draw_site(folder: Path, seed: int) -> dict[str, Any]:
    """Write a site drawn by lot into `folder` and return what it is like."""
    rng = np.random.default_rng(seed)
    aisles, bays, levels = int(rng.integers(1, 3)), int(rng.integers(2, 6)), int(rng.integers(1, 5))
    is_column = bool(rng.random() < 0.2) and levels > 1
    heading = round(float(rng.uniform(0, 360)), 1)
    new_site(
        folder,
        name=f"Drawn by lot, {seed}",
        aisles=aisles,
        bays=bays,
        levels=levels,
        slots=int(rng.integers(2, 4)),
        bay_width_m=2.7,
        level_height_m=round(float(rng.uniform(1.2, 1.8)), 2),
        aisle_width_m=round(float(rng.uniform(2.6, 3.6)), 2),
    )
    mounting = "both" if rng.random() < 0.4 else "right"
    cruise, climb = round(float(rng.uniform(0.8, 2.0)), 2), round(float(rng.uniform(0.5, 0.8)), 2)
    text = (folder / "site.toml").read_text(encoding="utf-8")
    changes = {"cruise_mps": f"{cruise}", "climb_mps": f"{climb}", "mounting": f'"{mounting}"', "min_interval_s": "0.1"}
    changes |= {"exposure_s": "0.0002", "max_height_m": f"{levels * 1.8 + 1:.1f}"}
    if is_column:
        changes |= {"exposure_s": "0.004", "size_px": "[4800, 2400]", "narrowest_bar_mm": '0.8\nbars = "upright"'}
    for name, value in changes.items():
        text, n = re.subn(rf"(?m)^{name} = [^#\n]*", f"{name} = {value} ", text)
        assert n == 1, name
    text = turned(text, heading) if aisles == 1 else text.replace("heading_deg = 0.0  ", f"heading_deg = {heading}  ", 1)
    write_atomically(folder / "site.toml", text)
    return {"aisles": aisles, "bays": bays, "levels": levels, "mounting": mounting, "cruise_mps": cruise, "climb_mps": climb}


def turned(text: str, heading_deg: float) -> str:
    """Return the site file with its only aisle at another heading; the pad stays 2.5 m before it."""
    text = re.sub(r"(?m)^(start_m = [^\n]*\n)heading_deg = 0.0", rf"\g<1>heading_deg = {heading_deg}", text)
    x, y = (float(v) for v in re.search(r"start_m = \[([-0-9.]+), ([-0-9.]+)\]", text).groups())  # type: ignore[union-attr]
    east, north = np.sin(np.radians(heading_deg)), np.cos(np.radians(heading_deg))
    return re.sub(r"(?m)^position_m = [^\n]*", f"position_m = [{x - 2.5 * east:.2f}, {y - 2.5 * north:.2f}]", text)


def total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures over all sites that were flown."""
    errors = [abs(row["error_share"]) for row in rows if "error" not in row]
    return {
        "sites": len(rows),
        "flown": len(errors),
        "median_error": round(statistics.median(errors), 4) if errors else 1.0,
        "largest_error": max(errors, default=1.0),
    }


if __name__ == "__main__":
    main()
