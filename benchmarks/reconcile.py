"""Warehouses with planted faults of every kind and the errors of a real scan, reconciled and scored against what was planted.

    python -m benchmarks.reconcile [--worlds 200] [--faults 20000] [--harsh]

Each world is judged three ways: by aislescan, by a plain set difference (the ERP's places against the places read), and by the
same with "not seen = missing". An accusation is right only when verdict, pallet and places are those of a planted fault, or when it
is true as far as it goes (`half_seen`: a pallet missing from its place, though it stands elsewhere, where it was not read). Of what
the ERP moved after the scan no accusation is right. A fault counts as observable when the places that prove it were seen as they
are: a label in at least two photos and 10 cm inside its opening, an empty place as surely empty. `named_share` counts, of all
planted faults whose places were looked at, those that any finding names, also a doubt that goes to the recount.
`right_by_confidence` groups all findings, accusations and doubts, by the confidence that they were given. `by_a_list_of_movements`
judges the same worlds again, without the times of movements in the stock list and with the ERP's list of movements instead. Writes
benchmarks/results/reconcile.json.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.verdict_worlds import EXPORTED_AT, Claim, PlantedWorld, ScanErrors, plant_world
from inventory.book import Book
from inventory.comparing import compare
from inventory.findings import Cause, Finding, Verdict
from inventory.movements import Movements
from inventory.places import Places
from inventory.sightings import Looks
from inventory.world import World
from warehouse.observations import ObservationStatus

RESULTS = Path(__file__).parent / "results"
HARSH = ScanErrors(
    unseen=0.02,
    unread=0.04,
    empty_not_proven=0.2,
    single_photo=0.05,
    misread=0.01,
    place_sigma_m=0.08,
    doubled=0.02,
    shifted_stretch=0.3,
)
"""Several times worse than any flight that was measured."""


@dataclass(slots=True)
class Tally:
    """Of one way to judge, over all worlds."""

    said: int = 0
    right: int = 0
    half_seen: int = 0
    found: Counter[str] = field(default_factory=Counter)
    """Observable faults that it accuses, by verdict."""
    false: list[str] = field(default_factory=list)

    def add(self, claims: set[Claim], observable: set[Claim], world: PlantedWorld) -> None:
        """Count the claims about one world."""
        self.said += len(claims)
        self.right += len(claims & (world.truth.keys() | world.gone))
        self.half_seen += len(claims & world.gone - world.truth.keys())
        self.found.update(claim[0] for claim in claims & observable)
        self.false += [f"{world.site.name}: {claim}" for claim in sorted(claims - world.truth.keys() - world.gone)]


def world_of(planted: PlantedWorld) -> World:
    """Return the two sides as the reconciler gets them, without the truth."""
    places = Places.of_layout(planted.site.layout, {line.location for line in planted.lines})
    book = Book(planted.lines, snapshot_at=EXPORTED_AT)
    return World(book=book, looks=Looks(planted.seen.values()), places=places, is_any_text_a_pallet=False)


def judged(planted: PlantedWorld) -> tuple[list[Finding], bool]:
    """Return aislescan's findings, and whether each line of the ERP ended in exactly one verdict."""
    lines, _, _, findings = compare(world_of(planted))
    return list(findings), [r.line for r in lines] == planted.lines


def judged_by_movements(planted: PlantedWorld) -> list[Finding]:
    """Return the findings where no row of the stock list says when its pallet was moved, and a list of movements does instead."""
    lines = [replace(line, moved_at=None) for line in planted.lines]
    world = world_of(planted)
    book = Book(lines, snapshot_at=EXPORTED_AT)
    moved = Movements(planted.movements, snapshot_at=EXPORTED_AT)
    _, _, _, findings = compare(replace(world, book=book, movements=moved))
    return list(findings)


def claims_of(finding: Finding) -> list[Claim]:
    """Return what a finding accuses, or would if it were surer; a swap accuses two pallets."""
    pallet, other = str(finding.pallet or ""), str(finding.other_pallet or "")
    expected, observed = finding.expected_location, finding.observed_location
    if finding.verdict is Verdict.DUPLICATE:
        home, away = (
            (finding.other_observed_location, observed) if expected != observed else (observed, finding.other_observed_location)
        )
        return [("duplicate", pallet, home, away)]
    if finding.verdict is Verdict.WRONG_CONTENT:
        return [("wrong_content", pallet, expected, observed)]
    if not observed:
        return [("missing", pallet, expected, "")]
    if not expected:
        return [("unexpected", pallet, "", observed)]
    swapped = [("misplaced", other, finding.other_expected_location, finding.other_observed_location)] if other else []
    return [("misplaced", pallet, expected, observed), *swapped]


def set_difference(world: PlantedWorld, *, unseen_is_missing: bool) -> set[Claim]:
    """Return the claims of a join of ERP and reads, as a spreadsheet makes them."""
    read_at: dict[str, list[str]] = {}
    for place, observation in world.seen.items():
        for p in observation.pallets:
            read_at.setdefault(p.pallet.value, []).append(place)
    claims: set[Claim] = set()
    for line in world.lines:
        pallet, place = line.pallet_text, line.location
        where = read_at.get(pallet, [])
        if len(where) > 1:
            claims |= {("duplicate", pallet, place, away) for away in where if away != place}
        elif where and where[0] != place:
            claims.add(("misplaced", pallet, place, where[0]))
        elif not where and (unseen_is_missing or world.seen[place].status in (ObservationStatus.EMPTY, ObservationStatus.READ)):
            claims.add(("missing", pallet, place, ""))
    booked = {line.pallet_text for line in world.lines}
    return claims | {("unexpected", pallet, "", where[0]) for pallet, where in read_at.items() if pallet not in booked}


def score(n_worlds: int, n_faults: int, first_seed: int, errors: ScanErrors) -> dict[str, Any]:
    """Return precision, recall and calibration over at least so many worlds and faults."""
    tallies = {name: Tally() for name in ("aislescan", "set_difference", "not_seen_is_missing")}
    bands: dict[str, Counter[str]] = {}
    planted: Counter[str] = Counter()
    n = Counter[str]()
    observable_by: Counter[str] = Counter()
    missed: list[str] = []
    seconds, all_one, seed = 0.0, True, first_seed
    while seed < first_seed + n_worlds or planted.total() < n_faults:
        world = plant_world(seed, errors=errors)
        start = time.process_time()
        findings, one = judged(world)
        seconds, all_one, seed = seconds + time.process_time() - start, all_one and one, seed + 1
        planted.update(world.n_faults)
        observable = {claim for claim, where in world.truth.items() if not world.disturbed & set(where)}
        looked_at = {
            claim
            for claim, where in world.truth.items()
            if all(world.seen[p].status in (ObservationStatus.READ, ObservationStatus.EMPTY) for p in where)
        }
        accused = {claim for f in findings if f.verdict.is_accusation for claim in claims_of(f)}
        named = {p for f in findings for p in _pallets_of(f)}
        by_movements = judged_by_movements(world)
        accused_by_them = {claim for f in by_movements if f.verdict.is_accusation for claim in claims_of(f)}
        n.update(
            lines=len(world.lines),
            places=len(world.seen),
            looked_at=len(looked_at),
            named=sum(claim[1] in named for claim in looked_at),
            stale=len(world.stale),
            stale_accused=len({claim[1] for claim in accused} & world.stale),
            explained=sum(f.cause is Cause.MOVEMENT_EXPLAINS for f in by_movements),
            left_open=sum(f.cause is Cause.MOVED_SINCE for f in by_movements),
            stale_accused_by_movements=len({claim[1] for claim in accused_by_them} & world.stale),
            lost_by_movements=len(accused - accused_by_them),
        )
        observable_by.update(claim[0] for claim in observable)
        tallies["aislescan"].add(accused, observable, world)
        for name in ("set_difference", "not_seen_is_missing"):
            tallies[name].add(set_difference(world, unseen_is_missing=name == "not_seen_is_missing"), observable, world)
        missed += [f"{world.site.name}: {claim}" for claim in sorted(observable - accused)]
        for finding in findings:
            if finding.verdict is Verdict.STALE:
                continue
            said = claims_of(finding)
            band = bands.setdefault(f"{min(int(finding.confidence * 20), 19) / 20:.2f}", Counter())
            band.update(said=1, right=int(all(claim in world.truth or claim in world.gone for claim in said)), given=0)
            band["given"] += round(finding.confidence * 1000)
    return {
        "worlds": seed - first_seed,
        "locations": n["places"],
        "erp_lines": n["lines"],
        "planted": dict(sorted(planted.items())),
        "planted_in_all": planted.total(),
        "true_claims_observable": dict(sorted(observable_by.items())),
        "one_verdict_for_each_line": all_one,
        "cpu_s": round(seconds, 2),
        "named_share": {"named": n["named"], "of": n["looked_at"]},
        "moved_after_the_scan": {"pallets": n["stale"], "accused": n["stale_accused"]},
        "by_a_list_of_movements": {
            "findings_explained": n["explained"],
            "left_open": n["left_open"],
            "accused": n["stale_accused_by_movements"],
            "other_accusations_lost": n["lost_by_movements"],
        },
        "judged": {
            name: {
                "accusations": t.said,
                "false": t.said - t.right,
                "half_seen": t.half_seen,
                "precision": round(t.right / max(t.said, 1), 5),
                "recall_of_observable": round(t.found.total() / max(observable_by.total(), 1), 5),
                "recall_by_verdict": {k: round(t.found[k] / observable_by[k], 5) for k in sorted(observable_by)},
            }
            for name, t in tallies.items()
        },
        "right_by_confidence": {
            band: {"right": c["right"], "of": c["said"], "given": round(c["given"] / c["said"] / 1000, 3)}
            for band, c in sorted(bands.items())
        },
        "first_false": tallies["aislescan"].false[:10],
        "first_missed": missed[:10],
    }


def _pallets_of(finding: Finding) -> set[str]:
    lines = {line.pallet_text for line in finding.lines}
    return lines | {str(p) for p in (finding.pallet, finding.other_pallet) if p is not None}


def main() -> None:
    """Print the scores and keep them, with machine and commit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=200, help="at least so many")
    parser.add_argument("--faults", type=int, default=20_000, help="at least so many")
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--harsh", action="store_true", help="a scan several times worse than any that was measured")
    args = parser.parse_args()
    result = score(args.worlds, args.faults, args.seed, HARSH if args.harsh else ScanErrors())
    document = {"machine": describe_machine(), **result}
    text = json.dumps(document, indent=1)
    print(text)
    (RESULTS / f"reconcile{'-harsh' if args.harsh else ''}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
