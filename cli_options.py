"""What the commands share: their options, the two consoles, the progress bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from warehouse.errors import BadInputError

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


class Simulator(StrEnum):
    """Which simulated vehicle to fly."""

    BUILTIN = "builtin"
    ARDUPILOT = "ardupilot"


@dataclass(frozen=True, slots=True)
class VehicleChoice:
    """What to fly: a real vehicle at its endpoint, or a simulated one in front of the stock of a seed."""

    endpoint: str | None
    sitl: Simulator | None
    seed: int
    speedup: float

    def __post_init__(self) -> None:
        """Refuse both and neither."""
        if (self.endpoint is None) == (self.sitl is None):
            raise BadInputError("give either --vehicle or --sitl", remedy="for a try-out without a drone: --sitl builtin")


RunArgument = Annotated[Path, typer.Argument(help="Run folder, as made by `plan`.", metavar="RUN")]
SiteArgument = Annotated[Path, typer.Argument(help="Site folder with site.toml and layout.csv.", metavar="SITE")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write to.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
SimulatorOption = Annotated[Simulator | None, typer.Option("--sitl", help="Fly a simulated vehicle instead of a real one.")]
VehicleOption = Annotated[
    str | None, typer.Option("--vehicle", help="Where the drone is, for instance udp:127.0.0.1:14550 or /dev/ttyACM0,115200.")
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
WorkersOption = Annotated[int, typer.Option("--workers", min=1, help="Processes that read in parallel.")]


@contextmanager
def progress_bar(what: str) -> Iterator[Any]:
    """Yield a function (done, total, what) that shows a bar on a terminal and nothing elsewhere."""
    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=None)

        def show(done: int, total: int, now: str = what) -> None:
            bar.update(task, completed=done, total=total, description=now)

        yield show
