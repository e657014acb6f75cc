"""Picture crops that prove an observation: the whole bin, and the label."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vision.decoded import Corners
from vision.face_view import Rect, find_face_view
from vision.grey import Grey, resized
from vision.pictures import load_grey
from warehouse.layout import Bin
from warehouse.poses import FrameRecord
from warehouse.run_folder import write_atomically
from warehouse.site import Site

MAX_WIDTH_PX = 700
MAX_BYTES = 60_000
_QUALITIES = (80, 65, 50, 35)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """One picture to cut: of a bin, or around a barcode."""

    frame: FrameRecord
    path: Path
    """Where it goes."""
    bin: Bin | None = None
    corners_px: Corners | None = None


def evidence_name(location: str, what: str) -> str:
    """Return a file name for a location's picture; `what` is `bin` or a pallet identity."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", f"{location}--{what}") + ".jpg"


def cut_crops(root: Path, site: Site, crops: tuple[Crop, ...]) -> None:
    """Write the pictures of one frame, which is loaded once."""
    image = load_grey(root / crops[0].frame.file)
    for crop in crops:
        piece = _around(image, crop.corners_px) if crop.corners_px is not None else _of_bin(image, site, crop)
        if piece.size:
            write_atomically(crop.path, _small_jpeg(piece))


def _around(image: Grey, corners_px: Corners) -> Grey:
    points = np.asarray(corners_px)
    margin = 0.15 * float(np.ptp(points, axis=0).max()) + 10
    left, top = (max(int(v), 0) for v in points.min(axis=0) - margin)
    right, bottom = (int(v) + 1 for v in points.max(axis=0) + margin)
    return image[top:bottom, left:right]


def _of_bin(image: Grey, site: Site, crop: Crop) -> Grey:
    view, b = find_face_view(site, crop.frame), crop.bin
    if view is None or b is None:
        return image
    along = (b.along_m - b.width_m / 2 - 0.05, b.along_m + b.width_m / 2 + 0.05)
    window = view.window_px(Rect(along_m=along, height_m=(b.base_m - 0.1, b.base_m + b.height_m + 0.05)))
    return image if window is None else image[window[1] : window[3], window[0] : window[2]]


def _small_jpeg(piece: Grey) -> bytes:
    if piece.shape[1] > MAX_WIDTH_PX:
        piece = resized(piece, MAX_WIDTH_PX / piece.shape[1])
    for quality in _QUALITIES:
        data = bytes(cv2.imencode(".jpg", piece, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
        if len(data) <= MAX_BYTES:
            return data
    return bytes(cv2.imencode(".jpg", resized(piece, 0.5), [cv2.IMWRITE_JPEG_QUALITY, 50])[1])
