"""The verdict of one pallet id: its ERP lines against its sightings. Pure functions, one for each situation.

Situations are looked at in the order of `judge_pallet`; docs/reference/reconciliation-files.md gives it to users.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inventory.absence import absence
from inventory.drafts import booked_at, count_again, joined, lowered, seen_at_place, unless_moved
from inventory.erp_lines import ErpLine
from inventory.findings import Cause, Finding, LineResult, Verdict
from inventory.judgement import Judgement, same_for_all
from inventory.judging_home import read_at_home
from inventory.lookalike import lookalike_doubt
from inventory.sightings import Doubt, Sighting, doubt
from inventory.world import World
from warehouse.pallet_ids import PalletId


def judge_pallet(pallet: PalletId, world: World) -> Judgement:
    """Return the verdicts of one pallet: read nowhere, unknown to the ERP, proven at two places, read at home, read elsewhere."""
    lines = world.book.by_pallet.get(pallet, [])
    sightings = world.looks.by_pallet.get(pallet, [])
    if not sightings:
        return _read_nowhere(pallet, lines, world)
    refused = world.book.refused.get(pallet)
    if refused is not None:
        reason = f"The ERP's file names this pallet in row {refused.row}, which could not be used: {refused.what}."
        return same_for_all(pallet, [], sightings, Verdict.UNVERIFIED, reason, is_in_erp=True)
    twice = _proven_twice(pallet, lines, sightings, world)
    if twice is not None:
        return twice
    if not lines:
        return _unknown(pallet, sightings, world)
    home = {line.location for line in lines}
    at_home = [s for s in sightings if s.location in home]
    if at_home:
        return read_at_home(pallet, lines, at_home, world)
    return _read_elsewhere(pallet, lines, sightings, world)


def _read_nowhere(pallet: PalletId, lines: Sequence[ErpLine], world: World) -> Judgement:
    results: list[LineResult] = []
    findings: list[Finding] = []
    places = sorted({line.location for line in lines})
    for location in places:
        here = [line for line in lines if line.location == location]
        result, finding = judge_absence(here, location, world)
        results += result
        findings += [finding] if finding else []
    if len(places) > 1 and findings:
        return split_over_places(pallet, lines, results, findings)
    return Judgement(pallet=pallet, lines=tuple(results), findings=tuple(findings))


def split_over_places(
    pallet: PalletId, lines: Sequence[ErpLine], results: Sequence[LineResult], findings: Sequence[Finding]
) -> Judgement:
    """Return the one finding about a pallet that the ERP books at several places and that was read nowhere.

    It stands at one of them at most: while any is not decided it is missing from none.
    """
    undecided = sorted({x.line.location for x in results if x.verdict is Verdict.UNVERIFIED})
    first, second = findings[0], findings[1] if len(findings) > 1 else None
    by_verdict = {f.verdict: f for f in findings}
    places = sorted({line.location for line in lines})
    whole = replace(
        by_verdict.get(Verdict.STALE) or by_verdict.get(Verdict.LOW_CONFIDENCE) or first,
        expected_location=first.expected_location,
        other_expected_location=second.expected_location if second else "",
        further_locations=tuple(places) if len(places) > 2 else (),
        lines=tuple(lines),
        confidence=min(f.confidence for f in findings),
    )
    booked = f"The ERP books pallet {pallet} at {booked_at(lines)}"
    if whole.verdict is Verdict.MISSING:
        whole = replace(
            whole,
            reason=f"{booked}; none of these places holds it, and it was read nowhere.",
            suggested_action=f"Look for pallet {pallet} around {joined(places)}; find out which of its bookings is right.",
        )
    else:
        whole = replace(whole, reason=f"{booked}. {' '.join(dict.fromkeys(f.reason for f in findings))}")
    if undecided and whole.verdict is Verdict.MISSING:
        why = Doubt(Cause.WEAK_EVIDENCE, f"it may stand at {joined(undecided)}, of which nobody knows yet what stands there")
        whole = lowered(replace(whole, reason=f"{booked}; it was read nowhere."), why, undecided[0])
    told = tuple(x if x.verdict is Verdict.UNVERIFIED else replace(x, verdict=whole.verdict, reason=whole.reason) for x in results)
    return Judgement(pallet=pallet, lines=told, findings=(whole,))


def judge_absence(here: Sequence[ErpLine], location: str, world: World) -> tuple[list[LineResult], Finding | None]:
    """Return the verdict of lines of one pallet (or of one line without) at one place, where their pallet was not read."""
    gone = absence(here, location, world)
    if gone.verdict is Verdict.UNVERIFIED:
        return [LineResult(line=line, verdict=gone.verdict, reason=gone.reason) for line in here], None
    what = f"pallet {here[0].pallet_text}" if here[0].key else f"item {here[0].sku}"
    action = f"Look for {what} on the floor and at the places around {location}; if it is not found, count again."
    seen_at = world.looks.seen_at(location)
    finding = Finding(
        verdict=gone.verdict,
        cause=gone.cause,
        pallet=here[0].key,
        expected_location=location,
        lines=tuple(here),
        confidence=gone.confidence,
        reason=gone.reason,
        suggested_action=action if gone.verdict is Verdict.MISSING else count_again(location),
        seen_at=seen_at,
        expected_evidence=gone.evidence,
    )
    finding = unless_moved(finding, world.book, world.book.at[location], seen_at or world.looks.latest)
    return [LineResult(line=line, verdict=finding.verdict, reason=finding.reason) for line in here], finding


def _proven_twice(pallet: PalletId, lines: Sequence[ErpLine], sightings: Sequence[Sighting], world: World) -> Judgement | None:
    """Return the duplicate that two independent, sound reads at two places prove, or None."""
    home = frozenset(line.location for line in lines)
    everywhere = home | {s.location for s in sightings}
    proven = [s for s in sightings if doubt(s, home=everywhere - {s.location}, is_expected=s.location in home) is None]
    if len(proven) < 2:
        return None
    away = [s for s in proven if s.location not in home]
    first, second = (away + [s for s in proven if s.location in home])[:2]
    booked = f"the ERP expects it at {booked_at(lines)}" if home else "the ERP file does not list it"
    where = joined([s.location for s in proven])
    finding = Finding(
        verdict=Verdict.DUPLICATE,
        cause=Cause.READ_TWICE,
        pallet=pallet,
        expected_location=min(home, default=""),
        other_observed_location=second.location,
        lines=tuple(lines),
        confidence=first.probability * second.probability,
        reason=f"Pallet {pallet} was read at {where}, in different photos; {booked}.",
        suggested_action=f"Compare the labels at {where}; relabel the wrong one before anything is booked.",
        expected_evidence=second.evidence,
    )
    seen_at = min(first.seen_at, second.seen_at) or world.looks.latest
    finding = unless_moved(seen_at_place(finding, first), world.book, lines, seen_at)
    return same_for_all(pallet, lines, sightings, finding.verdict, finding.reason, findings=(finding,))


def _unknown(pallet: PalletId, sightings: Sequence[Sighting], world: World) -> Judgement:
    best = max(sightings, key=lambda s: (_unknown_doubt(s, world) is None, s.n_frames, s.probability, s.location))
    where = joined([s.location for s in sightings])
    finding = Finding(
        verdict=Verdict.UNEXPECTED,
        cause=Cause.UNKNOWN_TO_ERP,
        pallet=pallet,
        confidence=best.probability,
        reason=f"Pallet {pallet} was read at {where}, and the ERP file does not list it anywhere.",
        suggested_action=f"Find the receipt or a late posting of pallet {pallet}; book it in at {best.location}, or take it away.",
    )
    finding = seen_at_place(finding, best)
    weak = _unknown_doubt(best, world)
    if weak is not None:
        finding = lowered(finding, weak, best.location)
    if weak is not None and weak.cause is Cause.BOOKED_WITHOUT_ID:
        action = f"See whether pallet {pallet} at {best.location} is what the ERP books there; if so, enter its id in the ERP."
        finding = replace(finding, suggested_action=action)
    finding = unless_moved(finding, world.book, world.book.at.get(best.location, ()), best.seen_at or world.looks.latest)
    return same_for_all(pallet, [], sightings, finding.verdict, finding.reason, findings=(finding,))


def _unknown_doubt(sighting: Sighting, world: World) -> Doubt | None:
    weak = doubt(sighting)
    if weak is not None:
        return weak
    alike = lookalike_doubt(sighting, world)
    if alike is not None:
        return alike
    if any(line.key is None and line.expects_stock for line in world.book.at.get(sighting.location, ())):
        return Doubt(Cause.BOOKED_WITHOUT_ID, "the ERP books goods there without a pallet id, and this may be them")
    refused = world.book.refused_at.get(sighting.location)
    if refused is not None:
        return Doubt(Cause.NOT_COVERED, f"row {refused.row} of the file, which speaks of {sighting.location}, could not be used")
    aisle = world.places.by_location[sighting.location].aisle
    if world.places.has_layout and aisle not in world.covered_aisles:
        return Doubt(Cause.NOT_COVERED, f"the file has no row at all for aisle {aisle}, so it may not cover it")
    return None


def _read_elsewhere(pallet: PalletId, lines: Sequence[ErpLine], sightings: Sequence[Sighting], world: World) -> Judgement:
    home = frozenset(line.location for line in lines)
    best = max(sightings, key=lambda s: (doubt(s, home=home) is None, s.n_frames, s.probability, s.location))
    expected = min(home)
    step = world.places.step(expected, best.location)
    far = f", {abs(step)} place{'' if abs(step) == 1 else 's'} along the same row" if step else ""
    finding = Finding(
        verdict=Verdict.MISPLACED,
        cause=Cause.MOVED,
        pallet=pallet,
        expected_location=expected,
        lines=tuple(lines),
        confidence=best.probability,
        reason=f"The ERP expects pallet {pallet} at {booked_at(lines)}; it was read at {best.location}{far}.",
        suggested_action=_move(pallet, best.location, expected, world),
        expected_evidence=world.looks.picture(expected),
    )
    finding = seen_at_place(finding, best)
    weak = doubt(best, home=home)
    if weak is not None:
        finding = lowered(finding, weak, best.location)
    elif not_looked_at := [location for location in sorted(home) if world.is_left_to_look_at(location)]:
        where = joined(not_looked_at)
        finding = lowered(finding, Doubt(Cause.HOME_NOT_SEEN, _TWIN.format(where)), where)
        finding = replace(finding, suggested_action=f"Look at {where} before anything is booked.")
    finding = unless_moved(finding, world.book, lines, best.seen_at or world.looks.latest)
    return same_for_all(pallet, lines, sightings, finding.verdict, finding.reason, findings=(finding,))


_TWIN = "nobody has looked at {} yet, where it may stand as well: then this is a second label with the same id"


def _move(pallet: PalletId, found_at: str, expected: str, world: World) -> str:
    if world.places.has_layout and world.places.by_location[expected].kind is None:
        return (
            f"Location {expected} is not in the layout of the site: correct the ERP to {found_at}, or add {expected} to the layout."
        )
    return f"Move pallet {pallet} from {found_at} to {expected}, or correct the ERP to {found_at}."
