"""Numbers in the cells of the site's CSV files."""

from __future__ import annotations

import math
import re

from warehouse.layout_csv import Row

_PLAIN = re.compile(r"[+-]?[0-9]{1,6}(\.[0-9]*)?|[+-]?\.[0-9]+")
"""Plain decimal numbers only: `float` would also take `1_000`, `1e3`, `nan` and the digits of other scripts."""


def read_metres(
    row: Row, column: str, faults: list[str], *, above: float | None = None, least: float | None = None, unit: str = "m"
) -> float:
    """Return the number in a cell; NaN after a fault, which is added to `faults` as `column C: …`."""
    name = {"m": "metres", "mm": "millimetres"}[unit]
    if _PLAIN.fullmatch(row[column]) is None:
        faults.append(
            f"column {column}: expected a number of {name} such as {'1.25' if unit == 'm' else '80'}, got {row[column]!r}"
        )
        return math.nan
    value = float(row[column])
    if above is not None and value <= above:
        faults.append(f"column {column}: expected more than {above:g} {unit}, got {value:g}")
    if least is not None and value < least:
        faults.append(f"column {column}: expected {least:g} {unit} or more, got {value:g}")
    return value
