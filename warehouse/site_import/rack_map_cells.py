"""The cells of a rack map: what each row says of its bays. Every fault is found in one pass, with row and column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.errors import AislescanError, FaultsError
from warehouse.layout import BinKind
from warehouse.site_import.columns import UNITS_M, plain_title
from warehouse.site_import.master_rows import SIDE_OF, plain_word
from warehouse.site_import.records import TableRow
from warehouse.site_import.template import RackRules, levels_fault, metres_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "aisle": ("aisle", "pasillo", "gang", "gasse"),
    "side": ("side", "lado", "seite"),
    "bays": ("bays", "bay", "modulos", "modulo", "felder", "feld"),
    "bay_width": ("bay width", "ancho", "ancho modulo", "feldbreite"),
    "upright": ("upright", "montante", "puntal", "rahmen"),
    "levels": ("levels", "niveles", "ebenen"),
    "level_names": ("level names", "nombres niveles", "ebenennamen"),
    "top": ("top", "altura ultimo nivel", "lichte hohe oben"),
    "beam": ("beam", "larguero", "traverse"),
    "slots": ("slots", "huecos", "platze"),
    "depth": ("depth", "fondo", "profundidad", "tiefe"),
    "deep": ("deep", "doble fondo", "doppeltief"),
    "missing": ("missing", "missing levels", "sin larguero", "niveles sin larguero", "ohne traverse"),
    "tunnel": ("tunnel", "tunel", "pasaje", "durchgang"),
    "unused": ("unused", "sin uso", "ungenutzt"),
    "forbidden": ("forbidden", "prohibido", "bloqueado", "gesperrt"),
    "picking": ("picking", "kommissionierung"),
    "gap": ("gap", "hueco antes", "luecke", "lucke"),
    "obstacle_before": ("obstacle before", "obstaculo antes", "hindernis davor"),
    "obstacle_after": ("obstacle after", "obstaculo despues", "hindernis danach"),
    "aisle_width": ("aisle width", "ancho pasillo", "gangbreite"),
    "start_x": ("start x", "inicio x", "anfang x"),
    "start_y": ("start y", "inicio y", "anfang y"),
    "heading": ("heading", "heading deg", "rumbo", "richtung"),
    "ceiling": ("ceiling", "techo", "decke"),
}
"""Columns of a rack map with the titles that they may have; units and underscores left out."""
_REQUIRED = ("aisle", "side", "bays", "levels")
_LENGTHS = ("bay_width", "upright", "top", "beam", "depth", "tunnel", "gap", "obstacle_before", "obstacle_after")
_OF_AISLE = ("aisle_width", "start_x", "start_y", "heading", "ceiling")
_CELL = re.compile(r"([^-\s]+)(?:-([^-\s]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RackRow:
    """One row: neighbouring bays that are built alike. Lengths in metres."""

    row: int
    aisle: str
    side: str
    bays: tuple[str, ...]
    rules: RackRules
    level_names: tuple[str, ...]
    slots: tuple[int, ...]
    """At each level."""
    deep: int
    missing: tuple[str, ...]
    tunnel_m: float
    kinds: dict[tuple[str, str], BinKind]
    """By level and slot; slot empty: the whole level."""
    gap_m: float
    obstacle_before_m: float
    obstacle_after_m: float
    of_aisle: dict[str, float]
    """`aisle_width`, `start_x`, `start_y`, `heading`, `ceiling`, as far as the row gives them."""

    def kind(self, level: str, slot: str) -> BinKind:
        """Return what a place is used for."""
        return self.kinds.get((level, slot), self.kinds.get((level, ""), BinKind.NORMAL))


def read_rack_rows(name: str, rows: Sequence[TableRow], rules: RackRules) -> list[RackRow]:
    """Return the rows of a rack map; `rules` give what the map leaves out. FaultsError names every fault."""
    filled = [(n, [c.strip() for c in cells]) for n, cells in rows if any(c.strip() for c in cells)]
    faults: list[str] = []
    index, factors = _header(filled[0] if filled else (1, []), faults)
    read: list[RackRow] = []
    for number, cells in filled[1:] if not faults else ():
        texts = {column: cells[i] if i < len(cells) else "" for column, i in index.items()}
        found: list[str] = []
        row = _Cells(texts, factors, found).row(number, rules)
        faults += [f"row {number}, {fault}" for fault in found]
        if row is not None:
            read.append(row)
    if not faults and not read:
        faults.append("row 2: no bays at all; expected one row a bay, or a range of bays")
    if faults:
        raise FaultsError(name, faults, remedy="mend these cells; docs/reference/site-import.md explains each column")
    return read


def _header(first: tuple[int, Sequence[str]], faults: list[str]) -> tuple[dict[str, int], dict[str, float]]:
    column_of = {title: column for column, titles in COLUMNS.items() for title in titles}
    index: dict[str, int] = {}
    factors: dict[str, float] = {}
    for i, title in enumerate(first[1]):
        plain, unit = plain_title(title)
        column = column_of.get(plain)
        if column is None:
            continue
        if column in index:
            faults.append(f"row {first[0]}: {title!r} and {first[1][index[column]]!r} mean the same column")
        index[column], factors[column] = i, UNITS_M[unit or "m"]
    missing = [column for column in _REQUIRED if column not in index]
    if missing:
        known = ", ".join(COLUMNS)
        faults.append(
            f"row {first[0]}: no column {', '.join(missing)} in {';'.join(first[1])!r}; a rack map has the columns {known}"
        )
    return index, factors


class _Cells:
    """The cells of one row."""

    def __init__(self, texts: dict[str, str], factors: dict[str, float], faults: list[str]) -> None:
        self.texts, self.factors, self.faults = texts, factors, faults

    def row(self, number: int, rules: RackRules) -> RackRow | None:
        """Return the row, or None after a fault."""
        aisle, side = self.texts["aisle"], SIDE_OF.get(plain_word(self.texts["side"]))
        if not aisle:
            self._fault("aisle", "expected the name of an aisle, got nothing")
        if side is None:
            self._fault("side", f"expected left or right (walking from the start of the aisle), got {self.texts['side']!r}")
        bays = self._bays()
        lengths = {column: self._length(column) for column in _LENGTHS}
        levels = self._lengths("levels") or rules.levels_m
        if not levels:
            self._fault("levels", "expected the heights that pallets stand on, lowest first, such as 0,05 1,5 2,95")
        elif fault := levels_fault(levels):
            self._fault("levels", fault)
        names = tuple(self._words("level_names")) or tuple(str(i) for i in range(1, len(levels) + 1))
        if len(names) != len(levels) or len(set(names)) < len(names):
            self._fault(
                "level_names", f"expected {len(levels)} different names, as many as there are levels, got {' '.join(names)!r}"
            )
        slots = self._counts("slots", len(levels), rules.slots or 1)
        deep = self._counts("deep", 1, 1)[0]
        if deep > 2:
            self._fault("deep", f"expected 1 or 2 pallets behind one another, got {deep}")
        missing = tuple(self._words("missing"))
        for level in missing:
            if level not in names[1:]:
                self._fault("missing", f"expected names of levels above the lowest ({' '.join(names[1:])}), got {level!r}")
        kinds = self._kinds(names, slots)
        of_aisle = {c: value for c in _OF_AISLE if (value := self._length(c, least=None)) is not None}
        if self.faults or side is None:
            return None
        changes = {
            "bay_width_m": lengths["bay_width"],
            "upright_m": lengths["upright"],
            "top_m": lengths["top"],
            "beam_m": lengths["beam"],
            "depth_m": lengths["depth"],
        }
        given = {key: value for key, value in changes.items() if value is not None}
        return RackRow(
            row=number,
            aisle=aisle,
            side=side,
            bays=bays,
            rules=RackRules(**({f: getattr(rules, f) for f in changes} | given | {"levels_m": levels})),
            level_names=names,
            slots=slots,
            deep=deep,
            missing=missing,
            tunnel_m=lengths["tunnel"] or 0.0,
            kinds=kinds,
            gap_m=lengths["gap"] or 0.0,
            obstacle_before_m=lengths["obstacle_before"] or 0.0,
            obstacle_after_m=lengths["obstacle_after"] or 0.0,
            of_aisle=of_aisle,
        )

    def _fault(self, column: str, what: str) -> None:
        self.faults.append(f"column {column}: {what}")

    def _words(self, column: str) -> list[str]:
        return self.texts.get(column, "").split()

    def _lengths(self, column: str) -> tuple[float, ...]:
        text = self.texts.get(column, "")
        if not text:
            return ()
        try:
            return tuple(round(v * self.factors[column], 4) for v in metres_of(text, column))
        except AislescanError:
            self._fault(column, f"expected lengths with spaces between them, such as 0,05 1,5, got {text!r}")
            return ()

    def _length(self, column: str, *, least: float | None = 0.0) -> float | None:
        values = self._lengths(column)
        if len(values) > 1 or (values and least is not None and values[0] < least):
            self._fault(column, f"expected one length of 0 or more, got {self.texts[column]!r}")
        return values[0] if values else None

    def _counts(self, column: str, n: int, default: int) -> tuple[int, ...]:
        words = self._words(column)
        if not words:
            return (default,) * n
        if any(re.fullmatch(r"[1-9][0-9]?", word) is None for word in words) or len(words) not in (1, n):
            wanted = "one whole number" + (f", or {n}: one for each level" if n > 1 else "")
            self._fault(column, f"expected {wanted}, got {self.texts[column]!r}")
            return (default,) * n
        return tuple(int(word) for word in words) * (n if len(words) == 1 else 1)

    def _bays(self) -> tuple[str, ...]:
        """Return the names that `07`, `01..12` or, every second, `01..23/2` stand for."""
        names: list[str] = []
        for word in self._words("bays"):
            found = re.fullmatch(r"([^\s.]*?)([0-9]+)\.\.([^\s.]*?)([0-9]+)(?:/([1-9][0-9]?))?", word)
            if found is None and ".." not in word:
                names.append(word)
            elif found is None or found[1] != found[3]:
                self._fault("bays", f"expected 07, 01..12 or 01..23/2, got {word!r}")
            else:
                first, last, step = int(found[2]), int(found[4]), int(found[5] or 1)
                numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
                names += [f"{found[1]}{n:0{len(found[2])}d}" for n in numbers]
        if not names:
            self._fault("bays", "expected the names of bays, such as 01..12, got nothing")
        return tuple(names)

    def _kinds(self, levels: Sequence[str], slots: Sequence[int]) -> dict[tuple[str, str], BinKind]:
        kinds: dict[tuple[str, str], BinKind] = {}
        for kind in (BinKind.UNUSED, BinKind.FORBIDDEN, BinKind.PICKING):
            for word in self._words(kind.value):
                found = _CELL.fullmatch(word)
                level, slot = (found[1], found[2] or "") if found else ("", "")
                n = slots[levels.index(level)] if level in levels and len(slots) == len(levels) else 0
                if n == 0 or (slot and slot not in {str(i) for i in range(1, n + 1)}):
                    self._fault(
                        kind.value, f"expected a level such as {levels[0]}, or level and slot such as {levels[0]}-1, got {word!r}"
                    )
                kinds[level, slot] = kind
        return kinds
