"""Several built-in copters in one world, each with a ground program in a thread of its own: as fast as it goes, and repeatable.

Only one thread works at a time, in the order of the vehicles; when all wait for messages, the world lives through 10 ms.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from typing import Any

from sitl.lockstep import LockstepTransport, LockstepVehicle

_PATIENCE_S = 60.0
"""Wall seconds after which a thread that never gets its turn complains: another one does not wait for messages, but for it."""


class LockstepFleet:
    """Vehicles that live in step."""

    def __init__(self, vehicles: Sequence[LockstepVehicle]) -> None:
        """Begin once every vehicle has been connected to."""
        self.vehicles = tuple(vehicles)
        self._turns = threading.Condition()
        self._links: dict[int, FleetTransport] = {}
        self._until_s: dict[int, float] = {}
        """Vehicle -> until when the thread of its ground program waits for a message; at work when it is not in here."""
        self._n_joined = 0
        self._at_work: int | None = None
        self._passed = -1
        """The last vehicle whose ground program had its turn in this step."""

    def connect(self, vehicle: int) -> FleetTransport:
        """Return the connection of one ground program, in whose thread this is called."""
        here, there = socket.socketpair()
        link = FleetTransport(self, vehicle, here)
        with self._turns:
            self.vehicles[vehicle].server.accept(there)
            here.setblocking(False)
            self._links[vehicle] = link
            self._n_joined += 1
            self._until_s[vehicle] = 0.0
            if self._at_work is None and self._n_joined >= len(self.vehicles):
                self._pass_on()
            self._wait(vehicle)
        return link

    def wait(self, vehicle: int, until_s: float) -> None:
        """Let the others work and the world live until there is a message for this ground program, or it is `until_s`."""
        with self._turns:
            self._until_s[vehicle] = until_s
            self._pass_on()
            self._wait(vehicle)

    def leave(self, vehicle: int) -> None:
        """Go on without this ground program."""
        with self._turns:
            self._links.pop(vehicle, None)
            self._until_s.pop(vehicle, None)
            if self._at_work == vehicle:
                self._pass_on()

    def _wait(self, vehicle: int) -> None:
        if not self._turns.wait_for(lambda: self._at_work == vehicle, _PATIENCE_S):
            raise TimeoutError(f"vehicle {vehicle} had no turn for {_PATIENCE_S:.0f} s")
        del self._until_s[vehicle]

    def _pass_on(self) -> None:
        self._at_work = None
        while self._links and self._at_work is None:
            due = [number for number in sorted(self._links) if number > self._passed and self._is_due(number)]
            if due:
                self._at_work = self._passed = due[0]
            else:
                self._passed = -1
                self._step()
        self._turns.notify_all()

    def _is_due(self, number: int) -> bool:
        link = self._links[number]
        return link.has_messages or self.vehicles[number].time_s >= self._until_s[number]

    def _step(self) -> None:
        for vehicle in self.vehicles:
            vehicle.step()
        for link in self._links.values():
            link.serve()


class FleetTransport(LockstepTransport):
    """A ground program's connection to one of the vehicles."""

    def __init__(self, fleet: LockstepFleet, number: int, sock: socket.socket) -> None:
        """Speak over `sock` to vehicle `number` (from 0) of the fleet."""
        super().__init__(fleet.vehicles[number], sock)
        self._fleet, self._number = fleet, number

    def take(self, timeout_s: float) -> tuple[bool, Any] | None:
        """Return the next message; let all vehicles live for up to `timeout_s` simulated seconds until there is one."""
        if not self.has_messages and timeout_s > 0 and not self.is_closed_by_peer:
            self._fleet.wait(self._number, self.vehicle.time_s + timeout_s)
        return self._inbox.popleft() if self.has_messages else None

    def close(self) -> None:
        """Hang up."""
        super().close()
        self._fleet.leave(self._number)
