"""What the vehicle says, passed on to a ground station that looks on; what that asks, passed back where it changes nothing.

A watcher only watches: its commands are answered with DENIED, its missions, parameters and modes are dropped, and its heartbeats do
not reach the vehicle, whose failsafe must notice when this program dies even if another ground station lives on.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from pymavlink import mavutil

from mission.flying.link import VehicleLink
from mission.flying.vehicle_state import Mode
from warehouse.errors import BadInputError

mavlink = mavutil.mavlink

_QUESTIONS = frozenset(("PARAM_REQUEST_LIST", "PARAM_REQUEST_READ", "PING"))
_MISSION_QUESTIONS = frozenset(("MISSION_REQUEST_LIST", "MISSION_REQUEST_INT", "MISSION_REQUEST"))
"""Answered in flight only: before, this program itself reads back what it has uploaded."""
_COMMANDS = frozenset(
    (
        mavlink.MAV_CMD_REQUEST_MESSAGE,
        mavlink.MAV_CMD_GET_HOME_POSITION,
        mavlink.MAV_CMD_REQUEST_AUTOPILOT_CAPABILITIES,
        mavlink.MAV_CMD_REQUEST_PROTOCOL_VERSION,
    )
)
_MOST_AT_ONCE = 20
"""Messages of the watcher that are looked at in one go: it must not hold up the flight."""


class Forwarder:
    """One watcher at a UDP address. Everything happens in the thread that flies, whenever the vehicle says something."""

    def __init__(self, link: VehicleLink, target: str) -> None:
        """Pass on what comes over `link` to `target`, `udp:HOST:PORT`; BadInputError for another kind of address."""
        self._link, self._address = link, udp_address(target)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._parser: Any = mavlink.MAVLink(None)
        self._parser.robust_parsing = True
        self._voice: Any = mavlink.MAVLink(None, srcSystem=1, srcComponent=mavlink.MAV_COMP_ID_ONBOARD_COMPUTER)
        self.n_refused = 0
        """Messages of the watcher that would have changed something."""
        link.listeners.append(self._pass_on)

    def close(self) -> None:
        """Stop passing on."""
        with contextlib.suppress(ValueError):
            self._link.listeners.remove(self._pass_on)
        self._socket.close()

    def _pass_on(self, message: Any) -> None:
        self._say(bytes(message.get_msgbuf()))
        for _ in range(_MOST_AT_ONCE):
            try:
                data, _ = self._socket.recvfrom(65536)
            except OSError:  # nothing there, or nobody at the other end
                return
            for asked in self._parser.parse_buffer(data) or []:
                self._answer(asked)

    def _answer(self, asked: Any) -> None:
        kind = asked.get_type()
        if kind in ("BAD_DATA", "HEARTBEAT") or kind.startswith("UNKNOWN"):
            return
        is_in_flight = self._link.state.is_armed and self._link.state.mode == Mode.AUTO
        if kind in ("COMMAND_LONG", "COMMAND_INT"):
            if asked.command in _COMMANDS:
                self._link.send(asked)
            else:
                self.n_refused += 1
                denied = mavlink.MAVLink_command_ack_message(asked.command, mavlink.MAV_RESULT_DENIED)
                self._say(bytes(denied.pack(self._voice)))
        elif kind in _QUESTIONS or (is_in_flight and kind in _MISSION_QUESTIONS):
            self._link.send(asked)
        else:
            self.n_refused += 1

    def _say(self, raw: bytes) -> None:
        with contextlib.suppress(OSError):  # a watcher that is gone is no reason to stop flying
            self._socket.sendto(raw, self._address)


def udp_address(target: str) -> tuple[str, int]:
    """Return host and port of `udp:HOST:PORT`."""
    kind, _, rest = target.partition(":")
    host, _, port = rest.rpartition(":")
    if kind not in ("udp", "udpout") or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise BadInputError(
            f"--forward {target}: expected udp:HOST:PORT",
            remedy="for one on this computer: --forward udp:127.0.0.1:14550",
        )
    try:
        found = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_DGRAM)[0][4]
    except OSError as error:
        raise BadInputError(
            f"--forward {target}: there is no computer {host}: {error.strerror}",
            remedy="give its number, like 192.168.1.20",
        ) from error
    return str(found[0]), int(found[1])
