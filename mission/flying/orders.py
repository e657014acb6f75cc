"""What the person beside the drone may order while it flies, and how quickly it left and was answered.

A hold is the autopilot's own pause on the track (MAV_CMD_DO_PAUSE_CONTINUE): it stays in AUTO, stops within a metre and goes on at
the speed it had. Landing is mode LAND. LOITER, ALT_HOLD and RTL are never commanded.
"""

from __future__ import annotations

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
    """Sends orders and pairs them with their answers. All from the thread that flies."""

    def __init__(self, link: VehicleLink, tell: Callable[[OrderRecord], None]) -> None:
        """Listen on `link`; `tell` is given every record, and once more when its answer has come."""
        self._link, self._tell = link, tell
        self.records: list[OrderRecord] = []
        self._pressed_s = self._sent_s = 0.0
        self._n_sent = 0
        link.listeners.append(self._hear)

    def stop(self) -> None:
        """Stop listening."""
        self._link.listeners.remove(self._hear)

    def send(self, order: Order, pressed_s: float, *, is_by_rule: bool = False) -> None:
        """Send the command of an order that was given at `pressed_s` (time.monotonic)."""
        self._pressed_s, self._n_sent = pressed_s, 0
        self._transmit(order)
        sent_ms = round(1000 * (self._sent_s - pressed_s), 1)
        boot_s = self._link.state.boot_s or 0.0
        self.records.append(OrderRecord(order=order, boot_s=boot_s, sent_ms=sent_ms, is_by_rule=is_by_rule))
        self._tell(self.records[-1])

    def repeat(self) -> None:
        """Send the last order again while the vehicle has not answered it."""
        if self.is_waiting and time.monotonic() - self._sent_s > REPEAT_S and self._n_sent < _MOST_TIMES:
            self._transmit(self.records[-1].order)

    @property
    def is_waiting(self) -> bool:
        """Whether the last order has no answer yet."""
        return bool(self.records) and self.records[-1].answered_ms is None

    def _transmit(self, order: Order) -> None:
        command, p1, p2 = _COMMANDS[order]
        self._link.send(self._link.encode.command_long_encode(0, COMPONENT, command, 0, p1, p2, 0, 0, 0, 0, 0))
        self._sent_s = time.monotonic()
        self._n_sent += 1

    def _hear(self, message: Any) -> None:
        if message.get_type() != "COMMAND_ACK" or not self.is_waiting:
            return
        last = self.records[-1]
        if message.command != _COMMANDS[last.order][0]:
            return
        self.records[-1] = replace(
            last,
            answered_ms=round(1000 * (time.monotonic() - self._pressed_s), 1),
            result=_RESULTS.get(message.result, str(message.result)),
        )
        self._tell(self.records[-1])
