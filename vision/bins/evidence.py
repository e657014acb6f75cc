"""Picture crops that prove an observation: the whole bin, and the label."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from vision.bins.bin_files import BinFile
from vision.bins.face_view import Rect, find_face_view
from vision.codes.decoded import Corners
from vision.codes.grey import Grey, resized
from vision.pictures.frame_files import FrameFiles
from vision.reads import Read
from warehouse.layout import Bin
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site

MAX_WIDTH_PX = 700
MAX_BYTES = 60_000
_QUALITIES = (80, 65, 50, 35)
_DIGEST = 10
"""Digits of the content's digest in a file name: enough to tell the few pictures of one thing apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """One picture to cut: of a bin, or around a barcode."""

    location: str
    what: str
    """`bin`, or the pallet identity on the label."""
    bin: Bin | None = None
    corners_px: Corners | None = None

    def name(self, jpeg: bytes) -> str:
        """Return the name of its file, which tells the content too: another picture of the same never passes for this one."""
        words = re.sub(r"[^A-Za-z0-9._-]", "_", f"{self.location}--{self.what}")
        return f"{words}--{hashlib.sha256(jpeg).hexdigest()[:_DIGEST]}.jpg"


@dataclass(frozen=True, slots=True, kw_only=True)
class CropTask:
    """All pictures to cut from one frame, which is opened once for them."""

    frame: FrameRecord
    crops: tuple[Crop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The file names of the pictures that were cut from one frame, one for each of its crops; empty where nothing could be cut."""

    names: tuple[str, ...]


def plan_crops(bins: dict[str, BinFile], frames: dict[str, FrameRecord]) -> list[CropTask]:
    """Return what to cut so that every bin that a frame shows and every booked label has its picture; a task a frame."""
    crops: dict[str, list[Crop]] = {}
    for location, file in bins.items():
        for frame, crop in _crops(location, file):
            crops.setdefault(frame, []).append(crop)
    return [CropTask(frame=frames[name], crops=tuple(c)) for name, c in sorted(crops.items())]


def _crops(location: str, file: BinFile) -> Iterator[tuple[str, Crop]]:
    if not file.views:
        return
    readers = {r.frame for label in file.labels for r in label.reads}
    ranked = sorted(
        zip(file.views, file.shares, strict=True),
        key=lambda vs: (vs[0].frame.frame not in readers, -round(vs[1], 2), abs(vs[0].along_m - file.bin.along_m)),
    )
    yield ranked[0][0].frame.frame, Crop(location=location, what="bin", bin=file.bin)
    for label in file.labels:
        best = min(label.reads, key=lambda r: (_off_centre(r, file), r.frame))
        yield best.frame, Crop(location=location, what=str(label.pallet), corners_px=best.corners_px)


def _off_centre(read: Read, file: BinFile) -> float:
    width = next((v.camera.size_px[0] for v in file.views if v.frame.frame == read.frame), 0)
    return abs(sum(x for x, _ in read.corners_px) / 4 - width / 2)


def cut_crops(files: FrameFiles, site: Site, task: CropTask) -> tuple[tuple[str, bytes], ...]:
    """Return (file name, JPEG) for each crop of one frame; both are empty where the frame shows nothing of it."""
    image = files.grey(task.frame.file)
    pieces = [
        (crop, _around(image, crop.corners_px) if crop.corners_px is not None else _of_bin(image, site, task.frame, crop.bin))
        for crop in task.crops
    ]
    return tuple(_named(crop, piece) for crop, piece in pieces)


def _named(crop: Crop, piece: Grey) -> tuple[str, bytes]:
    if not piece.size:
        return "", b""
    jpeg = _small_jpeg(piece)
    return crop.name(jpeg), jpeg


def save_crops(run: RunFolder, pictures: tuple[tuple[str, bytes], ...]) -> Cut:
    """Write pictures into the run's evidence folder."""
    for name, jpeg in pictures:
        if name:
            write_atomically(run.evidence_folder / name, jpeg)
    return Cut(names=tuple(name for name, _ in pictures))


def _around(image: Grey, corners_px: Corners) -> Grey:
    points = np.asarray(corners_px)
    margin = 0.15 * float(np.ptp(points, axis=0).max()) + 10
    left, top = (max(int(v), 0) for v in points.min(axis=0) - margin)
    right, bottom = (int(v) + 1 for v in points.max(axis=0) + margin)
    return image[top:bottom, left:right]


def _of_bin(image: Grey, site: Site, frame: FrameRecord, b: Bin | None) -> Grey:
    view = find_face_view(site, frame)
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
