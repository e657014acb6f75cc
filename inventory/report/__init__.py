"""The report: a self-contained page that opens offline, for the clerk who settles the findings; of a large site one an aisle."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inventory.report.pages import write_report

__all__ = ["write_report"]


def __getattr__(name: str) -> object:
    """Load the pages, with OpenCV and Jinja, when they are asked for: the comparison takes only the words from this package."""
    if name != "write_report":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from inventory.report.pages import write_report

    return write_report
