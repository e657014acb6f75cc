"""Whoever sits at the keyboard: told of every check, asked before the take-off."""

from __future__ import annotations

import select
import sys
from collections.abc import Sequence

import typer

from cli_options import err
from mission.flying.checks import Check, Verdict
from mission.flying.indoor_parameters import ParameterDifference
from mission.flying.operator import Operator

_SIGNS = {Verdict.GOOD: "ok  ", Verdict.DOUBT: "look", Verdict.BAD: "NO  "}


class Teller(Operator):
    """Prints the checks, and asks nothing."""

    def told(self, check: Check) -> None:
        """Print one line, and what to do."""
        err.print(f"  {_SIGNS[check.verdict]} {check.name}: {check.words}")
        if check.remedy and check.verdict is Verdict.DOUBT:
            err.print(f"       -> {check.remedy}")


class Clerk(Teller):
    """Asks the person at the terminal."""

    asks = True

    def may_write(self, differences: Sequence[ParameterDifference]) -> bool:
        """Show what differs, and why it matters, and ask."""
        err.print("The autopilot is not set up for flying indoors:")
        for difference in differences:
            err.print(f"  {difference}")
        if self._writes_parameters:
            return True
        return typer.confirm("Write these to the autopilot now?", default=False, err=True)

    def ask(self) -> None:
        """Put the question."""
        err.print("Everything is checked. Is the aisle free of people, and do you see the drone?")
        err.print("Take off now? Type y and Enter to take off, n and Enter to leave it on the ground: ", end="")

    def consent(self) -> bool | None:
        """Return the answer once a line has been typed; only a yes is a yes."""
        if not select.select([sys.stdin], [], [], 0)[0]:
            return None
        return sys.stdin.readline().strip().lower() in ("y", "yes")
