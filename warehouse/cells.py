"""Numbers in the cells of the site's CSV files."""

from __future__ import annotations

import math
import re

from warehouse.site_csv import Row

_PLAIN = re.compile(r"[+-]?[0-9]{1,6}(\.[0-9]*)?|[+-]?\.[0-9]+")
"""Plain decimal numbers only: `float` would also take `1_000`, `1e3`, `nan` and the digits of other scripts."""

_DECIMAL = re.compile(r"[+-]?([0-9]{1,10}(\.[0-9]*)?|\.[0-9]+)([eE]-[0-9]{1,3})?")
"""The same as programs write it: longer for seconds from 1970, and what is next to nothing with an exponent."""


def decimal(text: str) -> float:
    """Return a number that a program wrote; ValueError for anything but plain decimals, `1_000` and `nan` included."""
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError(f"no plain decimal number: {text!r}")
    return float(text)


def read_metres(
    row: Row, column: str, faults: list[str], *, above: float | None = None, least: float | None = None, unit: str = "m"
) -> float:
    """Return the number in a cell; NaN after a fault, which is added to `faults` as `column C: …`."""
    text = row[column]
    if _PLAIN.fullmatch(text) is None:
        name = {"m": "metres", "mm": "millimetres"}[unit]
        faults.append(f"column {column}: expected a number of {name} such as {'1.25' if unit == 'm' else '80'}, got {text!r}")
        return math.nan
    value = float(text)
    if above is not None and value <= above:
        faults.append(f"column {column}: expected more than {above:g} {unit}, got {value:g}")
    if least is not None and value < least:
        faults.append(f"column {column}: expected {least:g} {unit} or more, got {value:g}")
    return value
