"""A rack template: how racks are built, for locations of which the master gives the code only. A TOML file, options, or both.

`docs/reference/site-import.md` describes it for users.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from warehouse.errors import BadInputError, FaultsError
from warehouse.site_import.codes import natural, number_in
from warehouse.toml_table import TomlTable, parse_toml

SIDES = ("first half left", "first half right", "odd left", "odd right", "left", "right")
"""Which bays hang on which side of an aisle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RackRules:
    """How the racks of an aisle are built. What is None was not said."""

    levels_m: tuple[float, ...] = ()
    """What pallets stand on, above the floor, lowest level first."""
    top_m: float = 1.30
    """Clear height over the highest level."""
    beam_m: float = 0.15
    bay_width_m: float = 2.70
    """Clear, between two uprights."""
    upright_m: float = 0.10
    depth_m: float = 1.10
    slots: int | None = None
    sides: str | None = None
    """A member of SIDES."""
    is_first_bay_at_end: bool = False
    are_slots_left_to_right: bool = False
    """Slots are counted from the left of who looks at the rack; else in the direction in which bays are counted."""
    missing_levels: tuple[str, ...] = ()
    """Levels without a beam: the opening below reaches up to the next."""
    width_m: float = 3.20
    """Of the aisle, from rack to rack."""
    ceiling_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AislePlace:
    """Where an aisle is, as far as the template says."""

    start_m: tuple[float, float] | None = None
    heading_deg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BayRule:
    """Bays that are built otherwise than the rest."""

    aisle: str | None
    """None: in every aisle."""
    first: str
    last: str
    changes: dict[str, Any]
    """Fields of RackRules."""

    def fits(self, aisle: str, bay: str) -> bool:
        """Whether a bay is one of them."""
        return self.aisle in (None, aisle) and natural(self.first) <= natural(bay) <= natural(self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Rules for all aisles, for single ones, and for single bays."""

    rules: RackRules = RackRules()
    aisles: dict[str, RackRules] = field(default_factory=dict)
    places: dict[str, AislePlace] = field(default_factory=dict)
    bays: tuple[BayRule, ...] = ()
    heading_deg: float = 0.0
    """Of aisles whose place nobody gives."""
    gap_m: float = 0.20
    """Between racks that stand back to back."""

    def of(self, aisle: str) -> RackRules:
        """Return the rules of one aisle."""
        return self.aisles.get(aisle, self.rules)

    def of_bay(self, aisle: str, bay: str) -> RackRules:
        """Return the rules of one bay."""
        rules = self.of(aisle)
        for rule in self.bays:
            if rule.fits(aisle, bay):
                rules = replace(rules, **rule.changes)
        return rules


def typed_rules(
    *, levels: str | None, sides: str | None, first_bay: str | None, slots: int | None, lengths_m: Mapping[str, float]
) -> dict[str, Any]:
    """Return the fields of RackRules that were typed as options; BadInputError names the option at fault."""
    typed: dict[str, Any] = dict(lengths_m)
    if levels is not None:
        typed["levels_m"] = metres_of(levels, "--levels")
        if fault := levels_fault(typed["levels_m"]):
            raise BadInputError(f"--levels: {fault}", remedy="type what pallets stand on, lowest first: '0,05 1,5 2,95'")
    if sides is not None:
        if sides not in SIDES:
            raise BadInputError(
                f"--sides: expected one of {', '.join(SIDES)}; got {sides!r}", remedy="say which bays are on which side"
            )
        typed["sides"] = sides
    if first_bay is not None:
        if first_bay not in ("start", "end"):
            raise BadInputError(f"--first-bay: expected start or end, got {first_bay!r}", remedy="say where bays begin")
        typed["is_first_bay_at_end"] = first_bay == "end"
    if slots is not None:
        typed["slots"] = slots
    return typed


def read_template(path: Path | None, typed: Mapping[str, Any]) -> Template:
    """Return the template of a TOML file, if there is one; `typed` fields of RackRules come before those of its `[racks]`.

    FaultsError names every fault of the file.
    """
    if path is None:
        return Template(rules=replace(RackRules(), **typed))
    if not path.is_file():
        raise BadInputError(f"{path}: no such file", remedy="docs/reference/site-import.md shows a rack template")
    table = TomlTable(parse_toml(path))
    racks = table.optional_table("racks") or TomlTable({})
    base = replace(RackRules(), **(_changes(racks) | dict(typed)))
    heading, gap = racks.optional_number("heading_deg", above=-361.0), racks.optional_number("gap_m", above=-0.001)
    aisles: dict[str, RackRules] = {}
    places: dict[str, AislePlace] = {}
    for t in table.tables("aisle"):
        name = t.text("name")
        aisles[name] = replace(base, **_changes(t))
        start = t.numbers("start_m", 2) if "start_m" in t.values else None
        places[name] = AislePlace(
            start_m=None if start is None else (start[0], start[1]), heading_deg=t.optional_number("heading_deg", above=-361.0)
        )
    bays = tuple(_bay_rule(t) for t in table.tables("bay"))
    table.refuse_unknown()
    if table.faults:
        raise FaultsError(str(path), table.faults, remedy="mend these places; docs/reference/site-import.md explains each name")
    return Template(
        rules=base,
        aisles=aisles,
        places=places,
        bays=bays,
        heading_deg=0.0 if heading is None else heading,
        gap_m=0.20 if gap is None else gap,
    )


def _bay_rule(t: TomlTable) -> BayRule:
    aisle, bays = t.optional_text("aisle"), t.text("bays")
    first, _, last = bays.partition("..")
    return BayRule(aisle=aisle, first=first.strip(), last=(last or first).strip(), changes=_changes(t))


def _changes(t: TomlTable) -> dict[str, Any]:
    """Return the fields of RackRules that a table sets."""
    changes: dict[str, Any] = {}
    for key in ("top_m", "bay_width_m", "depth_m", "width_m", "ceiling_m"):
        if (value := t.optional_number(key, above=0.0)) is not None:
            changes[key] = value
    for key in ("beam_m", "upright_m"):
        if (value := t.optional_number(key, above=-0.001)) is not None:
            changes[key] = value
    if (slots := t.optional_number("slots", above=0.0)) is not None:
        changes["slots"] = int(slots)
    if "levels_m" in t.values:
        changes["levels_m"] = _levels(t)
    for key, into, words in (
        ("first_bay", "is_first_bay_at_end", ("start", "end")),
        ("slots_run", "are_slots_left_to_right", ("as bays", "left to right")),
    ):
        if (word := t.optional_text(key)) is not None:
            if word not in words:
                t.fault(key, f'expected "{words[0]}" or "{words[1]}", got {word!r}')
            changes[into] = word == words[1]
    if "missing_levels" in t.values:
        changes["missing_levels"] = t.texts("missing_levels")
    if (sides := t.optional_text("sides")) is not None:
        if sides not in SIDES:
            t.fault("sides", f"expected one of {', '.join(SIDES)}; got {sides!r}")
        changes["sides"] = sides
    return changes


def _levels(t: TomlTable) -> tuple[float, ...]:
    levels = t.values["levels_m"]
    heights = t.numbers("levels_m", len(levels) if isinstance(levels, list) else 1)
    if fault := levels_fault(heights):
        t.fault("levels_m", fault)
    return heights


def levels_fault(levels_m: Iterable[float]) -> str:
    """Return what is wrong with the heights of the levels, or nothing."""
    levels = list(levels_m)
    if any(b - a < 0.2 for a, b in pairwise(levels)) or (levels and levels[0] < 0):
        return f"expected heights from the floor upwards, 0.2 m apart or more, got {levels}"
    return ""


def metres_of(text: str, what: str) -> tuple[float, ...]:
    """Return lengths typed in a row: `0,05 1,5 2,95`, `0.05, 1.5, 2.95` or `0,05; 1,5`; BadInputError on anything else.

    >>> metres_of("0,05 1,5; 2,95", "x")
    (0.05, 1.5, 2.95)
    """
    pieces = [p.rstrip(",") for p in re.split(r"[;\s]+", text.strip()) if p.rstrip(",")]
    if len(pieces) == 1 and "." in text:
        pieces = text.split(",")
    try:
        if any(p.count(",") > 1 or ("," in p and "." in p) for p in pieces) or not pieces:
            raise ValueError
        lengths = tuple(float(p.replace(",", ".")) for p in pieces)
        if not all(math.isfinite(length) for length in lengths):  # float() reads "nan" and "inf"
            raise ValueError
        return lengths
    except ValueError as error:
        raise BadInputError(
            f"{what}: {text!r} is no row of lengths in metres", remedy="put spaces between them, for instance: 0.05 1.5 2.95"
        ) from error


def is_odd(bay: str) -> bool | None:
    """Return whether the number in a bay's name is odd; None when it has none."""
    number = number_in(bay)
    return None if number is None else number % 2 == 1
