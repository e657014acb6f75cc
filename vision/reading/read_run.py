"""Read the frames of a run: barcodes, bins, observations, evidence. One call does it all, and goes on where it was killed.

The steps, in order: look at each frame; correct the poses, trust or drop each; place what was decoded; fuse; look again at bins
without a label and at labels in one photo only; observe; cut the evidence; write. Only the steps that open pictures go through the
crew; they keep what they have finished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from vision.bins.bin_files import BinFile, file_reads, file_strays, open_files
from vision.bins.evidence import Cut, cut_crops, plan_crops, save_crops
from vision.bins.face_view import FaceView, find_face_view
from vision.bins.fusing import Fused, fuse
from vision.bins.looking import look_at_frame
from vision.bins.observing import observe
from vision.bins.place_errors import sigma_on_face_m
from vision.bins.placed_reads import in_order, placed_read
from vision.bins.range_evidence import range_evidence
from vision.pictures.frame_files import FrameFiles
from vision.poses.correction import MAX_SIGMA_M, correct_poses
from vision.poses.range_poses import moved_with_frames
from vision.reading.close_looks import CloseLooks
from vision.reading.reading import Reading
from vision.reading.resume import FinishedWork, Progress, Step, reading_rules, task_key
from vision.reading.step_log import StepLog
from vision.reading.workers import ATTEMPTS, Lost, hire
from vision.reads import FrameLook, Read, ReadSummary
from warehouse.errors import BadInputError
from warehouse.observations import EvidencePicture
from warehouse.poses import FrameRecord, RangeRecord
from warehouse.reading_step import PHOTOS, PICTURES
from warehouse.run_folder import RunFolder
from warehouse.site import Site


def read_run(
    run: RunFolder,
    site: Site,
    *,
    workers: int = 2,
    scheduler: str = "",
    frames_at: str = "",
    progress: Progress | None = None,
) -> ReadSummary:
    """Read every frame of the run and write `poses.jsonl`, `reads.jsonl`, `observations.jsonl` and `evidence/`.

    `workers` local processes open the pictures, or those of the Dask cluster at the address `scheduler`. They find the run's frames
    at `frames_at`, a folder or an fsspec address; empty means the run folder. The result depends on none of these, nor on how often
    the stage was killed before. Frames that are missing or cut short are named in the summary and count as not taken.
    BadInputError when the run has no frames at all, or the cluster cannot work; AislescanError when workers cannot reach a frame.
    """
    frames = _frames(run)
    files = FrameFiles(frames_at or str(run.root.resolve()))
    with hire(workers, scheduler) as crew, StepLog(run, site) as log:
        reading = Reading(
            run=run,
            site=site,
            frames=frames,
            files=files,
            stamps=files.stamps(f.file for f in frames.values()),
            rules=reading_rules(site),
            crew=crew,
            progress=progress,
            log=log,
        )
        return _read(reading)


def _read(reading: Reading) -> ReadSummary:
    site = reading.site
    looks, n_before = _look_at_frames(reading)
    flown = list(reading.frames.values())
    uprights = {name: look.uprights for name, look in looks.items()}
    correction = correct_poses(site, flown, {name: look.found for name, look in looks.items()}, uprights)
    frames = list(correction.frames)
    reading = replace(reading, frames={f.frame: f for f in frames})
    views = {f.frame: v for f in frames if not looks[f.frame].fault and (v := trusted_view(site, f)) is not None}
    reads = in_order(frames, (placed_read(site, f, views.get(f.frame), d) for f in frames for d in looks[f.frame].found))
    bins = open_files(site, list(views.values()))
    _fuse(reading, bins, views, reads)

    faults = _frame_faults(frames, looks, views)
    ranges = range_evidence(site, moved_with_frames(_ranges(reading.run), flown, frames))
    looks_closely = CloseLooks(reading, ranges, correction.model)
    # What a close look reads may take a label out of another bin, which then needs one too.
    while (found := looks_closely.at(bins)) is not None:
        reads = in_order(frames, [*reads, *(placed_read(site, reading.frames[name], views[name], d) for name, d in found)])
        _fuse(reading, bins, views, reads)
    faults += looks_closely.faults

    evidence = _cut_evidence(reading, bins)
    observations = [observe(site, file, evidence) for file in bins.values()]
    reading.run.write_lines(reading.run.poses_path, frames)
    reading.run.write_lines(reading.run.reads_path, reads)
    reading.run.write_lines(reading.run.observations_path, observations)
    reading.log.done()
    return ReadSummary(
        n_frames=len(frames),
        n_frames_read_before=n_before,
        n_reads=len(reads),
        n_pallets=len({s.pallet for o in observations for s in o.pallets}),
        n_locations=dict(sorted(Counter(o.status.value for o in observations).items())),
        faults=tuple(faults),
        positions="\n".join([correction.sentence(), *correction.warnings()]),
    )


def flown_frames(run: RunFolder) -> dict[str, FrameRecord]:
    """Return every photo that the run has, by id, in flight order, as it was recorded."""
    paths = [path for name in run.sorties() if (path := run.frames_path(name)).exists()]
    return {f.frame: f for path in paths for f in run.read_lines(path, FrameRecord)}


def _frames(run: RunFolder) -> dict[str, FrameRecord]:
    frames = flown_frames(run)
    if not frames:
        raise BadInputError(
            f"{run.root}: there are no photos to read",
            remedy=f"to take some: aislescan fly {run.root}; for photos that you have: aislescan import {run.root} --frames FOLDER",
        )
    return frames


def _ranges(run: RunFolder) -> Iterator[RangeRecord]:
    for path in (run.ranges_path(name) for name in run.sorties()):
        if path.exists():
            yield from run.read_lines(path, RangeRecord)


def _look_at_frames(reading: Reading) -> tuple[dict[str, FrameLook], int]:
    """Return what each frame gave, and how many of them an earlier start had searched."""
    looks = {
        f.frame: FrameLook(frame=f.frame, fault=fault)
        for f in reading.frames.values()
        if (fault := reading.stamps[f.file].fault(f.file))
    }
    frames = [f for f in reading.frames.values() if f.frame not in looks]
    run = reading.run
    step = Step(
        what="reading labels",
        job=partial(look_at_frame, reading.files, reading.site),
        tasks=frames,
        keys=[task_key(f, [reading.stamps[f.file]]) for f in frames],
        finished=FinishedWork(run=run, path=run.reads_progress_path, rules=reading.rules, record=FrameLook),
        holds=_is_usable,
    )
    n_before = 0
    reading.log.begin(PHOTOS, len(frames))
    for index, result, was_known in step.results(reading.crew, reading.progress):
        frame = frames[index]
        reading.log.photo(frame, None if isinstance(result, Lost) else result)
        n_before += was_known
        fault = f"{frame.file}: opening it killed {ATTEMPTS} reading processes one after the other"
        looks[frame.frame] = FrameLook(frame=frame.frame, fault=fault) if isinstance(result, Lost) else result
    return looks, n_before


def _is_usable(look: FrameLook) -> bool:
    return not look.fault


def trusted_view(site: Site, frame: FrameRecord) -> FaceView | None:
    """Return the view of the rack face that a frame looks at; None when it looks at none, or its position is not to be trusted."""
    if not frame.is_ekf_healthy or frame.position_sigma_m > MAX_SIGMA_M:
        return None
    return find_face_view(site, frame)


def _fuse(reading: Reading, bins: dict[str, BinFile], views: dict[str, FaceView], reads: list[Read]) -> None:
    """Put labels and reads into their bins, in the place of those that are there."""
    fused = fuse_all(reading.site, views, reads)
    file_reads(reading.site, bins, reads, fused, views)
    file_strays(reading.site, bins, reads, fused, reading.frames)


def fuse_all(site: Site, views: Mapping[str, FaceView], reads: Sequence[Read]) -> Fused:
    """Return what all reads of a run say together; `views` are its trusted frames by name."""
    sigma = float(np.median([sigma_on_face_m(v) for v in views.values()])) if views else MAX_SIGMA_M
    return fuse(site, reads, sigma, views)


def _cut_evidence(reading: Reading, bins: dict[str, BinFile]) -> dict[tuple[str, str], str]:
    """Cut a picture of every bin that a frame shows and of every booked label; return their paths relative to the run folder."""
    run = reading.run
    plan = plan_crops(bins, reading.frames)
    step = Step(
        what="cutting pictures",
        job=partial(cut_crops, reading.files, reading.site),
        tasks=plan,
        keys=[task_key(t, [reading.stamps[t.frame.file]]) for t in plan],
        finished=FinishedWork(run=run, path=run.evidence_progress_path, rules=reading.rules, record=Cut),
        accept=partial(save_crops, run),
        holds=partial(_are_there, run),
    )
    saved: dict[tuple[str, str], str] = {}
    frame_of: dict[str, str] = {}
    reading.log.begin(PICTURES, len(plan))
    for index, result, _ in step.results(reading.crew, reading.progress):
        reading.log.picture()
        names = () if isinstance(result, Lost) else result.names
        saved.update({(crop.location, crop.what): name for crop, name in zip(plan[index].crops, names, strict=False) if name})
        frame_of.update(dict.fromkeys(filter(None, names), plan[index].frame.frame))
    run.keep_only(run.evidence_folder, set(saved.values()))
    index_lines = (EvidencePicture(file=run.relative(run.evidence_folder / n), frame=f) for n, f in sorted(frame_of.items()))
    run.write_lines(run.evidence_index_path, index_lines)
    return {key: run.relative(run.evidence_folder / name) for key, name in saved.items()}


def _are_there(run: RunFolder, cut: Cut) -> bool:
    return all((run.evidence_folder / name).is_file() for name in cut.names if name)


def _frame_faults(frames: list[FrameRecord], looks: dict[str, FrameLook], views: dict[str, FaceView]) -> list[str]:
    unusable = [looks[f.frame].fault for f in frames if looks[f.frame].fault]
    return unusable + [
        f"{f.file}: its position is not certain enough, or it looks at no rack face"
        for f in frames
        if not looks[f.frame].fault and f.frame not in views
    ]
