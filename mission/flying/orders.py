"""What the person beside the drone may order while it flies, and how quickly it left and was answered.

A hold is the autopilot's own pause on the track (MAV_CMD_DO_PAUSE_CONTINUE): it stays in AUTO, stops within a metre and goes on at
the speed it had. Landing is mode LAND. LOITER, ALT_HOLD and RTL are never commanded.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pymavlink import mavutil

from mission.flying.link import COMPONENT, VehicleLink
from mission.flying.vehicle_state import Mode

mavlink = mavutil.mavlink

_RESULTS = {v: e.name.removeprefix("MAV_RESULT_").lower() for v, e in mavlink.enums["MAV_RESULT"].items()}
ACCEPTED = _RESULTS[mavlink.MAV_RESULT_ACCEPTED]
REPEAT_S = 0.5
"""Wall seconds without an answer after which an order is sent again."""
_MOST_TIMES = 6


class Order(StrEnum):
    """One key."""

    HOLD = "hold"
    GO_ON = "go_on"
    LAND = "land"
    HOME = "home"
    """Along the lanes back to the pad, never in a straight line."""


_MODE = float(mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED)
_COMMANDS: dict[Order, tuple[int, float, float]] = {
    Order.HOLD: (mavlink.MAV_CMD_DO_PAUSE_CONTINUE, 0.0, 0.0),
    Order.GO_ON: (mavlink.MAV_CMD_DO_PAUSE_CONTINUE, 1.0, 0.0),
    Order.LAND: (mavlink.MAV_CMD_DO_SET_MODE, _MODE, float(Mode.LAND)),
    Order.HOME: (mavlink.MAV_CMD_DO_SET_MODE, _MODE, float(Mode.GUIDED)),
}
"""What leaves at once. For HOME the drone first stops where it is, in GUIDED, and is then given its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """One order as it was carried out; part of flight.json."""

    order: Order
    boot_s: float
    """When it was sent, on the vehicle's clock."""
    sent_ms: float
    """From the key to the command leaving this program, on the wall clock."""
    answered_ms: float | None = None
    """From the key to the vehicle's COMMAND_ACK; None: none has come yet."""
    result: str = ""
    """Of the COMMAND_ACK, for instance `accepted`."""
    is_by_rule: bool = False
    """Whether the rule that keeps drones apart ordered it, rather than a person."""


class Orders:
    """Sends orders and pairs them with their answers. All from the thread that flies, but for `hurry`."""

    def __init__(self, link: VehicleLink, tell: Callable[[OrderRecord], None]) -> None:
        """Listen on `link`; `tell` is given every record, and once more when its answer has come."""
        self._link, self._tell = link, tell
        self._left: queue.SimpleQueue[tuple[float, float]] = queue.SimpleQueue()
        self.are_heeded = True
        """Whether orders are carried out now: not once the drone is being landed, or a pilot has taken over."""
        self.is_home_prepared = False
        """Whether a way home is being prepared: only a landing is carried out then."""
        self.must_wait = False
        """Whether another drone is in the way: going on is not carried out then."""
        self.records: list[OrderRecord] = []
        self._pressed_s = self._sent_s = 0.0
        self._n_sent = 0
        self._unasked: tuple[Any, float] | None = None
        link.listeners.append(self._hear)

    def stop(self) -> None:
        """Stop listening."""
        self._link.listeners.remove(self._hear)

    def hurry(self, order: Order, pressed_s: float) -> None:
        """Send the command of an order at once, from the thread that read its key; `send` then only takes note of it.

        Not HOME: the flight has to see first whether the drone is not on its way already.
        """
        is_barred = order is Order.HOME or self.is_home_prepared or (order is Order.GO_ON and self.must_wait)
        if self.are_heeded and (order is Order.LAND or not is_barred):
            self._link.send_now(self._message(order))
            self._left.put((pressed_s, time.monotonic()))

    def send(self, order: Order, pressed_s: float, *, is_by_rule: bool = False) -> None:
        """Send the command of an order that was given at `pressed_s` (time.monotonic), unless it has left already."""
        self._pressed_s, self._n_sent = pressed_s, 0
        left_s = self._left_at(pressed_s)
        if left_s is None:
            self._transmit(order)
        else:
            self._sent_s, self._n_sent = left_s, 1
        sent_ms = round(1000 * (self._sent_s - pressed_s), 1)
        boot_s = self._link.state.boot_s or 0.0
        self.records.append(OrderRecord(order=order, boot_s=boot_s, sent_ms=sent_ms, is_by_rule=is_by_rule))
        self._tell(self.records[-1])
        if left_s is not None and self._unasked is not None and self._unasked[1] >= left_s:
            self._answer(*self._unasked)  # it was answered before this thread heard of the key

    def repeat(self) -> None:
        """Send the last order again while the vehicle has not answered it."""
        if self.is_waiting and time.monotonic() - self._sent_s > REPEAT_S and self._n_sent < _MOST_TIMES:
            self._transmit(self.records[-1].order)

    @property
    def is_waiting(self) -> bool:
        """Whether the last order has no answer yet."""
        return bool(self.records) and self.records[-1].answered_ms is None

    @property
    def has_given_up(self) -> bool:
        """Whether the last order has no answer and is not sent again any more."""
        return self.is_waiting and self._n_sent >= _MOST_TIMES and time.monotonic() - self._sent_s > REPEAT_S

    def is_open(self, order: Order) -> bool:
        """Whether it was the last one and has no answer yet: the vehicle may do it, or may not."""
        return self.is_waiting and self.records[-1].order is order

    def _left_at(self, pressed_s: float) -> float | None:
        """Return when the order of that key was sent, if it was."""
        while not self._left.empty():
            key_s, sent_s = self._left.get()
            if key_s == pressed_s:
                return sent_s
        return None

    def _message(self, order: Order) -> Any:
        command, p1, p2 = _COMMANDS[order]
        return self._link.encode.command_long_encode(0, COMPONENT, command, 0, p1, p2, 0, 0, 0, 0, 0)

    def _transmit(self, order: Order) -> None:
        self._link.send(self._message(order))
        self._sent_s = time.monotonic()
        self._n_sent += 1

    def _hear(self, message: Any) -> None:
        if message.get_type() == "COMMAND_ACK":
            self._unasked = message, time.monotonic()
            self._answer(*self._unasked)

    def _answer(self, message: Any, heard_s: float) -> None:
        if not self.is_waiting:
            return
        last = self.records[-1]
        if message.command != _COMMANDS[last.order][0]:
            return
        self.records[-1] = replace(
            last,
            answered_ms=round(1000 * (heard_s - self._pressed_s), 1),
            result=_RESULTS.get(message.result, str(message.result)),
        )
        self._tell(self.records[-1])
