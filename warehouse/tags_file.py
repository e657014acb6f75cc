"""Rows of `tags.csv` -> location tags. A faulty row is reported and skipped, the others are still checked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from warehouse.cells import read_metres
from warehouse.layout import Aisle, Bin
from warehouse.site_csv import CsvShape, Row, parse_rows
from warehouse.symbologies import SYMBOLOGIES
from warehouse.tags import APRIL_TAG, N_APRIL_TAGS, LocationTag

TAG_COLUMNS = ("text", "symbology", "aisle", "side", "along_m", "height_m", "size_mm", "outward_m")
TAGS_SHAPE = CsvShape(columns=TAG_COLUMNS, optional=("outward_m",), numbers=("along_m", "height_m", "size_mm", "outward_m"))
_ABOVE_TOP_M = 1.0
"""How far above the highest opening uprights may still stand and carry a tag."""
_NEAREST_SIZE_MM, _LARGEST_SIZE_MM = 5.0, 2000.0


def read_tags(raw: bytes, aisles: dict[str, Aisle], bins: Iterable[Bin]) -> tuple[tuple[LocationTag, ...], list[str]]:
    """Return the tags of the good rows and the faults of the others, each `row N, column C: …`.

    `raw` is the file's bytes. `bins` are those of the layout: a tag hangs no higher than a little above the top of its rack face.
    """
    tops: dict[str, float] = {}
    for b in bins:
        tops[b.face] = max(tops.get(b.face, 0.0), b.base_m + b.height_m)
    rows, faults = parse_rows(raw, TAGS_SHAPE)
    tags: list[LocationTag] = []
    row_of: dict[tuple[str, str, str], int] = {}
    for row_number, row in rows.items():
        parsed = _tag(row, aisles, tops)
        if isinstance(parsed, list):
            faults += [f"row {row_number}, {fault}" for fault in parsed]
            continue
        key = parsed.face, parsed.symbology, parsed.text
        if key in row_of:
            faults.append(f"row {row_number}, column text: {parsed.text!r} hangs on this face in row {row_of[key]} already")
            continue
        row_of[key] = row_number
        tags.append(parsed)
    return tuple(tags), faults


def _tag(row: Row, aisles: dict[str, Aisle], tops: dict[str, float]) -> LocationTag | list[str]:
    faults: list[str] = []
    if not row["text"]:
        faults.append("column text: expected what the tag says, got nothing")
    if row["symbology"] not in (*SYMBOLOGIES, APRIL_TAG):
        faults.append(f"column symbology: unknown {row['symbology']!r}; expected one of {', '.join((APRIL_TAG, *SYMBOLOGIES))}")
    is_number = re.fullmatch(r"0|[1-9][0-9]{0,2}", row["text"]) is not None and int(row["text"]) < N_APRIL_TAGS
    if row["symbology"] == APRIL_TAG and row["text"] and not is_number:
        faults.append(f"column text: expected the number of an AprilTag, 0 to {N_APRIL_TAGS - 1}, got {row['text']!r}")
    aisle = aisles.get(row["aisle"])
    if aisle is None:
        faults.append(f"column aisle: unknown aisle {row['aisle']!r}; site.toml has {', '.join(aisles) or 'none'}")
    if row["side"] not in ("left", "right"):
        faults.append(f"column side: expected left or right (walking from the start of the aisle), got {row['side']!r}")
    along, height = read_metres(row, "along_m", faults), read_metres(row, "height_m", faults, least=0.0)
    size = read_metres(row, "size_mm", faults, least=_NEAREST_SIZE_MM, unit="mm")
    if size > _LARGEST_SIZE_MM:
        faults.append(f"column size_mm: expected {_LARGEST_SIZE_MM:g} mm or less, got {size:g}")
    outward = read_metres(row, "outward_m", faults) if row.get("outward_m") else 0.0
    if aisle is not None and math.isfinite(along) and not -1.0 <= along <= aisle.length_m + 1.0:
        faults.append(f"column along_m: {along:g} m lies outside of the aisle (0 to {aisle.length_m:g} m)")
    top = tops.get(f"{row['aisle']}-{row['side']}", math.inf)
    if height > top + _ABOVE_TOP_M:
        faults.append(f"column height_m: {height:g} m lies above the rack, whose highest opening ends at {top:g} m")
    if abs(outward) > 0.5:
        faults.append(f"column outward_m: expected -0.5 to 0.5 m from the plane of the face, got {outward:g}")
    if faults or aisle is None:
        return faults
    return LocationTag(
        text=row["text"],
        symbology=row["symbology"],
        face=f"{aisle.name}-{row['side']}",
        along_m=along,
        height_m=height,
        size_mm=size,
        outward_m=outward,
    )
