"""The commands about the photos of a run: read their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli_options import RunArgument, WorkersOption, err, only_one_at, open_run, out, progress_bar

if TYPE_CHECKING:
    from warehouse.run_folder import RunFolder
    from warehouse.site import Site

FAULTS_SHOWN = 10


def read(run_folder: RunArgument, workers: WorkersOption = 2) -> None:
    """Read the labels in the photos and say what stands in each location.

    Example: `aislescan read runs/monday`
    """
    run, site = open_run(run_folder)
    with only_one_at(run.root):
        read_labels(run, site, workers)


def read_labels(run: RunFolder, site: Site, workers: int) -> None:
    """Read and say how much was read."""
    from vision.read_run import read_run

    with progress_bar("reading labels") as show:
        summary = read_run(run, site, workers=workers, progress=show)
    statuses = ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in summary.n_locations.items() if n)
    out.print(f"{summary.n_frames} photos: {summary.n_pallets} pallets read. Locations: {statuses}.")
    for fault in summary.faults[:FAULTS_SHOWN]:
        err.print(f"left out: {fault}")
    if len(summary.faults) > FAULTS_SHOWN:
        err.print(f"left out: {len(summary.faults) - FAULTS_SHOWN} more photos")
