"""The commands about the photos of a run: read their labels, and draw what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli_language import speech
from cli_options import RunArgument, WorkersOption, only_one_at, open_run, out, progress_bar, show_faults

if TYPE_CHECKING:
    from warehouse.run_folder import RunFolder
    from warehouse.site import Site

SchedulerOption = Annotated[
    str, typer.Option("--scheduler", help="Let the workers of this Dask cluster do it, for instance tcp://10.0.0.5:8786.")
]
FramesAtOption = Annotated[
    str, typer.Option("--frames-at", help="Where workers find the photos of the run, for instance s3://bucket/monday.")
]


def read(
    run_folder: RunArgument,
    workers: WorkersOption = 2,
    scheduler: SchedulerOption = "",
    frames_at: FramesAtOption = "",
    with_overlay: Annotated[
        bool, typer.Option("--overlay", help="Also draw what was found onto every photo, as `overlay` does.")
    ] = False,
) -> None:
    """Read the labels in the photos and say what stands in each location.

    Example: `aislescan read runs/monday`
    """
    run, site = open_run(run_folder)
    with only_one_at(run.root):
        read_labels(run, site, workers, scheduler, frames_at)
        if with_overlay:
            draw_overlay(run, site, (), workers, scheduler, frames_at)


def overlay(
    run_folder: RunArgument,
    locations: Annotated[
        list[str] | None,
        typer.Option("--for", help="Only the photos that show this location; may be given more than once.", metavar="LOCATION"),
    ] = None,
    workers: WorkersOption = 2,
    scheduler: SchedulerOption = "",
    frames_at: FramesAtOption = "",
) -> None:
    """Draw onto the photos what was found in them: locations, barcodes, what was booked and why not. For a run that has been read.

    Example: `aislescan overlay runs/monday --for A01-03-2-1`
    """
    run, site = open_run(run_folder)
    with only_one_at(run.root):
        draw_overlay(run, site, tuple(locations or ()), workers, scheduler, frames_at)


def draw_overlay(
    run: RunFolder, site: Site, locations: tuple[str, ...], workers: int, scheduler: str = "", frames_at: str = ""
) -> None:
    """Draw and say where."""
    from vision.overlay.run import write_overlay

    with progress_bar("drawing on photos") as show:
        summary = write_overlay(
            run,
            site,
            locations=locations,
            workers=workers,
            scheduler=scheduler,
            frames_at=frames_at,
            progress=show,
            speech=speech(),
        )
    out.print(f"{summary.n_drawn} photos drawn on, {summary.n_bytes / 1e6:.0f} MB. By location: {summary.page}")
    show_faults(summary.faults)


def read_labels(run: RunFolder, site: Site, workers: int, scheduler: str = "", frames_at: str = "") -> None:
    """Read and say how much was read."""
    from vision.reading.read_run import read_run

    with progress_bar("reading labels") as show:
        summary = read_run(run, site, workers=workers, scheduler=scheduler, frames_at=frames_at, progress=show)
    statuses = ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in summary.n_locations.items() if n)
    out.print(f"{summary.n_frames} photos: {summary.n_pallets} pallets read. Locations: {statuses}.")
    out.print(summary.positions)
    show_faults(summary.faults)
