"""The command that brings frames of other cameras and drones into a run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli_options import only_one_at, open_run, out, progress_bar, show_faults
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder

if TYPE_CHECKING:
    from vision.importing.frame_writing import Clocks, ImportSummary
    from vision.importing.own_frames import Progress
    from warehouse.pose_track import PoseLog
    from warehouse.site import Site


class Side(StrEnum):
    """Which camera of the drone."""

    LEFT = "left"
    RIGHT = "right"


def import_frames(
    run_folder: Annotated[Path, typer.Argument(help="Run folder; made when --site is given.", metavar="RUN")],
    frames: Annotated[str, typer.Option("--frames", help="Folder, pattern in quotes, picture, or video file.")],
    poses: Annotated[Path | None, typer.Option("--poses", help="CSV table of poses.")] = None,
    log: Annotated[Path | None, typer.Option("--log", help="Log of the flight: .BIN of the autopilot or .tlog.")] = None,
    camera: Annotated[Side | None, typer.Option("--camera", help="Which side the camera looks out of.")] = None,
    site: Annotated[Path | None, typer.Option("--site", help="Site folder: makes the run, without a plan.")] = None,
    sortie: Annotated[str | None, typer.Option("--sortie", help="Whose photos these are, of a run that was flown.")] = None,
    starts_at: Annotated[
        str | None, typer.Option("--starts-at", help="When the video began, for instance 2026-11-23T06:00:00Z.")
    ] = None,
    clock_offset: Annotated[
        float | None,
        typer.Option(
            "--clock-offset",
            help="Seconds to add to the photos' times before poses are looked up; of a video: when it began after the first pose.",
        ),
    ] = None,
) -> None:
    """Bring photos or a video of any drone or camera into a run, so that read, reconcile and report work on them.

    Example: `aislescan import runs/monday --site my-warehouse --frames photos/ --poses poses.csv`

    With neither --poses nor --log the photos are those of a flown sortie, from the camera's card (of two cameras: --camera).
    """
    from vision.importing.frame_writing import Clocks

    if poses is not None and log is not None:
        raise BadInputError("give either --poses or --log", remedy="a table of poses, or the log of the flight")
    is_own = poses is None and log is None
    if sortie is not None and not is_own:
        raise BadInputError(
            "--sortie is for photos of a sortie that this program flew; with --poses or --log they become a sortie of their own",
            remedy="leave out --sortie, or leave out --poses and --log",
        )
    clocks = Clocks(starts_at_s=None if starts_at is None else moment(starts_at), offset_s=clock_offset)
    if site is not None:
        from warehouse.site_file import load_site

        load_site(site)
        RunFolder.create(run_folder, site)
    run, loaded = open_run(run_folder)
    with only_one_at(run.root), progress_bar("importing photos") as show:
        if is_own:
            from vision.importing.own_photos import fill_own_photos

            summary = fill_own_photos(run, loaded, frames, sortie, camera=camera and str(camera), clocks=clocks, progress=show)
        else:
            summary = bring(run, loaded, frames, pose_log(poses, log, loaded), camera, clocks, show)
    show_import(run_folder, summary)


def bring(
    run: RunFolder, site: Site, frames: str, log: PoseLog, camera: Side | None, clocks: Clocks, show: Progress
) -> ImportSummary:
    """Import as a sortie of its own."""
    from vision.importing.import_run import import_frames as library_import

    return library_import(run, site, frames, log, camera=camera and str(camera), clocks=clocks, progress=show)


def pose_log(poses: Path | None, log: Path | None, site: Site) -> PoseLog:
    """Read whichever was given."""
    from mission.flying.log_poses import read_flight_log
    from vision.importing.pose_csv import read_pose_csv

    if poses is not None:
        return read_pose_csv(poses)
    assert log is not None
    return read_flight_log(log, site.layout.anchor)


def moment(text: str) -> float:
    """Return seconds from 1970 UTC of the time that a person gave."""
    from vision.importing.pose_csv import utc_seconds

    try:
        return utc_seconds(text)
    except ValueError as error:
        raise BadInputError(f"--starts-at: {text!r} is no time", remedy="write it as 2026-11-23T06:00:00Z") from error


def show_import(run_folder: Path, summary: ImportSummary) -> None:
    """Say what was brought in, what was not, and what to do next."""
    out.print(f"{summary.n_frames} photos imported as sortie {summary.sortie}, matched {summary.how}.")
    if summary.dated:
        out.print(summary.dated)
    show_faults(summary.faults)
    if summary.n_facing < summary.n_frames:
        out.print(
            f"{summary.n_facing} of them look at a rack face, the others will not be used."
            " If they should be used, check heading_deg (the drone's nose) and --camera (the side that the lens looks out of)."
        )
    out.print(f"Next: aislescan read {run_folder}")
