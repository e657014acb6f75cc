"""The frames of a camera as they come, each with the time when it came, read without a pause by a thread of its own.

Whoever reads a camera only when a photo is due gets a frame that has waited in some buffer for an unknown time.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.pictures.opening import MAX_PIXELS
from warehouse.errors import BadInputError

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # else FFmpeg prints its own lines about a broken stream
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

ADDRESSES = ("rtsp", "rtsps", "http", "https")
OPEN_TIMEOUT_S, READ_TIMEOUT_S, AGAIN_S = 5.0, 2.0, 0.5
_LOW_DELAY = "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay"
"""Options of FFmpeg for OpenCV: nothing smeared by lost packets, nothing held back to be put in order."""
_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_opening = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame."""

    time_s: float
    """When it came, by `time.monotonic`."""
    image: NDArray[np.uint8]
    """(height, width, 3), blue first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the frames come from."""

    device: int | None = None
    address: str = ""
    """Of a stream, or of a device such as `/dev/video0`."""
    file: Path | None = None
    """A video, which is played once at its own speed."""

    @classmethod
    def of(cls, text: str) -> Source:
        """Return what a person named: `0`, `/dev/video0`, `rtsp://…`, `http://…`, or a video file; else BadInputError."""
        if re.fullmatch(r"[0-9]{1,3}", text):
            return cls(device=int(text))
        if "://" in text:
            scheme = text.partition("://")[0].lower()
            if scheme not in ADDRESSES:
                raise BadInputError(
                    f"--camera: {scheme}:// is no way to a camera that is known here",
                    remedy=f"give a number, a video file, or an address with {', '.join(f'{a}://' for a in ADDRESSES)}",
                )
            return cls(address=text)
        if text.startswith("/dev/"):
            return cls(address=text)
        if not Path(text).is_file():
            raise BadInputError(
                f"--camera: {text}: no such file", remedy="give 0 for the first camera of this computer, rtsp://…, or a video file"
            )
        return cls(file=Path(text).resolve())

    @property
    def name(self) -> str:
        """For people, without the password that may stand in an address."""
        if self.device is not None:
            return f"camera {self.device} of this computer"
        if self.file is not None:
            return str(self.file)
        parts = urlsplit(self.address)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.scheme else self.address


class Stream:
    """Opens a source, hands on its frames, and opens it again for as long as it breaks; close it at the end."""

    def __init__(self, source: Source, on_frame: Callable[[Frame], None]) -> None:
        """Begin; `on_frame` is called in the stream's thread."""
        self._source, self._on_frame = source, on_frame
        self._closing = threading.Event()
        self.trouble = "no frame has come yet"
        """What is wrong now, for people; empty while frames come."""
        self.n_opened = 0
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; a read that hangs is left behind."""
        self._closing.set()
        self._thread.join(timeout=READ_TIMEOUT_S + 1.0)

    def _run(self) -> None:
        while not self._closing.is_set():
            capture = self._open()
            if capture is not None:
                self.n_opened += 1
                try:
                    self._play(capture)
                finally:
                    capture.release()
                if self._source.file is not None:
                    self.trouble = "the video has come to its end"
                    return
                self.trouble = "the connection broke"
            self._closing.wait(AGAIN_S)

    def _open(self) -> cv2.VideoCapture | None:
        source = self._source
        timeouts = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(1000 * OPEN_TIMEOUT_S)),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(1000 * READ_TIMEOUT_S)),
        ]
        try:
            if source.device is not None:
                capture = cv2.VideoCapture(source.device)
            elif source.file is not None:
                capture = cv2.VideoCapture(str(source.file), cv2.CAP_FFMPEG)
            elif source.address.startswith("/dev/"):
                capture = cv2.VideoCapture(source.address, cv2.CAP_V4L2)
            else:
                with _opening:  # these options can be given to OpenCV in no other way
                    before = os.environ.get(_OPTIONS)
                    os.environ[_OPTIONS] = _LOW_DELAY if before is None else before
                    try:
                        capture = cv2.VideoCapture(source.address, cv2.CAP_FFMPEG, timeouts)
                    finally:
                        if before is None:
                            del os.environ[_OPTIONS]
        except cv2.error:
            capture = None
        if capture is None or not capture.isOpened():
            self.trouble = "it cannot be opened"
            return None
        if capture.get(cv2.CAP_PROP_FRAME_WIDTH) * capture.get(cv2.CAP_PROP_FRAME_HEIGHT) > MAX_PIXELS:
            self.trouble = "its frames are too large"
            return None
        if source.file is None:
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture

    def _play(self, capture: cv2.VideoCapture) -> None:
        rate = capture.get(cv2.CAP_PROP_FPS) if self._source.file is not None else 0.0
        begin_s, n_played = time.monotonic(), 0
        while not self._closing.is_set() and capture.grab():
            if rate > 0:  # a file has no pace of its own
                self._closing.wait(max(0.0, begin_s + n_played / rate - time.monotonic()))
            time_s = time.monotonic()
            n_played += 1
            is_got, image = capture.retrieve()
            if is_got and image is not None and image.ndim == 3:
                self.trouble = ""
                self._on_frame(Frame(time_s=time_s, image=np.asarray(image, dtype=np.uint8)))
