"""Where the autopilot wants to be: jerk-limited legs that overlap at corners, pauses and stops.

Frame of every vector: north, east, up, in metres from the EKF's local zero. The laws are those of a jerk- and snap-limited
S-curve: a ramp between two speeds has an acceleration that rises to its peak and falls again, each in `peak / jerk + jerk_time`
seconds. Where two legs meet at a waypoint without a stop, the next begins before the last ends and their motions add up, which
rounds the corner.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Vector = tuple[float, float, float]
ZERO: Vector = (0.0, 0.0, 0.0)
_NO_CHANGE_MPS = 1e-9
JERK_TIME_S = math.pi / 2 * 0.15 / 0.5
"""How long the jerk of a planned leg takes to rise: snap is half of what the attitude controller can do (ATC_INPUT_TC 0.15 s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one motion may do along its track: m/s, m/s2, m/s3, and the seconds in which the jerk rises."""

    speed: float
    accel: float
    jerk: float
    jerk_time: float = JERK_TIME_S


class Ramp:
    """A change of speed along a line, from `v0` to `v1` (m/s), as gentle as `limits` ask."""

    __slots__ = ("_flat", "_peak", "_rise", "duration", "length", "v0", "v1")

    def __init__(self, v0: float, v1: float, limits: Limits) -> None:
        """Plan the ramp; its length is the mean speed times its duration, because it is symmetric."""
        change = abs(v1 - v0) if abs(v1 - v0) > _NO_CHANGE_MPS else 0.0
        jerk, jerk_time = limits.jerk, limits.jerk_time
        peak = min(limits.accel, jerk / 2 * (math.sqrt(jerk_time**2 + 4 * change / jerk) - jerk_time))
        rise = peak / jerk + jerk_time
        if 0 < peak < jerk * jerk_time:  # too small a change to reach the full jerk
            snap = jerk / jerk_time
            half = min((change / (2 * snap)) ** (1 / 3), math.sqrt(limits.accel / snap))
            peak, rise = snap * half**2, 2 * half
        self.v0, self.v1 = v0, v1
        self._rise = rise
        self._flat = max(0.0, change / peak - rise) if peak > 0 else 0.0
        self._peak = math.copysign(peak, v1 - v0)
        self.duration = 2 * rise + self._flat if peak > 0 else 0.0
        self.length = (v0 + v1) / 2 * self.duration

    def state(self, t: float) -> tuple[float, float, float]:
        """Return distance, speed and acceleration at `t` seconds, beyond the end at the final speed."""
        if t >= self.duration:
            return self.length + self.v1 * (t - self.duration), self.v1, 0.0
        if t > self.duration / 2:  # the second half mirrors the first
            s, v, a = self._first_half(self.duration - t)
            gained = v - self.v0
            return self.length - (self.v1 * (self.duration - t) - (s - self.v0 * (self.duration - t))), self.v1 - gained, a
        return self._first_half(t)

    def _first_half(self, t: float) -> tuple[float, float, float]:
        rise, peak = self._rise, self._peak
        if t <= rise:
            w = math.pi / rise
            c, s = math.cos(w * t), math.sin(w * t)
            return self.v0 * t + peak / 2 * (t * t / 2 + (c - 1) / w**2), self.v0 + peak / 2 * (t - s / w), peak / 2 * (1 - c)
        risen = peak / 2 * (rise * rise / 2 - 2 * (rise / math.pi) ** 2)
        u = t - rise
        v = self.v0 + peak * rise / 2
        return self.v0 * rise + risen + v * u + peak * u * u / 2, v + peak * u, peak


class Leg:
    """A straight piece of track that ends at rest: a ramp up, a cruise, a ramp down."""

    __slots__ = (
        "_cruise",
        "_cruise_speed",
        "_down",
        "_limits",
        "_start",
        "_up",
        "destination",
        "direction",
        "elapsed",
        "length",
        "origin",
    )

    def __init__(self, origin: Vector, destination: Vector, limits: Limits) -> None:
        """Plan from rest at `origin` to rest at `destination`."""
        self.origin, self.destination = origin, destination
        offset = (destination[0] - origin[0], destination[1] - origin[1], destination[2] - origin[2])
        self.length = math.sqrt(offset[0] ** 2 + offset[1] ** 2 + offset[2] ** 2)
        self.direction: Vector = (
            ZERO if self.length < 1e-6 else (offset[0] / self.length, offset[1] / self.length, offset[2] / self.length)
        )
        self.elapsed = 0.0
        self._plan(0.0, 0.0, limits)

    def _plan(self, start: float, speed: float, limits: Limits) -> None:
        """Plan what is left of the leg, from `start` metres along it at `speed` m/s."""
        self._limits, self._start = limits, start
        left = max(self.length - start, 0.0)

        def needed(cruise: float) -> float:
            return Ramp(speed, cruise, limits).length + Ramp(cruise, 0.0, limits).length

        cruise = limits.speed
        if needed(cruise) > left:
            low, high = 0.0, cruise
            for _ in range(30):
                cruise = (low + high) / 2
                low, high = (low, cruise) if needed(cruise) > left else (cruise, high)
            cruise = low
        self._cruise_speed = cruise
        self._up, self._down = Ramp(speed, cruise, limits), Ramp(cruise, 0.0, limits)
        self._cruise = max(0.0, left - self._up.length - self._down.length) / cruise if cruise > 1e-9 else 0.0

    @property
    def duration(self) -> float:
        """Seconds from the plan's start to rest at the destination."""
        return self._up.duration + self._cruise + self._down.duration

    @property
    def remaining(self) -> float:
        """Seconds still to fly."""
        return self.duration - self.elapsed

    @property
    def cruise_speed(self) -> float:
        """The speed between the ramps, m/s."""
        return self._cruise_speed

    @property
    def turn_in(self) -> float:
        """Seconds until the acceleration of the first ramp begins to fall."""
        return self._up.duration / 2

    @property
    def turn_out(self) -> float:
        """Seconds until the last ramp begins."""
        return self._up.duration + self._cruise

    def set_speed(self, limits: Limits) -> None:
        """Fly the rest with other limits; while slowing down for the end it is too late and nothing changes."""
        if limits == self._limits or self.elapsed >= self.turn_out:
            return
        along, speed, _ = self.state(self.elapsed)
        self._plan(along, speed, limits)
        self.elapsed = 0.0

    def state(self, t: float) -> tuple[float, float, float]:
        """Return distance from the origin, speed and acceleration along the track at `t` seconds of the present plan."""
        if t <= self._up.duration:
            s, v, a = self._up.state(t)
            return self._start + s, v, a
        s = self._start + self._up.length
        t -= self._up.duration
        if t <= self._cruise:
            return s + self._cruise_speed * t, self._cruise_speed, 0.0
        s += self._cruise_speed * self._cruise
        t -= self._cruise
        if t >= self._down.duration:
            return self.length, 0.0, 0.0
        d, v, a = self._down.state(t)
        return s + d, v, a


class Fading:
    """What is left of an earlier motion: a leg that still slows down, or a stop; it adds to the present leg until it is over."""

    __slots__ = ("_direction", "_profile", "_total", "elapsed")

    def __init__(self, direction: Vector, profile: Ramp | Leg, total: float, elapsed: float = 0.0) -> None:
        """Fade out `profile` along `direction`, which ends `total` metres from its zero, from `elapsed` seconds on."""
        self._direction, self._profile, self._total, self.elapsed = direction, profile, total, elapsed

    @classmethod
    def stop(cls, velocity: Vector, limits: Limits) -> Fading:
        """Come to rest from `velocity` with `limits`."""
        speed = math.sqrt(velocity[0] ** 2 + velocity[1] ** 2 + velocity[2] ** 2)
        ramp = Ramp(speed, 0.0, limits)
        direction = ZERO if speed < 1e-6 else (velocity[0] / speed, velocity[1] / speed, velocity[2] / speed)
        return cls(direction, ramp, ramp.length)

    @property
    def displacement(self) -> Vector:
        """Metres from the zero of the motion to its end."""
        d = self._direction
        return d[0] * self._total, d[1] * self._total, d[2] * self._total

    def add_to(self, target: list[float]) -> bool:
        """Add the motion's position (before its end), velocity and acceleration to `target`; False once it is over."""
        s, v, a = self._profile.state(self.elapsed)
        s -= self._total
        _add(target, self._direction, s, v, a)
        return self.elapsed < self._profile.duration


def _add(target: list[float], direction: Vector, s: float, v: float, a: float) -> None:
    d0, d1, d2 = direction
    target[0] += d0 * s
    target[1] += d1 * s
    target[2] += d2 * s
    target[3] += d0 * v
    target[4] += d1 * v
    target[5] += d2 * v
    target[6] += d0 * a
    target[7] += d1 * a
    target[8] += d2 * a


class Track:
    """The legs around the present waypoint, and the point that moves along them.

    `target` is [position, velocity, acceleration], three numbers each, in the frame of the module.
    """

    __slots__ = ("_fading", "_pause", "_pause_time", "corner_accel", "is_fast", "is_paused", "leg", "next_leg", "radius", "target")

    def __init__(self, position: Vector, *, radius: float, corner_accel: float) -> None:
        """Stand still at `position`; corners may be missed by `radius` metres and take `corner_accel` m/s2."""
        self.radius, self.corner_accel = radius, corner_accel
        self.leg = Leg(position, position, Limits(speed=1.0, accel=1.0, jerk=1.0))
        self.next_leg: Leg | None = None
        self.is_fast = False
        self._fading: Fading | None = None
        self._pause: Ramp | None = None
        self._pause_time = 0.0
        self.is_paused = False
        self.target = [*position, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]

    def fly_to(self, destination: Vector, limits: Limits, stop_limits: Limits) -> None:
        """Leave whatever was flown, softly, and take the straight line to `destination`."""
        self._fading = Fading.stop(self.velocity, stop_limits)
        d = self._fading.displacement
        p = self.target
        self.leg = Leg((p[0] + d[0], p[1] + d[1], p[2] + d[2]), destination, limits)
        self.next_leg, self.is_fast = None, False
        self._pause, self.is_paused = None, False

    def take_next(self) -> None:
        """Make the leg after the reached waypoint the present one; the one before fades out."""
        if self.next_leg is None:
            return
        self._fading = Fading(self.leg.direction, self.leg, self.leg.length, self.leg.elapsed)
        self.leg, self.next_leg = self.next_leg, None
        self.is_fast = False

    def pause(self, is_paused: bool, limits: Limits) -> None:
        """Stop on the track, or go on along it."""
        if is_paused == self.is_paused:
            return
        scale = self._scale()[0]
        self.is_paused = is_paused
        self._pause = Ramp(scale * limits.speed, 0.0 if is_paused else limits.speed, limits)
        self._pause_time = 0.0

    def _scale(self) -> tuple[float, float]:
        """Return how fast the time of the track runs, 0 to 1, and the change of that per second."""
        if self._pause is None:
            return 1.0, 0.0
        _, v, a = self._pause.state(self._pause_time)
        full = max(self._pause.v0, self._pause.v1)
        return (v / full, a / full) if full > 0 else (0.0, 0.0)

    @property
    def velocity(self) -> Vector:
        """The velocity of the moving point, m/s."""
        return self.target[3], self.target[4], self.target[5]

    @property
    def is_finished(self) -> bool:
        """Whether the moving point stands at the end of the present leg."""
        return self.leg.elapsed >= self.leg.duration

    def advance(self, dt: float, lag_scale: float) -> bool:
        """Move the point on by `dt` seconds, slower if the vehicle lags behind (`lag_scale` 0 to 1); True at the end of the leg.

        On a fast waypoint the end is the moment at which as much of this leg is left as of the next one is flown.
        """
        scale, scale_rate = self._scale()
        if self._pause is not None:
            self._pause_time += dt
            if not self.is_paused and self._pause_time > self._pause.duration:
                self._pause = None
        step = dt * scale * lag_scale
        leg, following = self.leg, self.next_leg
        leg.elapsed += step
        target = self.target
        target[:] = (*leg.origin, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        _add(target, leg.direction, *leg.state(leg.elapsed))
        if self._fading is not None:
            self._fading.elapsed += step
            if not self._fading.add_to(target):
                self._fading = None
        reached = leg.elapsed >= leg.duration
        if self.is_fast and following is not None and (following.elapsed > 0 or self._may_turn(leg, following)):
            following.elapsed += step
            _add(target, following.direction, *following.state(following.elapsed))
            reached = reached or following.elapsed >= leg.remaining
        if scale < 1.0:
            speed = math.sqrt(target[3] ** 2 + target[4] ** 2 + target[5] ** 2)
            for i in range(3):
                along = target[3 + i] / speed if speed > 1e-6 else 0.0
                target[6 + i] = target[6 + i] * scale**2 + along * speed * scale_rate
                target[3 + i] *= scale
        return reached

    def _may_turn(self, leg: Leg, following: Leg) -> bool:
        """Whether the next leg may begin now without cutting the corner by more than the radius or the acceleration allowed."""
        if leg.elapsed < leg.turn_out - following.turn_in or leg.remaining > following.duration / 2:
            return False
        half = leg.remaining / 2
        corner = [0.0] * 9
        s, v, a = leg.state(leg.elapsed + half)
        _add(corner, leg.direction, s - leg.length, v, a)
        _add(corner, following.direction, *following.state(half))
        missed = math.sqrt(corner[0] ** 2 + corner[1] ** 2 + corner[2] ** 2)
        slowest = min(leg.cruise_speed, following.cruise_speed)
        return (
            missed < self.radius
            and math.hypot(corner[3], corner[4]) < slowest
            and math.hypot(corner[6], corner[7]) < self.corner_accel
        )
