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


LINE = (
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
"""What `Settled.kept_places` says of each line of the ERP, in this order, as the history keeps it."""


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

    def kept_places(self) -> Iterator[str]:
        """Yield JSON objects, all together sorted: location -> a list of LINE for each of its ERP lines, or one for none.

        `pallet_text` is empty where it is the pallet's identity itself; a location without a line has no `erp_row`.
        """

    def kept_pallets(self) -> Iterator[str]:
        """Yield JSON objects, all together sorted: identity of a pallet -> the one location that names it."""

    def kept_items(self) -> Iterator[str]:
        """Yield JSON objects, all together sorted: item of the ERP, which may be empty -> the list of its locations."""

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
