"""The demo: the small site that ships with the package, and a run folder that remembers which seed it shows."""

from __future__ import annotations

from pathlib import Path

from sitl.erp_export import write_erp_export
from sitl.stock import make_stock
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder
from warehouse.site import Site

DEMO_SITE = Path(__file__).parent / "demo_site"


def claim_run(target: Path, seed: int, vehicle: str) -> None:
    """Note in `target` which demo it shows; refuse a folder that shows another one, or something else."""
    run = RunFolder(target)
    wanted = {"seed": seed, "vehicle": vehicle}
    if run.simulation_path.exists():
        shown = run.read_json(run.simulation_path)
        if shown != wanted:
            raise BadInputError(
                f"{target} holds the demo with seed {shown.get('seed')} on {shown.get('vehicle')},"
                f" not with seed {seed} on {vehicle}",
                remedy="give another --out folder, or delete this one",
            )
        return
    if target.exists() and any(target.iterdir()):
        raise BadInputError(f"{target} is not empty and holds no demo", remedy="give another --out folder")
    run.write_json(run.simulation_path, wanted)


def write_demo_erp(run: RunFolder, site: Site, seed: int) -> Path:
    """Write what the demo's ERP prints beside the run's site files, and return the file."""
    path = run.root / "erp.csv"
    write_erp_export(path, make_stock(site, seed))
    return path


def seed_of(run: RunFolder) -> int:
    """Return the seed of the stock that a demo's run shows; 1 for any other run."""
    shown = run.read_json(run.simulation_path) if run.simulation_path.exists() else {}
    return int(shown.get("seed", 1))


def carry_on(run: RunFolder, new_run: RunFolder) -> None:
    """Let a run that recounts a demo's look at the same stock."""
    if run.simulation_path.exists():
        new_run.write_json(new_run.simulation_path, run.read_json(run.simulation_path))
