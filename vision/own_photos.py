"""The pictures of a flown sortie, brought from the camera's card: their poses were written down during the flight."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from vision.face_view import find_face_view
from vision.frame_writing import SIZE_REMEDY, Clocks, ImportSummary, take_over
from vision.own_frames import OwnPicture, Progress, describe_some, fault_of_size, find_files
from vision.posing import match
from warehouse.errors import BadInputError
from warehouse.pose_track import PoseLog, TimedPose
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site


def own_photos(run: RunFolder, sortie: str) -> PoseLog:
    """Return the photos of a flown sortie whose pictures are not there yet, as a log to match pictures with."""
    records = [r for r in run.read_lines(run.frames_path(sortie), FrameRecord) if not (run.root / r.file).is_file()]
    utc = [datetime.fromisoformat(r.captured_at).timestamp() for r in records]
    photos = tuple(
        TimedPose(
            pose=replace(r.pose, time_s=at - utc[0]),
            position_sigma_m=r.position_sigma_m,
            is_healthy=r.is_ekf_healthy,
            camera=r.camera,
            number=_number(r),
        )
        for r, at in zip(records, utc, strict=True)
    )
    return PoseLog(name=f"sortie {sortie}", photos=photos, utc_at_zero_s=utc[0] if utc else None)


def fill_own_photos(
    run: RunFolder, site: Site, source: str, sortie: str | None, *, clocks: Clocks | None = None, progress: Progress | None = None
) -> ImportSummary:
    """Bring the pictures of a flown sortie (None: the one that lacks them) into their places.

    BadInputError as `import_frames`. The records keep their names; a picture of another kind than JPEG keeps its ending.
    """
    clocks = clocks or Clocks()
    sortie = sortie or _sortie_without_pictures(run)
    run.require(run.frames_path(sortie), made_by=f"aislescan fly {run.root}")
    files, video = find_files(source)
    log = own_photos(run, sortie)
    if video is not None or not log.photos:
        what = "a video needs --poses or --log" if video is not None else f"every photo of sortie {sortie} has its picture already"
        raise BadInputError(f"{source}: {what}", remedy="give --poses or --log for frames that this program did not trigger")
    pictures, faults = describe_some(files, progress)
    matched = match(pictures, log, clock_offset_s=clocks.offset_s, starts_at_s=clocks.starts_at_s)
    records = list(run.read_lines(run.frames_path(sortie), FrameRecord))
    missing = [i for i, r in enumerate(records) if not (run.root / r.file).is_file()]
    place = {id(photo): i for photo, i in zip(log.photos, missing, strict=True)}
    faults += matched.faults
    filled: list[FrameRecord] = []
    misfits: list[str] = []
    for picture, timed in matched.pairs:
        index = place[id(timed)]
        new = _with_picture(run, site, records[index], picture, misfits)
        if new is not None:
            records[index] = new
            filled.append(new)
    if misfits and not filled:
        raise BadInputError(misfits[0], remedy=SIZE_REMEDY)
    run.write_lines(run.frames_path(sortie), records)
    n_facing = sum(find_face_view(site, record) is not None for record in filled)
    return ImportSummary(sortie=sortie, n_frames=len(filled), n_facing=n_facing, how=matched.how, faults=tuple(faults + misfits))


def _sortie_without_pictures(run: RunFolder) -> str:
    waiting = [name for name in run.sorties() if run.frames_path(name).exists() and own_photos(run, name).photos]
    if len(waiting) != 1:
        what = f"sorties {', '.join(waiting)} lack pictures" if waiting else "no flown sortie of this run lacks pictures"
        remedy = "say whose these are: --sortie" if waiting else "say where the drone was: --poses TABLE.csv or --log FLIGHT.BIN"
        raise BadInputError(f"{run.root}: {what}", remedy=remedy)
    return waiting[0]


def _number(record: FrameRecord) -> int | None:
    """Return the autopilot's count of the photo, which stands in its name; None for other names."""
    found = re.fullmatch(r"([0-9]+)-([0-9]+)", record.frame.rpartition("/")[2])
    return None if found is None else int(found[1]) * 1_000_000 + int(found[2])


def _with_picture(run: RunFolder, site: Site, record: FrameRecord, picture: OwnPicture, misfits: list[str]) -> FrameRecord | None:
    """Take the picture over and return its record; None, and a line in `misfits`, when it does not fit the camera."""
    model = site.camera(record.camera)
    misfit = "the drone has no such camera" if model is None else fault_of_size(picture.size_px, model)
    if model is None or misfit:
        misfits.append(f"{picture.path}: {misfit}")
        return None
    target = (run.root / record.file).with_suffix(picture.path.suffix.lower())
    take_over(picture.path, target)
    size = None if picture.size_px == model.size_px else picture.size_px
    return replace(record, file=run.relative(target), size_px=size, source=str(picture.path.resolve()))
