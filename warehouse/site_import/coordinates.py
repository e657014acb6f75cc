"""Locations with x and y -> aisles with their racks: heading, sides, front and rear places, distance along the aisle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from warehouse.layout import Aisle, BinKind
from warehouse.site_import.aisle_lines import NARROWEST_AISLE_M, SAME_LINE_M, Lines, Vector, axes, find_lines
from warehouse.site_import.codes import natural
from warehouse.site_import.master_rows import MasterRow
from warehouse.site_import.records import Ledger
from warehouse.site_import.template import Template

_OFF_LINE_M = 0.15
_FARTHEST_NEIGHBOUR_M = 8.0
_SAME_PLACE_M = 0.05
_WIDEST_AISLE_M, _FARTHEST_RACK_M = 8.0, 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a location is in its aisle."""

    side: str
    along_m: float
    """From the start of the aisle to its middle."""
    width_m: float
    is_rear: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """The lines of one side: the front one and, behind it, that of the rear places."""

    side: str
    front: int
    rear: int | None


def place_by_coordinates(
    rows: Sequence[MasterRow], template: Template, ledger: Ledger, *, is_middle: bool
) -> tuple[list[Aisle], dict[int, Spot]]:
    """Return the aisles, in natural order, and the spot of each row that has one, by its row number.

    `is_middle`: coordinates are of the middle of the place, not of its front.
    """
    by_aisle: dict[str, list[MasterRow]] = {}
    for row in rows:
        if row.x is None or row.y is None:
            ledger.refuse(row.row, "x" if row.x is None else "y", "", f"{row.code} has no coordinates")
        else:
            by_aisle.setdefault(row.code.aisle, []).append(row)
    everything = {name: _points(members) for name, members in by_aisle.items()}
    aisles: dict[str, Aisle] = {}
    fits: dict[str, _AisleFit] = {}
    spots: dict[int, Spot] = {}
    hints: Counter[float] = Counter()
    # Long aisles first: they show the heading of the hall, which decides for an aisle of two bays.
    for name in sorted(by_aisle, key=lambda n: -float(np.max(np.ptp(everything[n], axis=0)))):
        hint = hints.most_common(1)[0][0] if hints else None
        fit = _AisleFit(name, by_aisle[name], everything, template=template, ledger=ledger, hint_deg=hint, is_middle=is_middle)
        fits[name] = fit
        hints[fit.lines.heading_deg] += len(by_aisle[name])
    two_sided = {name for name, fit in fits.items() if fit.is_two_sided}
    for name, fit in fits.items():
        aisles[name] = fit.place(spots, two_sided)
    return [aisles[name] for name in sorted(aisles, key=natural)], spots


def widths_by_spacing(groups: Iterable[Sequence[tuple[float, str, int]]], upright_m: float, widest_m: float) -> dict[int, float]:
    """Return the width of each opening, by row, from the distance to its nearest neighbour.

    A group holds (along_m, bay, row) of openings at one level of one rack. An opening that has no neighbour in its bay gets the
    distance to the next bay less an upright; one that has no neighbour at all `widest_m`.
    """
    widths: dict[int, float] = {}
    for group in groups:
        ordered = sorted(group)
        for i, (along, bay, row) in enumerate(ordered):
            beside = [ordered[j] for j in (i - 1, i + 1) if 0 <= j < len(ordered)]
            steps = [(abs(a - along), b == bay) for a, b, _ in beside if abs(a - along) > _SAME_PLACE_M]
            if any(is_same for _, is_same in steps):
                width = min(step for step, _ in steps)  # coordinates scatter: also no wider than the way to the next bay
            else:
                width = min((step - upright_m for step, _ in steps), default=widest_m)
            widths[row] = round(width, 3) if 0 < width <= _FARTHEST_NEIGHBOUR_M else widest_m
    return widths


def _points(rows: Iterable[MasterRow]) -> Vector:
    return np.array([(row.x, row.y) for row in rows], dtype=np.float64).reshape(-1, 2)


class _AisleFit:
    """One aisle."""

    def __init__(
        self,
        name: str,
        rows: Sequence[MasterRow],
        everything: Mapping[str, Vector],
        *,
        template: Template,
        ledger: Ledger,
        hint_deg: float | None,
        is_middle: bool,
    ) -> None:
        self.name, self.rows, self.template, self.ledger, self.is_middle = name, rows, template, ledger, is_middle
        self.points = everything[name]
        self.others = {other: points for other, points in everything.items() if other != name}
        self.two_sided: set[str] = set()
        self.lines: Lines = find_lines(self.points, hint_deg=hint_deg)
        self.rules = template.of(name)

    @property
    def is_two_sided(self) -> bool:
        """Whether the aisle has racks on both sides."""
        return any(b - a >= NARROWEST_AISLE_M for a, b in pairwise(self.lines.offsets_m))

    def place(self, spots: dict[int, Spot], two_sided: set[str]) -> Aisle:
        """Fill in the spots of its rows and return the aisle; `two_sided` names those that have racks on both sides."""
        self.two_sided = two_sided
        left, right, turned = self._sides()
        heading = (self.lines.heading_deg + (180.0 if turned else 0.0)) % 360.0
        along, to_right = axes(heading)
        sign = -1.0 if turned else 1.0
        offsets = {i: sign * offset for i, offset in enumerate(self.lines.offsets_m)}
        planes = {s.side: offsets[s.front] + self._inset(s) for s in (left, right) if s is not None}
        width = self._width(planes)
        centre = self._centre(planes, width)
        places, across = self.points @ along, self.points @ to_right
        lines = {}
        for s in (left, right):
            if s is not None:
                lines[s.front] = (s.side, False)
                if s.rear is not None:
                    lines[s.rear] = (s.side, True)
        good = []
        for i, row in enumerate(self.rows):
            line = int(self.lines.line_of[i])
            if line not in lines:
                self.ledger.refuse(row.row, "y", str(row.y), f"{row.code} stands behind the rear places of {self.name}")
            elif abs(across[i] - offsets[line]) > _OFF_LINE_M:
                off = abs(across[i] - offsets[line])
                self.ledger.refuse(
                    row.row, "x", str(row.x), f"{row.code} stands {off:.2f} m off the line of its rack in {self.name}"
                )
            elif row.side is not None and row.side != lines[line][0]:
                why = f"{row.code} stands with those that are on the {lines[line][0]} of {self.name}, not on the {row.side}"
                self.ledger.refuse(row.row, "side", row.side, why)
            else:
                good.append(i)
        widths = self._widths(good, places)
        ends = [(places[i] - widths[self.rows[i].row] / 2, places[i] + widths[self.rows[i].row] / 2) for i in good]
        low = min((a for a, _ in ends), default=0.0) - self.rules.upright_m
        high = max((b for _, b in ends), default=1.0) + self.rules.upright_m
        for i in good:
            side, is_rear = lines[int(self.lines.line_of[i])]
            is_rear = is_rear or self.rows[i].kind is BinKind.REAR
            number = self.rows[i].row
            spots[number] = Spot(side=side, along_m=round(float(places[i] - low), 4), width_m=widths[number], is_rear=is_rear)
        start = low * along + centre * to_right
        if self.lines.scatter_m > 0.02:
            self.ledger.note(f"places of aisle {self.name} lie up to {100 * self.lines.scatter_m:.0f} cm off straight lines")
        return Aisle(
            name=self.name,
            start_m=(round(float(start[0]), 4), round(float(start[1]), 4)),
            heading_deg=heading,
            length_m=round(high - low, 4),
            width_m=round(width, 4),
            ceiling_m=self.rules.ceiling_m,
        )

    def _widths(self, good: Sequence[int], places: Vector) -> dict[int, float]:
        groups: dict[tuple[int, str], list[tuple[float, str, int]]] = {}
        for i in good:
            row = self.rows[i]
            groups.setdefault((int(self.lines.line_of[i]), row.code.level), []).append((float(places[i]), row.code.bay, row.row))
        widths = widths_by_spacing(groups.values(), self.rules.upright_m, self.rules.bay_width_m)
        return widths | {self.rows[i].row: w for i in good if (w := self.rows[i].width) is not None}

    def _inset(self, side: _Side) -> float:
        """Return how far to the right of its line the front of a side is."""
        if not self.is_middle:
            return 0.0
        depths = [row.depth for row in self.rows if row.depth is not None]
        half = (median(depths) if depths else self.rules.depth_m) / 2
        return half if side.side == "left" else -half

    def _width(self, planes: Mapping[str, float]) -> float:
        if len(planes) == 2:
            return planes["right"] - planes["left"]
        self.ledger.note(
            f"aisle {self.name} has one rack face; its width is taken for {self.rules.width_m:g} m (--aisle-width, or the template)"
        )
        return self.rules.width_m

    @staticmethod
    def _centre(planes: Mapping[str, float], width: float) -> float:
        if len(planes) == 2:
            return (planes["left"] + planes["right"]) / 2
        (side, plane), *_ = planes.items()
        return plane + width / 2 if side == "left" else plane - width / 2

    def _sides(self) -> tuple[_Side | None, _Side | None, bool]:
        """Return the lines of the left and of the right, and whether the aisle runs against the heading of the lines."""
        offsets = self.lines.offsets_m
        gaps = [b - a for a, b in pairwise(offsets)]
        if gaps and max(gaps) >= NARROWEST_AISLE_M:
            cut = gaps.index(max(gaps)) + 1
            low = _Side(side="left", front=cut - 1, rear=cut - 2 if cut >= 2 else None)
            high = _Side(side="right", front=cut, rear=cut + 1 if cut + 1 < len(offsets) else None)
            turned = self._is_turned(low_lines=set(range(cut)))
            if not turned:
                return low, high, False
            return _Side(side="left", front=high.front, rear=high.rear), _Side(side="right", front=low.front, rear=low.rear), True
        return self._single()

    def _single(self) -> tuple[_Side | None, _Side | None, bool]:
        """One rack: the aisle is where the sides say or, if nobody says, where more room is."""
        offsets = self.lines.offsets_m
        last = len(offsets) - 1
        (above, back_above), (below, back_below) = self._room(high=True), self._room(high=False)
        rank_above, rank_below = (0 if back else self._rank(room) for room, back in ((above, back_above), (below, back_below)))
        is_low = (rank_above, above) >= (rank_below, below)
        said = {row.side for row in self.rows if row.side is not None}
        turned = self._bays_fall()
        if len(said) == 1 and (rank_above, above) == (rank_below, below):
            is_low = (said == {"left"}) != turned
        elif len(said) == 1:
            # On the left when walking: to the left of the aisle along the heading, so the aisle has the higher offsets.
            turned = is_low == (said == {"right"})
        elif said == set() and last >= 0:
            self.ledger.note(f"aisle {self.name} has one rack face; which way it faces is taken from the racks around it")
        front, rear = (last, last - 1) if is_low else (0, 1)
        side = _Side(
            side="left" if is_low != turned else "right", front=front, rear=rear if 0 <= rear <= last and last >= 1 else None
        )
        return (side, None, turned) if side.side == "left" else (None, side, turned)

    def _rank(self, room_m: float) -> int:
        """Return how much the way to the next rack looks like an aisle: more than a wall does, or the back of another rack."""
        deep = self.rules.depth_m
        if (room_m - deep if self.is_middle else room_m) < NARROWEST_AISLE_M:
            return 0
        if not self.is_middle and room_m < 2 * deep - 0.1:
            return 3  # no room for two racks back to back
        return 2 if room_m <= _WIDEST_AISLE_M else 1

    def _room(self, *, high: bool) -> tuple[float, bool]:
        """Return the way across to the next place of another aisle, at most 20 m, and whether that shows its back.

        From outside, an aisle with racks on both sides shows nothing but backs.
        """
        along, right = axes(self.lines.heading_deg)
        span = self.points @ along
        outermost = self.lines.offsets_m[-1 if high else 0]
        nearest, is_back = _FARTHEST_RACK_M, False
        for name, points in self.others.items():
            u, v = points @ along, points @ right
            beside = v[(u > span.min() - 0.5) & (u < span.max() + 0.5)]
            away = beside - outermost if high else outermost - beside
            away = away[away > SAME_LINE_M]
            if len(away) and float(away.min()) < nearest:
                nearest, is_back = float(away.min()), name in self.two_sided
        return nearest, is_back

    def _is_turned(self, low_lines: set[int]) -> bool:
        """Whether left and right of the rows, or else the order of the bays, ask for the other direction."""
        votes = sum(
            (1 if (row.side == "left") == (int(line) in low_lines) else -1)
            for row, line in zip(self.rows, self.lines.line_of, strict=True)
            if row.side is not None
        )
        return votes < 0 if votes else self._bays_fall()

    def _bays_fall(self) -> bool:
        """Whether bays are counted against the heading, as most neighbours on one line say."""
        along, _ = axes(self.lines.heading_deg)
        places = self.points @ along
        votes = 0
        for line in range(len(self.lines.offsets_m)):
            members = [i for i in range(len(self.rows)) if self.lines.line_of[i] == line]
            members.sort(
                key=lambda i: (natural(self.rows[i].code.bay), natural(self.rows[i].code.slot), natural(self.rows[i].code.text))
            )
            steps = np.diff(places[members])
            votes += int(np.sum(steps > 0.05)) - int(np.sum(steps < -0.05))
        return votes < 0
