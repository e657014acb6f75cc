"""Adds a reconciliation to the history, with what it says of earlier findings, and takes from it how far each cause is trusted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from inventory.cell_values import utc_text
from inventory.content import contradictions, label_count
from inventory.contract import SCHEMA_VERSION
from inventory.findings import Finding, LineResult, LocationResult, Reconciliation, Verdict
from inventory.flown import flight_s_of
from inventory.recounted import Count
from inventory.review import Claim, Outcome, Review, SecondLook
from inventory.settled import Exemplar
from inventory.store.database import Database, add_objects, add_rows, columns_of, opened, transaction
from inventory.store.metadata_file import write_metadata
from inventory.store.outcomes import settled_by_cause
from inventory.trust import History, Settled, with_history
from warehouse.run_folder import RunFolder


def record_run(db_path: Path, count: Count, reconciliation: Reconciliation) -> Reconciliation:
    """Add a reconciliation, unless just this one is there already, and return it by the light of the history.

    Trust and reviews are worked out once, when it is first recorded, and kept with it: a rerun finds what stood there then,
    whatever was learned since. All records of one run share the trust of its first.
    """
    with record_meanwhile(db_path, count, reconciliation) as told:
        return told


@contextmanager
def record_meanwhile(db_path: Path, count: Count, reconciliation: Reconciliation) -> Iterator[Reconciliation]:
    """Do the same as `record_run`, but give what it returns as soon as that is known, and add the rows meanwhile.

    They are added whatever becomes of the work within. What goes wrong with them is raised when that is done.
    """
    told: Future[Reconciliation] = Future()
    with ThreadPoolExecutor(1) as beside:
        added = beside.submit(_record, db_path, count, reconciliation, told)
        yield told.result()
        added.result()


def _record(db_path: Path, count: Count, reconciliation: Reconciliation, told: Future[Reconciliation]) -> None:
    try:
        _add_and_tell(db_path, count, reconciliation, told)
    except BaseException as error:
        if not told.done():
            told.set_exception(error)
        raise


def _add_and_tell(db_path: Path, count: Count, reconciliation: Reconciliation, told: Future[Reconciliation]) -> None:
    with opened(db_path) as db:
        with transaction(db):
            identity = record_id(count.run, reconciliation)
            known = db.conn.execute("SELECT trust FROM runs WHERE id = ?", [identity]).fetchone()
            if known is not None:
                reviews = _kept_reviews(db, identity, count.run.name) if count.before else None
                history = History(trust=_trust_of(known[0]), reviews=reviews)
                told.set_result(with_history(reconciliation, history))
                _add_missing_lines(db, identity, reconciliation)
            else:
                reviews = _reviews(db, count, reconciliation) if count.before else None
                judged = with_history(reconciliation, History(trust=_trust(db, count), reviews=reviews))
                told.set_result(judged)
                _add(db, identity, count, judged)
        write_metadata(db_path, columns_of(db))


def record_id(run: RunFolder, r: Reconciliation) -> str:
    """Return what a reconciliation is known by: the digest of its inputs and settings."""
    inputs = [(i.role, i.digest) for i in r.inputs]
    snapshot_at = utc_text(r.snapshot_at) if r.snapshot_at else ""
    more = _settings(r.erp_clock_ahead_s, r.tolerances.as_json())
    return _record_id(run, (SCHEMA_VERSION, r.erp.profile, snapshot_at), more, inputs)


def record_id_of_summary(run: RunFolder, summary: Any) -> str:
    """Return the same from the summary.json of a run; KeyError or TypeError when it is none."""
    inputs = [(i["role"], i["sha256"]) for i in summary["inputs"]]
    erp = summary["erp"]
    more = _settings(erp.get("clock_ahead_s", 0.0), summary.get("tolerances", {}))
    return _record_id(run, (summary["schema_version"], erp["profile"], summary["snapshot_at"]), more, inputs)


def _settings(clock_ahead_s: float, tolerances: Mapping[str, str]) -> list[str]:
    """Return the settings that somebody gave: what nobody gave is no part of the identity, so that older records keep theirs."""
    found = [f"clock={clock_ahead_s:g}"] if clock_ahead_s else []
    return found + [f"tolerance {name}={limits}" for name, limits in sorted(tolerances.items())]


def _record_id(run: RunFolder, always: tuple[str, str, str], more: list[str], inputs: Iterable[tuple[str, str]]) -> str:
    version, profile, snapshot_at = always
    parts = [version, run.name, profile, snapshot_at, *(f"{role}={digest}" for role, digest in inputs), *more]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


# -- what the history says ----


def _trust(db: Database, count: Count) -> dict[str, Settled]:
    first = db.conn.execute(
        "SELECT trust FROM runs WHERE run = ? AND run_created_at IN (?, '') ORDER BY number LIMIT 1",
        [count.run.name, _origin(count)],
    ).fetchone()
    return _trust_of(first[0]) if first is not None else settled_by_cause(db)


def _trust_of(text: str) -> dict[str, Settled]:
    return {cause: Settled(confirmed, overturned) for cause, (confirmed, overturned) in json.loads(text).items()}


_CLAIM = (
    "f.run_id, r.run, f.case_id, f.verdict, f.cause, f.pallet, f.expected_location, f.observed_location, f.other_pallet, "
    "f.other_expected_location, f.other_observed_location"
)


def _claim(row: tuple[str, ...]) -> Claim:
    return Claim(
        record=row[0],
        run=row[1],
        case_id=row[2],
        verdict=row[3],
        cause=row[4],
        pallet=row[5],
        expected_location=row[6],
        observed_location=row[7],
        other_pallet=row[8],
        other_expected_location=row[9],
        other_observed_location=row[10],
    )


def _reviews(db: Database, count: Count, r: Reconciliation) -> tuple[Review, ...]:
    """Judge the findings of each run that this one recounts, the latest first, by what it saw itself.

    They are those of its reconciliation with the same ERP file, or else of its last one; none when it was read again since.
    """
    erp = next((i.digest for i in r.inputs if i.role == "erp"), "")
    found: list[Review] = []
    for before in count.chain[1:]:
        record = db.conn.execute(
            "SELECT r.id FROM runs r JOIN inputs o ON o.run_id = r.id AND o.role = 'observations' AND o.sha256 = :seen "
            "LEFT JOIN inputs e ON e.run_id = r.id AND e.role = 'erp' AND e.sha256 = :erp "
            "WHERE r.run = :run ORDER BY e.sha256 IS NULL, r.number DESC LIMIT 1",
            {"seen": before.file.digest, "erp": erp, "run": before.run.name},
        ).fetchone()
        if record is None:
            continue
        rows = db.conn.execute(
            f"SELECT {_CLAIM} FROM findings f JOIN runs r ON r.id = f.run_id WHERE f.run_id = ? ORDER BY f.case_id", record
        )
        look = SecondLook(count.run.name, before.together, count.own)
        found += look.review([_claim(row) for row in rows], r.findings)
    return tuple(found)


def _kept_reviews(db: Database, identity: str, by: str) -> tuple[Review, ...]:
    rows = db.conn.execute(
        f"SELECT {_CLAIM}, w.outcome, w.reason, w.case_id FROM reviews w "
        "JOIN findings f ON f.run_id = w.reviewed_run_id AND f.case_id = w.reviewed_case_id JOIN runs r ON r.id = f.run_id "
        "WHERE w.run_id = ? ORDER BY w.rowid",
        [identity],
    )
    return tuple(Review(claim=_claim(row), outcome=Outcome(row[11]), reason=row[12], by=by, case_id=row[13]) for row in rows)


# -- the rows ----


def _add(db: Database, identity: str, count: Count, r: Reconciliation) -> None:
    assert r.history is not None
    (number,) = db.conn.execute("SELECT coalesce(max(number), 0) + 1 FROM runs").fetchone()
    flown = [flight_s_of(c.run) for c in count.chain]
    run = {
        "id": identity,
        "run": count.run.name,
        "recorded_at": utc_text(datetime.now(UTC)),
        "schema_version": SCHEMA_VERSION,
        "profile": r.erp.profile,
        "snapshot_at": utc_text(r.snapshot_at) if r.snapshot_at else "",
        "verdicts": json.dumps(r.counts()),
        "number": number,
        "run_created_at": _origin(count),
        "program": f"aislescan {metadata.version('aislescan')}",
        "flight_s": None if None in flown else round(sum(s or 0.0 for s in flown), 1),
        "trust": json.dumps({cause: [s.confirmed, s.overturned] for cause, s in sorted(r.history.trust.items())}),
    }
    add_rows(db, "runs", [run])
    add_rows(db, "inputs", ({"run_id": identity, "role": i.role, "file": i.name, "sha256": i.digest} for i in r.inputs))
    add_rows(db, "observations", (_location_row(identity, x) for x in r.locations))
    add_rows(db, "findings", (_finding_row(identity, f) for f in r.findings))
    add_rows(db, "pallets", _pallet_rows(identity, r))
    add_rows(db, "erp_lines", _line_rows(identity, r))
    if r.settled is not None:
        add_rows(db, "settled_kinds", (_kind_row(identity, kind) for kind in r.settled.exemplars))
        add_objects(db, "settled_places", ("location", "lines"), number, r.settled.kept_places())
        add_objects(db, "settled_pallets", ("pallet", "location"), number, r.settled.kept_pallets())
        add_objects(db, "settled_items", ("sku", "locations"), number, r.settled.kept_items())
    add_rows(db, "reviews", (_review_row(identity, w) for w in r.history.reviews or ()))


def _kind_row(identity: str, e: Exemplar) -> dict[str, object]:
    line, pallet = e.line.result if e.line is not None else None, e.pallet
    of_pallet = pallet or (line if line is not None and line.line.key is not None else None)
    place = _location_row(identity, e.place)
    return {
        "run_id": identity,
        "kind": e.kind,
        "n_locations": e.n_places,
        "n_lines": e.n_lines,
        "last_seen_at": e.last_seen_at,
        **{name: place[name] for name in ("verdict", "status", "expected", "observed", "confidence", "reason")},
        "line_verdict": line.verdict.value if line else "",
        "line_reason": line.reason if line else "",
        "pallet_verdict": of_pallet.verdict.value if of_pallet else "",
        "pallet_reason": of_pallet.reason if of_pallet else "",
    }


def _add_missing_lines(db: Database, identity: str, r: Reconciliation) -> None:
    """A record of format 1 has no lines of the ERP yet; the same files, reconciled again, give them."""
    if r.settled is not None or db.conn.execute("SELECT 1 FROM settled_kinds WHERE run_id = ? LIMIT 1", [identity]).fetchone():
        return
    if not db.conn.execute("SELECT 1 FROM erp_lines WHERE run_id = ? LIMIT 1", [identity]).fetchone():
        add_rows(db, "erp_lines", _line_rows(identity, r))


def _origin(count: Count) -> str:
    """Return what tells a count from another one that had the same name before."""
    if count.origin:
        return count.origin
    made = count.run.read_json(count.run.manifest_path)
    return str(made.get("created_at", "")) if isinstance(made, dict) else ""


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
        "sku": "|".join(dict.fromkeys(line.sku for line in f.lines if line.sku)),
        "batch": "|".join(dict.fromkeys(line.batch for line in f.lines if line.batch)),
        "further_locations": "|".join(f.further_locations),
        "suggested_action": f.suggested_action,
        "severity": f.weight.severity.value if f.weight.severity else "",
        "severity_by": f.weight.by,
        "value": "" if f.weight.value is None else f"{f.weight.value:f}",
        "currency": f.weight.currency,
        "abc": "|".join(dict.fromkeys(line.abc for line in f.lines if line.abc)),
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


def _line_rows(identity: str, r: Reconciliation) -> Iterator[dict[str, object]]:
    seen = {x.place.location: x.observation for x in r.locations}
    n_lines = Counter((x.line.key, x.line.location) for x in r.lines)
    for number, result in enumerate(r.lines, start=1):
        line, observation = result.line, seen.get(result.line.location)
        is_alone = observation is not None and n_lines[line.key, line.location] == 1
        yield {
            "run_id": identity,
            "line": number,
            "erp_row": line.row,
            "location": line.location,
            "pallet": line.key.value if line.key else "",
            "sku": line.sku,
            "batch": line.batch,
            "quantity": "" if line.quantity is None else f"{line.quantity:f}",
            "uom": line.uom,
            "expiry": line.expiry.isoformat() if line.expiry else "",
            "erp_row_ref": line.row_ref,
            "label_count": _other_count(result, observation.label_data) if observation and is_alone else "",
            "verdict": result.verdict.value,
            "reason": result.reason,
        }


def _other_count(result: LineResult, label_data: tuple[tuple[str, str], ...]) -> str:
    """Return the count (37) on the label of a line that is contradicted by nothing else, tolerated or not; empty for all others."""
    counted = label_count(label_data, [result.line])
    if result.verdict not in (Verdict.WRONG_CONTENT, Verdict.MATCH) or counted is None or counted == result.line.quantity:
        return ""
    others = [(ai, value) for ai, value in label_data if ai != "37"]
    return "" if contradictions(others, [result.line]) else f"{counted:f}"


def _review_row(identity: str, w: Review) -> dict[str, object]:
    return {
        "run_id": identity,
        "reviewed_run_id": w.claim.record,
        "reviewed_case_id": w.claim.case_id,
        "outcome": w.outcome.value,
        "case_id": w.case_id,
        "reason": w.reason,
    }
