"""The camera of this computer as a flight knows it: asked for the frame of each trigger, it writes that as JPEG with its time.

What comes as JPEG is written as it came, and unpacked only for the trial.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from statistics import median
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.companion.frame import Frame
from vision.companion.pairing import Paired, Pairing
from vision.companion.stream import Source, Stream
from vision.companion.trial import brightness_of, defocus_of
from vision.pictures.exif_writing import with_time, without_exif
from warehouse.companion_camera import TOLERANCE_S, PictureOrder, PictureTaken, TrialPicture
from warehouse.run_folder import write_atomically

TRIAL_S = 1.5
"""For so long frames are counted, once the first has come."""
_JPEG_QUALITY = 95
_CHECK_S = 0.1
_MOST_UNWRITTEN = 8
"""Frames that wait for the disk; with more, memory would run out before the flight ends."""


class StreamCamera:
    """Films from the moment it is made; a context manager that ends it."""

    def __init__(self, source: Source, *, delay_s: float = 0.0) -> None:
        """Film `source`, whose frame of a photo comes `delay_s` later than the autopilot's word of it."""
        self.name, self.delay_s = source.name, delay_s
        self._lock = threading.Lock()
        self._pairing = Pairing(delay_s)
        self._n_frames = self._n_known = 0
        self._lags_s: list[float] = []
        self._unwritten: queue.Queue[Paired] = queue.Queue(maxsize=_MOST_UNWRITTEN)
        self._taken: queue.SimpleQueue[PictureTaken] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._write_all, name="pictures", daemon=True)
        self._writer.start()
        self._stream = Stream(source, self._frame)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End it."""
        self.close()

    def close(self) -> None:
        """Stop filming; what was ordered and has its frame is still written."""
        self._stream.close()
        self._closing.set()
        self._writer.join(timeout=10.0)

    def trouble(self) -> str:
        """Return for people what is wrong with the connection now; empty when frames come whose age is known."""
        return self._stream.trouble

    def trial(self, timeout_s: float) -> TrialPicture | None:
        """Return what it shows now; None when no frame comes within `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        n_before, n_known = self._n_frames, self._n_known
        while self._n_known == n_known and time.monotonic() < deadline:  # the first are of no known age
            self._closing.wait(0.02)
        begin_s = time.monotonic()
        with self._lock:
            self._lags_s = []
        self._closing.wait(TRIAL_S)
        with self._lock:
            lags_s, frame = self._lags_s, self._pairing.newest
        rate_hz = len(lags_s) / (time.monotonic() - begin_s)
        image = None if frame is None else frame.unpacked()
        if self._n_frames == n_before or frame is None or image is None:
            return None
        brightness, contrast = brightness_of(image)
        height, width = image.shape[:2]
        return TrialPicture(
            size_px=(width, height),
            rate_hz=rate_hz,
            lag_s=median(lags_s) if lags_s else math.inf,
            brightness=brightness,
            contrast=contrast,
            defocus_px=defocus_of(image),
            n_bytes=len(frame.jpeg or _packed(image)),
        )

    def take(self, order: PictureOrder) -> None:
        """Have the frame of that moment written."""
        with self._lock:
            settled = self._pairing.order(order)
        self._hand_on(settled)

    def taken(self) -> Sequence[PictureTaken]:
        """Return what was finished since the last call."""
        found = []
        with suppress(queue.Empty):
            while True:
                found.append(self._taken.get_nowait())
        return found

    def _frame(self, frame: Frame) -> None:
        with self._lock:
            self._n_frames += 1
            self._n_known += frame.lag_s <= TOLERANCE_S
            self._lags_s.append(frame.lag_s)
            settled = self._pairing.frame(frame)
        self._hand_on(settled)

    def _hand_on(self, settled: Sequence[Paired]) -> None:
        for each in settled:
            try:
                self._unwritten.put_nowait(each)
            except queue.Full:
                self._taken.put(PictureTaken(file=each.order.file, off_s=None, why="the disk was too slow"))

    def _write_all(self) -> None:
        while not (self._closing.is_set() and self._unwritten.empty()):
            with self._lock:
                late = self._pairing.overdue(time.monotonic())
            for each in late:
                self._taken.put(self._write(each))
            with suppress(queue.Empty):
                self._taken.put(self._write(self._unwritten.get(timeout=_CHECK_S)))

    def _write(self, paired: Paired) -> PictureTaken:
        order, frame = paired.order, paired.frame
        if frame is None or paired.off_s is None:
            why = self._stream.trouble or paired.why
            lag_s = paired.lag_s if paired.lag_s is not None and math.isfinite(paired.lag_s) else None
            return PictureTaken(file=order.file, off_s=None, lag_s=lag_s, why=why)
        size_px = frame.jpeg_size_px if frame.image is None else (frame.image.shape[1], frame.image.shape[0])
        if size_px is None:
            return PictureTaken(file=order.file, off_s=None, lag_s=paired.lag_s, why="its frame came damaged")
        jpeg = without_exif(frame.jpeg) if frame.image is None else _packed(frame.image)
        try:
            write_atomically(order.file, with_time(jpeg, order.utc_s + paired.off_s))
        except OSError as error:
            return PictureTaken(file=order.file, off_s=None, why=str(error), is_disk_at_fault=True)
        return PictureTaken(file=order.file, off_s=paired.off_s, lag_s=paired.lag_s, size_px=size_px)


def _packed(image: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()
