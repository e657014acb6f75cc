"""The columns of the sheets: which words stand over them, and how wide they are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet."""

    title: str
    """Key of its words, `column.…` in `texts.toml`."""
    width: int
    """In characters, as spreadsheets measure it."""
    is_wrapped: bool = False


FINDINGS_COLUMNS = (
    Column("case", 9),
    Column("verdict", 17),
    Column("severity", 11),
    Column("cause", 24, True),
    Column("pallet", 22),
    Column("expected", 15),
    Column("observed", 15),
    Column("other_pallet", 22),
    Column("other_places", 18),
    Column("item", 18),
    Column("batch", 12),
    Column("quantity", 14),
    Column("uom", 8),
    Column("value", 12),
    Column("currency", 9),
    Column("confidence", 13),
    Column("reason", 60, True),
    Column("action", 60, True),
    Column("seen_at", 19),
    Column("erp_row", 10),
)
LOCATIONS_COLUMNS = (
    Column("location", 15),
    Column("verdict", 17),
    Column("status", 26, True),
    Column("expected_pallets", 22),
    Column("observed_pallets", 22),
    Column("confidence", 13),
    Column("reason", 70, True),
    Column("case", 10),
    Column("seen_at", 19),
    Column("photos", 9),
)
LINES_COLUMNS = (
    Column("erp_row", 10),
    Column("erp_row_ref", 26),
    Column("location", 15),
    Column("pallet", 22),
    Column("item", 18),
    Column("batch", 12),
    Column("quantity", 14),
    Column("uom", 8),
    Column("verdict", 17),
    Column("count", 17),
    Column("label_count", 13),
    Column("difference", 11),
    Column("stands_at", 15),
    Column("reason", 70, True),
    Column("case", 10),
)
NOT_COUNTED_COLUMNS = (
    Column("location", 15),
    Column("kind", 18),
    Column("erp_row", 10),
    Column("pallet", 22),
    Column("item", 18),
    Column("quantity", 14),
    Column("uom", 8),
    Column("verdict", 17),
    Column("reason", 60, True),
    Column("what_to_do", 60, True),
)
