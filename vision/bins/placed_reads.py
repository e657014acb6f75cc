"""Decodes of frames to reads: what each means by the site's rules, and where on which face it lies."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from vision.bins.face_view import FaceView, find_face_view
from vision.bins.placing import nearest, place
from vision.codes.decoded import Decoded
from vision.codes.labels import LabelMeaning, understand
from vision.reads import Read
from warehouse.poses import FrameRecord
from warehouse.site import LabelRules, Site


def names_pallet(site: Site, d: Decoded) -> bool:
    """Return whether a decode names a pallet by the site's rules, and no location."""
    return not site.is_location_text(d.symbology, d.text) and _meaning(site, d).pallet is not None


def _meaning(site: Site, d: Decoded) -> LabelMeaning:
    return _understood(d.text, d.symbology, d.is_gs1, site.labels)


@lru_cache(maxsize=4096)
def _understood(text: str, symbology: str, is_gs1: bool, rules: LabelRules) -> LabelMeaning:
    return understand(text, symbology=symbology, is_gs1=is_gs1, rules=rules)


def placed_read(site: Site, frame: FrameRecord, view: FaceView | None, d: Decoded) -> Read:
    """Return what one decode is; without a trusted view of a face it has no place."""
    meaning = _meaning(site, d)
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


def whereabouts(site: Site, frame: FrameRecord, r: Read) -> str:
    """Return the location in whose file a read without one is kept: the nearest, for what the record of its frame is worth.

    It hangs where the layout has no place, or nobody knows where the photo was taken.
    """
    if r.along_m is not None and r.height_m is not None:
        return nearest(site.layout.bins_of_face(r.face), r.along_m, r.height_m)
    view = find_face_view(site, frame)
    if view is not None:
        along, height = view.on_face(np.asarray(r.corners_px)).mean(axis=0)
        if math.isfinite(along) and math.isfinite(height):
            return nearest(site.layout.bins_of_face(view.face.name), float(along), float(height))
    away = {b.code.text: math.dist(b.centre_m, frame.pose.position_m) for b in site.layout.bins}
    return min(away, key=lambda location: (away[location], location), default="")


def in_order(frames: list[FrameRecord], reads: Iterable[Read]) -> list[Read]:
    """Return the reads in flight order, top to bottom in each frame; the same text in the same place counts once."""
    order = {f.frame: i for i, f in enumerate(frames)}
    kept: dict[tuple[str, str, str, int, int], Read] = {}
    for r in reads:
        x, y = np.asarray(r.corners_px).mean(axis=0)
        kept.setdefault((r.frame, r.symbology, r.text, round(x / 200), round(y / 200)), r)
    return sorted(kept.values(), key=lambda r: (order[r.frame], r.corners_px[0][1], r.corners_px[0][0], r.text))
