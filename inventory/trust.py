"""How far a kind of evidence is to be believed, by how often second looks and people overturned it before.

For each cause the share of findings that are right has a Beta prior worth RIGHT + WRONG settled cases; what was settled is added to
it, and the mean of that over the prior's own mean (A. Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.4) is the
factor for the confidence of new findings of that cause. It is never above 1: a history may only make a claim more doubtful.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from inventory.findings import Finding, LocationResult, Reconciliation
from inventory.review import Outcome, Review

RIGHT, WRONG = 19.0, 1.0
"""Pseudo counts: without a history 19 of 20 findings are taken to be right, and 20 cases settle as much as that assumption."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How many findings of one cause were settled, and how."""

    confirmed: int = 0
    overturned: int = 0

    @property
    def factor(self) -> float:
        """Of the confidence of new findings: 1 without a history, less the more were overturned; never above 1."""
        mean = (RIGHT + self.confirmed) / (RIGHT + WRONG + self.confirmed + self.overturned)
        return min(1.0, round(mean / (RIGHT / (RIGHT + WRONG)), 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the history said when a run was first recorded, and what the run says of earlier findings."""

    trust: Mapping[str, Settled] = field(default_factory=dict)
    """By cause, only of findings settled before the run's first record."""
    reviews: tuple[Review, ...] | None = None
    """Of the findings of the runs that it recounts; None when it recounts none."""

    def as_json(self) -> dict[str, Any]:
        """Return it for summary.json."""
        trust = {
            cause: {"confirmed": s.confirmed, "overturned": s.overturned, "factor": s.factor}
            for cause, s in sorted(self.trust.items())
        }
        found: dict[str, Any] = {"trust": trust}
        if self.reviews is not None:
            found["reviews"] = {outcome.value: sum(r.outcome is outcome for r in self.reviews) for outcome in Outcome}
        return found

    def as_lines(self) -> list[str]:
        """Return it for people; nothing where it says nothing."""
        found = []
        if self.reviews:
            n = {outcome: sum(r.outcome is outcome for r in self.reviews) for outcome in Outcome}
            found.append(
                f"Second look at earlier findings: {n[Outcome.CONFIRMED]} confirmed, {n[Outcome.OVERTURNED]} overturned, "
                f"{n[Outcome.OPEN]} still open (review.csv)"
            )
        lowered = [f"{cause} (x {s.factor:.2f})" for cause, s in sorted(self.trust.items()) if s.factor < 1]
        if lowered:
            found.append(f"Confidence lowered, because such findings were overturned before: {', '.join(lowered)}")
        return found


def with_history(reconciliation: Reconciliation, history: History) -> Reconciliation:
    """Return the reconciliation with the confidence of its findings, and of the locations that rest on them, by the history.

    No verdict changes, and no confidence rises.
    """
    r = reconciliation
    findings = tuple(_trusted(f, history.trust) for f in r.findings)
    changed = {old.case_id: new for old, new in zip(r.findings, findings, strict=True) if old.confidence != new.confidence}
    locations = tuple(_rested(x, changed, findings) if changed.keys() & set(x.case_ids) else x for x in r.locations)
    return replace(r, findings=findings, locations=locations, history=history)


def _trusted(finding: Finding, trust: Mapping[str, Settled]) -> Finding:
    settled = trust.get(finding.cause.value)
    return replace(finding, confidence=finding.confidence * settled.factor) if settled and settled.factor < 1 else finding


def _rested(x: LocationResult, changed: Mapping[str, Finding], findings: tuple[Finding, ...]) -> LocationResult:
    """A location is as sure as the surest finding of its own verdict."""
    same = [f.confidence for f in findings if f.case_id in x.case_ids and f.verdict is x.verdict]
    return replace(x, confidence=max(same)) if same else x
