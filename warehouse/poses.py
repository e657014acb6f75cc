"""Where the drone was: poses and frame records, in the site frame.

Body frame: x forward, y right, z down (FRD), as everywhere in ArduPilot. Attitude is roll, pitch, heading in the aerospace order
(heading about down, then pitch about right, then roll about forward), heading measured clockwise from the site's +y.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_SITE_FROM_NED_AXES = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])


@lru_cache(maxsize=4096)
def _site_from_body(roll_deg: float, pitch_deg: float, heading_deg: float) -> Matrix:
    r, p, h = np.radians([roll_deg, pitch_deg, heading_deg])
    cr, sr, cp, sp, ch, sh = np.cos(r), np.sin(r), np.cos(p), np.sin(p), np.cos(h), np.sin(h)
    about_down = np.array([[ch, -sh, 0.0], [sh, ch, 0.0], [0.0, 0.0, 1.0]])
    about_right = np.array([[cp, 0.0, sp], [0.0, 1.0, 0.0], [-sp, 0.0, cp]])
    about_forward = np.array([[1.0, 0.0, 0.0], [0.0, cr, -sr], [0.0, sr, cr]])
    rotation = np.asarray(_SITE_FROM_NED_AXES @ about_down @ about_right @ about_forward, dtype=np.float64)
    rotation.flags.writeable = False
    return rotation


def _utc_s(captured_at: str) -> float:
    return datetime.fromisoformat(captured_at).timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Position and attitude of the airframe at one moment, as the autopilot estimated them."""

    time_s: float
    """Seconds since the autopilot booted."""
    position_m: tuple[float, float, float]
    """Site frame; the autopilot's reference point on the airframe; z above the floor."""
    roll_deg: float
    pitch_deg: float
    heading_deg: float
    """Clockwise from the site's +y."""

    def site_from_body(self) -> Matrix:
        """Return the rotation (3, 3) that turns body vectors (FRD) into site-frame vectors; it cannot be written to."""
        return _site_from_body(self.roll_deg, self.pitch_deg, self.heading_deg)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRecord:
    """One photograph: its file and the pose it was taken from. One line of `frames.jsonl`."""

    frame: str
    """Identity within the run: `<sortie>/<file stem>`."""
    sortie: str
    file: str
    """Path relative to the run folder, with forward slashes."""
    camera: str
    """Which camera of the drone: `left` or `right`."""
    captured_at: str
    """UTC, ISO 8601 with `Z`."""
    pose: Pose
    position_sigma_m: float
    """One standard deviation of the position, per axis, as far as the autopilot knows it."""
    is_ekf_healthy: bool
    """Whether the autopilot's estimator called its position good when the photo was taken."""
    size_px: tuple[int, int] | None = None
    """Width and height of an imported picture that is larger or smaller than the camera's own; None: the camera's own."""
    source: str = ""
    """The file that an imported frame came from, as it was given; of a video with the second."""

    @property
    def utc_s(self) -> float:
        """`captured_at` in seconds since 1970."""
        return _utc_s(self.captured_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeRecord:
    """One reading of the sideways range sensor, with the pose it was taken from. One line of `ranges.jsonl`."""

    sortie: str
    captured_at: str
    """UTC, ISO 8601 with `Z`."""
    side: str
    """Which side of the airframe the sensor looks out of: `left` or `right`."""
    pose: Pose
    distance_m: float | None
    """From the sensor to what its beam met; None: it met nothing within its range, or could not tell."""
    position_sigma_m: float
    """One standard deviation of the position at the moment of the reading, per axis: autopilot and age of the reading together."""
    is_ekf_healthy: bool
    """Whether the autopilot's estimator called its position good."""

    @property
    def utc_s(self) -> float:
        """`captured_at` in seconds since 1970."""
        return _utc_s(self.captured_at)
