"""Another pair of eyes on a simulated vehicle: its truth and its words, on a link of its own, and the hand that breaks things."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from warehouse.coordinates import Anchor, ned_from_latlon_1e7, site_from_ned

_STREAMS_HZ = {
    mavlink.MAVLINK_MSG_ID_SIM_STATE: 50,
    mavlink.MAVLINK_MSG_ID_ATTITUDE: 50,
    mavlink.MAVLINK_MSG_ID_LOCAL_POSITION_NED: 20,
    mavlink.MAVLINK_MSG_ID_MISSION_CURRENT: 10,
    mavlink.MAVLINK_MSG_ID_SYS_STATUS: 10,
    mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT: 10,
}
_SYSTEM = 250


@dataclass(frozen=True, slots=True)
class Truth:
    """Where the vehicle truly was."""

    time_s: float
    position_m: tuple[float, float, float]
    """Site frame, height above the pad."""
    velocity_mps: tuple[float, float, float]


class Observer:
    """Listens on the second link of a simulated vehicle from a thread; a context manager."""

    def __init__(self, endpoint: str, anchor: Anchor) -> None:
        """Connect to `tcp:HOST:PORT`."""
        host, port = endpoint.removeprefix("tcp:").split(":")
        self._socket = socket.create_connection((host, int(port)), timeout=10.0)
        self._socket.settimeout(0.05)
        self._parser = mavlink.MAVLink(None, srcSystem=_SYSTEM, srcComponent=1)
        self._parser.robust_parsing = True
        self._anchor = anchor
        self._ground_m: float | None = None
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self.time_s = 0.0
        self.truth: list[Truth] = []
        self.modes: list[tuple[float, int, bool]] = []
        """Time, mode, armed: each change."""
        self.texts: list[tuple[float, str]] = []
        self.set_at: dict[tuple[str, float], float] = {}
        self.messages: list[tuple[float, Any]] = []
        self.mission_seq = 0
        self.on_message: Callable[[Any], None] | None = None
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Hang up."""
        self._is_over.set()
        self._thread.join(timeout=5.0)
        self._socket.close()

    def _listen(self) -> None:
        asked = -1.0
        while not self._is_over.is_set():
            if not (self.truth and self.time_s > 0) and time.monotonic() - asked > 0.5:
                asked = time.monotonic()
                for message_id, hz in _STREAMS_HZ.items():
                    self.command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, message_id, 1e6 / hz)
            try:
                data = self._socket.recv(1 << 16)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            for message in self._parser.parse_buffer(data) or []:
                if message.get_type() != "BAD_DATA" and message.get_srcSystem() == 1:
                    self._take(message)

    def _take(self, m: Any) -> None:
        kind = m.get_type()
        if kind == "ATTITUDE":
            self.time_s = m.time_boot_ms / 1000.0
        elif kind == "SIM_STATE" and m.lat_int != 0:
            if self._ground_m is None:
                self._ground_m = m.alt
            north, east = ned_from_latlon_1e7(self._anchor, (m.lat_int, m.lon_int))
            x, y, z = site_from_ned(self._anchor, np.array([north, east, self._ground_m - m.alt]))
            vx, vy, vz = site_from_ned(self._anchor, np.array([m.vn, m.ve, m.vd]))
            self.truth.append(Truth(self.time_s, (float(x), float(y), float(z)), (float(vx), float(vy), float(vz))))
        elif kind == "HEARTBEAT":
            now = int(m.custom_mode), bool(m.base_mode & mavlink.MAV_MODE_FLAG_SAFETY_ARMED)
            if not self.modes or self.modes[-1][1:] != now:
                self.modes.append((self.time_s, *now))
        elif kind == "STATUSTEXT":
            self.texts.append((self.time_s, str(m.text)))
        elif kind == "PARAM_VALUE":
            self.set_at.setdefault((str(m.param_id), round(float(m.param_value), 3)), self.time_s)
        elif kind == "MISSION_CURRENT":
            self.mission_seq = int(m.seq)
        self.messages.append((self.time_s, m))
        if self.on_message is not None:
            self.on_message(m)

    def send(self, message: Any) -> None:
        """Send a message."""
        with self._lock, contextlib.suppress(OSError):
            self._socket.sendall(message.pack(self._parser))

    def command(self, command: int, *params: float) -> None:
        """Send COMMAND_LONG; the answer is not waited for."""
        values = [float(p) for p in params] + [0.0] * (7 - len(params))
        self.send(self._parser.command_long_encode(1, 1, command, 0, *values))

    def set(self, name: str, value: float) -> None:
        """Set a parameter; when the vehicle took it stands in `set_at`."""
        self.send(self._parser.param_set_encode(1, 1, name.encode(), value, mavlink.MAV_PARAM_TYPE_REAL32))
