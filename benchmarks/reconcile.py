"""Seeded worlds with planted faults and the errors of a real scan, reconciled and scored against what was planted.

    .venv/bin/python -m benchmarks.reconcile --worlds 200 --locations 600

Each world is judged three ways: by aislescan, by a plain set difference (ERP places against read places), and by the same with
"not seen = missing". A claim is false when the pallet that it accuses has no planted fault; it is of another kind when the fault is
there but half of it was not seen (of a moved pallet only the empty place: missing). A planted fault counts as observable when a
careful person with the same frames could prove it: the places that prove it were decided, and by a sound read.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field

from inventory.book import Book
from inventory.comparing import compare
from inventory.erp_lines import ErpLine
from inventory.findings import Finding, Verdict
from inventory.places import Places
from inventory.sightings import Looks
from inventory.world import World
from warehouse.observations import Observation, ObservationStatus, PalletSighting
from warehouse.pallet_ids import PalletId, PalletIdKind, check_digit

UNSEEN, UNREADABLE, EMPTY_MISSED = 0.02, 0.04, 0.03
"""Shares of places without a usable frame, of labels that do not read, of empty places that are not proven empty."""
GHOST_READ = 0.01
"""Share of places with a one-off misread of a house LPN."""
PLACE_SIGMA_M = 0.06
"""Error along the rack of where a label is put; labels hang 0.10 to 0.45 m inside their opening."""
SWAPPED_NEIGHBOURS = 0.3
"""Of the swaps, those between neighbours."""

Claim = tuple[str, str]
"""(verdict, pallet)."""


@dataclass(slots=True)
class Planted:
    """One world: the ERP's lines, what was seen, and which claims about it are true."""

    lines: list[ErpLine]
    seen: dict[str, Observation]
    true_claims: set[Claim] = field(default_factory=set)
    observable: set[Claim] = field(default_factory=set)

    @property
    def guilty(self) -> set[str]:
        """Pallets with a planted fault of any kind."""
        return {pallet for _, pallet in self.true_claims}


def plant(seed: int, n_locations: int) -> Planted:
    """Return a world with about one fault in ten places."""
    chance = random.Random(seed)
    places = [f"A{n // 30 + 1:02d}-{n % 30 + 1:02d}" for n in range(n_locations)]
    pallets = [_pallet(chance, n) for n in range(n_locations + n_locations // 20)]
    booked = {place: pallets[n] for n, place in enumerate(places) if chance.random() < 0.85}
    stands: dict[str, list[PalletId]] = {place: [pallet] for place, pallet in booked.items()}
    free = [place for place in places if place not in booked]
    chance.shuffle(free)
    targets = sorted(booked)
    chance.shuffle(targets)
    spare = iter(pallets[n_locations:])
    truth: set[Claim] = set()
    involved: dict[Claim, tuple[str, ...]] = {}
    used: set[str] = set()

    def note(verdict: Verdict, pallet: PalletId, *where: str) -> None:
        truth.add((verdict.value, pallet.value))
        involved[verdict.value, pallet.value] = where

    for kind in chance.choices(["missing", "misplaced", "swap", "unexpected", "duplicate"], k=n_locations // 12):
        place = next((t for t in targets if t not in used), None)
        if place is None:
            break
        used.add(place)
        pallet = booked[place]
        if kind == "missing":
            stands.pop(place)
            note(Verdict.MISSING, pallet, place)
        elif kind == "misplaced" and free:
            to = free.pop()
            stands[to] = stands.pop(place)
            note(Verdict.MISPLACED, pallet, to)
        elif kind == "swap":
            after = places[(places.index(place) + 1) % len(places)]
            near = after in booked and after not in used and chance.random() < SWAPPED_NEIGHBOURS
            other = after if near else next((t for t in targets if t not in used), None)
            if other is None:
                continue
            used.add(other)
            stands[place], stands[other] = stands[other], stands[place]
            note(Verdict.MISPLACED, pallet, other)
            note(Verdict.MISPLACED, booked[other], place)
        elif kind == "unexpected" and free:
            stranger, to = next(spare), free.pop()
            stands[to] = [stranger]
            note(Verdict.UNEXPECTED, stranger, to)
        elif kind == "duplicate" and free:
            to = free.pop()
            stands[to] = [pallet]
            note(Verdict.DUPLICATE, pallet, place, to)
    lines = [_line(row, place, pallet) for row, (place, pallet) in enumerate(sorted(booked.items()), start=2)]
    world = Planted(lines=lines, seen=_look(chance, places, stands), true_claims=truth)
    world.observable = {claim for claim in truth if all(_proves(world.seen.get(p), claim) for p in involved[claim])}
    return world


def _pallet(chance: random.Random, n: int) -> PalletId:
    if chance.random() < 0.7:
        digits = f"3761234500{n:07d}"
        return PalletId(PalletIdKind.SSCC, digits + check_digit(digits))
    return PalletId(PalletIdKind.LPN, f"LPN{n * 7919 % 1000003:07d}")


def _line(row: int, place: str, pallet: PalletId) -> ErpLine:
    return ErpLine(row=row, location=place, pallet_text=pallet.value, pallet=pallet)


def _look(chance: random.Random, places: list[str], stands: dict[str, list[PalletId]]) -> dict[str, Observation]:
    """Return what a flight saw: reads dropped, doubled and put next door."""
    reads: dict[str, list[tuple[PalletId, int, str, float]]] = {}
    status: dict[str, ObservationStatus] = {}
    for n, place in enumerate(places):
        here = stands.get(place, [])
        if chance.random() < UNSEEN:
            status[place] = ObservationStatus.UNSEEN
        elif not here:
            status[place] = ObservationStatus.UNREADABLE if chance.random() < EMPTY_MISSED else ObservationStatus.EMPTY
        elif chance.random() < UNREADABLE:
            status[place] = ObservationStatus.UNREADABLE
        else:
            frames = chance.choices([1, 2, 3, 5], weights=[5, 15, 40, 40])[0]
            beside = places[n + 1] if n + 1 < len(places) else places[n - 1]
            inside_m = chance.uniform(0.10, 0.45) + chance.gauss(0.0, PLACE_SIGMA_M)
            if inside_m < 0:
                reads.setdefault(beside, []).append((here[0], frames, place, -inside_m))
                status[place] = ObservationStatus.UNSEEN
            else:
                reads.setdefault(place, []).append((here[0], frames, beside, inside_m))
        if chance.random() < GHOST_READ and status.get(place) is not ObservationStatus.UNSEEN:
            ghost = PalletId(PalletIdKind.LPN, f"LPN{chance.randrange(10**7):07d}")
            reads.setdefault(place, []).append((ghost, 1, "", 0.4))
    seen = {}
    for place in places:
        if place in reads:
            found = reads[place]
            seen[place] = Observation(
                location=place,
                status=ObservationStatus.READ,
                pallets=tuple(
                    PalletSighting(pallet=pallet, symbology="Code128", text=pallet.value, n_frames=n, evidence="")
                    for pallet, n, _, _ in found
                ),
                confidence=0.97,
                runner_up=found[0][2],
                margin_m=min(margin for _, _, _, margin in found),
                seen_at="2026-11-23T10:00:00Z",
            )
        else:
            seen[place] = Observation(location=place, status=status[place], confidence=0.95, seen_at="2026-11-23T10:00:00Z")
    return seen


def _proves(observation: Observation | None, claim: Claim) -> bool:
    """Whether what was seen at a place that the fault shows itself at is enough for a careful person."""
    if observation is None:
        return False
    verdict, pallet = claim
    if verdict == Verdict.MISSING.value:
        return observation.status is ObservationStatus.EMPTY
    thin = observation.margin_m is not None and observation.margin_m < 0.10
    return not thin and any(p.pallet.value == pallet and (p.pallet.has_check_digit or p.n_frames > 1) for p in observation.pallets)


def ours(world: Planted) -> tuple[set[Claim], list[Finding], bool]:
    """Return the claims of aislescan, its findings, and whether each line ended in exactly one verdict."""
    places = Places.of_texts(set(world.seen) | {line.location for line in world.lines})
    lines, _, _, findings = compare(
        World(book=Book(world.lines), looks=Looks(world.seen.values()), places=places, is_any_text_a_pallet=False)
    )
    return {c for f in findings for c in claims_of(f)}, list(findings), [r.line for r in lines] == world.lines


def claims_of(finding: Finding) -> list[Claim]:
    """Return what a finding accuses; a swap accuses two pallets."""
    if not finding.verdict.is_accusation:
        return []
    return [(finding.verdict.value, p.value) for p in (finding.pallet, finding.other_pallet) if p is not None]


def set_difference(world: Planted, *, unseen_is_missing: bool) -> set[Claim]:
    """Return the claims of a join of ERP and reads, as a spreadsheet makes them."""
    read_at: dict[str, list[str]] = {}
    for place, observation in world.seen.items():
        for p in observation.pallets:
            read_at.setdefault(p.pallet.value, []).append(place)
    booked = {line.pallet_text: line.location for line in world.lines}
    claims: set[Claim] = set()
    for pallet, place in booked.items():
        where = read_at.get(pallet, [])
        if len(where) > 1:
            claims.add((Verdict.DUPLICATE.value, pallet))
        elif where and where[0] != place:
            claims.add((Verdict.MISPLACED.value, pallet))
        elif not where and (unseen_is_missing or world.seen[place].status in (ObservationStatus.EMPTY, ObservationStatus.READ)):
            claims.add((Verdict.MISSING.value, pallet))
    claims |= {(Verdict.UNEXPECTED.value, pallet) for pallet in read_at if pallet not in booked}
    return claims


def _tally(said: set[Claim], world: Planted) -> Counter[str]:
    guilty = world.guilty
    right = [claim for claim in said if claim[1] in guilty]
    return Counter(
        said=len(said),
        right=len(right),
        other_kind=len(set(right) - world.true_claims),
        found=len(said & world.observable),
    )


def score(n_worlds: int, n_locations: int, first_seed: int) -> dict[str, object]:
    """Return precision, recall and calibration over all worlds."""
    totals: dict[str, Counter[str]] = {name: Counter() for name in ("aislescan", "set_difference", "not_seen_is_missing")}
    bands: dict[str, Counter[str]] = {}
    false: list[str] = []
    missed: list[str] = []
    n_observable, n_planted, seconds, all_one = 0, 0, 0.0, True
    for seed in range(first_seed, first_seed + n_worlds):
        world = plant(seed, n_locations)
        start = time.perf_counter()
        claims, findings, one = ours(world)
        seconds += time.perf_counter() - start
        all_one &= one
        n_observable, n_planted = n_observable + len(world.observable), n_planted + len(world.true_claims)
        others = {name: set_difference(world, unseen_is_missing=name == "not_seen_is_missing") for name in list(totals)[1:]}
        for name, said in {"aislescan": claims, **others}.items():
            totals[name] += _tally(said, world)
        false += [f"seed {seed}: {claim}" for claim in sorted(claims) if claim[1] not in world.guilty]
        missed += [f"seed {seed}: {claim}" for claim in sorted(world.observable - claims)]
        for finding in findings:
            for claim in claims_of(finding):
                band = bands.setdefault(f"{min(int(finding.confidence * 10), 9) / 10:.1f}", Counter())
                band += Counter(said=1, right=int(claim[1] in world.guilty))
                bands[f"{min(int(finding.confidence * 10), 9) / 10:.1f}"] = band
    return {
        "worlds": n_worlds,
        "locations": n_worlds * n_locations,
        "planted": n_planted,
        "observable": n_observable,
        "one_verdict_for_each_line": all_one,
        "seconds": round(seconds, 2),
        "judged": {
            name: {
                "claims": t["said"],
                "false": t["said"] - t["right"],
                "of_another_kind": t["other_kind"],
                "precision": round(t["right"] / max(t["said"], 1), 5),
                "recall_of_observable": round(t["found"] / max(n_observable, 1), 5),
            }
            for name, t in totals.items()
        },
        "right_by_confidence": {band: f"{c['right']} of {c['said']}" for band, c in sorted(bands.items())},
        "first_false": false[:10],
        "first_missed": missed[:10],
    }


def main() -> None:
    """Print the scores as JSON, with machine and commit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--locations", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1000)
    options = parser.parse_args()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    about = {"commit": commit, "machine": platform.processor() or platform.machine(), "python": platform.python_version()}
    print(json.dumps(about | score(options.worlds, options.locations, options.seed), indent=1))


if __name__ == "__main__":
    main()
