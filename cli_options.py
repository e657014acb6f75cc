"""What the commands share: options, the two consoles, the progress bar. Exceptions become exit codes here, and nowhere else."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli_language import Door, word
from warehouse.errors import AislescanError, BadInputError, ExitCode
from warehouse.run_folder import RunFolder

if TYPE_CHECKING:
    from warehouse.site import Site

out = Door()
err = Door(stderr=True)


_OUTSIDE = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR}
"""Errors of files that come from the machine, not from this program."""


_FAULTS_SHOWN = 10


class Simulator(StrEnum):
    """Which simulated vehicle to fly."""

    BUILTIN = "builtin"
    ARDUPILOT = "ardupilot"


@dataclass(frozen=True, slots=True)
class VehicleChoice:
    """What to fly: real vehicles at their endpoints, or simulated ones in front of the stock of a seed."""

    endpoints: tuple[str, ...]
    """Of drone 1, 2, …"""
    sitl: Simulator | None
    seed: int
    speedup: float
    signing_key_file: Path | None = None
    system_id: int = 255
    vehicle_ids: tuple[int, ...] = ()
    """Of drone 1, 2, …; none where each has a link of its own."""

    def __post_init__(self) -> None:
        """Refuse real and simulated ones together, none at all, and drones that could not be told apart."""
        if bool(self.endpoints) == (self.sitl is not None):
            raise BadInputError("give either --vehicle or --sitl", remedy="for a try-out without a drone: --sitl builtin")
        if self.vehicle_ids and len(self.vehicle_ids) != len(self.endpoints):
            raise BadInputError(
                f"{len(self.vehicle_ids)} times --vehicle-id, and {len(self.endpoints)} times --vehicle",
                remedy="give both once for each drone, in the same order; on one link: the same --vehicle tcp:HOST:PORT again",
            )
        if len(set(zip(self.endpoints, self.vehicle_ids or (None,) * len(self.endpoints), strict=True))) < len(self.endpoints):
            raise BadInputError(
                "two drones have the same --vehicle and the same --vehicle-id",
                remedy="give each drone its own port; or one tcp:HOST:PORT of a router for all, and for each its --vehicle-id",
            )
        shared = [each for each in self.endpoints if self.endpoints.count(each) > 1 and not each.startswith("tcp:")]
        if shared:
            raise BadInputError(
                f"{shared[0]}: several drones on one link that is no tcp:HOST:PORT",
                remedy="put a router (mavlink-router, MAVProxy) between: a port for each drone, or its tcp port for all",
            )

    def n_drones(self, planned: int) -> int:
        """Return how many drones fly a plan for so many; BadInputError for more drones than it has work for."""
        if len(self.endpoints) > planned:
            raise BadInputError(
                f"{len(self.endpoints)} drones are named, and the plan is for {planned}",
                remedy=f"plan for all of them: aislescan plan SITE --out RUN --drones {len(self.endpoints)}",
            )
        return len(self.endpoints) or planned


LangOption = Annotated[str, typer.Option("--lang", help="en or es.")]
RunArgument = Annotated[Path, typer.Argument(help="Run folder, as made by `plan`.", metavar="RUN")]
CountedArgument = Annotated[Path, typer.Argument(help="Run folder, or the folder that `reconcile --scans` wrote.", metavar="RUN")]
SiteArgument = Annotated[Path, typer.Argument(help="Site folder with site.toml and layout.csv.", metavar="SITE")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write to.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
SimulatorOption = Annotated[Simulator | None, typer.Option("--sitl", help="Fly a simulated vehicle instead of a real one.")]
VehicleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vehicle",
        help="Where the drone is, for instance udp:127.0.0.1:14550 or /dev/ttyACM0,115200; once for each drone of the plan.",
    ),
]
DronesOption = Annotated[
    int | None, typer.Option("--drones", min=1, max=50, help="How many drones share the flights; as many as --vehicle are given.")
]
SigningOption = Annotated[
    Path | None,
    typer.Option("--signing-key-file", help="File with the key by which the drone signs: 64 hex digits, or a passphrase."),
]
SystemOption = Annotated[
    int, typer.Option("--system-id", min=1, max=255, help="MAVLink id of this program; the drone must have it in MAV_GCS_SYSID.")
]
VehicleIdOption = Annotated[
    list[int] | None,
    typer.Option("--vehicle-id", min=1, max=255, help="MAVLink id of the drone, where several speak on one link; once for each."),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Which simulated stock stands in the racks.")]
SpeedupOption = Annotated[
    float, typer.Option("--speedup", min=0.1, max=20.0, help="How many times faster than real time to simulate.")
]
ErpOption = Annotated[Path, typer.Option("--erp", help="The ERP's stock export, CSV or XLSX.")]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="What the ERP file is; found out by its header when left out.")
]
SnapshotOption = Annotated[
    str | None, typer.Option("--snapshot-at", help="When the ERP file was printed, for instance 2026-11-23T06:00:00Z.")
]
ClockOption = Annotated[
    float, typer.Option("--erp-clock-ahead", help="By how many seconds the ERP's clock is ahead of the drone's (negative: behind).")
]
MovementsOption = Annotated[
    Path | None,
    typer.Option("--movements", help="What the ERP moved since its stock list was printed, CSV or XLSX; needs --snapshot-at."),
]
MovementsProfileOption = Annotated[
    str | None, typer.Option("--movements-profile", help="What the list of movements is; found out by its header when left out.")
]
ToleranceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tolerance",
        metavar="CLASS=LIMITS",
        help="How far a label's count may differ from the ERP's quantity, by ABC class: A=1%, B=+3%,-2%, '*=5%,200'; repeatable.",
    ),
]
WorkersOption = Annotated[int, typer.Option("--workers", min=1, help="Processes that read in parallel.")]


def open_run(folder: Path) -> tuple[RunFolder, Site]:
    """Open a run folder together with the site in it."""
    from warehouse.site_file import load_site

    run = RunFolder.open(folder)
    return run, load_site(run.root)


@contextmanager
def only_one_at(folder: Path) -> Iterator[None]:
    """Hold `folder` against a second program; BadInputError while another one holds it. A program that dies lets go."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadInputError(
                f"{folder}: another aislescan is at work there", remedy="wait until it has ended, or use another folder"
            ) from error
        yield
    finally:
        os.close(handle)


@contextmanager
def progress_bar(what: str) -> Iterator[Any]:
    """Yield a function (done, total, what) that shows a bar on a terminal and nothing elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err.console, disable=not err.is_terminal, transient=True) as bar:
        task = bar.add_task(word(what), total=None)

        def show(done: int, total: int, now: str = what) -> None:
            bar.update(task, completed=done, total=total, description=word(now))

        yield show


def show_faults(faults: Sequence[str]) -> None:
    """Name the photos that were left out."""
    for fault in faults[:_FAULTS_SHOWN]:
        err.print(f"left out: {fault}")
    if len(faults) > _FAULTS_SHOWN:
        err.print(f"left out: {len(faults) - _FAULTS_SHOWN} more photos")


def read_location_list(path: Path) -> tuple[str, ...]:
    """Return the locations that a text file names, one a line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"{path}: cannot be read: {error}", remedy="give a text file (UTF-8) with one location a line"
        ) from error
    return tuple(line.strip() for line in lines if line.strip())


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn every known reason to stop into one clear message and its exit code."""
    try:
        yield
    except AislescanError as error:
        err.print(f"aislescan: {error}")
        sys.exit(error.exit_code)
    except SystemExit as stop:  # Typer's way to end on Ctrl-C, without a word
        if stop.code == ExitCode.INTERRUPTED:
            err.print("aislescan: stopped. What was done is kept: give the same command again and it does what is left.")
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _OUTSIDE:
            err.print(f"aislescan: {error.filename or 'the disk'}: {error.strerror}")
            err.print("  -> make room, or allow writing there, then give the same command again")
            sys.exit(ExitCode.BAD_INPUT)
        traceback.print_exc()
        err.print("aislescan: this is a fault of the program, not of your data. Please report it with the lines above.")
        sys.exit(ExitCode.INTERNAL)
