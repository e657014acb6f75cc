"""The text of `layout.csv`, `tags.csv` or a table of poses -> its rows: encoding, separator, header. What the cells say is the
matter of `warehouse.layout_file`, `warehouse.tags_file` and `vision.importing.pose_csv`.

Separated by commas, or by semicolons as Excel writes CSV where the comma is the decimal mark; the header tells which. In a file
with semicolons a number may carry a decimal comma.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from warehouse.toml_table import not_utf8

CODE_PARTS = ("bay", "level", "slot")
"""Read only where the site has no `location_pattern`, because its codes do not say where they are."""
LAYOUT_COLUMNS = ("location", "aisle", "side", "along_m", "base_m", "width_m", "height_m", "depth_m", "kind", *CODE_PARTS)
"""`along_m` is the middle of the opening, from the start of the aisle; `base_m` what the pallet stands on, above the floor."""

METRE_COLUMNS = ("along_m", "base_m", "width_m", "height_m", "depth_m")

Row = dict[str, str]
"""Cells by column name, without surrounding spaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvShape:
    """The columns of one of the site's CSV files."""

    columns: tuple[str, ...]
    optional: tuple[str, ...]
    """Those that may be left out."""
    numbers: tuple[str, ...]
    """Those in which a decimal comma may stand."""


LAYOUT_SHAPE = CsvShape(columns=LAYOUT_COLUMNS[: -len(CODE_PARTS)], optional=("kind",), numbers=METRE_COLUMNS)
PLAIN_CODES_SHAPE = CsvShape(columns=LAYOUT_COLUMNS, optional=("kind", "slot"), numbers=METRE_COLUMNS)
"""Of a site whose codes say nothing."""


def parse_rows(raw: bytes, shape: CsvShape = LAYOUT_SHAPE) -> tuple[dict[int, Row], list[str]]:
    """Return the sound rows that are not blank, and the faults of the others (`row N…: …`).

    Rows are numbered as a spreadsheet counts them, blank ones too; the header is row 1. Numbers come with a decimal point.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return {}, [f"{not_utf8(raw, error)}; in Excel, save it as: CSV UTF-8"]
    separator = ";" if ";" in text.partition("\n")[0] else ","
    lines: list[list[str]] = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        lines.extend([cell.strip() for cell in cells] for cells in reader)
    except csv.Error as error:
        return {}, [f"row {len(lines) + 1}: not CSV: {error}; check the quotes in that row"]
    header = lines[0] if lines else []
    faults = _header_faults(header, shape)
    if faults:
        return {}, faults
    rows: dict[int, Row] = {}
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cells):
            continue
        if len(cells) < len(header) or any(cells[len(header) :]):
            faults.append(f"row {number}: expected {len(header)} cells, as in the header, got {len(cells)}")
            continue
        rows[number] = dict(zip(header, cells, strict=False))  # a spreadsheet may leave empty cells behind the last column
        if separator == ";":
            rows[number] |= {column: rows[number][column].replace(",", ".", 1) for column in shape.numbers if column in header}
    return rows, faults


def _header_faults(header: list[str], shape: CsvShape) -> list[str]:
    expected = f"expected {','.join(shape.columns)}, separated by commas or semicolons"
    missing = [column for column in shape.columns if column not in header and column not in shape.optional]
    twice = sorted({column for column in header if column and header.count(column) > 1})
    faults = [f"row 1: no column {', '.join(missing)} in {','.join(header)!r}; {expected}"] if missing else []
    return faults + ([f"row 1: column {', '.join(twice)} stands there twice; {expected}"] if twice else [])
