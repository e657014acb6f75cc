"""Pictures out of the bytes of an MJPEG stream (multipart/x-mixed-replace), each with the time when its first byte came.

Bytes wait for this program: in the sockets of both ends, when it or the link does not keep up. How long shows in the silences. When
nothing comes between two pictures, then nothing waits, and whatever comes later was sent later. So a picture is at most as old as
the last such silence. Nothing here waits, reads a clock or opens a socket.
"""

from __future__ import annotations

import math
import re
from http.client import HTTPException

from vision.companion.frame import Frame

MOST_BYTES = 64_000_000
"""Of one picture."""
_MOST_HEAD_BYTES = 65_536
N_SILENCES = 3
"""Of so many pictures in a row before each of which nothing came, the last shows that nothing waits. A link that is too slow sends
in bursts with pauses between; that one falls between two pictures, and not into one, happens about once in a hundred pictures."""
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*([0-9]{1,10})[ \t]*\r?$")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


class Arrivals:
    """Feed it what came, and tell it when nothing came; it gives the pictures that are whole."""

    def __init__(self, connected_s: float) -> None:
        """Begin with the connection, at `connected_s`: nothing was sent before."""
        self._data = bytearray()
        self._has_head = False
        self._length: int | None = None
        self._n_searched = 0
        self._began: tuple[float, float] | None = None
        self._n_begun = self._n_silences = 0
        self._silent_s: float | None = None
        self._known_s = connected_s

    def nothing(self, since_s: float) -> None:
        """Take note that nothing waited at `since_s`, nor came for a while then."""
        if self._began is None:
            self._silent_s = since_s

    def feed(self, data: bytes, time_s: float) -> list[Frame]:
        """Take what came by `time_s`; return the pictures that are whole with it. HTTPException when it is no MJPEG."""
        self._data += data
        frames = []
        while self._has_head or self._read_head():
            if self._began is None and self._data:
                self._began = (time_s, self._lag_s(time_s))
            end = self._end()
            if end is None or self._began is None:
                break
            frames.append(Frame(time_s=self._began[0], lag_s=self._began[1], jpeg=bytes(self._data[:end])))
            del self._data[:end]
            self._has_head, self._began = False, None
        return frames

    def _lag_s(self, time_s: float) -> float:
        self._n_begun += 1
        self._n_silences = 0 if self._silent_s is None else self._n_silences + 1
        if self._silent_s is not None and self._n_silences >= N_SILENCES:
            self._known_s = self._silent_s
        self._silent_s = None
        # The first may be one that the camera had kept for whoever comes.
        return time_s - self._known_s if self._n_begun > 1 else math.inf

    def _read_head(self) -> bool:
        """Cut off the lines before a picture, once they are whole."""
        del self._data[: len(self._data) - len(self._data.lstrip(b"\r\n"))]
        found = _END_OF_HEAD.search(self._data, 0, _MOST_HEAD_BYTES)
        if found is None:
            if len(self._data) > _MOST_HEAD_BYTES:
                raise HTTPException("what it sends is no MJPEG")
            return False
        length = _LENGTH.search(self._data, 0, found.end())
        self._length = int(length[1]) if length else None
        if (self._length or 0) > MOST_BYTES:
            raise HTTPException("its frames are too large")
        del self._data[: found.end()]
        self._has_head, self._n_searched = True, 0
        return True

    def _end(self) -> int | None:
        """Return the number of bytes of the picture; None while some are missing."""
        if self._length is not None:
            return self._length if len(self._data) >= self._length else None
        if len(self._data) > MOST_BYTES:
            raise HTTPException("its frames are too large")
        if len(self._data) >= 2 and not self._data.startswith(b"\xff\xd8"):
            raise HTTPException("what it sends is no MJPEG")
        at = 2  # past the tables, one of which may be a preview with an end of its own
        while at + 4 <= len(self._data) and self._data[at + 1] != 0xDA:
            at += 2 + int.from_bytes(self._data[at + 2 : at + 4], "big")
        if at + 4 > len(self._data):
            return None
        end = self._data.find(b"\xff\xd9", max(at, self._n_searched - 1))
        self._n_searched = len(self._data)
        return None if end < 0 else end + 2
