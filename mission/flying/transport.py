"""What carries messages between this program and one vehicle: dronekit's connection, or whatever else behaves like it."""

from __future__ import annotations

import contextlib
import io
import logging
import queue
import threading
import time
from typing import Any, Protocol

import dronekit
from pymavlink import mavutil

from warehouse.errors import BadInputError, VehicleError

mavlink = mavutil.mavlink

HEARTBEAT_PERIOD_S = 0.1
"""Wall seconds. A simulation at 20 times real speed still hears two heartbeats a second of its own time."""
GROUND_SYSTEM = 255


class Transport(Protocol):
    """An open connection to one vehicle, with heartbeats of its own."""

    endpoint: str
    system: int
    """MAVLink system id of the vehicle."""
    encode: Any
    """pymavlink's encoder, with this program as the sender."""
    is_closed_by_peer: bool

    def send(self, message: Any) -> None:
        """Send one encoded message, to `system`."""

    def take(self, timeout_s: float) -> tuple[bool, Any] | None:
        """Return the next message and whether it came in, rather than went out; None when there is none within `timeout_s`."""

    def wake(self) -> None:
        """Have a `take` that waits, in any thread, return an empty message at once."""

    def clock_s(self) -> float:
        """Return the time by which silence is judged; it never goes back."""

    def close(self) -> None:
        """Hang up."""


class DronekitTransport:
    """dronekit's connection. It reads the socket in its own thread; everything, in both directions, goes through one queue."""

    def __init__(self, endpoint: str, *, connect_timeout_s: float = 30.0) -> None:
        """Connect; VehicleError when nobody answers."""
        for name in ("dronekit", "autopilot"):  # what they would print, this program says itself
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        device, baud = split_endpoint(endpoint)
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # pymavlink prints every attempt
                self._vehicle = dronekit.connect(
                    device, wait_ready=False, heartbeat_timeout=connect_timeout_s, rate=1, source_system=GROUND_SYSTEM, baud=baud
                )
        except (
            Exception,
            SystemExit,
        ) as error:  # what sockets and serial ports raise; pymavlink exits at an address it cannot split
            why = "the address cannot be understood" if isinstance(error, SystemExit) else getattr(error, "strerror", None) or error
            raise VehicleError(
                f"no vehicle answers at {endpoint}: {why or type(error).__name__}",
                remedy="is it switched on, and the address right? For instance tcp:127.0.0.1:5760 or /dev/ttyACM0,115200",
            ) from error
        self.endpoint = endpoint
        self.encode = self._vehicle.message_factory
        self.system = int(self._vehicle._handler.target_system)  # dronekit has no public name for it
        self.is_closed_by_peer = False
        self._queue: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        self._closing = threading.Event()
        for name in ("handle_eof", "handle_disconnect"):  # pymavlink would print the same line for ever
            setattr(self._vehicle._handler.master, name, self._note_closed_by_peer)
        self._vehicle.message_factory.set_send_callback(lambda message, *_: self._queue.put((False, message)))
        self._vehicle.add_message_listener("*", lambda _vehicle, _name, message: self._queue.put((True, message)))
        self._pulse = threading.Thread(target=self._beat, name="heartbeats", daemon=True)
        self._pulse.start()

    def _note_closed_by_peer(self) -> None:
        self.is_closed_by_peer = True
        time.sleep(0.1)  # this is dronekit's reading thread, which would spin

    def _beat(self) -> None:
        while not self._closing.wait(HEARTBEAT_PERIOD_S):
            self.encode.heartbeat_send(mavlink.MAV_TYPE_GCS, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, 0)

    def send(self, message: Any) -> None:
        """Send one encoded message; dronekit fills in the target system."""
        self._vehicle.send_mavlink(message)

    def take(self, timeout_s: float) -> tuple[bool, Any] | None:
        """Return the next message in either direction."""
        try:
            return self._queue.get(timeout=timeout_s) if timeout_s > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None

    def wake(self) -> None:
        """End a `take` that waits."""
        self._queue.put((False, None))

    def clock_s(self) -> float:
        """Return the monotonic clock of this computer."""
        return time.monotonic()

    def close(self) -> None:
        """Stop the heartbeats and hang up."""
        self._closing.set()
        self._pulse.join(timeout=2.0)
        self._vehicle.close()


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Return the device or address of an endpoint and its baud rate."""
    device, comma, baud = endpoint.partition(",")
    if comma and not baud.isdigit():
        raise BadInputError(
            f"endpoint {endpoint!r}: expected a baud rate after the comma", remedy="write it like /dev/ttyACM0,115200"
        )
    return device, int(baud) if comma else 115200
