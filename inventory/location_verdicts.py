"""The verdict of each location: the gravest of what is said of its ERP lines and of the pallets read there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inventory.findings import Finding, LineResult, LocationResult, PalletResult, Verdict, gravest
from inventory.judgement import Judgement
from inventory.places import Place
from inventory.world import World
from warehouse.observations import SURE, ObservationStatus


def place_without_stock(location: str, world: World) -> tuple[Verdict, str]:
    """Return the verdict of a place where the ERP expects nothing and no pallet was read."""
    if world.status(location) is ObservationStatus.EMPTY:
        if world.looks.by_location[location].confidence >= SURE:
            return Verdict.MATCH, f"The ERP expects nothing at {location}, and it was seen empty."
        return Verdict.UNVERIFIED, f"Location {location} looks empty, but that is not sure enough to count."
    reason = world.not_decided(location)
    if world.status(location) is ObservationStatus.UNREADABLE:
        reason += " The ERP expects nothing there."
    return Verdict.UNVERIFIED, reason


def location_results(
    world: World, judgements: Sequence[Judgement], unnamed: Sequence[LineResult], findings: Sequence[Finding]
) -> tuple[LocationResult, ...]:
    """Return one result for each place; `unnamed` are the results of lines that name no pallet, `findings` have their case ids."""
    said: dict[str, list[tuple[Verdict, str]]] = {}
    for judgement in judgements:
        for line in judgement.lines:
            said.setdefault(line.line.location, []).append((line.verdict, line.reason))
        for location, verdict in judgement.sightings:
            said.setdefault(location, []).append((verdict, _why(judgement.result, judgement.findings, location, verdict)))
    for result in unnamed:
        said.setdefault(result.line.location, []).append((result.verdict, result.reason))
    cases: dict[str, list[Finding]] = {}
    for finding in findings:
        for location in finding.locations:
            cases.setdefault(location, []).append(finding)
    places = world.places.by_location.values()
    return tuple(_result(p, said.get(p.location, []), cases.get(p.location, []), world) for p in places)


def _why(result: PalletResult | None, findings: Iterable[Finding], location: str, verdict: Verdict) -> str:
    for finding in findings:
        if finding.verdict is verdict and location in finding.locations:
            return finding.reason
    if result is None:
        return ""
    is_at_one_place = result.verdict is verdict and len(result.locations) == 1
    if verdict is not Verdict.MATCH or is_at_one_place:
        return result.reason
    return f"Pallet {result.pallet} was read at {location}, where the ERP expects it."


def _result(place: Place, said: list[tuple[Verdict, str]], cases: list[Finding], world: World) -> LocationResult:
    location = place.location
    said = said or [place_without_stock(location, world)]
    verdict = gravest([v for v, _ in said])
    observation = world.looks.by_location.get(location)
    confidence = observation.confidence if observation is not None and verdict is Verdict.MATCH else None
    same = [f.confidence for f in cases if f.verdict is verdict]
    return LocationResult(
        place=place,
        verdict=verdict,
        status=world.status(location),
        expected=tuple(sorted({line.pallet_text for line in world.book.at.get(location, ()) if line.pallet_text})),
        observed=tuple(sorted(str(s.pallet) for s in world.looks.at.get(location, ()))),
        confidence=max(same) if same else confidence,
        reason=" ".join(sorted({reason for v, reason in said if v is verdict})),
        case_ids=tuple(f.case_id for f in cases),
        observation=observation,
        causes=tuple(dict.fromkeys(f.cause for f in cases if f.verdict is verdict)),
    )
