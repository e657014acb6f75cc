"""Sorties -> several drones: who flies what, and when at the earliest, so that all are done soon and none meet.

Never are two drones in one aisle, on one pad, or near one another outside: not even if one is late and the other early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mission.planning.timeline import Track, track_of
from mission.records import Sortie
from warehouse.site import Site

_APART_S = 10.0
"""By so much later or earlier than planned may each of two drones be."""
_STEP_S = 1.0
_TRY_EVERY_S = 10.0
_N_CANDIDATES = 6
"""Of the sorties that are left, the longest so many are tried as the next one of a drone."""


@dataclass(frozen=True, slots=True)
class _Flight:
    sortie: Sortie
    track: Track
    low_m: tuple[float, ...]
    high_m: tuple[float, ...]


def shared_out(site: Site, sorties: Sequence[Sortie], n_drones: int) -> tuple[Sortie, ...]:
    """Return the sorties with drone and start: the longest first, each to the drone that is free first.

    A drone is free again when its battery has been changed. A start waits until nothing on the way is taken.
    """
    if n_drones == 1:
        return _one_after_the_other(sorties, site.drone.swap_s)
    left = sorted((_flight(site, sortie) for sortie in sorties), key=lambda flight: (-flight.sortie.time_s, flight.sortie.name))
    free_s = [0.0] * n_drones
    planned: list[_Flight] = []
    while left:
        drone = min(range(n_drones), key=lambda i: (free_s[i], i))
        tried = [(_earliest_s(site, flight, free_s[drone], planned), i) for i, flight in enumerate(left[:_N_CANDIDATES])]
        start_s, chosen = min(tried)
        flight = left.pop(chosen)
        sortie = replace(flight.sortie, drone=drone + 1, start_s=round(start_s, 1))
        planned.append(replace(flight, sortie=sortie))
        free_s[drone] = sortie.start_s + sortie.time_s + site.drone.swap_s
    by_name = {flight.sortie.name: flight.sortie for flight in planned}
    return tuple(by_name[sortie.name] for sortie in sorties)


def _one_after_the_other(sorties: Sequence[Sortie], swap_s: float) -> tuple[Sortie, ...]:
    planned, free_s = [], 0.0
    for sortie in sorties:
        planned.append(replace(sortie, drone=1, start_s=round(free_s, 1)))
        free_s += sortie.time_s + swap_s
    return tuple(planned)


def _flight(site: Site, sortie: Sortie) -> _Flight:
    track = track_of(site, sortie, _STEP_S)
    return _Flight(sortie, track, tuple(track.points_m.min(axis=0)), tuple(track.points_m.max(axis=0)))


def _earliest_s(site: Site, flight: _Flight, free_s: float, planned: Sequence[_Flight]) -> float:
    needed_m = 2 * site.drone.radius_m + site.drone.clearance_m + site.drone.cruise_mps * _STEP_S
    start_s = free_s
    while True:
        rivals = [
            other
            for other in planned
            if other.sortie.start_s - _APART_S < start_s + flight.sortie.time_s
            and start_s < other.sortie.start_s + other.sortie.time_s + _APART_S
        ]
        if not any(_would_meet(flight, start_s, other, needed_m) for other in rivals):
            return start_s
        start_s += _TRY_EVERY_S


def _would_meet(flight: _Flight, start_s: float, other: _Flight, needed_m: float) -> bool:
    if flight.sortie.home_pad == other.sortie.home_pad:
        return True
    if any(a > b + needed_m or b2 > a2 + needed_m for a, a2, b, b2 in _ranges(flight, other)):
        return False
    shift = round((other.sortie.start_s - start_s) / _STEP_S)
    a, b = flight.track, other.track
    slack = int(_APART_S / _STEP_S)
    for offset in range(shift - slack, shift + slack + 1):
        first, last = max(0, offset), min(len(a.times_s), len(b.times_s) + offset)
        if first >= last:
            continue
        mine, theirs = slice(first, last), slice(first - offset, last - offset)
        if np.any((a.aisles[mine] == b.aisles[theirs]) & (a.aisles[mine] >= 0)):
            return True
        if np.any(np.sum((a.points_m[mine] - b.points_m[theirs]) ** 2, axis=-1) < needed_m**2):
            return True
    return False


def _ranges(one: _Flight, other: _Flight) -> list[tuple[float, float, float, float]]:
    return list(zip(one.low_m, one.high_m, other.high_m, other.low_m, strict=True))
