"""Read the ERP's export: every column as text, converted by a declared profile, every row either used or named with its fault."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from inventory.cell_values import parse_date, parse_moment, parse_quantity
from inventory.erp_header import FoundHeader, find_header
from inventory.erp_lines import ErpFile, ErpLine, RowFault
from inventory.profiles import ID_FIELDS, Profile, all_profiles, profile_named
from inventory.table_file import Cell, Row
from warehouse.errors import BadInputError, FaultsError
from warehouse.locations import LocationPattern
from warehouse.pallet_ids import PalletId, PalletIdKind, parse_pallet_id

Value = TypeVar("Value")

ROUNDED_IDS = 3
"""Long ids of one column that must all end in zeros before a spreadsheet is blamed for it."""
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")
_LONG = re.compile(r"[1-9][0-9]{15,}")


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
        self.n_long: dict[str, int] = {}
        self.rounded: dict[str, list[int]] = {}
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
            what = f"{found} cells where the header has {expected}; a text with a separator in it needs quotes"
            texts = [_visible(c.text) for c in row.cells]  # which of them is the pallet cannot be told any more
            self._refuse(row, "", what, locations=texts, pallets=texts)
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
            if _SHORTENED.fullmatch(cell.text.strip()):
                self.long_numbers.append(
                    f"{self.name}, row {row.number}, column {title}: a number shortened by a spreadsheet ({cell.text.strip()});"
                    " expected all its digits, as text"
                )
                return False
            self._note_rounding(row, field, cell.text.strip())
            if cell.origin == "number":
                self.number_ids.setdefault(field, []).append(row.number)
            if cell.origin == "date":
                self._refuse_cells(row, field, f"a date ({cell.text}) where an id should stand; expected text", cells)
                return False
            if field in ("location", "pallet") and _visible(cell.text) != cell.text.strip():
                self._refuse_cells(row, field, f"an invisible character in {cell.text!r}; expected plain text", cells)
                return False
        return True

    def _note_rounding(self, row: Row, field: str, text: str) -> None:
        """Remember long numbers, and which of them have only zeros behind the 15 digits that a spreadsheet keeps."""
        if _LONG.fullmatch(text):
            self.n_long[field] = self.n_long.get(field, 0) + 1
            if not text[15:].strip("0"):
                self.rounded.setdefault(field, []).append(row.number)

    def _line(self, row: Row, cells: dict[str, Cell]) -> ErpLine | None:
        texts = {field: cell.text.strip() for field, cell in cells.items()}
        what = self._location_fault(row, texts)
        if what:
            self._refuse_cells(row, "location", what, cells)
            return None
        pallet_text = self._unpadded(texts.get("pallet", ""))
        return ErpLine(
            row=row.number,
            location=texts.get("location", ""),
            pallet_text=pallet_text,
            pallet=parse_pallet_id(pallet_text, self.lpn_patterns),
            sku=texts.get("sku", ""),
            quantity=self._value(row, "quantity", texts, parse_quantity),
            uom=texts.get("uom", ""),
            batch=texts.get("batch", ""),
            expiry=self._value(row, "expiry", texts, parse_date),
            moved_at=self._value(row, "moved_at", texts, parse_moment),
            row_ref=texts.get("row_ref", ""),
            source=tuple(zip(self.titles, row.texts, strict=False)),
        )

    def _location_fault(self, row: Row, texts: dict[str, str]) -> str:
        location, key = texts.get("location", ""), self._key(texts.get("pallet", ""))
        if not location:
            return "empty; expected the code of a location"
        if self.pattern is not None and self.pattern.match(location) is None:
            return f"{location!r} does not fit the site's pattern {self.pattern.regex}"
        identity = (location, str(key or ""), texts.get("sku", ""), texts.get("batch", ""))
        first = self.first_rows.setdefault(identity, row.number)
        if first != row.number:
            what = f"pallet {key} at location {location}" if key else f"location {location} without a pallet"
            return f"{what} stands in row {first} already"
        return ""

    def _key(self, text: str) -> PalletId | None:
        plain = self._unpadded(text)
        return parse_pallet_id(plain, self.lpn_patterns) or (PalletId(PalletIdKind.LPN, plain) if plain else None)

    def _unpadded(self, text: str) -> str:
        is_padded = self.profile.is_zero_padded and text.isascii() and text.isdigit()
        return text.lstrip("0").rjust(18, "0") if is_padded and len(text) > 18 else text

    def _value(self, row: Row, field: str, texts: dict[str, str], parse: Callable[[str, Profile], Value | None]) -> Value | None:
        try:
            return parse(texts.get(field, ""), self.profile)
        except ValueError as error:
            title = self.titles[self.columns[field]]
            what = f"{error}; the row is used without it"
            self.faults.append(RowFault(file=self.name, row=row.number, column=title, what=what, is_refused=False))
            return None

    def _refuse_cells(self, row: Row, field: str, what: str, cells: dict[str, Cell]) -> None:
        named = {name: [_visible(cells[name].text)] for name in ("location", "pallet") if name in cells}
        self._refuse(row, field, what, locations=named.get("location", ()), pallets=named.get("pallet", ()))

    def _refuse(self, row: Row, field: str, what: str, *, locations: Iterable[str], pallets: Iterable[str]) -> None:
        keys = (self._key(text) for text in pallets)
        self.faults.append(
            RowFault(
                file=self.name,
                row=row.number,
                column=self.titles[self.columns[field]] if field else "",
                what=what,
                locations=frozenset(text for text in locations if text),
                pallets=frozenset(key for key in keys if key is not None),
            )
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
            listed = [str(f) for f in self.faults if f.is_refused]
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
        for field, rows in self.rounded.items():
            if len(rows) == self.n_long[field] >= ROUNDED_IDS:
                title = self.titles[self.columns[field]]
                what = f"all {len(rows)} long numbers from here on end in zeros behind their 15th digit; expected every digit"
                self.long_numbers.append(f"{self.name}, row {rows[0]}, column {title}: {what}")
        if self.long_numbers:
            is_text = bool(self.found.delimiter)
            how = (
                "export the list again and open it in no spreadsheet before"
                if is_text
                else "export that column as text, or export CSV"
            )
            raise FaultsError(
                f"{self.name}: ids kept as numbers, so that their last digits are lost",
                self.long_numbers,
                remedy=f"{how}; formatting it as text now does not bring the digits back",
            )

    def _refuse_contradicted(self) -> None:
        """A row that calls a location empty says nothing beside a row that books stock there."""
        booked = {line.location: line.row for line in reversed(self.lines) if line.expects_stock}
        for line in self.lines:
            if not line.expects_stock and line.location in booked:
                what = f"location {line.location} is without stock here, but row {booked[line.location]} books stock there"
                title = self.titles[self.columns["location"]]
                self.faults.append(
                    RowFault(file=self.name, row=line.row, column=title, what=what, locations=frozenset({line.location}))
                )
        self.lines = [line for line in self.lines if line.expects_stock or line.location not in booked]


def _visible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf")).strip()
