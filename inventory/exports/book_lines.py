"""The ERP's lines and what was counted of them, as one reconciliation left them in `erp_lines.csv`."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from inventory.counted import DECIDED, CountState
from inventory.findings import Verdict
from inventory.profiles import normalise_header
from warehouse.errors import BadInputError
from warehouse.reconciliation_folder import ReconciliationFolder

_AGAIN = "reconcile again: aislescan reconcile RUN --erp FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLine:
    """One line of the ERP's list with its count."""

    row: int
    row_ref: str
    location: str
    pallet: str
    item: str
    batch: str
    quantity: Decimal | None
    """By the ERP."""
    uom: str
    verdict: Verdict
    state: CountState
    stands_at: str
    other_pallets: str
    reason: str
    case_id: str
    seen_at: str
    headers: tuple[str, ...]
    """Of every column of the list."""
    cells: tuple[str, ...]
    """Under them, as exported."""

    def column(self, wanted: tuple[str, ...]) -> tuple[str, str]:
        """Return (header as exported, text) of the first of the headers `wanted` that the list has and that is not blank."""
        for index in _indices(self.headers, wanted):
            if text := self.cells[index].strip():
                return self.headers[index], text
        return "", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedBook:
    """All lines of one reconciliation."""

    lines: tuple[BookLine, ...]
    erp_file: str
    erp_digest: str
    digest: str
    """SHA-256 (hex) of erp_lines.csv."""
    profile: str
    refused_rows: tuple[tuple[int, str], ...]
    """Rows of the ERP file that were left out, and why."""
    n_unexpected: int
    """Pallets that were read and that the ERP does not list."""
    n_undecided: int
    """Locations where nobody knows what stands there."""
    last_seen_at: str


def squeeze(header: str) -> str:
    """Return a header without case, accents, marks and blanks: `ItemNumber` and `ITEM NUMBER` are one."""
    return normalise_header(header).replace(" ", "")


@lru_cache
def _indices(headers: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[int, ...]:
    """Return the columns that may be meant, the surest first; the lines of a list share their headers, so it is found out once."""
    squeezed = [squeeze(header) for header in headers]
    return tuple(i for name in wanted for i, header in enumerate(squeezed) if header == squeeze(name))


def read_book(folder: ReconciliationFolder) -> CountedBook:
    """Return the lines; BadInputError when they are not there, or not those that `datapackage.json` vouches for."""
    try:
        package = json.loads(folder.datapackage_path.read_bytes())
        vouched = {r["path"]: r["hash"] for r in package["resources"]}
        raw = {path: path.read_bytes() for path in (folder.erp_lines_path, folder.summary_path)}
    except FileNotFoundError as error:
        raise BadInputError(f"{error.filename}: not there yet", remedy=_AGAIN) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInputError(f"{folder.root}: cannot be read: {error}", remedy=_AGAIN) from error
    for path, content in raw.items():
        if vouched.get(path.name) != f"sha256:{hashlib.sha256(content).hexdigest()}":
            raise BadInputError(
                f"{path}: not the file that datapackage.json vouches for; it was changed or cut since", remedy=_AGAIN
            )
    summary: dict[str, Any] = json.loads(raw[folder.summary_path])
    erp = summary["erp"]
    rows = csv.DictReader(io.StringIO(raw[folder.erp_lines_path].decode(), newline=""), strict=True)
    try:
        lines = tuple(_line(row) for row in rows)
    except (KeyError, ValueError, InvalidOperation) as error:
        raise BadInputError(f"{folder.erp_lines_path}: of another version of aislescan: {error}", remedy=_AGAIN) from error
    return CountedBook(
        lines=lines,
        erp_file=erp["file"],
        erp_digest=erp["sha256"],
        digest=hashlib.sha256(raw[folder.erp_lines_path]).hexdigest(),
        profile=erp["profile"],
        refused_rows=tuple((f["row"], f["what"]) for f in erp["faults"] if f["refused"]),
        n_unexpected=summary["pallets"][Verdict.UNEXPECTED],
        n_undecided=sum(n for status, n in summary["locations_by_status"].items() if status not in DECIDED),
        last_seen_at=summary["scans"]["last_seen_at"],
    )


def _line(row: dict[str, str]) -> BookLine:
    columns = json.loads(row["erp_columns"])
    return BookLine(
        row=int(row["erp_row"]),
        row_ref=row["erp_row_ref"],
        location=row["location"],
        pallet=row["pallet"],
        item=row["item"],
        batch=row["batch"],
        quantity=Decimal(row["quantity"]) if row["quantity"] else None,
        uom=row["uom"],
        verdict=Verdict(row["verdict"]),
        state=CountState(row["state"]),
        stands_at=row["stands_at"],
        other_pallets=row["other_pallets"],
        reason=row["reason"],
        case_id=row["case_id"],
        seen_at=row["seen_at"],
        headers=tuple(str(header) for header, _ in columns),
        cells=tuple(str(text) for _, text in columns),
    )
