"""The frames of a camera as they come, each with the time when it came and by how much it may have been held up.

A thread of its own reads without a pause: whoever reads a camera only when a photo is due gets a frame that has waited in some
buffer for an unknown time. That the thread keeps up is not believed but measured, frame by frame.
"""

from __future__ import annotations

import math
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np

from vision.companion.frame import Frame
from vision.companion.http_stream import pictures_of
from vision.companion.rtsp_answer import why_not_opened
from vision.companion.stream_clock import StreamClock
from vision.pictures.opening import MAX_PIXELS
from warehouse.companion_camera import TOLERANCE_S
from warehouse.errors import BadInputError

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # else FFmpeg prints its own lines about a broken stream
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

ADDRESSES = ("rtsp", "rtsps", "http", "https")
OPEN_TIMEOUT_S, READ_TIMEOUT_S, AGAIN_S = 5.0, 2.0, 0.5
BEHIND_S = 1.0
"""So long without a frame of known age is no stumble any more."""
_LOW_DELAY = "rtsp_transport;tcp|allowed_media_types;video|flags;low_delay"
"""Options of FFmpeg for OpenCV: nothing smeared by lost packets, no sound (whose reports move the times), nothing held back."""
_QUICK = _LOW_DELAY + "|probesize;32"
"""Without these FFmpeg looks at 20 frames, at 5 a second for 4 s, before it gives the first. A camera that says too little of its
stream when it is asked cannot be opened so; then it is looked at for longer the next time."""
_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_opening = threading.Lock()


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
        self._broken = "no frame has come yet"
        self._known_s = time.monotonic()
        self._lag_s = 0.0
        self._n_tries = 0
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; a read that hangs is left behind."""
        self._closing.set()
        self._thread.join(timeout=READ_TIMEOUT_S + 1.0)

    @property
    def trouble(self) -> str:
        """What is wrong now, for people; empty while frames come whose age is known."""
        if self._broken or time.monotonic() - self._known_s < BEHIND_S:
            return self._broken
        if math.isinf(self._lag_s):
            return "the age of its frames is not known"
        return f"its frames may be {self._lag_s:.1f} s old: this computer or the link does not keep up with them"

    def _run(self) -> None:
        while not self._closing.is_set():
            if self._source.address.lower().startswith(("http://", "https://")):
                self._broken = self._read_pictures()
            else:
                capture = self._open()
                if capture is not None:
                    try:
                        self._play(capture)
                    finally:
                        capture.release()
                    if self._source.file is not None:
                        self._broken = "the video has come to its end"
                        return
                    self._broken = "the connection broke"
            self._closing.wait(AGAIN_S)

    def _read_pictures(self) -> str:
        """Read MJPEG until it ends; return what ended it."""
        is_open = False
        pictures = pictures_of(
            self._source.address,
            open_timeout_s=OPEN_TIMEOUT_S,
            read_timeout_s=READ_TIMEOUT_S,
            is_over=self._closing.is_set,
        )
        try:
            for frame in pictures:
                is_open = True
                self._hand_on(frame)
        except HTTPException as error:
            return str(error)
        except (OSError, ValueError):  # ValueError: an address that is none
            return "the connection broke" if is_open else "it cannot be opened"
        return "the connection broke"

    def _hand_on(self, frame: Frame) -> None:
        self._broken, self._lag_s = "", frame.lag_s
        if frame.lag_s <= TOLERANCE_S:
            self._known_s = time.monotonic()
        self._on_frame(frame)

    def _open(self) -> cv2.VideoCapture | None:
        source = self._source
        settings = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(1000 * OPEN_TIMEOUT_S)),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(1000 * READ_TIMEOUT_S)),
            *(cv2.CAP_PROP_N_THREADS, 1),  # each further one keeps a frame back: with 8, 1.4 s at 5 frames a second
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
                    os.environ[_OPTIONS] = (_LOW_DELAY if self._n_tries % 2 else _QUICK) if before is None else before
                    try:
                        capture = cv2.VideoCapture(source.address, cv2.CAP_FFMPEG, settings)
                    finally:
                        if before is None:
                            del os.environ[_OPTIONS]
        except cv2.error:
            capture = None
        if capture is None or not capture.isOpened():
            self._n_tries += 1
            is_rtsp = source.address.lower().startswith("rtsp://")
            self._broken = why_not_opened(source.address, OPEN_TIMEOUT_S) if is_rtsp else "it cannot be opened"
            return None
        if capture.get(cv2.CAP_PROP_FRAME_WIDTH) * capture.get(cv2.CAP_PROP_FRAME_HEIGHT) > MAX_PIXELS:
            self._broken = "its frames are too large"
            return None
        if source.file is None:
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture

    def _play(self, capture: cv2.VideoCapture) -> None:
        rate = capture.get(cv2.CAP_PROP_FPS) if self._source.file is not None else 0.0
        begin_s, n_played, clock = time.monotonic(), 0, StreamClock()
        while not self._closing.is_set() and capture.grab():
            if rate > 0:  # a file has no pace of its own
                self._closing.wait(max(0.0, begin_s + n_played / rate - time.monotonic()))
            time_s = time.monotonic()
            # A video file waits for nobody: what it is behind is this computer's doing.
            own_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if rate > 0:
                lag_s = max(0.0, time_s - begin_s - n_played / rate)
            else:
                time_s, lag_s = clock.placed(time_s, own_s)
            n_played += 1
            is_got, image = capture.retrieve()
            if clock.is_in_pieces:
                self._broken = "its pictures come in pieces (several slices, each sent as if it were a picture)"
            elif is_got and image is not None and image.ndim == 3:
                self._hand_on(Frame(time_s=time_s, lag_s=lag_s, image=np.asarray(image, dtype=np.uint8)))
        self._n_tries += n_played == 0
