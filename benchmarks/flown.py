"""Plan, fly, read and reconcile one simulated warehouse: what `benchmarks.end_to_end` runs once a seed, in a process of its own.

    python -m benchmarks.flown RUN --site sitl/demo_site --seed 101 --sitl ardupilot [--navigation-error 0.15] [--drift 0.45]

The stages are those of `aislescan run`, and like it this goes on where it was stopped. Only the simulator knows what stands in the
racks.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inventory.reconcile import reconcile_run
from inventory.report.pages import write_report
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.scan import NextFlight
from mission.planning.plan_files import load_plan, write_plan
from mission.planning.planner import make_plan
from sitl.demo import write_demo_erp
from sitl.navigation_error import NavigationError
from sitl.session import simulated_sortie
from vision.reading.read_run import read_run
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site


def main() -> None:
    """Do all stages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--site", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--sitl", required=True, choices=["builtin", "ardupilot"])
    parser.add_argument("--speedup", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--navigation-error", type=float, default=0.0)
    parser.add_argument("--drift", type=float, default=0.0)
    args = parser.parse_args()
    site = load_site(args.site)
    run = RunFolder.create(args.run, args.site)
    if not run.plan_path.exists():
        write_plan(run, site, make_plan(site))
    error = NavigationError(sigma_m=args.navigation_error, drift_m=args.drift)
    fly(run, site, kind=args.sitl, seed=args.seed, speedup=args.speedup, error=error)
    read_run(run, site, workers=args.workers)
    reconcile_run(run, site, write_demo_erp(run, site, args.seed))
    write_report(run, site)


def fly(run: RunFolder, site: Site, *, kind: str, seed: int, speedup: float, error: NavigationError) -> None:
    """Fly what is left of the plan, sortie by sortie, each with a fresh battery."""

    @contextmanager
    def vehicle_at(todo: NextFlight) -> Iterator[str]:
        name, pad = todo.sortie.name, todo.sortie.home_pad
        with simulated_sortie(
            kind, run, site, sortie=name, home_pad=pad, boot=todo.boot, seed=seed, speedup=speedup, navigation_error=error
        ) as simulated:
            yield simulated.endpoint
            simulated.develop(lambda done, total: None)

    fly_plan(run, site, load_plan(run), vehicle_at, heeds_glides=error.is_none)


if __name__ == "__main__":
    main()
