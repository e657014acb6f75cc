"""How high each opening begins and how tall it is: as the file says, by the next opening above, or by the template's levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from warehouse.site_import.master_rows import MasterRow
from warehouse.site_import.rack_rules import level_ranks
from warehouse.site_import.records import Ledger
from warehouse.site_import.template import Template

Column = tuple[str, str, bool, str]
"""Aisle, side, whether rear, bay."""


def stand_heights(
    rows: Sequence[MasterRow],
    column_of: Mapping[int, Column],
    template: Template,
    ledger: Ledger,
    *,
    is_z_middle: bool,
) -> dict[int, tuple[float, float]]:
    """Return base and height in metres of each row's opening, by row number; rows whose level has no height are refused."""
    ranks = level_ranks(rows)
    found: dict[int, tuple[float, float]] = {}
    measured: list[tuple[MasterRow, float]] = []
    for row in rows:
        rules = template.of_bay(row.code.aisle, row.code.bay)
        base = row.base if row.base is not None else row.z
        if base is not None and row.base is None and is_z_middle:
            base -= (row.height if row.height is not None else rules.top_m) / 2
        if base is not None:
            measured.append((row, round(max(base, 0.0), 4)))
            continue
        rank, levels = ranks[row.code.level], rules.levels_m
        if rank >= len(levels):
            names = ", ".join(sorted(ranks, key=lambda name: ranks[name]))
            why = (
                f"level {row.code.level!r} has no height: levels_m gives {len(levels)} for the levels {names}"
                if levels
                else "how high its level is, is not known; say it: --levels '0,05 1,5 2,95', or a column of z or base"
            )
            ledger.refuse(row.row, "level", row.code.level, why)
            continue
        next_rank = rank + 1
        missing = {ranks[name] for name in rules.missing_levels if name in ranks}
        while next_rank in missing:
            next_rank += 1
        height = levels[next_rank] - rules.beam_m - levels[rank] if next_rank < len(levels) else rules.top_m
        found[row.row] = levels[rank], round(row.height if row.height is not None else height, 4)
    return found | _by_next_above(measured, column_of, template, ledger)


def _by_next_above(
    measured: Sequence[tuple[MasterRow, float]], column_of: Mapping[int, Column], template: Template, ledger: Ledger
) -> dict[int, tuple[float, float]]:
    columns: dict[Column, set[float]] = {}
    for row, base in measured:
        columns.setdefault(column_of[row.row], set()).add(base)
    ordered = {column: sorted(bases) for column, bases in columns.items()}
    found = {}
    for row, base in measured:
        rules = template.of_bay(row.code.aisle, row.code.bay)
        height = row.height
        if height is None:
            above = [b for b in ordered[column_of[row.row]] if b > base + 0.1]
            height = max(above[0] - rules.beam_m - base, 0.1) if above else rules.top_m
            ledger.note(
                f"heights of openings are taken from the level above, less {rules.beam_m:g} m for the beam;"
                f" over the highest level {rules.top_m:g} m"
            )
        found[row.row] = base, round(height, 4)
    return found
