"""Profiles: one declared TOML file for each kind of export, and which of them fits a header.

A profile says which header means what, in each language the system prints, how numbers and dates are written, and which code
page the file may be in. Nothing here looks at stock.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warehouse.errors import BadInputError, FaultsError
from warehouse.toml_table import TomlTable, parse_toml

FIELDS = (
    *("location", "pallet", "parent_pallet", "sku", "quantity", "uom", "batch", "expiry", "moved_at", "row_ref"),
    *("value", "currency", "abc"),
)
ID_FIELDS = frozenset({"location", "pallet", "parent_pallet", "sku", "batch", "row_ref"})
"""Identities: text to the letter, where a number has lost its zeros or digits."""
_CURRENCY = re.compile(r"(.+?)\s*[(\[]([A-Z]{3})[)\]]")
"""A header that ends with its currency, as in `Stock value (EUR)`."""

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
    any_signature: tuple[tuple[str, ...], ...]
    """Sets of normalised headers of which one must be there; empty: none is asked for."""
    without_pallets: tuple[tuple[str, ...], ...]
    """Sets of normalised headers, one of which tells that this is the system's list though it has no column of pallet ids."""
    headers: Mapping[str, str]
    """Normalised header -> field."""
    decimal_mark: str
    thousands_mark: str
    """Empty when there is none."""
    has_trailing_minus: bool
    may_swap_marks: bool
    """Whether each user of the system sets the decimal mark: then the numbers of the file tell which it is, or are not used."""
    date_formats: tuple[str, ...]
    null_dates: tuple[str, ...]
    timezone: ZoneInfo
    """Of times that carry no offset of their own."""
    is_zero_padded: bool
    """Whether the system fills pallet numbers with zeros from the left."""
    is_page_list: bool
    """Whether the file is a printed list: title lines, rules of dashes, headers repeated on each page."""
    totals: frozenset[str]
    """What the first filled cell of a row of sums says."""
    is_ledger: bool
    """Whether a row is a movement with the balance after it, so that the latest row of an item at a location holds."""
    preamble_end: str
    """First cell of the row at which the system's own instructions under the header end; empty where there are none."""

    def columns(self, cells: tuple[str, ...]) -> dict[str, list[int]]:
        """Return the indices of the columns that mean each field; a field may be claimed by several."""
        found: dict[str, list[int]] = {}
        for index, (name, without_currency) in enumerate(_normalised(cells)):
            field = self.headers.get(name) or ("value" if self.headers.get(without_currency) == "value" else None)
            if field is not None:
                found.setdefault(field, []).append(index)
        return found

    def fits(self, cells: tuple[str, ...]) -> bool:
        """Whether these cells are this profile's header."""
        if len(cells) < len(self.required) or not self._has_signature(_names(cells)):
            return False
        return not self.lacks(cells)

    def _has_signature(self, seen: frozenset[str]) -> bool:
        sets = self.any_signature
        return seen.issuperset(self.signature) and (not sets or any(seen.issuperset(headers) for headers in sets))

    def lacks(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Return what these cells lack to be this profile's header: fields, then headers in quotes; empty when they fit."""
        seen = _names(cells)
        columns = self.columns(cells)
        lacking = [name for name in self.required if name not in columns]
        if lacking == ["pallet"] and any(seen.issuperset(headers) for headers in self.without_pallets):
            lacking = []
        lacking += [f"{header!r}" for header in self.signature if header not in seen]
        if self.any_signature and not any(seen.issuperset(headers) for headers in self.any_signature):
            nearest = min(self.any_signature, key=lambda headers: len(set(headers) - seen))
            lacking += [f"{header!r}" for header in nearest if header not in seen]
        return tuple(lacking)

    def evidence(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Return the headers, as they are spelled, by which these cells fit."""
        seen = {normalise_header(c) for c in cells}
        columns = self.columns(cells)
        sets = [headers for headers in (*self.any_signature, *self.without_pallets) if seen.issuperset(headers)]
        if "pallet" in columns:
            sets = [headers for headers in sets if headers in self.any_signature]
        wanted = {h for headers in sets[:1] for h in headers} | set(self.signature)
        indices = {columns[field][0] for field in self.required if field in columns}
        return tuple(c.strip() for i, c in enumerate(cells) if i in indices or normalise_header(c) in wanted)

    def spellings(self, name: str) -> str:
        """Return some of the headers that mean a field, for people."""
        known = [h for h, f in self.headers.items() if f == name]
        return ", ".join(known[:6]) + (", …" if len(known) > 6 else "")


def header_currency(header: str) -> str:
    """Return the currency that a header names behind its words; empty when it names none.

    >>> header_currency("Stock value (EUR)")
    'EUR'
    """
    found = _CURRENCY.fullmatch(header.strip())
    return found[2] if found else ""


@lru_cache(maxsize=1024)
def _normalised(cells: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return each header normalised, and so without a currency behind it (empty where none is)."""
    return tuple(
        (normalise_header(c), normalise_header(_without_currency(c)) if c.rstrip()[-1:] in ("", ")", "]") else "") for c in cells
    )


@lru_cache(maxsize=1024)
def _names(cells: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for name, _ in _normalised(cells))


def _without_currency(header: str) -> str:
    found = _CURRENCY.fullmatch(header.strip())
    return found[1] if found else header


@lru_cache(maxsize=4096)
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


def load_profile(path: Path, fields: tuple[str, ...] = FIELDS) -> Profile:
    """Return the checked profile in a TOML file, of a list with these fields; FaultsError names each key at fault."""
    table = TomlTable(parse_toml(path))
    numbers, dates, columns = table.table("numbers"), table.table("dates"), table.table("columns")
    headers: dict[str, str] = {}
    required = table.texts("required")
    for name in fields:
        for text in columns.texts(name, default=()):
            if headers.setdefault(normalise_header(text), name) != name:
                columns.fault(name, f"the header {text!r} already means {headers[normalise_header(text)]}")
    for name in required:
        if name not in fields:
            table.fault("required", f"{name!r} is no field; the fields are {', '.join(fields)}")
    profile = Profile(
        name=path.stem,
        title=table.text("title"),
        is_fallback=_flag(table, "fallback"),
        encodings=table.texts("encodings", default=()),
        delimiters=table.texts("delimiters", default=(",", ";", "\t", "|")),
        required=required,
        signature=tuple(normalise_header(t) for t in table.texts("signature", default=())),
        any_signature=_header_sets(table, "any_signature"),
        without_pallets=_header_sets(table, "without_pallets"),
        headers=headers,
        decimal_mark=numbers.text("decimal"),
        thousands_mark=_THOUSANDS[_choice(numbers, "thousands", tuple(_THOUSANDS))],
        has_trailing_minus=_flag(numbers, "trailing_minus"),
        may_swap_marks=_flag(numbers, "swapped_marks"),
        date_formats=dates.texts("formats"),
        null_dates=dates.texts("null", default=()),
        timezone=_timezone(dates),
        is_zero_padded=_flag(table, "zero_padded_pallets"),
        is_page_list=_flag(table, "page_list"),
        totals=frozenset(text.strip().casefold() for text in table.texts("totals", default=())),
        is_ledger=_flag(table, "ledger"),
        preamble_end=table.optional_text("preamble_end") or "",
    )
    table.refuse_unknown()
    if table.faults:
        raise FaultsError(path.name, table.faults, remedy="docs/reference/erp-files.md describes a profile")
    return profile


def _header_sets(table: TomlTable, key: str) -> tuple[tuple[str, ...], ...]:
    """Return sets of headers, each written as one text with commas."""
    return tuple(tuple(normalise_header(h) for h in text.split(",")) for text in table.texts(key, default=()))


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
