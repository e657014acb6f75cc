"""Whether a second, independent look confirms or overturns what was found at the first. Pure functions.

Only what the second run saw by itself counts here, and only where it is sure; what both runs say together is `recounted`. A finding
says one or both of two things, and the second look may agree or object to each: a pallet stands at a place, a pallet does not stand
at its place. What it did not see surely it neither confirms nor overturns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from inventory.findings import Cause, Finding, Verdict
from inventory.sightings import Looks, Sighting, doubt
from warehouse.observations import SURE, Observation, ObservationStatus

_LABEL_DATA = frozenset({"01", "02", "10", "17", "37"})
"""Application identifiers that a wrong_content finding rests on."""


class Outcome(StrEnum):
    """What a second look says of a finding."""

    CONFIRMED = "confirmed"
    OVERTURNED = "overturned"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A finding of an earlier run, as the history keeps it."""

    record: str
    """The reconciliation that it was found in: `runs.id` of the history."""
    run: str
    """Name of the run folder."""
    case_id: str
    verdict: str
    cause: str
    pallet: str
    expected_location: str
    observed_location: str
    other_pallet: str
    other_expected_location: str
    other_observed_location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the second look says of one claim: a row of `review.csv`."""

    claim: Claim
    outcome: Outcome
    reason: str
    by: str
    """Name of the run that looked again."""
    case_id: str = ""
    """The finding that goes on with it in the later reconciliation; empty when there is none."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What the second look says of one pallet of a claim."""

    outcome: Outcome
    words: str


class SecondLook:
    """The observations of a second run beside those that the claims came from."""

    def __init__(self, by: str, first: Iterable[Observation], second: Iterable[Observation]) -> None:
        """Index both; `by` is the name of the second run."""
        self.by = by
        self.first = Looks(first)
        self.second = Looks(second)

    def review(self, claims: Iterable[Claim], findings: Sequence[Finding]) -> tuple[Review, ...]:
        """Return one review a claim, in their order; `findings` are those of the later reconciliation, with their case ids."""
        return tuple(self._review(claim, findings) for claim in claims)

    def _review(self, claim: Claim, findings: Sequence[Finding]) -> Review:
        parts = self._parts(claim)
        outcomes = {part.outcome for part in parts}
        if Outcome.OVERTURNED in outcomes:
            outcome = Outcome.OVERTURNED
        else:
            outcome = Outcome.CONFIRMED if outcomes == {Outcome.CONFIRMED} else Outcome.OPEN
        words = [part.words for part in parts if part.outcome is outcome] or [part.words for part in parts]
        reason = f"Run {self.by} {'; '.join(dict.fromkeys(words))}."
        return Review(claim=claim, outcome=outcome, reason=reason, by=self.by, case_id=_continued(claim, findings))

    def _parts(self, c: Claim) -> list[_Part]:
        if c.cause == Cause.SHIFTED:  # our own localisation is suspected, and a second flight may err in the same way
            home = self._is_away(c.pallet, c.expected_location)
            return [home if home.outcome is Outcome.OVERTURNED else _Part(Outcome.OPEN, "cannot tell a shifted row from the air")]
        if c.verdict == Verdict.DUPLICATE:
            places = (c.observed_location, c.other_observed_location)
            return [self._stands(c.pallet, place, frozenset({c.expected_location})) for place in places if place]
        if c.verdict == Verdict.WRONG_CONTENT:
            return [self._content(c.pallet, c.observed_location)]
        if c.cause == Cause.HOME_NOT_SEEN:  # another label with the same id may hang at home
            home = self._is_away(c.pallet, c.expected_location)
            return [self._stands(c.pallet, c.observed_location, frozenset({c.expected_location})), home]
        parts = [self._placed(c.pallet, c.expected_location, c.observed_location)]
        if not c.other_pallet and c.other_expected_location:  # booked at two places, and read at neither
            parts.append(self._is_away(c.pallet, c.other_expected_location))
        if c.other_pallet:
            parts.append(self._placed(c.other_pallet, c.other_expected_location, c.other_observed_location))
        return parts

    def _placed(self, pallet: str, expected: str, observed: str) -> _Part:
        """Of a pallet that was read at `observed`, or nowhere (empty), and not at `expected` (empty: the ERP does not list it)."""
        if not observed:
            return self._is_away(pallet, expected)
        stands = self._stands(pallet, observed, frozenset({expected}))
        was_at_home = any(s.pallet.value == pallet for s in self.first.at.get(expected, ()))
        if not expected or expected == observed or was_at_home or stands.outcome is Outcome.OVERTURNED:
            return stands
        away = self._is_away(pallet, expected)
        if away.outcome is not Outcome.OVERTURNED:
            return stands
        if stands.outcome is Outcome.CONFIRMED:
            return _Part(Outcome.OPEN, f"read {pallet} both at {expected} and at {observed}")
        return away

    def _stands(self, pallet: str, location: str, home: frozenset[str]) -> _Part:
        seen = self.second.by_location.get(location)
        if seen is None or not _is_sure(seen):
            return self._not_decided(location)
        for sighting in self.second.at.get(location, ()):
            if sighting.pallet.value == pallet:
                weak = doubt(sighting, home=home)
                if weak is None or weak.cause is Cause.SINGLE_READ:  # the photos of two flights prove an id together
                    return _Part(Outcome.CONFIRMED, f"read {pallet} at {location} again")
                return _Part(Outcome.OPEN, f"read {pallet} at {location} again, but {weak.words}")
        return self._something_else(location, Outcome.OVERTURNED)

    def _is_away(self, pallet: str, location: str) -> _Part:
        seen = self.second.by_location.get(location)
        if seen is None or not _is_sure(seen):
            return self._not_decided(location)
        there = self.second.at.get(location, [])
        if pallet and any(s.pallet.value == pallet for s in there):
            return _Part(Outcome.OVERTURNED, f"read {pallet} at {location}, where the ERP expects it")
        if not pallet and there:
            return _Part(Outcome.OPEN, f"read {_ids(there)} at {location}; without an id only a person can tell whether that is it")
        if there and all(doubt(s, needs_place=True) for s in there):
            return _Part(Outcome.OPEN, f"read {_ids(there)} at {location}, but not surely enough")
        return self._something_else(location, Outcome.CONFIRMED)

    def _something_else(self, location: str, outcome: Outcome) -> _Part:
        """Say that the place was seen without the pallet, unless it may stand behind another one."""
        there = self.second.at.get(location, [])
        if not there:
            return _Part(outcome, f"saw {location} empty")
        if len(there) < len(self.first.at.get(location, ())):
            return _Part(Outcome.OPEN, f"read only {_ids(there)} at {location}, where the first look read more")
        return _Part(outcome, f"read {_ids(there)} at {location} instead")

    def _content(self, pallet: str, location: str) -> _Part:
        stands = self._stands(pallet, location, frozenset({location}))
        if stands.outcome is not Outcome.CONFIRMED:
            return stands
        first, second = (_label(looks.by_location.get(location)) for looks in (self.first, self.second))
        both = first.keys() & second.keys()
        if any(first[ai] != second[ai] for ai in both):
            return _Part(Outcome.OVERTURNED, f"read other data on the label at {location}")
        if both == first.keys() and both:
            return _Part(Outcome.CONFIRMED, f"read the same label at {location} again")
        return _Part(Outcome.OPEN, f"read {pallet} at {location}, but not all the data of its label")

    def _not_decided(self, location: str) -> _Part:
        status = self.second.status(location)
        how = "looked at" if status in (ObservationStatus.UNSEEN, ObservationStatus.NOT_OBSERVABLE) else "decided"
        return _Part(Outcome.OPEN, f"has not surely {how} {location}" if how == "decided" else f"has not {how} {location}")


def _is_sure(o: Observation) -> bool:
    return o.status in (ObservationStatus.READ, ObservationStatus.EMPTY) and o.confidence >= SURE


def _ids(sightings: Iterable[Sighting]) -> str:
    return ", ".join(str(s.pallet) for s in sightings)


def _label(o: Observation | None) -> dict[str, frozenset[str]]:
    data = o.label_data if o is not None else ()
    return {ai: frozenset(value for other, value in data if other == ai) for ai, _ in data if ai in _LABEL_DATA}


def _continued(claim: Claim, findings: Sequence[Finding]) -> str:
    """Return the case id of the finding that speaks of the same pallet and place; one of the same verdict before another."""
    places = {claim.expected_location, claim.observed_location, claim.other_expected_location, claim.other_observed_location} - {""}
    same = [
        f
        for f in findings
        if claim.pallet in {str(p) if p else "" for p in ((f.pallet, f.other_pallet) if f.other_pallet else (f.pallet,))}
        and places & f.locations
    ]
    best = next((f for f in same if f.verdict == claim.verdict and f.cause == claim.cause), None)
    return (best or (same[0] if same else None)).case_id if same else ""  # type: ignore[union-attr]
