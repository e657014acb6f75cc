"""Scans that did not come from us: a CSV of reads and looks -> one observation for each location.

Columns `location,status,text,symbology,frame,seen_at` in any order, or what handhelds call them (`inventory.scan_header`); all but
location and text may be left out, further columns are ignored. A row is a read (status `read`) or a location without one.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inventory.cell_values import utc_text
from inventory.erp_lines import ErpLine, RowFault
from inventory.scan_header import COLUMNS, REQUIRED, parse_seen_at, scan_columns_of
from inventory.scan_texts import what_it_names
from inventory.table_file import Row, csv_rows, decode, file_kind, why_unreadable
from warehouse.errors import BadInputError, FaultsError
from warehouse.observations import Observation, ObservationStatus, PalletSighting
from warehouse.pallet_ids import PalletId

TRUSTED = 0.95
"""Confidence of an observation by a device of which nothing is known."""
CONTRADICTED = 0.45
"""Of a location of which the file says two things that exclude each other: below what an accusation needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFile:
    """A scan file as read: rows read + rows refused = rows."""

    name: str
    digest: str
    observations: tuple[Observation, ...]
    """Sorted by location."""
    shared_frames: dict[tuple[str, PalletId], int]
    """For (location, pallet): frames in which another location claims the same read."""
    faults: tuple[RowFault, ...]
    n_rows: int


@dataclass(slots=True)
class _Scanned:
    """What the rows of one location say."""

    statuses: set[ObservationStatus] = field(default_factory=set)
    frames: dict[tuple[PalletId, str, str], set[str]] = field(default_factory=dict)
    """By (pallet, symbology, text): frames, or times where no frame is given."""
    label_data: set[tuple[str, str]] = field(default_factory=set)
    other_texts: set[str] = field(default_factory=set)
    all_frames: set[str] = field(default_factory=set)
    seen_at: str = ""
    has_refused_row: bool = False


def read_scans(path: Path, *, booked: Mapping[str, PalletId], locations: Iterable[str] = ()) -> ScanFile:
    """Return the observations; `booked` are the ERP's pallet texts, `locations` its location codes.

    BadInputError when the file cannot be read, lacks a column, or has no usable row.
    """
    raw = scan_bytes(path)
    table = scan_table(raw, path.name)
    reader = ScanReader(path.name, table.header, booked)
    listed = list(table.body)
    index = reader.columns["location"]
    reader.locations = frozenset(locations) | {row.cells[index].text.strip() for row in listed if index < len(row.cells)}
    for row in listed:
        reader.read(row)
    return reader.finish(hashlib.sha256(raw).hexdigest())


def scan_bytes(path: Path) -> bytes:
    """Return the bytes of a scan file; BadInputError when there are none to be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}", remedy="check the name given with --scans") from error


def booked_texts(lines: Iterable[ErpLine]) -> dict[str, PalletId]:
    """Return the pallets, and the units within them, by the texts that the ERP calls them by."""
    listed = list(lines)
    booked = {line.pallet_text: line.key for line in listed if line.key is not None}
    return booked | {line.content_text: line.content for line in listed if line.content is not None}


@dataclass(frozen=True, slots=True)
class ScanTable:
    """A scan file whose header is found."""

    encoding: str
    delimiter: str
    header: Row
    body: Iterable[Row]
    """The rows under the header."""


def scan_table(raw: bytes, name: str) -> ScanTable:
    """Return the table in the bytes of a scan file; BadInputError when it is none, or lacks a column."""
    if file_kind(raw) != "text":
        raise BadInputError(f"{name}: a workbook; expected CSV", remedy="save the scans as CSV UTF-8")
    decoded = decode(raw, ())
    if decoded is None:
        row, what = why_unreadable(raw)
        raise BadInputError(f"{name}, row {row}: {what}", remedy="save the scans as CSV UTF-8")
    if "\0" in decoded[0]:
        raise BadInputError(f"{name}: a NUL character in it, so it is no text", remedy="save the scans as CSV UTF-8")
    first: Row | None = None
    broken: BadInputError | None = None
    for delimiter in (",", ";", "\t", "|"):
        rows = csv_rows(decoded[0], delimiter, name)
        try:
            header = next((row for row in rows if not row.is_blank), None)
        except BadInputError as error:  # a wrong delimiter leaves quotes open, which is no fault of the file
            broken = broken or error
            continue
        columns = scan_columns_of(header.texts) if header is not None else {}
        if header is not None and columns.keys() >= {*REQUIRED}:
            twice = next((c for c, indices in columns.items() if len(indices) > 1), None)
            if twice is not None:
                called = " and ".join(repr(header.texts[i].strip()) for i in columns[twice])
                raise BadInputError(
                    f"{name}, row {header.number}: the columns {called} both mean {twice}",
                    remedy="rename or remove the one that is not meant",
                )
            return ScanTable(decoded[1], delimiter, header, rows)
        first = first or header
    if first is None:
        if broken is not None:
            raise broken
        raise BadInputError(f"{name}: the file is empty", remedy=f"its columns are {','.join(COLUMNS)}")
    found = ", ".join(t.strip() for t in first.texts)
    missing = " and ".join(c for c in REQUIRED if c not in scan_columns_of(first.texts))
    raise BadInputError(
        f"{name}, row {first.number}: no column {missing}; the header reads: {found}",
        remedy=f"the columns are {','.join(COLUMNS)}; location may be called bin, ubicación, Lagerplatz, emplacement, and text "
        "barcode, código, Strichcode, code-barres",
    )


class ScanReader:
    """Gathers rows by location."""

    def __init__(self, name: str, header: Row, booked: Mapping[str, PalletId]) -> None:
        """Begin under the header of the file `name`; `booked` are the ERP's pallet texts."""
        self.name, self.booked, self.width = name, booked, len(header.cells)
        self.columns = {name: indices[0] for name, indices in scan_columns_of(header.texts).items()}
        self.locations: frozenset[str] = frozenset()
        self.scanned: dict[str, _Scanned] = {}
        self.faults: list[RowFault] = []
        self.n_rows = 0
        self.n_elsewhere = 0
        """Sound rows that were read in columns (`inventory.columns`)."""

    def read(self, row: Row) -> None:
        """Take one row under the header."""
        if row.is_blank:
            return
        self.n_rows += 1
        cells = {c: row.cells[i].text.strip() for c, i in self.columns.items() if i < len(row.cells)}
        if "status" not in self.columns:
            cells["status"] = ObservationStatus.READ.value
        location = cells.get("location", "")
        column, what = self._fault_of(row, cells)
        if what:
            texts = [cells.get("text", "")] if column else [t.strip() for t in row.texts]
            symbology = cells.get("symbology", "") if column else ""
            named = {what_it_names(t, symbology, self.booked).pallet for t in texts if t not in self.locations}
            self.faults.append(
                RowFault(
                    file=self.name,
                    row=row.number,
                    column=column,
                    what=what,
                    locations=frozenset({location} - {""}),
                    pallets=frozenset(pallet for pallet in named if pallet is not None),
                )
            )
            if location:
                self.scanned.setdefault(location, _Scanned()).has_refused_row = True
            return
        self._take(location, ObservationStatus(cells["status"].lower()), cells)

    def _fault_of(self, row: Row, cells: dict[str, str]) -> tuple[str, str]:
        if len(row.cells) != self.width:
            return "", f"{len(row.cells)} cells where the header has {self.width}; a text with a separator in it needs quotes"
        if not cells["location"]:
            return "location", "empty; expected the code of a location"
        status = cells["status"].lower()
        if status not in list(ObservationStatus):
            return "status", f"{cells['status']!r} is no status; expected one of {', '.join(ObservationStatus)}"
        if status == ObservationStatus.READ and not cells["text"]:
            other = "" if "status" in self.columns else "; a column status could say that the place is empty"
            return "text", f"empty; a row with status read needs the text of the barcode{other}"
        hidden = [c for c in cells["location"] + cells["text"].replace("\x1d", "") if unicodedata.category(c) in ("Cc", "Cf")]
        if hidden:
            return "text", f"an invisible character (U+{ord(hidden[0]):04X}); only U+001D, GS1's separator, may stand in a text"
        try:
            if cells.get("seen_at"):
                parse_seen_at(cells["seen_at"])
        except BadInputError:
            return "seen_at", f"{cells['seen_at']!r} is no time; expected one like 2026-11-23T07:30:00Z"
        return "", ""

    def _take(self, location: str, status: ObservationStatus, cells: dict[str, str]) -> None:
        scanned = self.scanned.setdefault(location, _Scanned())
        if cells["text"] in self.locations and status is ObservationStatus.READ:
            return  # the sticker of a place says nothing about what stands there
        scanned.statuses.add(status)
        seen_at = utc_text(parse_seen_at(cells["seen_at"])) if cells.get("seen_at") else ""
        if status is not ObservationStatus.UNSEEN:
            scanned.seen_at = max(scanned.seen_at, seen_at)
        frame = cells.get("frame", "")
        if frame:
            scanned.all_frames.add(frame)
        if status is not ObservationStatus.READ:
            return
        symbology = cells.get("symbology", "")
        named = what_it_names(cells["text"], symbology, self.booked)
        scanned.label_data.update(named.label_data)
        if named.pallet is None:
            scanned.other_texts.add(cells["text"])
            return
        # two rows without a frame and of one time are one look, exported twice
        look = frame or f"at {seen_at}"
        scanned.frames.setdefault((named.pallet, symbology, cells["text"]), set()).add(look)

    def finish(self, digest: str) -> ScanFile:
        """Return the file; BadInputError when no row of it could be used."""
        if not self.n_rows + self.n_elsewhere:
            raise BadInputError(f"{self.name}: no rows under the header", remedy="export the scans again")
        if len(self.faults) == self.n_rows + self.n_elsewhere:
            listed = [str(f) for f in self.faults]
            raise FaultsError(f"{self.name}: none of its {self.n_rows} rows can be used", listed, remedy="mend these rows")
        frames: dict[tuple[str, PalletId], set[str]] = {}
        for location, scanned in self.scanned.items():
            for (pallet, _, _), looks in scanned.frames.items():
                frames.setdefault((location, pallet), set()).update(looks)
        return ScanFile(
            name=self.name,
            digest=digest,
            observations=tuple(_observation(location, self.scanned[location]) for location in sorted(self.scanned)),
            shared_frames=_shared(frames),
            faults=tuple(self.faults),
            n_rows=self.n_rows + self.n_elsewhere,
        )


def _shared(frames: Mapping[tuple[str, PalletId], set[str]]) -> dict[tuple[str, PalletId], int]:
    claims: dict[tuple[PalletId, str], int] = {}
    for (_, pallet), looks in frames.items():
        for look in looks:
            claims[pallet, look] = claims.get((pallet, look), 0) + 1
    shared = {}
    for (location, pallet), looks in frames.items():
        n = sum(not look.startswith("at ") and claims[pallet, look] > 1 for look in looks)
        if n:
            shared[location, pallet] = n
    return shared


def _observation(location: str, scanned: _Scanned) -> Observation:
    by_pallet: dict[PalletId, list[tuple[str, str, set[str]]]] = {}
    for (pallet, symbology, text), looks in scanned.frames.items():
        by_pallet.setdefault(pallet, []).append((symbology, text, looks))
    pallets = tuple(_sighting(pallet, by_pallet[pallet]) for pallet in sorted(by_pallet))
    status, reason = _status(scanned, has_pallet=bool(pallets))
    claims = scanned.statuses & {ObservationStatus.READ, ObservationStatus.EMPTY, ObservationStatus.UNREADABLE}
    is_contradicted = scanned.has_refused_row or (ObservationStatus.EMPTY in claims and len(claims) > 1)
    return Observation(
        location=location,
        status=status,
        pallets=pallets,
        label_data=tuple(sorted(scanned.label_data)),
        unbooked_texts=tuple(sorted(scanned.other_texts)),
        confidence=CONTRADICTED if is_contradicted else TRUSTED,
        frames=tuple(sorted(scanned.all_frames)),
        seen_at=scanned.seen_at,
        reason=reason,
    )


def _status(scanned: _Scanned, *, has_pallet: bool) -> tuple[ObservationStatus, str]:
    """The strongest claim wins: a read, then that something stands there, then that nothing does."""
    if has_pallet:
        return ObservationStatus.READ, ""
    if ObservationStatus.READ in scanned.statuses:
        return ObservationStatus.UNREADABLE, "the barcodes read there name no pallet"
    order = (ObservationStatus.UNREADABLE, ObservationStatus.EMPTY, ObservationStatus.NOT_OBSERVABLE)
    status = next((s for s in order if s in scanned.statuses), ObservationStatus.UNSEEN)
    return status, "" if scanned.statuses else "no row of the scan file says what stands there"


def _sighting(pallet: PalletId, reads: list[tuple[str, str, set[str]]]) -> PalletSighting:
    looks = set().union(*(r[2] for r in reads))
    symbology, text, _ = max(reads, key=lambda r: (len(r[2]), r[0], r[1]))
    return PalletSighting(pallet=pallet, symbology=symbology, text=text, n_frames=len(looks), evidence="")
