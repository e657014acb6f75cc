"""All that is said of one pallet id, and the ways to say the same of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inventory.erp_lines import ErpLine
from inventory.findings import Finding, LineResult, PalletResult, Verdict
from inventory.sightings import Sighting
from warehouse.pallet_ids import PalletId


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All that is said of one pallet id."""

    pallet: PalletId | None
    """None for an ERP line that names no pallet."""
    lines: tuple[LineResult, ...] = ()
    result: PalletResult | None = None
    """None when the pallet was read nowhere."""
    sightings: tuple[tuple[str, Verdict], ...] = ()
    """(location, verdict of the pallet there)."""
    findings: tuple[Finding, ...] = ()


def same_for_all(
    pallet: PalletId,
    lines: Sequence[ErpLine],
    sightings: Sequence[Sighting],
    verdict: Verdict,
    reason: str,
    *,
    findings: tuple[Finding, ...] = (),
    is_in_erp: bool | None = None,
) -> Judgement:
    """Give one verdict to the lines, the pallet, and each place where it was read."""
    where = tuple(sorted(s.location for s in sightings))
    known = bool(lines) if is_in_erp is None else is_in_erp
    return Judgement(
        pallet=pallet,
        lines=tuple(LineResult(line=line, verdict=verdict, reason=reason) for line in lines),
        result=PalletResult(pallet=pallet, verdict=verdict, reason=reason, locations=where, is_in_erp=known),
        sightings=tuple((location, verdict) for location in where),
        findings=findings,
    )


def replaced(judgement: Judgement, verdict: Verdict, reason: str, findings: tuple[Finding, ...]) -> Judgement:
    """Return a judgement that says the same of everything, in other words: for findings that explain one another."""
    result = judgement.result
    return replace(
        judgement,
        lines=tuple(replace(line, verdict=verdict, reason=reason) for line in judgement.lines),
        result=replace(result, verdict=verdict, reason=reason) if result else None,
        sightings=tuple((location, verdict) for location, _ in judgement.sightings),
        findings=findings,
    )
