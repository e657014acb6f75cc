"""What a second look brings: fly labels almost too fine for the camera, recount what is in doubt, hold both against the truth.

    python -m benchmarks.recount --seed 5 --bar-mm 0.42 [--runs FOLDER]

The demo's site with A6 labels of fine bars, on the built-in copter: the first flight plans with little margin and misses some.
Writes benchmarks/results/recount.json. With --runs, runs that are there already are not flown again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.flown import fly
from benchmarks.flown_score import cases_of
from benchmarks.machine import describe_machine
from inventory.reconcile import reconcile_run
from inventory.recounted import count_of
from mission.flying.scan import flight_log
from mission.planning.plan_files import write_plan
from mission.planning.planner import make_plan
from mission.recounting.records import Recount
from mission.recounting.recount_files import make_recount
from sitl.demo import DEMO_SITE, write_demo_erp
from sitl.navigation_error import NavigationError
from sitl.score import score_run
from sitl.stock import make_stock
from vision.reading.read_run import read_run
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

RESULT = Path(__file__).parent / "results" / "recount.json"
WELL = NavigationError(sigma_m=0.0, drift_m=0.0)


def main() -> None:
    """Fly twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--bar-mm", type=float, default=0.42)
    parser.add_argument("--speedup", type=float, default=8.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=Path, default=Path(tempfile.gettempdir()) / "aislescan-recount")
    args = parser.parse_args()
    first = RunFolder.create(args.runs / "first", fine_site(args.runs / "site", args.bar_mm))
    site = load_site(first.root)
    if not first.plan_path.exists():
        write_plan(first, site, make_plan(site))
    erp = write_demo_erp(first, site, args.seed)
    finish(first, site, erp, args)
    second = RunFolder(args.runs / "second")
    if not second.recount_of_path.exists():
        second, _, _ = make_recount(first, site, second.root)
    finish(second, site, erp, args)
    recount = second.read_record(second.recount_of_path, Recount)
    row = {
        "seed": args.seed,
        "bar_mm": args.bar_mm,
        "doubts": len(recount.looks),
        "flown_again": sum(look.now is not None for look in recount.looks),
        "for_a_person": sum(look.now is None for look in recount.looks),
        "first": figures(first, site, args.seed),
        "both": figures(second, site, args.seed),
    }
    write_atomically(RESULT, json.dumps({"machine": describe_machine(), **row}, indent=1) + "\n")
    print(json.dumps(row, indent=1))


def fine_site(folder: Path, bar_mm: float) -> Path:
    """Return the demo's site with A6 labels of bars of that width."""
    if not folder.exists():
        shutil.copytree(DEMO_SITE, folder)
        toml = folder / "site.toml"
        text = toml.read_text(encoding="utf-8")
        for old, new in (
            ("narrowest_bar_mm = 0.8", f"narrowest_bar_mm = {bar_mm}"),
            ("width_mm = 148.0", "width_mm = 105.0"),
            ("height_mm = 210.0", "height_mm = 148.0"),
        ):
            text = text.replace(old, new)
        write_atomically(toml, text)
    return folder


def finish(run: RunFolder, site: Site, erp: Path, args: argparse.Namespace) -> None:
    """Fly, read and reconcile what is not done yet."""
    if not run.observations_path.exists():
        fly(run, site, kind="builtin", seed=args.seed, speedup=args.speedup, error=WELL)
        read_run(run, site, workers=args.workers)
    reconcile_run(run, site, erp)


def figures(run: RunFolder, site: Site, seed: int) -> dict[str, Any]:
    """Return what a run, together with those that it recounts, says of the stock, and how long its own flights took."""
    observations = count_of(run, site).together
    stock = make_stock(site, seed)
    cases = Counter(case["case"] for case in cases_of(site, stock, {o.location: o for o in observations}))
    labels = [
        load.label for b in site.layout.bins if b.kind.is_observable and (load := stock.standing.get(b.code.text)) is not None
    ]
    legible = sum(label is not None and not label.is_torn for label in labels)
    score = score_run(run, site, seed, autopilot={"name": "builtin", "version": ""}, flight_s=0.0)
    return {
        "planted": len(score["planted"]),
        "found": len(score["found"]),
        "accused_wrongly": len(score["false_accusations"]),
        "legible": legible,
        "read": legible - cases["unread"],
        "read_but_unsure": cases["right_but_unsure"],
        "wrong": cases["wrong"] + cases["wrong_but_unsure"],
        "called_empty": cases["false_empty"],
        "flight_s": round(sum(flight.flight_s for s in run.sorties() for flight in flight_log(run, s).flights), 1),
        "photos": sum(flight.n_photos for s in run.sorties() for flight in flight_log(run, s).flights),
    }


if __name__ == "__main__":
    main()
