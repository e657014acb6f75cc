"""The command that says what a drone would do for a site, before anyone buys one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cli_options import JsonOption, SiteArgument, out, progress_bar


def estimate(
    site: SiteArgument,
    candidates: Annotated[
        Path | None, typer.Option("--candidates", help="TOML file of drones, cameras and your own figures; else a list of ours.")
    ] = None,
    page: Annotated[Path, typer.Option("--out", help="Page to write, one sheet of A4.")] = Path("estimate.html"),
    lang: Annotated[str, typer.Option("--lang", help="en or es.")] = "en",
    wage: Annotated[float | None, typer.Option("--wage", min=0.01, help="What an hour of a person costs you.")] = None,
    manual_rate: Annotated[
        float | None, typer.Option("--manual-rate", min=0.1, help="Locations that you count by hand in an hour.")
    ] = None,
    counts: Annotated[
        float | None, typer.Option("--counts", min=0.1, help="Counts of every location that you want a year.")
    ] = None,
    nights: Annotated[float | None, typer.Option("--nights", min=0.1, max=7, help="Nights a week that the drone may fly.")] = None,
    hours: Annotated[float | None, typer.Option("--hours", min=0.1, max=24, help="Hours of such a night.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what drones and cameras would read of a site, in what time and at what cost, beside counting by hand.

    Example: `aislescan estimate my-warehouse --wage 24 --manual-rate 60 --counts 12`
    """
    from mission.estimating.answer import describe_estimate
    from mission.estimating.candidates import as_in_site, read_candidates
    from mission.estimating.estimate import make_estimate
    from mission.estimating.page import write_estimate_page
    from warehouse.records import to_json
    from warehouse.site_file import load_site

    loaded = load_site(site)
    owner, offers = read_candidates(candidates, lang)
    wishes = {
        "wage_per_hour": wage,
        "manual_per_hour": manual_rate,
        "counts_a_year": counts,
        "nights_a_week": nights,
        "hours_a_night": hours,
    }
    owner = owner.with_figures({name: value for name, value in wishes.items() if value is not None})
    with progress_bar("estimating") as show:
        found = make_estimate(loaded, owner, (*offers, as_in_site(loaded)), show, lang)
    write_estimate_page(page, found, lang)
    if as_json:
        typer.echo(json.dumps(to_json(found), ensure_ascii=False, indent=1))
        return
    out.print(describe_estimate(found, lang))
    out.print(f"The page to print: {page}")
