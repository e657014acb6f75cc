"""What is said of the part of a large comparison that is beyond doubt: by kind, and how often.

Each kind has one exemplar, which is judged by the same code as everything else; `inventory.columns` makes them, and
`inventory.columns.writing.SettledColumns` holds what they stand for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
"""What `SettledColumns.kept_places` says of each line of the ERP, in this order, as the history keeps it."""


def every_kind(_: Exemplar) -> bool:
    """Choose all that is beyond doubt."""
    return True
