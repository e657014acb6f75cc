"""A stock list against a scan file, both large: read and settled in columns, the rest judged row by row; the same result."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import polars as pl

from inventory.book import Book
from inventory.cell_values import parse_utc
from inventory.columns.erp_columns import ErpColumns, erp_columns
from inventory.columns.exemplars import exemplar_of
from inventory.columns.plain_text import cell
from inventory.columns.scan_columns import ScanColumns, scan_columns
from inventory.columns.settling import Settlement, Situation, kind_of, settle_rows
from inventory.columns.writing import SettledColumns
from inventory.comparing import compare
from inventory.erp_clock import SLACK, on_our_clock, with_times_doubted
from inventory.erp_file import file_bytes, profiles_asked_for
from inventory.erp_header import find_header
from inventory.erp_lines import ErpFile
from inventory.findings import InputFile, Reconciliation
from inventory.movements import MOVED_SLACK, NO_MOVEMENTS, MovementFile, Movements
from inventory.places import Places, place_by_spelling
from inventory.scans import ScanFile, ScanReader, ScanTable, booked_texts, scan_bytes, scan_table
from inventory.severity import Scale
from inventory.sightings import Looks
from inventory.table_file import file_kind
from inventory.tolerance import NO_TOLERANCE, Tolerances
from inventory.world import World
from warehouse.errors import BadInputError

_LONG_AGO = datetime(2, 1, 1, tzinfo=UTC)


def reconcile_in_columns(
    scans_path: Path,
    erp_path: Path,
    *,
    profile: str | None,
    snapshot_at: datetime | None,
    erp_clock_ahead_s: float,
    tolerances: Tolerances = NO_TOLERANCE,
    moved: MovementFile | None = None,
) -> Reconciliation | None:
    """Return what `inventory.reconcile.reconcile_scans` finds; None where a file is not such as can be read in columns.

    `moved` is what the ERP moved around that time, which needs `snapshot_at`.
    """
    erp_raw = file_bytes(erp_path)
    if file_kind(erp_raw) != "text":
        return None
    with ThreadPoolExecutor(2) as pool:
        scans_too = pool.submit(_scans, scans_path)
        digest = pool.submit(_digest, erp_raw)
        # without its body, which would keep the text
        found = replace(find_header(erp_raw, erp_path.name, profiles_asked_for(profile)), body=iter(()))
        text = _utf8(erp_raw, found.encoding)
        del erp_raw
        erp = erp_columns(text, erp_path.name, found, snapshot_at=snapshot_at, ahead_s=erp_clock_ahead_s, slack=SLACK)
        del text
        read = scans_too.result()
        del scans_too
        if erp is None or read is None:
            return None
        scans, table, scans_digest = read
        del read
        named = _moved_names(moved, snapshot_at, scans, table) if moved is not None and snapshot_at is not None else ()
        settlement = settle_rows(erp, scans, named_elsewhere=named)
        del scans
        digests = digest.result(), scans_digest
    return _judged(
        settlement,
        erp,
        table,
        scans_path.name,
        digests,
        snapshot_at=snapshot_at,
        ahead_s=erp_clock_ahead_s,
        tolerances=tolerances,
        moved=moved,
    )


def _scans(path: Path) -> tuple[ScanColumns, ScanTable, str] | None:
    """Return the columns of a scan file, its header, and its digest; None where it is to be read, or refused, row by row."""
    try:
        raw = scan_bytes(path)
        table = scan_table(raw, path.name)
    except BadInputError:  # whatever is wrong with the ERP file comes first
        return None
    columns = scan_columns(_utf8(raw, table.encoding), table)
    return None if columns is None else (columns, replace(table, body=()), _digest(raw))


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _utf8(raw: bytes, encoding: str) -> bytes:
    """Return the text of the file as UTF-8 without a byte order mark."""
    return raw.removeprefix(b"\xef\xbb\xbf") if encoding == "utf-8" else raw.decode(encoding).encode()


def _judged(
    settlement: Settlement,
    columns: ErpColumns,
    table: ScanTable,
    scans_name: str,
    digests: tuple[str, str],
    *,
    snapshot_at: datetime | None,
    ahead_s: float,
    tolerances: Tolerances,
    moved: MovementFile | None,
) -> Reconciliation:
    erp = with_times_doubted(on_our_clock(_erp_file(settlement, columns, digests[0]), ahead_s), snapshot_at)
    scans = _scan_file(settlement, erp, table, scans_name, digests[1])
    settled = _settled(settlement, erp, columns.reader.titles)
    book = Book(erp.lines, erp.faults, snapshot_at=snapshot_at)
    book.is_without_pallets = book.is_without_pallets and not any(x.place.expected for x in settled.exemplars)
    looks = Looks(scans.observations, scans.shared_frames, scans.faults)
    looks.latest = max(looks.latest, settled.seen_at[1])
    named = {line.location for line in erp.lines} | {o.location for o in scans.observations}
    world = World(
        book=book,
        looks=looks,
        places=Places.of_texts(named),
        is_any_text_a_pallet=True,
        tolerances=tolerances,
        movements=Movements(moved.movements, snapshot_at=snapshot_at) if moved else NO_MOVEMENTS,
    )
    lines, pallets, locations, findings = compare(
        world, beside=_ReadBetween(settlement.places), scale=lambda: Scale(erp.lines, _amounts(settlement.lines))
    )
    return Reconciliation(
        erp=erp,
        inputs=(
            InputFile(role="erp", name=erp.name, digest=erp.digest),
            *((InputFile(role="movements", name=moved.name, digest=moved.digest),) if moved else ()),
            InputFile(role="scans", name=scans.name, digest=scans.digest),
        ),
        snapshot_at=snapshot_at,
        lines=lines,
        pallets=pallets,
        locations=locations,
        findings=findings,
        scan_faults=scans.faults,
        n_scan_rows=scans.n_rows,
        erp_clock_ahead_s=ahead_s,
        tolerances=tolerances,
        movements=moved,
        settled=settled,
    )


def _moved_names(moved: MovementFile, snapshot_at: datetime, scans: ScanColumns, table: ScanTable) -> set[str]:
    """Return the locations and pallets of every movement that may lie between the export and a look; older ones say nothing."""
    times = scans.frame["seen_at"].filter(scans.frame["seen_at"] != "")
    first = min([snapshot_at, *(parse_utc(str(t), "seen_at") for t in [times.min()] if t is not None), *_times(scans, table)])
    names: set[str] = set()
    for m in moved.movements:
        if m.until >= first - MOVED_SLACK:
            names |= {m.start, m.end, *(pallet.value for pallet in (m.pallet, m.onto) if pallet is not None)}
    return names - {""}


def _times(scans: ScanColumns, table: ScanTable) -> Iterator[datetime]:
    """Yield the times of the rows that are read one by one; long ago where one is spelled in a way of its own."""
    index = ScanReader("", table.header, {}).columns.get("seen_at")
    for row in scans.others if index is not None else ():
        text = row.cells[index].text.strip() if index is not None and index < len(row.cells) else ""
        if text:
            try:
                yield parse_utc(text, "seen_at")
            except BadInputError:
                yield _LONG_AGO


def _amounts(lines: pl.DataFrame) -> dict[tuple[str, str], list[float]]:
    """Return what settled lines add to the scale of `inventory.severity.Scale`."""
    amounts: dict[tuple[str, str], list[float]] = {}
    for kind, unit in (("value", pl.col("currency")), ("quantity", pl.col("uom").str.to_uppercase())):
        found = lines.select(unit.alias("unit"), amount=pl.col(kind).cast(pl.Float64, strict=False).abs()).drop_nulls()
        amounts |= {(kind, str(name)): group["amount"].to_list() for (name,), group in found.group_by("unit")}
    return amounts


def _erp_file(settlement: Settlement, columns: ErpColumns, digest: str) -> ErpFile:
    reader = columns.reader
    for row in settlement.erp_rows:
        reader.read(row)
    reader.n_elsewhere = settlement.lines.height
    for field in reader.lost.is_waiting():
        ids = settlement.lines[cell(reader.columns[field])].str.strip_chars(" ")
        n_long, n_whole = (int(ids.str.contains(shape).sum()) for shape in ("^[1-9][0-9]{15,}$", "^[0-9]+$"))
        reader.lost.add_sound(field, n_long=n_long, n_whole=n_whole)
    return reader.finish(digest)


def _scan_file(settlement: Settlement, erp: ErpFile, table: ScanTable, name: str, digest: str) -> ScanFile:
    reader = ScanReader(name, table.header, booked_texts(erp.lines))
    index = reader.columns["location"]
    named = {row.cells[index].text.strip() for row in settlement.scan_rows if index < len(row.cells)}
    reader.locations = frozenset(line.location for line in erp.lines) | settlement.locations | named
    for row in settlement.scan_rows:
        reader.read(row)
    reader.n_elsewhere = settlement.n_scan_rows
    return reader.finish(digest)


def _settled(settlement: Settlement, erp: ErpFile, titles: Sequence[str]) -> SettledColumns:
    n_lines = dict(settlement.lines["kind"].value_counts().iter_rows())
    kinds = settlement.places.group_by("kind").agg(pl.len(), pl.col("seen_at").max()).sort("kind")
    made = {
        code: exemplar_of(code, erp, titles, n_places=n, n_lines=n_lines.get(code, 0), last_seen_at=seen_at)
        for code, n, seen_at in kinds.iter_rows()
    }
    return SettledColumns(
        lines=settlement.lines,
        places=settlement.places,
        exemplars=[exemplar for exemplar, _ in made.values()],
        patterns={code: patterns for code, (_, patterns) in made.items()},
    )


class _ReadBetween:
    """Whether a settled pallet was read in its own place between two locations of a row."""

    def __init__(self, places: pl.DataFrame) -> None:
        self._places = places

    @cached_property
    def _read(self) -> pl.Series:
        """The settled locations whose pallet was read there, sorted."""
        read = [code for code in self._places["kind"].unique() if kind_of(code).situation is Situation.READ]
        return self._places.filter(pl.col("kind").is_in(read))["location"]

    def __call__(self, start: str, end: str) -> bool:
        row = place_by_spelling(start).row
        # in a row by spelling only one number of fixed length differs, so that its order is that of the texts
        first, last = (bisect_left(self._read, text) for text in (start, end))
        return any(place_by_spelling(self._read[i]).row == row for i in range(first, last))
