"""The history over all runs: an append-only SQLite database, and the only module that knows it.

Every row is kept for good: triggers refuse to change or delete one. A reconciliation is known by the digest of its inputs and
settings, so that recording it again adds nothing. Several processes may write at once: SQLite's write-ahead log and one
transaction for each reconciliation keep them apart.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from inventory.cell_values import utc_text
from inventory.contract import SCHEMA_VERSION
from inventory.findings import Finding, LocationResult, Reconciliation
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder

BUSY_TIMEOUT_S = 30.0
STORE_FORMAT = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, run TEXT NOT NULL, recorded_at TEXT NOT NULL, schema_version TEXT NOT NULL,
    profile TEXT NOT NULL, snapshot_at TEXT NOT NULL, verdicts TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS inputs (
    run_id TEXT NOT NULL REFERENCES runs(id), role TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (run_id, role)
) STRICT;
CREATE TABLE IF NOT EXISTS observations (
    run_id TEXT NOT NULL REFERENCES runs(id), location TEXT NOT NULL, verdict TEXT NOT NULL, status TEXT NOT NULL,
    expected TEXT NOT NULL, observed TEXT NOT NULL, confidence REAL, reason TEXT NOT NULL, seen_at TEXT NOT NULL,
    evidence TEXT NOT NULL, PRIMARY KEY (run_id, location)
) STRICT;
CREATE TABLE IF NOT EXISTS findings (
    run_id TEXT NOT NULL REFERENCES runs(id), case_id TEXT NOT NULL, verdict TEXT NOT NULL, cause TEXT NOT NULL,
    pallet TEXT NOT NULL, expected_location TEXT NOT NULL, observed_location TEXT NOT NULL, other_pallet TEXT NOT NULL,
    other_expected_location TEXT NOT NULL, other_observed_location TEXT NOT NULL, confidence REAL NOT NULL,
    reason TEXT NOT NULL, seen_at TEXT NOT NULL, evidence TEXT NOT NULL, PRIMARY KEY (run_id, case_id)
) STRICT;
CREATE TABLE IF NOT EXISTS pallets (
    run_id TEXT NOT NULL REFERENCES runs(id), pallet TEXT NOT NULL, location TEXT NOT NULL, verdict TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (run_id, pallet, location)
) STRICT;
CREATE INDEX IF NOT EXISTS observations_by_location ON observations (location);
CREATE INDEX IF NOT EXISTS pallets_by_pallet ON pallets (pallet);
"""

_APPEND_ONLY = """
CREATE TRIGGER IF NOT EXISTS {table}_keeps_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the history is append-only: {table} cannot be changed'); END;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """What one run said of a location or a pallet."""

    run: str
    recorded_at: str
    seen_at: str
    """UTC; empty when it was not seen."""
    location: str
    pallet: str
    """For a location: the pallets read there, joined by |."""
    verdict: str
    reason: str


def record_run(db_path: Path, run: RunFolder, reconciliation: Reconciliation) -> bool:
    """Add a reconciliation; return False when just this one is there already."""
    identity = _identity(run, reconciliation)
    with _opened(db_path) as db:
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            is_new = not db.conn.execute("SELECT 1 FROM runs WHERE id = ?", [identity]).fetchone()
            if is_new:
                _add(db, identity, run, reconciliation)
            db.conn.execute("COMMIT")
        except BaseException:
            db.conn.execute("ROLLBACK")
            raise
    return is_new


def history(db_path: Path, *, location: str | None = None, pallet: str | None = None) -> list[HistoryEntry]:
    """Return what all runs said of a location or of a pallet, the latest first; all locations with a discrepancy when neither is
    given. BadInputError when there is no store.
    """
    if not db_path.is_file():
        raise BadInputError(f"{db_path}: no history yet", remedy="it begins with: aislescan reconcile RUN --erp FILE")
    if pallet is not None:
        sql = (
            "SELECT r.run, r.recorded_at, coalesce(o.seen_at, '') AS seen_at, p.location, p.pallet, p.verdict, p.reason "
            "FROM pallets p "
            "JOIN runs r ON r.id = p.run_id LEFT JOIN observations o ON o.run_id = p.run_id AND o.location = p.location "
            "WHERE p.pallet = :pallet"
        )
    else:
        where = "o.location = :location" if location is not None else "o.verdict NOT IN ('match', 'unverified')"
        sql = (
            "SELECT r.run, r.recorded_at, o.seen_at, o.location, o.observed AS pallet, o.verdict, o.reason FROM observations o "
            f"JOIN runs r ON r.id = o.run_id WHERE {where}"
        )
    with _opened(db_path) as db:
        rows = db.query(sql + " ORDER BY r.recorded_at DESC, r.rowid DESC, 4", {"location": location, "pallet": pallet})
        return [HistoryEntry(**row) for row in rows]


def last_seen(db_path: Path, site_name: str) -> dict[str, str]:
    """Return for each location of that site when a run last read it or saw it empty (UTC); BadInputError when there is no store."""
    if not db_path.is_file():
        raise BadInputError(f"{db_path}: no history yet", remedy="it begins with: aislescan reconcile RUN --erp FILE")
    sql = (
        "SELECT o.location, max(o.seen_at) AS seen_at FROM observations o "
        "JOIN inputs i ON i.run_id = o.run_id AND i.role = 'site' AND i.file = :site "
        "WHERE o.status IN ('read', 'empty') GROUP BY o.location"
    )
    with _opened(db_path) as db:
        return {row["location"]: row["seen_at"] for row in db.query(sql, {"site": site_name})}


@contextmanager
def _opened(db_path: Path) -> Iterator[Database]:
    try:
        db_path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(db_path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as connection:
            db = Database(connection)
            _prepare(db, db_path)
            yield db
    except (sqlite3.DatabaseError, OSError) as error:
        raise BadInputError(
            f"{db_path}: the history cannot be used: {error}",
            remedy="move the file away to begin a new one, or let its folder be written to; the runs need it not",
        ) from error


def _prepare(db: Database, db_path: Path) -> None:
    found = db.conn.execute("PRAGMA user_version").fetchone()[0]
    if found > STORE_FORMAT:
        raise BadInputError(f"{db_path}: written by a newer aislescan (format {found})", remedy="use that version")
    if found == STORE_FORMAT:
        return
    db.conn.execute("PRAGMA journal_mode = wal")
    db.conn.execute("BEGIN IMMEDIATE")
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)
    for table in ("runs", "inputs", "observations", "findings", "pallets"):
        for verb in ("update", "delete"):
            db.conn.execute(_APPEND_ONLY.format(table=table, verb=verb))
    db.conn.execute(f"PRAGMA user_version = {STORE_FORMAT}")
    db.conn.execute("COMMIT")


def _identity(run: RunFolder, r: Reconciliation) -> str:
    parts = [SCHEMA_VERSION, run.root.name, r.erp.profile, utc_text(r.snapshot_at) if r.snapshot_at else ""]
    parts += [f"{i.role}={i.digest}" for i in r.inputs]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _add(db: Database, identity: str, run: RunFolder, r: Reconciliation) -> None:
    db.table("runs").insert(
        {
            "id": identity,
            "run": run.root.name,
            "recorded_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "schema_version": SCHEMA_VERSION,
            "profile": r.erp.profile,
            "snapshot_at": utc_text(r.snapshot_at) if r.snapshot_at else "",
            "verdicts": json.dumps(r.counts()),
        }
    )
    db.table("inputs").insert_all({"run_id": identity, "role": i.role, "file": i.name, "sha256": i.digest} for i in r.inputs)
    db.table("observations").insert_all(_location_row(identity, x) for x in r.locations)
    db.table("findings").insert_all(_finding_row(identity, f) for f in r.findings)
    db.table("pallets").insert_all(_pallet_rows(identity, r))


def _location_row(identity: str, x: LocationResult) -> dict[str, object]:
    return {
        "run_id": identity,
        "location": x.place.location,
        "verdict": x.verdict.value,
        "status": x.status.value,
        "expected": "|".join(x.expected),
        "observed": "|".join(x.observed),
        "confidence": x.confidence,
        "reason": x.reason,
        "seen_at": x.observation.seen_at if x.observation else "",
        "evidence": x.observation.evidence if x.observation else "",
    }


def _finding_row(identity: str, f: Finding) -> dict[str, object]:
    return {
        "run_id": identity,
        "case_id": f.case_id,
        "verdict": f.verdict.value,
        "cause": f.cause.value,
        "pallet": str(f.pallet or ""),
        "expected_location": f.expected_location,
        "observed_location": f.observed_location,
        "other_pallet": str(f.other_pallet or ""),
        "other_expected_location": f.other_expected_location,
        "other_observed_location": f.other_observed_location,
        "confidence": f.confidence,
        "reason": f.reason,
        "seen_at": f.seen_at,
        "evidence": f.evidence,
    }


def _pallet_rows(identity: str, r: Reconciliation) -> Iterator[dict[str, object]]:
    """Each pallet where it was read, and those read nowhere where the ERP expects them."""
    said: dict[tuple[str, str], tuple[str, str]] = {}
    for line in r.lines:
        if line.line.key is not None:
            said[line.line.key.value, line.line.location] = (line.verdict.value, line.reason)
    for pallet in r.pallets:
        for location in pallet.locations:
            said[pallet.pallet.value, location] = (pallet.verdict.value, pallet.reason)
    for (pallet_id, location), (verdict, reason) in sorted(said.items()):
        yield {"run_id": identity, "pallet": pallet_id, "location": location, "verdict": verdict, "reason": reason}
