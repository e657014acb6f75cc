"""A map of racks, a row a bay or a range of bays -> a site. The form is described in docs/reference/site-import.md.

The rows of one side of an aisle follow one another from the start of the aisle to its end, as the racks stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from warehouse.coordinates import along_from_heading
from warehouse.errors import AislescanError, BadInputError, FaultsError
from warehouse.layout import Aisle, BinKind, KeepOut, Tunnel
from warehouse.locations import LocationCode, LocationPattern
from warehouse.site_import.codes import narrowest_class, natural
from warehouse.site_import.master import without_overlaps
from warehouse.site_import.rack_map_cells import RackRow, read_rack_rows
from warehouse.site_import.rack_rules import laid_out
from warehouse.site_import.records import Imported, Ledger, Opening, TableRow
from warehouse.site_import.template import AislePlace, Template

_PARTS = ("aisle", "bay", "level", "slot", "deep")
_OBSTACLE_LONG_M = 0.30
"""Along the aisle: of an obstacle beside bays, of which the map says only how far it reaches into the aisle."""
_OBSTACLE_HIGH_M = 30.0


@dataclass(slots=True, kw_only=True)
class _Side:
    """One side of an aisle as it grows, row by row."""

    at_m: float = 0.0
    """From the start of the aisle to the end of the last upright."""
    is_double_deep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """Something that reaches into an aisle, or leads through a rack, still in the coordinates of its face."""

    aisle: str
    side: str
    from_m: float
    to_m: float
    size_m: float
    """How far an obstacle reaches into the aisle; how high a tunnel is."""


def import_racks(name: str, rows: Sequence[TableRow], *, code: str | None, template: Template) -> Imported:
    """Return the site that a rack map describes; `code` says how its locations are written, such as `{aisle}-{bay}-{level}-{slot}`.

    FaultsError names every fault: a rack of which one bay is not known stands nowhere.
    """
    name = PurePath(name).name
    read = read_rack_rows(name, rows, template.rules)
    spelling = _Spelling(code, has_deep=any(row.deep > 1 for row in read))
    sides: dict[tuple[str, str], _Side] = {}
    openings: list[Opening] = []
    obstacles: list[_Beside] = []
    tunnels: list[_Beside] = []
    for row in read:
        openings += _stand(row, sides.setdefault((row.aisle, row.side), _Side()), spelling, obstacles, tunnels)
    ledger = Ledger()
    aisles = _aisles(name, read, sides, template, ledger)
    by_name = {aisle.name: aisle for aisle in aisles}
    n_read = len(openings)
    openings = without_doubles(openings, ledger)
    openings = without_overlaps(openings, aisles, ledger)
    regex = spelling.regex([o.code for o in openings])
    if regex is None:
        ledger.note("the codes do not tell bay, level and slot apart; layout.csv has columns for them instead")
    return Imported(
        source=name,
        n_rows=n_read,
        regex=regex,
        aisles=tuple(aisles),
        openings=tuple(openings),
        refusals=tuple(ledger.refusals[n] for n in sorted(ledger.refusals)),
        notes=tuple(ledger.notes),
        keep_outs=tuple(_keep_out(by_name[o.aisle], o, i) for i, o in enumerate(obstacles, start=1)),
        tunnels=tuple(Tunnel(face=f"{t.aisle}-{t.side}", from_m=t.from_m, to_m=t.to_m, height_m=t.size_m) for t in tunnels),
        noun="location",
    )


def without_doubles(openings: Sequence[Opening], ledger: Ledger) -> list[Opening]:
    """Return the openings whose code is used once; FaultsError names the rows that say the same bays again."""
    row_of: dict[str, int] = {}
    faults: dict[tuple[int, int], str] = {}
    for o in openings:
        first = row_of.setdefault(o.code.text, o.row)
        if first != o.row or row_of[o.code.text] < 0:
            faults.setdefault((o.row, first), f"row {o.row}, column bays: {o.code} stands in row {first} already")
    if len(row_of) < len(openings) and not faults:
        raise BadInputError("two locations of one bay get the same code", remedy="--code must name aisle, bay, level and slot")
    if faults:
        raise FaultsError("rack map", list(faults.values()), remedy="give each bay of an aisle its own name, or correct the rows")
    return list(openings)


def _stand(row: RackRow, side: _Side, spelling: _Spelling, obstacles: list[_Beside], tunnels: list[_Beside]) -> Iterator[Opening]:
    """Yield the places of one row's bays and move the end of its side on; uprights between bays are shared."""
    rules = row.rules
    side.at_m += row.gap_m
    side.is_double_deep = side.is_double_deep or row.deep > 1
    if row.obstacle_before_m:
        obstacles.append(_beside(row, max(side.at_m - _OBSTACLE_LONG_M, 0.0), side.at_m + rules.upright_m, row.obstacle_before_m))
    for bay in row.bays:
        if side.at_m == 0.0 or (row.gap_m and bay == row.bays[0]):
            side.at_m += rules.upright_m
        start = side.at_m
        side.at_m += rules.bay_width_m + rules.upright_m
        if row.tunnel_m:
            tunnels.append(_beside(row, start, start + rules.bay_width_m, row.tunnel_m))
        for level, base, height, n in _levels(row):
            width = rules.bay_width_m / n
            for slot in range(1, n + 1):
                at = slot - 0.5 if not rules.are_slots_left_to_right or row.side == "left" else n - slot + 0.5
                for deep in range(1, row.deep + 1):
                    kind = row.kind(level, str(slot))
                    yield Opening(
                        row=row.row,
                        code=spelling.code(row.aisle, bay, level, str(slot), str(deep)),
                        side=row.side,
                        along_m=round(start + at * width, 4),
                        base_m=base,
                        width_m=round(width, 4),
                        height_m=height,
                        depth_m=rules.depth_m,
                        kind=BinKind.REAR if deep > 1 else kind,
                    )
    if row.obstacle_after_m:
        obstacles.append(_beside(row, side.at_m - rules.upright_m, side.at_m + _OBSTACLE_LONG_M, row.obstacle_after_m))


def _beside(row: RackRow, from_m: float, to_m: float, size_m: float) -> _Beside:
    return _Beside(aisle=row.aisle, side=row.side, from_m=round(from_m, 4), to_m=round(to_m, 4), size_m=size_m)


def _levels(row: RackRow) -> Iterator[tuple[str, float, float, int]]:
    """Yield name, base, clear height and slots of each level that a bay of the row has."""
    rules = row.rules
    there = [
        (name, base, n)
        for name, base, n in zip(row.level_names, rules.levels_m, row.slots, strict=True)
        if name not in row.missing and base >= row.tunnel_m - 1e-9
    ]
    for i, (name, base, n) in enumerate(there):
        height = there[i + 1][1] - rules.beam_m - base if i + 1 < len(there) else rules.top_m
        yield name, base, round(height, 4), n


def _aisles(
    name: str, rows: Sequence[RackRow], sides: dict[tuple[str, str], _Side], template: Template, ledger: Ledger
) -> list[Aisle]:
    """Return the aisles as long as their longer side, where the rows, the template or nobody says that they are."""
    said: dict[str, dict[str, float]] = {}
    faults = []
    for row in rows:
        known = said.setdefault(row.aisle, {})
        for column, value in row.of_aisle.items():
            if known.setdefault(column, value) != value:
                faults.append(f"row {row.row}, column {column}: {value:g}, but a row above says {known[column]:g} for {row.aisle}")
    faults += [
        f"aisle {aisle}: start_x and start_y belong together"
        for aisle, known in said.items()
        if ("start_x" in known) != ("start_y" in known)
    ]
    if faults:
        raise FaultsError(name, faults, remedy="give what belongs to the aisle in its first row, and leave it blank below")
    depth: dict[str, float] = {}
    for row in rows:
        depth[row.aisle] = max(depth.get(row.aisle, 0.0), row.rules.depth_m)
    places, rules = dict(template.places), dict(template.aisles)
    for aisle, known in said.items():
        place = places.get(aisle, AislePlace())
        if "start_x" in known:
            place = replace(place, start_m=(known["start_x"], known["start_y"]))
        places[aisle] = replace(place, heading_deg=known.get("heading", place.heading_deg))
        own = template.of(aisle)
        rules[aisle] = replace(
            own,
            width_m=known.get("aisle_width", own.width_m),
            ceiling_m=known.get("ceiling", own.ceiling_m),
            depth_m=depth[aisle],
        )
    lengths = {aisle: round(max(s.at_m for (a, _), s in sides.items() if a == aisle), 4) for aisle in said}
    deep = {
        aisle: tuple(side in {s for (a, s), x in sides.items() if a == aisle and x.is_double_deep} for side in ("left", "right"))
        for aisle in said
    }
    return laid_out(lengths, {a: (d[0], d[1]) for a, d in deep.items()}, replace(template, places=places, aisles=rules), ledger)


def _keep_out(aisle: Aisle, o: _Beside, number: int) -> KeepOut:
    """Return the box, turned as the aisle is, of something that reaches into it."""
    x, y, _ = along_from_heading(aisle.heading_deg)
    # Its corner nearest to the start of the aisle on the left, as seen along the aisle; the box turns about it.
    across = -aisle.width_m / 2 if o.side == "left" else aisle.width_m / 2 - o.size_m
    corner = (aisle.start_m[0] + o.from_m * x + across * y, aisle.start_m[1] + o.from_m * y - across * x)
    low = (round(float(corner[0]), 4), round(float(corner[1]), 4), 0.0)
    return KeepOut(
        name=f"obstacle {number} in {o.aisle}",
        min_m=low,
        max_m=(low[0] + o.size_m, low[1] + round(o.to_m - o.from_m, 4), _OBSTACLE_HIGH_M),
        heading_deg=aisle.heading_deg,
    )


class _Spelling:
    """How locations of a map are written."""

    def __init__(self, code: str | None, *, has_deep: bool) -> None:
        self.text = code or ("{aisle}-{bay}-{level}-{slot}-{deep}" if has_deep else "{aisle}-{bay}-{level}-{slot}")
        named = re.findall(r"\{(\w*)\}", self.text)
        wanted = {"aisle", "bay", "level"} | ({"deep"} if has_deep else set())
        if not wanted <= set(named) <= set(_PARTS) or len(named) > len(set(named)):
            raise BadInputError(
                f"--code: {self.text!r} must name {', '.join(sorted(wanted))} once each",
                remedy="for a rack map write for instance --code '{aisle}-{bay}-{level}-{slot}'",
            )

    def code(self, aisle: str, bay: str, level: str, slot: str, deep: str) -> LocationCode:
        """Return the code of one place."""
        text = self.text.format(aisle=aisle, bay=bay, level=level, slot=slot, deep=deep)
        return LocationCode(text=text, aisle=aisle, bay=bay, level=level, slot=slot if "{slot}" in self.text else "")

    def regex(self, codes: Sequence[LocationCode]) -> str | None:
        """Return the pattern that takes all codes apart again; None when they do not tell their parts apart."""
        values = {part: sorted({getattr(c, part) for c in codes}, key=natural) for part in _PARTS[:4]} | {"deep": ["1", "2"]}
        pieces = re.split(r"\{(\w+)\}", self.text)
        regex = "".join(
            f"(?P<{piece}>{narrowest_class(values[piece])})" if i % 2 else re.escape(piece).replace(r"\-", "-")
            for i, piece in enumerate(pieces)
        )
        try:
            pattern = LocationPattern(regex)
        except AislescanError:
            return None
        return regex if all(pattern.match(c.text) == c for c in codes) else None
