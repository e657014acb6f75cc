"""What the ERP moved around the time of its export and of the scan, and where it says a pallet stood at a given moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from inventory.cell_values import day_text, utc_text
from inventory.erp_lines import RowFault, Skipped
from warehouse.pallet_ids import PalletId

MOVED_SLACK = timedelta(minutes=1)
"""An export takes a while, and its time is often given to the minute."""
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One movement of one pallet, or of an item that is booked without one."""

    row: int
    document: str = ""
    moved_at: datetime
    until: datetime
    """The same, or the end of the day where the list gives no time of day."""
    pallet: PalletId | None = None
    start: str = ""
    """Location that it left, in the site's spelling; empty where it came from outside, or the list does not say."""
    end: str = ""
    """Location that it went to; empty as for `start`."""
    onto: PalletId | None = None
    """The pallet that took the goods, where it is another one: this one was unpacked."""
    sku: str = ""
    quantity: Decimal | None = None
    uom: str = ""
    carries_pallet: bool = False
    """Whether the list itself says that the whole pallet went: it names it at both ends, or gives no quantity."""

    @property
    def names_a_place(self) -> bool:
        """Whether it says where from or where to."""
        return bool(self.start or self.end)

    @property
    def words(self) -> str:
        """Return document, time, from and to for people."""
        what = "" if self.pallet else f" item {self.sku}"
        much = f" ({self.quantity:f}{f' {self.uom}' if self.uom else ''})" if self.quantity is not None else ""
        way = [f"from {self.start}" if self.start else "", f"to {self.end}" if self.end else ""]
        onto = [f"onto pallet {self.onto}"] if self.onto else []
        document = f"document {self.document}" if self.document else f"row {self.row} of the movements"
        return " ".join(filter(None, [f"{document}, {self._when}:{what}{much}", *way, *onto]))

    @property
    def _when(self) -> str:
        return utc_text(self.moved_at) if self.until == self.moved_at else f"{day_text(self.moved_at, self.until)} (no time of day)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFile:
    """A list of movements as read: rows read + rows refused = rows that are movements, or should be."""

    name: str
    digest: str
    profile: str
    movements: tuple[Movement, ...]
    faults: tuple[RowFault, ...]
    n_rows: int
    skipped: tuple[Skipped, ...] = ()

    @property
    def n_refused(self) -> int:
        """Rows that were left out."""
        return len({f.row for f in self.faults if f.is_refused})

    @property
    def reading(self) -> str:
        """How the file was read, in one line, for people."""
        planned = sum(len(s.rows) for s in self.skipped if s.why == NOT_DONE)
        not_done = f", {planned} not carried out yet" if planned else ""
        refused = f"{self.n_refused} rows refused, of {self.n_rows}"
        return f"{self.name}: profile {self.profile}; {self.n_rows - self.n_refused} movements read{not_done}, {refused}"


NOT_DONE = "a movement that is not carried out yet"


class Movements:
    """The movements by pallet and by place, and which of them lie between the export and a look."""

    def __init__(self, movements: Iterable[Movement] = (), *, snapshot_at: datetime | None = None) -> None:
        """Index them; `snapshot_at` is when the stock list was made."""
        self.snapshot_at = snapshot_at
        self.by_pallet: dict[PalletId, list[Movement]] = {}
        self.nameless_at: dict[str, list[Movement]] = {}
        """Movements of items without a pallet id, by each place that they name; under "" those that name none."""
        for m in sorted(movements, key=lambda m: (m.moved_at, m.row)):
            if m.pallet is not None:
                self.by_pallet.setdefault(m.pallet, []).append(m)
                continue
            for place in {m.start, m.end} - {""} or {""}:
                self.nameless_at.setdefault(place, []).append(m)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.by_pallet or self.nameless_at)

    def between(self, movements: Iterable[Movement], look: datetime | None) -> list[Movement]:
        """Return those between export and look, whichever was first; without a time of the look all after the export."""
        known = [moment for moment in (self.snapshot_at, look) if moment is not None]
        if not known:
            return []
        first, last = min(known) - MOVED_SLACK, (max(known) + MOVED_SLACK if look is not None else _NEVER)
        return [m for m in movements if m.until >= first and m.moved_at <= last]

    def place_at(self, moves: Iterable[Movement], look: datetime | None, is_whole: Callable[[Movement], bool]) -> str | None:
        """Return where a pallet stood at the look by its movements in between: where the last one ended, or where the first began
        when the export is the later of the two. Empty for outside; None when no movement carried the whole pallet.
        """
        whole = [m for m in moves if m.names_a_place and is_whole(m)]
        if not whole:
            return None
        is_export_later = look is not None and self.snapshot_at is not None and look < self.snapshot_at
        return whole[0].start if is_export_later else whole[-1].end


NO_MOVEMENTS = Movements()
