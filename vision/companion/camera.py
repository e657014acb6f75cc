"""The camera of this computer as a flight knows it: asked for the frame of each trigger, it writes that as JPEG with its time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.companion.pairing import Paired, Pairing
from vision.companion.stream import Frame, Source, Stream
from vision.companion.trial import brightness_of, defocus_of
from vision.pictures.exif_writing import with_time
from warehouse.companion_camera import PictureOrder, PictureTaken, TrialPicture
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
        self._n_frames = 0
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
        """Return for people what is wrong with the connection now; empty when frames come."""
        return self._stream.trouble

    def trial(self, timeout_s: float) -> TrialPicture | None:
        """Return what it shows now; None when no frame comes within `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        n_before = self._n_frames
        while self._n_frames == n_before and time.monotonic() < deadline:
            self._closing.wait(0.02)
        begin_s, n_begin = time.monotonic(), self._n_frames
        self._closing.wait(TRIAL_S)
        rate_hz = (self._n_frames - n_begin) / (time.monotonic() - begin_s)
        with self._lock:
            frame = self._pairing.newest
        if self._n_frames == n_before or frame is None:
            return None
        brightness, contrast = brightness_of(frame.image)
        height, width = frame.image.shape[:2]
        return TrialPicture(
            size_px=(width, height),
            rate_hz=rate_hz,
            brightness=brightness,
            contrast=contrast,
            defocus_px=defocus_of(frame.image),
            n_bytes=len(_jpeg(frame.image)),
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
            return PictureTaken(file=order.file, off_s=None, why=why)
        try:
            write_atomically(order.file, with_time(_jpeg(frame.image), order.utc_s + paired.off_s))
        except OSError as error:
            return PictureTaken(file=order.file, off_s=None, why=str(error), is_disk_at_fault=True)
        height, width = frame.image.shape[:2]
        return PictureTaken(file=order.file, off_s=paired.off_s, size_px=(width, height))


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()
