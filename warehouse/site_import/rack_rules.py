"""Locations of which only the code is known -> their place, by the rules of a rack template."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from warehouse.layout import Aisle
from warehouse.site_import.codes import natural, number_in
from warehouse.site_import.master_rows import MasterRow
from warehouse.site_import.records import Ledger
from warehouse.site_import.template import RackRules, Template, is_odd

START_Y_M = 4.0
_FIRST_X_M = 0.2
_CLEAR_M = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where a location stands along its aisle."""

    side: str
    along_m: float
    width_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """Names that are counted through (bays, levels or slots) -> 0, 1, 2, …"""

    rank: Mapping[str, int]

    @classmethod
    def of(cls, names: Iterable[str], *, step_at_least: int = 1) -> _Numbers:
        """Count by the numbers in the names, so that one that is missing leaves a gap; by order where names have none."""
        distinct = sorted(set(names), key=natural)
        numbers = [number_in(name) for name in distinct]
        known = [n for n in numbers if n is not None]
        if len(set(known)) < len(distinct):
            return cls(rank={name: i for i, name in enumerate(distinct)})
        step = math.gcd(*(n - known[0] for n in known)) or 1
        if step > 2 and step % 5:
            step = 1
        step = max(step, step_at_least)
        return cls(rank={name: (n - min(known)) // step for name, n in zip(distinct, known, strict=True)})

    @property
    def n(self) -> int:
        """How many there are, missing ones counted."""
        return max(self.rank.values(), default=-1) + 1


def stand_by_rules(rows: Sequence[MasterRow], template: Template, ledger: Ledger) -> tuple[dict[int, Stand], dict[str, float]]:
    """Return where each row's location stands, by its row number, and the length of each aisle."""
    stands: dict[int, Stand] = {}
    lengths: dict[str, float] = {}
    by_aisle: dict[str, list[MasterRow]] = {}
    for row in rows:
        by_aisle.setdefault(row.code.aisle, []).append(row)
    for name, members in by_aisle.items():
        side_of = _sides(name, members, template.of(name), ledger)
        racks = [_Rack(name, side, [r for r in members if side_of.get(r.row) == side], template) for side in ("left", "right")]
        lengths[name] = round(max(rack.length_m for rack in racks), 4)
        for rack in racks:
            rack.place(lengths[name], stands, ledger)
    return stands, lengths


def _sides(name: str, rows: Sequence[MasterRow], rules: RackRules, ledger: Ledger) -> dict[int, str]:
    """Return the side of each row: as it says itself, or by the rule; a row of which neither tells is refused."""
    sides = {row.row: row.side for row in rows if row.side is not None}
    left_over = [row for row in rows if row.side is None]
    numbers = [n for row in left_over if (n := number_in(row.code.bay)) is not None]
    middle = (min(numbers) + max(numbers)) / 2 if numbers else 0.0
    for row in left_over:
        odd, number = is_odd(row.code.bay), number_in(row.code.bay)
        if rules.sides in ("left", "right"):
            sides[row.row] = rules.sides
        elif rules.sides is None:
            ledger.refuse(
                row.row, "side", "", f"on which side of aisle {name} its bays hang is not known; say it: --sides 'odd left'"
            )
        elif odd is None or number is None:
            ledger.refuse(row.row, "bay", row.code.bay, f"bay {row.code.bay!r} has no number to tell its side by")
        else:
            is_first_of_two = odd if rules.sides.startswith("odd") else number <= middle
            sides[row.row] = "left" if is_first_of_two == rules.sides.endswith("left") else "right"
    return sides


class _Rack:
    """One side of an aisle."""

    def __init__(self, aisle: str, side: str, rows: Sequence[MasterRow], template: Template) -> None:
        self.aisle, self.side, self.rows, self.template = aisle, side, rows, template
        self.rules = template.of(aisle)
        is_every_second = (self.rules.sides or "").startswith("odd") and all(row.side is None for row in rows)
        self.bays = _Numbers.of((row.code.bay for row in rows), step_at_least=2 if is_every_second else 1)
        self.slots = _Numbers.of(row.code.slot for row in rows)
        name_of = {rank: name for name, rank in self.bays.rank.items()}
        widths = [template.of_bay(aisle, name_of.get(i, "")).bay_width_m for i in range(self.bays.n)]
        self.starts_m: list[float] = []
        at = self.rules.upright_m
        for width in widths:
            self.starts_m.append(at)
            at += width + self.rules.upright_m
        self.length_m = at if widths else 0.0
        self._n_slots: dict[tuple[str, str], int] = {}
        for row in rows:
            key = (row.code.bay, row.code.level)
            self._n_slots[key] = max(self._n_slots.get(key, 0), self.slots.rank[row.code.slot] + 1)
        self._most: dict[str, int] = {}
        for (_, level), n in self._n_slots.items():
            self._most[level] = max(self._most.get(level, 0), n)

    def place(self, aisle_length_m: float, stands: dict[int, Stand], ledger: Ledger) -> None:
        """Fill in where its rows stand."""
        for row in self.rows:
            rules = self.template.of_bay(self.aisle, row.code.bay)
            n = rules.slots or self._most[row.code.level]
            slot = self.slots.rank[row.code.slot]
            if slot >= n:
                ledger.refuse(row.row, "slot", row.code.slot, f"slot {row.code.slot!r} has no room: bay {row.code.bay} has {n}")
                continue
            width = rules.bay_width_m / n
            # Who looks at the right-hand rack has the start of the aisle to the right.
            if rules.are_slots_left_to_right and (self.side == "right") != rules.is_first_bay_at_end:
                slot = n - 1 - slot
            at = self.starts_m[self.bays.rank[row.code.bay]] + (slot + 0.5) * width
            along = aisle_length_m - at if self.rules.is_first_bay_at_end else at
            stands[row.row] = Stand(side=self.side, along_m=round(along, 4), width_m=round(width, 4))


def level_ranks(rows: Sequence[MasterRow]) -> Mapping[str, int]:
    """Return the place of each level's name in the order of all levels of the site, from 0."""
    return _Numbers.of(row.code.level for row in rows).rank


def laid_out(
    lengths: Mapping[str, float], is_double_deep: Mapping[str, tuple[bool, bool]], template: Template, ledger: Ledger
) -> list[Aisle]:
    """Return the aisles where the template says; those of which it says nothing side by side, racks back to back.

    `is_double_deep` tells of the left and the right side of each aisle.
    """
    aisles = []
    h = math.radians(template.heading_deg)
    placed = {name: place.start_m for name, place in template.places.items() if place.start_m is not None and name in lengths}
    # To the right of all that is placed, as far as any of it can reach.
    reach = max((x * math.cos(h) - y * math.sin(h) + lengths[name] + _CLEAR_M for name, (x, y) in placed.items()), default=0.0)
    x = max(_FIRST_X_M, reach)
    loose = []
    for name in sorted(lengths, key=natural):
        rules = template.of(name)
        place = template.places.get(name)
        left, right = (rules.depth_m * (2 if is_deep else 1) for is_deep in is_double_deep[name])
        if place is not None and place.start_m is not None:
            start = place.start_m
        else:
            loose.append(name)
            x += left + rules.width_m / 2
            # Side by side to the right of the heading, in a hall that is turned by it about the corner.
            start = (x * math.cos(h) + START_Y_M * math.sin(h), START_Y_M * math.cos(h) - x * math.sin(h))
            x += rules.width_m / 2 + right + template.gap_m
        heading = template.heading_deg if place is None or place.heading_deg is None else place.heading_deg
        aisles.append(
            Aisle(
                name=name,
                start_m=(round(start[0], 4), round(start[1], 4)),
                heading_deg=heading % 360.0,
                length_m=lengths[name],
                width_m=rules.width_m,
                ceiling_m=rules.ceiling_m,
            )
        )
    if loose:
        shown = ", ".join(loose[:3]) + (", …" if len(loose) > 3 else "")
        ledger.note(f"where {shown} begin(s) on the floor plan is not known; drawn side by side: put start_m right in site.toml")
    return aisles
