"""A straight leg as ArduCopter plans it (`AP_Math/SCurve`), and how two of them run into each other at a corner.

A leg begins and ends at rest. Its acceleration is bounded, the change of that (jerk) too, and the jerk itself rises and falls as a
raised cosine, because a multicopter must lean before it accelerates. At a waypoint without a hold the next leg begins before the
last one ends and their motions add up: the drone cuts the corner and does not stop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

_UPRIGHT = 1e-6
_STEP_S = 0.005
"""With which the beginning of an overlap is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the autopilot is set up to do: m/s, m/s2, m/s3, m."""

    speed_up_mps: float
    """WPNAV_SPEED_UP, or what the drone can do if that is less."""
    speed_down_mps: float
    """WPNAV_SPEED_DN, likewise."""
    accel_mps2: float
    """WPNAV_ACCEL."""
    accel_z_mps2: float
    """WPNAV_ACCEL_Z."""
    jerk_mps3: float
    """WPNAV_JERK."""
    radius_m: float
    """WPNAV_RADIUS: by how much a corner may be missed."""
    jerk_rise_s: float = 0.3
    """Twice ATC_INPUT_TC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    accel_mps2: float
    speed_mps: float
    place_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A stretch in which the jerk rises from 0 to its value (bend 1), keeps it (0), or falls to 0 (-1)."""

    begin_s: float
    length_s: float
    jerk_mps3: float
    bend: int
    start: _State

    def after(self, t: float) -> _State:
        """Return the state after `t` of its seconds."""
        a, v, p, jerk = self.start.accel_mps2, self.start.speed_mps, self.start.place_m, self.jerk_mps3
        if self.bend == 0 or self.length_s <= 0:
            return _State(
                accel_mps2=a + jerk * t, speed_mps=v + a * t + jerk * t**2 / 2, place_m=p + v * t + a * t**2 / 2 + jerk * t**3 / 6
            )
        # jerk(t) = jerk / 2 * (1 - bend * cos(w t)), integrated three times
        w, half, bend = math.pi / self.length_s, jerk / 2, float(self.bend)
        return _State(
            accel_mps2=a + half * (t - bend * math.sin(w * t) / w),
            speed_mps=v + a * t + half * (t**2 / 2 - bend * (1 - math.cos(w * t)) / w**2),
            place_m=p + v * t + a * t**2 / 2 + half * (t**3 / 6 - bend * (t / w**2 - math.sin(w * t) / w**3)),
        )


@dataclass(frozen=True)
class Leg:
    """A straight piece of track of `length_m` metres that starts and ends at rest, and its timetable."""

    length_m: float
    speed_mps: float
    """The most along the track."""
    accel_mps2: float
    jerk_mps3: float
    jerk_rise_s: float
    rise: float = 0.0
    """Sine of its slope."""

    @cached_property
    def _pieces(self) -> tuple[_Piece, ...]:
        """Of the way up to full speed, by the formulas of SCurve::calculate_path from rest."""
        jerk, rise = self.jerk_mps3, self.jerk_rise_s
        accel, speed, half = self.accel_mps2, self.speed_mps, self.length_m / 2
        snap = jerk * math.pi / (2 * rise)
        if min(accel, speed / (2 * rise), half / (4 * rise**2)) < jerk * rise:  # too short or slow to reach the full jerk
            rise = min(
                rise,
                (half * math.pi / (8 * snap)) ** 0.25,
                (speed * math.pi / (4 * snap)) ** (1 / 3),
                math.sqrt(accel * math.pi / (2 * snap)),
            )
            jerk = 2 * snap * rise / math.pi
            accel = min(accel, jerk * rise)
        else:
            accel = min(accel, _peak(jerk, rise, speed, half))
        hold_jerk = max(0.0, accel / jerk - rise)
        ramp_s = 2 * rise + hold_jerk  # of the acceleration, up or down
        by_speed = speed / accel - ramp_s
        # place at the end of a symmetric ramp is its mean speed times its duration: half = (speed reached) / 2 * duration
        by_length = (math.sqrt(ramp_s**2 + 8 * half / accel) - 3 * ramp_s) / 2
        hold_accel = max(0.0, min(by_speed, by_length))
        pieces = []
        now = _State(accel_mps2=0.0, speed_mps=0.0, place_m=0.0)
        begin = 0.0
        for j, length, bend in (
            (jerk, rise, 1),
            (jerk, hold_jerk, 0),
            (jerk, rise, -1),
            (0.0, hold_accel, 0),
            (-jerk, rise, 1),
            (-jerk, hold_jerk, 0),
            (-jerk, rise, -1),
        ):
            piece = _Piece(begin_s=begin, length_s=length, jerk_mps3=j, bend=bend, start=now)
            pieces.append(piece)
            now = piece.after(length)
            begin += length
        cruise = _State(accel_mps2=0.0, speed_mps=now.speed_mps, place_m=now.place_m)
        return (*pieces, _Piece(begin_s=begin, length_s=math.inf, jerk_mps3=0.0, bend=0, start=cruise))

    @cached_property
    def accel_end_s(self) -> float:
        """When full speed is reached."""
        return self._pieces[-1].begin_s if self.length_m > 0 else 0.0

    @cached_property
    def cruise_mps(self) -> float:
        """The greatest speed of the leg."""
        return self._pieces[-1].start.speed_mps if self.length_m > 0 else 0.0

    @cached_property
    def time_s(self) -> float:
        """From rest to rest."""
        if self.length_m <= 0:
            return 0.0
        ramp_m = self._pieces[-1].start.place_m
        return 2 * self.accel_end_s + max(0.0, self.length_m - 2 * ramp_m) / self.cruise_mps

    def state(self, t: float) -> tuple[float, float, float]:
        """Return place, speed and acceleration at `t` seconds after the start."""
        if self.length_m <= 0:
            return 0.0, 0.0, 0.0
        if t > self.time_s / 2:
            p, v, a = self._at(max(0.0, self.time_s - t))
            return self.length_m - p, v, -a
        return self._at(t)

    def _at(self, t: float) -> tuple[float, float, float]:
        for piece in reversed(self._pieces):
            if t >= piece.begin_s:
                after = piece.after(t - piece.begin_s)
                return after.place_m, after.speed_mps, after.accel_mps2
        return 0.0, 0.0, 0.0


def _peak(jerk: float, rise: float, speed: float, half_m: float) -> float:
    """Return the acceleration at which a ramp without a stretch of even acceleration reaches `speed`, or `half_m`."""
    low, high = 0.0, 2 * jerk * (rise + speed)
    for _ in range(40):
        accel = (low + high) / 2
        ramp_s = accel / jerk + rise
        low, high = (accel, high) if accel * ramp_s <= speed and accel * ramp_s**2 <= half_m else (low, accel)
    return max(low, jerk * rise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """How a corner without a hold is flown."""

    overlap_s: float
    """For how long both legs are flown at once, which the drone saves; it passes the corner in the middle of that time."""
    before_m: float
    """From the corner to where the drone leaves the first leg."""
    after_m: float
    """From the corner to where it is on the second one."""


@lru_cache(maxsize=65536)
def leg(length_m: float, rise: float, speed_mps: float, limits: Limits) -> Leg:
    """Return the leg of a length at a level speed; `rise` is the sine of its slope, from -1 (down) to 1 (up)."""
    level = math.sqrt(max(0.0, 1 - rise * rise))
    speed, accel = math.inf, math.inf
    if level > _UPRIGHT:
        speed, accel = speed_mps / level, limits.accel_mps2 / level
    if abs(rise) > _UPRIGHT:
        climb = limits.speed_up_mps if rise > 0 else limits.speed_down_mps
        speed, accel = min(speed, climb / abs(rise)), min(accel, limits.accel_z_mps2 / abs(rise))
    return Leg(length_m, speed, accel, limits.jerk_mps3, limits.jerk_rise_s, rise)


@lru_cache(maxsize=65536)
def corner(first: Leg, second: Leg, cosine: float, limits: Limits) -> Corner:
    """Return how the corner between two legs is cut; `cosine` is that of the angle between their directions.

    The conditions are those of SCurve::advance_target_along_track; the acceleration in a corner is bounded by twice the legs'.
    """
    overlap = min(first.accel_end_s, second.accel_end_s)
    slowest = min(first.cruise_mps, second.cruise_mps)
    while overlap > 0:
        s1, v1, a1 = first.state(overlap / 2)  # mirrored: what is left of the first leg is as its beginning
        s2, v2, a2 = second.state(overlap / 2)
        missed = math.sqrt(max(0.0, s1 * s1 + s2 * s2 - 2 * s1 * s2 * cosine))
        speed = math.sqrt(max(0.0, v1 * v1 + v2 * v2 + 2 * v1 * v2 * cosine))
        rising = abs(a2 * second.rise - a1 * first.rise)
        turning = math.sqrt(max(0.0, a1 * a1 + a2 * a2 - 2 * a1 * a2 * cosine - rising * rising))
        is_soft = turning < 2 * limits.accel_mps2 and rising < limits.accel_z_mps2
        if missed < limits.radius_m and speed < slowest and is_soft:
            break
        overlap -= _STEP_S
    overlap = max(0.0, overlap)
    return Corner(overlap_s=overlap, before_m=first.state(overlap)[0], after_m=second.state(overlap)[0])
