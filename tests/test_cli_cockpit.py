"""Whoever sits at the keyboard of one drone: what was pressed or typed too early moves nothing."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path
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


ASKED_AFTER_TYPING = """
import sys, time
from pathlib import Path
from cli_cockpit import Clerk

clerk = Clerk(asks=True)
print("checking", flush=True)
while not Path(sys.argv[1], "typed").exists():
    time.sleep(0.02)
clerk.ask()
print("early answer", clerk.consent(), flush=True)
while (answer := clerk.consent()) is None:
    time.sleep(0.02)
print("answer", answer, flush=True)
"""


def test_a_yes_that_was_typed_before_the_question_is_none(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ASKED_AFTER_TYPING, str(tmp_path)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = ""

    def wait_for(words: str) -> None:
        nonlocal said
        while words not in said:
            assert select.select([ours], [], [], 30.0)[0], said
            said += os.read(ours, 65536).decode()

    wait_for("checking")
    os.write(ours, b"y\nyes")  # one line, and the beginning of another
    wait_for("yes")  # the terminal has them: it has echoed them
    (tmp_path / "typed").touch()
    wait_for("early answer None")
    os.write(ours, b"n\n")
    wait_for("answer False")
    assert process.wait(30.0) == 0
    os.close(ours)


def test_an_answer_in_a_pipe_is_waited_for_by_nobody_and_counts() -> None:
    ask = "from cli_language import confirm; print(confirm('May it?'))"
    done = subprocess.run([sys.executable, "-c", ask], input="y\n", capture_output=True, text=True, check=True)
    assert done.stdout.endswith("True\n")


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
