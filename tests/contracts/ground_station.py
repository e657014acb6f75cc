"""A small ground station for tests: raw MAVLink over a socket, everything kept with the vehicle's own time."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

WALL_LIMIT_S = 60.0
STEP_S = 0.01
Row = tuple[int, int, float, float, float, float, int, int, float]
"""Frame, command, four parameters, x and y in 1e-7 degrees, z in metres."""
PREARM = 0x10000000


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of the vehicle with the newest boot time before it, in seconds."""

    time_s: float
    message: Any


class GroundStation:
    """Connects to `endpoint`; with `advance` the vehicle lives in this process and one call moves it on by one step of 10 ms."""

    def __init__(
        self,
        endpoint: str,
        *,
        speedup: float = 1.0,
        advance: Callable[[], None] | None = None,
        system: int = 255,
        beats: bool = True,
    ) -> None:
        host, port = endpoint.removeprefix("tcp:").split(":")
        self._socket = socket.create_connection((host, int(port)), timeout=5.0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # 40 ms of holding back are a second of simulation
        self._socket.settimeout(0.0 if advance is not None else 0.2)
        self._advance = advance
        self.mav = mav.MAVLink(None, srcSystem=system, srcComponent=190)
        self.mav.robust_parsing = True
        self._beats = beats
        self._beat_period_s = 0.7 / speedup if advance is None else 0.7
        self._next_beat_s = self._looked_s = 0.0
        self.time_s = 0.0
        self.seen: list[Seen] = []
        self._inbox: deque[Any] = deque()
        self.is_closed = False

    def __enter__(self) -> GroundStation:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, message: Any) -> None:
        self._socket.sendall(message.pack(self.mav))

    def _clock_s(self) -> float:
        """Return the time by which heartbeats are due: the wall's, or, in lock step, that for which this station has looked."""
        return time.monotonic() if self._advance is None else self._looked_s

    def _pump(self) -> None:
        """Read what came in at the next opportunity."""
        now_s = self._clock_s()
        if self._beats and now_s >= self._next_beat_s:
            self._next_beat_s = now_s + self._beat_period_s
            self.send(mav.MAVLink_heartbeat_message(mav.MAV_TYPE_GCS, mav.MAV_AUTOPILOT_INVALID, 0, 0, 0, 3))
        if self._advance is not None:
            self._advance()
            self._looked_s += STEP_S
        try:
            data = self._socket.recv(1 << 16)
            self.is_closed = not data
        except ConnectionError:
            self.is_closed, data = True, b""
        except (TimeoutError, BlockingIOError):
            return
        for message in self.mav.parse_buffer(data) or []:
            if message.get_type() != "BAD_DATA" and message.get_srcSystem() == 1:
                self._inbox.append(message)

    def look(self) -> list[Any]:
        """Return what came in at the next opportunity."""
        self._pump()
        return [self.next_message() for _ in range(len(self._inbox))]

    def next_message(self) -> Any:
        """Return the next message of the vehicle, or None when none came at the next opportunity."""
        if not self._inbox:
            self._pump()
        if not self._inbox:
            return None
        message = self._inbox.popleft()
        self.time_s = getattr(message, "time_boot_ms", self.time_s * 1000) / 1000
        self.seen.append(Seen(self.time_s, message))
        return message

    def wait(self, kind: str, where: Callable[[Any], bool] = lambda m: True, *, within_s: float = 60.0) -> Any:
        """Return the next message of `kind` that satisfies `where`; fail after `within_s` simulated seconds."""
        begin, limit = self.time_s, time.monotonic() + WALL_LIMIT_S
        while not self.is_closed and self.time_s - begin <= within_s and time.monotonic() < limit:
            message = self.next_message()
            if message is not None and message.get_type() == kind and where(message):
                return message
        if self.is_closed:
            raise AssertionError(f"the link was closed while waiting for {kind}")
        raise AssertionError(f"no {kind} as expected within {within_s} s from {begin:.1f} s; last texts {self.texts()[-5:]}")

    def pass_time(self, seconds: float) -> None:
        """Listen for some simulated time."""
        end, limit = self.time_s + seconds, time.monotonic() + WALL_LIMIT_S
        while self.time_s < end:
            assert time.monotonic() < limit and not self.is_closed, "the vehicle's clock stands still"
            self.next_message()

    def of(self, kind: str, since_s: float = 0.0) -> list[Any]:
        return [s.message for s in self.seen if s.message.get_type() == kind and s.time_s >= since_s]

    def texts(self, since_s: float = 0.0) -> list[str]:
        return [m.text for m in self.of("STATUSTEXT", since_s)]

    def stream(self, *ids: int, hz: float = 20.0) -> None:
        for message_id in ids:
            self.send(_long(mav.MAV_CMD_SET_MESSAGE_INTERVAL, message_id, 1e6 / hz))

    def command(self, command: int, *params: float) -> int:
        """Send COMMAND_LONG and return the result of its COMMAND_ACK."""
        self.send(_long(command, *params))
        return int(self.wait("COMMAND_ACK", lambda m: m.command == command, within_s=10.0).result)

    def command_and_text(self, start: str, command: int, *params: float) -> tuple[int, str]:
        """Send COMMAND_LONG; return its result and the status text that begins with `start`, said before or after the answer."""
        begin = len(self.seen)
        result = self.command(command, *params)
        said = [
            s.message.text for s in self.seen[begin:] if s.message.get_type() == "STATUSTEXT" and s.message.text.startswith(start)
        ]
        return result, said[0] if said else self.wait("STATUSTEXT", lambda m: m.text.startswith(start)).text

    def set_mode(self, number: int) -> int:
        return self.command(mav.MAV_CMD_DO_SET_MODE, 1, number)

    def become_ready(self, origin: tuple[int, int, int], mode: int | None = None) -> None:
        """Give the origin until it is taken, and wait for the PREARM bit."""
        self.wait("EKF_STATUS_REPORT", lambda m: m.flags == 831, within_s=120.0)
        self.send(mav.MAVLink_set_gps_global_origin_message(1, *origin))
        self.wait("GLOBAL_POSITION_INT", lambda m: m.lat != 0, within_s=10.0)
        if mode is not None:
            self.set_mode(mode)
        self.wait("SYS_STATUS", lambda m: bool(m.onboard_control_sensors_health & PREARM), within_s=120.0)

    def upload(self, rows: Sequence[Row], mission_type: int = 0) -> int:
        """Send items as they are asked for; return the type of the MISSION_ACK that ends the upload."""
        self.send(mav.MAVLink_mission_count_message(1, 1, len(rows), mission_type))
        while True:
            answer = self._next_answer()
            if answer.get_type() == "MISSION_ACK":
                if answer.type == mav.MAV_MISSION_INVALID_SEQUENCE:
                    continue  # a request repeated on a slow machine was answered twice
                return int(answer.type)
            self.send(item_message(answer.seq, rows[answer.seq], mission_type))

    def _next_answer(self) -> Any:
        limit = time.monotonic() + WALL_LIMIT_S
        while time.monotonic() < limit:
            message = self.next_message()
            if message is not None and message.get_type() in ("MISSION_ACK", "MISSION_REQUEST", "MISSION_REQUEST_INT"):
                return message
        raise AssertionError("the mission protocol fell silent")

    def clear(self, mission_type: int = 0) -> int:
        self.send(mav.MAVLink_mission_clear_all_message(1, 1, mission_type))
        return int(self.wait("MISSION_ACK", within_s=5.0).type)

    def download(self, mission_type: int = 0) -> list[Any]:
        self.send(mav.MAVLink_mission_request_list_message(1, 1, mission_type))
        count = self.wait("MISSION_COUNT", within_s=5.0).count
        items = []
        for seq in range(count):
            self.send(mav.MAVLink_mission_request_int_message(1, 1, seq, mission_type))
            items.append(self._wait_for_item(seq))
        return items

    def _wait_for_item(self, seq: int) -> Any:
        return self.wait("MISSION_ITEM_INT", lambda m: m.seq == seq, within_s=5.0)

    def parameter(self, name: str) -> float:
        self.send(mav.MAVLink_param_request_read_message(1, 1, name.encode(), -1))
        return float(self.wait("PARAM_VALUE", lambda m: m.param_id == name, within_s=10.0).param_value)

    def set_parameter(self, name: str, value: float) -> float:
        self.send(mav.MAVLink_param_set_message(1, 1, name.encode(), value, mav.MAV_PARAM_TYPE_REAL32))
        return float(self.wait("PARAM_VALUE", lambda m: m.param_id == name, within_s=10.0).param_value)


def item_message(seq: int, row: Row, mission_type: int = 0) -> Any:
    frame, command, p1, p2, p3, p4, x, y, z = row
    return mav.MAVLink_mission_item_int_message(1, 1, seq, frame, command, 0, 1, p1, p2, p3, p4, x, y, z, mission_type)


def _long(command: int, *params: float) -> Any:
    values = [float(p) for p in params] + [0.0] * (7 - len(params))
    return mav.MAVLink_command_long_message(1, 1, command, 0, *values)
