"""What figures over time are gathered by."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class Period(StrEnum):
    """What the figures are gathered by: the UTC day on which the last photo of a run was taken decides."""

    ALL = "all"
    MONTH = "month"
    WEEK = "week"
    """By ISO 8601."""
    RUN = "run"

    def name_of(self, moment: str, run: str) -> str:
        """Return the name of the period that a run of that moment (UTC, ISO 8601) belongs to: `2026-11`, `2026-W48`."""
        if self is Period.RUN:
            return run
        if self is Period.ALL:
            return self.value
        if self is Period.MONTH:
            return moment[:7]
        year, week, _ = date.fromisoformat(moment[:10]).isocalendar()
        return f"{year}-W{week:02d}"
