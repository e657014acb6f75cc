"""Pallet ids that stand in no line of their own: handling units within another one, and all ids where the ERP keeps none.

Looked at before `judging`. A drone that reads the unit on top has seen what is within it, and the other way round, as long as both
are where the ERP expects them.
"""

from __future__ import annotations

from inventory.drafts import joined
from inventory.findings import LineResult, PalletResult, Verdict
from inventory.judgement import Judgement
from inventory.world import World
from warehouse.pallet_ids import PalletId


def judge_nested(pallet: PalletId, world: World) -> Judgement | None:
    """Return what is said of a pallet because units are nested, or because the file names none; None when that decides nothing."""
    if pallet in world.book.within:
        return _within(pallet, world)
    if world.looks.by_pallet.get(pallet):
        is_unknown = world.book.is_without_pallets and pallet not in world.book.refused
        return _said(pallet, Verdict.UNVERIFIED, _NO_IDS, world, is_in_erp=False) if is_unknown else None
    return _content_at_home(pallet, world)


_NO_IDS = "The ERP file names no pallet at all, so that nobody can tell from it whether this one belongs here."


def _within(pallet: PalletId, world: World) -> Judgement:
    """A unit within another one, which was read."""
    line = world.book.within[pallet]
    elsewhere = [s.location for s in world.looks.by_pallet.get(pallet, []) if s.location != line.location]
    booked = f"The ERP books it within pallet {line.pallet_text} at {line.location}"
    if not elsewhere:
        return _said(pallet, Verdict.MATCH, f"{booked}, where it was read.", world, is_in_erp=True)
    reason = f"{booked}, and it was read at {joined(elsewhere)}: it may have been taken off that pallet, or the pallet moved."
    return _said(pallet, Verdict.UNVERIFIED, reason, world, is_in_erp=True)


def _content_at_home(pallet: PalletId, world: World) -> Judgement | None:
    """A pallet that was read nowhere itself, but of which a unit within it was read in its place."""
    lines = world.book.by_pallet.get(pallet, [])
    read = {
        line.location: line.content
        for line in lines
        if line.content is not None and _is_read_at(line.content, line.location, world)
    }
    if not read:
        return None
    results = []
    for line in lines:
        if line.location in read:
            unit = read[line.location]
            booked = f"which the ERP books within pallet {line.pallet_text}"
            reason = f"Unit {unit}, {booked}, was read at {line.location}, where the ERP expects it."
            results.append(LineResult(line=line, verdict=Verdict.MATCH, reason=reason))
        else:
            reason = f"The ERP books pallet {line.pallet_text} at {joined(sorted(read))} too, and there a unit within it was read."
            results.append(LineResult(line=line, verdict=Verdict.UNVERIFIED, reason=reason))
    return Judgement(pallet=pallet, lines=tuple(results))


def _is_read_at(pallet: PalletId, location: str, world: World) -> bool:
    return any(s.location == location for s in world.looks.by_pallet.get(pallet, []))


def _said(pallet: PalletId, verdict: Verdict, reason: str, world: World, *, is_in_erp: bool) -> Judgement:
    where = tuple(sorted(s.location for s in world.looks.by_pallet.get(pallet, [])))
    return Judgement(
        pallet=pallet,
        result=PalletResult(pallet=pallet, verdict=verdict, reason=reason, locations=where, is_in_erp=is_in_erp),
        sightings=tuple((location, verdict) for location in where),
    )
