"""When and where the photo was taken that a picture crop was cut from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from warehouse.layout import Layout
from warehouse.observations import EvidencePicture
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder


def photos_of(
    run: RunFolder, layout: Layout | None, frames: Iterable[FrameRecord], pictures: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Return for each picture the id, the time and the place of its photo; empty where `read` did not note which photo it was.

    The place is along its aisle from the aisle's start and above the floor, in metres, where the camera stood in an aisle.
    """
    if not run.evidence_index_path.is_file():
        return {}
    frame_of = {p.file: p.frame for p in run.read_lines(run.evidence_index_path, EvidencePicture) if p.file in pictures}
    wanted = set(frame_of.values())
    photos = {f.frame: _photo(f, layout) for f in frames if f.frame in wanted}
    return {picture: photos[frame] for picture, frame in frame_of.items() if frame in photos}


def _photo(frame: FrameRecord, layout: Layout | None) -> dict[str, Any]:
    photo: dict[str, Any] = {"frame": frame.frame, "at": frame.captured_at}
    for aisle in layout.aisles if layout is not None else ():
        along, height, out = aisle.face("left").face_coordinates_m(np.asarray(frame.pose.position_m))
        if 0.0 <= out <= aisle.width_m and -1.0 <= along <= aisle.length_m + 1.0:
            return photo | {"aisle": aisle.name, "along_m": round(max(float(along), 0.0), 1), "height_m": round(float(height), 1)}
    return photo
