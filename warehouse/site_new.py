"""A first site folder from a few measures: racks that repeat on both sides of parallel aisles, to be changed by hand afterwards."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import BadInputError
from warehouse.goods import SmallestGoods
from warehouse.layout import Aisle, Bin, BinKind
from warehouse.locations import LocationCode
from warehouse.site_text import refuse_there, write_site
from warehouse.texts import ENGLISH, Speech

_UPRIGHT_M = 0.10
_BEAM_M = 0.15
_BASE_OF_FIRST_LEVEL_M = 0.05
_DEPTH_M = 1.10
_BACK_TO_BACK_GAP_M = 0.20
_START_Y_M = 4.0
_LOWEST_OPENING_M = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Racks:
    """Racks that repeat; every aisle has bays 1 to n on its left and n + 1 to 2 n on its right, or odd and even ones."""

    aisles: int
    bays: int
    """On each side of an aisle."""
    slots: int
    deep: int
    """Pallets behind one another: 1 or 2."""
    bay_width_m: float
    level_heights_m: tuple[float, ...]
    """From the top of one beam to that of the next, lowest level first."""
    aisle_width_m: float
    is_first_bay_at_end: bool
    is_odd_left: bool

    @property
    def aisle_length_m(self) -> float:
        return self.bays * (self.bay_width_m + _UPRIGHT_M) + _UPRIGHT_M

    def aisle(self, aisle: int) -> Aisle:
        x = (aisle - 0.5) * self.aisle_width_m + (2 * aisle - 1) * self.deep * _DEPTH_M + aisle * _BACK_TO_BACK_GAP_M
        return Aisle(
            name=f"A{aisle:0{_digits(self.aisles, 2)}d}",
            start_m=(round(x, 4), _START_Y_M),
            heading_deg=0.0,
            length_m=round(self.aisle_length_m, 4),
            width_m=self.aisle_width_m,
        )

    def code(self, aisle: str, bay: int, level: int, slot: int, deep: int) -> LocationCode:
        parts = {
            "bay": f"{bay:0{_digits(2 * self.bays, 2)}d}",
            "level": f"{level:0{_digits(len(self.level_heights_m), 1)}d}",
            "slot": f"{slot:0{_digits(self.slots, 1)}d}",
        }
        behind = [str(deep)] if self.deep > 1 else []
        return LocationCode(text="-".join([aisle, *parts.values(), *behind]), aisle=aisle, **parts)

    def pattern(self) -> str:
        parts = [
            f"(?P<aisle>A[0-9]{{{_digits(self.aisles, 2)}}})",
            f"(?P<bay>[0-9]{{{_digits(2 * self.bays, 2)}}})",
            f"(?P<level>[0-9]{{{_digits(len(self.level_heights_m), 1)}}})",
            f"(?P<slot>[0-9]{{{_digits(self.slots, 1)}}})",
        ]
        return "-".join([*parts, *(["(?P<deep>[12])"] if self.deep > 1 else [])])

    def bins(self, aisle: Aisle) -> Iterator[Bin]:
        width = self.bay_width_m / self.slots
        faces = {side: aisle.face(side) for side in ("left", "right")}
        for bay in range(1, 2 * self.bays + 1):
            side, place = self._stand(bay)
            base = _BASE_OF_FIRST_LEVEL_M
            for level, level_height in enumerate(self.level_heights_m, start=1):
                height = level_height - _BEAM_M
                for slot in range(1, self.slots + 1):
                    along = _UPRIGHT_M + place * (self.bay_width_m + _UPRIGHT_M) + (slot - 0.5) * width
                    if self.is_first_bay_at_end:
                        along = self.aisle_length_m - along
                    for deep in range(1, self.deep + 1):
                        yield Bin(
                            code=self.code(aisle.name, bay, level, slot, deep),
                            face=faces[side].name,
                            centre_m=faces[side].on_face_m(along, base + height / 2),
                            along_m=along,
                            width_m=width,
                            height_m=height,
                            depth_m=_DEPTH_M,
                            kind=BinKind.REAR if deep == 2 else BinKind.NORMAL,
                        )
                base += level_height

    def _stand(self, bay: int) -> tuple[str, int]:
        """Return the side of a bay, and how many stand before it."""
        if self.is_odd_left:
            return ("left" if bay % 2 else "right"), (bay - 1) // 2
        return ("left", bay - 1) if bay <= self.bays else ("right", bay - 1 - self.bays)


def new_site(
    folder: Path,
    *,
    name: str,
    aisles: int,
    bays: int,
    levels: int,
    slots: int,
    bay_width_m: float,
    level_height_m: float | Sequence[float],
    aisle_width_m: float,
    deep: int = 1,
    is_first_bay_at_end: bool = False,
    is_odd_left: bool = False,
    ceiling_m: float | None = None,
    smallest_goods: SmallestGoods | None = None,
    speech: Speech = ENGLISH,
) -> None:
    """Write `site.toml`, with comments said by `speech`, and `layout.csv` into `folder`, in the form that `load_site` accepts.

    `bays` is on each side of an aisle, `bay_width_m` clear between two uprights, `level_height_m` from the top of one beam to that
    of the next, for all levels or one for each, `aisle_width_m` clear between the racks, `deep` 2 where pallets stand behind one
    another. `is_odd_left`: odd bays on the left, even ones on the right; else the first half is on the left. `smallest_goods`
    is what may stand alone in a location; `EMPTY_PALLET`: nothing but pallets. Raise BadInputError on a measure that no rack can
    have, or when a site is there already.
    """
    for n, what in ((aisles, "aisles"), (bays, "bays"), (levels, "levels"), (slots, "slots"), (deep, "pallets behind one another")):
        if n < 1:
            raise BadInputError(f"{what}: expected 1 or more, got {n}", remedy="count them in the warehouse")
    if deep > 2:
        raise BadInputError(f"pallets behind one another: expected 1 or 2, got {deep}", remedy="aislescan knows two at most")
    heights = (level_height_m,) * levels if isinstance(level_height_m, (int, float)) else tuple(level_height_m)
    if len(heights) == 1:
        heights *= levels
    if len(heights) != levels:
        raise BadInputError(
            f"heights of the levels: expected 1 or {levels}, as many as there are levels, got {len(heights)}",
            remedy="give one height for all, or one for each level from the floor upwards",
        )
    for metres, what, least in (
        (bay_width_m / slots, "width of a bay for one pallet", 0.3),
        *((height, "height from one level to the next", _LOWEST_OPENING_M + _BEAM_M) for height in heights),
        (aisle_width_m, "width of an aisle", 0.5),
    ):
        if not (math.isfinite(metres) and metres >= least):
            raise BadInputError(f"{what}: expected {least:g} m or more, got {metres:g} m", remedy="give it in metres")
    if not name.strip() or not name.isprintable():
        raise BadInputError(f"name: expected one line of text, got {name!r}", remedy="give the warehouse a name")
    refuse_there(folder)
    racks = _Racks(
        aisles=aisles,
        bays=bays,
        slots=slots,
        deep=deep,
        bay_width_m=bay_width_m,
        level_heights_m=heights,
        aisle_width_m=aisle_width_m,
        is_first_bay_at_end=is_first_bay_at_end,
        is_odd_left=is_odd_left,
    )
    top_m = _BASE_OF_FIRST_LEVEL_M + sum(heights) - _BEAM_M
    if ceiling_m is not None and ceiling_m < top_m:
        raise BadInputError(
            f"ceiling: the racks are {top_m:.2f} m high, the ceiling {ceiling_m:g} m", remedy="measure both again, in metres"
        )
    made = [racks.aisle(i) for i in range(1, aisles + 1)]
    write_site(
        folder,
        name=name,
        regex=racks.pattern(),
        aisles=made,
        bins=[b for aisle in made for b in racks.bins(aisle)],
        ceiling_m=ceiling_m,
        smallest_goods=smallest_goods,
        speech=speech,
    )


def _digits(largest: int, least: int) -> int:
    return max(least, len(str(largest)))
