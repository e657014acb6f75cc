"""What the vehicle believes: the truth a little late, with a slow seeded error, as an EKF on external navigation behaves.

Measured on the real SITL (noise 5 cm on the external navigation): horizontal error p50 2.8 cm, p95 4.9 cm at 1 m/s, of which
25 ms times the speed is lag; heights with a constant offset. When the external navigation stops, the estimate goes on with the
accelerometers and runs away at about 2 cm/s2. When it jumps, the estimate follows within seconds and nothing is said; the speed
that it reports does not. With a source set that names a speed but no place the estimate no longer follows.
Frame: north, east, up, metres from the EKF's local zero.
"""

from __future__ import annotations

import math
import random

LAG_S = 0.025
ERROR_SD_M = (0.018, 0.018, 0.008)
ERROR_TIME_S = 6.0
SMOOTHING_S = 0.6
WHITE_SD_M = 0.001
HEIGHT_OFFSET_M = 0.20
"""The height that the EKF gives on the ground: the sensor stands 9 cm above it, and the first measurements leave the rest."""
RUNAWAY_MPS2 = 0.022
GLITCH_RATE_PER_S = 1.37
"""How the estimate follows a jump: 0.06, 0.15, 0.35 of it after 0.3, 0.5, 0.9 s (measured)."""
RECOVERY_TIME_S = 1.0
FLAGS_UNINITIALISED = 1024
FLAGS_READY = 831
FLAGS_NO_POSITION_IN_AIR = 37
FLAGS_NO_POSITION = 167
UNHEALTHY_AFTER_S = 0.4
FLAGS_LOST_AFTER_S = 7.1


class Estimator:
    """Position and velocity as the autopilot reports and steers by them."""

    __slots__ = (
        "_drift",
        "_glitch",
        "_glitch_rate",
        "_random",
        "_raw",
        "_runaway",
        "_runaway_direction",
        "_smooth",
        "_smooth_rate",
        "attitude_error",
        "glitch",
        "is_place_heeded",
        "is_speed_heeded",
        "lost_s",
        "position",
        "unaided_s",
        "velocity",
        "velocity_glitch",
    )

    def __init__(self, seed: int) -> None:
        """Start with the error that `seed` gives."""
        self._random = random.Random(seed)
        gauss = self._random.gauss
        self._raw = [gauss(0.0, sd) for sd in ERROR_SD_M]
        self._smooth = list(self._raw)
        self._smooth_rate = [0.0, 0.0, 0.0]
        self._drift = [0.0, 0.0]
        self._runaway = [0.0, 0.0]
        angle = self._random.uniform(0.0, 2 * math.pi)
        self._runaway_direction = (math.cos(angle), math.sin(angle))
        self._glitch = [0.0, 0.0, 0.0]
        self._glitch_rate = [0.0, 0.0, 0.0]
        self.glitch = self.velocity_glitch = (0.0, 0.0, 0.0)
        self.is_place_heeded = self.is_speed_heeded = True
        """What the source set in use takes from the external navigation."""
        self.lost_s = self.unaided_s = 0.0
        """Since the external navigation was heard; since anything of it was used."""
        self.attitude_error = (gauss(0.0, 0.0012), gauss(0.0, 0.0012))
        self.position = [0.0, 0.0, 0.0]
        self.velocity = [0.0, 0.0, 0.0]

    @property
    def is_vision_healthy(self) -> bool:
        """Bit 0x80 of SYS_STATUS: the external navigation was heard of lately."""
        return self.lost_s < UNHEALTHY_AFTER_S

    @property
    def has_position(self) -> bool:
        """Whether the filter still vouches for its horizontal position."""
        return self.unaided_s < FLAGS_LOST_AFTER_S

    @property
    def unexplained_m(self) -> tuple[float, float, float]:
        """How far the external navigation has jumped away from the estimate."""
        g, f = self.glitch, self._glitch
        return g[0] - f[0], g[1] - f[1], g[2] - f[2]

    def step(self, dt: float, position: list[float], velocity: list[float], is_vision_ok: bool) -> None:
        """Take in `dt` seconds of the truth."""
        gauss = self._random.gauss
        kick = math.sqrt(2 * dt / ERROR_TIME_S)
        self.lost_s = 0.0 if is_vision_ok else self.lost_s + dt
        is_aided = is_vision_ok and (self.is_place_heeded or self.is_speed_heeded)
        self.unaided_s = 0.0 if is_aided else self.unaided_s + dt
        for i in range(3):
            self._raw[i] += -self._raw[i] * dt / ERROR_TIME_S + gauss(0.0, ERROR_SD_M[i]) * kick
            rate = (self._raw[i] - self._smooth[i]) / SMOOTHING_S
            self._smooth[i] += dt * rate
            if is_vision_ok and self.is_place_heeded:
                pull = GLITCH_RATE_PER_S**2 * (self.glitch[i] - self._glitch[i]) - 2 * GLITCH_RATE_PER_S * self._glitch_rate[i]
                self._glitch_rate[i] += dt * pull
            else:
                self._glitch_rate[i] *= 1.0 - dt * GLITCH_RATE_PER_S
            self._glitch[i] += dt * self._glitch_rate[i]
            lag = LAG_S * velocity[i]
            self.position[i] = position[i] - lag + self._smooth[i] + self._glitch[i] + gauss(0.0, WHITE_SD_M)
            self.velocity[i] = velocity[i] + rate
            if is_vision_ok and self.is_speed_heeded:
                self.velocity[i] += self.velocity_glitch[i]
        self.position[2] += HEIGHT_OFFSET_M
        self._dead_reckon(dt, is_aided)

    def _dead_reckon(self, dt: float, is_aided: bool) -> None:
        drift, runaway = self._drift, self._runaway
        if is_aided and runaway == [0.0, 0.0] and drift == [0.0, 0.0]:
            return
        for i in range(2):
            if is_aided:
                runaway[i] = 0.0
                drift[i] *= 1.0 - dt / RECOVERY_TIME_S
                if abs(drift[i]) < 1e-4:
                    drift[i] = 0.0
            else:
                runaway[i] += dt * RUNAWAY_MPS2 * self._runaway_direction[i]
                drift[i] += dt * runaway[i]
            self.position[i] += drift[i]
            self.velocity[i] += runaway[i]
