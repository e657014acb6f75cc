"""The command that compares what was seen with the ERP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli_options import (
    ClockOption,
    ErpOption,
    JsonOption,
    MovementsOption,
    MovementsProfileOption,
    ProfileOption,
    SnapshotOption,
    ToleranceOption,
    open_run,
    out,
)
from warehouse.errors import BadInputError, ExitCode

if TYPE_CHECKING:
    from inventory.findings import Reconciliation
    from inventory.settings import ReconcileSettings


def reconcile(
    erp: ErpOption,
    run_folder: Annotated[Path | None, typer.Argument(help="Run folder; or give --scans instead.", metavar="RUN")] = None,
    scans: Annotated[Path | None, typer.Option("--scans", help="Scans that did not come from a run, CSV.")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="Folder for the results of --scans.")] = None,
    profile: ProfileOption = None,
    snapshot_at: SnapshotOption = None,
    clock_ahead: ClockOption = 0.0,
    movements: MovementsOption = None,
    movements_profile: MovementsProfileOption = None,
    tolerance: ToleranceOption = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the workbook, en or es.")] = "en",
    check: Annotated[bool, typer.Option("--check", help="Exit with code 4 when there are discrepancies.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare what was seen with the ERP's export and report what disagrees.

    Example: `aislescan reconcile runs/monday --erp stock.csv`
    """
    from inventory.reconcile import reconcile_run, reconcile_scans

    if (run_folder is None) == (scans is None) or (scans is not None) != (target is not None):
        raise BadInputError(
            "reconcile needs either a RUN, or --scans together with --out",
            remedy="for instance: aislescan reconcile runs/monday --erp stock.csv",
        )
    settings = typed_settings(profile, snapshot_at, clock_ahead, movements, movements_profile, tolerance)
    if run_folder is not None:
        run, site = open_run(run_folder)
        result = reconcile_run(run, site, erp, settings, lang=lang)
    else:
        assert scans is not None
        assert target is not None
        result = reconcile_scans(scans, erp, target, settings, lang=lang)
    show_reconciliation(result, as_json, run_folder)
    if check and result.has_discrepancies:
        raise typer.Exit(ExitCode.DISCREPANCIES)


def typed_settings(
    profile: str | None,
    snapshot_at: str | None,
    clock_ahead_s: float,
    movements: Path | None,
    movements_profile: str | None,
    tolerance: list[str] | None,
) -> ReconcileSettings:
    """Return what the options say of the ERP's file, in the order in which the commands have them."""
    from inventory.settings import parse_settings

    return parse_settings(
        profile=profile,
        snapshot_at=snapshot_at,
        erp_clock_ahead_s=clock_ahead_s,
        tolerances=tolerance or (),
        movements_path=movements,
        movements_profile=movements_profile,
    )


def show_reconciliation(result: Reconciliation, as_json: bool = False, run: Path | None = None) -> None:
    """Print the answer."""
    from inventory.answer import describe_reconciliation
    from inventory.summary import summary

    if as_json:
        typer.echo(json.dumps(summary(result), ensure_ascii=False, indent=1))
    else:
        out.print(describe_reconciliation(result, run))
