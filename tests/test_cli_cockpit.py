"""Whoever sits at the keyboard of one drone: what was pressed or typed too early moves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from cli_cockpit import Clerk
from mission.flying.operator import NotWantedError, Operator, forget_orders
from mission.flying.orders import Order


class Link:
    """As much of a link as a clerk touches."""

    def wake(self) -> None:
        """Wake nobody."""


def test_a_key_that_an_earlier_flight_did_not_take_is_forgotten_before_the_next_one() -> None:
    clerk, link = Clerk(asks=True), Link()
    connection: Any = link
    clerk.connected(connection)
    clerk._press("l", 100.0)  # as it touches down by itself
    clerk.landed(1)
    clerk.connected(connection)
    assert clerk.next_order() is None


class Pressed(Operator):
    """Was given orders on the ground."""

    def __init__(self, *orders: Order) -> None:
        super().__init__()
        self._orders = list(orders)

    def next_order(self) -> tuple[Order, float] | None:
        return (self._orders.pop(0), 1.0) if self._orders else None


def test_what_was_ordered_on_the_ground_does_not_count_in_the_air_but_a_landing_keeps_the_drone_there() -> None:
    held = Pressed(Order.HOLD, Order.HOME)
    forget_orders(held)
    assert held.next_order() is None
    with pytest.raises(NotWantedError, match="a landing was ordered before the take-off"):
        forget_orders(Pressed(Order.HOLD, Order.LAND, Order.GO_ON))
