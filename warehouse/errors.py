"""What ends a command early, with the exit code that scripts see and the words that people see.

The world being wrong (a bad row, an unreadable label) is data and never one of these. Being unable to go on is.
"""

from __future__ import annotations

from enum import IntEnum

from warehouse.shown_text import shown


class ExitCode(IntEnum):
    """Exit codes of every command; `docs/reference/exit-codes.md` explains them to users."""

    DONE = 0
    INTERNAL = 1
    BAD_INPUT = 2
    VEHICLE = 3
    DISCREPANCIES = 4
    MISSING_TOOL = 5
    INTERRUPTED = 130


class AislescanError(Exception):
    """A known reason to stop: what happened, and what to do about it."""

    exit_code = ExitCode.INTERNAL

    def __init__(self, what: str, *, remedy: str = "") -> None:
        """Join `what` (file, row, column or message at fault, and what was expected) with the `remedy`."""
        self.what = what
        self.remedy = remedy
        super().__init__(shown(f"{what}\n  -> {remedy}" if remedy else what))


class BadInputError(AislescanError):
    """A file or an argument that cannot be used as it is."""

    exit_code = ExitCode.BAD_INPUT


class VehicleError(AislescanError):
    """The vehicle refused, went silent, or the flight was broken off."""

    exit_code = ExitCode.VEHICLE


class MissingToolError(AislescanError):
    """A program or library that this command needs is not installed."""

    exit_code = ExitCode.MISSING_TOOL


_FAULTS_SHOWN = 40
"""One wrong aisle name can put every row at fault; a message that scrolls away helps nobody."""


class FaultsError(BadInputError):
    """Several faults of one input, all found in one pass so that they can be mended in one go."""

    def __init__(self, subject: str, faults: list[str], *, remedy: str) -> None:
        """Name the `subject` and list every fault, each with its file, row and column."""
        self.faults = faults
        noun = "fault" if len(faults) == 1 else "faults"
        shown = [f"  {fault}" for fault in faults[:_FAULTS_SHOWN]]
        if len(faults) > _FAULTS_SHOWN:
            shown.append(f"  and {len(faults) - _FAULTS_SHOWN} more")
        super().__init__("\n".join([f"{subject}: {len(faults)} {noun}", *shown]), remedy=remedy)
