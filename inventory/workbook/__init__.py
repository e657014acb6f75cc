"""The workbook: the tables of a reconciliation for people who open them in a spreadsheet."""

from inventory.workbook.sheets import workbook

__all__ = ["workbook"]
