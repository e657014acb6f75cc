"""The commands that plan flights: of a whole site or a part of it, and of what another run left in doubt."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli_language import speech
from cli_options import OutOption, RunArgument, SiteArgument, open_run, out, read_location_list
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder

if TYPE_CHECKING:
    from mission.planning.selection import Filter
    from warehouse.site import Site


def plan(
    site: SiteArgument,
    target: OutOption,
    aisle: Annotated[list[str] | None, typer.Option("--aisle", help="Only this aisle; may be given more than once.")] = None,
    level: Annotated[
        list[str] | None, typer.Option("--level", help="Only this level, as the locations write it; may be given more than once.")
    ] = None,
    locations: Annotated[Path | None, typer.Option("--locations", help="Text file: only these locations, one a line.")] = None,
    abc_class: Annotated[
        list[str] | None, typer.Option("--class", help="Only goods of this class, by --classes; may be given more than once.")
    ] = None,
    classes: Annotated[
        Path | None, typer.Option("--classes", help="CSV with the columns location and class, or an export that has them.")
    ] = None,
    not_seen_since: Annotated[
        str | None,
        typer.Option("--not-seen-since", help="Only what no run has read or seen empty since: 30 (days), or 2026-11-01."),
    ] = None,
    history: Annotated[
        Path | None, typer.Option("--history", help="The inventory.db to ask; else the one beside the new run.")
    ] = None,
    position_error: Annotated[
        float | None,
        typer.Option("--position-error", min=0.0, help="The drone knows its place only to so many metres: pictures overlap more."),
    ] = None,
    drones: Annotated[int, typer.Option("--drones", min=1, max=50, help="How many drones share the flights.")] = 1,
) -> None:
    """Plan the flights that see every location, or those that all filters leave.

    Example: `aislescan plan my-warehouse --out runs/monday --aisle A01 --level 4 --not-seen-since 30`
    """
    from mission.planning.selection import describe_selection, select
    from warehouse.site_file import load_site

    with _no_search_for_cycles():
        loaded = load_site(site)
        store = history or RunFolder(target).store_path
        filters = part_filters(loaded, aisle, level, locations, (abc_class, classes), not_seen_since, store)
        selection = select(loaded, filters)
        if filters:
            out.print(describe_selection(loaded, selection))
        wanted = selection.locations if filters else ()
        plan_run(loaded, site, target, locations=wanted, position_error_m=position_error, n_drones=drones)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Sites and plans hold no cycles, and to look for some among a million records again and again takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def part_filters(
    site: Site,
    aisles: list[str] | None,
    levels: list[str] | None,
    locations: Path | None,
    classes: tuple[list[str] | None, Path | None],
    not_seen_since: str | None,
    history: Path,
) -> list[Filter]:
    """Return the filters that were asked for."""
    from inventory.seen_since import moment_since, seen_since
    from mission.planning.abc_classes import read_classes
    from mission.planning.selection import among, in_aisles, not_seen, of_classes, on_levels

    wanted, file = classes
    if bool(wanted) != (file is not None):
        raise BadInputError(
            "--class and --classes belong together",
            remedy="for instance: --class A --classes classes.csv (columns location, class)",
        )
    filters = [in_aisles(site, aisles)] if aisles else []
    filters += [on_levels(site, levels)] if levels else []
    filters += [among(site, read_location_list(locations), str(locations))] if locations is not None else []
    filters += [of_classes(wanted, read_classes(file), str(file))] if wanted and file is not None else []
    if not_seen_since is not None:
        since = moment_since(not_seen_since)
        filters.append(not_seen(seen_since(history, site, since), f"{since:%Y-%m-%d %H:%M} UTC"))
    return filters


def plan_run(
    site: Site,
    site_folder: Path,
    target: Path,
    *,
    locations: tuple[str, ...] = (),
    position_error_m: float | None = None,
    n_drones: int = 1,
) -> tuple[RunFolder, Site]:
    """Plan for the site of that folder and say what was planned."""
    from mission.planning.plan_files import write_plan
    from mission.planning.plan_page import write_plan_page
    from mission.planning.planner import describe_plan, make_plan

    if position_error_m is not None:
        site = replace(site, drone=replace(site.drone, position_error_m=position_error_m))
    scan_plan = make_plan(site, locations=locations, n_drones=n_drones)
    run = RunFolder.create(target, site_folder)
    write_plan(run, site, scan_plan, speech())
    out.print(describe_plan(site, scan_plan))
    write_plan_page(run.plan_page_path, site, scan_plan, speech())
    out.print(f"The plan, drawn: {run.plan_svg_path}; to turn and look into: {run.plan_page_path}")
    return run, site


def recount(
    run_folder: RunArgument,
    target: OutOption,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Also where a discrepancy was found: two independent looks confirm or overturn it.")
    ] = False,
) -> None:
    """Plan a second look at the doubtful locations only: from another side, slower, in more photos, and say why for each.

    Cases that a person sent to be counted again (`decide --recount`) are among them.

    Example: `aislescan recount runs/monday --out runs/monday-2`
    """
    from inventory.store.deciding import locations_to_recount
    from mission.planning.plan_page import write_plan_page
    from mission.recounting.recount_files import describe_recount, make_recount
    from sitl.demo import carry_on

    run, site = open_run(run_folder)
    new_run, scan_plan, looks = make_recount(
        run, site, target, asked=locations_to_recount(run), with_claims=confirm, speech=speech()
    )
    carry_on(run, new_run)
    write_plan_page(new_run.plan_page_path, site, scan_plan, speech())
    out.print(describe_recount(site, scan_plan, looks))
    out.print(f"Each location: {new_run.looks_again_path}. The plan, drawn: {new_run.plan_svg_path}, {new_run.plan_page_path}")
