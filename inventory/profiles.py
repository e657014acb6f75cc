"""Profiles: one declared TOML file for each kind of export, and which of them fits a header.

A profile says which header means what, in each language the system prints, how numbers and dates are written, and which code
page the file may be in. Nothing here looks at stock.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warehouse.errors import BadInputError, FaultsError
from warehouse.toml_table import TomlTable, parse_toml

FIELDS = ("location", "pallet", "sku", "quantity", "uom", "batch", "expiry", "moved_at", "row_ref")
ID_FIELDS = frozenset({"location", "pallet", "sku", "batch", "row_ref"})
"""Identities: text to the letter, where a number has lost its zeros or digits."""

_THOUSANDS = {"none": "", "point": ".", "comma": ",", "space": " ", "apostrophe": "'"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one system prints its stock list."""

    name: str
    title: str
    """For people."""
    is_fallback: bool
    """Gives way to any other profile that fits."""
    encodings: tuple[str, ...]
    """Code pages to try, in order, after a byte order mark and strict UTF-8."""
    delimiters: tuple[str, ...]
    required: tuple[str, ...]
    """Fields without which the file is refused."""
    signature: tuple[str, ...]
    """Normalised headers that must all be there for the profile to fit."""
    headers: tuple[tuple[str, str], ...]
    """(normalised header, field)."""
    decimal_mark: str
    thousands_mark: str
    """Empty when there is none."""
    has_trailing_minus: bool
    date_formats: tuple[str, ...]
    null_dates: tuple[str, ...]
    timezone: ZoneInfo
    """Of times that carry no offset of their own."""
    is_zero_padded: bool
    """Whether the system fills pallet numbers with zeros from the left."""
    is_page_list: bool
    """Whether the file is a printed list: title lines, rules of dashes, headers repeated on each page."""

    def columns(self, cells: tuple[str, ...]) -> dict[str, list[int]]:
        """Return the indices of the columns that mean each field; a field may be claimed by several."""
        meaning = dict(self.headers)
        found: dict[str, list[int]] = {}
        for index, cell in enumerate(cells):
            name = meaning.get(normalise_header(cell))
            if name is not None:
                found.setdefault(name, []).append(index)
        return found

    def fits(self, cells: tuple[str, ...]) -> bool:
        """Whether these cells are this profile's header."""
        seen = {normalise_header(c) for c in cells}
        return all(s in seen for s in self.signature) and all(r in self.columns(cells) for r in self.required)

    def spellings(self, name: str) -> str:
        """Return some of the headers that mean a field, for people."""
        known = [h for h, f in self.headers if f == name]
        return ", ".join(known[:6]) + (", …" if len(known) > 6 else "")


def normalise_header(text: str) -> str:
    """Return a header without accents, case and punctuation.

    >>> normalise_header(" Ubicación_destino. ")
    'ubicacion destino'
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return re.sub(r"[\W_]+", " ", plain.replace("\ufeff", "")).strip()


@cache
def all_profiles() -> tuple[Profile, ...]:
    """Return the profiles that come with aislescan, by name."""
    return tuple(load_profile(path) for path in sorted(Path(__file__).with_name("profiles").glob("*.toml")))


def profile_named(name: str) -> Profile:
    """Return one profile by name, or from a TOML file of the user's own when `name` ends so."""
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise BadInputError(f"--profile {name}: no such file", remedy="give the path of a profile, or a built-in name")
        return load_profile(path)
    for profile in all_profiles():
        if profile.name == name:
            return profile
    known = ", ".join(p.name for p in all_profiles())
    raise BadInputError(f"--profile {name}: there is no profile of that name", remedy=f"choose one of {known}, or a .toml file")


def load_profile(path: Path) -> Profile:
    """Return the checked profile in a TOML file; FaultsError names each key at fault."""
    table = TomlTable(parse_toml(path))
    numbers, dates, columns = table.table("numbers"), table.table("dates"), table.table("columns")
    headers: dict[str, str] = {}
    required = table.texts("required")
    for name in FIELDS:
        for text in columns.texts(name, default=()):
            if headers.setdefault(normalise_header(text), name) != name:
                columns.fault(name, f"the header {text!r} already means {headers[normalise_header(text)]}")
    for name in required:
        if name not in FIELDS:
            table.fault("required", f"{name!r} is no field; the fields are {', '.join(FIELDS)}")
    profile = Profile(
        name=path.stem,
        title=table.text("title"),
        is_fallback=_flag(table, "fallback"),
        encodings=table.texts("encodings", default=()),
        delimiters=table.texts("delimiters", default=(",", ";", "\t", "|")),
        required=required,
        signature=tuple(normalise_header(t) for t in table.texts("signature", default=())),
        headers=tuple(headers.items()),
        decimal_mark=numbers.text("decimal"),
        thousands_mark=_THOUSANDS[_choice(numbers, "thousands", tuple(_THOUSANDS))],
        has_trailing_minus=_flag(numbers, "trailing_minus"),
        date_formats=dates.texts("formats"),
        null_dates=dates.texts("null", default=()),
        timezone=_timezone(dates),
        is_zero_padded=_flag(table, "zero_padded_pallets"),
        is_page_list=_flag(table, "page_list"),
    )
    table.refuse_unknown()
    if table.faults:
        raise FaultsError(path.name, table.faults, remedy="docs/reference/erp-files.md describes a profile")
    return profile


def _flag(table: TomlTable, key: str) -> bool:
    return _choice(table, key, ("no", "yes")) == "yes"


def _choice(table: TomlTable, key: str, allowed: tuple[str, ...]) -> str:
    value = table.text(key, default=allowed[0])
    if value not in allowed:
        table.fault(key, f"expected one of {', '.join(allowed)}, got {value!r}")
        return allowed[0]
    return value


def _timezone(dates: TomlTable) -> ZoneInfo:
    name = dates.text("timezone", default="UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        dates.fault("timezone", f"{name!r} is no time zone; expected a name such as Europe/Madrid")
        return ZoneInfo("UTC")
