"""The part of a large comparison that is beyond doubt, as the rest of the package sees it: by kind, and how often.

Each kind has one exemplar, which is judged by the same code as everything else; `inventory.columns` makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from inventory.counted import LineCount
    from inventory.findings import LocationResult, PalletResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemplar:
    """One of many of which the same is said."""

    place: LocationResult
    line: LineCount | None
    """None where the ERP has no line."""
    pallet: PalletResult | None
    """None where no pallet was read."""
    n_places: int
    n_lines: int
    kind: int
    """Its number."""
    last_seen_at: str
    """When the last of them was seen; empty when none was."""


RECORD = (
    "location",
    "line",
    "kind",
    "pallet",
    "pallet_text",
    "seen_at",
    "erp_row",
    "sku",
    "batch",
    "quantity",
    "uom",
    "expiry",
    "erp_row_ref",
)
"""Columns of `Settled.records`, as the table `settled` of the history has them."""


def every_kind(_: Exemplar) -> bool:
    """Choose all that is beyond doubt."""
    return True


class Settled(Protocol):
    """All that is beyond doubt."""

    @property
    def exemplars(self) -> Sequence[Exemplar]:
        """One of each kind."""

    @property
    def seen_at(self) -> tuple[str, str]:
        """When the first and the last of them was seen; empty when none was."""

    def records(self) -> Iterator[Sequence[object]]:
        """Yield a record for each ERP line and each location without one, by location: the values of RECORD.

        `line` counts the lines of one location from 0; `pallet_text` is empty where it is the pallet's identity itself.
        """

    def first_recounts(self, n: int) -> list[str]:
        """Return the first locations, sorted, that have to be looked at again."""

    def locations_csv(self, judged: Sequence[LocationResult]) -> Iterator[bytes]:
        """Yield locations.csv, in pieces, with those that were judged one by one."""

    def recount_csv(self, judged: Sequence[LocationResult]) -> Iterator[bytes]:
        """Yield recount.csv with those that were judged one by one."""

    def lines_csv(self, judged: Sequence[LineCount]) -> Iterator[bytes]:
        """Yield erp_lines.csv with those that were judged one by one."""

    def place_rows(
        self,
        values: Callable[[LocationResult], list[Any]],
        judged: Sequence[LocationResult],
        which: Callable[[Exemplar], bool] = every_kind,
    ) -> Iterator[list[Any]]:
        """Yield what `values` says of each location of the kinds in `which`, and of those that were judged one by one, sorted."""

    def line_rows(
        self,
        values: Callable[[LineCount], list[Any]],
        judged: Sequence[LineCount],
        which: Callable[[Exemplar], bool] = every_kind,
    ) -> Iterator[list[Any]]:
        """Yield what `values` says of each ERP line of the kinds in `which`, and of those that were judged one by one, in file
        order."""
