"""Camera geometry: project, ray, footprint, pixels per millimetre.

Camera frame (`_camera`): x right in the picture, y down, z out of the lens. Pixel (0, 0) is the centre of the upper left pixel.
Distortion is the radial two-term model of OpenCV (k1, k2 of
https://docs.opencv.org/4.x/d9/d0c/group__calib3d.html), because that is what a calibration hands over.
"""

from __future__ import annotations

from dataclasses import dataclass

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

        Pixels of points behind the lens are NaN; pixels outside the picture are returned as they are.
        """
        d = np.asarray(points_site, dtype=np.float64) - self.camera_centre_m(pose)
        p = d @ self.site_from_camera(pose)
        in_front = p[..., 2] > 1e-6
        z = np.where(in_front, p[..., 2], np.nan)
        xy = p[..., :2] / z[..., None]
        r2 = np.sum(xy * xy, axis=-1, keepdims=True)
        k1, k2 = self.distortion
        xy = xy * (1.0 + k1 * r2 + k2 * r2 * r2)
        return xy * np.asarray(self.focal_px) + np.asarray(self.centre_px), in_front

    def rays(self, pose: Pose, pixels: ArrayLike) -> tuple[Vector, Vector]:
        """Return the optical centre (3,) and unit directions (…, 3), both in the site frame, of pixels (…, 2)."""
        distorted = (np.asarray(pixels, dtype=np.float64) - np.asarray(self.centre_px)) / np.asarray(self.focal_px)
        xy = self._undistort(distorted)
        d = np.concatenate([xy, np.ones((*xy.shape[:-1], 1))], axis=-1)
        d = d / np.linalg.norm(d, axis=-1, keepdims=True)
        return self.camera_centre_m(pose), d @ self.site_from_camera(pose).T

    def _undistort(self, distorted: Vector) -> Vector:
        k1, k2 = self.distortion
        if k1 == 0.0 and k2 == 0.0:
            return distorted
        xy = distorted
        for _ in range(12):  # fixed point; converges for |k1| r^2 well below 1, which every usable lens satisfies
            r2 = np.sum(xy * xy, axis=-1, keepdims=True)
            xy = distorted / (1.0 + k1 * r2 + k2 * r2 * r2)
        return xy

    def footprint_m(self, distance_m: float) -> tuple[float, float]:
        """Return width and height of what a picture covers on a plane square to the lens at `distance_m`, distortion left out."""
        return (
            self.size_px[0] / self.focal_px[0] * distance_m,
            self.size_px[1] / self.focal_px[1] * distance_m,
        )

    def px_per_mm(self, distance_m: float) -> float:
        """Return pixels per millimetre on a plane square to the lens at `distance_m`."""
        return min(self.focal_px) / (distance_m * 1000.0)


def intersect_plane(origin: Vector, directions: Vector, plane_point: ArrayLike, plane_normal: ArrayLike) -> Vector:
    """Return where rays from `origin` (3,) along `directions` (…, 3) meet a plane; NaN where they never do, or behind."""
    n = np.asarray(plane_normal, dtype=np.float64)
    along = directions @ n
    with np.errstate(divide="ignore", invalid="ignore"):
        t = ((np.asarray(plane_point, dtype=np.float64) - origin) @ n) / along
    t = np.where((np.abs(along) > 1e-9) & (t > 0), t, np.nan)
    return np.asarray(origin + t[..., None] * directions, dtype=np.float64)
