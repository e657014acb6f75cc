"""Drones and cameras that could be bought, and what the owner of the site assumes: the file `candidates.toml`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib.resources import as_file, files
from pathlib import Path

from warehouse.camera import CameraModel
from warehouse.errors import BadInputError, FaultsError
from warehouse.site import Drone, Site
from warehouse.site_file import read_cameras
from warehouse.toml_table import TomlTable, parse_toml

FORMAT = 1
AS_IN_SITE = "site.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What counting costs at this site, by hand and with a drone; every figure may be set in `[owner]`."""

    currency: str
    wage_per_hour: float
    manual_per_hour: float
    """Locations that one team counts by hand in an hour."""
    manual_people: float
    truck_per_hour: float
    counts_a_year: float
    nights_a_week: float
    hours_a_night: float
    weeks_a_year: float
    attendants: float
    setup_min: float
    swap_s: float
    charge_min: float
    read_share: float
    """Of the labels that can be read by the plan, those that really are, 0 to 1."""
    review_min: float
    years: float
    upkeep_share: float
    battery_flights: float

    def with_figures(self, figures: Mapping[str, float]) -> Owner:
        """Return the owner with other figures, by their names."""
        return replace(self, **figures)  # type: ignore[arg-type]  # mypy thinks that a figure may be meant for the currency

    @property
    def team_per_hour(self) -> float:
        """What an hour of counting by hand costs."""
        return self.manual_people * self.wage_per_hour + self.truck_per_hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One drone with its cameras."""

    name: str
    note: str
    drone: Drone | None
    """None: the site's own drone and cameras. Its heights are the site's: the ceiling does not depend on what is bought."""
    cameras: tuple[CameraModel, ...]
    price: float | None
    """Of the machine without batteries; None where no price is given."""
    battery_price: float
    batteries: float

    def at(self, site: Site) -> Site:
        """Return the site with this candidate in the place of its own drone."""
        if self.drone is None:
            return site
        own = site.drone
        drone = replace(self.drone, min_height_m=own.min_height_m, max_height_m=own.max_height_m, reserve=own.reserve)
        return replace(site, drone=drone, cameras=self.cameras)


def read_candidates(path: Path | None = None, lang: str = "en") -> tuple[Owner, tuple[Candidate, ...]]:
    """Return the owner's figures and the candidates of a file, or of the one that ships with the package.

    Names and notes are in the language `lang` where the file has them in it. A name that a file's `[owner]` leaves out has the
    value that it has in the shipped one. BadInputError or FaultsError names what cannot be read.
    """
    with as_file(files(__package__) / "candidates.toml") as shipped:
        default_owner, default_candidates = _read(shipped, None, lang)
        if path is None:
            return default_owner, default_candidates
    if not path.is_file():
        raise BadInputError(f"{path}: no such file", remedy="docs/reference/estimate.md shows how a file of candidates is written")
    return _read(path, default_owner, lang)


def as_in_site(site: Site) -> Candidate:
    """Return the drone and cameras that site.toml already describes, without a price."""
    return Candidate(name=site.drone.name, note=AS_IN_SITE, drone=None, cameras=(), price=None, battery_price=0.0, batteries=1)


def _read(path: Path, default: Owner | None, lang: str) -> tuple[Owner, tuple[Candidate, ...]]:
    table = TomlTable(parse_toml(path))
    given = table.number("format")
    if not math.isnan(given) and given != FORMAT:
        table.fault("format", f"expected {FORMAT}, the format that this version of aislescan reads")
    t = table.optional_table("owner")
    owner = _owner(t if t is not None else TomlTable({}), default)
    candidates = tuple(_candidate(c, lang) for c in table.tables("candidate", at_least=1))
    table.refuse_unknown()
    if table.faults:
        raise FaultsError(str(path), table.faults, remedy="docs/reference/estimate.md explains every name")
    return owner, candidates


_MAY_BE_ZERO = {"truck_per_hour", "setup_min", "swap_s", "charge_min", "review_min", "upkeep_share", "attendants", "read_share"}
_SHARES = {"read_share", "upkeep_share"}


def _owner(t: TomlTable, default: Owner | None) -> Owner:
    values: dict[str, float] = {}
    for field in fields(Owner):
        if field.name == "currency":
            continue
        known = None if default is None else float(getattr(default, field.name))
        if field.name in _MAY_BE_ZERO:
            value = t.number(field.name, default=known, least=0)
        else:
            value = t.number(field.name, default=known, above=0)
        if field.name in _SHARES and value > 1:
            t.fault(field.name, f"expected a share from 0 to 1, got {value:g}")
        values[field.name] = value
    return Owner(currency=t.text("currency", default=None if default is None else default.currency), **values)


def _candidate(t: TomlTable, lang: str) -> Candidate:
    d = t.table("drone")
    names, notes = (
        {"en": t.text(key, default=default), "es": t.text(f"{key}_es", default="-").removeprefix("-")}
        for key, default in (("name", None), ("note", "-"))
    )
    drone = Drone(
        name=names.get(lang) or names["en"],
        radius_m=d.number("radius_m", above=0),
        clearance_m=d.number("clearance_m", least=0),
        cruise_mps=d.number("cruise_mps", above=0),
        climb_mps=d.number("climb_mps", above=0),
        min_height_m=0.0,
        max_height_m=0.0,
        battery_wh=d.number("battery_wh", above=0),
        hover_w=d.number("hover_w", above=0),
        reserve=0.0,
        position_error_m=d.optional_number("position_error_m", above=0),
    )
    return Candidate(
        name=drone.name,
        note=(notes.get(lang) or notes["en"]).removeprefix("-"),
        drone=drone,
        cameras=read_cameras(t.table("camera")),
        price=t.optional_number("price", above=0),
        battery_price=t.number("battery_price", least=0, default=0.0),
        batteries=t.number("batteries", least=1, default=1.0),
    )
