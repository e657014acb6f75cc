"""Where the simulated drone truly was when the shutter fired, from the vehicle's SIM_STATE messages.

SIM_STATE carries no time; it is stamped with the newest `time_boot_ms` of the link: right to about a centimetre at walking pace.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.coordinates import Anchor, heading_site_from_ned, ned_from_latlon_1e7, site_from_ned
from warehouse.poses import Pose

Vector = NDArray[np.float64]

_N_KEPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthSample:
    """One SIM_STATE, as it came, with its stamp."""

    time_s: float
    latlon_1e7: tuple[int, int]
    altitude_m: float
    attitude_rad: tuple[float, float, float]
    """Roll, pitch, yaw from north."""
    velocity_ned_mps: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One photo that the autopilot triggered, with the truth of that moment."""

    image_index: int
    pose: Pose
    velocity_mps: tuple[float, float, float]
    """Site frame."""


class TruthTrack:
    """The last few seconds of the truth. The first sample must be taken on the ground: heights count from there."""

    def __init__(self, anchor: Anchor) -> None:
        """Track nothing yet."""
        self._anchor = anchor
        self._ground_m: float | None = None
        self._samples: deque[TruthSample] = deque(maxlen=_N_KEPT)

    @property
    def newest_s(self) -> float:
        """Time of the newest sample, minus infinity without one."""
        return self._samples[-1].time_s if self._samples else -np.inf

    def add(self, sample: TruthSample) -> None:
        """Take in one sample; samples with the time of the one before are dropped."""
        if self._ground_m is None:
            self._ground_m = sample.altitude_m
        if sample.time_s > self.newest_s:
            self._samples.append(sample)

    def shot(self, image_index: int, time_s: float) -> Shot:
        """Return the truth at `time_s`, between the samples around it, or from the nearest one along its velocity."""
        samples = list(self._samples)
        after = next((i for i, s in enumerate(samples) if s.time_s >= time_s), len(samples) - 1)
        a, b = samples[max(after - 1, 0)], samples[after]
        span = b.time_s - a.time_s
        share = float(np.clip((time_s - a.time_s) / span, 0.0, 1.0)) if span > 0 else 1.0
        reached_s = a.time_s + share * span
        velocity_ned = _blend(a.velocity_ned_mps, b.velocity_ned_mps, share)
        place_ned = _blend(self._ned(a), self._ned(b), share) + velocity_ned * (time_s - reached_s)
        turn = np.asarray(b.attitude_rad) - np.asarray(a.attitude_rad)
        turn = (turn + np.pi) % (2 * np.pi) - np.pi
        roll, pitch, yaw = np.degrees(np.asarray(a.attitude_rad) + share * turn)
        position = site_from_ned(self._anchor, place_ned)
        velocity = site_from_ned(self._anchor, velocity_ned)
        pose = Pose(
            time_s=time_s,
            position_m=(float(position[0]), float(position[1]), float(position[2])),
            roll_deg=float(roll),
            pitch_deg=float(pitch),
            heading_deg=heading_site_from_ned(self._anchor, float(yaw)),
        )
        velocity_mps = (float(velocity[0]), float(velocity[1]), float(velocity[2]))
        return Shot(image_index=image_index, pose=pose, velocity_mps=velocity_mps)

    def newest_pose(self) -> Pose:
        """Return the newest truth; only once there is one."""
        return self.shot(0, self.newest_s).pose

    def _ned(self, sample: TruthSample) -> Vector:
        assert self._ground_m is not None
        north_east = ned_from_latlon_1e7(self._anchor, sample.latlon_1e7)
        return np.array([*north_east, self._ground_m - sample.altitude_m])


def _blend(a: object, b: object, share: float) -> Vector:
    return np.asarray(a, dtype=np.float64) * (1 - share) + np.asarray(b, dtype=np.float64) * share
