"""When and where the photo was taken that a picture crop was cut from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from warehouse.layout import Layout
from warehouse.observations import EvidencePicture
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder


class Shots:
    """The photos behind the picture crops of a run."""

    def __init__(self, run: RunFolder, layout: Layout | None, frames: Iterable[FrameRecord]) -> None:
        """Read which crop is of which photo; a run that was read before `read` noted it knows of none."""
        path = run.evidence_index_path
        self._aisles = [(aisle, aisle.face("left")) for aisle in (layout.aisles if layout else ())]
        self._frame_of = {p.file: p.frame for p in run.read_lines(path, EvidencePicture)} if path.is_file() else {}
        wanted = set(self._frame_of.values())
        self._frames = {f.frame: f for f in frames if f.frame in wanted}

    def of(self, pictures: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return for each picture whose photo is known its id, time and place.

        The place is along its aisle from the aisle's start and above the floor, in metres, where the camera stood in an aisle.
        """
        known = {picture: self._frames.get(self._frame_of.get(picture, "")) for picture in pictures}
        return {picture: self._photo(frame) for picture, frame in known.items() if frame is not None}

    def _photo(self, frame: FrameRecord) -> dict[str, Any]:
        photo: dict[str, Any] = {"frame": frame.frame, "at": frame.captured_at}
        for aisle, face in self._aisles:
            along, height, out = (float(v) for v in face.face_coordinates_m(np.asarray(frame.pose.position_m)))
            if 0.0 <= out <= aisle.width_m and -1.0 <= along <= aisle.length_m + 1.0:
                return photo | {"aisle": aisle.name, "along_m": round(max(along, 0.0), 1), "height_m": round(height, 1)}
        return photo
