"""Sites whose places are known, and the location masters that a WMS would print of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from warehouse.layout import Bin
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.site_import.master import import_master
from warehouse.site_import.master_rows import Told
from warehouse.site_import.records import Imported, TableRow
from warehouse.site_import.template import RackRules, Template
from warehouse.site_import.writing import write_imported
from warehouse.site_new import new_site


def made(folder: Path, **changes: object) -> Site:
    measures: dict[str, object] = {"name": "Nave 1", "aisles": 2, "bays": 3, "levels": 3, "slots": 2}
    measures |= {"bay_width_m": 1.8, "level_height_m": (1.45, 1.8, 2.1), "aisle_width_m": 3.0}
    new_site(folder, **(measures | changes))  # type: ignore[arg-type]
    return load_site(folder)


def table(*lines: str) -> list[TableRow]:
    """Return rows of cells that stand apart by semicolons."""
    return [(n, tuple(line.split(";"))) for n, line in enumerate(lines, start=1)]


def turned(b: Bin, heading_deg: float, shift_m: tuple[float, float]) -> tuple[float, float, float]:
    """Return x, y and base of a bin's front in a hall that is turned clockwise and shifted."""
    h = math.radians(heading_deg)
    x, y, _ = b.centre_m
    return x * math.cos(h) + y * math.sin(h) + shift_m[0], y * math.cos(h) - x * math.sin(h) + shift_m[1], b.base_m


def imported(rows: Sequence[TableRow], **changes: object) -> Imported:
    """Import a master with nothing told but what `changes` say."""
    arguments: dict[str, object] = {"columns": {}, "told": Told(), "template": Template(rules=RackRules())}
    return import_master("master.csv", rows, **(arguments | changes))  # type: ignore[arg-type]


def loaded(folder: Path, result: Imported) -> Site:
    """Write an import as a site folder and read it again."""
    write_imported(folder, result, name="Nave 1")
    return load_site(folder)
