"""Bring frames that something else captured into a run: matched with their poses, copied, and written down as if we had flown.

A run needs no plan for that. The frames of one import are one sortie; `frames.jsonl` is written last, so that an import that was
killed leaves nothing that a later stage would take for frames.
"""

from __future__ import annotations

from pathlib import Path

from vision.bins.face_view import find_face_view
from vision.importing.frame_writing import (
    SIZE_REMEDY,
    Brought,
    Clocks,
    ImportSummary,
    Order,
    frame_name,
    frame_record,
    take_over,
    utc_of,
)
from vision.importing.import_video import import_video
from vision.importing.known_pictures import KnownPictures
from vision.importing.own_frames import Progress, describe_some, fault_of_size, find_files
from vision.importing.posing import match
from warehouse.errors import BadInputError
from warehouse.pose_track import PoseLog
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site


def import_frames(
    run: RunFolder,
    site: Site,
    source: str,
    log: PoseLog,
    *,
    camera: str | None = None,
    clocks: Clocks | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Copy the pictures of `source` (folder, pattern, file or video) into a new sortie of the run, each with its pose from `log`.

    `camera` says which one took them where the log does not and the drone has two. BadInputError when nothing can be imported, or
    when one of the files, or a copy of it, has been before; faults of single pictures are in the summary.
    """
    files, video = find_files(source)
    chosen = files if video is None else [video]
    known = KnownPictures.of(run)
    for path in chosen:
        if before := known.sortie_of(path):
            raise BadInputError(
                f"{path}: imported before, in sortie {before}",
                remedy="import only new files; to import again, remove that folder in sorties/ first",
            )
    _refuse_without_camera(site, camera, log)
    numbers = [int(name) for name in run.sorties() if name.isdecimal()]
    order = Order(
        run=run,
        site=site,
        sortie=f"{max(numbers, default=0) + 1:02d}",
        log=log,
        side=camera,
        clocks=clocks or Clocks(),
        progress=progress,
    )
    try:
        brought = _import_pictures(order, files) if video is None else import_video(order, video)
        if not brought.records:
            raise BadInputError(
                f"{source}: nothing to import\n  " + "\n  ".join(brought.faults[:10]), remedy="mend that, then import again"
            )
        run.write_lines(run.frames_path(order.sortie), brought.records)
    except BaseException:
        run.remove(run.sortie(order.sortie))
        raise
    return ImportSummary(
        sortie=order.sortie,
        n_frames=len(brought.records),
        n_facing=sum(find_face_view(site, record) is not None for record in brought.records),
        how=brought.how,
        faults=tuple(brought.faults),
        dated=brought.dated,
    )


def _refuse_without_camera(site: Site, camera: str | None, log: PoseLog) -> None:
    sides = [c.side for c in site.cameras]
    if camera is None and len(sides) > 1 and not all(p.camera for p in log.photos or log.track):
        raise BadInputError(
            "the drone of this site has two cameras, and nothing says which one took these photos",
            remedy="say so: --camera left or --camera right",
        )
    for side in {camera, *(p.camera for p in (*log.photos, *log.track))} - {None, "", *sides}:
        raise BadInputError(f"the drone of this site has no {side} camera", remedy=f"site.toml says mounting = {sides[0]!r}")


def _import_pictures(order: Order, files: list[Path]) -> Brought:
    pictures, faults = describe_some(files, order.progress)
    matched = match(pictures, order.log, clock_offset_s=order.clocks.offset_s, starts_at_s=order.clocks.starts_at_s)
    faults += [*order.log.faults, *matched.faults]
    records: list[FrameRecord] = []
    misfits: list[str] = []
    for picture, timed in matched.pairs:
        misfit = fault_of_size(picture.size_px, order.camera(timed))
        if misfit:
            misfits.append(f"{picture.path}: {misfit}")
            continue
        path = order.run.sortie(order.sortie) / "frames" / frame_name(len(records), picture.path)
        take_over(picture.path, path)
        utc_s = utc_of(timed, order.log, picture.utc_s, picture.path.stat().st_mtime)
        source = str(picture.path.resolve())
        records.append(frame_record(order, path, timed=timed, utc_s=utc_s, size_px=picture.size_px, source=source))
    if misfits and not records:
        raise BadInputError(misfits[0], remedy=SIZE_REMEDY)
    return Brought(records=records, how=matched.how, faults=faults + misfits)
