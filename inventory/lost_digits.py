"""Ids that a spreadsheet has turned into numbers: their last digits, or the zeros in front of them, are lost in the file itself."""

from __future__ import annotations

import re

from inventory.erp_lines import RowFault
from inventory.table_file import Cell
from warehouse.errors import FaultsError

ROUNDED_IDS = 3
"""Long ids of one column that must all end in zeros, or ids that must all end in `.0`, before a spreadsheet is blamed for it."""
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{2,3}")
_LONG = re.compile(r"[1-9][0-9]{15,}")
_FLOAT, _WHOLE = re.compile(r"[0-9]+\.0"), re.compile(r"[0-9]+")
SUSPECT = r"^(?:[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{2,3}|[0-9]+\.0|[1-9][0-9]{14}0+)$"
"""Shortened, with `.0`, or rounded: whatever reads a column, `look` has to see such a cell. It ends in a zero or has a plus."""
_STRICT = ("location", "pallet", "parent_pallet")


class LostDigits:
    """What the id columns of one file show of it."""

    def __init__(self, name: str, titles: dict[str, str]) -> None:
        """Begin with the columns of the file `name`: field -> header."""
        self.name, self.titles = name, titles
        self.lost: list[str] = []
        self._numbers: dict[str, list[int]] = {}
        self._n_long: dict[str, int] = {}
        self._rounded: dict[str, list[int]] = {}
        self._floats: dict[str, list[int]] = {}
        self._n_whole: dict[str, int] = {}

    def look(self, row: int, field: str, cell: Cell) -> str:
        """Return what is lost of this id for certain, in words; empty when nothing is. What the column shows is remembered."""
        text, what = cell.text.strip(), ""
        if cell.origin == "text" and not text[:1].isdigit():
            return ""
        if cell.origin == "long number":
            what = f"a number of more than 15 digits ({cell.text}); expected text"
        elif _SHORTENED.fullmatch(text):
            what = f"a number shortened by a spreadsheet ({text}); expected all its digits, as text"
        if what:
            self.lost.append(f"{self.name}, row {row}, column {self.titles[field]}: {what}")
            return what
        if _LONG.fullmatch(text):
            self._n_long[field] = self._n_long.get(field, 0) + 1
            if not text[15:].strip("0"):
                self._rounded.setdefault(field, []).append(row)
        if cell.origin == "number":
            self._numbers.setdefault(field, []).append(row)
        elif _FLOAT.fullmatch(text):
            self._floats.setdefault(field, []).append(row)
        elif _WHOLE.fullmatch(text):
            self._n_whole[field] = self._n_whole.get(field, 0) + 1
        return ""

    def is_waiting(self) -> set[str]:
        """Return the columns of which other cells may prove that nothing is lost: `add_sound` tells of them."""
        return {*self._rounded, *self._floats}

    def add_sound(self, field: str, *, n_long: int, n_whole: int) -> None:
        """Count cells of a column that `look` was not shown: long numbers whose last digits are not zeros, and whole numbers."""
        self._n_long[field] = self._n_long.get(field, 0) + n_long
        self._n_whole[field] = self._n_whole.get(field, 0) + n_whole

    def notes(self) -> list[RowFault]:
        """Return what may be lost, and costs no row."""
        found = [
            (
                field,
                rows[0],
                f"numbers instead of text in {len(rows)} rows from here on; zeros in front of them are lost, if there were any",
            )
            for field, rows in self._numbers.items()
        ]
        found += [
            (
                field,
                rows[0],
                f"all {len(rows)} numbers from here on end in .0, as a spreadsheet leaves ids; zeros in front may be lost",
            )
            for field, rows in self._floats.items()
            if field not in _STRICT and self._are_floats(field)
        ]
        return [RowFault(file=self.name, row=row, column=self.titles[f], what=what, is_refused=False) for f, row, what in found]

    def _are_floats(self, field: str) -> bool:
        return len(self._floats.get(field, ())) >= ROUNDED_IDS and not self._n_whole.get(field)

    def refuse(self, *, is_text: bool) -> None:
        """Raise FaultsError when digits of locations or pallets are lost; `is_text`: the file is no workbook."""
        lost = list(self.lost)
        for field, rows in self._rounded.items():
            if len(rows) == self._n_long[field] >= ROUNDED_IDS:
                what = f"all {len(rows)} long numbers from here on end in zeros behind their 15th digit; expected every digit"
                lost.append(f"{self.name}, row {rows[0]}, column {self.titles[field]}: {what}")
        for field in (f for f in _STRICT if self._are_floats(f)):
            rows = self._floats[field]
            what = f"all {len(rows)} numbers from here on end in .0; expected ids as text"
            lost.append(f"{self.name}, row {rows[0]}, column {self.titles[field]}: {what}")
        if lost:
            how = (
                "export the list again and open it in no spreadsheet before"
                if is_text
                else "export that column as text, or export CSV"
            )
            raise FaultsError(
                f"{self.name}: ids kept as numbers, so that their last digits are lost",
                lost,
                remedy=f"{how}; formatting it as text now does not bring the digits back",
            )
