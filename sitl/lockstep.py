"""The built-in copter in this process, moved on only while its ground program waits: as fast as it goes, and repeatable.

`LockstepVehicle.connect` gives what `mission.flying.transport.Transport` asks for, without knowing it.
"""

from __future__ import annotations

import math
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter.__main__ import INDOOR_PARAMETERS
from sitl.copter.autopilot import STEP_S, Autopilot
from sitl.copter.link import SYSTEM
from sitl.copter.parameters import Parameters
from sitl.copter.places import Place
from sitl.copter.server import Server
from sitl.vehicles import Home

_HEARTBEAT_S = 0.1
_GROUND_SYSTEM, _GROUND_COMPONENT = 255, 0


class LockstepVehicle:
    """A vehicle on its pad."""

    def __init__(
        self, home: Home, *, seed: int = 0, parameters: dict[str, float] | None = None, listeners: Sequence[socket.socket] = ()
    ) -> None:
        """Boot at `home` with the indoor parameters and, after them, `parameters`; take clients on `listeners` too."""
        self.parameters = Parameters()
        self.parameters.load_file(INDOOR_PARAMETERS)
        for name, value in (parameters or {}).items():
            self.parameters.set(name, value)
        latitude, longitude, altitude, heading = home
        self.server = Server(
            parameters=self.parameters,
            start=Place.of(round(latitude * 1e7), round(longitude * 1e7), altitude),
            yaw=math.radians(heading),
            seed=seed,
            listeners=list(listeners),
        )
        self.time_s = 0.0
        """Since the first boot; unlike the vehicle's own clock it goes on over a restart."""
        self.on_step: list[Callable[[], object]] = []
        """Called after each step of 10 ms: to watch, and to break things."""

    @property
    def autopilot(self) -> Autopilot:
        """The autopilot of the present boot, with the truth in its `airframe`."""
        return self.server.vehicle

    def step(self) -> None:
        """Live through 10 ms."""
        self.server.step()
        self.server.serve(0.0)
        self.server.restart_if_due()
        self.time_s += STEP_S
        for call in tuple(self.on_step):
            call()

    def restart(self) -> None:
        """Restart the autopilot, wherever it is, at the end of this step."""
        self.server.ask_restart()

    def run_until(self, is_reached: Callable[[], bool], longest_s: float) -> bool:
        """Live without a ground program until `is_reached`; False when it is not, within `longest_s` seconds."""
        end_s = self.time_s + longest_s
        while not is_reached():
            if self.time_s >= end_s:
                return False
            self.step()
        return True

    def connect(self) -> LockstepTransport:
        """Return a new connection of a ground program."""
        here, there = socket.socketpair()
        self.server.accept(there)
        here.setblocking(False)
        return LockstepTransport(self, here)


class LockstepTransport:
    """A ground program's connection to a LockstepVehicle."""

    def __init__(self, vehicle: LockstepVehicle, sock: socket.socket) -> None:
        """Speak over `sock`; a heartbeat of the ground program is sent every tenth of a second."""
        self.vehicle, self._socket = vehicle, sock
        self.endpoint, self.system = "the built-in copter", SYSTEM
        self.encode = mav.MAVLink(None, srcSystem=_GROUND_SYSTEM, srcComponent=_GROUND_COMPONENT)
        self._parser = mav.MAVLink(None)
        self._parser.robust_parsing = True
        self._inbox: deque[tuple[bool, Any]] = deque()
        self._next_beat_s = 0.0
        self.is_closed_by_peer = False
        self.n_connects = 1
        self.is_cut = False
        """Whether the cable is pulled: nothing passes, and nobody says so."""

    def send(self, message: Any) -> None:
        """Send one message to the vehicle."""
        if hasattr(message, "target_system"):
            message.target_system = SYSTEM
        data = message.pack(self.encode)
        self._inbox.append((False, message))
        if not self.is_cut and not self.is_closed_by_peer:
            try:
                self._socket.sendall(data)
            except OSError:
                self.is_closed_by_peer = True

    def send_now(self, message: Any) -> None:
        """Do the same: nothing waits here."""
        self.send(message)

    def wake(self) -> None:
        """Do nothing: in lock step a `take` never waits on the clock of this computer."""

    def take(self, timeout_s: float) -> tuple[bool, Any] | None:
        """Return the next message; let the vehicle live for up to `timeout_s` simulated seconds until there is one."""
        end_s = self.vehicle.time_s + timeout_s
        while not self._inbox:
            if self.vehicle.time_s >= end_s:
                return None
            self.vehicle.step()
            self.serve()
        return self._inbox.popleft()

    @property
    def has_messages(self) -> bool:
        """Whether a `take` would find one without waiting."""
        return bool(self._inbox)

    def serve(self) -> None:
        """Send the heartbeat that is due, and take in what the vehicle has said in its last step."""
        self._beat()
        self._receive()

    def clock_s(self) -> float:
        """Return the simulation's time."""
        return self.vehicle.time_s

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
        self.is_closed_by_peer = True

    def _beat(self) -> None:
        if self.vehicle.time_s >= self._next_beat_s:
            self._next_beat_s = self.vehicle.time_s + _HEARTBEAT_S
            self.send(mav.MAVLink_heartbeat_message(mav.MAV_TYPE_GCS, mav.MAV_AUTOPILOT_INVALID, 0, 0, 0, 3))

    def _receive(self) -> None:
        try:
            data = self._socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.is_closed_by_peer = True
        elif not self.is_cut:
            for message in self._parser.parse_buffer(data) or ():
                if message.get_type() != "BAD_DATA":
                    self._inbox.append((True, message))
