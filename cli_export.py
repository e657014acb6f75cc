"""The command that turns a count into an import file of an ERP."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli_language import speech
from cli_options import JsonOption, out
from warehouse.errors import BadInputError
from warehouse.reconciliation_folder import ReconciliationFolder
from warehouse.run_folder import RunFolder


class Erp(StrEnum):
    """Which ERP to write for."""

    ODOO = "odoo"
    ERPNEXT = "erpnext"
    SAP_MM = "sap-mm"
    SAP_WM = "sap-wm"
    SAP_MI10 = "sap-mi10"
    SAP_EWM = "sap-ewm"
    DYNAMICS365 = "dynamics365"
    OPENBOXES = "openboxes"


def export(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, or the folder that `reconcile --scans` wrote.")],
    erp: Annotated[Erp, typer.Option("--for", help="The ERP that the stock list came from.")],
    target: Annotated[Path | None, typer.Option("--out", help="Folder to write to; RUN/export/ERP when left out.")] = None,
    booked_quantities: Annotated[
        bool,
        typer.Option(
            "--booked-quantities",
            help="Propose the ERP's own quantity of each pallet that was seen: the drone counts pallets, not pieces.",
        ),
    ] = False,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="COLUMN=VALUE", help="A value that the stock list does not hold; may be repeated."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the counts of a reconciled run as the import file of an ERP, for a person there to approve.

    Only what was truly counted is written; README.txt says who approves what, what is left out, and why.

    Example: `aislescan export runs/monday --for odoo --booked-quantities`
    """
    from inventory.exports import write_export

    is_run = (folder / "run.json").is_file()
    results = RunFolder.open(folder).reconciliation if is_run else ReconciliationFolder(folder)
    done = write_export(
        results,
        str(erp),
        target or folder / "export" / erp,
        booked_quantities=booked_quantities,
        given=_pairs(given or []),
        speech=speech(),
    )
    if as_json:
        typer.echo(json.dumps(asdict(done) | {"folder": str(done.folder)}, ensure_ascii=False, indent=1))
        return
    written = f"{done.n_written} of {done.n_lines} ERP lines written, {done.n_zero} of them counted as none"
    out.print(f"{written}; {sum(done.left_out.values())} left out.")
    for why, n in done.left_out.items():
        out.print(f"  {n} left out: {why}")
    for name in done.files:
        out.print(f"Import file: {done.folder / name}")
    if not done.files:
        out.print("No import file: nothing was counted that could be written.")
    out.print(f"Read first, it says who approves what: {done.folder / 'README.txt'}")


def _pairs(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            raise BadInputError(f"--set {text}: expected COLUMN=VALUE", remedy="for instance: --set LGNUM=001")
        found[name] = value
    return found
