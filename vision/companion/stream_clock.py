"""How far a stream is behind, by the times that its frames bear: RTP's of a network camera, the driver's of a USB camera."""

from __future__ import annotations

import math
from collections import deque

SETTLED_S = 1.0
"""For so long a connection must have run: its first frames may come from a store, and all be late."""
MOST_MENDED_S = 0.3
"""What a frame is late by its own time is taken off when it came, up to this; more is a stream that is not kept up with."""
RECENT_S = 30.0
"""The fastest frame of so long is the measure: in that time a clock that is wrong by 100 ppm goes wrong by 3 ms."""
_MOST_REPEATED = 3


class StreamClock:
    """Of one connection. The camera's clock may show any time, if only it goes right: 50 ppm are 60 ms in 20 minutes.

    A frame is behind by as much as it took longer than the fastest frame of the last half minute. That is known, so it is placed
    where it would have been without: a frame that FFmpeg gives out only when the next one comes, or that a radio held up. By how
    much the fastest of the last half minute took longer than the fastest of all is unknown: the camera's clock, or a queue. What
    the fastest took is part of the delay that a person measures (`--camera-delay`).
    """

    def __init__(self) -> None:
        """Begin with the connection."""
        self._first_s: float | None = None
        self._stream_s = -math.inf
        self._least_s = math.inf
        self._recent: deque[tuple[float, float]] = deque()
        """When frames came and what they took, only those that none after them was as fast as."""
        self._n_repeated = 0

    @property
    def is_in_pieces(self) -> bool:
        """Whether several frames bear one time: slices of a picture, each unpacked as if it were the whole."""
        return self._n_repeated >= _MOST_REPEATED

    def placed(self, now_s: float, stream_s: float) -> tuple[float, float]:
        """Return when a frame would have come unhindered that came at `now_s` and bears the time `stream_s`.

        And by how much it may be older even than that; infinite: its time is none.
        """
        if self._first_s is None:
            self._first_s = now_s
        self._n_repeated += stream_s == self._stream_s != 0.0  # without times of their own all are 0
        is_time = math.isfinite(stream_s) and stream_s > self._stream_s
        self._stream_s = stream_s
        if not is_time:
            return now_s, math.inf
        took_s = now_s - stream_s
        self._least_s = min(self._least_s, took_s)
        while self._recent and self._recent[-1][1] >= took_s:
            self._recent.pop()
        self._recent.append((now_s, took_s))
        while now_s - self._recent[0][0] > RECENT_S:
            self._recent.popleft()
        mended_s = min(took_s - self._recent[0][1], MOST_MENDED_S)
        is_settled = now_s - self._first_s >= SETTLED_S
        return now_s - mended_s, took_s - mended_s - self._least_s if is_settled else math.inf
