"""The link to one vehicle: dronekit for the connection, raw MAVLink through it where dronekit has no word.

dronekit reads the socket in its own thread; here every message, in both directions, goes through one queue to the thread that
flies, which records it (`flight.tlog`), updates the state and answers. Nothing waits without a deadline and a name.

Deadlines are in the vehicle's own seconds, so that a simulation runs at any speed; silence is judged by the wall clock.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pymavlink import mavutil

from mission.flying.transport import DronekitTransport, Endpoint, Transport, split_endpoint
from mission.flying.vehicle_state import VehicleState
from warehouse.errors import BadInputError, VehicleError

mavlink = mavutil.mavlink
Answer = TypeVar("Answer")

SILENCE_S = 8.0
"""Wall seconds without a word after which the vehicle counts as gone."""
COMPONENT = 1
_OVERTAKEN = 128
"""So many numbers ahead, a message was rather overtaken by others on its way, and is not lost."""
PREARM_PERIOD_S = 35.0
"""The autopilot repeats what keeps it from arming about every 30 s."""

FIRST_WORD_S, _STRANGERS_S = 20.0, 5.0
"""Wall seconds for the vehicle's first HEARTBEAT, which it sends every second; where others are heard, a few of them will do."""

_MOST_AT_ONCE = 200
"""Messages taken in before the caller gets to look at the state."""
_STALL_S = 0.5
"""What one round of waiting can add to the silence: a ground computer that was held up itself has not listened."""
_RESULTS = {
    value: name.removeprefix("MAV_RESULT_") for value, name in ((v, e.name) for v, e in mavlink.enums["MAV_RESULT"].items())
}


class SilentVehicleError(VehicleError):
    """Nothing was heard from the vehicle for `SILENCE_S`."""


class VehicleLink:
    """An open connection. Use as a context manager: it is closed, and the recording flushed, whatever happens."""

    def __init__(self, endpoint: str | Endpoint | Transport, telemetry_path: Path, *, connect_timeout_s: float = 30.0) -> None:
        """Connect to `endpoint` (`udp:127.0.0.1:14550`, `tcp:host:5760`, `/dev/ttyACM0,115200`) and append to `telemetry_path`."""
        if isinstance(endpoint, str):
            endpoint = Endpoint(address=endpoint)
        if isinstance(endpoint, Endpoint):
            split_endpoint(endpoint.address)
        try:
            telemetry_path.parent.mkdir(parents=True, exist_ok=True)
            self._recording = telemetry_path.open("ab")
        except OSError as error:
            raise BadInputError(
                f"{telemetry_path}: the flight cannot be recorded there: {error.strerror or error}",
                remedy="check that the folder may be written to and that the disk is not full",
            ) from error
        try:
            self._transport: Transport = (
                DronekitTransport(endpoint, connect_timeout_s=connect_timeout_s) if isinstance(endpoint, Endpoint) else endpoint
            )
        except BaseException:
            self._recording.close()
            raise
        self.endpoint = self._transport.endpoint
        self.state = VehicleState()
        self.encode = self._transport.encode
        self.listeners: list[Callable[[Any], None]] = []
        self.system = self._transport.system
        self.heard: dict[int, str] = {}
        """MAVLink ids of all that sent a HEARTBEAT over this link, each with what it says that it is."""
        self.drones: set[int] = set()
        """Those of them that are autopilots."""
        self.fault: Exception | None = None
        """The first thing that went wrong while messages were written down, for instance a full disk; None: nothing has."""
        self.silent_s = 0.0
        """Wall seconds spent listening since the vehicle was last heard."""
        self.blind_s = 0.0
        """The same since anything came that carries the vehicle's clock, so its place or its attitude."""
        self._listened_at = self._transport.clock_s()
        self._utc_zero: datetime | None = None
        self.on_reconnect: Callable[[], object] | None = None
        """Called when the connection was lost and made anew: what the vehicle was asked for must be asked for again."""
        self._n_connects = self._transport.n_connects
        self.interruption: Callable[[], object] = lambda: None
        """Called in every round of waiting; what it raises ends the wait."""
        self.n_messages = self.n_lost = 0
        """Of the vehicle's: that came, and that were lost on the way, by the numbers that MAVLink gives them."""
        self._last_number: int | None = None
        self._is_handed_back = False

    def __enter__(self) -> Self:
        """Return the open link."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the link."""
        self.close()

    def close(self) -> None:
        """Hang up and write what was still queued."""
        self._transport.close()
        while (taken := self._transport.take(0.0)) is not None:
            self._take(*taken)
        self._write_down(self._recording.close)

    # -- clock -----------------------------------------------------------------------------------------------------------------

    def utc(self, boot_s: float | None = None) -> datetime:
        """Return the UTC time of the vehicle's clock at `boot_s` (default: now, on that clock)."""
        boot_s = self.state.boot_s if boot_s is None else boot_s
        if self._utc_zero is None or boot_s is None:
            return datetime.now(UTC)
        return self._utc_zero + timedelta(seconds=boot_s)

    # -- receiving -------------------------------------------------------------------------------------------------------------

    def pump(self, timeout_s: float = 0.1) -> bool:
        """Take in what has arrived; wait up to `timeout_s` wall seconds for the first message. Return whether there was any."""
        self.interruption()
        n_taken, self._is_handed_back = 0, False
        while n_taken < _MOST_AT_ONCE and not self._is_handed_back:
            arrived = self._transport.take(timeout_s if n_taken == 0 else 0.0)
            if arrived is None:
                break
            if arrived[1] is None:  # woken up
                break
            self._take(*arrived)
            n_taken += 1
        if self._transport.n_connects != self._n_connects:
            self._n_connects, self._last_number = self._transport.n_connects, None
            if self.on_reconnect is not None:
                self.on_reconnect()
        now = self._transport.clock_s()
        waited_s = min(now - self._listened_at, _STALL_S)
        self.silent_s, self.blind_s = self.silent_s + waited_s, self.blind_s + waited_s
        self._listened_at = now
        self._write_down(self._recording.flush)  # a program that is killed loses no more than this round
        return n_taken > 0

    def hand_back(self) -> None:
        """End the `pump` under way, from a listener: its message is to be acted on before those behind it are heard."""
        self._is_handed_back = True

    def wake(self) -> None:
        """End a `pump` that waits, from any thread: somebody has pressed a key."""
        self._transport.wake()

    def _take(self, is_incoming: bool, message: Any) -> None:
        if message is None:
            return
        if is_incoming and message.get_type() == "HEARTBEAT":
            self._note_who(message)
        is_ours = is_incoming and message.get_srcSystem() == self.system and message.get_srcComponent() == COMPONENT
        if is_ours:
            self._count(int(message.get_seq()))
            self.silent_s = 0.0
            before = self.state.boot_s
            self.state.update(message)
            if self.state.boot_s != before:
                self.blind_s = 0.0
            if self._utc_zero is None and self.state.boot_s is not None:
                self._utc_zero = datetime.now(UTC) - timedelta(seconds=self.state.boot_s)
        self._write_down(partial(self._record, message))
        if is_ours:
            for listener in tuple(self.listeners):
                self._write_down(partial(listener, message))

    def _note_who(self, beat: Any) -> None:
        system, kind = beat.get_srcSystem(), mavlink.enums["MAV_TYPE"].get(beat.type)
        is_drone = beat.autopilot != mavlink.MAV_AUTOPILOT_INVALID and beat.get_srcComponent() == COMPONENT
        if is_drone:
            self.drones.add(system)
        if is_drone or system not in self.drones:
            self.heard[system] = "unknown" if kind is None else kind.name.removeprefix("MAV_TYPE_").lower().replace("_", " ")

    def _count(self, number: int) -> None:
        """Messages are numbered from 0 to 255, round and round (https://mavlink.io/en/guide/serialization.html)."""
        self.n_messages += 1
        gap = 0 if self._last_number is None else (number - self._last_number - 1) % 256
        if gap < _OVERTAKEN:
            self.n_lost += gap
            self._last_number = number
        else:
            self.n_lost -= 1

    def _record(self, message: Any) -> None:
        buffer = message.get_msgbuf()
        if buffer:
            self._recording.write(struct.pack(">Q", int(self.utc().timestamp() * 1e6)) + bytes(buffer))

    def _write_down(self, act: Callable[[], object]) -> None:
        """Do it, and note what goes wrong instead of raising: that must not take the hand off a drone in the air."""
        try:
            act()
        except Exception as error:
            if self.fault is None:
                self.fault = error

    def check_recording(self) -> None:
        """Raise when something that was heard could not be written down."""
        if self.fault is not None:
            raise VehicleError(f"the flight cannot be recorded: {self.fault}", remedy="make room on the disk, then start again")

    def wait_for(
        self, what: str, answer: Callable[[], Answer | None], timeout_s: float, *, every_s: float = 0.0, again: Any = None
    ) -> Answer:
        """Return the first `answer()` that is neither None nor False; VehicleError naming `what` after `timeout_s` vehicle seconds.

        `again` is called at the start and then every `every_s` vehicle seconds: a request that may be lost.
        """
        started, started_wall = self.state.boot_s, self._transport.clock_s()
        next_request = -1.0
        while True:
            elapsed_wall = self._transport.clock_s() - started_wall
            if started is None:
                started = self.state.boot_s
            elapsed = elapsed_wall if started is None or self.state.boot_s is None else self.state.boot_s - started
            if again is not None and elapsed >= next_request:
                again()
                next_request = elapsed + every_s
            found = answer()
            if found is not None and found is not False:
                return found
            self.check_alive(what)
            if elapsed > timeout_s or elapsed_wall > 4 * timeout_s + 5:
                words = "; ".join(self.state.texts_since((self.state.boot_s or 0.0) - PREARM_PERIOD_S)) or "nothing"
                raise VehicleError(
                    f"waited {timeout_s:g} s for {what}, in vain. The autopilot said: {words}",
                    remedy="clear what the autopilot complains of, then start the flight again",
                )
            self.pump()

    def meet(self) -> None:
        """Wait for the vehicle's first HEARTBEAT; VehicleError that names who was heard instead."""
        begin_s = self._transport.clock_s()
        while self.state.mode is None:
            if self._transport.is_closed_by_peer:
                self.check_alive("the vehicle's first HEARTBEAT")
            if self._transport.clock_s() - begin_s > (_STRANGERS_S if self.heard else FIRST_WORD_S):
                others = sorted(self.drones - {self.system})
                raise VehicleError(
                    f"no drone with MAVLink id {self.system} speaks at {self.endpoint}; heard there: {self.who_was_heard()}",
                    remedy=f"add --vehicle-id {' or '.join(map(str, others))}" if others else "is the drone switched on?",
                )
            self.pump()

    def who_was_heard(self) -> str:
        """Return for people the ids of all that speak on this link."""
        return ", ".join(f"{system} ({kind})" for system, kind in sorted(self.heard.items())) or "nobody"

    def check_alive(self, what: str) -> None:
        """Raise when the vehicle has been silent too long, or has restarted."""
        if self._transport.is_closed_by_peer:
            raise SilentVehicleError(
                f"the connection to {self.endpoint} was closed from the other side while waiting for {what}",
                remedy="the autopilot restarted, or the network broke. In the air its own failsafe lands it where it is",
            )
        if self.silent_s > SILENCE_S:
            raise SilentVehicleError(
                f"the vehicle stopped talking: nothing heard for {self.silent_s:.0f} s while waiting for {what}",
                remedy="check the radio or the cable and the autopilot's power. In the air its own failsafe lands it where it is",
            )
        if self.state.has_rebooted:
            raise VehicleError(
                f"the autopilot restarted while waiting for {what}: its clock went back to {self.state.boot_s or 0:.1f} s",
                remedy="find out why it lost power before you fly again",
            )

    def wait_message(self, what: str, kinds: tuple[str, ...], accept: Callable[[Any], bool], send: Any, timeout_s: float) -> Any:
        """Send a request (repeated every 1.5 s) and return the first message of `kinds` that `accept` takes."""
        box: list[Any] = []

        def listen(message: Any) -> None:
            if message.get_type() in kinds and accept(message):
                box.append(message)

        self.listeners.append(listen)
        try:
            return self.wait_for(what, lambda: box[0] if box else None, timeout_s, every_s=1.5, again=send)
        finally:
            self.listeners.remove(listen)

    # -- sending ---------------------------------------------------------------------------------------------------------------

    def send(self, message: Any) -> None:
        """Send one encoded message; the transport fills in the target system."""
        self._transport.send(message)

    def send_now(self, message: Any) -> None:
        """Send one encoded message from any thread, past everything that waits to be sent."""
        self._transport.send_now(message)

    def command(self, command: int, *params: float, what: str, timeout_s: float = 6.0) -> int:
        """Send COMMAND_LONG until it is acknowledged and return the MAV_RESULT; VehicleError when no answer comes."""
        values = [*params, *[0.0] * (7 - len(params))]
        message = self.wait_message(
            f"the answer to {what} (COMMAND_ACK {command})",
            ("COMMAND_ACK",),
            lambda m: m.command == command,
            lambda: self.send(self.encode.command_long_encode(0, COMPONENT, command, 0, *values)),
            timeout_s,
        )
        return int(message.result)

    def demand(self, command: int, *params: float, what: str) -> None:
        """Send a command that must be accepted; VehicleError with the result and the autopilot's own words otherwise."""
        since = self.state.boot_s or 0.0
        result = self.command(command, *params, what=what)
        if result != mavlink.MAV_RESULT_ACCEPTED:
            words = "; ".join(self.state.texts_since(since - 1.0)) or "no reason"
            raise VehicleError(
                f"the vehicle refused {what}: COMMAND_ACK {command} says {_RESULTS.get(result, result)}."
                f" The autopilot said: {words}",
                remedy="clear what the autopilot complains of, then start the flight again",
            )

    def set_mode(self, mode: int, what: str) -> None:
        """Change the flight mode and wait until the heartbeat shows it."""
        self.demand(mavlink.MAV_CMD_DO_SET_MODE, mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED, mode, what=what)
        self.wait_for(f"{what} to show in HEARTBEAT", lambda: self.state.mode == mode, 5.0)
