"""The verdict of a pallet that was read where the ERP expects it: its content, its other bookings, and reads of it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from inventory.absence import absence
from inventory.content import contradictions, label_count
from inventory.drafts import booked_at, count_again, joined, lowered, seen_at_place, unless_moved
from inventory.erp_lines import ErpLine
from inventory.findings import Cause, Finding, LineResult, PalletResult, Verdict
from inventory.judgement import Judgement
from inventory.sightings import Doubt, Sighting, doubt
from inventory.world import World
from warehouse.pallet_ids import PalletId


def read_at_home(pallet: PalletId, lines: Sequence[ErpLine], at_home: Sequence[Sighting], world: World) -> Judgement:
    """Return the verdicts of a pallet of which `at_home` are the sightings at places where the ERP expects it."""
    seen = max(at_home, key=lambda s: (s.n_frames, s.probability, s.location))
    read_at = {s.location for s in at_home}
    here = [line for line in lines if line.location in read_at]
    verdict, reason = Verdict.MATCH, f"Pallet {pallet} was read at {seen.location}, where the ERP expects it."
    findings: list[Finding] = []
    tolerated = _tolerated(here, seen, world)
    reason += f" It agrees within limits: {tolerated}." if tolerated else ""
    wrong = None if tolerated else _wrong_content(pallet, here, seen, world)
    if wrong is not None:
        verdict, reason = wrong.verdict, wrong.reason
        findings.append(wrong)
    results = [LineResult(line=line, verdict=verdict, reason=reason) for line in here]
    for location in sorted({line.location for line in lines} - read_at):
        booked, finding = _other_booking(pallet, [line for line in lines if line.location == location], seen, world)
        results += booked
        findings += [finding] if finding else []
    places = {s.location: verdict for s in at_home}
    others = [s for s in world.looks.by_pallet[pallet] if s is not seen]
    if others:
        second = _unproven_second(pallet, here, seen, others[0], world)
        findings.append(second)
        verdict, reason = second.verdict, second.reason
        places |= {s.location: second.verdict for s in others if s.location not in read_at}
    return Judgement(
        pallet=pallet,
        lines=tuple(results),
        result=PalletResult(pallet=pallet, verdict=verdict, reason=reason, locations=tuple(sorted(places)), is_in_erp=True),
        sightings=tuple(sorted(places.items())),
        findings=tuple(findings),
    )


def _tolerated(here: Sequence[ErpLine], seen: Sighting, world: World) -> str:
    """Return in words that the label's count alone differs, and no more than the site tolerates; empty when that is not so."""
    observation = world.looks.by_location[seen.location]
    counted = label_count(observation.label_data, here)
    if counted is None or counted == here[0].quantity or len(observation.pallets) != 1:
        return ""
    others = [(ai, value) for ai, value in observation.label_data if ai != "37"]
    return "" if contradictions(others, here) else world.tolerances.words(counted, here[0])


def _wrong_content(pallet: PalletId, here: Sequence[ErpLine], seen: Sighting, world: World) -> Finding | None:
    observation = world.looks.by_location[seen.location]
    # the further data of a place is not tied to one pallet: beside a second pallet it proves nothing about either
    against = contradictions(observation.label_data, here) if len(observation.pallets) == 1 else ()
    if not against:
        return None
    others = [(ai, value) for ai, value in observation.label_data if ai != "37"]
    finding = Finding(
        verdict=Verdict.WRONG_CONTENT,
        cause=Cause.CONTENT,
        pallet=pallet,
        expected_location=seen.location,
        lines=tuple(here),
        confidence=seen.probability * 0.9,
        reason=f"Pallet {pallet} stands at {seen.location} as expected, but {joined(against)}.",
        suggested_action=f"Look at the label and the goods of pallet {pallet} at {seen.location}; correct the ERP or the label.",
        label_count=None if contradictions(others, here) else label_count(observation.label_data, here),
    )
    finding = seen_at_place(finding, seen)
    weak = doubt(seen, needs_place=True)
    if weak is not None:
        finding = lowered(finding, weak, seen.location)
    return unless_moved(finding, world.book, here, seen.seen_at or world.looks.latest)


def _unproven_second(pallet: PalletId, here: Sequence[ErpLine], seen: Sighting, other: Sighting, world: World) -> Finding:
    """A read at home and one elsewhere that together do not prove two labels."""
    weak = doubt(other, home=frozenset({seen.location})) or doubt(seen, home=frozenset({other.location}), is_expected=True)
    finding = Finding(
        verdict=Verdict.LOW_CONFIDENCE,
        cause=Cause.READ_TWICE,
        pallet=pallet,
        expected_location=seen.location,
        lines=tuple(here),
        confidence=other.probability,
        reason=f"Pallet {pallet} was read at {seen.location}, where the ERP expects it, and also at {other.location}.",
        suggested_action=count_again(other.location),
        expected_evidence=seen.evidence,
    )
    unproven = weak or Doubt(Cause.WEAK_EVIDENCE, "the two reads do not prove two labels")
    finding = lowered(seen_at_place(finding, other), unproven, other.location)
    return unless_moved(finding, world.book, here, min(seen.seen_at, other.seen_at) or world.looks.latest)


def _other_booking(
    pallet: PalletId, booked: Sequence[ErpLine], seen: Sighting, world: World
) -> tuple[list[LineResult], Finding | None]:
    """Further ERP lines of a pallet that stands at the place of another of its lines."""
    location = booked[0].location
    gone = absence(booked, location, world)
    if gone.verdict is not Verdict.MISSING:
        reason = f"The ERP books pallet {pallet} at {seen.location} too, and there it was read. {gone.reason}"
        return [LineResult(line=line, verdict=Verdict.UNVERIFIED, reason=reason) for line in booked], None
    finding = Finding(
        verdict=Verdict.MISPLACED,
        cause=Cause.BOOKED_TWICE,
        pallet=pallet,
        expected_location=location,
        lines=tuple(world.book.by_pallet[pallet]),
        confidence=seen.probability * gone.confidence,
        reason=f"The ERP books pallet {pallet} at {booked_at(world.book.by_pallet[pallet])}; it was read at {seen.location} only.",
        suggested_action=f"Delete the booking of pallet {pallet} at {location} in the ERP.",
        expected_evidence=gone.evidence,
    )
    finding = seen_at_place(finding, seen)
    weak = doubt(seen, home=frozenset({location}), is_expected=True)
    if weak is not None:
        finding = lowered(finding, weak, location)
    finding = unless_moved(finding, world.book, world.book.by_pallet[pallet], seen.seen_at or world.looks.latest)
    return [LineResult(line=line, verdict=finding.verdict, reason=finding.reason) for line in booked], finding
