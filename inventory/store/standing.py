"""What became of each finding of a run's last reconciliation: second looks and decisions, for the report to show."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from inventory.store.asking import Decision, SecondOpinion
from inventory.store.database import opened
from inventory.store.recording import record_id_of_summary
from warehouse.run_folder import RunFolder

# A finding stands for those that a recount goes on with, and for the same claim of the same run reconciled at another time.
_FAMILY = """
WITH family AS (
SELECT case_id, of_run_id, of_case_id FROM case_family WHERE run_id = :record
UNION
SELECT f.case_id, g.run_id, g.case_id FROM findings f JOIN runs r ON r.id = f.run_id
    JOIN runs s ON s.run = r.run AND s.run_created_at = r.run_created_at AND s.id <> r.id
    JOIN findings g ON g.run_id = s.id AND g.pallet = f.pallet AND g.verdict = f.verdict AND g.cause = f.cause
        AND g.expected_location = f.expected_location AND g.observed_location = f.observed_location
        AND g.other_pallet = f.other_pallet
WHERE f.run_id = :record)
"""
_DECISIONS = """
SELECT DISTINCT c.case_id, d.decision, d.decided_by AS by, d.decided_at, d.reason, d.recorded_at, d.number FROM family c
    JOIN decisions d ON d.run_id = c.of_run_id AND d.case_id = c.of_case_id ORDER BY c.case_id, d.decided_at DESC, d.number DESC
"""
_SECOND_LOOKS = """
SELECT DISTINCT c.case_id AS of_case, b.run, b.recorded_at, w.outcome, w.case_id, w.reason FROM family c
    JOIN reviews w ON w.reviewed_run_id = c.of_run_id AND w.reviewed_case_id = c.of_case_id JOIN runs b ON b.id = w.run_id
    ORDER BY c.case_id, b.number DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStanding:
    """What later runs and people said of one finding, each the latest first."""

    decisions: tuple[Decision, ...] = ()
    second_looks: tuple[SecondOpinion, ...] = ()


def record_of(run: RunFolder) -> str:
    """Return what the history knows the run's present reconciliation by; empty where its summary does not say."""
    path = run.reconciliation.summary_path
    try:
        return record_id_of_summary(run, run.read_json(path)) if path.is_file() else ""
    except (KeyError, TypeError, AttributeError):
        return ""


def standing_of(run: RunFolder) -> dict[str, CaseStanding]:
    """Return it by case id for the findings of the run's present reconciliation; empty where there is no history.

    BadInputError when the history cannot be used.
    """
    record = record_of(run)
    if not record or not run.store_path.is_file():
        return {}
    decisions: dict[str, list[Decision]] = defaultdict(list)
    looks: dict[str, list[SecondOpinion]] = defaultdict(list)
    with opened(run.store_path) as db:
        for row in db.query(_FAMILY + _DECISIONS, {"record": record}):
            own = decisions[row.pop("case_id")]
            del row["number"]
            own.append(Decision(**row, is_in_force=not own))
        for row in db.query(_FAMILY + _SECOND_LOOKS, {"record": record}):
            looks[row.pop("of_case")].append(SecondOpinion(**row))
    return {case: CaseStanding(decisions=tuple(decisions[case]), second_looks=tuple(looks[case])) for case in {*decisions, *looks}}
