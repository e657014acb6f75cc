"""How long the planned ways are, over a length that no plan can go below.

    python -m benchmarks.path_length [--sites 10] [--seed 1]

Ten halls with long aisles and ten with short ones are drawn by lot. The bound (benchmarks/shortest_bound.py) holds for every plan
that flies the same passes, whatever the order, directions, pads and batteries; it does not say that other passes could not be
shorter. Plans are made for the least time, not the least metres.
Writes benchmarks/results/path_length.json.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.drawn_halls import build_site, draw_hall
from benchmarks.machine import describe_machine
from benchmarks.shortest_bound import least_length
from mission.planning.aisles import plan_aisle
from mission.planning.flight_errors import errors_of
from mission.planning.free_air import FreeAir
from mission.planning.lanes import Run
from mission.planning.planner import make_plan
from mission.records import ScanPlan
from warehouse.layout import Bin, RackFace
from warehouse.site import Site

SETS = {"long_aisles": (8, 24), "short_aisles": (2, 7)}
"""Bays on each side of an aisle, of 2.8 m each: halls as they are, and halls in which the ways between passes count most."""
WANTED = 1.10
"""Where a quick bound leaves more than this, the slower one is worked out."""
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Plan the halls and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    sets = {name: _set(args.sites, args.seed, bays) for name, bays in SETS.items()}
    document = {"machine": describe_machine(), "seed": args.seed, **sets}
    (RESULTS / "path_length.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _set(n_sites: int, seed: int, bays: tuple[int, int]) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    while len(rows) < n_sites:
        site = build_site(draw_hall(rng, bays=bays), rng, name=f"hall {len(rows) + 1}")
        started = time.process_time()
        plan = make_plan(site)
        plan_s = time.process_time() - started
        if not plan.sorties:
            continue
        rows.append({"hall": len(rows) + 1, **_row(site, plan), "plan_cpu_s": round(plan_s, 1)})
        print(json.dumps(rows[-1]), flush=True)
    ratios = [row["ratio"] for row in rows]
    total = sum(row["planned_m"] for row in rows) / sum(row["bound_m"] for row in rows)
    result = {"worst_ratio": max(ratios), "mean_ratio": round(float(np.mean(ratios)), 4), "ratio_of_sums": round(total, 4)}
    print(json.dumps(result), flush=True)
    return {"bays": list(bays), **result, "halls": rows}


def _row(site: Site, plan: ScanPlan) -> dict[str, Any]:
    planned_m = planned_length_m(plan)
    runs = runs_of(site, plan)
    bound = least_length(site, runs, n_borders=0)
    if planned_m > WANTED * bound.total_m:
        bound = least_length(site, runs)
    return {
        "aisles": len(site.layout.aisles),
        "locations": len(site.layout.bins),
        "lanes": sum(len(sortie.lanes) for sortie in plan.sorties),
        "sorties": len(plan.sorties),
        "sorties_at_least": bound.n_sorties,
        "planned_m": round(planned_m, 1),
        "lanes_m": round(bound.lanes_m, 1),
        "bound_m": round(bound.total_m, 1),
        "ratio": round(planned_m / bound.total_m, 4),
        "hours": round(sum(sortie.time_s for sortie in plan.sorties) / 3600, 3),
    }


def runs_of(site: Site, plan: ScanPlan) -> list[Run]:
    """Return the runs that the plan flies; one that was cut for a battery in its pieces."""
    air, errors = FreeAir(site), errors_of(site.drone.position_error_m)
    lane_of = {code: (s.name, i) for s in plan.sorties for i, lane in enumerate(s.lanes) for code in lane.must_see}
    by_aisle: dict[str, list[tuple[RackFace, tuple[Bin, ...]]]] = {}
    for name, face in site.layout.faces.items():
        by_aisle.setdefault(face.aisle, []).append((face, site.layout.bins_of_face(name)))
    flown: list[Run] = []
    for run in (run for faces in by_aisle.values() for run in plan_aisle(site, air, errors, faces).runs):
        lanes = [lane_of.get(b.code.text) for b in run.bins]
        for lane, group in itertools.groupby(range(len(lanes)), key=lanes.__getitem__):
            indices = list(group)
            if lane is not None:
                flown.append(run.part(indices[0], indices[-1] + 1))
    return flown


def planned_length_m(plan: ScanPlan) -> float:
    """Return the length of all sorties, from standing on the pad to standing on it again."""
    total = 0.0
    for sortie in plan.sorties:
        points = [(*sortie.waypoints[0].position_m[:2], 0.0), *(w.position_m for w in sortie.waypoints)]
        total += sum(math.dist(a, b) for a, b in itertools.pairwise(points))
    return total


if __name__ == "__main__":
    main()
