"""The command line: parse, call one library function, print.

The libraries are imported inside the commands, so that `--help` and `decode` do not wait for what they do not use.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli_battery import battery_app
from cli_camera import camera_app
from cli_erp import erp_app
from cli_estimate import estimate
from cli_export import export
from cli_frames import import_frames
from cli_history import decide, history, kpi
from cli_options import (
    ClockOption,
    ErpOption,
    JsonOption,
    OutOption,
    ProfileOption,
    RunArgument,
    SeedOption,
    SigningOption,
    Simulator,
    SimulatorOption,
    SiteArgument,
    SnapshotOption,
    SpeedupOption,
    SystemOption,
    VehicleChoice,
    VehicleIdOption,
    VehicleOption,
    WorkersOption,
    err,
    exit_codes,
    only_one_at,
    open_run,
    out,
    progress_bar,
)
from cli_plan import plan, plan_run, recount
from cli_read import overlay, read, read_labels
from cli_site import site_app
from cli_sorties import ask_for_next, ask_to_go_on, endpoint_of
from warehouse.errors import BadInputError, ExitCode, MissingToolError
from warehouse.run_folder import RunFolder

if TYPE_CHECKING:
    from inventory.findings import Reconciliation
    from mission.flying.flight import FlightOutcome
    from mission.flying.scan import NextFlight
    from mission.flying.transport import Endpoint
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


# -- the stages ----


app.command()(plan)


@app.command()
def fly(
    run_folder: RunArgument,
    vehicle: VehicleOption = None,
    sitl: SimulatorOption = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Which simulated stock stands in the racks; of a demo's run its own, else 1.")
    ] = None,
    speedup: SpeedupOption = 10.0,
    signing_key_file: SigningOption = None,
    system_id: SystemOption = 255,
    vehicle_id: VehicleIdOption = None,
) -> None:
    """Fly the planned sorties that are not completed yet. A flight that was broken off goes on with the lanes that are left.

    Example: `aislescan fly runs/monday --vehicle udp:0.0.0.0:14550`
    """
    from sitl.demo import seed_of

    run, site = open_run(run_folder)
    choice = VehicleChoice(
        vehicle,
        sitl,
        seed_of(run) if seed is None else seed,
        speedup,
        signing_key_file=signing_key_file,
        system_id=system_id,
        vehicle_id=vehicle_id,
    )
    with only_one_at(run.root):
        fly_run(run, site, choice)


def fly_run(run: RunFolder, site: Site, choice: VehicleChoice) -> list[FlightOutcome]:
    """Fly what is left of the plan on a real vehicle, or on a simulated one with its camera."""
    from mission.flying.scan import fly_plan
    from mission.planning.plan_files import load_plan
    from sitl.session import simulated_sortie

    scan_plan = load_plan(run)
    flown: list[str] = []
    with progress_bar("flying") as show:

        @contextmanager
        def vehicle_at(todo: NextFlight) -> Iterator[str | Endpoint]:
            name, pad = todo.sortie.name, todo.sortie.home_pad
            if choice.endpoint is not None:
                if flown and flown[-1] != name:  # nobody has agreed to a second take-off yet
                    ask_for_next(flown[-1], name, pad)
                flown.append(name)
                yield endpoint_of(choice.endpoint, choice)
                return
            with simulated_sortie(
                str(choice.sitl), run, site, sortie=name, home_pad=pad, boot=todo.boot, seed=choice.seed, speedup=choice.speedup
            ) as simulated:
                yield simulated.endpoint
                simulated.develop(lambda done, total: show(done, total, "developing photos"))

        outcomes = fly_plan(
            run,
            site,
            scan_plan,
            vehicle_at,
            lambda p: show(p.item, p.n_items, p.phase),
            go_on_after=ask_to_go_on if choice.endpoint is not None else None,
        )
    for outcome in outcomes:
        out.print(
            f"Sortie {outcome.sortie}: {outcome.reason}. {outcome.n_photos} photos in {outcome.flight_s:.0f} s"
            f" in the air, ArduCopter {outcome.autopilot_version}.",
        )
    if not outcomes:
        out.print("Nothing left to fly: every lane of the plan has been flown.")
    return outcomes


app.command(name="import")(import_frames)
app.command()(read)
app.command()(overlay)


@app.command()
def reconcile(
    erp: ErpOption,
    run_folder: Annotated[Path | None, typer.Argument(help="Run folder; or give --scans instead.", metavar="RUN")] = None,
    scans: Annotated[Path | None, typer.Option("--scans", help="Scans that did not come from a run, CSV.")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="Folder for the results of --scans.")] = None,
    profile: ProfileOption = None,
    snapshot_at: SnapshotOption = None,
    clock_ahead: ClockOption = 0.0,
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
    if run_folder is not None:
        run, site = open_run(run_folder)
        result = reconcile_run(run, site, erp, profile=profile, snapshot_at=snapshot_at, erp_clock_ahead_s=clock_ahead, lang=lang)
    else:
        assert scans is not None
        assert target is not None
        result = reconcile_scans(
            scans, erp, target, profile=profile, snapshot_at=snapshot_at, erp_clock_ahead_s=clock_ahead, lang=lang
        )
    show_reconciliation(result, as_json, run_folder)
    if check and result.has_discrepancies:
        raise typer.Exit(ExitCode.DISCREPANCIES)


def show_reconciliation(result: Reconciliation, as_json: bool = False, run: Path | None = None) -> None:
    """Print the answer."""
    from inventory.answer import describe_reconciliation
    from inventory.summary import summary

    if as_json:
        typer.echo(json.dumps(summary(result), ensure_ascii=False, indent=1))
    else:
        out.print(describe_reconciliation(result, run))


@app.command()
def report(run_folder: RunArgument, lang: Annotated[str, typer.Option("--lang", help="en or es.")] = "en") -> None:
    """Make the page with the rack map and the pictures that prove each finding.

    Example: `aislescan report runs/monday --lang es`
    """
    from inventory.report import write_report

    run, site = open_run(run_folder)
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
    seed: SeedOption = 1,
    speedup: SpeedupOption = 10.0,
    workers: WorkersOption = 2,
    profile: ProfileOption = None,
    snapshot_at: SnapshotOption = None,
    clock_ahead: ClockOption = 0.0,
) -> None:
    """Plan, fly, read, reconcile and report in one go; a run that was stopped goes on where it was.

    Example: `aislescan run my-warehouse --erp stock.csv --out runs/monday --vehicle udp:0.0.0.0:14550`
    """
    from inventory.reconcile import reconcile_run

    choice = VehicleChoice(vehicle, sitl, seed, speedup)
    run, loaded = begin_or_go_on(site, target)
    with only_one_at(target):
        finish_run(
            run,
            loaded,
            choice,
            workers,
            lambda: reconcile_run(run, loaded, erp, profile=profile, snapshot_at=snapshot_at, erp_clock_ahead_s=clock_ahead),
        )


def begin_or_go_on(site_folder: Path, target: Path) -> tuple[RunFolder, Site]:
    """Plan a new run, or open one that was begun for the same site."""
    if RunFolder(target).plan_path.exists():
        RunFolder.create(target, site_folder)  # refuses another site's run
        out.print(f"Going on with the run in {target}.")
        return open_run(target)
    return plan_run(site_folder, target)


def finish_run(
    run: RunFolder, site: Site, choice: VehicleChoice, workers: int, reconcile_now: Callable[[], Reconciliation]
) -> None:
    """Fly, read, reconcile and report whatever is not done yet."""
    from inventory.report import write_report

    fly_run(run, site, choice)
    read_labels(run, site, workers)
    show_reconciliation(reconcile_now(), run=run.root)
    out.print(f"The report: {write_report(run, site)}")


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
        finish_run(run, site, VehicleChoice(None, sitl, seed, speedup), workers, lambda: reconcile_run(run, site, erp))
        flights = [flight for sortie in run.sorties() for flight in flight_log(run, sortie).flights]
        autopilot = {"name": str(sitl), "version": flights[-1].autopilot_version}
        score = score_run(run, site, seed, autopilot=autopilot, flight_s=sum(flight.flight_s for flight in flights))
    out.print(describe_score(score))
    out.print(f"Open {run.report_path} in a browser: it works without a network.")


# -- tools ----


app.command()(estimate)


@app.command()
def decode(images: Annotated[list[Path], typer.Argument(help="Pictures of any kind.", metavar="IMAGE")]) -> None:
    """Print the barcodes of any picture, one JSON line each.

    Example: `aislescan decode pallet.jpg`
    """
    from vision.pictures.opening import decode_file

    has_failed = False
    for image in images:
        try:
            for found in decode_file(image):
                typer.echo(json.dumps(decoded_line(image, found), ensure_ascii=False))
        except BadInputError as error:
            has_failed = True
            err.print(str(error))
        except Exception as error:  # whatever one picture does to a decoder, the others are still decoded
            has_failed = True
            err.print(
                f"{image}: the decoder failed on this picture ({type(error).__name__}: {error}); please report it with the file"
            )
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
    from sitl.ardupilot import find_arducopter
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
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    out.print(
        f"{'found   ' if free_gb > 5 else 'missing '} {free_gb:.0f} GB free disk here; a run of 100 locations takes about 1 GB"
    )


def main() -> None:
    """Run the command line."""
    # Before NumPy is loaded: its matrices are small here, and threads that wait for one another take ten times as long.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with exit_codes():
        app()
