"""The judge of a flight in progress: looks at what the vehicle says and tells the first sign of trouble. Pure; sends nothing.

The bare autopilot flies on blind for eight seconds after its position is lost and says nothing of a dead motor (measured on
ArduCopter 4.7); the signs used here come within a second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from mission.flying.vehicle_state import Health, Mode, VehicleState

POSITION_LOST_S = 0.6
"""A gap of up to 1 s was harmless, and from 6 m height each further second costs half a metre of drift."""
POSITION_STEP_M = 0.5
"""Step of the estimate between two messages that no flight explains."""
TILT_LIMIT_DEG = 60.0
"""Three times the angle limit of an indoor flight."""
FALL_MPS = 1.6
"""Twice the fastest descent that a mission asks for."""
STALL_S = 45.0
STALL_M = 0.3


class Trouble(StrEnum):
    """What is wrong, as it stands in flight.json."""

    POSITION_LOST = "position_lost"
    POSITION_JUMP = "position_jump"
    FALLING = "falling"
    STALLED = "stalled"
    BATTERY_LOW = "battery_low"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Trouble, with the words for people."""

    trouble: Trouble
    words: str


class Supervisor:
    """Feed it the state after every message; it answers with the first concern, or None."""

    def __init__(self, *, longest_s: float) -> None:
        """Allow `longest_s` vehicle seconds between arming and disarming."""
        self._longest_s = longest_s
        self._armed_at: float | None = None
        self._vision_lost_at: float | None = None
        self._previous: tuple[float, tuple[float, float, float], tuple[float, float, float]] | None = None
        self._progress: tuple[float, int, tuple[float, float, float]] | None = None

    def look(self, state: VehicleState) -> Concern | None:
        """Return the first sign of trouble in an armed flight."""
        now = state.boot_s
        if now is None or not state.is_armed:
            return None
        if self._armed_at is None:
            self._armed_at = now
        checks = (self._position_lost, self._motion, self._battery, self._stalled)
        for check in checks:
            concern = check(state, now)
            if concern is not None:
                return concern
        if now - self._armed_at > self._longest_s:
            return Concern(
                trouble=Trouble.TOO_LONG, words=f"the flight took longer than the {self._longest_s:.0f} s it was allowed"
            )
        return None

    def _position_lost(self, state: VehicleState, now: float) -> Concern | None:
        if state.health is None or state.health & Health.VISION_POSITION:
            self._vision_lost_at = None
            return None
        if self._vision_lost_at is None:
            self._vision_lost_at = now
        if now - self._vision_lost_at < POSITION_LOST_S:
            return None
        return Concern(
            trouble=Trouble.POSITION_LOST,
            words="the position was lost: the navigation sensor stopped answering (SYS_STATUS, vision position)",
        )

    def _motion(self, state: VehicleState, now: float) -> Concern | None:
        if state.attitude_rad is not None:
            tilt = math.degrees(max(abs(state.attitude_rad[0]), abs(state.attitude_rad[1])))
            if tilt > TILT_LIMIT_DEG:
                return Concern(
                    trouble=Trouble.FALLING, words=f"the drone tilted to {tilt:.0f} degrees: a motor or a propeller has failed"
                )
        position, velocity = state.position_ned_m, state.velocity_ned_mps
        if position is None or velocity is None:
            return None
        if velocity[2] > FALL_MPS:
            return Concern(
                trouble=Trouble.FALLING, words=f"the drone fell at {velocity[2]:.1f} m/s: a motor or a propeller has failed"
            )
        previous, self._previous = self._previous, (now, position, velocity)
        if previous is None or position == previous[1] or not 0 <= now - previous[0] < 0.5:
            return None
        reach = max(math.dist(velocity, (0, 0, 0)), math.dist(previous[2], (0, 0, 0))) * (now - previous[0])
        step = math.dist(position, previous[1])
        if step > reach + POSITION_STEP_M:
            return Concern(
                trouble=Trouble.POSITION_JUMP, words=f"the position jumped by {step:.1f} m: the navigation sensor cannot be trusted"
            )
        return None

    def _battery(self, state: VehicleState, now: float) -> Concern | None:
        for when, _, text in reversed(state.texts):
            if self._armed_at is None or when < self._armed_at:
                break
            if text.startswith("Battery") and ("is low" in text or "is critical" in text):
                return Concern(trouble=Trouble.BATTERY_LOW, words=f"the battery is low ({text})")
        return None

    def _stalled(self, state: VehicleState, now: float) -> Concern | None:
        if state.mode != Mode.AUTO or state.position_ned_m is None:
            self._progress = None
            return None
        if (
            self._progress is None
            or state.mission_seq != self._progress[1]
            or math.dist(state.position_ned_m, self._progress[2]) > STALL_M
        ):
            self._progress = (now, state.mission_seq, state.position_ned_m)
            return None
        if now - self._progress[0] < STALL_S:
            return None
        return Concern(
            trouble=Trouble.STALLED, words=f"the drone has not moved for {STALL_S:.0f} s at mission item {state.mission_seq}"
        )
