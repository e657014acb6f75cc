"""From the point that should be followed to accelerations: position and velocity controllers with ArduCopter's default gains.

Frame: north, east, up; metres and seconds; headings in radians, clockwise from north.
"""

from __future__ import annotations

import math

from sitl.copter.dynamics import GRAVITY

POSITION_GAIN_PER_S = 1.0
VELOCITY_GAIN_PER_S = 2.0
VELOCITY_INTEGRAL_PER_S2 = 1.0
CLIMB_GAIN_PER_S = 5.0
CLIMB_INTEGRAL_PER_S2 = 1.5
YAW_SLEW_RAD_PER_S = math.radians(60.0)
YAW_ACCEL_RAD_PER_S2 = math.radians(120.0)
YAW_REACHED_RAD = math.radians(2.0)


class Steering:
    """Holds the integrators and the heading wanted."""

    __slots__ = ("_integral", "heading", "heading_goal", "heading_rate")

    def __init__(self, heading: float) -> None:
        """Hold `heading`."""
        self._integral = [0.0, 0.0, 0.0]
        self.heading = self.heading_goal = heading
        self.heading_rate = 0.0

    def reset(self, heading: float) -> None:
        """Forget what was learnt about drag, as at a take-off."""
        self._integral[:] = (0.0, 0.0, 0.0)
        self.heading = self.heading_goal = heading
        self.heading_rate = 0.0

    def turn_to(self, angle_deg: float, sign: float, *, is_relative: bool) -> None:
        """Turn to the compass angle, or by it: clockwise for `sign` >= 0."""
        angle = math.radians(angle_deg)
        if is_relative:
            angle = self.heading_goal + math.copysign(angle, sign)
        self.heading_goal = math.remainder(angle, 2 * math.pi)

    def turn(self, dt: float) -> None:
        """Slew the heading wanted toward its goal."""
        error = math.remainder(self.heading_goal - self.heading, 2 * math.pi)
        step = YAW_SLEW_RAD_PER_S * dt
        if abs(error) <= step:
            self.heading, self.heading_rate = self.heading_goal, 0.0
        else:
            rate = min(abs(self.heading_rate) + YAW_ACCEL_RAD_PER_S2 * dt, YAW_SLEW_RAD_PER_S)
            self.heading_rate = math.copysign(rate, error)
            self.heading = math.remainder(self.heading + self.heading_rate * dt, 2 * math.pi)

    def accelerations(
        self, dt: float, target: list[float], position: list[float], velocity: list[float], max_angle_rad: float
    ) -> tuple[float, float, float]:
        """Return the acceleration (north, east, up) that brings the estimate to `target` ([position, velocity, acceleration])."""
        wanted = [0.0, 0.0, 0.0]
        integral = self._integral
        for i in range(3):
            gain = VELOCITY_GAIN_PER_S if i < 2 else CLIMB_GAIN_PER_S
            rate = VELOCITY_INTEGRAL_PER_S2 if i < 2 else CLIMB_INTEGRAL_PER_S2
            error = target[3 + i] + POSITION_GAIN_PER_S * (target[i] - position[i]) - velocity[i]
            integral[i] += dt * rate * error
            wanted[i] = target[6 + i] + gain * error + integral[i]
        most = math.tan(max_angle_rad) * GRAVITY
        size = math.hypot(wanted[0], wanted[1])
        if size > most:
            wanted[0] *= most / size
            wanted[1] *= most / size
        return wanted[0], wanted[1], min(max(wanted[2], -5.0), 5.0)

    def lag_scale(self, target: list[float], position: list[float], velocity: list[float]) -> float:
        """Return how fast the point may move on (0 to 1) for a vehicle that has not kept up with it."""
        speed = math.sqrt(target[3] ** 2 + target[4] ** 2 + target[5] ** 2)
        if speed < 0.05:
            return 1.0
        behind = along = 0.0
        for i in range(3):
            unit = target[3 + i] / speed
            behind += unit * (target[i] - position[i])
            along += unit * velocity[i]
        return min(max(0.05 + (along + POSITION_GAIN_PER_S * -behind) / speed, 0.0), 1.0)
