"""What a camera makes of a label at the worst place that it may have: pixels a bar, angle, defocus.

The worst place is the farthest back, at the corner of the window, on a load that stands askew, with the drone strayed outwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mission.planning.windows import Window
from warehouse.camera import CameraModel
from warehouse.poses import Pose
from warehouse.site import LabelRules

LABEL_SKEW_DEG = 5.0
"""How far a load may stand turned from the plane of the face."""
BASE_DEFOCUS_PX = 0.6
"""Sigma of the blur of a lens in focus, its sensor and the resampling of the picture together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A label at its worst place, seen by a camera that stands still."""

    px_per_bar: float
    defocus_px: float
    """Sigma."""
    angle_deg: float
    """Between the line of sight and the normal of the label."""
    farthest_m: float
    """From the camera to the label, along the normal of the face."""
    nearest_m: float


def sight(camera: CameraModel, labels: LabelRules, *, standoff_m: float, outward_error_m: float, window: Window) -> Sight:
    """Return how a label anywhere in the window is seen at worst."""
    farthest = standoff_m + labels.setback_m + outward_error_m
    nearest = standoff_m - outward_error_m
    across, down = window.half_width_m / nearest, window.half_height_m / nearest
    skew = math.radians(LABEL_SKEW_DEG)
    askew = math.cos(skew) - across * math.sin(skew)
    px = camera.px_per_mm(farthest) * labels.narrowest_bar_mm * askew * _lens_scale(camera, round(across, 3), round(down, 3))
    return Sight(
        px_per_bar=max(0.0, px),
        defocus_px=max(defocus_px(camera, nearest, standoff_m), defocus_px(camera, farthest, standoff_m)),
        angle_deg=math.degrees(math.atan(math.hypot(across, down))) + LABEL_SKEW_DEG,
        farthest_m=farthest,
        nearest_m=nearest,
    )


def defocus_px(camera: CameraModel, distance_m: float, standoff_m: float) -> float:
    """Return the sigma in pixels of the blur of what stands at `distance_m`.

    Of a thin lens (focal length f, aperture number N, focused at F) a point at D becomes a disc of the diameter
    f^2 / N * |D - F| / (D * (F - f)); the standard deviation of an even disc is a quarter of its diameter. Without the lens's data
    the depth of field counts as enough; without `focus_m` the lens counts as focused a little behind the face.
    """
    if camera.f_number is None or camera.pixel_um is None:
        return BASE_DEFOCUS_PX
    focal_m = min(camera.focal_px) * camera.pixel_um * 1e-6
    focus_m = focus_distance_m(camera, standoff_m)
    disc_m = focal_m**2 / camera.f_number * abs(distance_m - focus_m) / (distance_m * max(focus_m - focal_m, 1e-6))
    return math.hypot(BASE_DEFOCUS_PX, disc_m / (camera.pixel_um * 1e-6) / 4)


def focus_distance_m(camera: CameraModel, standoff_m: float) -> float:
    """Return the distance that the lens is focused at, or should be for this standoff where the site does not say."""
    return camera.focus_m if camera.focus_m is not None else standoff_m + 0.02


@lru_cache(maxsize=16384)
def _lens_scale(camera: CameraModel, across: float, down: float) -> float:
    """Return the least local scale of the lens up to the tangents `across` and `down` off its axis, against that on the axis."""
    pose = Pose(time_s=0.0, position_m=(0.0, 0.0, 0.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=0.0)
    at = np.array([(i * across, j * down, 1.0) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    step = 1e-4
    shifted = np.stack([at, at + np.array([step, 0.0, 0.0]), at + np.array([0.0, step, 0.0])])
    points = camera.camera_centre_m(pose) + shifted @ camera.site_from_camera(pose).T
    pixels, _ = camera.project(pose, points)
    normalised = pixels / np.asarray(camera.focal_px)
    jacobians = np.stack([normalised[1] - normalised[0], normalised[2] - normalised[0]], axis=-1) / step
    if not np.isfinite(jacobians).all():
        return 0.0
    return float(np.linalg.svd(jacobians, compute_uv=False)[:, -1].min())
