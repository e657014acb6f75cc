"""A vertical descent: at LAND_SPEED, and faster above LAND_ALT_LOW where WPNAV_SPEED_DN and LAND_SPEED_HIGH allow it."""

from __future__ import annotations

import math

from sitl.copter.parameters import Parameters
from sitl.copter.trajectory import Limits, Ramp

STEP_S = 0.01


class Descent:
    """The height that the vehicle shall have, from the beginning of a descent on."""

    def __init__(self, parameters: Parameters, target: list[float], begin_s: float) -> None:
        """Come down from `target` ([position, velocity, acceleration]; up is positive) from `begin_s` on."""
        p = self._parameters = parameters
        limits = Limits(speed=1.0, accel=p["WPNAV_ACCEL_Z"] / 100, jerk=p["PSC_JERK_Z"], jerk_time=0.0)
        self._ramp = Ramp(-min(target[5], 0.0), p["LAND_SPEED"] / 100, limits)
        self._begin_s, self._height_m = begin_s, target[2]
        self._quick_mps = 0.0

    def step(self, target: list[float], now_s: float, above_home_m: float) -> None:
        """Write height, speed and acceleration of this moment into `target`."""
        since = max(now_s - self._begin_s, 0.0)
        if since and self._step_quickly(target, above_home_m):
            self._begin_s, self._height_m = now_s, target[2]
            return
        s, v, a = self._ramp.state(since) if since else (0.0, 0.0, 0.0)
        target[2], target[5], target[8] = self._height_m - s, -v, -a

    def _step_quickly(self, target: list[float], above_home_m: float) -> bool:
        """Come down faster than LAND_SPEED, above LAND_ALT_LOW, as ArduCopter's mode.cpp; return whether it does."""
        p = self._parameters
        most, least = (p["LAND_SPEED_HIGH"] or p["WPNAV_SPEED_DN"]) / 100, p["LAND_SPEED"] / 100
        most, accel = max(min(most, p["WPNAV_SPEED_DN"] / 100), least), p["WPNAV_ACCEL_Z"] / 100
        above = above_home_m - max(p["LAND_ALT_LOW"] / 100, 1.0)
        wanted = above if above < accel else math.sqrt(max(2 * accel * (above - accel / 2), 0.0))
        wanted = min(max(wanted, least), most)
        if wanted <= least and self._quick_mps <= least:
            self._quick_mps = 0.0
            return False
        change = min(max(wanted - self._quick_mps, -accel * STEP_S), accel * STEP_S)
        self._quick_mps += change
        target[2], target[5], target[8] = self._height_m - self._quick_mps * STEP_S, -self._quick_mps, -change / STEP_S
        return True
