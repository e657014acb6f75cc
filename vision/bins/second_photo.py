"""A label that one photo alone reads, looked for in the others that show its place: one photo's word accuses nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from vision.bins.face_view import FaceView, Rect, find_face_view
from vision.bins.fusing import SeenLabel
from vision.bins.place_errors import sigma_on_face_m
from vision.bins.placed_reads import names_pallet
from vision.codes.decode import decode, moved
from vision.codes.decoded import MATRIX, Decoded
from vision.pictures.frame_files import FrameFiles
from warehouse.observations import SURE
from warehouse.poses import FrameRecord
from warehouse.site import Site

MOST_FRAMES = 3
"""In which a label is looked for."""
_SLACK_M = 0.05
"""Beside the error of the place: what is around a label's symbol, seen aslant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTask:
    """One label, and frames that did not read it though they show where it hangs."""

    place: Rect
    """On the face: the sticker, whichever way it is turned, and as much as the frames' places are off."""
    frames: tuple[FrameRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelLook:
    """What looking for one label gave."""

    found: tuple[tuple[str, Decoded], ...] = ()
    """Barcodes as (frame id, decode)."""


def label_task(site: Site, label: SeenLabel, views: Sequence[FaceView]) -> LabelTask | None:
    """Return where to look for a second photo of a label, or None: it has one, needs none, or nothing else shows its place.

    `views` are those of the bin that it hangs in. Codes that correct errors need no second photo where the first tells their bin.
    """
    is_sure = label.confidence >= SURE and any(r.symbology in MATRIX for r in label.reads)
    if label.n_frames > 1 or is_sure:
        return None
    known = {r.frame for r in label.reads}
    others = [v for v in views if v.frame.frame not in known and v.face.name == label.face]
    if not others:
        return None
    reach = (
        max(site.labels.width_mm, site.labels.height_mm) / 2000
        + _SLACK_M
        + 2 * float(np.median([sigma_on_face_m(v) for v in others]))
    )
    along, height = label.along_m, label.height_m
    place = Rect(along_m=(along - reach, along + reach), height_m=(height - reach, height + reach))
    showing = [v for v in others if v.sees(np.array([along]), np.array([height])).all()]
    showing.sort(key=lambda v: (abs(v.along_m - along), v.frame.frame))
    return LabelTask(place=place, frames=tuple(v.frame for v in showing[:MOST_FRAMES])) if showing else None


def look_for_label(files: FrameFiles, site: Site, task: LabelTask) -> LabelLook:
    """Climb the whole decoding ladder where the label hangs, frame by frame, until one reads a pallet there, this or another."""
    is_sought = partial(names_pallet, site)
    found: list[tuple[str, Decoded]] = []
    for frame in task.frames:
        view = find_face_view(site, frame)
        window = view.window_px(task.place) if view is not None else None
        if window is None:
            continue
        left, top, right, bottom = window
        crop = files.grey(frame.file)[top:bottom, left:right]
        decoded = decode(crop, symbologies=site.labels.symbologies, is_sought=is_sought)
        found += [(frame.frame, moved(d, left, top)) for d in decoded]
        if any(is_sought(d) for d in decoded):
            break
    return LabelLook(found=tuple(found))
