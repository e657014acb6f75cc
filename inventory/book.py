"""The ERP's side of the comparison: its lines by pallet and by location, and what it moved between export and scan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from inventory.cell_values import parse_utc
from inventory.erp_lines import ErpLine, RowFault
from warehouse.pallet_ids import PalletId


class Book:
    """An index over the usable lines, and over what the refused rows named."""

    def __init__(self, lines: Iterable[ErpLine], faults: Iterable[RowFault] = (), *, snapshot_at: datetime | None = None) -> None:
        """Index lines and faults; `snapshot_at` is when the export was made, None when nobody said."""
        self.lines = tuple(lines)
        self.snapshot_at = snapshot_at
        self.by_pallet: dict[PalletId, list[ErpLine]] = {}
        self.at: dict[str, list[ErpLine]] = {}
        for line in self.lines:
            self.at.setdefault(line.location, []).append(line)
            if line.key is not None:
                self.by_pallet.setdefault(line.key, []).append(line)
        self.within = {
            line.content: line for line in reversed(self.lines) if line.content is not None and line.content not in self.by_pallet
        }
        """Handling units within another one, and a line that speaks of each."""
        self.is_without_pallets = not self.by_pallet and any(line.expects_stock for line in self.lines)
        """Whether the ERP keeps no pallet ids, only items by location."""
        refusals = [f for f in faults if f.is_refused]
        self.refused = {pallet: f for f in refusals for pallet in f.pallets if pallet not in self.by_pallet}
        self.refused_at = {location: f for f in refusals for location in f.locations}
        """Of each location, a row that speaks of it and could not be used: more may be expected there than the lines say."""

    def pallets_at(self, location: str) -> frozenset[PalletId]:
        """Return the pallets that the ERP expects at a location."""
        return frozenset(line.key for line in self.at.get(location, ()) if line.key is not None)

    def movement(self, lines: Iterable[ErpLine], seen_at: str) -> ErpLine | None:
        """Return the line that the ERP moved last, if that may have been after the earlier of export and look; else None.

        Such a line and such a look do not speak of the same moment. Without an export time only movements after the look count.
        """
        known = [moment for moment in (self.snapshot_at, parse_utc(seen_at, "seen_at") if seen_at else None) if moment is not None]
        moved = {last: line for line in lines if (last := self._last_moved(line)) is not None}
        return moved[max(moved)] if known and moved and max(moved) > min(known) else None

    def _last_moved(self, line: ErpLine) -> datetime | None:
        """Return the last moment at which the list may mean that a line was moved: no list knows of what comes after it."""
        if line.moved_at is None or line.moved_until is None or self.snapshot_at is None:
            return line.moved_until
        return max(line.moved_at, min(line.moved_until, self.snapshot_at))
