"""The commands about the simulation beside the flight itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli_options import SeedOption, SiteArgument, out

sitl_app = typer.Typer(help="What belongs to the simulated warehouse.", no_args_is_help=True)


@sitl_app.command("stock")
def sitl_stock(
    site: SiteArgument,
    target: Annotated[Path, typer.Option("--out", help="CSV file to write.")] = Path("stock.csv"),
    seed: SeedOption = 1,
) -> None:
    """Write the list that the ERP of the simulated warehouse would export, to reconcile a simulated flight with.

    It is the list of before: since then somebody has moved, taken and brought a few pallets.

    Example: `aislescan sitl stock my-warehouse --seed 7 --out stock.csv`
    """
    from sitl.erp_export import write_erp_export
    from sitl.stock import make_stock
    from warehouse.site_file import load_site

    write_erp_export(target, make_stock(load_site(site), seed))
    out.print(f"The stock list of the simulated warehouse with seed {seed}: {target}")
