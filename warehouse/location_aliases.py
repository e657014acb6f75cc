"""`locations-aliases.csv` of a site: what the ERP calls a location -> what the site calls it.

A row names one location, or with one `*` on either side many: `WH/Stock/*,*`. Nothing is ever matched by stripping zeros or case:
in real lists `01-2F02` and `01-02F02` are two bins. Two ERP codes never become one location.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import BadInputError, FaultsError
from warehouse.site_csv import CsvShape, parse_rows

ALIASES_FILE = "locations-aliases.csv"
ALIAS_COLUMNS = ("erp_location", "location")
_SHAPE = CsvShape(columns=ALIAS_COLUMNS, optional=(), numbers=())


@dataclass(frozen=True, slots=True)
class AliasRule:
    """A row with a star: what stands for it on the left is put in its place on the right."""

    row: int
    erp: str
    site: str

    def location(self, text: str) -> str | None:
        """Return what the rule makes of an ERP code; None when it says nothing of it."""
        before, _, behind = self.erp.partition("*")
        if not (text.startswith(before) and text.endswith(behind)) or len(text) <= len(before) + len(behind):
            return None
        return self.site.replace("*", text[len(before) : len(text) - len(behind)])

    def __str__(self) -> str:
        """Return the rule with its row."""
        return f"{self.erp} -> {self.site} (row {self.row})"


@dataclass(frozen=True, kw_only=True)
class LocationAliases:
    """A checked alias table."""

    exact: dict[str, str]
    """ERP code -> location."""
    rules: tuple[AliasRule, ...]
    known: frozenset[str]
    """The locations of the layout."""
    digest: str
    """SHA-256 (hex) of the file."""

    def location(self, erp_location: str) -> str:
        """Return the site's spelling; the ERP's own where no alias speaks of it, or a rule leads to no location of the layout.

        BadInputError when two rules lead to two locations.
        """
        if erp_location in self.exact:
            return self.exact[erp_location]
        if erp_location in self.known:
            return erp_location
        found = {rule: where for rule in self.rules if (where := rule.location(erp_location)) in self.known and where is not None}
        if len(set(found.values())) > 1:
            rules = " and ".join(str(rule) for rule in found)
            raise BadInputError(
                f"{ALIASES_FILE}: the rules {rules} make two locations of {erp_location!r}: {' and '.join(found.values())}",
                remedy="remove one of the rules, or give this code a row of its own",
            )
        return next(iter(found.values()), erp_location)


def load_aliases(folder: Path, known: Collection[str]) -> LocationAliases | None:
    """Return the alias table in a site or run folder, None where there is none; FaultsError names each row at fault.

    `known` are the codes of the layout.
    """
    path = folder / ALIASES_FILE
    if not path.is_file():
        return None
    aliases, faults = read_aliases(path.read_bytes(), known)
    if faults:
        raise FaultsError(
            f"{path}",
            faults,
            remedy="mend these rows; each is erp_location,location and makes one ERP code one location of the layout",
        )
    return aliases


def describe_aliases(aliases: LocationAliases) -> str:
    """Return in one line what the table holds, for people."""
    rules = f", rules {', '.join(f'{rule.erp} -> {rule.site}' for rule in aliases.rules)}" if aliases.rules else ""
    n = len(aliases.exact)
    return f"Aliases for the ERP's codes: {n} location{'' if n == 1 else 's'}{rules}"


def read_aliases(raw: bytes, known: Collection[str]) -> tuple[LocationAliases, list[str]]:
    """Return the table of the good rows of the file's bytes, and the faults of the others, each `row N, column C: …`."""
    rows, faults = parse_rows(raw, _SHAPE)
    given: dict[str, tuple[int, str]] = {}
    for number, row in rows.items():
        erp, site = row["erp_location"], row["location"]
        if not erp or not site:
            faults.append(f"row {number}: expected a code in both columns, got {erp!r} and {site!r}")
        elif erp in given:
            faults.append(f"row {number}, column erp_location: {erp!r} stands in row {given[erp][0]} already")
        elif erp.count("*") != site.count("*") or erp.count("*") > 1 or erp == "*":
            faults.append(
                f"row {number}: expected one * in both columns, with letters beside the left one, or none; got {erp}, {site}"
            )
        else:
            given[erp] = number, site
    exact = {erp: (number, site) for erp, (number, site) in given.items() if "*" not in erp}
    rules = tuple(AliasRule(number, erp, site) for erp, (number, site) in given.items() if "*" in erp)
    codes = frozenset(known)
    faults += _exact_faults(exact, codes)
    faults += _rule_faults(rules, codes)
    aliases = LocationAliases(
        exact={erp: site for erp, (_, site) in exact.items()},
        rules=rules,
        known=codes,
        digest=hashlib.sha256(raw).hexdigest(),
    )
    return aliases, faults


def _exact_faults(exact: dict[str, tuple[int, str]], known: frozenset[str]) -> list[str]:
    faults: list[str] = []
    first: dict[str, str] = {}
    for erp, (number, site) in exact.items():
        circle = _circle(erp, exact)
        if circle:
            faults.append(f"row {number}: the aliases go round in a circle: {' -> '.join(circle)}")
        elif site not in known:
            further = f"; it is an alias itself, of row {exact[site][0]}" if site in exact else ""
            example = next(iter(sorted(known)), "")
            faults.append(
                f"row {number}, column location: {site!r} is not in the layout{further}; expected a code such as {example}"
            )
        elif erp in known:
            faults.append(f"row {number}, column erp_location: {erp!r} is a location of the layout itself; it would become {site}")
        elif site in first:
            faults.append(
                f"row {number}, column location: {erp!r} and {first[site]!r} (row {exact[first[site]][0]}) would both be {site}"
            )
        first.setdefault(site, erp)
    return faults


def _circle(erp: str, exact: dict[str, tuple[int, str]]) -> list[str]:
    """Return the way from a code back to itself, or an empty one."""
    way = [erp]
    while way[-1] in exact and len(way) <= len(exact) + 1:
        way.append(exact[way[-1]][1])
        if way[-1] == erp:
            return way
    return []


def _rule_faults(rules: tuple[AliasRule, ...], known: frozenset[str]) -> list[str]:
    faults: list[str] = []
    for rule in rules:
        moved = next((c for c in sorted(known) if (to := rule.location(c)) is not None and to != c and to in known), None)
        if moved is not None:
            faults.append(
                f"row {rule.row}: the rule {rule.erp} -> {rule.site} makes {moved} and {rule.location(moved)} one location"
            )
    return faults
