"""What people decided on findings: kept beside them for good. A decision changes neither the evidence nor the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from inventory.cell_values import utc_text
from inventory.store.database import Database, columns_of, opened, transaction
from inventory.store.metadata_file import write_metadata
from inventory.store.recording import record_id_of_summary
from warehouse.errors import BadInputError, FaultsError
from warehouse.run_folder import RunFolder

_RECONCILE_FIRST = "run first: aislescan reconcile RUN --erp FILE"


class Choice(StrEnum):
    """What a person decides on a finding."""

    CONFIRM = "confirm"
    """It is right."""
    OVERTURN = "overturn"
    """It is wrong."""
    RECOUNT = "recount"
    """It is to be looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """A decision that is to be kept."""

    case_id: str
    choice: Choice
    by: str
    decided_at: datetime
    reason: str
    reconciliation: str = ""
    """First digits of what the history knows the reconciliation by that it was made on; empty: the run's present one."""
    where: str = ""
    """File and row that it comes from; empty when it was typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of decisions that were handed in."""

    n_new: int
    n_known: int
    """Kept before, word for word."""
    superseding: tuple[str, ...]
    """Case ids of which an earlier decision is superseded."""


def keep_decisions(run: RunFolder, decisions: Sequence[NewDecision]) -> Kept:
    """Keep decisions on the findings of a run, by default of its present reconciliation; all of them, or none.

    None when one names a case, or a reconciliation of this run, that is not there.

    BadInputError names every unknown case.
    """
    with opened(run.store_path, must_exist=True) as db:
        with transaction(db):
            record = _record(db, run)
            records = _records_named(db, run, decisions) | {"": record}
            for name in dict.fromkeys(d.reconciliation for d in decisions):
                of_it = [d for d in decisions if d.reconciliation == name]
                _refuse_unknown(db, records[name], run, of_it, is_present=records[name] == record)
            now, n_new, superseding = utc_text(datetime.now(UTC)), 0, []
            for d in decisions:
                row = {
                    "run_id": records[d.reconciliation],
                    "case_id": d.case_id,
                    "decision": d.choice.value,
                    "decided_by": d.by,
                    "decided_at": utc_text(d.decided_at),
                    "reason": d.reason,
                }
                where = " AND ".join(f"{column} = :{column}" for column in row)
                if db.conn.execute(f"SELECT 1 FROM decisions WHERE {where}", row).fetchone():
                    continue
                key = [row["run_id"], d.case_id]
                if db.conn.execute("SELECT 1 FROM decisions WHERE run_id = ? AND case_id = ?", key).fetchone():
                    superseding.append(d.case_id)
                number = db.conn.execute("SELECT coalesce(max(number), 0) + 1 FROM decisions").fetchone()[0]
                db.table("decisions").insert({"number": number, **row, "recorded_at": now})
                n_new += 1
        write_metadata(run.store_path, columns_of(db))
    return Kept(n_new=n_new, n_known=len(decisions) - n_new, superseding=tuple(dict.fromkeys(superseding)))


def locations_to_recount(run: RunFolder) -> dict[str, str]:
    """Return the locations of the cases that a person wants counted again, by the last decision on each, with the reason in words.

    Empty where nothing was decided, or no history is there.
    """
    if not run.store_path.is_file() or not run.reconciliation.summary_path.is_file():
        return {}
    sql = (
        "SELECT f.case_id, f.expected_location, f.observed_location, f.other_expected_location, f.other_observed_location, "
        "f.further_locations, d.decided_by FROM findings f JOIN decisions d ON d.number = (SELECT last.number FROM decisions last "
        "WHERE last.run_id = f.run_id AND last.case_id = f.case_id ORDER BY last.decided_at DESC, last.number DESC LIMIT 1) "
        "WHERE f.run_id = ? AND d.decision = 'recount' ORDER BY f.case_id"
    )
    found: dict[str, str] = {}
    with opened(run.store_path) as db:
        for case_id, *places, by in db.conn.execute(sql, [_record_now(run)]):
            for location in "|".join(places).split("|"):
                if location:
                    found.setdefault(location, f"{by} wants case {case_id} counted again.")
    return found


def _record(db: Database, run: RunFolder) -> str:
    """Return the id of the run's last reconciliation in the history; BadInputError when it is not there."""
    record = _record_now(run)
    if not db.conn.execute("SELECT 1 FROM runs WHERE id = ?", [record]).fetchone():
        raise BadInputError(
            f"{run.store_path}: the history does not know the reconciliation that lies in {run.root}", remedy=_RECONCILE_FIRST
        )
    return record


def _record_now(run: RunFolder) -> str:
    """Return what the reconciliation is known by whose files the run folder holds now: case ids are those of that one."""
    summary = run.read_json(run.require(run.reconciliation.summary_path, made_by="aislescan reconcile RUN --erp FILE"))
    try:
        return record_id_of_summary(run, summary)
    except (KeyError, TypeError) as error:
        raise BadInputError(f"{run.reconciliation.summary_path}: no summary: {error}", remedy=_RECONCILE_FIRST) from error


def _records_named(db: Database, run: RunFolder, decisions: Iterable[NewDecision]) -> dict[str, str]:
    """Return the record of each reconciliation that decisions name; BadInputError when it is none of this run.

    Case ids begin anew in each, so that a decision on another one's finding must not fall on that of the same number here.
    """
    found: dict[str, str] = {}
    for d in decisions:
        if not d.reconciliation or d.reconciliation in found:
            continue
        known = db.conn.execute(
            "SELECT id FROM runs WHERE run = ? AND substr(id, 1, ?) = ?", [run.name, len(d.reconciliation), d.reconciliation]
        ).fetchone()
        if known is None:
            raise BadInputError(
                f"{d.where or d.case_id}, column reconciliation: {d.reconciliation!r} is none of run {run.name}",
                remedy="give the run that the report was made of; no decision was kept",
            )
        found[d.reconciliation] = known[0]
    return found


def _refuse_unknown(db: Database, record: str, run: RunFolder, decisions: Iterable[NewDecision], *, is_present: bool) -> None:
    known = {case_id for (case_id,) in db.conn.execute("SELECT case_id FROM findings WHERE run_id = ?", [record])}
    unknown = [
        f"{d.where}, column case_id: {d.case_id!r}" if d.where else repr(d.case_id) for d in decisions if d.case_id not in known
    ]
    if unknown:
        shown = f"{min(known)} to {max(known)}" if known else "none: it has no findings"
        raise FaultsError(
            f"{run.root}: no such case in {'its last' if is_present else 'that'} reconciliation, so no decision was kept",
            unknown,
            remedy=f"its cases are {shown} (column case_id of {run.reconciliation.discrepancies_path.name})",
        )
