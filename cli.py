"""The command line: parse, call one library function, print.

The libraries are imported inside the commands, so that `--help` and `decode` do not wait for what they do not use.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli_battery import battery_app
from cli_camera import camera_app
from cli_erp import erp_app
from cli_estimate import estimate
from cli_export import export
from cli_fly import fly, fly_run
from cli_frames import import_frames
from cli_history import decide, history, kpi
from cli_language import language, run_commands
from cli_options import (
    ClockOption,
    CountedArgument,
    DronesOption,
    ErpOption,
    MovementsOption,
    MovementsProfileOption,
    OutOption,
    ProfileOption,
    SeedOption,
    Simulator,
    SimulatorOption,
    SiteArgument,
    SnapshotOption,
    SpeedupOption,
    ToleranceOption,
    VehicleChoice,
    VehicleOption,
    WorkersOption,
    err,
    exit_codes,
    only_one_at,
    open_run,
    out,
)
from cli_plan import plan, plan_run, recount
from cli_print import print_app
from cli_read import overlay, read, read_labels
from cli_reconcile import reconcile, show_reconciliation, typed_settings
from cli_site import site_app
from cli_sitl import sitl_app
from cli_watch import watch
from warehouse.errors import BadInputError, ExitCode, MissingToolError
from warehouse.run_folder import RunFolder
from warehouse.scan_folder import ScanFolder, open_counted

if TYPE_CHECKING:
    from inventory.findings import Reconciliation
    from vision.codes.decoded import Decoded
    from warehouse.site import Site

app = typer.Typer(
    name="aislescan",
    help="Turns a drone into a stock-taker: plan, fly, read, reconcile, report.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.add_typer(site_app, name="site")
app.add_typer(camera_app, name="camera")
app.add_typer(battery_app, name="battery")
app.add_typer(erp_app, name="erp")
app.add_typer(print_app, name="print")
app.add_typer(sitl_app, name="sitl")


# -- the stages ----


app.command()(plan)
app.command()(fly)
app.command()(watch)
app.command(name="import")(import_frames)
app.command()(read)
app.command()(overlay)


app.command()(reconcile)


@app.command()
def report(run_folder: CountedArgument, lang: Annotated[str, typer.Option("--lang", help="en or es.")] = "en") -> None:
    """Make the page with the rack map and the pictures that prove each finding; of scans of others without both.

    Example: `aislescan report runs/monday --lang es`
    """
    from inventory.report.pages import write_report

    run = open_counted(run_folder)
    site = None if isinstance(run, ScanFolder) else open_run(run_folder)[1]
    out.print(f"The report: {write_report(run, site, lang=lang)}")


app.command()(export)
app.command()(recount)
app.command()(decide)
app.command()(history)
app.command()(kpi)


# -- all at once ----


@app.command(name="run")
def run_all(
    site: SiteArgument,
    erp: ErpOption,
    target: OutOption,
    vehicle: VehicleOption = None,
    sitl: SimulatorOption = None,
    drones: DronesOption = None,
    seed: SeedOption = 1,
    speedup: SpeedupOption = 10.0,
    workers: WorkersOption = 2,
    profile: ProfileOption = None,
    snapshot_at: SnapshotOption = None,
    clock_ahead: ClockOption = 0.0,
    movements: MovementsOption = None,
    movements_profile: MovementsProfileOption = None,
    tolerance: ToleranceOption = None,
) -> None:
    """Plan, fly, read, reconcile and report in one go; a run that was stopped goes on where it was.

    Example: `aislescan run my-warehouse --erp stock.csv --out runs/monday --vehicle udp:0.0.0.0:14550`
    """
    from inventory.reconcile import read_files, reconcile_run

    choice = VehicleChoice(tuple(vehicle or ()), sitl, seed, speedup)
    settings = typed_settings(profile, snapshot_at, clock_ahead, movements, movements_profile, tolerance)
    run, loaded = begin_or_go_on(site, target, n_drones=drones or max(1, len(choice.endpoints)))
    with only_one_at(target):
        read_files(run, loaded, erp, settings)  # what cannot be used is said before the drone has flown
        finish_run(run, loaded, choice, workers, lambda: reconcile_run(run, loaded, erp, settings, lang=language()))


def begin_or_go_on(site_folder: Path, target: Path, *, n_drones: int = 1) -> tuple[RunFolder, Site]:
    """Plan a new run, or open one that was begun for the same site."""
    from warehouse.site_file import load_site

    if RunFolder(target).plan_path.exists():
        RunFolder.create(target, site_folder)  # refuses another site's run
        out.print(f"Going on with the run in {target}.")
        return open_run(target)
    return plan_run(load_site(site_folder), site_folder, target, n_drones=n_drones)


def finish_run(
    run: RunFolder, site: Site, choice: VehicleChoice, workers: int, reconcile_now: Callable[[], Reconciliation]
) -> None:
    """Fly, read, reconcile and report whatever is not done yet."""
    from inventory.report.pages import write_report

    fly_run(run, site, choice)
    read_labels(run, site, workers)
    show_reconciliation(reconcile_now(), run=run.root)
    out.print(f"The report: {write_report(run, site, lang=language())}")


@app.command()
def demo(
    target: OutOption = Path("demo-run"),
    seed: SeedOption = 1,
    sitl: Annotated[Simulator, typer.Option("--sitl", help="Which simulated vehicle to fly.")] = Simulator.BUILTIN,
    speedup: SpeedupOption = 10.0,
    workers: WorkersOption = 2,
) -> None:
    """Show the whole pipeline on a small simulated warehouse, and score it against the faults that were planted.

    Example: `aislescan demo --out demo-run --seed 7`
    """
    from inventory.reconcile import reconcile_run
    from mission.flying.scan import flight_log
    from sitl.demo import DEMO_SITE, claim_run, write_demo_erp
    from sitl.score import describe_score, score_run

    claim_run(target, seed, str(sitl))
    run, site = begin_or_go_on(DEMO_SITE, target)
    with only_one_at(target):
        erp = write_demo_erp(run, site, seed)
        choice = VehicleChoice((), sitl, seed, speedup)
        finish_run(run, site, choice, workers, lambda: reconcile_run(run, site, erp, lang=language()))
        flights = [flight for sortie in run.sorties() for flight in flight_log(run, sortie).flights]
        autopilot = {"name": str(sitl), "version": flights[-1].autopilot_version}
        score = score_run(run, site, seed, autopilot=autopilot, flight_s=sum(flight.flight_s for flight in flights))
    out.print(describe_score(score))
    out.print(f"Open {run.report_path} in a browser: it works without a network.")


# -- tools ----


app.command()(estimate)


@app.command()
def decode(
    images: Annotated[list[Path], typer.Argument(help="Pictures of any kind.", metavar="IMAGE")],
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Pictures that are worked on at a time; one for each core without it.")
    ] = None,
) -> None:
    """Print the barcodes of any picture, one JSON line each.

    Example: `aislescan decode pallet.jpg`
    """
    from vision.pictures.decoding import decode_files

    has_failed = False
    for image, found in decode_files(images, workers=workers):
        if isinstance(found, BadInputError):
            err.print(str(found))
        elif isinstance(found, Exception):
            err.print(
                f"{image}: the decoder failed on this picture ({type(found).__name__}: {found}); please report it with the file"
            )
        else:
            for code in found:
                typer.echo(json.dumps(decoded_line(image, code), ensure_ascii=False))
        has_failed = has_failed or isinstance(found, Exception)
    if has_failed:
        raise typer.Exit(ExitCode.BAD_INPUT)


def decoded_line(image: Path, found: Decoded) -> dict[str, Any]:
    """Return the fixed shape of a line of `decode`."""
    return {
        "file": str(image),
        "symbology": found.symbology,
        "text": found.text,
        "corners": found.corners_px,
        "engine": found.engine,
    }


@app.command()
def doctor() -> None:
    """Say what is installed, what is missing, and what each lack costs.

    Example: `aislescan doctor`
    """
    from importlib import metadata

    from sitl.ardupilot import find_arducopter
    from sitl.background import running
    from vision.codes import zbar_engine

    out.print(f"aislescan {metadata.version('aislescan')} on Python {sys.version.split()[0]}")
    if zbar_engine.is_available():
        out.print("found    zbar, the second reading engine")
    else:
        out.print(
            "missing  zbar, the second reading engine: fewer EAN and Code 39 labels are read. Type: sudo apt install libzbar0"
        )
    try:
        out.print(f"found    arducopter: {find_arducopter()}")
    except MissingToolError as error:
        out.print(f"missing  arducopter, the real ArduPilot simulator: not needed, --sitl builtin flies without it ({error.what})")
        out.print("         To fetch it from ArduPilot's firmware server, type: aislescan sitl install")
    there = running()
    if there is not None:
        out.print(f"running  a simulated drone at {there.endpoint}; stop it with: aislescan sitl stop")
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    out.print(
        f"{'found   ' if free_gb > 5 else 'missing '} {free_gb:.0f} GB free disk here; a run of 100 locations takes about 1 GB"
    )


def main() -> None:
    """Run the command line."""
    # Before NumPy is loaded: its matrices are small here, and threads that wait for one another take ten times as long.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with exit_codes():
        run_commands(app)
