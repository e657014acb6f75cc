"""Ctrl-C and the signals of a closing terminal as a question that the flight asks, instead of an exception that strikes anywhere.

An exception between two steps of a landing would leave an armed drone to its failsafe, and the flight without a record.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class StopRequest:
    """A context manager within which these signals are noted. Outside the main thread it does nothing: none come there."""

    def __init__(self) -> None:
        """Ask for nothing yet."""
        self.n_made = 0
        """How often it was made: who lands at the first may stop what comes afterwards at the second."""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Take the signals over."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def is_made(self) -> bool:
        """Whether it was made."""
        return self.n_made > 0

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.n_made += 1
