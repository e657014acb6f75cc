"""The report: one self-contained page that opens offline, for the clerk who settles the findings."""

from inventory.report.page import write_report

__all__ = ["write_report"]
