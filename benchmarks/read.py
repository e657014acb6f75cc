"""Read a developed run and score it against the stock that it was drawn from.

    python -m benchmarks.develop --site sitl/demo_site --seed 7 --out DIR
    python -m benchmarks.read DIR --seed 7 [--workers 2]

Read rate: legible labels in observable bins that were booked anywhere; label to location: of the booked, those in the right bin.
Writes benchmarks/results/read.json, with the machine and the commit: one row a seed, a row of the same seed is replaced.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from sitl.stock import Stock, make_stock
from vision.reading.read_run import read_run
from warehouse.observations import Observation, ObservationStatus
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Read the run from the start and print its score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    run, site = RunFolder.open(args.run), load_site(args.run)
    run.remove(run.reads_progress_path)
    wall = time.perf_counter()
    summary = read_run(run, site, workers=args.workers)
    wall = time.perf_counter() - wall
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    observations = list(run.read_lines(run.observations_path, Observation))
    row = {
        "seed": args.seed,
        "frames": summary.n_frames,
        **score(site, make_stock(site, args.seed), observations),
        "cpu_s_a_frame": round(cpu / summary.n_frames, 3),
        "wall_s": round(wall, 1),
        "workers": args.workers,
        "peak_mb": round((own.ru_maxrss + args.workers * others.ru_maxrss) / 1024),
    }
    print(json.dumps(row))
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "read.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    rows = sorted([*(r for r in rows if r["seed"] != args.seed), row], key=lambda r: int(r["seed"]))
    path.write_text(json.dumps({"machine": describe_machine(), "rows": rows}, indent=1) + "\n")


def score(site: Site, stock: Stock, observations: list[Observation]) -> dict[str, Any]:
    """Compare what was observed with what stands there."""
    observable = {b.code.text for b in site.layout.bins if b.kind.is_observable}
    standing = {code: load for code, load in stock.standing.items() if code in observable}
    legible = {code: load.pallet.sscc for code, load in standing.items() if load.label and not load.label.is_torn}
    booked = [(o.location, s.pallet.value) for o in observations for s in o.pallets]
    right = {code for code, value in booked if code in standing and standing[code].pallet.sscc == value}
    empty = {o.location for o in observations if o.status is ObservationStatus.EMPTY}
    return {
        "legible": len(legible),
        "read": len(set(legible) & right),
        "booked": len(booked),
        "booked_in_the_right_bin": len(right),
        "read_rate": round(len(set(legible.values()) & {value for _, value in booked}) / max(len(set(legible.values())), 1), 4),
        "label_to_location_rate": round(len(right) / max(len(booked), 1), 4),
        "empties": len(observable - set(standing)),
        "empties_found": len(empty - set(standing)),
        "false_empties": len(empty & set(standing)),
        "unreadable": sum(o.status is ObservationStatus.UNREADABLE for o in observations),
        "unseen": sum(o.status is ObservationStatus.UNSEEN for o in observations),
    }


if __name__ == "__main__":
    main()
