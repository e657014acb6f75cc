"""Single keys of a terminal as orders, noticed as they are pressed; the terminal is given back as it was."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable

from mission.flying.orders import Order

KEYS = {"h": Order.HOLD, " ": Order.HOLD, "g": Order.GO_ON, "l": Order.LAND, "c": Order.HOME}


class Keys:
    """Reads the terminal in a thread of its own until it is closed."""

    def __init__(self, wake: Callable[[], None], heed: Callable[[str, float], None] | None = None) -> None:
        """Take the terminal over, and call `wake` whenever an order has been given; or, instead, `heed` with each key and its time.

        No Enter is needed, nothing is echoed. Ctrl-C still interrupts; Ctrl-Z and Ctrl-S no longer stop anything.
        """
        self._wake, self._heed = wake, heed or self._take
        self._fd = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._fd)
        tty.setcbreak(self._fd)
        changed = termios.tcgetattr(self._fd)
        changed[0] &= ~termios.IXON
        changed[6][termios.VSUSP] = b"\x00"  # a program that is suspended no longer watches over the drone
        termios.tcsetattr(self._fd, termios.TCSADRAIN, changed)
        self._orders: queue.SimpleQueue[tuple[Order, float]] = queue.SimpleQueue()
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._read, name="keys", daemon=True)
        self._thread.start()

    def next_order(self) -> tuple[Order, float] | None:
        """Return the oldest order that was not taken yet, and when its key was pressed (time.monotonic)."""
        try:
            return self._orders.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """Give the terminal back."""
        if not self._is_closed.is_set():
            self._is_closed.set()
            self._thread.join(timeout=1.0)
            with contextlib.suppress(termios.error):  # it may be gone
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def _read(self) -> None:
        while not self._is_closed.is_set():
            if select.select([self._fd], [], [], 0.1)[0]:
                try:
                    pressed = os.read(self._fd, 64)
                except OSError:
                    pressed = b""
                if not pressed:
                    return  # the terminal is gone; its last word was a signal, at which the drone lands
                now = time.monotonic()
                for letter in pressed.decode(errors="replace"):
                    self._heed(letter, now)

    def _take(self, letter: str, now_s: float) -> None:
        if letter.lower() in KEYS:
            self._orders.put((KEYS[letter.lower()], now_s))
            self._wake()
