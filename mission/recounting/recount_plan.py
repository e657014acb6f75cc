"""Doubtful locations -> lanes that look at them otherwise than before, and for each location what is different."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from mission.planning.flight_errors import as_planned, errors_of
from mission.planning.free_air import FreeAir
from mission.planning.lanes import Run
from mission.planning.sorties import plan_sorties
from mission.records import Direction, ScanPlan, Uncovered
from mission.recounting.doubts import Doubt, read_doubts, recount_sha256
from mission.recounting.former_looks import former_looks, looks_of_plan
from mission.recounting.manners import BY_HAND, Manner, beyond_flying, manner_for, turn_side
from mission.recounting.passes import Group, runs_of
from mission.recounting.records import LookAgain, PlannedLook, Recount
from warehouse.layout import Bin
from warehouse.run_folder import RunFolder
from warehouse.site import Site

TOO_TALL = "picture"
"""`bound_by` of a location whose band of labels no one picture holds: two passes may."""


def plan_recount(
    run: RunFolder, site: Site, target: Path, *, asked: Mapping[str, str] | None = None, with_claims: bool = False
) -> tuple[ScanPlan, Recount]:
    """Return the plan for the doubtful locations of a reconciled `run`, and what is different about it.

    `asked` (location -> why) and `with_claims` as in `read_doubts`; what was asked for is looked at also where the run's plan did
    not have it. The drone knows its place no better than that plan counts on. `target`, where the new run will be, is only named
    in it. BadInputError when the run is not reconciled yet.
    """
    doubts = read_doubts(run, site, asked=asked, with_claims=with_claims)
    before, plan = former_looks(run, site)
    site = site if plan is None else as_planned(site, plan)
    never = {u.location: u for u in plan.uncovered} if plan is not None else {}
    known = {*before, *never, *(asked or ())}
    to_see = [d for d in doubts if plan is None or d.location in known or d.is_for_hand]
    by_hand: dict[str, str] = {}
    to_fly: list[Doubt] = []
    for doubt in to_see:
        words = _beyond_planning(never.get(doubt.location)) or beyond_flying(doubt, before.get(doubt.location, ()))
        if words:
            by_hand[doubt.location] = words
        else:
            to_fly.append(doubt)
    scan_plan, unflyable = _planned(site, _groups(site, to_fly, before, never), by_hand)
    by_hand |= {location: _sentence(u.reason, u.remedy) for location, u in unflyable.items()}
    now = looks_of_plan(target.resolve().name, site, scan_plan, {})
    looks = tuple(
        _look_again(
            d,
            before.get(d.location, ()),
            now.get(d.location, ()),
            by_hand=by_hand.get(d.location, ""),
            is_new=d.location in never,
            has_plan=plan is not None,
        )
        for d in to_see
    )
    return scan_plan, Recount(
        recounts=os.path.relpath(run.root.resolve(), target.resolve()).replace(os.sep, "/"),
        run=run.root.resolve().name,
        recount_sha256=recount_sha256(run),
        looks=looks,
        not_asked=tuple(d.location for d in doubts if d not in to_see),
    )


def _beyond_planning(never: Uncovered | None) -> str:
    if never is None or never.bound_by == TOO_TALL:
        return ""
    if never.bound_by == BY_HAND:
        return never.reason  # a recount said so before
    return _sentence(f"no lane can see it: {never.reason}", never.remedy or "count it by hand")


def _sentence(reason: str, remedy: str) -> str:
    text = f"{reason}. {remedy}" if remedy else reason
    return f"{text[:1].upper()}{text[1:]}".removesuffix(".") + "."


def _groups(site: Site, doubts: Iterable[Doubt], before: dict[str, list[PlannedLook]], never: Collection[str]) -> list[Group]:
    found: dict[tuple[str, Manner, Direction, float], list[tuple[Bin, PlannedLook | None]]] = defaultdict(list)
    for doubt in doubts:
        b = site.layout.bins_by_code[doubt.location]
        known = before.get(doubt.location, [])
        last = known[-1] if known else None
        direction = last.direction if last is not None else Direction.LEVEL
        manner = manner_for(doubt, known, is_new=doubt.location in never)
        found[b.face, manner, direction, turn_side(known)].append((b, last))
    return [
        Group(
            face=face,
            manner=manner,
            direction=direction,
            side=side,
            bins=tuple(b for b, _ in members),
            last=tuple(look for _, look in members if look is not None),
        )
        for (face, manner, direction, side), members in found.items()
    ]


def _planned(site: Site, groups: Sequence[Group], by_hand: dict[str, str]) -> tuple[ScanPlan, dict[str, Uncovered]]:
    """Return the plan, and the locations among those of the groups that it cannot fly."""
    air, errors = FreeAir(site), errors_of(site.drone.position_error_m)
    runs: list[Run] = []
    uncovered: dict[str, Uncovered] = {}
    for group in groups:
        found, lost = runs_of(site, air, errors, group)
        runs += found
        uncovered |= {u.location: u for u in lost}
    while True:
        sorties, unreached = plan_sorties(site, air, runs)
        uncovered |= {u.location: u for u in unreached}
        flown = frozenset(code for sortie in sorties for lane in sortie.lanes for code in lane.must_see)
        if flown.isdisjoint(uncovered):
            break
        whole = flown - uncovered.keys()  # of two passes one alone is no look at all places of a label
        runs = [run for run in (r.only(whole) for r in runs) if run.views]
    hand = [Uncovered(location=code, reason=words, remedy="", bound_by=BY_HAND) for code, words in by_hand.items()]
    plan = ScanPlan(
        site_digest=site.digest,
        sorties=sorties,
        uncovered=(*uncovered.values(), *hand),
        limits=(),
        position_error_m=site.drone.position_error_m,
    )
    return plan, uncovered


def _look_again(
    doubt: Doubt, before: Sequence[PlannedLook], now: Sequence[PlannedLook], *, by_hand: str, is_new: bool, has_plan: bool
) -> LookAgain:
    look = now[0] if now else None
    last = before[-1] if before else None
    return LookAgain(
        location=doubt.location,
        status=doubt.status.value,
        why=doubt.reason,
        before=tuple(before),
        now=look,
        differs=differences(last, look, n_passes=len(now), is_new=is_new, has_plan=has_plan) if look is not None else (),
        by_hand="" if look is not None else by_hand,
    )


def differences(
    last: PlannedLook | None, now: PlannedLook, *, n_passes: int = 1, is_new: bool = False, has_plan: bool = False
) -> tuple[str, ...]:
    """Return in words how a look differs from the last one.

    It may take two passes, for the lower and the upper labels; `is_new` when the first plan had no lane for the location,
    `has_plan` when there was one.
    """
    low_and_high = "in two passes, one for labels that hang low and one for those that hang high"
    if last is None and is_new:
        return (f"{low_and_high}; the first plan had no lane for it",)
    if last is None and has_plan:
        return ("the last look is not on record: that run's plan did not have it",)
    if last is None:
        return ("the last look is not on record: the photos came without a plan",)
    found = _changes(last, now, low_and_high if n_passes > 1 else "")
    if not last.is_flown and found:
        return ("that lane was not flown to its end", *found)
    if not last.is_flown:
        return ("as planned before: that lane was not flown to its end",)
    return tuple(found) or ("in nothing: the aisle and the camera allow no other way",)


def _changes(last: PlannedLook, now: PlannedLook, low_and_high: str) -> list[str]:
    """Return what changed, figure by figure; `low_and_high` says that it takes two passes, where it does."""
    found: list[str] = []
    if now.direction is not last.direction:
        found.append(
            "along the aisle instead of up and down" if now.direction is Direction.LEVEL else "up and down instead of along"
        )
    if abs(now.turn_deg - last.turn_deg) >= 1:
        way = "to the right" if now.turn_deg > 0 else "to the left"
        turn = f"nose turned by {abs(now.turn_deg):g} degrees {way}" if now.turn_deg else "nose straight again"
        found.append(f"{turn}, so that glare and reflections of film move")
    if abs(now.standoff_m - last.standoff_m) >= 0.01:
        word = "nearer" if now.standoff_m < last.standoff_m else "farther"
        found.append(f"{word}: {now.standoff_m:.2f} m instead of {last.standoff_m:.2f} m from the rack")
    if low_and_high:
        found.append(low_and_high)
    elif now.height_m is not None and last.height_m is not None and abs(now.height_m - last.height_m) >= 0.01:
        word = "higher" if now.height_m > last.height_m else "lower"
        found.append(f"{word}: the camera at {now.height_m:.2f} m instead of {last.height_m:.2f} m")
    if now.speed_mps != last.speed_mps:
        word = "slower" if now.speed_mps < last.speed_mps else "faster"
        found.append(f"{word}: {now.speed_mps:g} m/s instead of {last.speed_mps:g} m/s")
    if now.n_looks != last.n_looks:
        found.append(f"{now.n_looks} photos of the label instead of {last.n_looks}")
    return found
