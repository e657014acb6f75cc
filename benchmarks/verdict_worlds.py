"""Warehouses drawn by lot with faults of every kind planted between building and ERP, and what a scan of them saw.

The truth stays here and in `benchmarks.reconcile`, which scores against it; the reconciler gets ERP lines and observations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np

from benchmarks.drawn_halls import build_site, draw_hall
from inventory.erp_lines import ErpLine
from inventory.movements import Movement
from inventory.places import Places
from warehouse.observations import Observation, ObservationStatus, PalletSighting
from warehouse.pallet_ids import PalletId, PalletIdKind, check_digit
from warehouse.site import Site

SCANNED_AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
EXPORTED_AT = SCANNED_AT + timedelta(hours=2)

Claim = tuple[str, str, str, str]
"""Verdict, pallet, where the ERP has it, where it stands; places are empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanErrors:
    """What a scan does wrong, as shares.

    Measured on simulated flights (benchmarks/results/end_to_end-*.json): 0 to 1.3 % of labels unread, no wrong place that was
    called sure, no wrong empty, 3 to 19 % of the empty places not proven. A stretch that is one place off was never seen there.
    """

    unseen: float = 0.005
    unread: float = 0.013
    empty_not_proven: float = 0.05
    single_photo: float = 0.02
    misread: float = 0.002
    """Places with a one-off misread of a house LPN beside the true label."""
    place_sigma_m: float = 0.05
    """Error along the rack of where a label is put; labels hang 0.10 to 0.45 m inside their opening."""
    doubled: float = 0.005
    """Labels that a photo from the end of a pass puts next door as well."""
    shifted_stretch: float = 0.05
    """Sites in which a stretch of five labels is read one place off."""


@dataclass(slots=True, kw_only=True)
class PlantedWorld:
    """One warehouse, its ERP's lines, what was seen, and what is true of it."""

    site: Site
    lines: list[ErpLine]
    seen: dict[str, Observation]
    standing: dict[str, str]
    """Location to pallet, when it was scanned."""
    truth: dict[Claim, tuple[str, ...]]
    """True accusations, with the places that must have been seen well to prove them."""
    gone: set[Claim]
    """Claims that are true as far as they go: a pallet is not at its place, where it stands instead was not read; a second label
    hangs elsewhere, the first one was not read."""
    stale: set[str]
    """Pallets that the ERP moved after the scan: nothing may be said of them."""
    movements: list[Movement]
    """The ERP's list of these movements."""
    n_faults: dict[str, int]
    disturbed: set[str]
    """Places of which the scan did not give what a faultless one would have given."""
    has_batches: bool


@dataclass(slots=True, kw_only=True)
class _Building:
    """A warehouse while faults are put into it."""

    rng: np.random.Generator
    standing: dict[str, PalletId] = field(default_factory=dict)
    booked: list[tuple[str, PalletId]] = field(default_factory=list)
    moved_at: dict[str, datetime] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    wrong_batch: set[str] = field(default_factory=set)
    truth: dict[Claim, tuple[str, ...]] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    free: list[str] = field(default_factory=list)
    victims: list[str] = field(default_factory=list)
    strangers: Iterator[PalletId]
    places: Places
    n_faults: dict[str, int] = field(default_factory=dict)

    def at(self, location: str) -> PalletId:
        """Return who is booked there."""
        return next(pallet for place, pallet in self.booked if place == location)


def plant_world(seed: int, *, fault_share: float = 0.2, errors: ScanErrors | None = None) -> PlantedWorld:
    """Return the world of `seed`, with so many faults for each occupied place, the scan's `errors` in what was seen."""
    rng = np.random.default_rng([seed, 90])
    site = build_site(draw_hall(rng, most_aisles=4, bays=(8, 20)), rng, name=f"world {seed}")
    places = Places.of_layout(site.layout, ())
    codes = [b.code.text for b in site.layout.bins if b.kind.is_observable]
    pallets = _pallets(rng, str(rng.choice(["SSCC", "SSCC", "SSCC", "LPN"])))
    building = _Building(rng=rng, places=places, strangers=pallets)
    for code in codes:
        if rng.random() < 0.85:
            building.standing[code] = next(pallets)
        else:
            building.free.append(code)
    building.booked = sorted(building.standing.items())
    building.victims = [code for code, _ in building.booked]
    rng.shuffle(building.victims)
    rng.shuffle(building.free)
    for _ in range(int(fault_share * len(building.victims) / 1.6)):  # some faults take two places
        kinds = list(_KINDS)
        kind = kinds[int(rng.integers(len(kinds)))]
        if _KINDS[kind](building):
            building.n_faults[kind] = building.n_faults.get(kind, 0) + 1
    has_batches = bool(rng.random() < 0.5)
    lines = [_line(row, place, pallet, building, has_batches) for row, (place, pallet) in enumerate(building.booked, start=2)]
    seen, disturbed = _scan(codes, building, errors or ScanErrors(), has_batches)
    truth = {c: where for c, where in building.truth.items() if has_batches or c[0] != "wrong_content"}
    return PlantedWorld(
        site=site,
        lines=lines,
        seen=seen,
        standing={place: pallet.value for place, pallet in building.standing.items()},
        truth=truth,
        gone={
            ("missing", pallet.value, place, "")
            for place, pallet in building.booked
            if building.standing.get(place) != pallet and pallet.value not in building.stale
        }
        | {("misplaced", *claim[1:]) for claim in truth if claim[0] == "duplicate"},
        stale=building.stale,
        movements=building.movements,
        n_faults=building.n_faults if has_batches else {k: n for k, n in building.n_faults.items() if k != "wrong_content"},
        disturbed=disturbed,
        has_batches=has_batches,
    )


def _pallets(rng: np.random.Generator, kind: str) -> Iterator[PalletId]:
    start = int(rng.integers(10**5))
    for n in range(start, start + 10**6):
        if kind == "SSCC":
            digits = f"3761234500{n:07d}"
            yield PalletId(PalletIdKind.SSCC, digits + check_digit(digits))
        else:
            yield PalletId(PalletIdKind.LPN, f"LPN{n * 7919 % 1000003:07d}")


def _line(row: int, place: str, pallet: PalletId, building: _Building, has_batches: bool) -> ErpLine:
    return ErpLine(
        row=row,
        location=place,
        pallet_text=pallet.value,
        pallet=pallet,
        sku=f"ITEM{row % 40:03d}",
        quantity=Decimal(48),
        batch=_batch(pallet) if has_batches else "",
        moved_at=building.moved_at.get(pallet.value),
    )


def _batch(pallet: PalletId) -> str:
    return f"B{pallet.value[-4:]}"


# -- faults: each takes its places from the building and says what is true then; False when no place is left ----


def _missing(b: _Building) -> bool:
    home = b.victims.pop()
    pallet = b.standing.pop(home)
    b.truth["missing", pallet.value, home, ""] = (home,)
    return True


def _replaced(b: _Building) -> bool:
    home = b.victims.pop()
    gone, stranger = b.standing[home], next(b.strangers)
    b.standing[home] = stranger
    b.truth["missing", gone.value, home, ""] = (home,)
    b.truth["unexpected", stranger.value, "", home] = (home,)
    return True


def _misplaced(b: _Building) -> bool:
    home = b.victims.pop()
    near = [code for code in b.free if b.places.is_neighbour(home, code)]
    to = near[0] if near and b.rng.random() < 0.5 else b.free[-1]
    b.free.remove(to)
    pallet = b.standing.pop(home)
    b.standing[to] = pallet
    b.truth["misplaced", pallet.value, home, to] = (home, to)
    return True


def _swapped(b: _Building) -> bool:
    home = b.victims.pop()
    near = [code for code in b.victims if b.places.is_neighbour(home, code)]
    other = near[0] if near and b.rng.random() < 0.3 else b.victims[-1]
    b.victims.remove(other)
    b.standing[home], b.standing[other] = b.standing[other], b.standing[home]
    b.truth["misplaced", b.standing[other].value, home, other] = (home, other)
    b.truth["misplaced", b.standing[home].value, other, home] = (home, other)
    return True


def _circle(b: _Building) -> bool:
    if len(b.victims) < 3:
        return False
    x, y, z = (b.victims.pop() for _ in range(3))
    b.standing[x], b.standing[y], b.standing[z] = b.standing[z], b.standing[x], b.standing[y]
    for home, to in ((x, y), (y, z), (z, x)):
        b.truth["misplaced", b.standing[to].value, home, to] = (home, to)
    return True


def _unexpected(b: _Building) -> bool:
    to, stranger = b.free.pop(), next(b.strangers)
    b.standing[to] = stranger
    b.truth["unexpected", stranger.value, "", to] = (to,)
    return True


def _duplicate(b: _Building) -> bool:
    home, to = b.victims.pop(), b.free.pop()
    b.standing[to] = b.standing[home]
    b.truth["duplicate", b.standing[home].value, home, to] = (home, to)
    return True


def _booked_twice(b: _Building) -> bool:
    home, to = b.victims.pop(), b.free.pop()
    b.booked.append((to, b.standing[home]))
    b.booked.sort()
    b.truth["misplaced", b.standing[home].value, to, home] = (home, to)
    return True


def _wrong_content(b: _Building) -> bool:
    home = b.victims.pop()
    b.wrong_batch.add(home)
    b.truth["wrong_content", b.standing[home].value, home, home] = (home,)
    return True


def _moved_since(b: _Building) -> bool:
    """The drone saw it in its old place; an hour later it was moved, and the export says so."""
    old, new = b.victims.pop(), b.free.pop()
    pallet = b.standing[old]
    b.booked.remove((old, pallet))
    b.booked.append((new, pallet))
    b.booked.sort()
    b.moved_at[pallet.value] = SCANNED_AT + timedelta(hours=1)
    b.movements.append(
        Movement(
            row=len(b.movements) + 2,
            moved_at=SCANNED_AT + timedelta(hours=1),
            until=SCANNED_AT + timedelta(hours=1),
            pallet=pallet,
            start=old,
            end=new,
            carries_pallet=True,
        )
    )
    b.stale.add(pallet.value)
    return True


_KINDS: dict[str, Callable[[_Building], bool]] = {
    kind: (lambda b, plant=plant: len(b.victims) > 8 and len(b.free) > 4 and plant(b))  # type: ignore[misc]
    for kind, plant in {
        "missing": _missing,
        "replaced": _replaced,
        "misplaced": _misplaced,
        "swapped": _swapped,
        "circle": _circle,
        "unexpected": _unexpected,
        "duplicate": _duplicate,
        "booked_twice": _booked_twice,
        "wrong_content": _wrong_content,
        "moved_since": _moved_since,
    }.items()
}


# -- the scan ----


def _scan(codes: list[str], b: _Building, errors: ScanErrors, has_batches: bool) -> tuple[dict[str, Observation], set[str]]:
    """Return what was seen of each place, and the places of which a faultless scan would have said something else."""
    rng, seen_as = b.rng, _read_as(codes, b, errors)
    reads: dict[str, list[tuple[PalletId, int, str, float]]] = {}
    found: dict[str, Observation] = {}
    disturbed = {code for code, there in seen_as.items() if there != code}
    disturbed |= {there for code, there in seen_as.items() if there != code}
    for code in codes:
        pallet, chance = b.standing.get(code), rng.random()
        if chance < errors.unseen:
            found[code] = _without_read(code, ObservationStatus.UNSEEN, 1.0)
        elif pallet is None:
            is_proven = rng.random() >= errors.empty_not_proven
            found[code] = _without_read(code, ObservationStatus.EMPTY, 0.96 if is_proven else 0.7)
            if is_proven:
                continue
        elif chance < errors.unseen + errors.unread:
            found[code] = _without_read(code, ObservationStatus.UNREADABLE, 0.95)
        else:
            there = seen_as[code]
            inside_m = float(rng.uniform(0.10, 0.45) + rng.normal(0.0, errors.place_sigma_m))
            beside = _beside(there, b, rng)
            if inside_m < 0:
                there, beside, inside_m = beside, there, -inside_m
                disturbed |= {there, beside}
            n = 1 if rng.random() < errors.single_photo else int(rng.integers(2, 6))
            reads.setdefault(there, []).append((pallet, n, beside, inside_m))
            if rng.random() < errors.doubled:
                reads.setdefault(beside, []).append((pallet, 1, there, 0.02))
                disturbed.add(beside)
            if n > 1 and inside_m >= 0.10:
                continue
        disturbed.add(code)
    for code in codes:
        if rng.random() < errors.misread and code in reads:
            reads[code].append((PalletId(PalletIdKind.LPN, f"LPN{int(rng.integers(10**7)):07d}"), 1, "", 0.3))
            disturbed.add(code)
    for code, here in reads.items():
        found[code] = _with_reads(code, here, b, has_batches)
    return {code: found.get(code) or _without_read(code, ObservationStatus.UNSEEN, 1.0) for code in codes}, disturbed


def _read_as(codes: list[str], b: _Building, errors: ScanErrors) -> dict[str, str]:
    """Return where each place's label is put: now and then a stretch is one place off."""
    seen_as = {code: code for code in codes}
    if b.rng.random() < errors.shifted_stretch:
        start = b.places.by_location[codes[int(b.rng.integers(len(codes)))]]
        row = [b.places.at(start.row, start.index + i) for i in range(6)]
        if all(code in seen_as for code in row):
            seen_as |= {str(one): str(other) for one, other in pairwise(row)}
    return seen_as


def _beside(code: str, b: _Building, rng: np.random.Generator) -> str:
    place = b.places.by_location[code]
    near = [c for step in (-1, 1) if (c := b.places.at(place.row, place.index + step)) is not None]
    return near[int(rng.integers(len(near)))] if near else code


def _without_read(code: str, status: ObservationStatus, confidence: float) -> Observation:
    seen_at = "" if status is ObservationStatus.UNSEEN else SCANNED_AT.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Observation(location=code, status=status, confidence=confidence, seen_at=seen_at)


def _with_reads(code: str, here: list[tuple[PalletId, int, str, float]], b: _Building, has_batches: bool) -> Observation:
    sightings = [
        PalletSighting(pallet=pallet, symbology="Code128", text=pallet.value, n_frames=n, evidence="") for pallet, n, _, _ in here
    ]
    best = {sighting.pallet: sighting for sighting in sorted(sightings, key=lambda s: s.n_frames)}
    _, _, runner_up, margin = min(here, key=lambda read: read[3])
    batch = "OTHER" if code in b.wrong_batch else _batch(here[0][0])
    observation = Observation(
        location=code,
        status=ObservationStatus.READ,
        pallets=tuple(best.values()),
        confidence=0.97 if margin >= 0.05 else 0.8,
        runner_up=runner_up,
        margin_m=margin,
        seen_at=SCANNED_AT.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return replace(observation, label_data=(("10", batch),)) if has_batches else observation
