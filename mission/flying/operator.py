"""Who is asked before a take-off and told of it: a person at a terminal, or a script. The flight only knows this."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mission.flying.checks import Check
from mission.flying.indoor_parameters import ParameterDifference
from mission.flying.link import VehicleLink
from mission.flying.orders import Order, OrderRecord
from warehouse.errors import AislescanError, ExitCode


class NotWantedError(AislescanError):
    """The person beside the drone did not want it to take off."""

    exit_code = ExitCode.INTERRUPTED


class Operator:
    """A script: it is told of each check, lets the drone take off without a word, and writes parameters only if told to before.

    A terminal overrides what it does otherwise.
    """

    asks = False
    """Whether `consent` must be waited for; the drone then stands by in GUIDED, in which nothing but a command moves it."""

    def __init__(self, *, writes_parameters: bool = False) -> None:
        """With `writes_parameters` what is not as an aisle flight needs it is written to the autopilot, and read back."""
        self._writes_parameters = writes_parameters

    def of_drone(self, number: int) -> Operator:
        """Return who speaks for one of several drones, numbered from 1; from then on it is called from that drone's thread."""
        return self

    def connected(self, link: VehicleLink) -> None:
        """Take note of the open link, before anything is sent over it but heartbeats."""

    def told(self, check: Check) -> None:
        """Take note of a check, as soon as it has been made."""

    def may_write(self, differences: Sequence[ParameterDifference]) -> bool:
        """Return whether these parameters may be written. The drone is on the ground; the answer may take its time."""
        return self._writes_parameters and bool(differences)

    def ask(self) -> None:
        """Ask whether the drone may take off now."""

    def consent(self) -> bool | None:
        """Return the answer, None while there is none yet; called many times a second."""
        return True

    def steers(self, hurry: Callable[[Order, float], object]) -> None:
        """Take note of what sends an order at once, from any thread; `next_order` must give the same order and time afterwards."""

    def next_order(self) -> tuple[Order, float] | None:
        """Return an order that was given since the last call, and when (time.monotonic); called many times a second in flight."""
        return None

    def answered(self, record: OrderRecord) -> None:
        """Take note of an order that was sent, and again when the vehicle has answered it."""


def forget_orders(operator: Operator) -> None:
    """Drop what was ordered on the ground, before an arming; NotWantedError for a landing: then nothing is to take off."""
    given = []
    while (order := operator.next_order()) is not None:
        given.append(order[0])
    if Order.LAND in given:
        raise NotWantedError("not flown: a landing was ordered before the take-off", remedy="the same command begins again")
