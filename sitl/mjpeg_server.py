"""A network camera to try the real way with: MJPEG over HTTP on the loopback interface, as mjpg-streamer serves it.

It knows nothing of flights: whoever makes it says what it shows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

_BOUNDARY = "frame"


class MjpegServer:
    """Shows what `picture` gives, so many times a second; a context manager that ends it."""

    def __init__(self, picture: Callable[[], bytes], *, rate_hz: float) -> None:
        """Serve on a free port; `picture` returns a JPEG and is called in a thread of each watcher."""
        self._is_cut = threading.Event()
        self._closing = threading.Event()
        self._news = threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if outer._is_cut.is_set():
                    self.send_error(503)
                    return
                self.send_response(200)
                self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
                self.end_headers()
                with suppress(OSError):  # the watcher went away
                    outer._film(self.wfile.write, picture, 1 / rate_hz)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/live.mjpg"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End it."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def hurry(self) -> None:
        """Send the next picture at once, as a camera does that is triggered."""
        with self._news:
            self._news.notify_all()

    def cut(self) -> None:
        """Break the connections, and refuse new ones until `mend`."""
        self._is_cut.set()

    def mend(self) -> None:
        """Serve again."""
        self._is_cut.clear()

    def _film(self, write: Callable[[bytes], object], picture: Callable[[], bytes], period_s: float) -> None:
        while not (self._is_cut.is_set() or self._closing.is_set()):
            began_s, jpeg = time.monotonic(), picture()
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            write(head.encode() + jpeg + b"\r\n")
            with self._news:
                self._news.wait(max(0.0, began_s + period_s - time.monotonic()))
