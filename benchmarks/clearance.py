"""Whether plans keep their distance: halls drawn by lot, each plan looked at by the verifier, and plans spoilt on purpose.

    python -m benchmarks.clearance [--sites 1000] [--seed 1] [--workers 2] [--rows clearance.jsonl]

The verifier (mission/planning/clearance.py) sees the waypoints only. Racks reach to the ceiling. A third of the plans each is for
one, two and three drones. In each plan one thing is then spoilt that must be found: a waypoint moved into a rack, a box or the
ceiling put onto the way, a hold taken away beside a box, two drones started at once. Writes benchmarks/results/clearance.json.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawn_halls import build_site, draw_hall
from benchmarks.machine import describe_machine
from mission.planning.clearance import violations
from mission.planning.planner import make_plan
from mission.records import Purpose, ScanPlan, Sortie
from warehouse.layout import KeepOut
from warehouse.site import Site

RESULTS = Path(__file__).parent / "results"
Spoilt = tuple[Site, ScanPlan]


def main() -> None:
    """Look at the sites that were not looked at yet; keep the counts of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rows", type=Path, help="One JSON line a site; a run that was broken off goes on behind them.")
    args = parser.parse_args()
    rows = _kept(args.rows, args.seed)
    left = [(args.seed, number) for number in range(args.sites) if number not in rows]
    with Pool(args.workers) as pool:
        for row in pool.imap_unordered(_looked_at, left):
            rows[row["number"]] = row
            if args.rows is not None:
                with args.rows.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(row) + "\n")
            if len(rows) % 50 == 0:
                print(json.dumps(_counts(rows.values())), flush=True)
    counts = _counts(rows[number] for number in range(args.sites))
    examples = [f"site {number + 1}: {words}" for number in range(args.sites) for words in rows[number]["examples"]]
    document = {"machine": describe_machine(), "seed": args.seed, **counts, "examples": examples[:20]}
    print(json.dumps(document))
    (RESULTS / "clearance.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _kept(path: Path | None, seed: int) -> dict[int, dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else []
    rows = [json.loads(line) for line in lines if line.endswith("}")]  # the last may be cut
    return {row["number"]: row for row in rows if row["seed"] == seed}


def _counts(rows: Iterable[dict[str, Any]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row["counts"])
    return counts


def _looked_at(drawn: tuple[int, int]) -> dict[str, Any]:
    """Return what was found of one site, which its seed and number alone decide."""
    seed, number = drawn
    rng = np.random.default_rng([seed, number])
    hall = replace(draw_hall(rng, most_aisles=3, bays=(2, 5)), battery_wh=float(rng.choice([10.0, 20.0, 65.0])))
    site = build_site(hall, rng)
    plan = make_plan(site, n_drones=1 + number % 3)
    found = violations(site, plan)
    counts = {"sites": 1, "sorties": len(plan.sorties), "sites_with_violations": int(bool(found)), "violations": len(found)}
    for name, spoil in SPOILERS.items():
        spoilt = spoil(site, plan, rng)
        if spoilt is not None:
            counts |= {f"planted, {name}": 1, f"caught, {name}": int(bool(violations(*spoilt)))}
    return {"seed": seed, "number": number, "counts": counts, "examples": [str(v) for v in found[:3]]}


def waypoint_in_a_rack(site: Site, plan: ScanPlan, rng: np.random.Generator) -> Spoilt | None:
    """Move one end of a lane towards its rack until the rotors are 5 cm too near."""
    if not plan.sorties:
        return None
    sortie = plan.sorties[int(rng.integers(len(plan.sorties)))]
    places = [i for i, w in enumerate(sortie.waypoints) if w.purpose is Purpose.LANE]
    i = places[int(rng.integers(len(places)))]
    lane = sortie.lanes[sortie.waypoints[i].lane or 0]
    face = site.layout.faces[lane.views[0].face]
    along, height, outward = face.face_coordinates_m(np.asarray(sortie.waypoints[i].position_m))
    near = min(float(outward), site.drone.radius_m + site.drone.clearance_m - 0.05)
    x, y, z = face.point_m(float(np.clip(along, 0.0, face.length_m)), float(height), near)
    return site, _with_waypoint(plan, sortie, i, (float(x), float(y), float(z)))


def box_on_the_way(site: Site, plan: ScanPlan, rng: np.random.Generator) -> Spoilt | None:
    """Hang a box of 10 cm beside a leg, 5 cm nearer than it may."""
    if not plan.sorties:
        return None
    sortie = plan.sorties[int(rng.integers(len(plan.sorties)))]
    i = int(rng.integers(1, len(sortie.waypoints)))
    a, b = (np.asarray(w.position_m) for w in sortie.waypoints[i - 1 : i + 1])
    room = site.drone.radius_m + site.drone.clearance_m - 0.05
    middle = a + rng.random() * (b - a)
    low = middle + np.array([0.0, 0.0, room])
    box = KeepOut(name="planted", min_m=_triple(low), max_m=_triple(low + 0.1))
    return _with_layout(site, keep_outs=(*site.layout.keep_outs, box)), plan


def low_ceiling(site: Site, plan: ScanPlan, rng: np.random.Generator) -> Spoilt | None:
    """Say that the drone may fly 20 cm less high than it is planned to."""
    del rng
    if not plan.sorties:
        return None
    highest = max(w.position_m[2] for sortie in plan.sorties for w in sortie.waypoints)
    return replace(site, drone=replace(site.drone, max_height_m=highest - 0.2)), plan


def box_beyond_a_corner(site: Site, plan: ScanPlan, rng: np.random.Generator) -> Spoilt | None:
    """Put a box straight behind the end of a lane that is not held at, just where the stop itself is still far enough off."""
    ends = [
        (sortie, i)
        for sortie in plan.sorties
        for i, w in enumerate(sortie.waypoints[:-1])
        if w.purpose is Purpose.LANE and w.hold_s == 0
    ]
    if not ends:
        return None
    sortie, i = ends[int(rng.integers(len(ends)))]
    before, at = (np.asarray(w.position_m) for w in sortie.waypoints[i - 1 : i + 1])
    ahead = (at - before) / np.linalg.norm(at - before)
    room = site.drone.radius_m + site.drone.clearance_m
    middle = at + ahead * (room + 0.005)  # its near side is 5 mm farther off than it must be
    half = 0.02
    centre = middle + ahead * half * float(np.abs(ahead).sum())
    box = KeepOut(name="planted", min_m=_triple(centre - half), max_m=_triple(centre + half))
    return _with_layout(site, keep_outs=(*site.layout.keep_outs, box)), plan


def drones_at_once(site: Site, plan: ScanPlan, rng: np.random.Generator) -> Spoilt | None:
    """Start two sorties that share an aisle or a pad at the same time, flown by two drones."""
    del rng
    for one in plan.sorties:
        for other in plan.sorties:
            faces = {view.face.rpartition("-")[0] for lane in one.lanes for view in lane.views}
            others = {view.face.rpartition("-")[0] for lane in other.lanes for view in lane.views}
            if one.name < other.name and one.home_pad == other.home_pad and faces & others:
                pair = (replace(one, drone=1, start_s=0.0), replace(other, drone=2, start_s=0.0))
                return site, replace(plan, sorties=pair)
    return None


SPOILERS: dict[str, Callable[[Site, ScanPlan, np.random.Generator], Spoilt | None]] = {
    "waypoint in a rack": waypoint_in_a_rack,
    "box on the way": box_on_the_way,
    "low ceiling": low_ceiling,
    "box beyond a corner": box_beyond_a_corner,
    "drones at once": drones_at_once,
}


def _with_waypoint(plan: ScanPlan, sortie: Sortie, i: int, position_m: tuple[float, float, float]) -> ScanPlan:
    waypoints = (*sortie.waypoints[:i], replace(sortie.waypoints[i], position_m=position_m), *sortie.waypoints[i + 1 :])
    changed = replace(sortie, waypoints=waypoints)
    return replace(plan, sorties=tuple(changed if s.name == sortie.name else s for s in plan.sorties))


def _with_layout(site: Site, *, keep_outs: tuple[KeepOut, ...]) -> Site:
    return replace(site, layout=replace(site.layout, keep_outs=keep_outs))


def _triple(v: NDArray[np.float64]) -> tuple[float, float, float]:
    return (float(v[0]), float(v[1]), float(v[2]))


if __name__ == "__main__":
    main()
