"""The sideways range sensor: a narrow beam, square to the flight, that tells how far the next surface is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.poses import Pose

Vector = NDArray[np.float64]

_BODY_RIGHT = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeSensor:
    """One fixed sensor (laser or the like) that looks sideways out of the airframe."""

    side: str
    """`left` or `right`."""
    beam_deg: float
    """Full angle of the cone that the beam fills."""
    min_m: float
    """It tells nothing of what is nearer than this."""
    max_m: float
    """Nor of what is farther."""
    sigma_m: float
    """One standard deviation of a reading."""
    offset_body_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Where it sits, in the body frame (FRD)."""

    def beam(self, pose: Pose) -> tuple[Vector, Vector]:
        """Return the origin (3,) and the unit direction (3,) of the middle of the beam, both in the site frame."""
        turn = pose.site_from_body()
        origin = np.asarray(pose.position_m) + turn @ np.asarray(self.offset_body_m)
        outward = _BODY_RIGHT if self.side == "right" else -_BODY_RIGHT
        return np.asarray(origin, dtype=np.float64), np.asarray(turn @ outward, dtype=np.float64)

    def radius_m(self, distance_m: float) -> float:
        """Return the radius of the patch that the beam covers on a surface square to it at `distance_m`."""
        return float(distance_m * np.tan(np.radians(self.beam_deg / 2)))
