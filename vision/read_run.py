"""Read the frames of a run: barcodes, bins, observations, evidence. One call does it all, and goes on where it was killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from vision.decoded import Decoded
from vision.evidence import Crop, cut_crops, evidence_name
from vision.face_view import FaceView, find_face_view
from vision.fusing import see_labels
from vision.labels import understand
from vision.looking import BinTask, look_at_bin, look_at_frame, sigma_on_face_m
from vision.observing import BinFile, file_reads, observe, open_files
from vision.placing import place
from vision.reads import FrameLook, Read, ReadSummary
from vision.workers import spread
from warehouse.errors import BadInputError
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site

MAX_SIGMA_M = 0.5
"""A frame whose position is less certain than this places nothing."""
Progress = Callable[[int, int], None]


def read_run(run: RunFolder, site: Site, *, workers: int = 2, progress: Progress | None = None) -> ReadSummary:
    """Read every frame of the run and write `poses.jsonl`, `reads.jsonl`, `observations.jsonl` and `evidence/`.

    `progress` is called with (frames searched, frames). The result does not depend on `workers`, nor on how often the stage was
    killed before. Frames that are missing or cut short are named in the summary and count as not taken. BadInputError when the
    run has no frames at all.
    """
    frames = _frames(run)
    looks, n_before = _look(run, site, frames, workers, progress)
    views = {f.frame: view for f in frames if not looks[f.frame].fault and (view := _trusted_view(site, f)) is not None}
    reads = [_read(site, f, views.get(f.frame), d) for f in frames for d in looks[f.frame].found]
    sigma = float(np.median([sigma_on_face_m(v) for v in views.values()])) if views else MAX_SIGMA_M
    files = open_files(site, list(views.values()))
    file_reads(files, reads, see_labels(site.layout, reads, sigma))

    unread = [file for file in files.values() if file.needs_hard_look]
    by_id = {f.frame: f for f in frames}
    tasks = [BinTask(bin=file.bin, frames=tuple(v.frame for v in file.views)) for file in unread]
    for index, look in spread(partial(look_at_bin, run.root, site), tasks, workers=workers):
        unread[index].look = look
    more = [_read(site, by_id[name], views[name], d) for file in unread if file.look for name, d in file.look.found]
    reads = _in_order(frames, [*reads, *more])
    for file in files.values():
        file.labels, file.reads = [], []
    file_reads(files, reads, see_labels(site.layout, reads, sigma))

    evidence = _cut_evidence(run, site, files, by_id, workers)
    observations = [observe(site, file, evidence) for file in files.values()]
    run.write_lines(run.poses_path, frames)
    run.write_lines(run.reads_path, reads)
    run.write_lines(run.observations_path, observations)
    faults = _faults(frames, looks, views)
    return ReadSummary(
        n_frames=len(frames),
        n_frames_read_before=n_before,
        n_reads=len(reads),
        n_pallets=len({s.pallet for o in observations for s in o.pallets}),
        n_locations=dict(sorted(Counter(o.status.value for o in observations).items())),
        faults=tuple(faults),
    )


def _frames(run: RunFolder) -> list[FrameRecord]:
    paths = [path for name in run.sorties() if (path := run.frames_path(name)).exists()]
    frames = {f.frame: f for path in paths for f in run.read_lines(path, FrameRecord)}
    if not frames:
        raise BadInputError(f"{run.root}: there are no frames to read", remedy=f"run first: aislescan fly {run.root}")
    return list(frames.values())


def _look(
    run: RunFolder, site: Site, frames: list[FrameRecord], workers: int, progress: Progress | None
) -> tuple[dict[str, FrameLook], int]:
    looks: dict[str, FrameLook] = {}
    path = run.reads_progress_path
    if path.exists():
        known = {f.frame: run.root / f.file for f in frames}
        for look in run.read_lines(path, FrameLook):
            if look.frame in known and look.n_bytes == _size(known[look.frame]):
                looks[look.frame] = look
    n_before = len(looks)
    todo = [f for f in frames if f.frame not in looks]
    if progress:
        progress(n_before, len(frames))
    for _, look in spread(partial(look_at_frame, run.root, site), todo, workers=workers):
        looks[look.frame] = look
        run.append_line(path, look)
        if progress:
            progress(len(looks), len(frames))
    return looks, n_before


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _trusted_view(site: Site, frame: FrameRecord) -> FaceView | None:
    if not frame.is_ekf_healthy or frame.position_sigma_m > MAX_SIGMA_M:
        return None
    return find_face_view(site, frame)


def _read(site: Site, frame: FrameRecord, view: FaceView | None, d: Decoded) -> Read:
    meaning = understand(d.text, symbology=d.symbology, is_gs1=d.is_gs1, rules=site.labels)
    is_tag = site.is_location_text(d.symbology, d.text)
    pallet = None if is_tag else meaning.pallet
    where, along, height = None, None, None
    if view is not None:
        on_face = view.on_face(np.asarray(d.corners_px)).mean(axis=0)
        if np.isfinite(on_face).all():
            along, height = round(float(on_face[0]), 4), round(float(on_face[1]), 4)
            where = place(site.layout, view.face.name, along, height)
    return Read(
        frame=frame.frame,
        sortie=frame.sortie,
        symbology=d.symbology,
        text=d.text,
        corners_px=d.corners_px,
        engine=d.engine,
        variant=d.variant,
        face=view.face.name if view is not None and along is not None else "",
        along_m=along,
        height_m=height,
        location=where.location if where else "",
        runner_up=where.runner_up if where else "",
        margin_m=round(where.margin_m, 4) if where else None,
        pallet_kind=pallet.kind.value if pallet else "",
        pallet=pallet.value if pallet else "",
        label_data=() if is_tag else meaning.data,
    )


def _in_order(frames: list[FrameRecord], reads: Iterable[Read]) -> list[Read]:
    """Return the reads in flight order, top to bottom in each frame; the same text in the same place counts once."""
    order = {f.frame: i for i, f in enumerate(frames)}
    kept: dict[tuple[str, str, str, int, int], Read] = {}
    for r in reads:
        x, y = np.asarray(r.corners_px).mean(axis=0)
        kept.setdefault((r.frame, r.symbology, r.text, round(x / 200), round(y / 200)), r)
    return sorted(kept.values(), key=lambda r: (order[r.frame], r.corners_px[0][1], r.corners_px[0][0], r.text))


def _cut_evidence(
    run: RunFolder, site: Site, files: dict[str, BinFile], by_id: dict[str, FrameRecord], workers: int
) -> dict[tuple[str, str], str]:
    """Cut a picture of every bin that a frame shows and of every booked label; return their paths relative to the run folder."""
    run.remove(run.evidence_folder)
    crops: dict[str, list[Crop]] = {}
    names: dict[tuple[str, str], str] = {}
    for location, file in files.items():
        for what, crop in _crops(run, location, file, by_id):
            crops.setdefault(crop.frame.frame, []).append(crop)
            names[location, what] = run.relative(crop.path)
    tasks = [tuple(c) for _, c in sorted(crops.items())]
    for _ in spread(partial(cut_crops, run.root, site), tasks, workers=workers):
        pass
    return names


def _crops(run: RunFolder, location: str, file: BinFile, by_id: dict[str, FrameRecord]) -> Iterable[tuple[str, Crop]]:
    if not file.views:
        return
    readers = {r.frame for label in file.labels for r in label.reads}
    ranked = sorted(
        zip(file.views, file.shares, strict=True),
        key=lambda vs: (vs[0].frame.frame not in readers, -round(vs[1], 2), abs(vs[0].along_m - file.bin.along_m)),
    )
    yield "bin", Crop(frame=ranked[0][0].frame, path=run.evidence_folder / evidence_name(location, "bin"), bin=file.bin)
    for label in file.labels:
        best = min(label.reads, key=lambda r: (_off_centre(r, file), r.frame))
        path = run.evidence_folder / evidence_name(location, str(label.pallet))
        yield str(label.pallet), Crop(frame=by_id[best.frame], path=path, corners_px=best.corners_px)


def _off_centre(read: Read, file: BinFile) -> float:
    width = next((v.camera.size_px[0] for v in file.views if v.frame.frame == read.frame), 0)
    return abs(sum(x for x, _ in read.corners_px) / 4 - width / 2)


def _faults(frames: list[FrameRecord], looks: dict[str, FrameLook], views: dict[str, FaceView]) -> list[str]:
    unusable = [looks[f.frame].fault for f in frames if looks[f.frame].fault]
    return unusable + [
        f"{f.file}: its position is not certain enough, or it looks at no rack face"
        for f in frames
        if not looks[f.frame].fault and f.frame not in views
    ]
