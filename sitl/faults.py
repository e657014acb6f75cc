"""The faults that a simulated warehouse is planted with, so that a run can be scored against them.

Faults are chosen on identities and location codes only; what the pallets look like is `sitl.stock`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np


class FaultKind(StrEnum):
    """What is wrong between the building and the ERP, or with a label."""

    MISSING = "missing"
    """The ERP has the pallet; its bin is empty and it stands nowhere."""
    MISPLACED = "misplaced"
    """It stands in a bin that the ERP calls empty, and its own bin is empty."""
    SWAPPED = "swapped"
    """Two pallets stand in each other's bin; one record for each of them."""
    UNEXPECTED = "unexpected"
    """It stands in a bin that the ERP calls empty, and the ERP does not know it."""
    DUPLICATE = "duplicate"
    """Two pallets carry the same identity: one where the ERP says, one in a bin that the ERP calls empty."""
    UNREADABLE = "unreadable"
    """It stands where the ERP says, but no symbol on its label can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One fault, as `score.json` lists it."""

    kind: FaultKind
    pallet: str
    """The identity as printed (SSCC without its application identifier)."""
    expected_location: str
    """Where the ERP has it; empty when it does not know it."""
    observed_location: str
    """Where it stands when the ERP does not have it there (the second place of a duplicate); empty when there is no such place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCounts:
    """How many faults of each kind to plant."""

    missing: int = 2
    misplaced: int = 1
    swapped: int = 1
    """Pairs."""
    unexpected: int = 1
    duplicate: int = 1
    unreadable: int = 2


@dataclass(kw_only=True)
class Planting:
    """A warehouse by identity while faults are put into it."""

    booked: dict[str, str]
    """Location -> identity, as the ERP has it. Stays as it is."""
    standing: dict[str, str]
    """Location -> identity, as it truly is."""
    torn: set[str] = field(default_factory=set)
    """Locations whose pallet has a label that nothing can read."""
    planted: list[Planted] = field(default_factory=list)


def plant_faults(
    planting: Planting,
    empties: list[str],
    *,
    counts: FaultCounts,
    new_identity: Callable[[], str],
    are_near: Callable[[str, str], bool],
    rng: np.random.Generator,
) -> None:
    """Plant the faults into `planting`, at observable locations.

    `planting` starts without a fault; `empties` are observable locations that the ERP and the building agree are empty. No location
    takes part in two faults and none is `are_near` to a location of another fault, so that each finding has one explanation.
    A building too small for all of them gets as many as it has room for, in the order of `FaultKind`.
    """
    used: list[str] = []
    full = [str(code) for code in rng.permutation(sorted(planting.standing))]
    free = [str(code) for code in rng.permutation(sorted(empties))]
    pools = {"x": full, "e": free}

    def take(pool: list[str]) -> str | None:
        for code in pool:
            if code not in used and not any(are_near(code, other) for other in used):
                return code
        return None

    for kind, count in (
        (FaultKind.MISSING, counts.missing),
        (FaultKind.MISPLACED, counts.misplaced),
        (FaultKind.SWAPPED, counts.swapped),
        (FaultKind.UNEXPECTED, counts.unexpected),
        (FaultKind.DUPLICATE, counts.duplicate),
        (FaultKind.UNREADABLE, counts.unreadable),
    ):
        for _ in range(count):
            places: list[str] = []
            for place in _PLACES[kind]:
                code = take(pools[place])
                if code is None:
                    break
                used.append(code)
                places.append(code)
            if len(places) < len(_PLACES[kind]):
                del used[len(used) - len(places) :]
                continue
            _plant(planting, kind, places, new_identity)


_PLACES = {
    FaultKind.MISSING: "x",
    FaultKind.MISPLACED: "xe",
    FaultKind.SWAPPED: "xx",
    FaultKind.UNEXPECTED: "e",
    FaultKind.DUPLICATE: "xe",
    FaultKind.UNREADABLE: "x",
}
"""The places that a fault takes: x a bin with a pallet, e an empty one."""


def _plant(planting: Planting, kind: FaultKind, places: list[str], new_identity: Callable[[], str]) -> None:
    standing, first, last = planting.standing, places[0], places[-1]
    identity = standing.get(first, "")
    expected, observed = first, last
    match kind:
        case FaultKind.MISSING:
            del standing[first]
            observed = ""
        case FaultKind.MISPLACED:
            standing[last] = standing.pop(first)
        case FaultKind.SWAPPED:
            standing[first], standing[last] = standing[last], standing[first]
            partner = Planted(kind=kind, pallet=standing[first], expected_location=last, observed_location=first)
            planting.planted.append(partner)
        case FaultKind.UNEXPECTED:
            identity = new_identity()
            standing[first] = identity
            expected, observed = "", first
        case FaultKind.DUPLICATE:
            standing[last] = identity
        case FaultKind.UNREADABLE:
            planting.torn.add(first)
            observed = ""
    planting.planted.append(Planted(kind=kind, pallet=identity, expected_location=expected, observed_location=observed))
