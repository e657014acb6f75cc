"""The commands about the history over all runs: what it knows, what people decide, and the key figures."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli_options import CountedArgument, JsonOption, out
from inventory.periods import Period
from warehouse.errors import BadInputError
from warehouse.scan_folder import open_counted

if TYPE_CHECKING:
    from inventory.store.deciding import Choice, NewDecision

StoreArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="STORE_OR_RUN",
        help="The file inventory.db, a run beside it, or the folder of the runs; found in . or runs/ when left out.",
    ),
]


def history(
    store: StoreArgument = None,
    location: Annotated[str | None, typer.Option("--location", help="What every run said of a location.")] = None,
    pallet: Annotated[str | None, typer.Option("--pallet", help="Where every run saw a pallet, or did not.")] = None,
    item: Annotated[str | None, typer.Option("--item", help="What every run said of the ERP's lines of an item.")] = None,
    page: Annotated[
        Path | None, typer.Option("--page", help="Write how the site went over time to this file: one page, offline.")
    ] = None,
    site: Annotated[str | None, typer.Option("--site", help="With --page: of this site, where the history holds several.")] = None,
    unseen_days: Annotated[
        int, typer.Option("--unseen-days", min=0, help="With --page: list what was not seen for so many days.")
    ] = 30,
    wage: Annotated[float | None, typer.Option("--wage", min=0.01, help="With --page: what an hour of a person costs you.")] = None,
    manual_rate: Annotated[
        float | None, typer.Option("--manual-rate", min=0.1, help="With --page: locations that you count by hand in an hour.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="With --page: en or es.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Say what all runs knew of a location, a pallet or an item, the latest first; with second looks and decisions.

    Without any of them: every location that disagreed with the ERP. With --page: a page of accuracy and coverage by week, what was
    not seen for long, the faults that come back, and time and cost beside counting by hand.

    Example: `aislescan history runs --location A01-02-1-1`, `aislescan history runs --page site.html`
    """
    if page is not None:
        if location or pallet or item or as_json:
            raise BadInputError("--page tells of the whole site", remedy="leave out --location, --pallet, --item and --json")
        _write_page(page, store, site, unseen_days, {"wage_per_hour": wage, "manual_per_hour": manual_rate}, lang)
        return
    from inventory.store.asking import cases, find_store
    from inventory.store.asking import history as entries_of
    from inventory.store.telling import describe_history

    db_path = find_store(store)
    entries = entries_of(db_path, location=location, pallet=pallet, item=item)
    found = cases(db_path, location=location, pallet=pallet, item=item)
    if as_json:
        document = {"store": str(db_path), "entries": [asdict(e) for e in entries], "cases": [asdict(c) for c in found]}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        out.print(describe_history(entries, found, asked=location or pallet or item or ""))


def _write_page(
    page: Path, store: Path | None, site: str | None, unseen_days: int, figures: dict[str, float | None], lang: str
) -> None:
    from inventory.overtime import write_site_page
    from inventory.overtime.cost import Costs
    from inventory.store.asking import find_store
    from mission.estimating.candidates import read_candidates

    owner = read_candidates()[0].with_figures({name: value for name, value in figures.items() if value is not None})
    costs = Costs(
        currency=owner.currency,
        wage_per_hour=owner.wage_per_hour,
        manual_per_hour=owner.manual_per_hour,
        manual_people=owner.manual_people,
        truck_per_hour=owner.truck_per_hour,
        attendants=owner.attendants,
        setup_min=owner.setup_min,
        review_min=owner.review_min,
    )
    story = write_site_page(page, find_store(store), costs, site=site, unseen_days=unseen_days, lang=lang)
    out.print(f"{story.site}: {story.n_runs} count{'' if story.n_runs == 1 else 's'}. The page: {page}")


def kpi(
    store: StoreArgument = None,
    by: Annotated[Period, typer.Option("--by", help="Gather the figures by week (ISO), month or run.")] = Period.ALL,
    site: Annotated[str | None, typer.Option("--site", help="Only the runs of this site.")] = None,
    run: Annotated[str | None, typer.Option("--run", help="Only this run.")] = None,
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", min=0.0, max=100.0, help="Percent of the booked quantity by which a label's count may differ."),
    ] = 1.0,
    as_json: JsonOption = False,
) -> None:
    """Print location accuracy, inventory record accuracy, read rate, coverage, count rate and overturn rate over time.

    Each with what it is a share of and its 95 % interval; what cannot be computed is said, and why.

    Example: `aislescan kpi runs --by week`
    """
    from inventory.store.asking import find_store, sites_of
    from inventory.store.kpis import key_figures
    from inventory.store.telling import describe_kpis

    db_path = find_store(store)
    sites = sites_of(db_path)
    if site is not None and site not in sites:
        raise BadInputError(f"{db_path}: no run of site {site!r}", remedy=f"it holds runs of {', '.join(sites) or 'no site'}")
    periods = key_figures(db_path, by=by, site=site, run=run, tolerance_percent=tolerance)
    if run is not None and not any(p.runs for p in periods):
        raise BadInputError(
            f"{db_path}: no run {run!r} that counts", remedy="a run that was counted again counts with its recount: name that one"
        )
    if as_json:
        document = {"store": str(db_path), "by": by.value, "sites": sites, "periods": [p.as_json() for p in periods]}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        out.print(describe_kpis(periods, sites if site is None else [site]))


def decide(
    run_folder: CountedArgument,
    what: Annotated[
        list[str],
        typer.Argument(metavar="CASE_ID_OR_CSV", help="A case of discrepancies.csv, or files of decisions, several at once."),
    ],
    confirm: Annotated[bool, typer.Option("--confirm", help="The finding is right.")] = False,
    overturn: Annotated[bool, typer.Option("--overturn", help="The finding is wrong.")] = False,
    again: Annotated[bool, typer.Option("--recount", help="Look again; the next `recount` flies there.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who decides.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")] = "",
) -> None:
    """Keep what a person decided on a finding, for good. Evidence and verdict stay as they are; a later decision supersedes.

    Or whole files of decisions: CSV with case_id, decision (confirm, overturn, recount), by, decided_at and reason. All of their
    rows are kept, or none; what stands in several of them counts once.

    Example: `aislescan decide runs/monday F0003 --overturn --by "Ana Ruiz" --reason "stands behind the upright"`
    """
    from inventory.decisions_file import read_decision_files
    from inventory.store.deciding import Choice, keep_decisions
    from inventory.store.telling import describe_kept

    run = open_counted(run_folder)
    chosen = [choice for choice, is_given in zip(Choice, (confirm, overturn, again), strict=True) if is_given]
    decisions: tuple[NewDecision, ...]
    if chosen:
        decisions = tuple(_typed(case_id, chosen, by, reason) for case_id in dict.fromkeys(what))
    elif all(one.casefold().endswith((".csv", ".xlsx")) or Path(one).is_file() for one in what):
        if by or reason:
            raise BadInputError(f"{what[0]}: --by and --reason stand in the file", remedy="leave them out")
        decisions = read_decision_files([Path(one) for one in what])
    else:
        case_id = next(one for one in what if not one.casefold().endswith((".csv", ".xlsx")))
        raise BadInputError(
            f"{case_id}: nothing is decided", remedy="give --confirm, --overturn or --recount, or a CSV of decisions"
        )
    out.print(describe_kept(keep_decisions(run, decisions)))


def _typed(case_id: str, chosen: list[Choice], by: str, reason: str) -> NewDecision:
    from inventory.store.deciding import NewDecision

    if len(chosen) > 1:
        raise BadInputError(
            f"{case_id}: decided in {len(chosen)} ways at once", remedy="give one of --confirm, --overturn, --recount"
        )
    if not by.strip():
        raise BadInputError(f"{case_id}: nobody decides", remedy="say who: --by NAME")
    moment = datetime.now(UTC)
    return NewDecision(case_id=case_id, choice=chosen[0], by=by.strip(), decided_at=moment, reason=reason.strip())
