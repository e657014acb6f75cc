"""The camera trigger: photos by distance flown, by interval, or at once."""

from __future__ import annotations

import math
from collections.abc import Callable

from sitl.copter.parameters import Parameters

CHECK_PERIOD_S = 0.02


class Trigger:
    """Counts the photos since boot and decides when the next is due."""

    def __init__(self, shoot: Callable[[int], None], parameters: Parameters) -> None:
        """Call `shoot` with the number of each photo, from 1; no two nearer together than CAM1_INTRVAL_MIN seconds."""
        self._shoot, self._parameters = shoot, parameters
        self._now_s, self._taken_s = 0.0, -math.inf
        self._is_pending = False
        self._next_check_s = 0.0
        self._here = self._last = (0.0, 0.0)
        self._interval_s = 0.0
        self._interval_due_s = 0.0
        self._interval_left = 0
        self.distance_m = 0.0
        self.n_photos = 0

    def set_distance(self, distance_m: float, is_at_once: bool) -> None:
        """Take a photo every `distance_m` metres of straight distance from the last; 0 stops."""
        self.distance_m = max(distance_m, 0.0)
        if is_at_once and self.distance_m > 0:
            self._take()

    def take_one(self) -> None:
        """Take a photo now."""
        self._take()

    def start_interval(self, now_s: float, interval_s: float, total: int) -> None:
        """Take `total` photos `interval_s` apart, the first after one interval; a total of 1 is one photo now."""
        if total == 1:
            self._take()
            return
        self._interval_s, self._interval_left = interval_s, total if total > 0 else -1
        self._interval_due_s = now_s + interval_s

    def stop_interval(self) -> None:
        """End the photos by interval."""
        self._interval_left = 0

    def check(self, now_s: float, position: list[float]) -> None:
        """Look, 50 times a second, whether a photo is due at `position` (north, east, up in metres)."""
        self._here = (position[0], position[1])
        self._now_s = now_s
        if now_s + 1e-9 < self._next_check_s:
            return
        self._next_check_s = now_s + CHECK_PERIOD_S
        if self._is_pending:
            self._take()
        if self._interval_left:
            if now_s >= self._interval_due_s:
                self._interval_due_s += self._interval_s
                self._interval_left -= 1
                self._take()
        elif self.distance_m > 0 and math.dist(self._here, self._last) >= self.distance_m:
            self._take()

    def _take(self) -> None:
        """Take a photo, or leave it pending until the camera is ready again."""
        self._is_pending = self._now_s - self._taken_s < self._parameters["CAM1_INTRVAL_MIN"] - 1e-9
        if self._is_pending:
            return
        self._taken_s = self._now_s
        self.n_photos += 1
        self._last = self._here
        self._shoot(self.n_photos)
