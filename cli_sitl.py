"""The commands about simulation: the real ArduPilot simulator in the background, and the stock that a simulated ERP lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli_options import SeedOption, SiteArgument, err, out, progress_bar

sitl_app = typer.Typer(help="The real ArduPilot simulator; the stock list of a simulated warehouse.", no_args_is_help=True)


@sitl_app.command()
def install(
    server: Annotated[
        str, typer.Option("--server", help="Firmware server to fetch from; a mirror in your house does as well.")
    ] = "https://firmware.ardupilot.org",
    version: Annotated[str, typer.Option("--version", help="stable, beta, latest, or a number such as stable-4.6.3.")] = "stable",
    sha256: Annotated[str | None, typer.Option("--sha256", help="Install only what has this hash.")] = None,
) -> None:
    """Fetch ArduPilot's published SITL program for this computer into the cache, where `--sitl ardupilot` finds it.

    Example: `aislescan sitl install`
    """
    from sitl.install import install_arducopter

    with progress_bar("fetching arducopter") as show:
        found = install_arducopter(
            server=server, version=version, sha256=sha256, progress=lambda done, total: show(done, total or None)
        )
    out.print(f"Fetched   {found.url}" + (f" ({found.version})" if found.version else ""))
    out.print(f"Size      {found.size_bytes:,} bytes")
    out.print(f"SHA-256   {found.sha256}")
    out.print(f"Installed {found.path}")
    out.print("Fly it: aislescan demo --sitl ardupilot")


@sitl_app.command()
def start(
    site: Annotated[
        Path | None, typer.Argument(help="Site folder or run folder; the demo's when left out.", metavar="SITE")
    ] = None,
    pad: Annotated[str | None, typer.Option("--pad", help="Home pad to stand on; the first when left out.")] = None,
    speedup: Annotated[
        float, typer.Option("--speedup", min=0.1, max=20.0, help="How many times faster than real time to simulate.")
    ] = 1.0,
) -> None:
    """Start the real ArduPilot on a pad, with the parameters for flying indoors, and leave it running.

    Example: `aislescan sitl start my-warehouse`
    """
    from sitl.background import start_background
    from sitl.demo import DEMO_SITE
    from warehouse.site_file import load_site

    found = start_background(load_site(site or DEMO_SITE), home_pad=pad, speedup=speedup)
    out.print(found.endpoint)
    err.print(f"ArduPilot SITL runs (process {found.pid}, logs in {found.folder}). It is ready to fly half a minute from now.")
    err.print(f"Fly it: aislescan fly RUN --vehicle {found.endpoint}    Stop it: aislescan sitl stop")


@sitl_app.command()
def stop() -> None:
    """Stop what `sitl start` has started.

    Example: `aislescan sitl stop`
    """
    from sitl.background import stop_background

    found = stop_background()
    out.print("No simulated drone is running." if found is None else f"Stopped the simulated drone (process {found.pid}).")


@sitl_app.command()
def stock(
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
