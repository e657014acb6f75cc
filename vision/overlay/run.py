"""Photos with what was found in them, for a person who wonders why: `overlay/` of a run that has been read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import cv2

from vision.bins.bar_traces import Place, bar_pieces
from vision.bins.face_view import find_face_view, label_band
from vision.bins.looking import BAND_SLACK_M, other_size
from vision.overlay.drawing import draw
from vision.overlay.page import page
from vision.overlay.pen import WIDTH_PX, Canvas
from vision.overlay.sheets import Words, sheet_words
from vision.overlay.story import FrameStory, tell
from vision.pictures.frame_files import FrameFiles
from vision.reading.read_run import flown_frames
from vision.reading.resume import Progress
from vision.reading.workers import ATTEMPTS, Lost, hire
from vision.reads import Read
from warehouse.errors import BadInputError
from warehouse.observations import Observation, ObservationStatus
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.texts import ENGLISH, Speech

MAX_BYTES = 400_000
"""A drawing takes no more than this, whatever the photo: the disk that is needed is known beforehand."""
_QUALITIES = (80, 65, 50, 35, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlaySummary:
    """What was drawn."""

    n_drawn: int
    n_bytes: int
    page: Path
    """The page that lists the drawings by location."""
    faults: tuple[str, ...] = ()
    """Photos that could not be drawn on, by file name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """One drawing as a JPEG, or why there is none."""

    jpeg: bytes = b""
    fault: str = ""


def write_overlay(
    run: RunFolder,
    site: Site,
    *,
    locations: Sequence[str] = (),
    workers: int = 2,
    scheduler: str = "",
    frames_at: str = "",
    progress: Progress | None = None,
    speech: Speech = ENGLISH,
) -> OverlaySummary:
    """Draw on every photo of a run that has been read, or only on those that show one of `locations`; nothing is read again.

    Earlier drawings are removed. Photos that are missing or cut short are named in the summary. `workers`, `scheduler` and
    `frames_at` are those of `read_run`, and the drawings do not depend on them. Drawings and page are in
    the language of `speech`. BadInputError when the run has not been read, for a
    location that is not in the layout, and when no photo shows any of the locations.
    """
    for location in locations:
        if location not in site.layout.bins_by_code:
            like = get_close_matches(location.upper(), site.layout.bins_by_code, n=1)
            raise BadInputError(
                f"{location}: no such location in {run.root}/layout.csv",
                remedy=f"is it {like[0]}?"
                if like
                else f"write it as the layout does, for instance {site.layout.bins[0].code.text}",
            )
    observations, stories = _stories(run, site, speech)
    if locations:
        wanted = set(locations)
        stories = [s for s in stories if any(p.bin.code.text in wanted for p in s.placards)]
        observations = [o for o in observations if o.location in wanted]
        if not stories:
            reasons = "; ".join(f"{o.location}: {o.reason}" for o in observations)
            raise BadInputError(
                f"no photo shows what you ask for ({reasons})", remedy="ask for a location beside it, or scan it again"
            )

    run.remove(run.overlay_folder)
    n_bytes = 0
    files = FrameFiles(frames_at or str(run.root.resolve()))
    stamps = files.stamps(s.frame.file for s in stories)
    faults = {i: fault for i, s in enumerate(stories) if (fault := stamps[s.frame.file].fault(s.frame.file))}
    there = [i for i in range(len(stories)) if i not in faults]
    with hire(workers, scheduler) as crew:
        job = partial(_draw_one, files, site, sheet_words(speech))
        for n_done, (number, drawn) in enumerate(crew.each(job, [stories[i] for i in there]), start=1):
            index = there[number]
            frame = stories[index].frame
            if isinstance(drawn, Lost):
                faults[index] = f"{frame.file}: drawing on it killed {ATTEMPTS} processes one after the other"
            elif drawn.fault:
                faults[index] = drawn.fault
            else:
                write_atomically(run.overlay_folder / _name(frame), drawn.jpeg)
                n_bytes += len(drawn.jpeg)
            if progress:
                progress(n_done, len(there), "drawing on photos")
    shown = [s for i, s in enumerate(stories) if i not in faults]
    names: dict[str, list[str]] = {}
    for s in shown:
        for p in s.placards:
            names.setdefault(p.bin.code.text, []).append(_name(s.frame))
    unplaced = [_name(s.frame) for s in shown if not s.placards]
    write_atomically(run.overlay_page_path, page(site, observations, names, unplaced, speech))
    return OverlaySummary(
        n_drawn=len(shown), n_bytes=n_bytes, page=run.overlay_page_path, faults=tuple(faults[i] for i in sorted(faults))
    )


def _stories(run: RunFolder, site: Site, speech: Speech) -> tuple[list[Observation], list[FrameStory]]:
    made_by = f"aislescan read {run.root}"
    placed = {f.frame: f for f in run.read_lines(run.require(run.poses_path, made_by=made_by), FrameRecord)}
    observations = list(run.read_lines(run.require(run.observations_path, made_by=made_by), Observation))
    reads = list(run.read_lines(run.require(run.reads_path, made_by=made_by), Read))
    flown = flown_frames(run)
    if {_picture(f) for f in flown.values()} != {_picture(f) for f in placed.values()}:
        raise BadInputError(f"{run.root}: photos have come or gone since it was read", remedy=f"run first: {made_by}")
    pairs = [(f, placed[f.frame]) for f in flown.values()]
    return observations, tell(site, pairs, reads, observations, speech)


def _picture(f: FrameRecord) -> tuple[str, str, tuple[int, int] | None, str]:
    return f.frame, f.file, f.size_px, f.source


def _name(frame: FrameRecord) -> str:
    return "/".join(re.sub(r"[^A-Za-z0-9._-]", "_", part) for part in frame.frame.split("/")) + ".jpg"


def _draw_one(files: FrameFiles, site: Site, words: Words, story: FrameStory) -> _Drawn:
    file, camera = story.frame.file, site.camera_of(story.frame)
    width = camera.size_px[0] if camera is not None else 0
    try:
        photo, size_px = files.measured(file, shrink=next((s for s in (8, 4, 2) if width >= s * WIDTH_PX), 1))
        if fault := other_size(size_px, camera):
            return _Drawn(fault=f"{file}: {fault}")
        bars = _bars(files, site, story)
    except BadInputError as error:
        return _Drawn(fault=error.what)
    return _Drawn(jpeg=_jpeg(draw(site, story, photo, width or photo.shape[1], bars, words=words)))


def _bars(files: FrameFiles, site: Site, story: FrameStory) -> list[Place]:
    """Return where the bars are found that made a location of the photo one whose label does not read."""
    unread = [p.bin for p in story.placards if p.status is ObservationStatus.UNREADABLE]
    view = find_face_view(site, story.frame) if unread else None
    if view is None:
        return []
    image = files.grey(story.frame.file)
    places: list[Place] = []
    for b in unread:
        band = label_band(b, site.labels.lowest_m - BAND_SLACK_M, site.labels.highest_m + BAND_SLACK_M)
        if (window := view.window_px(band)) is not None:
            left, top, right, bottom = window
            pieces = bar_pieces(view, image[top:bottom, left:right], (left, top), band, site.labels)
            places += [piece.place_m for piece in pieces]
    return places


def _jpeg(drawing: Canvas) -> bytes:
    data = b""
    for quality in _QUALITIES:
        data = bytes(cv2.imencode(".jpg", drawing, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
        if len(data) <= MAX_BYTES:
            break
    return data
