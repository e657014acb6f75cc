"""Single keys of a terminal as orders, noticed as they are pressed; the terminal is given back as it was."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable

from mission.flying.orders import Order

_LOOK_UP_DS = 1
"""Tenths of a second after which a read that found no key returns, so that the thread can end."""
_SWITCH_S = 0.0005
"""For so long a thread that draws may go on computing while another one has a key to see to; Python's own 5 ms add up."""
KEYS = {"h": Order.HOLD, " ": Order.HOLD, "g": Order.GO_ON, "l": Order.LAND, "c": Order.HOME}


class Keys:
    """Reads the terminal in a thread of its own until it is closed."""

    def __init__(self, heed: Callable[[str, float], object]) -> None:
        """Take the terminal over; `heed` is called with each key and the time of it (time.monotonic), in the thread that reads it.

        No Enter is needed, nothing is echoed. Ctrl-C still interrupts; Ctrl-Z and Ctrl-S no longer stop anything.
        """
        self._heed = heed
        self._fd = sys.stdin.fileno()
        with contextlib.suppress(ValueError):  # outside the main thread they cannot be set
            for number in (signal.SIGTTIN, signal.SIGTTOU):  # put into the background a program would be stopped, in flight
                signal.signal(number, signal.SIG_IGN)
        self._before = termios.tcgetattr(self._fd)
        tty.setcbreak(self._fd)
        changed = termios.tcgetattr(self._fd)
        changed[0] &= ~termios.IXON
        changed[6][termios.VMIN], changed[6][termios.VTIME] = 0, _LOOK_UP_DS
        changed[6][termios.VSUSP] = b"\x00"  # a program that is suspended no longer watches over the drone
        termios.tcsetattr(self._fd, termios.TCSADRAIN, changed)
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._read, name="keys", daemon=True)
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_S)
        self._thread.start()

    def close(self) -> None:
        """Give the terminal back."""
        if not self._is_closed.is_set():
            self._is_closed.set()
            self._thread.join(timeout=1.0)
            sys.setswitchinterval(self._switch_s)
            with contextlib.suppress(termios.error):  # it may be gone
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def _read(self) -> None:
        _come_first()
        while not self._is_closed.is_set():
            asked = time.monotonic()
            try:
                pressed = os.read(self._fd, 64)
            except OSError:
                return
            now = time.monotonic()
            if not pressed and now - asked < _LOOK_UP_DS / 20:
                return  # the terminal is gone; its last word was a signal, at which the drone lands
            for letter in pressed.decode(errors="replace"):
                try:
                    self._heed(letter, now)
                except Exception:  # the next key may be the one that lands the drone
                    logging.getLogger(__name__).exception("a fault of the program; the key %r was not heeded", letter)


class GivenOrders:
    """Orders on their way from the thread that reads the keys to the thread that flies."""

    def __init__(self) -> None:
        """Begin without any."""
        self._orders: queue.SimpleQueue[tuple[Order, float]] = queue.SimpleQueue()
        self.wake: Callable[[], object] = lambda: None
        """Has the thread that flies look for an order."""
        self.hurry: Callable[[Order, float], object] = lambda order, pressed_s: None
        """Sends an order from the thread that read its key, before the one that flies hears of it."""

    def give(self, order: Order, pressed_s: float) -> None:
        """Order it; its key was pressed at `pressed_s` (time.monotonic)."""
        self.hurry(order, pressed_s)
        self._orders.put((order, pressed_s))
        self.wake()

    def take(self) -> tuple[Order, float] | None:
        """Return the oldest order that was not taken yet, and when its key was pressed."""
        try:
            return self._orders.get_nowait()
        except queue.Empty:
            return None

    def forget(self) -> None:
        """Drop what was not taken yet."""
        while self.take() is not None:
            pass


def _come_first() -> None:
    """Have the calling thread run before all others of this computer, where that is allowed: it sleeps, but for a key."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
