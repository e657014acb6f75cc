"""The rows under the header of an ERP file -> lines, faults, and rows that are said to be no stock; each row is one of these."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from inventory.cell_values import is_day_only, parse_date, parse_moment, parse_money, parse_quantity, split_currency
from inventory.erp_header import FoundHeader
from inventory.erp_lines import ErpFile, ErpLine, RowFault, Skipped
from inventory.erp_whole import latest_balances, swallowed_rows, topmost, without_contradictions
from inventory.lost_digits import LostDigits
from inventory.notation import Notation
from inventory.profiles import ID_FIELDS, Profile, header_currency
from inventory.table_file import Cell, Row
from warehouse.errors import BadInputError, FaultsError
from warehouse.location_aliases import ALIASES_FILE, LocationAliases
from warehouse.locations import LocationPattern
from warehouse.pallet_ids import PalletId, PalletIdKind, parse_pallet_id
from warehouse.site import Site

Value = TypeVar("Value")
PALLETS = ("pallet", "parent_pallet")
_NAMED = ("location", *PALLETS)
BLANK = "blank, or a rule of dashes"
_PREAMBLE_WITHIN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRules:
    """What the site says of codes and ids."""

    pattern: LocationPattern | None = None
    """None: any text is a location."""
    lpn_patterns: tuple[str, ...] = ()
    aliases: LocationAliases | None = None
    example: str = ""
    """One of its locations, to show people how they are spelled."""

    @classmethod
    def of_site(cls, site: Site, aliases: LocationAliases | None) -> SiteRules:
        """Return what a site and its aliases say."""
        return cls(
            pattern=site.layout.pattern,
            lpn_patterns=site.labels.lpn_patterns,
            aliases=aliases,
            example=next(iter(site.layout.bins_by_code), ""),
        )


WRAPPED = re.compile(r"""^(?:="([^"]*)"|'([0-9]+))$""")
"""An id as ERPs write it so that a spreadsheet keeps its digits."""


class RowReader:
    """Turns rows into lines and faults, remembering what came before."""

    def __init__(self, name: str, found: FoundHeader, rules: SiteRules, notation: Notation) -> None:
        """Begin under the header of the file `name`."""
        self.name, self.found, self.rules, self.notation = name, found, rules, notation
        self.profile: Profile = notation.profile
        self.titles = tuple(t.strip() for t in found.header.texts)
        self.columns = {field: indices[0] for field, indices in found.columns.items()}
        self.lines: list[ErpLine] = []
        self.faults: list[RowFault] = []
        self.skipped: dict[str, list[int]] = {}
        self.n_rows = 0
        self.n_elsewhere = 0
        """Sound rows that were read in columns (`inventory.columns`)."""
        self.lost = LostDigits(name, {field: self.titles[index] for field, index in self.columns.items()})
        self.first_rows: dict[tuple[str, ...], int] = {}
        self.spelled: dict[str, tuple[str, int]] = {}
        self.collisions: list[str] = []
        self.multiline: list[Row] = [r for r in (*found.above, found.header) if _has_line_end(r)]
        self._preamble_end = 0
        """The last row of the system's own instructions under the header."""
        for row in found.above:
            self._read_above(row)
        self._skip("the header", found.header)
        self._note_header()

    def _note_header(self) -> None:
        row = self.found.header.number
        for field, indices in self.found.columns.items():
            if len(indices) > 1:
                places = " and ".join(f"{self.titles[i]!r} (column {i + 1})" for i in indices)
                self._note(row, field, f"{places} all mean {field}; the first is used, the others are kept as source")
        for sheet, n in self.found.other_sheets:
            self._note(row, "", f"sheet {sheet!r} with {n} filled rows is not read; only {self.found.sheet!r} has the header")
        for what in self.notation.notes:
            self._note(row, "", what)

    def _read_above(self, row: Row) -> None:
        """Take a row over the header: a title, or stock that somebody has sorted away from under it."""
        filled = {f for f, i in self.columns.items() if i < len(row.cells) and row.cells[i].text.strip()}
        if row.is_blank:
            self._skip(BLANK, row)
        elif "location" in filled and filled & {*PALLETS, "sku"}:
            self.n_rows += 1
            what = f"stands above the header, which is row {self.found.header.number}; expected under it"
            texts = [visible(c.text) for c in row.cells]
            self._refuse(row, "", what, locations=texts, pallets=texts)
        else:
            self._skip("above the header", row)

    def expect_preamble(self, body: Sequence[Row]) -> None:
        """Find where the system's own instructions under the header end, if the profile says that there are any."""
        end = self.profile.preamble_end
        for row in body[:_PREAMBLE_WITHIN] if end else ():
            if row.cells and row.cells[0].text.strip().startswith(end):
                self._preamble_end = row.number

    def read(self, row: Row) -> None:
        """Take one row under the header."""
        why = self._no_stock(row)
        if why:
            self._skip(why, row)
            return
        self.n_rows += 1
        if self.found.delimiter and _has_line_end(row):
            self.multiline.append(row)
        extra = [c.text for c in row.cells[len(self.titles) :] if c.text.strip()]
        if extra or len(row.cells) < len(self.titles):
            found, expected = len(row.cells), len(self.titles)
            noun = "cell" if found == 1 else "cells"
            what = f"{found} {noun} where the header has {expected}; a text with a separator in it needs quotes"
            texts = [visible(c.text) for c in row.cells]  # which of them is the pallet cannot be told any more
            self._refuse(row, "", what, locations=texts, pallets=texts)
            return
        cells = {field: row.cells[index] for field, index in self.columns.items()}
        if self._ids_are_sound(row, cells):
            line = self._line(row, cells)
            if line is not None:
                self.lines.append(line)

    def _no_stock(self, row: Row) -> str:
        """Return why a row is no stock; empty when it is, or should be."""
        if row.number <= self._preamble_end:
            return "instructions of the system"
        if row.is_blank:
            return BLANK
        header = self.found.header
        if row.cells[0].text == header.cells[0].text and row.texts == header.texts:
            return "a repeated header"
        if self.profile.is_page_list and self.found.delimiter == "|" and len(row.cells) == 1:
            return "a page title or rule"
        ids = [row.cells[self.columns[f]].text.strip() for f in _NAMED if f in self.columns and self.columns[f] < len(row.cells)]
        first = next(c.text.strip() for c in row.cells if c.text.strip())
        is_total = first.casefold() in self.profile.totals and not any(text for text in ids if text != first)
        return "a total" if is_total else ""

    def _ids_are_sound(self, row: Row, cells: dict[str, Cell]) -> bool:
        for field, cell in cells.items():
            if field not in ID_FIELDS:
                continue
            lost = self.lost.look(row.number, field, cell)
            if lost:
                self._refuse_cells(row, field, lost, cells)
                return False
            if cell.origin == "hole":
                self._refuse_cells(row, field, f"{cell.text} where an id should stand; expected text", cells)
                return False
            if cell.origin == "date":
                self._refuse_cells(row, field, f"a date ({cell.text}) where an id should stand; expected text", cells)
                return False
            if field in _NAMED and visible(cell.text) != cell.text.strip():
                self._refuse_cells(row, field, f"an invisible character in {cell.text!r}; expected plain text", cells)
                return False
        return True

    def _line(self, row: Row, cells: dict[str, Cell]) -> ErpLine | None:
        texts = {field: cell.text.strip() for field, cell in cells.items()}
        texts |= {field: _unwrapped(text) for field, text in texts.items() if field in ID_FIELDS}
        exported = texts.get("location", "")
        location = self._site_spelling(row, exported)
        pallet, content = self._pallets(texts)
        what = self._row_fault(row, location, texts, pallet, content)
        if what:
            self._refuse_cells(row, "location", what, cells)
            return None
        moved_at = self._value(row, "moved_at", texts.get("moved_at", ""), parse_moment)
        return ErpLine(
            row=row.number,
            location=location,
            erp_location=exported if exported != location else "",
            pallet_text=pallet,
            content_text=content,
            pallet=parse_pallet_id(pallet, self.rules.lpn_patterns),
            sku=texts.get("sku", ""),
            quantity=self._number(row, "quantity", cells, parse_quantity),
            uom=texts.get("uom", ""),
            batch=texts.get("batch", ""),
            expiry=self._value(row, "expiry", texts.get("expiry", ""), parse_date),
            moved_at=moved_at,
            has_no_time_of_day=moved_at is not None and is_day_only(moved_at, texts["moved_at"]),
            row_ref=texts.get("row_ref", ""),
            value=self._number(row, "value", cells, parse_money),
            currency=self._currency(texts),
            abc=texts.get("abc", ""),
            source=tuple(zip(self.titles, row.texts, strict=False)),
        )

    def _site_spelling(self, row: Row, exported: str) -> str:
        """Return what the aliases make of the ERP's code; note where they make two codes one."""
        aliases = self.rules.aliases
        if aliases is None or not exported:
            return exported
        try:
            location = aliases.location(exported)
        except BadInputError as error:
            self.collisions.append(f"{self.name}, row {row.number}: {error.what}")
            return exported
        first, first_row = self.spelled.setdefault(location, (exported, row.number))
        if first != exported:
            self.collisions.append(
                f"{self.name}, row {row.number}: {exported!r} and {first!r} (row {first_row}) would both be {location}"
                f" by {ALIASES_FILE}"
            )
        return location

    def _pallets(self, texts: dict[str, str]) -> tuple[str, str]:
        """Return what stands in the rack, and the unit within it that the row speaks of, if units are nested."""
        own, top = self.unpadded(texts.get("pallet", "")), self.unpadded(texts.get("parent_pallet", ""))
        if top and own and self._key(top) != self._key(own):
            return top, own
        return own or top, ""

    def _row_fault(self, row: Row, location: str, texts: dict[str, str], pallet: str, content: str) -> str:
        if not location:
            return "empty; expected the code of a location"
        pattern = self.rules.pattern
        if pattern is not None and pattern.match(location) is None:
            if self.rules.example:
                return f"{location!r} is not spelled like the site's locations, such as {self.rules.example}"
            return f"{location!r} does not fit the site's pattern {pattern.regex}"
        if self.profile.is_ledger:
            return ""
        key = self._key(pallet)
        # the ERP's own ids tell rows apart that differ in what is not read here: owner, stock category, quality status
        identity = (location, str(key or ""), content, texts.get("sku", ""), texts.get("batch", ""), texts.get("row_ref", ""))
        first = self.first_rows.setdefault(identity, row.number)
        if first != row.number:
            what = f"pallet {key} at location {location}" if key else f"location {location} without a pallet"
            return f"{what} stands in row {first} already"
        return ""

    def _key(self, text: str) -> PalletId | None:
        plain = self.unpadded(text)
        return parse_pallet_id(plain, self.rules.lpn_patterns) or (PalletId(PalletIdKind.LPN, plain) if plain else None)

    def unpadded(self, text: str) -> str:
        """Return the text of a pallet id without the zeros that the system fills it up with."""
        is_padded = self.profile.is_zero_padded and text.isascii() and text.isdigit()
        return text.lstrip("0").rjust(18, "0") if is_padded and len(text) > 18 else text

    def _currency(self, texts: dict[str, str]) -> str:
        if not texts.get("value"):
            return ""
        return split_currency(texts["value"])[1] or texts.get("currency", "") or header_currency(self.titles[self.columns["value"]])

    def _number(
        self, row: Row, field: str, cells: dict[str, Cell], parse: Callable[[str, Profile], Decimal | None]
    ) -> Decimal | None:
        """Return a quantity or an amount; what a workbook keeps as a number is written in no notation."""
        cell = cells.get(field)
        if cell is None or not cell.text:
            return None
        if cell.origin in ("number", "long number"):
            return Decimal(cell.text)
        if cell.text.strip() and self.notation.is_open(cell.text):
            self._note(row.number, field, f"{cell.text.strip()!r} can be read in two ways; the row is used without it")
            return None
        return self._value(row, field, cell.text, parse)

    def _value(self, row: Row, field: str, text: str, parse: Callable[[str, Profile], Value | None]) -> Value | None:
        try:
            return parse(text, self.profile)
        except ValueError as error:
            self._note(row.number, field, f"{error}; the row is used without it")
            return None

    def _note(self, row: int, field: str, what: str) -> None:
        title = self.titles[self.columns[field]] if field else ""
        self.faults.append(RowFault(file=self.name, row=row, column=title, what=what, is_refused=False))

    def _skip(self, why: str, row: Row) -> None:
        self.skipped.setdefault(why, []).append(row.number)

    def _refuse_cells(self, row: Row, field: str, what: str, cells: dict[str, Cell]) -> None:
        locations = {visible(cells["location"].text)} if "location" in cells else set()
        if self.rules.aliases is not None:
            locations |= {self._site_spelling_or_same(text) for text in locations}
        self._refuse(row, field, what, locations=locations, pallets=[visible(cells[f].text) for f in PALLETS if f in cells])

    def _site_spelling_or_same(self, text: str) -> str:
        try:
            return self.rules.aliases.location(text) if self.rules.aliases is not None else text
        except BadInputError:
            return text

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
        """Return the file, or raise when its rows are not to be trusted. Whatever it says, `lines`, `faults` and `skipped` hold."""
        title = self.titles[self.columns["location"]]
        self.lines, nested = topmost(self.lines, self.name, title)
        self.lines, old, undated = latest_balances(self.lines, self.name, title) if self.profile.is_ledger else (self.lines, [], [])
        self.lines, used_up, contradicted = without_contradictions(self.lines, self.name, title)
        self.faults += [*nested, *undated, *contradicted, *self.lost.notes()]
        self.faults.sort(key=lambda f: (f.row, f.column))
        for why, rows in (("an earlier balance", old), ("an item with quantity 0 beside other stock", used_up)):
            if rows:
                self.skipped[why] = rows
                self.n_rows -= len(rows)
        self._refuse_untrusted()
        return ErpFile(
            name=self.name,
            digest=digest,
            profile=self.profile.name,
            encoding=self.found.encoding,
            delimiter=self.found.delimiter,
            lines=tuple(self.lines),
            faults=tuple(self.faults),
            n_rows=self.n_rows + self.n_elsewhere,
            n_elsewhere=self.n_elsewhere,
            skipped=tuple(Skipped(why=why, rows=tuple(rows)) for why, rows in self.skipped.items()),
            has_pallets="pallet" in self.columns,
        )

    def _refuse_untrusted(self) -> None:
        swallowed = swallowed_rows(self.multiline, self.found, {line.location for line in self.lines})
        if swallowed:
            number, text = swallowed
            raise BadInputError(
                f"{self.name}, row {number}: a quote that opens in this row closes rows later, and swallows {text!r}",
                remedy="mend the quotes in that row; a quote within a text in quotes is written twice",
            )
        self.lost.refuse(is_text=bool(self.found.delimiter))
        if self.collisions:
            raise FaultsError(
                f"{self.name}: the aliases of the site make two of its locations one",
                self.collisions,
                remedy=f"correct {ALIASES_FILE} in the site folder; each ERP code needs a location of its own",
            )
        if not self.n_rows + self.n_elsewhere:
            raise BadInputError(
                f"{self.name}: no rows under the header in row {self.found.header.number}",
                remedy="export the stock list again; an empty list would make every pallet unexpected",
            )
        if not self.lines and not self.n_elsewhere:
            listed = [str(f) for f in self.faults if f.is_refused]
            raise FaultsError(
                f"{self.name}: none of its {self.n_rows} rows can be used",
                listed,
                remedy=f"is it this site's file? This says more: aislescan erp inspect {self.name} --site SITE",
            )


def visible(text: str) -> str:
    """Return the text without control characters and blanks around it."""
    if text.isprintable():
        return text.strip()
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf")).strip()


def _has_line_end(row: Row) -> bool:
    return any("\n" in c.text or "\r" in c.text for c in row.cells)


def _unwrapped(text: str) -> str:
    """Return an id without what ERPs put round it: `="00376"`, or `'00376`."""
    wrapped = WRAPPED.match(text)
    return next(part for part in wrapped.groups() if part is not None) if wrapped else text
