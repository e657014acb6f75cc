"""The columns of `review.csv`: what a recount says of each finding of the runs before it. Columns are only added, at the end."""

from __future__ import annotations

from inventory.contract import Column, words
from inventory.findings import Cause, Verdict
from inventory.review import Outcome, Review

REVIEW_VERSION = "1.0.0"

REVIEW_COLUMNS: tuple[Column[Review], ...] = (
    Column(
        "review_version",
        lambda _: REVIEW_VERSION,
        "version of these columns",
        constraints={"required": True, "pattern": r"1\.\d+\.\d+"},
    ),
    Column("reviewed_run", lambda w: w.claim.run, "name of the run that made the finding", constraints={"required": True}),
    Column(
        "reviewed_case_id",
        lambda w: w.claim.case_id,
        "its number in discrepancies.csv of that run",
        constraints={"required": True},
    ),
    Column(
        "outcome",
        lambda w: w.outcome.value,
        "what the second look says of it; open where it did not surely see it",
        constraints={"required": True, "enum": [o.value for o in Outcome]},
    ),
    Column(
        "confirmed_by",
        lambda w: w.by if w.outcome is Outcome.CONFIRMED else "",
        "run whose own look confirms it, so that two independent looks agree; empty when none does",
    ),
    Column("case_id", lambda w: w.case_id, "finding of this run that goes on with it; empty when there is none"),
    Column(
        "verdict",
        lambda w: w.claim.verdict,
        "what the finding said",
        constraints={"required": True, "enum": [v.value for v in Verdict if v not in (Verdict.MATCH, Verdict.UNVERIFIED)]},
    ),
    Column("cause", lambda w: w.claim.cause, "what it was thought to come from", constraints={"enum": [c.value for c in Cause]}),
    Column("pallet", lambda w: w.claim.pallet, "empty for stock that the ERP keeps without a pallet id"),
    Column("expected_location", lambda w: w.claim.expected_location, "by the ERP; empty when it does not list the pallet"),
    Column("observed_location", lambda w: w.claim.observed_location, "where it was read; empty when nowhere"),
    Column("reason", lambda w: words(w.reason), "in words, what the second look saw", constraints={"required": True}),
)
