"""A run of the demo site that was planned, photographed and reconciled, without a flight: only what a recount reads of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from mission.planning.plan_files import write_plan
from mission.planning.planner import make_plan
from tests.mission.worlds import SHARP_SITE, with_drone
from warehouse.observations import Goods, Observation, ObservationStatus
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site


def planned_run(
    root: Path,
    *,
    locations: tuple[str, ...] = (),
    is_flown: bool = True,
    edits: dict[str, str] | None = None,
    position_error_m: float | None = None,
) -> tuple[RunFolder, Site]:
    """Plan the demo site, or one in which `edits` replaced lines of its site.toml; with a position error as `plan` takes it."""
    folder = Path(shutil.copytree(SHARP_SITE, root.with_name(f"{root.name}-site")))
    for old, new in (edits or {}).items():
        toml = (folder / "site.toml").read_text()
        assert old in toml
        (folder / "site.toml").write_text(toml.replace(old, new))
    run = RunFolder.create(root, folder)
    site = load_site(run.root)
    planned = site if position_error_m is None else with_drone(site, position_error_m=position_error_m)
    plan = make_plan(planned, locations=locations)
    write_plan(run, site, plan)
    if is_flown:
        photographed(run)
    return run, site


def photographed(run: RunFolder) -> None:
    for name in run.sorties():
        run.write_lines(run.frames_path(name), [])


def left_in_doubt(run: RunFolder, doubts: dict[str, str], *, goods: Goods = Goods.UNKNOWN, how: str = "fly") -> None:
    """Write recount.csv with a status for each location, and the observations that it speaks of."""
    rows = [f"{location},{status},it is {status},{how},what to do\r\n" for location, status in doubts.items()]
    write_atomically(run.reconciliation.recount_path, "".join(["location,status,reason,how,what_to_do\r\n", *rows]))
    seen = [
        Observation(
            location=location,
            status=ObservationStatus(status),
            confidence=0.95,
            goods=goods if status == "unreadable" else Goods.UNKNOWN,
        )
        for location, status in doubts.items()
        if status != "read"
    ]
    run.write_lines(run.observations_path, seen)
