"""Read the ERP's export: every column as text, converted by a declared profile, every row either used or named with its fault."""

from __future__ import annotations

import hashlib
from pathlib import Path

from inventory.erp_header import FoundHeader, find_header
from inventory.erp_lines import ErpFile
from inventory.erp_rows import RowReader, SiteRules
from inventory.notation import settle
from inventory.profiles import Profile, all_profiles, profile_named
from inventory.table_file import Row
from warehouse.errors import BadInputError
from warehouse.location_aliases import LocationAliases
from warehouse.locations import LocationPattern

NOT_FAR = 200_000
"""Cells of numbers and of dates that are looked at to find the file's notation."""


def read_erp(
    path: Path,
    *,
    site_pattern: LocationPattern | None = None,
    lpn_patterns: tuple[str, ...] = (),
    aliases: LocationAliases | None = None,
    profile: str | None = None,
) -> ErpFile:
    """Return the file's lines and faults.

    `site_pattern` (None: any text is a location), `lpn_patterns` and `aliases` are the site's; `profile` names one, else the one
    that fits. BadInputError when the file as a whole cannot be trusted: unreadable letters, no fitting profile, a missing column,
    long numbers where identities should stand, two ERP codes that an alias makes one, or no usable row.
    """
    rules = SiteRules(pattern=site_pattern, lpn_patterns=lpn_patterns, aliases=aliases)
    return read_erp_bytes(file_bytes(path), path.name, rules, profile=profile)


def read_erp_bytes(raw: bytes, name: str, rules: SiteRules, *, profile: str | None = None) -> ErpFile:
    """Return the same of the bytes of a file, called `name` in messages."""
    found = find_header(raw, name, profiles_asked_for(profile))
    return read_rows(name, found, rules).finish(hashlib.sha256(raw).hexdigest())


def file_bytes(path: Path, option: str = "--erp") -> bytes:
    """Return the bytes of a file that is not empty; BadInputError when there are none."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}", remedy=f"check the name given with {option}") from error
    if not raw:
        raise BadInputError(f"{path.name}: the file is empty", remedy="export the list again")
    return raw


def profiles_asked_for(profile: str | None) -> tuple[Profile, ...]:
    """Return the one that was named, or all that come with aislescan."""
    return (profile_named(profile),) if profile else all_profiles()


def read_rows(name: str, found: FoundHeader, rules: SiteRules) -> RowReader:
    """Return a reader that has read every row under the header; BadInputError where the table itself is broken."""
    body = list(found.body)
    notation = settle(
        found.profile,
        _texts(body, found, ("quantity", "value"), is_number=True),
        _texts(body, found, ("expiry", "moved_at"), is_number=False),
    )
    reader = RowReader(name, found, rules, notation)
    reader.expect_preamble(body)
    for row in body:
        reader.read(row)
    return reader


def _texts(body: list[Row], found: FoundHeader, fields: tuple[str, ...], *, is_number: bool) -> list[str]:
    """Return what the columns of these fields say; cells that a workbook keeps as numbers have no notation."""
    columns = [found.columns[field][0] for field in fields if field in found.columns]
    return [
        row.cells[column].text
        for row in body[:NOT_FAR]
        for column in columns
        if column < len(row.cells) and not (is_number and row.cells[column].origin != "text")
    ]
