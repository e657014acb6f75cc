"""A camera that speaks RTSP: why it cannot be opened; and, where GStreamer is, a real one that is cut off and comes again."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import md5
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.companion.frame import Frame
from vision.companion.rtsp_answer import why_not_opened
from vision.companion.stream import Source, Stream

SERVER = Path(__file__).parents[3] / "benchmarks" / "rtsp_server.py"
DIGEST = b'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="cam, 1", nonce="ab12"\r\n\r\n'


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[int, list[str]]]:
    """Answer one question after the other on one connection; yield the port, and what was asked."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                for answer in answers:
                    asked.append(connection.recv(65_536).decode())
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], asked


@pytest.mark.parametrize(
    ("user", "answers", "words"),
    [
        ("", [b"RTSP/1.0 404 Not Found\r\n\r\n"], "the camera has no stream of that path"),
        ("", [DIGEST], "it asks for a password; write the address as rtsp://USER:PASSWORD@"),
        ("admin:no@", [DIGEST, DIGEST], "the camera does not accept this user and password"),
        ("admin:yes@", [DIGEST, b"RTSP/1.0 404 Not Found\r\n\r\n"], "the camera has no stream of that path"),
        ("", [b"RTSP/1.0 200 OK\r\n\r\n"], "sends no video that is known here"),
        ("", [b"RTSP/1.0 503 Service Unavailable\r\n\r\n"], "the camera answers with 503"),
        ("", [b"HTTP/1.0 400 Bad Request\r\n\r\n"], "what answers there is no camera"),
        ("", [b""], "what answers there is no camera"),
    ],
)
def test_it_is_said_why_a_camera_cannot_be_opened(user: str, answers: list[bytes], words: str) -> None:
    with answering(*answers) as (port, _):
        assert words in why_not_opened(f"rtsp://{user}127.0.0.1:{port}/live", 2.0)


def test_the_password_is_proven_as_the_camera_asks_and_never_sent_in_the_address() -> None:
    with answering(DIGEST, b"RTSP/1.0 404 Not Found\r\n\r\n") as (port, asked):
        why_not_opened(f"rtsp://admin:p%40ss@127.0.0.1:{port}/live?x=1", 2.0)
    url = f"rtsp://127.0.0.1:{port}/live?x=1"
    secret, way = (md5(text.encode()).hexdigest() for text in ("admin:cam, 1:p@ss", f"DESCRIBE:{url}"))
    assert f'response="{md5(f"{secret}:ab12:{way}".encode()).hexdigest()}"' in asked[1]
    assert all(question.startswith(f"DESCRIBE {url} RTSP/1.0\r\n") and "p%40ss" not in question for question in asked)


def test_where_nothing_listens_that_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert why_not_opened(f"rtsp://127.0.0.1:{port}/live", 2.0) == f"it cannot be opened: nothing answers at 127.0.0.1:{port}"


# -- a real server -------------------------------------------------------------------------------------------------------------

_PARTS = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst; Gst.init(None);"
_PARTS += "assert all(map(Gst.ElementFactory.find, ('x264enc', 'rtph264pay', 'jpegdec')))"


@contextmanager
def served(*options: str) -> Iterator[tuple[str, Callable[[str], None]]]:
    """Serve over RTSP; yield the address, and what gives the server an order."""
    python = "/usr/bin/python3"
    if not Path(python).exists() or subprocess.run([python, "-c", _PARTS], capture_output=True, check=False).returncode:
        pytest.skip("needs GStreamer with its RTSP server (see benchmarks/rtsp_server.py)")
    command = [python, str(SERVER), "--size", "64", "48", "--rate", "10", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        stdin = server.stdin
        try:
            yield server.stdout.readline().strip(), lambda word: print(word, file=stdin)
        finally:
            stdin.close()


def brightness(frame: Frame) -> float:
    assert frame.image is not None
    return float(frame.image.mean())


def until(condition: Callable[[], bool], longest_s: float = 8.0) -> None:
    deadline = time.monotonic() + longest_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_real_server_is_opened_at_once_shows_what_it_films_and_is_found_again_when_it_was_gone(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "bright.jpg"), np.full((48, 64), 220, dtype=np.uint8))
    frames: list[Frame] = []
    with served("--gop", "20", "--audio", "--user", "u", "--password", "p w") as (address, tell):
        stream = Stream(Source.of(address.replace("//", "//u:p%20w@")), frames.append)
        try:
            until(lambda: bool(frames), 3.0)
            until(lambda: frames[-1].lag_s < 0.15)
            tell(str(tmp_path / "bright.jpg"))
            until(lambda: brightness(frames[-1]) > 200)
            tell("cut")
            until(lambda: "nothing answers at" in stream.trouble)
            tell("mend")
            until(lambda: stream.trouble == "" and frames[-1].lag_s < 0.15)
        finally:
            stream.close()


def test_a_real_server_that_sends_each_slice_as_if_it_were_a_picture_is_refused() -> None:
    frames: list[Frame] = []
    with served("--slices", "3") as (address, _):
        stream = Stream(Source.of(address), frames.append)
        try:
            until(lambda: "its pictures come in pieces" in stream.trouble)
        finally:
            stream.close()
    assert all(frame.lag_s > 0.15 for frame in frames)
