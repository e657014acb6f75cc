"""Read the ERP's export: every column as text, converted by a declared profile, every row either used or named with its fault."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from inventory.cell_values import parse_date, parse_moment, parse_quantity
from inventory.erp_header import FoundHeader, find_header
from inventory.erp_lines import ErpFile, ErpLine, RowFault
from inventory.profiles import ID_FIELDS, Profile, all_profiles, profile_named
from inventory.table_file import Cell, Row
from warehouse.errors import BadInputError, FaultsError
from warehouse.locations import LocationPattern
from warehouse.pallet_ids import parse_pallet_id

Value = TypeVar("Value")

LISTED_FAULTS = 20
"""Faults of one kind that an error message lists."""


def read_erp(
    path: Path, *, site_pattern: LocationPattern | None = None, lpn_patterns: tuple[str, ...] = (), profile: str | None = None
) -> ErpFile:
    """Return the file's lines and faults.

    `site_pattern` (None: any text is a location) and `lpn_patterns` are the site's; `profile` names one, else the one that fits.
    BadInputError when the file as a whole cannot be trusted: unreadable letters, no fitting profile, a missing column, long
    numbers where identities should stand, or no usable row.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}", remedy="check the name given with --erp") from error
    if not raw:
        raise BadInputError(f"{path.name}: the file is empty", remedy="export the stock list again")
    found = find_header(raw, path.name, (profile_named(profile),) if profile else all_profiles())
    reader = _RowReader(path.name, found, site_pattern, lpn_patterns)
    for row in found.body:
        reader.read(row)
    return reader.finish(hashlib.sha256(raw).hexdigest())


class _RowReader:
    """Turns rows into lines and faults, remembering what came before."""

    def __init__(self, name: str, found: FoundHeader, pattern: LocationPattern | None, lpn_patterns: tuple[str, ...]) -> None:
        self.name, self.found, self.profile = name, found, found.profile
        self.pattern, self.lpn_patterns = pattern, lpn_patterns
        self.titles = tuple(t.strip() for t in found.header.texts)
        self.columns = {field: indices[0] for field, indices in found.columns.items()}
        self.lines: list[ErpLine] = []
        self.faults: list[RowFault] = []
        self.n_rows = 0
        self.long_numbers: list[str] = []
        self.number_ids: dict[str, list[int]] = {}
        self.first_rows: dict[tuple[str, ...], int] = {}

    def read(self, row: Row) -> None:
        """Take one row under the header."""
        is_list = self.profile.is_page_list
        if row.is_blank or (is_list and (row.texts == self.found.header.texts or len(row.cells) == 1)):
            return
        self.n_rows += 1
        extra = [c.text for c in row.cells[len(self.titles) :] if c.text.strip()]
        if extra or len(row.cells) < len(self.titles):
            found, expected = len(row.cells), len(self.titles)
            self._fault(row, "", f"{found} cells where the header has {expected}; a text with a separator in it needs quotes")
            return
        cells = {field: row.cells[index] for field, index in self.columns.items()}
        if not self._ids_are_sound(row, cells):
            return
        line = self._line(row, cells)
        if line is not None:
            self.lines.append(line)

    def _ids_are_sound(self, row: Row, cells: dict[str, Cell]) -> bool:
        for field, cell in cells.items():
            if field not in ID_FIELDS:
                continue
            title = self.titles[self.columns[field]]
            if cell.origin == "long number":
                self.long_numbers.append(
                    f"{self.name}, row {row.number}, column {title}: a number of more than 15 digits ({cell.text}); expected text"
                )
                return False
            if cell.origin == "number":
                self.number_ids.setdefault(field, []).append(row.number)
            if cell.origin == "date":
                self._fault(row, field, f"a date ({cell.text}) where an id should stand; expected text")
                return False
            if field in ("location", "pallet") and any(unicodedata.category(c) in ("Cc", "Cf") for c in cell.text.strip()):
                self._fault(row, field, f"an invisible character in {cell.text!r}; expected plain text")
                return False
        return True

    def _line(self, row: Row, cells: dict[str, Cell]) -> ErpLine | None:
        texts = {field: cell.text.strip() for field, cell in cells.items()}
        location, pallet_text = texts.get("location", ""), self._unpadded(texts.get("pallet", ""))
        pallet = parse_pallet_id(pallet_text, self.lpn_patterns)
        line = ErpLine(
            row=row.number,
            location=location,
            pallet_text=pallet_text,
            pallet=pallet,
            sku=texts.get("sku", ""),
            quantity=self._value(row, "quantity", texts, parse_quantity),
            uom=texts.get("uom", ""),
            batch=texts.get("batch", ""),
            expiry=self._value(row, "expiry", texts, parse_date),
            moved_at=self._value(row, "moved_at", texts, parse_moment),
            row_ref=texts.get("row_ref", ""),
            source=tuple(zip(self.titles, row.texts, strict=False)),
        )
        if not location:
            self._fault(row, "location", "empty; expected the code of a location", line)
            return None
        if self.pattern is not None and self.pattern.match(location) is None:
            self._fault(row, "location", f"{location!r} does not fit the site's pattern {self.pattern.regex}", line)
            return None
        identity = (location, str(line.key or ""), line.sku, line.batch)
        first = self.first_rows.setdefault(identity, row.number)
        if first != row.number:
            what = f"pallet {line.key} at location {location}" if line.key else f"location {location} without a pallet"
            self._fault(row, "location", f"{what} stands in row {first} already", line)
            return None
        return line

    def _unpadded(self, text: str) -> str:
        is_padded = self.profile.is_zero_padded and text.isascii() and text.isdigit()
        return text.lstrip("0").rjust(18, "0") if is_padded and len(text) > 18 else text

    def _value(self, row: Row, field: str, texts: dict[str, str], parse: Callable[[str, Profile], Value | None]) -> Value | None:
        try:
            return parse(texts.get(field, ""), self.profile)
        except ValueError as error:
            self._fault(row, field, f"{error}; the row is used without it", None, is_refused=False)
            return None

    def _fault(self, row: Row, field: str, what: str, line: ErpLine | None = None, *, is_refused: bool = True) -> None:
        column = self.titles[self.columns[field]] if field else ""
        location, key = (line.location, line.key) if line else ("", None)
        self.faults.append(
            RowFault(file=self.name, row=row.number, column=column, what=what, is_refused=is_refused, location=location, pallet=key)
        )

    def finish(self, digest: str) -> ErpFile:
        """Return the file, or raise when its rows are not to be trusted."""
        self._refuse_long_numbers()
        self._refuse_contradicted()
        for field, rows in self.number_ids.items():
            title = self.titles[self.columns[field]]
            what = f"numbers instead of text in {len(rows)} rows from here on; zeros in front of them are lost, if there were any"
            self.faults.append(RowFault(file=self.name, row=rows[0], column=title, what=what, is_refused=False))
        if not self.n_rows:
            raise BadInputError(
                f"{self.name}: no rows under the header in row {self.found.header.number}",
                remedy="export the stock list again; an empty list would make every pallet unexpected",
            )
        if not self.lines:
            listed = [str(f) for f in self.faults if f.is_refused][:LISTED_FAULTS]
            raise FaultsError(
                f"{self.name}: none of its {self.n_rows} rows can be used",
                listed,
                remedy="see the first faults above; is it this site's file?",
            )
        return ErpFile(
            name=self.name,
            digest=digest,
            profile=self.profile.name,
            encoding=self.found.encoding,
            delimiter=self.found.delimiter,
            lines=tuple(self.lines),
            faults=tuple(sorted(self.faults, key=lambda f: (f.row, f.column))),
            n_rows=self.n_rows,
        )

    def _refuse_long_numbers(self) -> None:
        if self.long_numbers:
            raise FaultsError(
                f"{self.name}: ids kept as numbers, so that their last digits are lost",
                self.long_numbers[:LISTED_FAULTS],
                remedy="export that column as text, or export CSV; formatting it as text now does not bring the digits back",
            )

    def _refuse_contradicted(self) -> None:
        """A row that calls a location empty says nothing beside a row that books stock there."""
        booked = {line.location: line.row for line in reversed(self.lines) if line.expects_stock}
        for line in self.lines:
            if not line.expects_stock and line.location in booked:
                what = f"location {line.location} is without stock here, but row {booked[line.location]} books stock there"
                title = self.titles[self.columns["location"]]
                self.faults.append(RowFault(file=self.name, row=line.row, column=title, what=what, location=line.location))
        self.lines = [line for line in self.lines if line.expects_stock or line.location not in booked]
