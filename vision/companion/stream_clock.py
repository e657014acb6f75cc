"""How far a stream is behind, by the times that its frames bear: RTP's of a network camera, the driver's of a USB camera."""

from __future__ import annotations

import math

SETTLED_S = 1.0
"""For so long a connection must have run: its first frames may come from a store, and all be late."""


class StreamClock:
    """Of one connection. The camera's clock may show any time, if only it goes right: 50 ppm are 60 ms in 20 minutes.

    A frame is behind by as much as it took longer than the fastest frame so far. What the fastest took is part of the delay that
    a person measures (`--camera-delay`).
    """

    def __init__(self) -> None:
        """Begin with the connection."""
        self._first_s: float | None = None
        self._stream_s = -math.inf
        self._least_s = math.inf

    def lag_s(self, now_s: float, stream_s: float) -> float:
        """Return by how much a frame is behind that came at `now_s` and bears the time `stream_s`; infinite: that is no time."""
        if self._first_s is None:
            self._first_s = now_s
        is_time = math.isfinite(stream_s) and stream_s > self._stream_s
        self._stream_s = stream_s
        if not is_time:
            return math.inf
        self._least_s = min(self._least_s, now_s - stream_s)
        return now_s - stream_s - self._least_s if now_s - self._first_s >= SETTLED_S else math.inf
