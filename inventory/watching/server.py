"""Serve the watched run to a browser on this computer, and to nobody else.

Bound to 127.0.0.1; answers two addresses, to GET only, and only under its own name: a page of another site that has its name point
here (DNS rebinding) is refused by the Host header.
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from warehouse.errors import BadInputError

LOOPBACK = "127.0.0.1"
_ALWAYS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_IDLE_S = 30.0
"""After which a connection on which nothing is asked is closed."""
_WORTH_PACKING = 2_000


class WatchServer:
    """A page and its state. Use as a context manager."""

    def __init__(self, page: str, policy: str, state: Callable[[int], dict[str, Any]], *, port: int = 0) -> None:
        """Listen on `port` of the loopback interface; 0: any that is free. `state` is called by threads of the server's own.

        BadInputError when the port is taken.
        """
        self._answers = _Answers(page.encode(), policy, state)
        try:
            self._server = _Server((LOOPBACK, port), self._answers)
        except OSError as error:
            raise BadInputError(
                f"port {port} of this computer cannot be used: {error.strerror or error}",
                remedy="give another --port, or none: then a free one is found",
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{LOOPBACK}:{self._server.server_port}/"

    @property
    def has_told_the_end(self) -> bool:
        """Whether the last answer said that the run is over, or nobody ever asked."""
        return self._answers.has_told_the_end

    def __enter__(self) -> WatchServer:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Answers:
    """What there is to be had."""

    def __init__(self, page: bytes, policy: str, state: Callable[[int], dict[str, Any]]) -> None:
        self.page, self.policy, self.state = page, policy, state
        self.packed_page = gzip.compress(page, 6)
        self.has_told_the_end = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], answers: _Answers) -> None:
        self.answers = answers
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away within an answer."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "aislescan", ""
    timeout = _IDLE_S

    def do_GET(self) -> None:
        """Answer for the page or its state."""
        own = self.server.server_port
        if self.headers.get_all("Host") not in ([f"{LOOPBACK}:{own}"], [f"localhost:{own}"]):
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, b"", "text/plain")
            return
        asked = urlsplit(self.path)
        answers = self.server.answers
        if asked.path == "/":
            packed = self._takes_packed()
            body = answers.packed_page if packed else answers.page
            self._answer(HTTPStatus.OK, body, "text/html; charset=utf-8", is_packed=packed)
        elif asked.path == "/state":
            given = parse_qs(asked.query).get("since", ["-1"])[-1]
            since = int(given) if given.removeprefix("-").isdecimal() and len(given) < 12 else -1
            document = answers.state(since)
            answers.has_told_the_end = bool(document["over"])
            body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
            packed = len(body) > _WORTH_PACKING and self._takes_packed()
            self._answer(HTTPStatus.OK, gzip.compress(body, 1) if packed else body, "application/json", is_packed=packed)
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"", "text/plain")

    def _takes_packed(self) -> bool:
        return "gzip" in self.headers.get("Accept-Encoding", "")

    def _answer(self, status: HTTPStatus, body: bytes, kind: str, *, is_packed: bool = False) -> None:
        self.send_response(status)
        for name, value in _ALWAYS.items():
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", self.server.answers.policy)
        self.send_header("Content-Type", kind)
        if is_packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        if status is not HTTPStatus.OK:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal to the run."""
