"""What became of findings: each claim once, however many records and recounts repeat it.

A decision by a person outweighs a second look; among decisions, and among second looks, the latest counts. A case that a person
sent to be counted again is open until a later look settles it.
"""

from __future__ import annotations

from dataclasses import dataclass

from inventory.findings import ACCUSATIONS, Verdict
from inventory.review import Outcome
from inventory.store.database import Database
from inventory.trust import Settled

_DECIDED = {"confirm": Outcome.CONFIRMED, "overturn": Outcome.OVERTURNED, "recount": Outcome.OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutcome:
    """One claim that somebody or something looked at again."""

    record: str
    """`runs.id` of the reconciliation that made it first."""
    cause: str
    is_accusation: bool
    outcome: Outcome


@dataclass(slots=True)
class _Case:
    """A claim while its reviews and decisions are gathered."""

    first: tuple[int, str, str, str]
    """Number and id of its first record, cause, verdict."""
    reviews: list[tuple[int, str, str]]
    """(number of the record, recorded_at, outcome), the latest last."""
    decisions: list[tuple[str, int, str, str]]
    """(decided_at, number, recorded_at, decision)."""

    def outcome(self) -> Outcome:
        decision = max(self.decisions, default=None)
        since = ""
        if decision is not None:
            if decision[3] != "recount":
                return _DECIDED[decision[3]]
            since = decision[2]
        looks = [outcome for _, recorded_at, outcome in sorted(self.reviews) if recorded_at >= since and outcome != Outcome.OPEN]
        return Outcome(looks[-1]) if looks else Outcome.OPEN


_TOUCHED = """
SELECT f.run_id, f.case_id, f.verdict, f.cause, f.pallet, f.expected_location, f.observed_location, r.number, r.run,
    r.run_created_at, coalesce((SELECT i.sha256 FROM inputs i WHERE i.run_id = r.id AND i.role = 'observations'), '')
FROM findings f JOIN runs r ON r.id = f.run_id
WHERE EXISTS (SELECT 1 FROM reviews w WHERE w.reviewed_run_id = f.run_id AND w.reviewed_case_id = f.case_id)
    OR EXISTS (SELECT 1 FROM reviews w WHERE w.run_id = f.run_id AND w.case_id = f.case_id)
    OR EXISTS (SELECT 1 FROM decisions d WHERE d.run_id = f.run_id AND d.case_id = f.case_id)
ORDER BY r.number, f.case_id
"""


def case_outcomes(db: Database) -> list[CaseOutcome]:
    """Return the outcome of each claim that was reviewed or decided, open ones included, the oldest first."""
    earlier: dict[tuple[str, str], tuple[str, str]] = {}
    reviews = db.conn.execute(
        "SELECT w.run_id, w.case_id, w.reviewed_run_id, w.reviewed_case_id, w.outcome, b.number, b.recorded_at "
        "FROM reviews w JOIN runs b ON b.id = w.run_id JOIN runs a ON a.id = w.reviewed_run_id ORDER BY b.number, a.number"
    ).fetchall()
    for run_id, case_id, reviewed_run, reviewed_case, *_ in reviews:
        if case_id:
            earlier.setdefault((run_id, case_id), (reviewed_run, reviewed_case))  # of several runs before, the first
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    cases: dict[tuple[str, ...], _Case] = {}
    for row in db.conn.execute(_TOUCHED):
        run_id, case_id, verdict, cause, pallet, expected, observed, number, run, created_at, seen = row
        own = (run, created_at, seen, cause, pallet, expected, observed)
        keys[run_id, case_id] = keys.get(earlier.get((run_id, case_id), ("", "")), own)
        cases.setdefault(keys[run_id, case_id], _Case(first=(number, run_id, cause, verdict), reviews=[], decisions=[]))
    for _, _, reviewed_run, reviewed_case, outcome, number, recorded_at in reviews:
        cases[keys[reviewed_run, reviewed_case]].reviews.append((number, recorded_at, outcome))
    for run_id, case_id, decision, decided_at, number, recorded_at in db.conn.execute(
        "SELECT run_id, case_id, decision, decided_at, number, recorded_at FROM decisions"
    ):
        cases[keys[run_id, case_id]].decisions.append((decided_at, number, recorded_at, decision))
    return [
        CaseOutcome(
            record=case.first[1],
            cause=case.first[2],
            is_accusation=Verdict(case.first[3]) in ACCUSATIONS,
            outcome=case.outcome(),
        )
        for case in sorted(cases.values(), key=lambda case: case.first[0])
    ]


def settled_by_cause(db: Database) -> dict[str, Settled]:
    """Return how many findings of each cause were confirmed and overturned; causes of which none was settled are left out."""
    found: dict[str, Settled] = {}
    for case in case_outcomes(db):
        if case.outcome is Outcome.OPEN:
            continue
        is_right = case.outcome is Outcome.CONFIRMED
        before = found.get(case.cause, Settled())
        found[case.cause] = Settled(before.confirmed + is_right, before.overturned + (not is_right))
    return found
