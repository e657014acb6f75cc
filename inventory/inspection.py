"""What an ERP file is, before anything is compared with it: profile, encoding, columns, rows, faults, and unknown locations."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory.cell_values import utc_text
from inventory.erp_file import file_bytes, profiles_asked_for, read_rows
from inventory.erp_header import FoundHeader, Near, UnfitError, find_header, nearest_profiles
from inventory.erp_lines import ErpLine, RowFault, Skipped
from inventory.erp_rows import RowReader, SiteRules
from inventory.location_hints import LocationHint, location_hints
from inventory.table_file import file_kind
from warehouse.errors import AislescanError, FaultsError
from warehouse.location_aliases import ALIASES_FILE, LocationAliases
from warehouse.site import Site

SAMPLE = 3
_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """Everything that can be said of one file."""

    file: str
    digest: str
    kind: str
    """`text`, `xlsx` or `xls`."""
    refusal: str
    """Why `reconcile` would not take the file; empty when it would."""
    remedy: str
    found: FoundHeader | None
    """None when no profile fits."""
    notes: tuple[str, ...]
    """How numbers and dates are written, where the file itself tells."""
    columns: tuple[tuple[str, str], ...]
    """(header, field) of each column; an empty field: kept as source only."""
    lines: tuple[ErpLine, ...] = ()
    faults: tuple[RowFault, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    near: tuple[Near, ...] = ()
    """The profiles, the nearest first, when none fits."""
    site: str = ""
    n_locations: int = 0
    """Different locations of the lines that the site knows; 0 without a site."""
    unknown: tuple[LocationHint, ...] = ()
    """Codes that the site does not know."""

    @property
    def refused_rows(self) -> tuple[int, ...]:
        """The rows that were left out."""
        return tuple(sorted({f.row for f in self.faults if f.is_refused}))

    @property
    def n_skipped(self) -> int:
        """Rows that are no stock."""
        return sum(len(s.rows) for s in self.skipped)

    @property
    def n_rows(self) -> int:
        """All rows of the file: read, refused and skipped."""
        return len(self.lines) + len(self.refused_rows) + self.n_skipped


def inspect_erp(
    path: Path, *, profile: str | None = None, site: Site | None = None, aliases: LocationAliases | None = None
) -> Inspection:
    """Return what the file is and how it would be read; BadInputError only where it cannot be opened, or the profile is unknown."""
    return inspect_bytes(file_bytes(path), path.name, profile=profile, site=site, aliases=aliases)


def inspect_bytes(
    raw: bytes, name: str, *, profile: str | None = None, site: Site | None = None, aliases: LocationAliases | None = None
) -> Inspection:
    """Return the same of the bytes of a file, called `name` in messages."""
    profiles = profiles_asked_for(profile)
    about: dict[str, Any] = {"file": name, "digest": hashlib.sha256(raw).hexdigest(), "kind": file_kind(raw)}
    rules = SiteRules()
    if site is not None:
        rules = SiteRules.of_site(site, aliases)
        about["site"] = site.name
    try:
        found = find_header(raw, name, profiles)
    except AislescanError as error:
        near = error.near if isinstance(error, UnfitError) else _near(raw, name, profiles)
        return Inspection(**about, **_refused(error), found=None, notes=(), columns=(), near=near)
    field_of = {index: field for field, indices in found.columns.items() for index in indices[:1]}
    about["columns"] = tuple((title.strip(), field_of.get(i, "")) for i, title in enumerate(found.header.texts))
    try:
        reader = read_rows(name, found, rules)
    except AislescanError as error:
        return Inspection(**about, **_refused(error), found=found, notes=())
    try:
        reader.finish(str(about["digest"]))
        ending: dict[str, Any] = {"refusal": "", "remedy": ""}
    except AislescanError as error:
        ending = _refused(error, {str(fault) for fault in reader.faults})
    known, unknown = _locations(reader, site)
    if unknown and not reader.lines and not reader.n_elsewhere:  # what the error itself tells to do has just been done
        ending["remedy"] = f"tell which location each code is, in {ALIASES_FILE} of the site folder, or give the list of this site"
    return Inspection(
        **about,
        **ending,
        found=found,
        notes=reader.notation.notes,
        lines=tuple(reader.lines),
        faults=tuple(reader.faults),
        skipped=tuple(Skipped(why=why, rows=tuple(rows)) for why, rows in reader.skipped.items()),
        n_locations=known,
        unknown=unknown,
    )


def _refused(error: AislescanError, listed: Collection[str] = ()) -> dict[str, Any]:
    """Return why a file is refused, without the single faults that are listed with its rows."""
    what = error.what
    if isinstance(error, FaultsError):
        others = [fault for fault in error.faults if fault not in listed]
        shown = [f"  {fault}" for fault in others[:_SHOWN]] + (
            [f"  and {len(others) - _SHOWN} more"] if len(others) > _SHOWN else []
        )
        what = "\n".join([what.partition("\n")[0], *shown])
    return {"refusal": what, "remedy": error.remedy}


def _near(raw: bytes, name: str, profiles: tuple[Any, ...]) -> tuple[Near, ...]:
    try:
        return nearest_profiles(raw, name, profiles)
    except AislescanError:  # its letters cannot be read, as the refusal says
        return ()


def _locations(reader: RowReader, site: Site | None) -> tuple[int, tuple[LocationHint, ...]]:
    if site is None:
        return 0, ()
    codes = site.layout.bins_by_code
    unknown: dict[str, list[int]] = {}
    for line in reader.lines:
        if line.location not in codes:
            unknown.setdefault(line.erp_location or line.location, []).append(line.row)
    for fault in reader.faults:
        if fault.is_refused and fault.column and fault.column == reader.titles[reader.columns["location"]]:
            for text in fault.locations:
                if text not in codes and len(fault.locations) == 1:
                    unknown.setdefault(text, []).append(fault.row)
    known = {line.location: line.erp_location or line.location for line in reader.lines if line.location in codes}
    return len(known), location_hints(unknown, codes, known.values())


def as_json(inspection: Inspection) -> dict[str, Any]:
    """Return the inspection for programs."""
    i = inspection
    found = i.found
    return {
        "file": i.file,
        "sha256": i.digest,
        "kind": i.kind,
        "refusal": i.refusal,
        "remedy": i.remedy,
        "profile": found.profile.name if found else "",
        "profile_title": found.profile.title if found else "",
        "encoding": found.encoding if found else "",
        "encoding_by": found.encoding_by if found else "",
        "delimiter": found.delimiter if found else "",
        "sheet": found.sheet if found else "",
        "header_row": found.header.number if found else None,
        "notation": list(i.notes),
        "columns": [{"header": title, "means": field} for title, field in i.columns],
        "profiles": [{"profile": n.profile.name, "header_row": n.header.number, "lacks": list(n.lacks)} for n in i.near],
        "rows": {
            "file": i.n_rows,
            "read": len(i.lines),
            "refused": len(i.refused_rows),
            "skipped": {s.why: len(s.rows) for s in i.skipped},
        },
        "sample": [line_as_json(line) for line in i.lines[:SAMPLE]],
        "faults": [{"row": f.row, "column": f.column, "what": f.what, "refused": f.is_refused} for f in i.faults],
        "site": i.site,
        "locations_known": i.n_locations,
        "locations_unknown": [
            {
                "erp_location": h.erp_location,
                "rows": list(h.rows),
                "candidates": list(h.candidates),
                "rivals": list(h.rivals),
                "rule": h.rule,
            }
            for h in i.unknown
        ],
    }


def line_as_json(line: ErpLine) -> dict[str, str]:
    """Return the fields of a line that are filled, as text."""
    fields = {
        "row": str(line.row),
        "location": line.location,
        "erp_location": line.erp_location,
        "pallet": line.pallet_text,
        "content": line.content_text,
        "sku": line.sku,
        "quantity": "" if line.quantity is None else f"{line.quantity:f}",
        "uom": line.uom,
        "batch": line.batch,
        "expiry": line.expiry.isoformat() if line.expiry else "",
        "moved_at": utc_text(line.moved_at) if line.moved_at else "",
        "row_ref": line.row_ref,
        "value": "" if line.value is None else f"{line.value:f}",
        "currency": line.currency,
        "abc": line.abc,
    }
    return {name: text for name, text in fields.items() if text}
