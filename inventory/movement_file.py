"""Read the ERP's list of movements: every column as text, converted by a declared profile, every row either used or named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypeVar

from inventory.cell_values import is_day_only, parse_moment, parse_quantity
from inventory.erp_file import file_bytes
from inventory.erp_header import FoundHeader, find_header
from inventory.erp_lines import RowFault, Skipped
from inventory.erp_rows import BLANK, SiteRules, visible
from inventory.movements import NOT_DONE, Movement, MovementFile
from inventory.notation import Notation, settle
from inventory.profiles import Profile, load_profile
from inventory.table_file import Cell, Row
from warehouse.errors import BadInputError, FaultsError
from warehouse.pallet_ids import PalletId, PalletIdKind, parse_pallet_id

Value = TypeVar("Value")
MOVEMENT_FIELDS = ("moved_at", "moved_time", "from", "to", "pallet", "to_pallet", "document", "sku", "quantity", "uom", "state")
_IDS = ("from", "to", "pallet", "to_pallet", "sku")
_DONE = frozenset({"", "done", "hecho", "realizado", "erledigt", "fertig", "fait", "terminé"})
_TIME = re.compile(r"([0-9]{1,2}):?([0-9]{2})(?::?([0-9]{2}))?")


@cache
def movement_profiles() -> tuple[Profile, ...]:
    """Return the profiles of movement lists that come with aislescan, by name."""
    folder = Path(__file__).with_name("movement_profiles")
    return tuple(load_profile(path, fields=MOVEMENT_FIELDS) for path in sorted(folder.glob("*.toml")))


def read_movements(path: Path, rules: SiteRules, *, profile: str | None = None, clock_ahead_s: float = 0.0) -> MovementFile:
    """Return the movements of a file, on the drone's clock; the ERP's is `clock_ahead_s` seconds ahead of it.

    `rules` are the site's, for its pallets and for what the ERP calls its locations. BadInputError when no profile fits, the
    letters cannot be read, or no row can be used.
    """
    raw = file_bytes(path, "--movements")
    found = find_header(raw, path.name, _asked_for(profile))
    body = list(found.body)
    notation = settle(found.profile, _texts(body, found, "quantity"), _texts(body, found, "moved_at"))
    reader = _Reader(path.name, found, rules, notation, timedelta(seconds=clock_ahead_s))
    for row in body:
        reader.read(row)
    return reader.finish(hashlib.sha256(raw).hexdigest())


def _asked_for(profile: str | None) -> tuple[Profile, ...]:
    if profile is None:
        return movement_profiles()
    if profile.endswith(".toml"):
        path = Path(profile)
        if not path.is_file():
            raise BadInputError(f"--movements-profile {profile}: no such file", remedy="give the path of a profile")
        return (load_profile(path, fields=MOVEMENT_FIELDS),)
    named = [p for p in movement_profiles() if p.name == profile]
    if not named:
        known = ", ".join(p.name for p in movement_profiles())
        raise BadInputError(f"--movements-profile {profile}: there is none of that name", remedy=f"choose one of {known}")
    return tuple(named)


def _texts(body: list[Row], found: FoundHeader, field: str) -> list[str]:
    columns = found.columns.get(field, [])[:1]
    return [row.cells[c].text for row in body for c in columns if c < len(row.cells) and row.cells[c].origin == "text"]


class _Reader:
    def __init__(self, name: str, found: FoundHeader, rules: SiteRules, notation: Notation, ahead: timedelta) -> None:
        self.name, self.found, self.rules, self.notation, self.ahead = name, found, rules, notation, ahead
        self.profile = notation.profile
        self.titles = tuple(t.strip() for t in found.header.texts)
        self.columns = {field: indices[0] for field, indices in found.columns.items()}
        self.movements: list[Movement] = []
        self.faults: list[RowFault] = []
        self.skipped: dict[str, list[int]] = {}
        self.n_rows = 0
        for what in notation.notes:
            self._fault(found.header.number, "", what, is_refused=False)

    def read(self, row: Row) -> None:
        why = self._no_movement(row)
        if why:
            self.skipped.setdefault(why, []).append(row.number)
            return
        if len(row.cells) != len(self.titles):
            self.n_rows += 1
            what = f"{len(row.cells)} cells where the header has {len(self.titles)}; a text with a separator in it needs quotes"
            self._fault(row.number, "", what)
            return
        cells = {field: row.cells[index] for field, index in self.columns.items()}
        texts = {field: visible(cell.text) for field, cell in cells.items()}
        has_no_time = not texts["moved_at"] or texts["moved_at"] in self.profile.null_dates
        if texts.get("state", "").casefold() not in _DONE or (has_no_time and "moved_time" in self.columns):
            self.skipped.setdefault(NOT_DONE, []).append(row.number)
            return
        self.n_rows += 1
        lost = next((f for f in _IDS if f in cells and cells[f].origin in ("long number", "hole", "date")), None)
        if lost is not None:
            self._fault(row.number, lost, f"{cells[lost].text} ({cells[lost].origin}) where an id should stand; expected text")
            return
        moment = self._moment(row, texts)
        if moment is None:
            return
        if not (texts.get("pallet") or texts.get("to_pallet") or texts.get("sku")):
            self._fault(row.number, "", "names neither a pallet nor an item")
            return
        self._take(row, texts, cells, *moment)

    def _no_movement(self, row: Row) -> str:
        if row.is_blank:
            return BLANK
        if row.texts == self.found.header.texts:
            return "a repeated header"
        if self.profile.is_page_list and self.found.delimiter == "|" and len(row.cells) == 1:
            return "a page title or rule"
        first = next(c.text.strip() for c in row.cells if c.text.strip())
        return "a total" if first.casefold() in self.profile.totals else ""

    def _moment(self, row: Row, texts: dict[str, str]) -> tuple[datetime, datetime] | None:
        """Return the first and last moment at which it may have been; None, and a fault, where that cannot be read."""
        try:
            moment = parse_moment(texts["moved_at"], self.profile)
        except ValueError as error:
            self._fault(row.number, "moved_at", str(error))
            return None
        if moment is None:
            self._fault(row.number, "moved_at", "empty; expected when it was moved")
            return None
        of_day = texts.get("moved_time", "")
        is_day = is_day_only(moment, texts["moved_at"])
        if is_day and of_day:
            read = _TIME.fullmatch(of_day.partition("T")[2] or of_day)
            try:
                clock = time(int(read[1]), int(read[2]), int(read[3] or 0)) if read else None
            except ValueError:
                clock = None
            if clock is None:
                self._fault(row.number, "moved_time", f"{of_day!r} is no time of day; expected one like 07:30:00")
                return None
            moment, is_day = datetime.combine(moment.date(), clock, tzinfo=moment.tzinfo), False
        try:
            last = moment + timedelta(days=1) if is_day else moment
            return (moment - self.ahead).astimezone(UTC), (last - self.ahead).astimezone(UTC)
        except OverflowError:  # the first or the last year of the calendar
            self._fault(row.number, "moved_at", f"{texts['moved_at']!r} is no time at which anything was moved")
            return None

    def _take(self, row: Row, texts: dict[str, str], cells: dict[str, Cell], moved_at: datetime, until: datetime) -> None:
        pallet, onto = self._key(texts.get("pallet", "")), self._key(texts.get("to_pallet", ""))
        quantity = None
        if texts.get("quantity") and not self.notation.is_open(texts["quantity"]):
            quantity = self._quantity(row, cells["quantity"])
        moved = Movement(
            row=row.number,
            document=texts.get("document", ""),
            moved_at=moved_at,
            until=until,
            pallet=pallet or onto,
            start=self._site_spelling(texts.get("from", "")),
            end=self._site_spelling(texts.get("to", "")),
            sku=texts.get("sku", ""),
            quantity=quantity,
            uom=texts.get("uom", ""),
            carries_pallet=pallet == onto or quantity is None,
        )
        if pallet is None or onto is None or pallet == onto:
            self.movements.append(moved)
            return
        # goods went from one pallet to another: the first is unpacked, the second stands where they went
        self.movements += [replace(moved, end="", onto=onto), replace(moved, pallet=onto, start="", carries_pallet=True)]

    def _quantity(self, row: Row, cell: Cell) -> Decimal | None:
        if cell.origin in ("number", "long number"):
            return abs(Decimal(cell.text))
        found = self._parsed(row, "quantity", cell.text, parse_quantity)
        return None if found is None else abs(found)

    def _parsed(self, row: Row, field: str, text: str, parse: Callable[[str, Profile], Value | None]) -> Value | None:
        try:
            return parse(text, self.profile)
        except ValueError as error:
            self._fault(row.number, field, f"{error}; the row is used without it", is_refused=False)
            return None

    def _site_spelling(self, exported: str) -> str:
        if self.rules.aliases is None or not exported:
            return exported
        try:
            return self.rules.aliases.location(exported)
        except BadInputError:
            return exported

    def _key(self, text: str) -> PalletId | None:
        is_padded = self.profile.is_zero_padded and text.isascii() and text.isdigit()
        plain = text.lstrip("0").rjust(18, "0") if is_padded and len(text) > 18 else text
        if is_padded and not plain.strip("0"):
            return None
        return parse_pallet_id(plain, self.rules.lpn_patterns) or (PalletId(PalletIdKind.LPN, plain) if plain else None)

    def _fault(self, row: int, field: str, what: str, *, is_refused: bool = True) -> None:
        title = self.titles[self.columns[field]] if field else ""
        self.faults.append(RowFault(file=self.name, row=row, column=title, what=what, is_refused=is_refused))

    def finish(self, digest: str) -> MovementFile:
        """Return the file; BadInputError when it has rows and none of them could be used. A list of no movements is one, too."""
        if self.n_rows and not self.movements:
            listed = [str(f) for f in self.faults if f.is_refused]
            raise FaultsError(f"{self.name}: none of its {self.n_rows} movements can be used", listed, remedy="mend these rows")
        return MovementFile(
            name=self.name,
            digest=digest,
            profile=self.profile.name,
            movements=tuple(self.movements),
            faults=tuple(self.faults),
            n_rows=self.n_rows,
            skipped=tuple(Skipped(why=why, rows=tuple(rows)) for why, rows in self.skipped.items()),
        )
