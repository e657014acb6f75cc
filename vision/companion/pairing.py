"""Which frame belongs to which photo: the nearest to the moment at which the frame of the trigger should come.

A frame that may have been held up for too long is nobody's: its distance from the moment, and what it may have been held up, must
be within the tolerance together.

Nothing here waits, reads a clock or opens a file. Frames must come in the order of time.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from vision.companion.frame import Frame
from warehouse.companion_camera import TOLERANCE_S, PictureOrder

GIVE_UP_S = 1.0
"""So long after it was due a frame is still waited for: a stream that stumbles catches up."""
KEPT_S, KEPT_BYTES = 1.5, 256_000_000
"""Frames are kept for words of the autopilot that come late, over a slow radio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """An order that is settled."""

    order: PictureOrder
    frame: Frame | None
    off_s: float | None
    """How much later than due the nearest frame came; also of one that was too far off."""
    lag_s: float | None = None
    """By so much that frame may have been held up."""
    why: str = ""
    """Why there is no frame."""


class Pairing:
    """Keeps the last frames, and the orders that wait for theirs."""

    def __init__(self, delay_s: float) -> None:
        """The frame of a trigger is due `delay_s` after the autopilot's word of it."""
        self._delay_s = delay_s
        self._kept: deque[Frame] = deque()
        self._n_bytes = 0
        self._waiting: list[PictureOrder] = []
        self._used: set[float] = set()

    @property
    def newest(self) -> Frame | None:
        """The last frame that came."""
        return self._kept[-1] if self._kept else None

    def order(self, order: PictureOrder) -> list[Paired]:
        """Take an order; return it when its frame has come already."""
        self._waiting.append(order)
        return self._settle(lambda due_s: bool(self._kept) and _sent_s(self._kept[-1]) >= due_s)

    def frame(self, frame: Frame) -> list[Paired]:
        """Take a frame; return the orders that it settles."""
        self._kept.append(frame)
        self._n_bytes += frame.n_bytes
        settled = self._settle(lambda due_s: _sent_s(frame) >= due_s)
        while len(self._kept) > 2 and (self._n_bytes > KEPT_BYTES or frame.time_s - self._kept[0].time_s > KEPT_S):
            old = self._kept.popleft()
            self._n_bytes -= old.n_bytes
            self._used.discard(old.time_s)
        return settled

    def overdue(self, now_s: float) -> list[Paired]:
        """Return the orders that no frame is waited for any more."""
        return self._settle(lambda due_s: now_s > due_s + GIVE_UP_S)

    def _settle(self, is_time: Callable[[float], bool]) -> list[Paired]:
        due = [order for order in self._waiting if is_time(order.heard_s + self._delay_s)]
        self._waiting = [order for order in self._waiting if order not in due]
        return [self._pair(order) for order in due]

    def _pair(self, order: PictureOrder) -> Paired:
        due_s = order.heard_s + self._delay_s
        free = [frame for frame in self._kept if frame.time_s not in self._used]
        away_s = {frame.time_s: abs(frame.time_s - due_s) for frame in free}
        # Held up, frames come at the heels of one another: one that is known to be near goes before one that seems nearer.
        nearest = min(free, key=lambda frame: away_s[frame.time_s] + frame.lag_s, default=None)
        if nearest is not None and away_s[nearest.time_s] + nearest.lag_s > TOLERANCE_S:
            return self._unpaired(order, min(free, key=lambda frame: away_s[frame.time_s]), due_s)
        if nearest is None:
            return Paired(order=order, frame=None, off_s=None, why="no frame came")
        self._used.add(nearest.time_s)
        return Paired(order=order, frame=nearest, off_s=nearest.time_s - due_s, lag_s=nearest.lag_s)

    def _unpaired(self, order: PictureOrder, nearest: Frame, due_s: float) -> Paired:
        off_s, lag_s = nearest.time_s - due_s, nearest.lag_s
        why = f"the nearest frame is {abs(off_s):.2f} s off"
        if abs(off_s) <= TOLERANCE_S:
            why = f"the nearest frame is {abs(off_s):.2f} s off, and may be {lag_s:.2f} s older than it seems"
            why = why if math.isfinite(lag_s) else "the age of the nearest frame is not known"
        return Paired(order=order, frame=None, off_s=off_s, lag_s=lag_s, why=why)


def _sent_s(frame: Frame) -> float:
    """Return the earliest that it can have been sent: what comes behind it is later."""
    return frame.time_s - frame.lag_s
