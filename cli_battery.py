"""The command about the battery: what the drone draws, out of the log of one of its flights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli_options import out
from warehouse.run_folder import write_atomically

battery_app = typer.Typer(help="Find out what the drone draws.", no_args_is_help=True)


@battery_app.command("calibrate")
def battery_calibrate(
    flight: Annotated[Path, typer.Argument(metavar="FLIGHT", help="The log of a flight: .BIN of the autopilot, or .tlog.")],
    target: Annotated[Path | None, typer.Option("--out", help="TOML file for the lines of [drone].")] = None,
) -> None:
    """Find the power in hover, climbing and flying along, from a flight with a current sensor.

    Example: `aislescan battery calibrate RUN/sorties/01/flight.tlog`
    """
    from mission.flying.battery_log import calibrate_battery

    found = calibrate_battery(flight)
    for words, figure in (("in hover", found.hover), ("climbing", found.climb), ("flying along", found.cruise)):
        if figure is None:
            out.print(f"  {words}: too short in this flight to tell")
        else:
            out.print(f"  {words}: {figure.power_w:.0f} W, give or take {figure.spread_w:.0f}, over {figure.time_s:.0f} s")
    out.print("Put these lines into [drone] of site.toml, in the place of those that are there:\n")
    out.print(found.as_toml())
    if target is not None:
        write_atomically(target, found.as_toml())
