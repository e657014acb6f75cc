"""What one file from the ERP says: its usable lines, the rows that were refused and why, and how the file was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from warehouse.pallet_ids import PalletId, PalletIdKind, parse_pallet_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpLine:
    """One row of the export that names a location."""

    row: int
    """As a spreadsheet counts: the first row of the file is 1."""
    location: str
    """The site's spelling: the ERP's own, or what the site's aliases make of it."""
    erp_location: str = ""
    """The ERP's own spelling, blanks around it taken off; empty where it is the site's."""
    pallet_text: str = ""
    """As exported, blanks around it taken off; empty when the row names no pallet. Of nested handling units the one on top, whose
    label a drone sees."""
    content_text: str = ""
    """The lower handling unit, within the one on top, that the row speaks of; empty where units are not nested."""
    pallet: PalletId | None = None
    """The identity that the text names by the site's rules; None when it names none."""
    sku: str = ""
    quantity: Decimal | None = None
    uom: str = ""
    batch: str = ""
    expiry: date | None = None
    moved_at: datetime | None = None
    """When the ERP last moved the pallet or the location, with its time zone."""
    has_no_time_of_day: bool = False
    """Whether the list gives the day of the movement only: `moved_at` is its beginning then."""
    row_ref: str = ""
    """The ERP's own id of the row, which an import back needs."""
    value: Decimal | None = None
    """Of the row's stock in money, as the ERP reckons it."""
    currency: str = ""
    """Of the value, as exported: a column, the cell or the header names it; empty where none does."""
    abc: str = ""
    """Class of the item, as exported."""
    source: tuple[tuple[str, str], ...] = field(default=())
    """Every column of the row as exported: (header, text)."""

    @property
    def key(self) -> PalletId | None:
        """What the pallet is matched by: its identity, or else its exact text; None when the row names no pallet."""
        if self.pallet is None and self.pallet_text:
            return PalletId(PalletIdKind.LPN, self.pallet_text)
        return self.pallet

    @property
    def moved_until(self) -> datetime | None:
        """The last moment that `moved_at` may mean."""
        if self.moved_at is None or not self.has_no_time_of_day:
            return self.moved_at
        try:
            return self.moved_at + timedelta(days=1)
        except OverflowError:  # the last day of the calendar, which ERPs use for never
            return self.moved_at

    @property
    def parent_pallet(self) -> str:
        """The handling unit on top, where the row speaks of one within it; empty where units are not nested."""
        return self.pallet_text if self.content_text else ""

    @property
    def content(self) -> PalletId | None:
        """What the lower handling unit is matched by; None where units are not nested."""
        return (parse_pallet_id(self.content_text) or PalletId(PalletIdKind.LPN, self.content_text)) if self.content_text else None

    @property
    def is_readable_id(self) -> bool:
        """Whether a label can be booked as this line's pallet by the site's rules."""
        return self.pallet is not None

    @property
    def expects_stock(self) -> bool:
        """Whether the row says that something stands there: a bare location, or an item's quantity of 0 or less, does not."""
        return bool(self.pallet_text) or (bool(self.sku) and not self.is_used_up)

    @property
    def is_used_up(self) -> bool:
        """Whether the ERP itself has nothing of it left, or less than that."""
        return self.quantity is not None and self.quantity <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """What is wrong with one cell or row of a file."""

    file: str
    """Name without folders."""
    row: int
    column: str
    """Header of the column; empty when the row as a whole is at fault."""
    what: str
    """What was found and what was expected."""
    is_refused: bool = True
    """Whether the row was left out; False when only this cell was."""
    locations: frozenset[str] = frozenset()
    pallets: frozenset[PalletId] = frozenset()
    """What a refused row may have named: such a pallet is known to the ERP, and never `unexpected`. Several where the cells of a
    row cannot be told apart."""

    def __str__(self) -> str:
        """Return the fault as one sentence with its place."""
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}, row {self.row}{column}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Rows that are no stock, and are said to be none."""

    why: str
    """`above the header`, `the header`, `blank`, `page title or rule`, `a total`, …"""
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpFile:
    """A file as read: rows read + rows refused = rows under the header; with the skipped ones all rows of the file."""

    name: str
    """Name without folders."""
    digest: str
    """SHA-256 (hex) of its bytes."""
    profile: str
    encoding: str
    """`utf-8`, `utf-16`, a code page, `xlsx` or `xls`."""
    delimiter: str
    """Empty for a workbook."""
    lines: tuple[ErpLine, ...]
    """In file order."""
    faults: tuple[RowFault, ...]
    n_rows: int
    """Rows under the header that are stock, or should be."""
    skipped: tuple[Skipped, ...] = ()
    n_elsewhere: int = 0
    """Further usable lines that are in columns (`inventory.columns`), not in `lines`."""
    has_pallets: bool = True
    """Whether the file has a column of pallet ids; without one stock is compared by location and item."""

    @property
    def n_lines(self) -> int:
        """Usable lines."""
        return len(self.lines) + self.n_elsewhere

    @property
    def n_skipped(self) -> int:
        """Rows that are no stock."""
        return sum(len(s.rows) for s in self.skipped)

    @property
    def n_refused(self) -> int:
        """Rows that were left out."""
        return len({f.row for f in self.faults if f.is_refused})

    @property
    def reading(self) -> str:
        """How the file was read, in one line, for people."""
        how = self.encoding if not self.delimiter else f"{self.encoding}, separated by {DELIMITER_NAMES[self.delimiter]}"
        without = "" if self.has_pallets else "; no column of pallet ids: stock is compared by location and item"
        return (
            f"{self.name}: profile {self.profile}, {how}; {self.n_lines} rows read, {self.n_refused} refused, of {self.n_rows}"
            f"{without}"
        )


DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
