"""What carries messages between this program and one vehicle: dronekit's connection, or whatever else behaves like it."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import queue
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import dronekit
from pymavlink import mavutil

from warehouse.errors import BadInputError, VehicleError

mavlink = mavutil.mavlink

HEARTBEAT_PERIOD_S = 0.1
"""Wall seconds. A simulation at 20 times real speed still hears two heartbeats a second of its own time."""
GROUND_SYSTEM = 255
RECONNECT_S = 4.0
"""For so long a connection that was closed is made anew: a radio that restarts, an access point that hands over."""
KEY_BYTES = 32
_SIGNED = 0x01
"""MAVLINK_IFLAG_SIGNED."""


class Transport(Protocol):
    """An open connection to one vehicle, with heartbeats of its own."""

    endpoint: str
    system: int
    """MAVLink system id of the vehicle."""
    encode: Any
    """pymavlink's encoder, with this program as the sender."""
    is_closed_by_peer: bool
    n_connects: int
    """How often it was connected; a vehicle may have forgotten what it was asked for when this grows."""

    def send(self, message: Any) -> None:
        """Send one encoded message, to `system`."""

    def send_now(self, message: Any) -> None:
        """Do so from any thread, past everything that waits to be sent."""

    def take(self, timeout_s: float) -> tuple[bool, Any] | None:
        """Return the next message and whether it came in, rather than went out; None when there is none within `timeout_s`."""

    def wake(self) -> None:
        """Have a `take` that waits, in any thread, return an empty message at once."""

    def clock_s(self) -> float:
        """Return the time by which silence is judged; it never goes back."""

    def close(self) -> None:
        """Hang up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a real vehicle is found, and how one speaks to it."""

    address: str
    """As Mission Planner users write it: `udp:0.0.0.0:14550`, `tcp:host:5760`, `/dev/ttyACM0,115200`."""
    signing_key: bytes | None = None
    """32 bytes; then every message is signed (https://mavlink.io/en/guide/message_signing.html); unsigned ones are not heard."""
    own_system: int = GROUND_SYSTEM
    """This program's system id. The vehicle must have it in MAV_GCS_SYSID (SYSID_MYGCS), or its failsafe does not hear us."""
    own_component: int = 0
    vehicle_system: int | None = None
    """The vehicle's system id, where several speak on one link; None: whichever is heard first."""


def read_signing_key(path: Path) -> bytes:
    """Return the key in a file: 64 hex digits, 32 bytes, or else a passphrase, whose SHA-256 is the key as in Mission Planner."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: {error.strerror or error}", remedy="name the file that holds the signing key") from error
    text = content.strip()
    if re.fullmatch(rb"[0-9a-fA-F]{64}", text):
        return bytes.fromhex(text.decode())
    if len(content) == KEY_BYTES:
        return content
    if not text:
        raise BadInputError(
            f"{path}: empty; expected 64 hex digits, 32 bytes, or a passphrase", remedy="put the vehicle's signing key in"
        )
    return hashlib.sha256(text).digest()


class DronekitTransport:
    """dronekit's connection. It reads the socket in its own thread; everything, in both directions, goes through one queue."""

    def __init__(self, endpoint: Endpoint, *, connect_timeout_s: float = 30.0) -> None:
        """Connect; VehicleError when nobody answers, or when the keys do not agree."""
        for name in ("dronekit", "autopilot"):  # what they would print, this program says itself
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self.endpoint = endpoint.address
        self._vehicle = _connect(endpoint, connect_timeout_s)
        self.encode = self._vehicle.message_factory
        handler = self._vehicle._handler  # dronekit has no public name for it
        if endpoint.vehicle_system is not None:
            handler.target_system = endpoint.vehicle_system
        self.system = int(handler.target_system)
        self._master = handler.master
        self.is_closed_by_peer = False
        self.n_connects = 1
        self._reconnecting = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        self._closing = threading.Event()
        for name in ("handle_eof", "handle_disconnect"):  # pymavlink would print the same line for ever
            setattr(self._master, name, self._reconnect)
        self._vehicle.message_factory.set_send_callback(lambda message, *_: self._queue.put((False, message)))
        self._vehicle.add_message_listener("*", lambda _vehicle, _name, message: self._queue.put((True, message)))
        self._pulse = threading.Thread(target=self._beat, name="heartbeats", daemon=True)
        self._pulse.start()

    def _reconnect(self) -> None:
        """Connect again for a while; only then is it closed. Runs in dronekit's threads, which would spin otherwise."""
        with self._reconnecting:
            address = getattr(self._master, "destination_addr", None)
            deadline = time.monotonic() + RECONNECT_S
            while address is not None and not self._closing.is_set() and time.monotonic() < deadline:
                if self._is_open():
                    return  # the other thread was faster
                with contextlib.suppress(OSError):
                    again = socket.create_connection(address, timeout=0.5)
                    again.setblocking(False)
                    again.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._master.port.close()
                    self._master.port, self._master.fd = again, again.fileno()
                    self.n_connects += 1
                    return
                time.sleep(0.1)
            self.is_closed_by_peer = True
        time.sleep(0.1)

    def _is_open(self) -> bool:
        """Whether the connection that there is now has not ended."""
        try:
            return bool(self._master.port.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _beat(self) -> None:
        while not self._closing.wait(HEARTBEAT_PERIOD_S):
            self.encode.heartbeat_send(mavlink.MAV_TYPE_GCS, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, 0)

    def send(self, message: Any) -> None:
        """Send one encoded message; dronekit fills in the target system."""
        self._vehicle.send_mavlink(message)

    def send_now(self, message: Any) -> None:
        """Write it to the connection in the caller's thread: dronekit's own would have to be woken first."""
        mav = self.encode
        self._vehicle._handler.fix_targets(message)
        data = message.pack(mav)
        mav.seq = (mav.seq + 1) % 256
        with contextlib.suppress(OSError):  # whoever listens notices a connection that is gone; an order is sent again
            self._master.write(data)
        self._queue.put((False, message))

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


def _connect(endpoint: Endpoint, timeout_s: float) -> Any:
    device, baud = split_endpoint(endpoint.address)
    made: list[Any] = []
    is_signed_only: list[bool] = []

    def vehicle_of(handler: Any) -> Any:
        """Sign before dronekit says its first word: it waits for ever for the answers of a vehicle that does not hear it."""
        made.append(handler)
        handler.master.mav.srcComponent = endpoint.own_component
        if endpoint.signing_key is not None:
            handler.master.setup_signing(endpoint.signing_key, sign_outgoing=True)
        vehicle = dronekit.Vehicle(handler)

        def look(_: Any, message: Any) -> None:
            if endpoint.signing_key is None and not is_signed_only and message.get_header().incompat_flags & _SIGNED:
                is_signed_only.append(True)
                vehicle._params_count = 0  # so that it waits no longer

        handler.forward_message(look)
        return vehicle

    try:
        with _hushed():  # pymavlink prints every attempt
            vehicle = dronekit.connect(
                device,
                wait_ready=False,
                heartbeat_timeout=timeout_s,
                rate=1,
                source_system=endpoint.own_system,
                baud=baud,
                vehicle_class=cast(type[dronekit.Vehicle], vehicle_of),
            )
    except (
        Exception,
        SystemExit,
    ) as error:  # what sockets and serial ports raise; pymavlink exits at an address it cannot split
        if made and endpoint.signing_key is not None:
            mav = made[0].master.mav
            raise _wrong_key(endpoint, mav.signing, was_heard=mav.total_bytes_received > 0) from error
        why = "the address cannot be understood" if isinstance(error, SystemExit) else getattr(error, "strerror", None) or error
        raise VehicleError(
            f"no vehicle answers at {endpoint.address}: {why or type(error).__name__}",
            remedy="is it switched on, and the address right? For instance tcp:127.0.0.1:5760 or /dev/ttyACM0,115200",
        ) from error
    if is_signed_only:
        vehicle.close()
        raise VehicleError(
            f"the vehicle at {endpoint.address} signs its messages and may not listen to unsigned ones",
            remedy="give its key with --signing-key-file",
        )
    return vehicle


class _Hushed:
    """Standard output that drops what threads print that connect; others may be connecting, or printing, at the same time."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.threads: set[int] = set()

    def write(self, text: str) -> int:
        return len(text) if threading.get_ident() in self.threads else int(self.stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


_hushing = threading.Lock()


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    with _hushing:
        if not isinstance(sys.stdout, _Hushed):
            sys.stdout = _Hushed(sys.stdout)
        hushed = sys.stdout
        hushed.threads.add(threading.get_ident())
    try:
        yield
    finally:
        with _hushing:
            hushed.threads.discard(threading.get_ident())
            if not hushed.threads and sys.stdout is hushed:
                sys.stdout = hushed.stream


def _wrong_key(endpoint: Endpoint, signing: Any, *, was_heard: bool) -> VehicleError:
    if signing.badsig_count:
        why = f"what the vehicle at {endpoint.address} sends was signed with another key"
    elif was_heard:
        why = f"what the vehicle at {endpoint.address} sends is not signed"
    else:
        why = f"no vehicle answers at {endpoint.address}"
    return VehicleError(
        why, remedy="give the key that was set in the vehicle, or set this one there (Mission Planner: Setup, Advanced, Signing)"
    )


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Return the device or address of an endpoint and its baud rate."""
    device, comma, baud = endpoint.partition(",")
    if comma and not baud.isdigit():
        raise BadInputError(
            f"endpoint {endpoint!r}: expected a baud rate after the comma", remedy="write it like /dev/ttyACM0,115200"
        )
    return device, int(baud) if comma else 115200
