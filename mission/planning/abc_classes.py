"""Which class a location's goods are of: a CSV of locations and classes, or an ERP's export that has both columns.

Classes are usually ABC: A for the goods that make most of the turnover, which are counted most often. Any words will do.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from warehouse.errors import BadInputError

_LOCATION_COLUMNS = ("location", "bin", "storage bin", "storage_bin", "bin_code", "lgpla", "ubicación", "ubicacion", "lagerplatz")
_CLASS_COLUMNS = (
    "class",
    "abc",
    "abc class",
    "abc_class",
    "abc indicator",
    "abc_indicator",
    "maabc",
    "clase",
    "clase abc",
    "klasse",
)
_REMEDY = "give a CSV file with the columns location and class, for instance: A01-03-2-1,A"


def read_classes(path: Path) -> dict[str, frozenset[str]]:
    """Return the classes of each location that the file names: several where several goods lie there.

    Separated by commas, semicolons or tabs; the header tells which. Further columns are ignored. BadInputError names what is
    missing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: cannot be read: {error}", remedy=f"{_REMEDY} (in Excel, save it as: CSV UTF-8)") from error
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise BadInputError(f"{path}: not CSV: {error}", remedy=_REMEDY) from error
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    at, of = _column(path, header, _LOCATION_COLUMNS), _column(path, header, _CLASS_COLUMNS)
    found: dict[str, set[str]] = {}
    for cells in rows[1:]:
        if len(cells) > max(at, of) and cells[at].strip() and cells[of].strip():
            found.setdefault(cells[at].strip(), set()).add(cells[of].strip())
    return {location: frozenset(classes) for location, classes in found.items()}


def _column(path: Path, header: list[str], names: tuple[str, ...]) -> int:
    for name in names:
        if name in header:
            return header.index(name)
    raise BadInputError(f"{path}, row 1: no column {names[0]} in {', '.join(header) or 'an empty file'}", remedy=_REMEDY)
