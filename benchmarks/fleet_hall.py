"""A hall for several drones: aisles side by side, a pad before each, a plan that shares them out; and how near drones are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from benchmarks.failure_flight import Hall
from mission.planning.plan_files import write_plan
from mission.planning.planner import make_plan
from sitl.lockstep import LockstepVehicle
from sitl.session import home_of_pad
from warehouse.coordinates import site_from_ned
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.site_new import new_site


def make_fleet_hall(folder: Path, *, aisles: int = 3, bays: int = 2, levels: int = 1, n_drones: int = 3) -> Hall:
    """Draw aisles that run north with a pad before each, and plan them for `n_drones`."""
    new_site(
        folder / "site",
        name="hall for several",
        aisles=aisles,
        bays=bays,
        levels=levels,
        slots=3,
        bay_width_m=2.7,
        level_height_m=1.75,
        aisle_width_m=3.0,
    )
    path = folder / "site" / "site.toml"
    text = path.read_text(encoding="utf-8")
    for number, aisle in enumerate(load_site(folder / "site").layout.aisles[1:], start=2):
        text += f'\n[[home_pad]]\nname = "pad {number}"\nposition_m = [{aisle.start_m[0]:.2f}, 1.50]\n'
    path.write_text(text, encoding="utf-8")
    site = load_site(folder / "site")
    run = RunFolder.create(folder / "run", folder / "site")
    plan = make_plan(site, n_drones=n_drones)
    write_plan(run, site, plan)
    return Hall(site=site, plan=plan, run=run)


def on_pad(site: Site, pad: str, *, seed: int) -> LockstepVehicle:
    """Return a built-in copter on a pad."""
    return LockstepVehicle(home_of_pad(site, pad), seed=seed)


def place_m(site: Site, pad: str, vehicle: LockstepVehicle) -> tuple[float, float, float]:
    """Return where a built-in copter that was started on `pad` truly is, site frame."""
    north, east, up = vehicle.autopilot.airframe.position
    x, y, _ = site_from_ned(site.layout.anchor, (north, east, 0.0))
    at = next(p.position_m for p in site.layout.home_pads if p.name == pad)
    return float(x) + at[0], float(y) + at[1], float(up)


def nearest_m(places_m: Sequence[tuple[float, float, float]]) -> float | None:
    """Return how near the nearest two are to one another, middle to middle; None for fewer than two."""
    return min((math.dist(one, other) for one, other in combinations(places_m, 2)), default=None)
