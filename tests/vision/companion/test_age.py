"""How old a frame is that comes: a stream that brings more than can be unpacked, a reader that is held up, a camera's own times."""

from __future__ import annotations

import base64
import math
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from itertools import count, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from sitl.mjpeg_server import MjpegServer
from vision.companion.camera import StreamCamera
from vision.companion.frame import Frame
from vision.companion.mjpeg import Arrivals
from vision.companion.pairing import Pairing
from vision.companion.stream import Source, Stream
from vision.companion.stream_clock import StreamClock
from vision.pictures.exif import read_exif
from vision.pictures.exif_writing import with_time, without_exif
from warehouse.companion_camera import TOLERANCE_S, PictureOrder, PictureTaken


def packed(width: int = 32, height: int = 24) -> bytes:
    return cv2.imencode(".jpg", np.full((height, width, 3), 120, dtype=np.uint8))[1].tobytes()


class Told:
    """Pictures that say in a comment (JPEG's COM segment) when they were sent."""

    def __init__(self, jpeg: bytes) -> None:
        self._jpeg = jpeg

    def next(self) -> bytes:
        return self._jpeg[:2] + b"\xff\xfe" + struct.pack(">Hd", 10, time.monotonic()) + self._jpeg[2:]


def sent_s(jpeg: bytes) -> float:
    at = jpeg.index(b"\xff\xfe\x00\x0a")
    return float(struct.unpack_from(">d", jpeg, at + 4)[0])


def until(condition: Callable[[], bool], longest_s: float = 8.0) -> None:
    deadline = time.monotonic() + longest_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_of_a_stream_that_is_sent_faster_than_it_can_be_unpacked_each_frame_that_is_found_is_the_right_one(tmp_path: Path) -> None:
    jpeg = packed(3840, 2400)
    began_s = time.process_time()
    cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)
    rate_hz = 80.0
    assert time.process_time() - began_s > 1 / rate_hz  # it cannot be unpacked as it comes
    with MjpegServer(Told(jpeg).next, rate_hz=rate_hz) as server, StreamCamera(Source.of(server.url)) as camera:
        until(lambda: camera.trouble() == "")
        time.sleep(0.3)
        due_s: dict[Path, float] = {}
        taken: list[PictureTaken] = []
        deadline_s = time.monotonic() + 8.0
        while sum(each.off_s is not None for each in taken) < 3 and time.monotonic() < deadline_s:
            file = tmp_path / f"{len(due_s)}.jpg"
            due_s[file] = time.monotonic()
            camera.take(PictureOrder(file=file, heard_s=due_s[file], utc_s=1.8e9))
            time.sleep(0.1)
            taken += camera.taken()
    found = [each for each in taken if each.off_s is not None]
    assert len(found) >= 3
    for each in found:
        assert each.size_px == (3840, 2400)
        assert abs(sent_s(each.file.read_bytes()) - due_s[each.file]) <= TOLERANCE_S
    assert all("older than it seems" in each.why or "is not known" in each.why for each in taken if each.off_s is None)


def test_a_reader_that_is_held_up_pairs_no_frame_that_waited_and_all_again_when_it_keeps_up() -> None:
    pairing, names = Pairing(0.0), count()
    holds_s, frames = [0.0], [0]
    settled = []

    def slow(frame: Frame) -> None:
        frames[0] += 1
        asked = PictureOrder(file=Path(str(next(names))), heard_s=time.monotonic(), utc_s=0.0)
        settled.extend([*pairing.frame(frame), *pairing.order(asked)])
        time.sleep(holds_s[0])

    with MjpegServer(Told(packed()).next, rate_hz=40.0) as server:
        stream = Stream(Source.of(server.url), slow)
        try:
            until(lambda: frames[0] > 8)
            holds_s[0] = 0.1  # four times as long as a frame takes to come
            until(lambda: "this computer or the link does not keep up" in stream.trouble)
            n_settled = len(settled)
            time.sleep(0.5)
            assert all(paired.frame is None for paired in settled[n_settled:])
            holds_s[0] = 0.0
            until(lambda: stream.trouble == "")
            n_settled = len(settled)
            until(lambda: any(paired.frame is not None for paired in settled[n_settled:]))
        finally:
            stream.close()
    settled += pairing.overdue(1e12)
    assert any("s older than it seems" in paired.why for paired in settled)
    for paired in settled:
        if paired.frame is not None:
            assert abs(sent_s(paired.frame.jpeg) - paired.order.heard_s) <= TOLERANCE_S


# -- the bytes of a stream -----------------------------------------------------------------------------------------------------


def part(jpeg: bytes, *, tells_length: bool = True) -> bytes:
    length = f"Content-Length: {len(jpeg)}\r\n" if tells_length else ""
    return b"--b\r\nContent-Type: image/jpeg\r\n" + length.encode() + b"\r\n" + jpeg + b"\r\n"


@pytest.mark.parametrize("tells_length", [True, False])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_pictures_are_found_however_their_bytes_are_cut(size: int, tells_length: bool) -> None:
    preview = packed(8, 8)
    with_preview = packed()[:2] + b"\xff\xe1" + struct.pack(">H", len(preview) + 2) + preview + packed()[2:]
    pictures = [packed(), with_preview, packed(64, 16)]
    stream = b"\r\n".join(part(p, tells_length=tells_length) for p in pictures)
    arrivals = Arrivals(0.0)
    found = [f for at in range(0, len(stream), size) for f in arrivals.feed(stream[at : at + size], 1.0 + at)]
    assert [f.jpeg for f in found] == pictures
    assert found[0].time_s == pytest.approx(1.0 + stream.index(b"\xff\xd8") // size * size)  # its first byte
    assert found[0].jpeg_size_px == (32, 24)


def lags_s(*events: float | tuple[float, bytes]) -> list[float]:
    """Return the lags of the frames of a stream: a number is a time at which nothing came, a pair what came when."""
    arrivals, found = Arrivals(0.0), []
    for event in events:
        if isinstance(event, tuple):
            found += arrivals.feed(event[1], event[0])
        else:
            arrivals.nothing(event)
    return [round(f.lag_s, 3) for f in found]


def test_a_frame_is_at_most_as_old_as_the_last_silence_before_a_picture() -> None:
    one = part(packed())
    steady: list[float | tuple[float, bytes]] = [0.9, (1.0, one), 1.09, (1.1, one), 1.15, 1.19, (1.2, one), 1.29, (1.3, one)]
    assert lags_s(*steady) == [
        math.inf,
        1.1,
        0.01,
        0.01,
    ]  # the first may be one that was kept, the next is younger than the connection
    # Held up for a second: what waited is as old as the last silence; the third of three after a silence each is known again.
    waited: list[float | tuple[float, bytes]] = [(2.5, one * 9), 2.59, (2.6, one), 2.69, (2.7, one), 2.79, (2.8, one)]
    assert lags_s(*steady, *waited)[4:] == [*([1.21] * 9), 1.31, 1.41, 0.01]


def test_the_pauses_of_a_link_that_is_too_slow_do_not_pass_for_silences() -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(20_000, 40_000, 400)
    stream = b"".join(part(packed()[:-2] + bytes(int(n)) + b"\xff\xd9") for n in sizes)
    events: list[float | tuple[float, bytes]] = [0.001]
    for n, at in enumerate(range(0, len(stream), 6000)):  # a burst every 6 ms, and nothing for 5 ms after it
        events += [(1.0 + 0.006 * n, stream[at : at + 6000]), 1.001 + 0.006 * n]
    lags = lags_s(*events)
    assert len(lags) == 400
    assert min(lags[5:]) > TOLERANCE_S


def test_what_is_no_mjpeg_is_refused() -> None:
    for nonsense in (b"x" * 70_000, b"--b\r\n\r\nnothing of a picture", b"--b\r\nContent-Length: 9999999999\r\n\r\n"):
        with pytest.raises(HTTPException, match=r"no MJPEG|too large"):
            Arrivals(0.0).feed(nonsense, 1.0)


def test_a_jpeg_is_written_as_it_came_but_for_what_its_camera_said_about_it() -> None:
    jpeg = packed()
    assert without_exif(with_time(jpeg, 1.7e9)) == without_exif(jpeg) == jpeg
    assert read_exif(with_time(without_exif(with_time(jpeg, 1.7e9)), 1.8e9)).utc_s == 1.8e9


# -- the camera's own times ----------------------------------------------------------------------------------------------------


def placed(took_s: list[float], every_s: float, drift: float = 0.0) -> list[tuple[float, float]]:
    """Return how far from its due place each frame is put that took so long, and by how much it may be older."""
    clock, found = StreamClock(), []
    for n, took in enumerate(took_s):
        moment_s = every_s * n
        time_s, lag_s = clock.placed(100.0 + moment_s + took, 7000.0 + moment_s * (1 - drift))
        found.append((time_s - 100.0 - moment_s, lag_s))
    return found


def test_by_a_streams_own_times_a_frame_is_put_where_it_would_have_come_as_fast_as_the_fastest() -> None:
    found = placed([0.9, 0.4, 0.3, 0.3, 0.31, 0.55, 0.8, 2.0, 0.3], 0.6)
    assert [lag_s for _, lag_s in found[:2]] == [math.inf, math.inf]  # the connection is new
    assert [place_s for place_s, _ in found[3:]] == pytest.approx([0.3, 0.3, 0.3, 0.5, 1.7, 0.3], abs=1e-6)
    # What is more than a stumble counts as not known.
    assert [lag_s for _, lag_s in found[3:]] == pytest.approx([0.0, 0.0, 0.0, 0.2, 1.4, 0.0], abs=1e-6)


def test_a_queue_that_stays_is_not_taken_for_the_fastest_way_nor_a_clock_that_goes_wrong_for_a_stumble() -> None:
    queued = placed([0.1] * 20 + [0.3] * 80, 0.5)
    assert queued[21] == pytest.approx((0.1, 0.0))
    assert queued[-1] == pytest.approx((0.3, 0.2))
    slow_clock = placed([0.1] * 2400, 0.5, drift=50e-6)
    assert slow_clock[-1] == pytest.approx((0.1, 0.06), abs=0.002)  # after 20 minutes: in its place to 2 ms, and said to 60


def test_frames_without_times_of_their_own_are_of_no_known_age() -> None:
    clock = StreamClock()
    assert all(math.isinf(clock.placed(100.0 + n, 0.0)[1]) for n in range(1, 9))
    assert not clock.is_in_pieces
    assert math.isinf(StreamClock().placed(100.0, math.nan)[1])


def test_slices_that_come_as_if_each_were_a_picture_are_noticed_before_any_counts() -> None:
    clock = StreamClock()
    lags_s = [clock.placed(100.0 + 0.2 * n + 0.01 * piece, 7.0 + 0.2 * n)[1] for n in range(4) for piece in range(2)]
    assert clock.is_in_pieces
    assert all(map(math.isinf, lags_s))


def test_a_stream_by_ffmpeg_that_is_unpacked_too_slowly_is_told_of_and_known_again_when_it_has_caught_up(tmp_path: Path) -> None:
    film, rate_hz, n_frames = tmp_path / "film.ts", 25.0, 200
    writer = cv2.VideoWriter(str(film), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), rate_hz, (64, 48))
    rng = np.random.default_rng(1)
    for _ in range(n_frames):
        writer.write(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8))
    writer.release()
    packets = [film.read_bytes()[at : at + 188] for at in range(0, film.stat().st_size, 188)]
    begins = [n for n, p in enumerate(packets) if p[1] & 0x40 and struct.unpack_from(">H", p, 1)[0] & 0x1FFF == 0x100]
    pieces = [b"".join(packets[a:b]) for a, b in pairwise([0, *begins[1:], len(packets)])]  # one a frame
    lags_s, holds_s = [0.0], [0.0]

    def slow(frame: Frame) -> None:
        lags_s.append(frame.lag_s)
        time.sleep(holds_s[0])

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            began_s = time.monotonic()
            with connection, suppress(OSError):
                for n, piece in enumerate(pieces):
                    connection.sendall(piece)
                    time.sleep(max(0.0, began_s + n / rate_hz - time.monotonic()))

        threading.Thread(target=serve, daemon=True).start()
        stream = Stream(Source(address=f"tcp://127.0.0.1:{server.getsockname()[1]}"), slow)
        try:
            until(lambda: math.isfinite(lags_s[-1]) and len(lags_s) > 10)
            assert lags_s[-1] < TOLERANCE_S
            holds_s[0] = 0.1
            until(lambda: "does not keep up" in stream.trouble)
            assert lags_s[-1] > TOLERANCE_S
            holds_s[0] = 0.0
            until(lambda: stream.trouble == "")
        finally:
            stream.close()


# -- the camera's answer -------------------------------------------------------------------------------------------------------


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[str, list[str]]]:
    """Answer one connection after the other; what was asked is noted."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    asked.append(connection.recv(65_536).decode())
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", asked


MJPEG = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\n\r\n" + part(packed())


def first_of(address: str) -> tuple[list[Frame], str]:
    """Return what comes from an address, and what ends it."""
    frames: list[Frame] = []
    stream = Stream(Source.of(address), frames.append)
    try:
        until(lambda: stream.trouble not in ("", "no frame has come yet"))
        return frames, stream.trouble
    finally:
        stream.close()


@pytest.mark.parametrize(
    ("challenge", "answer"),
    [
        ("Basic realm=cam", "Authorization: Basic " + base64.b64encode(b"ann:p@ss").decode()),
        (
            'Digest realm="cam", nonce="n1", qop="auth", algorithm=MD5',
            'Authorization: Digest username="ann", realm="cam", nonce="n1"',
        ),
    ],
    ids=["basic", "digest"],
)
def test_a_camera_that_asks_for_a_password_and_sends_elsewhere_is_answered(challenge: str, answer: str) -> None:
    asks = f"HTTP/1.1 401 No\r\nWWW-Authenticate: {challenge}\r\n\r\n".encode()
    with answering(b"HTTP/1.1 302 There\r\nLocation: /live?x=1\r\n\r\n", asks, MJPEG) as (place, asked):
        frames, trouble = first_of(f"http://ann:p%40ss@{place}/")
    assert (len(frames), trouble) == (1, "the connection broke")
    assert answer in asked[2]
    assert [each.partition("\r")[0] for each in asked] == ["GET / HTTP/1.0", *["GET /live?x=1 HTTP/1.0"] * 2]
    assert "Authorization" not in asked[1]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            b"HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + packed(),
            "it gives no MJPEG (multipart/x-mixed-replace) but image/jpeg",
        ),
        (b"HTTP/1.0 404 Not Found\r\n\r\n", "it cannot be opened: the camera answers with 404"),
        (b"SSH-2.0\r\n\r\n", "it cannot be opened: what answers there is no camera"),
    ],
    ids=["picture", "nothing", "other"],
)
def test_what_gives_no_bound_for_the_age_of_its_frames_is_refused_with_the_reason(answer: bytes, words: str) -> None:
    with answering(answer) as (place, _):
        frames, trouble = first_of(f"http://{place}/")
    assert not frames
    assert trouble.startswith(words)
