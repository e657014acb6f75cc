"""Why a camera cannot be opened over RTSP: FFmpeg does not say through OpenCV, so the camera is asked again (RFC 2326)."""

from __future__ import annotations

import base64
import socket
from hashlib import md5
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

_PORT = 554
_MOST_BYTES = 65_536


def why_not_opened(address: str, timeout_s: float) -> str:
    """Return for people why the stream at `address` (rtsp://…) is not to be had."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or _PORT
    except ValueError:
        return "it cannot be opened: its address is none"
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            status, challenges = _described(connection, parts, 1, "")
            if status == 401 and parts.username is not None:
                status, _ = _described(connection, parts, 2, _password(parts, challenges))
    except OSError:
        return f"it cannot be opened: nothing answers at {host}:{port}"
    except ValueError:
        return "it cannot be opened: what answers there is no camera"
    if status == 401 and parts.username is None:
        return "it cannot be opened: it asks for a password; write the address as rtsp://USER:PASSWORD@..."
    if status in (401, 403):
        return "it cannot be opened: the camera does not accept this user and password"
    if status == 404:
        return "it cannot be opened: the camera has no stream of that path; its manual, or its own page, names the path"
    if status == 200:
        return "it cannot be opened: the camera answers, but sends no video that is known here (H.264, H.265 and MJPEG are)"
    return f"it cannot be opened: the camera answers with {status}"


def _described(connection: socket.socket, parts: SplitResult, number: int, password: str) -> tuple[int, list[str]]:
    """Ask for the description; return the status, and what the camera says about passwords. ValueError: that is no RTSP."""
    lines = [f"DESCRIBE {_url(parts)} RTSP/1.0", f"CSeq: {number}", "Accept: application/sdp", "User-Agent: aislescan"]
    lines += [f"Authorization: {password}"] if password else []
    connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(4096)
        if not more or len(data) > _MOST_BYTES:
            raise ValueError
        data += more
    head = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    words = head[0].split(" ", 2)
    if len(words) < 2 or not words[0].startswith("RTSP/") or not words[1].isdigit():
        raise ValueError
    fields = [line.partition(":") for line in head[1:]]
    return int(words[1]), [value.strip() for name, _, value in fields if name.strip().lower() == "www-authenticate"]


def _password(parts: SplitResult, challenges: list[str]) -> str:
    """Return the header that answers to what the camera asked for: Digest (RFC 2069, as RTSP has it) where it can, else Basic."""
    user, secret = unquote(parts.username or ""), unquote(parts.password or "")
    for challenge in challenges:
        kind, _, rest = challenge.partition(" ")
        asked = parse_keqv_list(parse_http_list(rest)) if kind.lower() == "digest" else {}
        if "nonce" in asked and asked.get("algorithm", "MD5").upper() == "MD5":
            realm, nonce = asked.get("realm", ""), asked["nonce"]
            answer = _md5(f"{_md5(f'{user}:{realm}:{secret}')}:{nonce}:{_md5(f'DESCRIBE:{_url(parts)}')}")
            names = {"username": user, "realm": realm, "nonce": nonce, "uri": _url(parts), "response": answer}
            return "Digest " + ", ".join(f'{name}="{value}"' for name, value in names.items())
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def _url(parts: SplitResult) -> str:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
