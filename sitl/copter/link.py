"""One MAVLink connection: what came in, what goes out, and which messages it asked for how often."""

from __future__ import annotations

import socket
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter.autopilot import Autopilot
from sitl.copter.startup import READY_S
from sitl.copter.telemetry import BUILDERS

SYSTEM, COMPONENT = 1, mav.MAV_COMP_ID_AUTOPILOT1
_MAX_BACKLOG = 4_000_000
_MIN_INTERVAL_S = 0.01


class Link:
    """A connected client."""

    def __init__(self, sock: socket.socket) -> None:
        """Speak MAVLink 2 over `sock`, which must not block."""
        self.socket = sock
        self._mav = mav.MAVLink(None, srcSystem=SYSTEM, srcComponent=COMPONENT)
        self._mav.robust_parsing = True
        self._outgoing = bytearray()
        self._intervals: dict[int, float] = {}
        self._due: dict[int, float] = {}
        self._next_due_s = float("inf")
        self.parameter_queue: list[int] = []
        self.is_open = True

    def use_key(self, key: bytes, timestamp: int, *, accepts_unsigned: bool) -> None:
        """Sign from now on, and accept what is signed with `key`; on the first link, as ArduCopter on USB, unsigned ones too."""
        signing = self._mav.signing
        signing.secret_key, signing.sign_outgoing, signing.timestamp = key, True, timestamp
        signing.allow_unsigned_callback = (lambda _mav, _id: True) if accepts_unsigned else None

    def receive(self) -> list[Any]:
        """Return the whole messages that have arrived."""
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.close()
            return []
        messages = self._mav.parse_buffer(data) or []
        return [m for m in messages if m.get_type() != "BAD_DATA"]

    def send(self, message: Any) -> None:
        """Queue `message` with this link's sequence number."""
        self._outgoing += message.pack(self._mav)
        self._mav.seq = (self._mav.seq + 1) % 256

    def forward(self, raw: bytes) -> None:
        """Queue a message of another system as it came."""
        self._outgoing += raw

    def flush(self) -> None:
        """Write what the socket takes now; a client that never reads is dropped."""
        if not self._outgoing or not self.is_open:
            return
        try:
            sent = self.socket.send(self._outgoing)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        del self._outgoing[:sent]
        if len(self._outgoing) > _MAX_BACKLOG:
            self.close()

    def close(self) -> None:
        """Close the connection."""
        if self.is_open:
            self.is_open = False
            self.socket.close()

    def interval_us(self, message_id: int) -> int:
        """Return the interval as MESSAGE_INTERVAL gives it: 0 for never asked."""
        return round(self._intervals.get(message_id, 0.0) * 1e6)

    def set_interval(self, message_id: int, interval_s: float | None, now_s: float) -> None:
        """Send `message_id` every `interval_s` seconds from now on, or no more (None)."""
        if interval_s is None:
            self._intervals.pop(message_id, None)
            self._due.pop(message_id, None)
        else:
            self._intervals[message_id] = max(interval_s, _MIN_INTERVAL_S)
            due = {**self._due, message_id: max(now_s, READY_S)}
            self._due = {known: due[known] for known in BUILDERS if known in due}
        self._next_due_s = min(self._due.values(), default=float("inf"))

    def stream(self, vehicle: Autopilot) -> None:
        """Queue the messages whose time has come."""
        now = vehicle.time_s + 1e-6
        if now < self._next_due_s:
            return
        for message_id, due in self._due.items():
            if now >= due:
                interval = self._intervals[message_id]
                self._due[message_id] = due + interval if now < due + interval else now
                message = BUILDERS[message_id](vehicle)
                if message is not None:
                    self.send(message)
        self._next_due_s = min(self._due.values())
