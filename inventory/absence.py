"""Whether a pallet that was read nowhere is proven to be gone from the place where the ERP expects it.

Only two things prove it: the place was seen empty, or another pallet was soundly read in its stead. A place that was not seen, or
whose label did not read, proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inventory.drafts import LOW, in_rows, joined
from inventory.erp_lines import ErpLine
from inventory.findings import Cause, Verdict
from inventory.lookalike import lookalike_doubt
from inventory.sightings import Doubt, Sighting, doubt
from inventory.world import World
from warehouse.observations import SURE, ObservationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """What can be said of stock that should be at a place."""

    verdict: Verdict
    """`missing`, `low_confidence` or `unverified`."""
    cause: Cause = Cause.GONE
    reason: str
    confidence: float = 0.0
    evidence: str = ""
    """Picture that shows what is there instead."""


def absence(lines: Sequence[ErpLine], location: str, world: World) -> Absence:
    """Return what proves that the stock of `lines`, all of one pallet (or none) and booked at `location`, is not there."""
    status = world.status(location)
    pallet = lines[0].key
    what = f"pallet {lines[0].pallet_text}" if pallet else f"item {lines[0].sku} without a pallet id"
    expects = f"The ERP expects {what} at {location}{in_rows(lines) if pallet else ''}"
    if all(line.is_used_up for line in lines):
        quantity = lines[0].quantity
        reason = f"The ERP has {what} at {location} with a quantity of {quantity}: nothing of it need stand there."
        return Absence(verdict=Verdict.UNVERIFIED, reason=reason)
    if status is ObservationStatus.EMPTY:
        return _seen_empty(lines[0], location, expects, world)
    if status is not ObservationStatus.READ:
        return Absence(verdict=Verdict.UNVERIFIED, reason=world.not_decided(location))
    there = world.looks.at[location]
    read = joined([str(s.pallet) for s in there])
    if pallet is None:
        reason = f"{expects}; {read} was read there, and without an id only a person can tell whether that is it."
        return Absence(verdict=Verdict.UNVERIFIED, reason=reason)
    n_expected = len(world.book.pallets_at(location))
    proven = [s for s in there if displacement_doubt(s, world) is None]
    if len(proven) < n_expected:
        return _not_displaced(there, n_expected, expects, world)
    reason = f"{expects}; {read} was read there instead, and {what} was read nowhere."
    best = max(proven, key=lambda s: s.probability)
    return _unless_named_elsewhere(
        lines[0],
        location,
        Absence(verdict=Verdict.MISSING, cause=Cause.REPLACED, reason=reason, confidence=best.probability, evidence=best.evidence),
        world,
    )


def _seen_empty(line: ErpLine, location: str, expects: str, world: World) -> Absence:
    observation = world.looks.by_location[location]
    nowhere = ", and the pallet was read nowhere" if line.key else ""
    reason = f"{expects}; the place was seen empty{nowhere}."
    if observation.confidence < SURE:
        return Absence(
            verdict=Verdict.LOW_CONFIDENCE,
            cause=Cause.WEAK_EVIDENCE,
            reason=f"{reason} But that the place is empty is only {observation.confidence:.0%} sure.",
            confidence=min(observation.confidence, LOW),
            evidence=observation.evidence,
        )
    gone = Absence(verdict=Verdict.MISSING, reason=reason, confidence=observation.confidence, evidence=observation.evidence)
    return _unless_named_elsewhere(line, location, gone, world)


def _not_displaced(there: list[Sighting], n_expected: int, expects: str, world: World) -> Absence:
    if n_expected > 1:
        reason = f"{expects}; {len(there)} of {n_expected} pallets were read there, and it may stand among or behind them."
        return Absence(verdict=Verdict.UNVERIFIED, reason=reason)
    first = next(s for s in there if displacement_doubt(s, world) is not None)
    why = displacement_doubt(first, world)
    words = why.words if why else ""
    return Absence(
        verdict=Verdict.LOW_CONFIDENCE,
        cause=why.cause if why else Cause.WEAK_EVIDENCE,
        reason=f"{expects}; {first.pallet} was read there instead, but {words}.",
        confidence=min(first.probability, LOW),
        evidence=first.evidence,
    )


def displacement_doubt(sighting: Sighting, world: World) -> Doubt | None:
    """Return why a read does not prove that another pallet stands in this place, or None."""
    if sighting.pallet in world.book.within:
        return Doubt(Cause.WEAK_EVIDENCE, f"the ERP books that within pallet {world.book.within[sighting.pallet].pallet_text}")
    home = frozenset(line.location for line in world.book.by_pallet.get(sighting.pallet, ()))
    if sighting.location in home:
        return None if sighting.n_frames else doubt(sighting)
    refused = world.book.refused.get(sighting.pallet) or world.book.refused_at.get(sighting.location)
    if refused is not None:
        return Doubt(Cause.NOT_COVERED, f"row {refused.row} of the file, which could not be used, may book it there")
    weak = doubt(sighting, home=home, needs_place=True)
    if weak is not None:
        return weak
    return lookalike_doubt(sighting, world)


def _unless_named_elsewhere(line: ErpLine, location: str, gone: Absence, world: World) -> Absence:
    """Return `gone`, unless `read nowhere` proves nothing: a refused row of the scans or a barcode too doubtful to be booked names
    the pallet, or no label can be booked as it.

    An id that no label can be booked as was looked for in vain: then only the empty place speaks.
    """
    refused = world.looks.refused.get(line.key) if line.key is not None else None
    if refused is not None:
        return Absence(
            verdict=Verdict.LOW_CONFIDENCE,
            cause=Cause.WEAK_EVIDENCE,
            reason=f"{gone.reason} But row {refused.row} of {refused.file}, which could not be used, names it.",
            confidence=min(gone.confidence, LOW),
            evidence=gone.evidence,
        )
    doubtful = world.looks.unbooked.get(line.pallet.value, []) if line.pallet is not None else []
    if doubtful:
        return Absence(
            verdict=Verdict.UNVERIFIED if location in doubtful else Verdict.LOW_CONFIDENCE,
            cause=Cause.WEAK_EVIDENCE,
            reason=f"{gone.reason} But a barcode that names it was seen at {joined(doubtful)}, too doubtful to be booked.",
            confidence=min(gone.confidence, LOW),
            evidence=gone.evidence,
        )
    if line.key is None or line.pallet is not None or world.is_any_text_a_pallet:
        return gone
    rule = f"the ERP's id {line.pallet_text} is no valid SSCC and fits none of the site's lpn_patterns, so no label is booked as it"
    where = world.looks.unbooked.get(line.pallet_text)
    if where is not None:
        reason = f"A barcode with the text {line.pallet_text} was read at {joined(where)}, but {rule}."
        verdict = Verdict.UNVERIFIED if location in where else Verdict.LOW_CONFIDENCE
    elif gone.cause is Cause.GONE:
        return gone
    else:
        reason, verdict = f"{gone.reason} But {rule}.", Verdict.LOW_CONFIDENCE
    return Absence(
        verdict=verdict, cause=Cause.WEAK_EVIDENCE, reason=reason, confidence=min(gone.confidence, LOW), evidence=gone.evidence
    )
