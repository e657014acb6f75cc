"""A video file to its best frames: in each stretch of the way the sharpest, so that neighbours overlap and few are blurred.

One frame is held at a time, and the best of the present stretch: memory does not grow with the video.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.pictures.opening import MAX_PIXELS
from warehouse.errors import BadInputError

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # else FFmpeg prints its own lines about a damaged file

STRETCH = 0.15
"""Length of a stretch in pictures' widths. Two chosen frames are less than two stretches apart, so 70 % of one is in the next."""
_REMEDY = "copy the video again from the camera; mp4, mov, avi and mkv are read"
_MISSING_SHARE = 0.02
_END_S = 0.5

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One chosen frame."""

    number: int
    """Counted from 0."""
    time_s: float
    """From the first frame of the video."""
    image: NDArray[np.uint8]
    """(height, width, 3), blue first, turned as the video says."""
    sharpness: float


@dataclass(slots=True)
class VideoCount:
    """What became of the frames, filled while they are read."""

    n_frames: int = 0
    n_without_time: int = 0
    """Left out: their time stamps are not later than that of the frame before."""
    n_without_pose: int = 0
    fault: str = ""
    """Why the video ended early; empty when it did not."""


def sharpness(image: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian of a colour picture (height, width, 3): small where motion or focus took the edges."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_16S, ksize=3).std()) ** 2


def best_shots(
    path: Path, way: Callable[[float], float | None], count: VideoCount, *, progress: Progress | None = None
) -> Iterator[Shot]:
    """Yield the sharpest frame of each stretch of the way.

    `way` tells how far the camera had come at a time of the video, in pictures' widths; None where nobody knows: those frames are
    left out, and not even unpacked. BadInputError when the file is no video or not one frame of it can be read.
    """
    capture = _opened(path)
    try:
        n_expected = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        length_s = _length_s(capture)
        best: Shot | None = None
        stretch = None
        first_s = last_s = None
        while capture.grab():
            stamp_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            number = count.n_frames
            count.n_frames += 1
            if progress:
                progress(count.n_frames, max(n_expected, count.n_frames))
            # Of a frame without a stamp (a raw stream, the last ones of an AVI with B-frames) OpenCV says 0.
            if last_s is not None and stamp_s <= last_s:
                count.n_without_time += 1
                continue
            first_s = stamp_s if first_s is None else first_s
            last_s = stamp_s
            time_s = stamp_s - first_s
            at = way(time_s)
            if at is None:
                count.n_without_pose += 1
                continue
            is_got, image = capture.retrieve()
            if not is_got or image is None:
                continue
            picture = np.asarray(image, dtype=np.uint8)
            shot = Shot(number=number, time_s=time_s, image=picture, sharpness=sharpness(picture))
            if best is not None and int(at / STRETCH) != stretch:
                yield best
                best = None
            if best is None or shot.sharpness > best.sharpness:
                best, stretch = shot, int(at / STRETCH)
        if best is not None:
            yield best
    finally:
        capture.release()
    if count.n_frames == 0:
        raise BadInputError(f"{path}: not one frame of this video can be read", remedy=_REMEDY)
    # By time, not by number: of a Matroska the number is its length times a nominal rate, that a camera need not keep.
    read_s = (last_s or 0.0) - (first_s or 0.0)
    interval_s = read_s / max(1, count.n_frames - count.n_without_time - 1)
    reached_s = read_s + (1 + count.n_without_time) * interval_s  # the last frame is shown for a while, too
    if length_s - reached_s > max(_MISSING_SHARE * length_s, _END_S):
        count.fault = f"{path}: the video is cut short or damaged: it says {length_s:.1f} s, and {reached_s:.1f} s could be read"


def video_size(path: Path) -> tuple[int, int]:
    """Return width and height of the frames, as turned; BadInputError when the file is no video."""
    capture = _opened(path)
    try:
        for _ in range(50):
            is_got, image = capture.read()
            if is_got and image is not None:
                return int(image.shape[1]), int(image.shape[0])
    finally:
        capture.release()
    raise BadInputError(f"{path}: not one frame of this video can be read", remedy=_REMEDY)


def video_length_s(path: Path) -> float:
    """Return how long a video says it is, 0 when it does not say; BadInputError when the file is no video."""
    capture = _opened(path)
    try:
        return _length_s(capture)
    finally:
        capture.release()


def _length_s(capture: cv2.VideoCapture) -> float:
    """Return how long a video says it is; 0 when it does not say."""
    n_frames, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
    return n_frames / rate if n_frames > 0 and rate > 0 else 0.0


def _opened(path: Path) -> cv2.VideoCapture:
    if not path.is_file():
        raise BadInputError(f"{path}: no such file", remedy="check the path")
    # Only files: a name that FFmpeg takes for an address would make it call out.
    capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise BadInputError(f"{path}: not a video that can be read, or its index at the end is missing", remedy=_REMEDY)
    width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    if width * height > MAX_PIXELS:
        capture.release()
        raise BadInputError(f"{path}: frames of {width:.0f} x {height:.0f} pixels are too large", remedy=_REMEDY)
    return capture
