"""How far the external navigation of a simulated drone is off, and how that changes as it flies.

The vehicle steers by what it believes, so it truly flies elsewhere: pictures, distances to the rack and poses all go wrong
together, as they do when visual odometry drifts in an aisle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.coordinates import along_from_heading
from warehouse.site import Site

Vector = NDArray[np.float64]

PERIOD_S = 0.25
"""Of simulated time, between two values."""
_MEMORY_S = 6.0
"""Errors this far apart in time are hardly alike any more (1/e)."""
_IN_THE_AIR_M = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationError:
    """What to do to the external navigation, beside the noise that the simulator gives it of itself."""

    sigma_m: float = 0.0
    """One standard deviation of a slowly changing error, each of x and y."""
    drift_m: float = 0.0
    """How far the position drifts along the first aisle over the length of it: away, back, and away to the other side."""

    @property
    def is_none(self) -> bool:
        """Whether there is nothing to do."""
        return self.sigma_m == 0.0 and self.drift_m == 0.0


class Wander:
    """One flight's error: an Ornstein-Uhlenbeck process in x and y, and a drift that follows the way flown."""

    def __init__(self, site: Site, seed: int, error: NavigationError) -> None:
        """Begin without an error."""
        aisle = site.layout.aisles[0]
        self._error = error
        self._length_m = aisle.length_m
        self._along = along_from_heading(aisle.heading_deg)[:2]
        self._rng = np.random.default_rng([seed, 83])
        self._slow = np.zeros(2)
        self._travelled_m = 0.0
        self._last: Vector | None = None
        self._due_s = -np.inf

    def due(self, time_s: float, position_m: tuple[float, float, float]) -> tuple[float, float] | None:
        """Return the error in x and y (site, metres) to set now, or None while none is due; on the floor it stays as it is."""
        if time_s < self._due_s or position_m[2] < _IN_THE_AIR_M or self._error.is_none:
            return None
        self._due_s = time_s + PERIOD_S
        here = np.asarray(position_m)
        if self._last is not None:
            self._travelled_m += float(np.linalg.norm(here - self._last))
        self._last = here
        kept = np.exp(-PERIOD_S / _MEMORY_S)
        self._slow = kept * self._slow + self._rng.normal(0.0, self._error.sigma_m, 2) * np.sqrt(1 - kept * kept)
        x, y = self._slow + self._along * self._error.drift_m * _triangle(self._travelled_m / self._length_m)
        return float(x), float(y)


def _triangle(lengths: float) -> float:
    """Return 0, 1, 0, -1, 0 after 0, 1, 2, 3, 4 lengths, straight between."""
    return 1.0 - abs((lengths + 1.0) % 4.0 - 2.0)
