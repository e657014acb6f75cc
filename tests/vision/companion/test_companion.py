"""A camera of this computer: real streams over loopback, a real video file; which frame is whose, and how sharp it is."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sitl.mjpeg_server import MjpegServer
from vision.companion.camera import StreamCamera
from vision.companion.frame import Frame
from vision.companion.pairing import Pairing
from vision.companion.stream import Source
from vision.companion.trial import brightness_of, defocus_of
from vision.pictures.exif import read_exif
from warehouse.companion_camera import PictureOrder, PictureTaken
from warehouse.errors import BadInputError

RATE_HZ = 20.0
UTC_S = 1_795_000_000.25


class Numbered:
    """Pictures that tell by their grey which they are, and when each was sent."""

    def __init__(self) -> None:
        self.sent_s: list[float] = []
        self._pictures = [cv2.imencode(".jpg", np.full((48, 64, 3), 8 * n + 4, dtype=np.uint8))[1].tobytes() for n in range(32)]

    def next(self) -> bytes:
        self.sent_s.append(time.monotonic())
        return self._pictures[(len(self.sent_s) - 1) % 32]

    def number_in(self, file: Path, *, about: int) -> int:
        image = cv2.imread(str(file))
        assert image is not None
        shown = int(image.mean() // 8)
        return min((n for n in range(len(self.sent_s)) if n % 32 == shown), key=lambda n: abs(n - about))


def until(condition: Callable[[], bool], longest_s: float = 8.0) -> None:
    deadline = time.monotonic() + longest_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def taken_by(camera: StreamCamera, n: int) -> list[PictureTaken]:
    found: list[PictureTaken] = []

    def is_done() -> bool:
        found.extend(camera.taken())
        return len(found) >= n

    until(is_done)
    return found


def order(file: Path, heard_s: float) -> PictureOrder:
    return PictureOrder(file=file, heard_s=heard_s, utc_s=UTC_S)


def test_the_frame_nearest_to_each_trigger_is_written_with_its_time_and_a_lost_connection_is_made_anew(tmp_path: Path) -> None:
    shown = Numbered()
    with MjpegServer(shown.next, rate_hz=RATE_HZ) as server, StreamCamera(Source.of(server.url), delay_s=0.1) as camera:
        trial = camera.trial(8.0)
        assert trial is not None
        assert trial.size_px == (64, 48)
        assert trial.rate_hz == pytest.approx(RATE_HZ, rel=0.3)
        assert trial.contrast < 0.01
        wanted = {tmp_path / f"{n}.jpg": time.monotonic() + 0.13 * n for n in range(3)}
        for file, heard_s in wanted.items():
            time.sleep(max(0.0, heard_s - time.monotonic()))
            camera.take(order(file, heard_s))
        for taken in taken_by(camera, 3):
            assert taken.off_s is not None
            assert abs(taken.off_s) < 0.1
            due_s = wanted[taken.file] + 0.1
            nearest = min(range(len(shown.sent_s)), key=lambda n: abs(shown.sent_s[n] - due_s))
            assert abs(shown.number_in(taken.file, about=nearest) - nearest) <= 2
            assert read_exif(taken.file.read_bytes()).utc_s == pytest.approx(UTC_S + taken.off_s, abs=0.001)

        server.cut()
        until(lambda: camera.trouble() != "")
        camera.take(order(tmp_path / "lost.jpg", time.monotonic()))
        (lost,) = taken_by(camera, 1)
        assert lost.off_s is None
        assert lost.why in ("the connection broke", "it cannot be opened: the camera answers with 503")
        assert not lost.file.exists()
        server.mend()
        until(lambda: camera.trouble() == "")
        camera.take(order(tmp_path / "again.jpg", time.monotonic()))
        (again,) = taken_by(camera, 1)
        assert again.off_s is not None


def test_a_stream_that_hangs_is_given_up_and_opened_again() -> None:
    shown, hangs = Numbered(), threading.Event()

    def picture() -> bytes:
        if hangs.is_set():
            time.sleep(4.0)
        return shown.next()

    with MjpegServer(picture, rate_hz=RATE_HZ) as server, StreamCamera(Source.of(server.url)) as camera:
        until(lambda: camera.trouble() == "")
        hangs.set()
        until(lambda: camera.trouble() == "the connection broke")
        hangs.clear()
        until(lambda: camera.trouble() == "")


def test_a_video_file_is_played_once_at_its_own_speed(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (64, 48))
    for n in range(25):
        writer.write(np.full((48, 64, 3), 8 * n + 4, dtype=np.uint8))
    writer.release()
    begin_s = time.monotonic()
    with StreamCamera(Source.of(str(tmp_path / "film.avi"))) as camera:
        until(lambda: camera.trouble() == "the video has come to its end")
        assert time.monotonic() - begin_s > 0.9
        camera.take(order(tmp_path / "late.jpg", time.monotonic() + 0.5))
        (late,) = taken_by(camera, 1)
        assert late.why == "the video has come to its end"


def test_a_disk_that_takes_no_picture_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "frames").write_text("no folder")
    shown = Numbered()
    with MjpegServer(shown.next, rate_hz=RATE_HZ) as server, StreamCamera(Source.of(server.url)) as camera:
        assert camera.trial(8.0) is not None  # until the age of its frames is known
        camera.take(order(tmp_path / "frames" / "1.jpg", time.monotonic()))
        (taken,) = taken_by(camera, 1)
    assert taken.is_disk_at_fault
    assert "frames" in taken.why


def test_a_camera_is_named_without_its_password_and_what_is_none_is_refused() -> None:
    assert Source.of("rtsp://admin:secret@10.0.0.2:554/live?x=1").name == "rtsp://10.0.0.2:554/live?x=1"
    assert (Source.of("0").device, Source.of("0").name) == (0, "camera 0 of this computer")
    assert Source.of("/dev/video2").address == "/dev/video2"
    with pytest.raises(BadInputError, match="ftp:// is no way to a camera"):
        Source.of("ftp://10.0.0.2/film.avi")
    with pytest.raises(BadInputError, match=r"film\.avi: no such file"):
        Source.of("film.avi")


# -- which frame is whose ------------------------------------------------------------------------------------------------------


def frame(time_s: float, lag_s: float = 0.0) -> Frame:
    return Frame(time_s=time_s, lag_s=lag_s, image=np.zeros((2, 2, 3), dtype=np.uint8))


def off_ms(pairing: Pairing, times_s: list[float], *orders_s: float) -> list[float | None]:
    """Return for each order how far off its frame is, in milliseconds, when the frames come at these times; None: no frame."""
    names = count()
    settled = [p for s in orders_s for p in pairing.order(order(Path(str(next(names))), s))]
    settled += [p for s in times_s for p in pairing.frame(frame(s))]
    settled += pairing.overdue(1e9)
    by_order = {p.order.file.name: p for p in settled}
    found = [by_order[str(n)] for n in range(len(orders_s))]
    return [None if p.frame is None or p.off_s is None else round(1000 * p.off_s, 1) for p in found]


def test_the_nearest_frame_is_taken_before_or_after() -> None:
    assert off_ms(Pairing(0.0), [1.0, 1.1, 1.2, 1.3], 1.04, 1.16) == [-40.0, 40.0]
    assert off_ms(Pairing(0.2), [1.0, 1.1, 1.2, 1.3], 1.04) == [-40.0]


def test_a_frame_serves_one_photo_only_and_none_that_is_far_off() -> None:
    assert off_ms(Pairing(0.0), [1.0, 1.1], 1.01, 1.02) == [-10.0, 80.0]
    assert off_ms(Pairing(0.0), [1.0, 2.0], 1.2, 1.5) == [None, None]
    assert off_ms(Pairing(0.0), [1.0], 1.05, 1.5) == [-50.0, None]  # the stream ended


def test_a_word_that_comes_late_still_finds_its_frame() -> None:
    pairing = Pairing(-0.1)
    for s in (1.0, 1.1, 1.2, 1.3, 1.4):
        pairing.frame(frame(s))
    (paired,) = pairing.order(order(Path("late"), 1.31))
    assert paired.off_s == pytest.approx(-0.01)


def test_a_frame_that_may_be_too_old_is_nobodys_and_one_that_is_known_goes_before_it() -> None:
    pairing = Pairing(0.0)
    assert pairing.order(order(Path("1"), 1.0)) == []
    assert pairing.frame(frame(0.9, lag_s=0.02)) == []
    assert pairing.frame(frame(1.01, lag_s=2.0)) == []  # may have been sent before: a better one may come
    (paired,) = pairing.frame(frame(1.08, lag_s=0.03))
    assert paired.frame is not None
    assert (paired.frame.time_s, paired.lag_s) == (1.08, 0.03)

    pairing.frame(frame(2.01, lag_s=2.0))
    (late,) = [*pairing.order(order(Path("2"), 2.02)), *pairing.overdue(9.0)]
    assert late.frame is None
    assert late.why == "the nearest frame is 0.01 s off, and may be 2.00 s older than it seems"
    pairing.frame(frame(3.0, lag_s=math.inf))
    (unknown,) = [*pairing.order(order(Path("3"), 3.0)), *pairing.overdue(9.0)]
    assert unknown.why == "the age of the nearest frame is not known"
    pairing.frame(frame(4.1, lag_s=0.06))
    (sum_is_too_much,) = [*pairing.order(order(Path("4"), 4.0)), *pairing.overdue(9.0)]
    assert sum_is_too_much.frame is None


def test_memory_is_bounded_by_time() -> None:
    pairing = Pairing(0.0)
    for n in range(1000):
        pairing.frame(frame(n / 10))
    (paired,) = pairing.order(order(Path("old"), 90.0))
    assert paired.frame is None


# -- what a picture says of its camera -----------------------------------------------------------------------------------------


def boxes(sigma_px: float) -> NDArray[np.uint8]:
    """Return a picture of boxes, blurred."""
    rng = np.random.default_rng(1)
    image = np.full((300, 400), 180, dtype=np.float32)
    for _ in range(40):
        x, y, w, h = rng.integers(0, 300), rng.integers(0, 250), rng.integers(20, 80), rng.integers(20, 80)
        image[y : y + h, x : x + w] = rng.integers(30, 230)
    blurred = cv2.GaussianBlur(image, (0, 0), sigma_px) + rng.normal(0, 2, image.shape)
    return cv2.cvtColor(np.clip(blurred, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR).astype(np.uint8)


@pytest.mark.parametrize("sigma_px", [0.6, 1.0, 1.5, 2.0])
def test_the_blur_of_edges_is_measured(sigma_px: float) -> None:
    assert defocus_of(boxes(sigma_px)) == pytest.approx(sigma_px, rel=0.3)


def test_a_picture_of_nothing_has_no_sharpness() -> None:
    assert defocus_of(np.full((300, 400, 3), 90, dtype=np.uint8)) is None
    assert brightness_of(np.full((300, 400, 3), 51, dtype=np.uint8)) == pytest.approx((0.2, 0.0))
