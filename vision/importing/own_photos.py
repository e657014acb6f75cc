"""The pictures of a flown sortie, brought from the camera's card: their poses were written down during the flight."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from vision.bins.face_view import find_face_view
from vision.importing.frame_writing import SIZE_REMEDY, Clocks, ImportSummary, take_over
from vision.importing.known_pictures import KnownPictures, autopilot_number, known_clock_offset_s, refuse_other_clock
from vision.importing.own_frames import OwnPicture, Progress, describe_some, fault_of_size, find_files
from vision.importing.posing import match
from warehouse.errors import BadInputError
from warehouse.pose_track import PoseLog, TimedPose
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site

_OTHER_REMEDY = "give the pictures of that flight; if the camera's clock was set meanwhile: --clock-offset SECONDS"


def own_photos(run: RunFolder, sortie: str, camera: str | None = None) -> PoseLog:
    """Return the photos of a flown sortie, or of one `camera`, whose pictures are not there yet, as a log to match pictures with.

    They are numbered as if those that are there had not been taken.
    """
    everything = [r for r in run.read_lines(run.frames_path(sortie), FrameRecord) if camera in (None, r.camera)]
    is_there = [(run.root / r.file).is_file() for r in everything]
    n_there_before = [n for n, there in zip(accumulate(is_there), is_there, strict=True) if not there]
    records = [r for r, there in zip(everything, is_there, strict=True) if not there]
    utc = [r.utc_s for r in records]
    photos = tuple(
        TimedPose(
            pose=replace(r.pose, time_s=at - utc[0]),
            position_sigma_m=r.position_sigma_m,
            is_healthy=r.is_ekf_healthy,
            camera=r.camera,
            number=None if (number := autopilot_number(r)) is None else number - n,
        )
        for r, at, n in zip(records, utc, n_there_before, strict=True)
    )
    return PoseLog(name=f"sortie {sortie}", photos=photos, utc_at_zero_s=utc[0] if utc else None)


def fill_own_photos(
    run: RunFolder,
    site: Site,
    source: str,
    sortie: str | None,
    *,
    camera: str | None = None,
    clocks: Clocks | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Bring the pictures of a flown sortie (None: the one that lacks them) into their places.

    A drone with two cameras has two cards: `camera` says whose pictures these are. BadInputError as `import_frames`, when that is
    not said, when no picture fits a photo, and when the camera's clock says that they are another sortie's. The records keep their
    names; a picture of another kind than JPEG keeps its ending.
    """
    clocks = clocks or Clocks()
    camera = _camera_of(site, camera)
    sortie = sortie or _sortie_without_pictures(run, camera)
    run.require(run.frames_path(sortie), made_by=f"aislescan fly {run.root}")
    files, video = find_files(source)
    log = own_photos(run, sortie, camera)
    if video is not None or not log.photos:
        what = "a video needs --poses or --log" if video is not None else f"every photo of sortie {sortie} has its picture already"
        raise BadInputError(f"{source}: {what}", remedy="give --poses or --log for photos that this program did not trigger")
    files, faults = _without_known(run, source, files)
    pictures, more = describe_some(files, progress)
    records = list(run.read_lines(run.frames_path(sortie), FrameRecord))
    offset_s = clocks.offset_s
    if offset_s is None and any(p.utc_s is not None for p in pictures):
        offset_s = known_clock_offset_s(run, records)
    matched = match(pictures, log, clock_offset_s=offset_s, starts_at_s=clocks.starts_at_s)
    missing = [i for i, r in enumerate(records) if r.camera == camera and not (run.root / r.file).is_file()]
    place = {id(photo): i for photo, i in zip(log.photos, missing, strict=True)}
    misfits: list[str] = []
    filled: dict[int, tuple[OwnPicture, FrameRecord]] = {}
    for picture, timed in matched.pairs:
        new = _with_picture(run, site, records[place[id(timed)]], picture, misfits)
        if new is not None:
            filled[place[id(timed)]] = picture, new
    if misfits and not filled:
        raise BadInputError(misfits[0], remedy=SIZE_REMEDY)
    if not filled:
        lines = "\n  ".join(matched.faults[:10])
        raise BadInputError(f"{source}: none of its pictures fits a photo of sortie {sortie}\n  {lines}", remedy=_OTHER_REMEDY)
    if clocks.offset_s is None:
        refuse_other_clock(run, sortie, list(filled.values()))
    _put_into_places(run, sortie, records, filled)
    n_facing = sum(find_face_view(site, record) is not None for _, record in filled.values())
    all_faults = (*faults, *more, *matched.faults, *misfits)
    return ImportSummary(sortie=sortie, n_frames=len(filled), n_facing=n_facing, how=matched.how, faults=all_faults)


def _without_known(run: RunFolder, source: str, files: list[Path]) -> tuple[list[Path], list[str]]:
    """Leave out what is a picture of the run already, by its path or, on a card that was copied, by its bytes."""
    known = KnownPictures.of(run)
    sorties = {path: known.sortie_of(path) for path in files}
    faults = [f"{path}: is a picture of sortie {name} already" for path, name in sorties.items() if name]
    if len(faults) == len(files):
        raise BadInputError(
            f"{source}: nothing new in it\n  " + "\n  ".join(faults[:10]), remedy="give the pictures of the sortie that lacks them"
        )
    return [path for path, name in sorties.items() if not name], faults


def _put_into_places(
    run: RunFolder, sortie: str, records: list[FrameRecord], filled: dict[int, tuple[OwnPicture, FrameRecord]]
) -> None:
    """Copy all pictures beside their places, then write the records, then move the pictures in.

    Killed anywhere, each record still either has its picture or lacks it, and the next import brings what is lacking.
    """
    path, beside = run.frames_path(sortie), run.sortie(sortie) / "frames.part"
    run.remove(beside)
    new = [filled[i][1] if i in filled else record for i, record in enumerate(records)]
    moved: list[Path] = []
    try:
        for picture, record in filled.values():
            take_over(picture.path, beside / Path(record.file).name)
        run.write_lines(path, new)
        for _, record in filled.values():
            target = run.root / record.file
            target.parent.mkdir(parents=True, exist_ok=True)
            (beside / target.name).replace(target)
            moved.append(target)
    except BaseException:
        run.write_lines(path, records)
        for target in moved:
            run.remove(target)
        raise
    finally:
        run.remove(beside)


def _camera_of(site: Site, camera: str | None) -> str:
    sides = [c.side for c in site.cameras]
    if camera is None and len(sides) > 1:
        raise BadInputError(
            "the drone of this site has two cameras, and nothing says whose card this is",
            remedy="bring one card after the other: --camera left, then --camera right",
        )
    if camera is not None and camera not in sides:
        raise BadInputError(f"the drone of this site has no {camera} camera", remedy=f"site.toml says mounting = {sides[0]!r}")
    return camera or sides[0]


def _sortie_without_pictures(run: RunFolder, camera: str) -> str:
    waiting = [name for name in run.sorties() if run.frames_path(name).exists() and own_photos(run, name, camera).photos]
    if len(waiting) != 1:
        what = f"sorties {', '.join(waiting)} lack pictures" if waiting else "no flown sortie of this run lacks pictures"
        remedy = "say whose these are: --sortie" if waiting else "say where the drone was: --poses TABLE.csv or --log FLIGHT.BIN"
        raise BadInputError(f"{run.root}: {what}", remedy=remedy)
    return waiting[0]


def _with_picture(run: RunFolder, site: Site, record: FrameRecord, picture: OwnPicture, misfits: list[str]) -> FrameRecord | None:
    """Return the record of a picture in its place; None, and a line in `misfits`, when it does not fit the camera."""
    model = site.camera(record.camera)
    misfit = "the drone has no such camera" if model is None else fault_of_size(picture.size_px, model)
    if model is None or misfit:
        misfits.append(f"{picture.path}: {misfit}")
        return None
    target = (run.root / record.file).with_suffix(picture.path.suffix.lower())
    size = None if picture.size_px == model.size_px else picture.size_px
    return replace(record, file=run.relative(target), size_px=size, source=str(picture.path.resolve()))
