"""The commands that plan flights: of a whole site or a part of it, and of what another run left in doubt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli_options import OutOption, RunArgument, SiteArgument, open_run, out, read_location_list
from warehouse.run_folder import RunFolder

if TYPE_CHECKING:
    from warehouse.site import Site


def plan(
    site: SiteArgument,
    target: OutOption,
    aisle: Annotated[list[str] | None, typer.Option("--aisle", help="Only this aisle; may be given more than once.")] = None,
    locations: Annotated[Path | None, typer.Option("--locations", help="Text file: only these locations, one a line.")] = None,
    position_error: Annotated[
        float | None,
        typer.Option("--position-error", min=0.0, help="The drone knows its place only to so many metres: pictures overlap more."),
    ] = None,
) -> None:
    """Plan the flights that see every location.

    Example: `aislescan plan my-warehouse --out runs/monday --aisle A01`
    """
    wanted = () if locations is None else read_location_list(locations)
    plan_run(site, target, tuple(aisle or ()), wanted, position_error_m=position_error)


def plan_run(
    site_folder: Path,
    target: Path,
    aisles: tuple[str, ...] = (),
    locations: tuple[str, ...] = (),
    *,
    position_error_m: float | None = None,
) -> tuple[RunFolder, Site]:
    """Plan and say what was planned."""
    from mission.planning.plan_files import write_plan
    from mission.planning.planner import describe_plan, make_plan
    from warehouse.site_file import load_site

    site = load_site(site_folder)
    if position_error_m is not None:
        site = replace(site, drone=replace(site.drone, position_error_m=position_error_m))
    scan_plan = make_plan(site, aisles=aisles, locations=locations)
    run = RunFolder.create(target, site_folder)
    write_plan(run, site, scan_plan)
    out.print(describe_plan(site, scan_plan))
    out.print(f"The plan, drawn: {run.plan_svg_path}")
    return run, site


def recount(run_folder: RunArgument, target: OutOption) -> None:
    """Plan a second look at the doubtful locations only: from another side, slower, in more photos, and say why for each.

    Example: `aislescan recount runs/monday --out runs/monday-2`
    """
    from mission.recounting.recount_files import describe_recount, make_recount
    from sitl.demo import carry_on

    run, site = open_run(run_folder)
    new_run, scan_plan, looks = make_recount(run, site, target)
    carry_on(run, new_run)
    out.print(describe_recount(site, scan_plan, looks))
    out.print(f"Each location: {new_run.looks_again_path}. The plan, drawn: {new_run.plan_svg_path}")
