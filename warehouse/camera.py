"""Camera geometry: project, ray, footprint, pixels per millimetre.

Camera frame (`_camera`): x right in the picture, y down, z out of the lens. Pixel (0, 0) is the centre of the upper left pixel.
Distortion is the radial two-term model of OpenCV (k1, k2 of
https://docs.opencv.org/4.x/d9/d0c/group__calib3d.html), because that is what a calibration hands over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warehouse.poses import Pose

Vector = NDArray[np.float64]

_BODY_FROM_CAMERA = {
    "right": np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
    "left": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
}
"""A camera that looks out of the right side sees the tail to its right; out of the left side, the nose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraModel:
    """One fixed camera that looks sideways out of the airframe."""

    side: str
    """`left` or `right`."""
    size_px: tuple[int, int]
    """Width, height."""
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    distortion: tuple[float, float] = (0.0, 0.0)
    """k1, k2."""
    exposure_s: float
    min_interval_s: float
    """Shortest time between two photos that the camera can keep up with."""
    offset_body_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The optical centre in the body frame (FRD)."""

    def camera_centre_m(self, pose: Pose) -> Vector:
        """Return the optical centre (3,) in the site frame."""
        return np.asarray(np.asarray(pose.position_m) + pose.site_from_body() @ np.asarray(self.offset_body_m), dtype=np.float64)

    def site_from_camera(self, pose: Pose) -> Vector:
        """Return the rotation (3, 3) from camera to site axes."""
        return np.asarray(pose.site_from_body() @ _BODY_FROM_CAMERA[self.side], dtype=np.float64)

    def project(self, pose: Pose, points_site: ArrayLike) -> tuple[Vector, NDArray[np.bool_]]:
        """Return pixels (…, 2) of site-frame points (…, 3), and whether (…) each lies in front of the lens.

        Pixels of points behind the lens are NaN; pixels outside the picture are returned as they are. A point so far off the axis
        that the distortion polynomial would fold it back into the picture counts as behind: the lens does not see it.
        """
        d = np.asarray(points_site, dtype=np.float64) - self.camera_centre_m(pose)
        p = d @ self.site_from_camera(pose)
        z = p[..., 2]
        in_front = (z > 1e-6) & (np.hypot(p[..., 0], p[..., 1]) < self.fold_radius() * z)
        xy = p[..., :2] / np.where(in_front, z, np.nan)[..., None]
        xy = xy * _stretch(np.linalg.norm(xy, axis=-1, keepdims=True), *self.distortion)
        return xy * np.asarray(self.focal_px) + np.asarray(self.centre_px), in_front

    def rays(self, pose: Pose, pixels: ArrayLike) -> tuple[Vector, Vector]:
        """Return the optical centre (3,) and unit directions (…, 3), both in the site frame, of pixels (…, 2).

        The direction is NaN for a pixel that no point can be projected to (see `fold_radius`).
        """
        xy = self._undistort(self._normalised(pixels))
        d = np.concatenate([xy, np.ones((*xy.shape[:-1], 1))], axis=-1)
        d = d / np.linalg.norm(d, axis=-1, keepdims=True)
        return self.camera_centre_m(pose), d @ self.site_from_camera(pose).T

    def fold_radius(self) -> float:
        """Return the tangent of the angle off the axis up to which distortion keeps points in order; infinite for most lenses."""
        return _fold_radius(*self.distortion)

    def covers_its_picture(self) -> bool:
        """Return whether each corner of the picture has a ray: the lens model holds wherever the sensor has pixels."""
        width, height = self.size_px
        corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], dtype=np.float64)
        return bool(np.isfinite(self._undistort(self._normalised(corners))).all())

    def _normalised(self, pixels: ArrayLike) -> Vector:
        """Return pixels (…, 2) as distorted tangents of the angles off the axis."""
        return np.asarray((np.asarray(pixels, dtype=np.float64) - np.asarray(self.centre_px)) / np.asarray(self.focal_px))

    def _undistort(self, distorted: Vector) -> Vector:
        k1, k2 = self.distortion
        if k1 == 0.0 and k2 == 0.0:
            return distorted
        target = np.linalg.norm(distorted, axis=-1, keepdims=True)
        fold = self.fold_radius()
        r = np.minimum(target, fold)
        with np.errstate(divide="ignore", invalid="ignore"):
            for _ in range(20):  # Newton on the radius, kept this side of the fold, where the polynomial only rises
                step = (r * _stretch(r, k1, k2) - target) / (1.0 + 3.0 * k1 * r**2 + 5.0 * k2 * r**4)
                r = np.clip(r - step, 0.0, fold)
        stretch = _stretch(r, k1, k2)
        return np.asarray(np.where(np.abs(r * stretch - target) < 1e-9, distorted / stretch, np.nan), dtype=np.float64)

    def footprint_m(self, distance_m: float) -> tuple[float, float]:
        """Return width and height of what a picture covers on a plane square to the lens at `distance_m`, distortion left out."""
        return (
            self.size_px[0] / self.focal_px[0] * distance_m,
            self.size_px[1] / self.focal_px[1] * distance_m,
        )

    def px_per_mm(self, distance_m: float) -> float:
        """Return pixels per millimetre on a plane square to the lens at `distance_m`."""
        return min(self.focal_px) / (distance_m * 1000.0)


def _stretch(r: Vector, k1: float, k2: float) -> Vector:
    return np.asarray(1.0 + k1 * r**2 + k2 * r**4, dtype=np.float64)


@lru_cache
def _fold_radius(k1: float, k2: float) -> float:
    """Return the smallest positive root of d/dr (r + k1 r^3 + k2 r^5), which is a quadratic in r^2."""
    roots = np.roots([5.0 * k2, 3.0 * k1, 1.0])
    positive = roots.real[(np.abs(roots.imag) < 1e-12) & (roots.real > 0)]
    return float(np.sqrt(positive.min())) if positive.size else np.inf


def intersect_plane(origin: Vector, directions: Vector, plane_point: ArrayLike, plane_normal: ArrayLike) -> Vector:
    """Return where rays from `origin` (3,) along `directions` (…, 3) meet a plane; NaN where they never do, or behind."""
    n = np.asarray(plane_normal, dtype=np.float64)
    along = directions @ n
    with np.errstate(divide="ignore", invalid="ignore"):
        t = ((np.asarray(plane_point, dtype=np.float64) - origin) @ n) / along
    t = np.where((np.abs(along) > 1e-9) & (t > 0), t, np.nan)
    return np.asarray(origin + t[..., None] * directions, dtype=np.float64)
