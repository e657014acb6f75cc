"""The judge of a flight in progress: looks at what the vehicle says and tells the first sign of trouble. Pure; sends nothing.

The bare autopilot flies on blind for eight seconds after its position is lost and says nothing of a dead motor (measured on
ArduCopter 4.7); the signs used here come within a second.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from mission.flying.flight_path import FlightPath
from mission.flying.vehicle_state import Health, Mode, VehicleState

POSITION_LOST_S = 0.25
"""After the autopilot's own 0.4 s. A gap of up to 1 s would be harmless, but the drift grows with the square of the time."""
POSITION_STEP_M = 0.5
"""Step of the estimate between two messages that no flight explains."""
GLIDES = ((1.0, 0.15, 0.4), (10.0, 0.3, 0.6))
"""Within so many seconds the estimate may gain or lose so many metres, level and up, against the speed that it reports itself.
Sound flights (ArduCopter 4.7, sensor noise 5 cm): 0.03 level and 0.18 up in a second, 0.08 and 0.33 in ten; after a jump of the
sensor by 1 m: 0.38 in a second."""
PLACE_VARIANCE, SPEED_VARIANCE = 0.4, 0.8
"""EKF_STATUS_REPORT: up to 0.12 and 0.41 in sound flights; a jump of the place by 1 m gives 0.7 at once."""
DOUBTED_VARIANCE = 0.5
"""Of the speed: with more, it is not the place that is wrong when the two do not agree."""
N_VARIANCE_REPORTS = 2
TILT_LIMIT_DEG = 30.0
"""The autopilot's own limit is 20 degrees (ANGLE_MAX)."""
OVER_DEG = 60.0
"""From here no multicopter with a dead motor comes back."""
ROLL_LIMIT_RAD_S = 2.0
"""Of roll or pitch: up to 0.46 in sound flights, over 2.5 within 0.06 s of a motor's death."""
FALL_MPS = 1.6
"""Twice the fastest descent that a mission asks for."""
LOW_M = 0.5
"""Nearer to the floor than this, a hard landing shakes a sound drone."""
UNHEARD_S = 1.0
"""Between two messages with the vehicle's clock, which come 20 times a second: longer, and what happened meanwhile is not known."""
STALL_S = 45.0
STALL_M = 0.3
NO_PHOTO_DUE_M = 0.3
"""Photos are triggered by the distance flown: so near to the place of the last one, a drone that waits for its position to settle
need take none."""


class Trouble(StrEnum):
    """What is wrong, as it stands in flight.json."""

    POSITION_LOST = "position_lost"
    POSITION_JUMP = "position_jump"
    ESTIMATE_DOUBTFUL = "estimate_doubtful"
    OFF_TRACK = "off_track"
    FALLING = "falling"
    STALLED = "stalled"
    BATTERY_LOW = "battery_low"
    CAMERA_STOPPED = "camera_stopped"
    TOO_LONG = "too_long"


PLACE_IN_DOUBT = {
    *(Trouble.POSITION_LOST, Trouble.POSITION_JUMP, Trouble.ESTIMATE_DOUBTFUL),
    *(Trouble.OFF_TRACK, Trouble.FALLING),
}
"""Trouble after which the places of the last photos may be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Trouble, with the words for people."""

    trouble: Trouble
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a sound flight keeps to."""

    longest_s: float
    """Vehicle seconds between arming and disarming."""
    path: FlightPath | None = None
    off_path_m: float = math.inf
    heeds_glides: bool = True
    """Whether a position that wanders is trouble."""
    longest_photo_gap_s: Mapping[int, float] | None = None
    """Item -> the longest time without a photo on the way to it; items without photos are not named."""


class Supervisor:
    """Feed it the state after every message; it answers with the first concern, or None."""

    def __init__(self, expected: Expected, last_photo_s: Callable[[], float | None] | None = None) -> None:
        """Judge by what is `expected`; `last_photo_s` tells when the newest photo was taken, where the autopilot does not know."""
        self._expected, self._last_photo_s = expected, last_photo_s
        self._armed_at: float | None = None
        self._vision_lost_at: float | None = None
        self._previous: tuple[float, tuple[float, float, float], tuple[float, float, float]] | None = None
        self._glides = _windows()
        self._n_reports_seen = self._n_place_reports = self._n_speed_reports = 0
        self._progress: tuple[float, int, tuple[float, float, float]] | None = None
        self._item: tuple[int, float] = (0, 0.0)
        self._heard_s: float | None = None
        self._silences: deque[tuple[float, float]] = deque(maxlen=50)
        """From when to when nothing was heard."""
        self._photo: tuple[int, float | None] | None = None
        """Item and time of the newest photo."""
        self._photo_at: tuple[float, float, float] | None = None
        self._no_photo_due_s = 0.0
        """When the drone was last so near to it that none more was due."""
        self._place_judged: tuple[int, tuple[int, int]] | None = None
        """Item and place of which it is known that they are on the way."""
        self._has_begun_anew = False
        """Whether the mission went back to an earlier item, as ArduCopter's does when it disarms on the pad: its heartbeat, which
        would say so, comes later. The leg to its first item need not begin there."""

    def expect(self, expected: Expected, state: VehicleState) -> None:
        """Judge by another mission from now on, which may take its own time; what is heeded of the position stays as it was."""
        now = state.boot_s or 0.0
        flown_s = now - (now if self._armed_at is None else self._armed_at)
        self._expected = replace(expected, longest_s=flown_s + expected.longest_s, heeds_glides=self._expected.heeds_glides)
        self._progress, self._item, self._place_judged = None, (0, now), None

    def look(self, state: VehicleState) -> Concern | None:
        """Return the first sign of trouble in an armed flight."""
        now = state.boot_s
        if now is None or not state.is_armed:
            return None
        if self._armed_at is None:
            self._armed_at = now
        if self._heard_s is not None and now - self._heard_s > UNHEARD_S:
            self._silences.append((self._heard_s, now))
        self._heard_s = now
        if state.mission_seq != self._item[0]:
            self._has_begun_anew = state.mission_seq < self._item[0]
            self._item = (state.mission_seq, now)
        checks = (self._position_lost, self._tumbling, self._motion, self._variances, self._off_path, self._battery, self._camera)
        for check in (*checks, self._stalled):
            concern = check(state, now)
            if concern is not None:
                return concern
        longest_s = self._expected.longest_s
        if now - self._armed_at > longest_s:
            return Concern(trouble=Trouble.TOO_LONG, words=f"the flight took longer than the {longest_s:.0f} s it was allowed")
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

    def _tumbling(self, state: VehicleState, now: float) -> Concern | None:
        tilt = tilt_deg(state)
        if tilt > TILT_LIMIT_DEG:
            return Concern(
                trouble=Trouble.FALLING, words=f"the drone tilted to {tilt:.0f} degrees: a motor or a propeller has failed"
            )
        if state.rates_rad_s is None or (state.relative_alt_m or 0.0) < LOW_M:
            return None
        rate = max(abs(state.rates_rad_s[0]), abs(state.rates_rad_s[1]))
        if rate > ROLL_LIMIT_RAD_S:
            return Concern(
                trouble=Trouble.FALLING,
                words=f"the drone turned over at {math.degrees(rate):.0f} degrees a second: a motor or a propeller has failed",
            )
        return None

    def _motion(self, state: VehicleState, now: float) -> Concern | None:
        position, velocity = state.position_ned_m, state.velocity_ned_mps
        if position is None or velocity is None:
            return None
        if velocity[2] > FALL_MPS:
            return Concern(
                trouble=Trouble.FALLING, words=f"the drone fell at {velocity[2]:.1f} m/s: a motor or a propeller has failed"
            )
        previous = self._previous
        if previous is not None and position == previous[1]:
            return None
        self._previous = (now, position, velocity)
        if previous is None or not 0 <= now - previous[0] < 0.5:
            self._glides = _windows()
            return None
        dt = now - previous[0]
        reach = max(math.dist(velocity, (0, 0, 0)), math.dist(previous[2], (0, 0, 0))) * dt
        step = math.dist(position, previous[1])
        if step > reach + POSITION_STEP_M:
            return _jump(f"the position jumped by {step:.1f} m")
        x, y, z = (position[i] - previous[1][i] - (velocity[i] + previous[2][i]) / 2 * dt for i in range(3))
        return self._glide(state, now, (x, y, z))

    def _glide(self, state: VehicleState, now: float, moved: tuple[float, float, float]) -> Concern | None:
        """Hold the way that the estimate made against the speed that it tells; `moved` is the newest difference."""
        if not self._expected.heeds_glides:
            return None
        gained = [window.add(now, moved) for window in self._glides]
        worst = next((g for g, (_, level, up) in zip(gained, GLIDES, strict=True) if g[0] > level or g[1] > up), None)
        if worst is None:
            return None
        if state.ekf_variances is not None and state.ekf_variances[0] > DOUBTED_VARIANCE:
            return _doubt(state.ekf_variances[0])
        return _jump(f"the position glides away: {max(worst):.2f} m that the drone did not fly")

    def _variances(self, state: VehicleState, now: float) -> Concern | None:
        if state.ekf_variances is None or state.n_ekf_reports == self._n_reports_seen:
            return None
        self._n_reports_seen = state.n_ekf_reports
        speed, level, up = state.ekf_variances
        self._n_place_reports = self._n_place_reports + 1 if max(level, up) > PLACE_VARIANCE else 0
        self._n_speed_reports = self._n_speed_reports + 1 if speed > SPEED_VARIANCE else 0
        if self._n_place_reports >= N_VARIANCE_REPORTS:
            return _jump(f"the position jumped (EKF variance {max(level, up):.2f})")
        if self._n_speed_reports >= N_VARIANCE_REPORTS:
            return _doubt(speed)
        return None

    def _off_path(self, state: VehicleState, now: float) -> Concern | None:
        if self._expected.path is None or state.latlon_1e7 is None or state.mode != Mode.AUTO:
            return None
        if self._has_begun_anew and (state.relative_alt_m or 0.0) < LOW_M:
            return None
        if (state.mission_seq, state.latlon_1e7) == self._place_judged:  # nine messages of ten say nothing new of it
            return None
        off_m = self._expected.path.off_m(state.mission_seq, state.latlon_1e7)
        if off_m is None or off_m <= self._expected.off_path_m:
            self._place_judged = (state.mission_seq, state.latlon_1e7)
            return None
        return Concern(
            trouble=Trouble.OFF_TRACK,
            words=f"the drone was {off_m:.2f} m off its way: a draught pushed it, or a motor is weak",
        )

    def _camera(self, state: VehicleState, now: float) -> Concern | None:
        gap_s = (self._expected.longest_photo_gap_s or {}).get(state.mission_seq)
        if gap_s is None or state.mode != Mode.AUTO:
            return None
        last_photo_s = state.last_photo_s if self._last_photo_s is None else self._last_photo_s()
        if self._photo != (state.mission_seq, last_photo_s):
            self._photo, self._photo_at = (state.mission_seq, last_photo_s), state.position_ned_m
            self._no_photo_due_s = max(self._item[1], last_photo_s or 0.0)
        elif (
            self._photo_at is not None
            and state.position_ned_m is not None
            and math.dist(state.position_ned_m, self._photo_at) <= NO_PHOTO_DUE_M
        ):
            self._no_photo_due_s = now
        from_s = self._no_photo_due_s
        unheard_s = sum(max(0.0, end_s - max(begin_s, from_s)) for begin_s, end_s in self._silences)
        since_s = now - from_s - unheard_s  # photos may have been taken that nobody was told of
        if since_s <= gap_s:
            return None
        words = f"the camera stopped: no photo for {since_s:.0f} s in the middle of a lane"
        if unheard_s > 0.0:
            words = f"{words}, beside {unheard_s:.0f} s in which nothing was heard from the drone"
        return Concern(trouble=Trouble.CAMERA_STOPPED, words=words)

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


class _Window:
    """Sums what came within the last seconds."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._parts: deque[tuple[float, tuple[float, float, float]]] = deque()
        self._sum = [0.0, 0.0, 0.0]

    def add(self, now: float, part: tuple[float, float, float]) -> tuple[float, float]:
        """Return the size of the sum, level and up, with `part` in it."""
        self._parts.append((now, part))
        for i in range(3):
            self._sum[i] += part[i]
        while now - self._parts[0][0] >= self._length_s:
            _, old = self._parts.popleft()
            for i in range(3):
                self._sum[i] -= old[i]
        return math.hypot(self._sum[0], self._sum[1]), abs(self._sum[2])


def _windows() -> list[_Window]:
    return [_Window(length_s) for length_s, _, _ in GLIDES]


def tilt_deg(state: VehicleState) -> float:
    """Return roll or pitch, whichever is greater; 0 before it is known."""
    if state.attitude_rad is None:
        return 0.0
    return math.degrees(max(abs(state.attitude_rad[0]), abs(state.attitude_rad[1])))


def _doubt(variance: float) -> Concern:
    return Concern(
        trouble=Trouble.ESTIMATE_DOUBTFUL,
        words=f"the autopilot doubts its speed (EKF variance {variance:.2f}): the navigation sensor cannot be trusted",
    )


def _jump(what: str) -> Concern:
    return Concern(trouble=Trouble.POSITION_JUMP, words=f"{what}: the navigation sensor cannot be trusted")
