"""The command about the ERP's files: what one is and how it would be read, before anything is compared with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cli_options import JsonOption, ProfileOption, out
from warehouse.errors import ExitCode

erp_app = typer.Typer(help="Look into the ERP's files.", no_args_is_help=True)


@erp_app.callback()
def erp() -> None:
    """Look into the ERP's files."""


@erp_app.command("inspect")
def erp_inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The ERP's stock export, CSV, XLSX, XLS or a printed list.")],
    profile: ProfileOption = None,
    site: Annotated[
        Path | None,
        typer.Option("--site", help="Site or run folder: names the locations that it does not know, and what may be meant."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a stock list is, which columns mean what, and every row that does not read. Exit code 2: it would be refused.

    Example: `aislescan erp inspect stock.csv --site my-warehouse`
    """
    from inventory.inspection import as_json as inspection_json
    from inventory.inspection import inspect_erp
    from inventory.inspection_text import describe_inspection
    from warehouse.location_aliases import load_aliases
    from warehouse.site_file import load_site

    loaded = None if site is None else load_site(site)
    aliases = None if site is None or loaded is None else load_aliases(site, loaded.layout.bins_by_code)
    inspection = inspect_erp(file, profile=profile, site=loaded, aliases=aliases)
    if as_json:
        typer.echo(json.dumps(inspection_json(inspection), ensure_ascii=False, indent=1))
    else:
        out.print(describe_inspection(inspection))
    if inspection.refusal:
        raise typer.Exit(ExitCode.BAD_INPUT)
