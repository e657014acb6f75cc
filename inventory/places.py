"""The locations that a reconciliation speaks of, and which of them are neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from warehouse.layout import BinKind, Layout
from warehouse.locations import LocationPattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One location as the files show it; the parts are empty where no layout is known."""

    location: str
    aisle: str = ""
    bay: str = ""
    level: str = ""
    slot: str = ""
    kind: BinKind | None = None
    """None for a location that the layout does not know."""
    row: tuple[str, ...]
    """Places with the same row lie side by side."""
    index: int
    """Position in the row."""
    along_m: float | None = None
    """Along the aisle; None where no layout is known."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """All of them, by code; with or without a layout behind them."""

    by_location: dict[str, Place]
    """In the order of the layout, then the others, sorted."""
    has_layout: bool

    @classmethod
    def of_layout(cls, layout: Layout, others: Iterable[str]) -> Places:
        """Return the layout's locations and those that only ERP or observations name."""
        rows: dict[tuple[str, ...], list[tuple[float, str]]] = {}
        for b in layout.bins:
            rows.setdefault((b.face, b.code.level, "rear" if b.kind is BinKind.REAR else "front"), []).append(
                (b.along_m, b.code.text)
            )
        position = {code: (row, i) for row, members in rows.items() for i, (_, code) in enumerate(sorted(members))}
        places = {}
        for b in layout.bins:
            row, index = position[b.code.text]
            c = b.code
            places[c.text] = Place(
                location=c.text,
                aisle=c.aisle,
                bay=c.bay,
                level=c.level,
                slot=c.slot,
                kind=b.kind,
                row=row,
                index=index,
                along_m=b.along_m,
            )
        for location in sorted(set(others) - set(places)):
            places[location] = _unknown(location, layout.pattern)
        return cls(by_location=places, has_layout=True)

    @classmethod
    def of_texts(cls, locations: Iterable[str]) -> Places:
        """Return locations of which nothing is known but their spelling: the last number in it counts along a row."""
        return cls(by_location={text: _unknown(text, None) for text in sorted(set(locations))}, has_layout=False)

    @cached_property
    def _at(self) -> dict[tuple[tuple[str, ...], int], str]:
        return {(place.row, place.index): place.location for place in self.by_location.values()}

    def step(self, start: str, end: str) -> int | None:
        """Return how many places along the row `end` lies from `start`; None when they are not in one row."""
        a, b = self.by_location.get(start), self.by_location.get(end)
        return b.index - a.index if a and b and a.row == b.row else None

    def is_neighbour(self, a: str, b: str) -> bool:
        """Whether two locations lie side by side."""
        return self.step(a, b) in (-1, 1)

    def at(self, row: tuple[str, ...], index: int) -> str | None:
        """Return the location at a position of a row."""
        return self._at.get((row, index))


def place_by_spelling(location: str) -> Place:
    """Return a location of which nothing is known but its spelling."""
    return _unknown(location, None)


def _unknown(location: str, pattern: LocationPattern | None) -> Place:
    found = re.fullmatch(r"(.*?)([0-9]{1,9})([^0-9]*)", location, re.DOTALL)
    row, index = ((found[1], found[3], str(len(found[2]))), int(found[2])) if found else ((location,), 0)
    code = pattern.match(location) if pattern else None
    if code is None:
        return Place(location=location, row=row, index=index)
    return Place(
        location=location, aisle=code.aisle, bay=code.bay, level=code.level, slot=code.slot, row=("unknown", *row), index=index
    )
