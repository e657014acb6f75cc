"""MJPEG over HTTP: asks for it, and moves the bytes as they come, without unpacking any picture."""

from __future__ import annotations

import base64
import io
import selectors
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException, HTTPMessage, parse_headers
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import HTTPDigestAuthHandler, HTTPPasswordMgrWithDefaultRealm, Request, parse_http_list, parse_keqv_list

from vision.companion.frame import Frame
from vision.companion.mjpeg import Arrivals

_MOST_ASKED = 5
"""Times that a camera may send elsewhere, or ask for a password."""
_MOST_HEAD_BYTES = 65_536
_CHUNK_BYTES = 262_144
_FIRST_WAIT_S, _WAIT_S = 0.003, 0.01
"""So long nothing must come to count as silence; then the silence is looked at again and again, to know how long ago it was."""


def pictures_of(address: str, *, open_timeout_s: float, read_timeout_s: float, is_over: Callable[[], bool]) -> Iterator[Frame]:
    """Yield the pictures of an address as they come until `is_over`, or the camera ends it.

    OSError when it cannot be reached or is silent for too long; HTTPException, with words for people, when it gives no MJPEG.
    """
    asked_s = time.monotonic()
    connection, data = _opened(address, open_timeout_s)
    with connection, selectors.DefaultSelector() as waiter:
        connection.setblocking(False)
        waiter.register(connection, selectors.EVENT_READ)
        arrivals = Arrivals(asked_s)
        heard_s = time.monotonic()
        yield from arrivals.feed(data, heard_s)
        wait_s = _FIRST_WAIT_S
        while not is_over():
            try:
                data = connection.recv(_CHUNK_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                since_s = time.monotonic()
                if not waiter.select(wait_s):
                    arrivals.nothing(since_s)
                    wait_s = _WAIT_S
                    if since_s - heard_s > read_timeout_s:
                        raise TimeoutError from None
                continue
            if not data:
                return
            heard_s, wait_s = time.monotonic(), _FIRST_WAIT_S
            yield from arrivals.feed(data, heard_s)


def _opened(address: str, timeout_s: float) -> tuple[socket.socket, bytes]:
    """Return the connection on which the pictures come, and what came of them with the answer."""
    password = ""
    for _ in range(_MOST_ASKED):
        parts = urlsplit(address)
        connection = _connected(parts, timeout_s)
        try:
            status, head, rest = _answer(connection, parts, password, time.monotonic() + timeout_s)
        except BaseException:
            connection.close()
            raise
        kind = head.get_content_type()
        if status == 200 and kind.startswith("multipart/") and "chunked" not in head.get("Transfer-Encoding", ""):
            return connection, rest
        connection.close()
        if status in (301, 302, 303, 307, 308) and head.get("Location"):
            moved = urlsplit(urljoin(address, head["Location"]))
            is_here = moved.hostname == parts.hostname and "@" not in moved.netloc
            address = (moved._replace(netloc=parts.netloc.rpartition("@")[0] + "@" + moved.netloc) if is_here else moved).geturl()
            if moved.scheme not in ("http", "https"):
                break
        elif status == 401 and not password and parts.username is not None:
            password = _password(parts, head.get_all("WWW-Authenticate", []))
        elif status == 200:
            raise HTTPException(f"it gives no MJPEG (multipart/x-mixed-replace) but {kind}, which does not tell how old it is")
        else:
            raise HTTPException(f"it cannot be opened: the camera answers with {status}")
    raise HTTPException("it cannot be opened: the camera sends from one address to the next")


def _connected(parts: SplitResult, timeout_s: float) -> socket.socket:
    is_safe = parts.scheme.lower() == "https"
    port = parts.port or (443 if is_safe else 80)
    plain = socket.create_connection((parts.hostname or "", port), timeout=timeout_s)
    if not is_safe:
        return plain
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # cameras sign for themselves
    try:
        return context.wrap_socket(plain, server_hostname=parts.hostname)
    except BaseException:
        plain.close()
        raise


def _answer(connection: socket.socket, parts: SplitResult, password: str, until_s: float) -> tuple[int, HTTPMessage, bytes]:
    """Return status, headers and the bytes behind them."""
    lines = [f"GET {_wanted(parts)} HTTP/1.0", f"Host: {parts.netloc.rpartition('@')[2]}", "Accept: */*", "User-Agent: aislescan"]
    lines += [f"Authorization: {password}"] if password else []
    connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        more = connection.recv(4096)
        if not more or len(data) > _MOST_HEAD_BYTES or time.monotonic() > until_s:
            raise HTTPException("it cannot be opened: what answers there is no camera")
        data += more
    first, _, headers = data[: end + 4].partition(b"\r\n")
    words = first.split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise HTTPException("it cannot be opened: what answers there is no camera")
    return int(words[1]), parse_headers(io.BytesIO(headers)), data[end + 4 :]


def _wanted(parts: SplitResult) -> str:
    return (parts.path or "/") + ("?" + parts.query if parts.query else "")


def _password(parts: SplitResult, asked: list[str]) -> str:
    """Return the header that answers to what the camera asked for: Digest (RFC 7616) where it can, else Basic (RFC 7617)."""
    url = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
    known = HTTPPasswordMgrWithDefaultRealm()
    user, secret = unquote(parts.username or ""), unquote(parts.password or "")
    known.add_password(None, url, user, secret)
    for challenge in asked:
        kind, _, rest = challenge.partition(" ")
        if kind.lower() == "digest":
            try:
                words = HTTPDigestAuthHandler(known).get_authorization(Request(url), parse_keqv_list(parse_http_list(rest)))
            except (ValueError, IndexError):
                words = None
            if words:
                return f"Digest {words}"
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
