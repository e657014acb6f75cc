"""The airframe: what the vehicle really does with the accelerations that the autopilot asks for.

A point mass with linear drag whose horizontal acceleration comes from tilt, and tilt follows its command as a damped second-order
system. Constants are fitted to the recorded flights of a SITL quad: 1.6 degrees of lean at 1 m/s, 6.2 at 1 m/s2 of braking.
Frame: north, east, up (metres above the take-off ground, m/s, m/s2); angles in radians, yaw clockwise from north.
"""

from __future__ import annotations

import math

GRAVITY = 9.80665
DRAG_PER_S = 0.285
TILT_RAD_PER_S = 12.0
TILT_DAMPING = 0.85
CLIMB_TIME_S = 0.03
DEAD_SHARE = 0.65
"""With less than this of one motor's thrust the vehicle turns over (real SITL: flies on at 0.7, falls at 0.6)."""
UPSET_MPS2, UPSET_TIME_S = 9.3, 0.37
"""At a share of 0.7: a lean of 16 degrees to the side of the weak motor after 0.37 s, over after two seconds (measured)."""
YAW_GAIN_PER_S = 4.5
YAW_RATE_TIME_S = 0.22


class Airframe:
    """The truth: position, velocity, tilt and heading, moved by `step`."""

    __slots__ = (
        "_climb_accel",
        "_tilt_e",
        "_tilt_e_rate",
        "_tilt_n",
        "_tilt_n_rate",
        "_upset_s",
        "accel",
        "is_on_ground",
        "motor_share",
        "pitch",
        "position",
        "roll",
        "tilt_rates",
        "velocity",
        "wind",
        "yaw",
        "yaw_rate",
    )

    def __init__(self, yaw: float) -> None:
        """Stand on the ground at the zero of the frame, nose at `yaw`."""
        self.position = [0.0, 0.0, 0.0]
        self.velocity = [0.0, 0.0, 0.0]
        self.accel = [0.0, 0.0, 0.0]
        self.roll = self.pitch = self.yaw_rate = 0.0
        self.yaw = yaw
        self.is_on_ground = True
        self.motor_share = 1.0
        self.wind = (0.0, 0.0)
        """Of the air, north and east, m/s."""
        self.tilt_rates = (0.0, 0.0)
        """Of roll and pitch, rad/s."""
        self._upset_s = 0.0
        self._tilt_n = self._tilt_e = self._tilt_n_rate = self._tilt_e_rate = 0.0
        self._climb_accel = 0.0

    def rest(self) -> None:
        """Stop where it stands: motors off on the ground."""
        self.velocity[:] = self.accel[:] = (0.0, 0.0, 0.0)
        self._tilt_n = self._tilt_e = self._tilt_n_rate = self._tilt_e_rate = self._climb_accel = 0.0
        self.roll = self.pitch = self.yaw_rate = 0.0

    def step(self, dt: float, wanted: tuple[float, float, float], yaw: float, yaw_feed: float) -> float:
        """Fly `dt` seconds with the acceleration `wanted` (m/s2) toward the heading `yaw`; return the speed of an impact, else 0.

        `yaw_feed` is the rate (rad/s) at which the heading wanted moves on.
        """
        before = self.roll, self.pitch
        impact = self._fall(dt) if self.motor_share < DEAD_SHARE else self._fly(dt, wanted, yaw, yaw_feed)
        self.tilt_rates = ((self.roll - before[0]) / dt, (self.pitch - before[1]) / dt)
        return impact

    def _fly(self, dt: float, wanted: tuple[float, float, float], yaw: float, yaw_feed: float) -> float:
        north, east, up = wanted
        w2, damping = TILT_RAD_PER_S**2, 2 * TILT_DAMPING * TILT_RAD_PER_S
        self._tilt_n_rate += dt * (w2 * (north - self._tilt_n) - damping * self._tilt_n_rate)
        self._tilt_e_rate += dt * (w2 * (east - self._tilt_e) - damping * self._tilt_e_rate)
        self._tilt_n += dt * self._tilt_n_rate
        self._tilt_e += dt * self._tilt_e_rate
        self._climb_accel += dt / CLIMB_TIME_S * (up - self._climb_accel)
        p, v = self.position, self.velocity
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        right, down = self._upset(dt)
        lean_n, lean_e = self._tilt_n - right * s, self._tilt_e + right * c
        a = (lean_n - DRAG_PER_S * (v[0] - self.wind[0]), lean_e - DRAG_PER_S * (v[1] - self.wind[1]), self._climb_accel - down)
        for i in range(3):
            v[i] += dt * a[i]
            p[i] += dt * v[i]
        self.accel[:] = a
        error = math.remainder(yaw - self.yaw, 2 * math.pi)
        self.yaw_rate += dt / YAW_RATE_TIME_S * (YAW_GAIN_PER_S * error + yaw_feed - self.yaw_rate)
        self.yaw = math.remainder(self.yaw + dt * self.yaw_rate, 2 * math.pi)
        self.pitch = -math.atan2(lean_n * c + lean_e * s, GRAVITY)
        self.roll = math.atan2(lean_e * c - lean_n * s, GRAVITY)
        return self._touch()

    def _upset(self, dt: float) -> tuple[float, float]:
        """Return the accelerations to the right and down (m/s2) while the autopilot learns to live with a weak motor."""
        if self.motor_share >= 1.0:
            self._upset_s = 0.0
            return 0.0, 0.0
        self._upset_s += dt
        share = self._upset_s / UPSET_TIME_S
        size = UPSET_MPS2 * (1.0 - self.motor_share) * share**2 * math.exp(2.0 - 2.0 * share)
        return size, 0.35 * size

    def _fall(self, dt: float) -> float:
        """Tumble with a motor that gives `motor_share` of its thrust."""
        if self.is_on_ground:
            self.rest()
            return 0.0
        lost = 1.0 - self.motor_share
        self.velocity[2] -= dt * min(GRAVITY, 9.0 * lost**2)
        self.roll = min(self.roll + dt * 6.0 * lost**2, 2.6)
        self.velocity[1] += dt * 1.5 * lost
        for i in range(3):
            self.position[i] += dt * self.velocity[i]
        return self._touch()

    def _touch(self) -> float:
        if self.position[2] >= 0.0:
            self.is_on_ground = False
            return 0.0
        impact = -self.velocity[2]
        was_flying = not self.is_on_ground
        self.position[2] = 0.0
        self.is_on_ground = True
        roll, pitch = self.roll, self.pitch
        self.rest()
        if self.motor_share < DEAD_SHARE:
            self.roll, self.pitch = roll, pitch
        return impact if was_flying and impact > 0.05 else 0.0
