"""A first site folder from a few measures: regular racks on both sides of parallel aisles, to be changed by hand afterwards."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from warehouse.errors import BadInputError
from warehouse.run_folder import SITE_FILES, write_atomically
from warehouse.site_csv import LAYOUT_COLUMNS

_UPRIGHT_M = 0.10
_BEAM_M = 0.15
_BASE_OF_FIRST_LEVEL_M = 0.05
_DEPTH_M = 1.10
_BACK_TO_BACK_GAP_M = 0.20
_START_Y_M = 4.0
_PAD_Y_M = 1.5
_AIR_ABOVE_RACK_M = 0.30

_AISLE = """
[[aisle]]
name = "{name}"
start_m = [{x:.2f}, {y:.2f}]         # centre line, at the first bay
heading_deg = 0.0              # clockwise from the floor plan's +y
length_m = {length:.2f}
width_m = {width:.2f}                 # clear, from rack to rack
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Racks:
    """Racks that repeat; every aisle has bays 1 to n on its left and n + 1 to 2 n on its right."""

    aisles: int
    bays: int
    """On each side of an aisle."""
    levels: int
    slots: int
    bay_width_m: float
    level_height_m: float
    aisle_width_m: float

    @property
    def aisle_length_m(self) -> float:
        return self.bays * (self.bay_width_m + _UPRIGHT_M) + _UPRIGHT_M

    @property
    def height_m(self) -> float:
        return _BASE_OF_FIRST_LEVEL_M + self.levels * self.level_height_m - _BEAM_M

    def aisle_name(self, aisle: int) -> str:
        return f"A{aisle:0{_digits(self.aisles, 2)}d}"

    def aisle_x_m(self, aisle: int) -> float:
        return (aisle - 0.5) * self.aisle_width_m + (2 * aisle - 1) * _DEPTH_M + aisle * _BACK_TO_BACK_GAP_M

    def code(self, aisle: int, bay: int, level: int, slot: int) -> str:
        return (
            f"{self.aisle_name(aisle)}-{bay:0{_digits(2 * self.bays, 2)}d}"
            f"-{level:0{_digits(self.levels, 1)}d}-{slot:0{_digits(self.slots, 1)}d}"
        )

    def pattern(self) -> str:
        parts = [
            f"(?P<aisle>A[0-9]{{{_digits(self.aisles, 2)}}})",
            f"(?P<bay>[0-9]{{{_digits(2 * self.bays, 2)}}})",
            f"(?P<level>[0-9]{{{_digits(self.levels, 1)}}})",
            f"(?P<slot>[0-9]{{{_digits(self.slots, 1)}}})",
        ]
        return "-".join(parts)

    def rows(self) -> list[str]:
        width, height = self.bay_width_m / self.slots, self.level_height_m - _BEAM_M
        rows = []
        for aisle in range(1, self.aisles + 1):
            for bay in range(1, 2 * self.bays + 1):
                side, place = ("left", bay - 1) if bay <= self.bays else ("right", bay - 1 - self.bays)
                for level in range(1, self.levels + 1):
                    base = _BASE_OF_FIRST_LEVEL_M + (level - 1) * self.level_height_m
                    for slot in range(1, self.slots + 1):
                        along = _UPRIGHT_M + place * (self.bay_width_m + _UPRIGHT_M) + (slot - 0.5) * width
                        measures = f"{along:.3f},{base:.3f},{width:.3f},{height:.3f},{_DEPTH_M:.2f}"
                        rows.append(f"{self.code(aisle, bay, level, slot)},{self.aisle_name(aisle)},{side},{measures},normal\n")
        return rows


def new_site(
    folder: Path,
    *,
    name: str,
    aisles: int,
    bays: int,
    levels: int,
    slots: int,
    bay_width_m: float,
    level_height_m: float,
    aisle_width_m: float,
) -> None:
    """Write `site.toml`, with comments, and `layout.csv` into `folder`, in the form that `load_site` accepts.

    `bays` is on each side of an aisle, `bay_width_m` clear between two uprights, `level_height_m` from the top of one beam to that
    of the next, `aisle_width_m` clear between the racks. Raise BadInputError on a measure that no rack can have, or when a site is
    there already.
    """
    for n, what in ((aisles, "aisles"), (bays, "bays"), (levels, "levels"), (slots, "slots")):
        if n < 1:
            raise BadInputError(f"{what}: expected 1 or more, got {n}", remedy="count them in the warehouse")
    for metres, what, least in (
        (bay_width_m / slots, "width of a bay for one pallet", 0.3),
        (level_height_m, "height from one level to the next", 0.3 + _BEAM_M),
        (aisle_width_m, "width of an aisle", 0.5),
    ):
        if not (math.isfinite(metres) and metres >= least):
            raise BadInputError(f"{what}: expected {least:g} m or more, got {metres:g} m", remedy="give it in metres")
    if not name.strip() or not name.isprintable():
        raise BadInputError(f"name: expected one line of text, got {name!r}", remedy="give the warehouse a name")
    for there in (path for path in (folder, *(folder / file for file in SITE_FILES)) if path.is_file()):
        raise BadInputError(
            f"{there}: is there already, and is not overwritten", remedy="give a new folder, or move that file away"
        )
    racks = _Racks(
        aisles=aisles,
        bays=bays,
        levels=levels,
        slots=slots,
        bay_width_m=bay_width_m,
        level_height_m=level_height_m,
        aisle_width_m=aisle_width_m,
    )
    write_atomically(folder / "layout.csv", "".join([",".join(LAYOUT_COLUMNS) + "\n", *racks.rows()]))
    write_atomically(folder / "site.toml", _site_toml(name, racks))


def _site_toml(name: str, racks: _Racks) -> str:
    template = Template(resources.files("warehouse").joinpath("new_site.toml").read_text(encoding="utf-8"))
    aisles = [
        _AISLE.format(
            name=racks.aisle_name(aisle),
            x=racks.aisle_x_m(aisle),
            y=_START_Y_M,
            length=racks.aisle_length_m,
            width=racks.aisle_width_m,
        )
        for aisle in range(1, racks.aisles + 1)
    ]
    return template.substitute(
        name=json.dumps(name, ensure_ascii=False),  # the escapes of JSON are those of TOML
        pattern=racks.pattern(),
        example=racks.code(1, 1, 1, 1),
        aisles="".join(aisles),
        pad_x=f"{racks.aisle_x_m(1):.2f}",
        pad_y=f"{_PAD_Y_M:.2f}",
        max_height=f"{racks.height_m + _AIR_ABOVE_RACK_M:.2f}",
    )


def _digits(largest: int, least: int) -> int:
    return max(least, len(str(largest)))
