"""The part of a large comparison that is beyond doubt, as the rest of the package sees it: by kind, and how often.

Each kind has one exemplar, which is judged by the same code as everything else; `inventory.columns` makes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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


class Settled(Protocol):
    """All that is beyond doubt."""

    @property
    def exemplars(self) -> Sequence[Exemplar]:
        """One of each kind."""

    @property
    def seen_at(self) -> tuple[str, str]:
        """When the first and the last of them was seen; empty when none was."""

    def first_recounts(self, n: int) -> list[str]:
        """Return the first locations, sorted, that have to be looked at again."""

    def locations_csv(self, judged: Sequence[LocationResult]) -> Iterator[bytes]:
        """Yield locations.csv, in pieces, with those that were judged one by one."""

    def recount_csv(self, judged: Sequence[LocationResult]) -> Iterator[bytes]:
        """Yield recount.csv with those that were judged one by one."""

    def lines_csv(self, judged: Sequence[LineCount]) -> Iterator[bytes]:
        """Yield erp_lines.csv with those that were judged one by one."""
