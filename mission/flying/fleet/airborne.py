"""One sortie as a way that other drones may cross: how far it has been flown, and where another way comes too near. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mission.planning.closed_air import near
from mission.planning.timeline import Track, track_of
from mission.records import Sortie
from warehouse.site import Site

STEP_S = 0.5
"""Predicted seconds between two points of a way."""
Shared = NDArray[np.bool_]
"""(n, m): whether two drones must not be at point n of the one and at point m of the other way at once."""
Point = tuple[float, float, float]


class Airborne:
    """A drone on its way, or about to set out; the points of its way are `STEP_S` of predicted time apart."""

    def __init__(self, site: Site, sortie: Sortie, drone: int) -> None:
        """Stand at the first point of `sortie`."""
        self.drone, self.sortie = drone, sortie
        self.track: Track = track_of(site, sortie, STEP_S)
        points = self.track.points_m
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        self.flown_m: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(steps)])
        """(n): metres from take-off to each point."""
        self.index = 0
        """The point that it is at, or has just passed."""
        self.speed_mps = 0.0
        self.held_s: float | None = None
        """For how long it has been waiting in the air; None while it flies."""
        self.after: dict[int, NDArray[np.intp]] = {}
        """Other drone -> (n): which point of its way it must have passed before this drone comes to each of its own; -1: none."""
        self.closed: dict[int, NDArray[np.bool_]] = {}
        """Number of a drone on the floor -> (n) which points it has closed; worked out once."""
        self._shared: dict[Airborne, Shared] = {}

    def move(self, waypoint: int, here_m: Point, speed_mps: float) -> None:
        """Note that it is at `here_m` (site frame) and flies to `waypoint`; it never goes back."""
        first, last = (int(np.searchsorted(self.track.legs, waypoint, side=side)) for side in ("left", "right"))
        first, last = min(first, len(self.track.legs) - 1), min(last, len(self.track.legs) - 1)
        away = np.sum((self.track.points_m[first : last + 1] - np.asarray(here_m)) ** 2, axis=1)
        self.index = max(self.index, first + int(np.argmin(away)))
        self.speed_mps = speed_mps

    def until_m(self, index: int) -> float:
        """Return how far the last point before `index` is ahead, in metres along the way."""
        return float(self.flown_m[max(index - 1, self.index)] - self.flown_m[self.index])

    def shared(self, other: Airborne, apart_m: float) -> Shared:
        """Return (n, m) at which points of both ways no two drones may be at once: in one aisle, or nearer than `apart_m`."""
        known = self._shared.get(other)
        if known is None:
            mine, theirs = self.track, other.track
            one_aisle = (mine.aisles[:, None] == theirs.aisles[None]) & (mine.aisles[:, None] >= 0)
            known = self._shared[other] = one_aisle | near(mine.points_m, theirs.points_m, apart_m)
        return known
