"""Times of many legs and corners at once, out of tables: those of `mission.planning.timing`, to a hundredth or so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mission.planning.autopilot import limits_of
from mission.planning.obstacles import Vector
from mission.planning.scurve import corner, leg
from mission.planning.timing import straight_s
from warehouse.site import Drone

_LONG_M = 20.0
"""From here on at the latest a leg is flown at its speed for the most part, and its time grows by the length over the speed."""
_LENGTH_STEP_M, _N_LENGTHS = 0.05, 80
"""Of corners: longer legs are cut as those of 4 m."""
_RISE_STEP, _COSINE_STEP, _SPEED_STEP_MPS, _N_SPEEDS = 0.1, 0.05, 0.02, 1024


@dataclass(frozen=True, slots=True)
class Legs:
    """Straight legs as arrays."""

    vectors_m: Vector
    """(n, 3)"""
    speeds_mps: Vector
    """(n)"""

    def __getitem__(self, which: NDArray[np.intp]) -> Legs:
        """Return some of them, by index."""
        return Legs(self.vectors_m[which], self.speeds_mps[which])


class LegTimes:
    """Seconds of legs and corners of one drone."""

    def __init__(self, drone: Drone) -> None:
        """Begin with empty tables."""
        self._drone = drone
        self._tables: dict[tuple[float, float], tuple[Vector, Vector]] = {}
        self._overlaps: dict[int, float] = {}

    def legs_s(self, legs: Legs) -> Vector:
        """Return (n) from rest to rest."""
        v = legs.vectors_m
        return np.maximum(self.level_s(np.hypot(v[:, 0], v[:, 1]), legs.speeds_mps), self.steep_s(v[:, 2]))

    def level_s(self, lengths_m: Vector, speeds_mps: Vector) -> Vector:
        """Return (n) from rest to rest along level legs."""
        seconds = np.zeros_like(lengths_m)
        for speed in np.unique(speeds_mps):
            mine = speeds_mps == speed
            seconds[mine] = self._straight_s(lengths_m[mine], 0.0, float(speed))
        return seconds

    def steep_s(self, rises_m: Vector) -> Vector:
        """Return the seconds straight up or down, of any shape."""
        up, down = np.maximum(rises_m, 0.0), np.maximum(-rises_m, 0.0)
        return self._straight_s(up, 1.0, self._drone.climb_mps) + self._straight_s(down, -1.0, self._drone.climb_mps)

    def overlaps_s(self, first: Legs, second: Legs) -> Vector:
        """Return (n) what is saved by cutting the corners between legs."""
        (one, u), (other, v) = _whole(first), _whole(second)
        cosine = np.rint(np.sum(u * v, axis=-1) / _COSINE_STEP).astype(np.int64) + round(1 / _COSINE_STEP)
        keys = (one * 2**24 + other) * 64 + cosine
        is_none = (one // 2**17 == 0) | (other // 2**17 == 0)
        kinds, which = np.unique(np.where(is_none, -1, keys), return_inverse=True)
        return np.array([self._overlap_s(int(kind)) for kind in kinds])[which]

    def _overlap_s(self, key: int) -> float:
        if key < 0:
            return 0.0
        if key not in self._overlaps:
            limits = limits_of(self._drone)
            both, cosine = divmod(key, 64)
            first, second = (
                leg(
                    (whole // 2**17) * _LENGTH_STEP_M,
                    (whole // 1024 % 128) * _RISE_STEP - 1.0,
                    (whole % 1024) * _SPEED_STEP_MPS,
                    limits,
                )
                for whole in divmod(both, 2**24)
            )
            self._overlaps[key] = corner(first, second, cosine * _COSINE_STEP - 1.0, limits).overlap_s
        return self._overlaps[key]

    def _straight_s(self, lengths_m: Vector, rise: float, speed_mps: float) -> Vector:
        if (rise, speed_mps) not in self._tables:
            lengths = np.concatenate([[0.0, 1e-4], np.geomspace(0.01, max(_LONG_M, 8 * speed_mps**2), 300)])
            seconds = [straight_s(float(m), rise, speed_mps, self._drone) for m in lengths[1:]]
            self._tables[rise, speed_mps] = lengths, np.array([0.0, *seconds])
        lengths, times = self._tables[rise, speed_mps]
        fastest = (lengths[-1] - lengths[-2]) / (times[-1] - times[-2])
        beyond_s = np.maximum(0.0, lengths_m - lengths[-1]) / fastest
        return np.asarray(np.interp(lengths_m, lengths, times) + beyond_s)


def _whole(legs: Legs) -> tuple[NDArray[np.int64], Vector]:
    """Return length, slope and speed as one number (n) each, and the directions (n, 3)."""
    length = np.linalg.norm(legs.vectors_m, axis=-1)
    direction = legs.vectors_m / np.maximum(length, 1e-9)[:, None]
    steps = np.minimum(np.rint(length / _LENGTH_STEP_M), _N_LENGTHS).astype(np.int64)
    rise = np.rint((direction[:, 2] + 1.0) / _RISE_STEP).astype(np.int64)
    speed = np.minimum(np.rint(legs.speeds_mps / _SPEED_STEP_MPS), _N_SPEEDS - 1).astype(np.int64)
    return steps * 2**17 + rise * 1024 + np.maximum(speed, 1), direction
