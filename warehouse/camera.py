"""Camera geometry: project, ray, footprint, pixels per millimetre.

Camera frame (`_camera`): x right in the picture, y down, z out of the lens. Pixel (0, 0) is the centre of the upper left pixel.
How the lens bends is the matter of `warehouse.lens`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warehouse.lens import NORMAL, distort, fold_radius, undistort
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
    distortion: tuple[float, ...] = (0.0, 0.0)
    """Coefficients in OpenCV's order: k1, k2, p1, p2, k3, k4, k5, k6, as many as there are; of a fisheye k1 to k4."""
    lens: str = NORMAL
    """`normal` or `fisheye`: which of OpenCV's two models the coefficients belong to."""
    exposure_s: float
    min_interval_s: float
    """Shortest time between two photos that the camera can keep up with."""
    offset_body_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The optical centre in the body frame (FRD)."""
    f_number: float | None = None
    """Of the lens's aperture; None: its depth of field counts as enough."""
    pixel_um: float | None = None
    """Side of a pixel of the sensor."""
    focus_m: float | None = None
    """Distance that the lens is focused at; None: at the rack face."""

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
        z = p[..., 2:]
        xy = distort(self.lens, self.distortion, p[..., :2] / np.where(z > 1e-6, z, np.nan))
        is_seen = np.asarray(np.isfinite(xy).all(axis=-1), dtype=np.bool_)
        return xy * np.asarray(self.focal_px) + np.asarray(self.centre_px), is_seen

    def rays(self, pose: Pose, pixels: ArrayLike) -> tuple[Vector, Vector]:
        """Return the optical centre (3,) and unit directions (…, 3), both in the site frame, of pixels (…, 2).

        The direction is NaN for a pixel that no point can be projected to (see `fold_radius`).
        """
        return self.camera_centre_m(pose), self.directions(pixels) @ self.site_from_camera(pose).T

    def directions(self, pixels: ArrayLike) -> Vector:
        """Return unit directions (…, 3) of pixels (…, 2) in the camera frame: the costly part of `rays`, for every pose alike."""
        xy = self._undistort(self._normalised(pixels))
        d = np.concatenate([xy, np.ones((*xy.shape[:-1], 1))], axis=-1)
        return np.asarray(d / np.linalg.norm(d, axis=-1, keepdims=True), dtype=np.float64)

    def fold_radius(self) -> float:
        """Return the tangent of the angle off the axis up to which distortion keeps points in order; infinite for most lenses."""
        return fold_radius(self.lens, self.distortion)

    def covers_its_picture(self) -> bool:
        """Return whether each corner of the picture has a ray: the lens model holds wherever the sensor has pixels."""
        width, height = self.size_px
        corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], dtype=np.float64)
        return bool(np.isfinite(self._undistort(self._normalised(corners))).all())

    def _normalised(self, pixels: ArrayLike) -> Vector:
        """Return pixels (…, 2) as distorted tangents of the angles off the axis."""
        return np.asarray((np.asarray(pixels, dtype=np.float64) - np.asarray(self.centre_px)) / np.asarray(self.focal_px))

    def _undistort(self, distorted: Vector) -> Vector:
        return undistort(self.lens, self.distortion, distorted)

    def resized(self, size_px: tuple[int, int]) -> CameraModel:
        """Return the same camera as it takes pictures of another size but the same shape, all of the sensor in each.

        ValueError when the shape differs by more than rounding to whole pixels: then the picture was cut, and nobody knows where.
        """
        fx, fy = (new / own for new, own in zip(size_px, self.size_px, strict=True))
        if abs(fx - fy) > 1.0 / min(self.size_px) + 1.0 / min(size_px):
            raise ValueError(f"{size_px[0]} x {size_px[1]} is not the shape of {self.size_px[0]} x {self.size_px[1]}")
        return replace(
            self,
            size_px=size_px,
            pixel_um=None if self.pixel_um is None else self.pixel_um / fx,
            focal_px=(self.focal_px[0] * fx, self.focal_px[1] * fy),
            # Pixel (0, 0) is the centre of a pixel, in both pictures.
            centre_px=((self.centre_px[0] + 0.5) * fx - 0.5, (self.centre_px[1] + 0.5) * fy - 0.5),
        )

    def footprint_m(self, distance_m: float) -> tuple[float, float]:
        """Return width and height of what a picture covers, through its middle, on a plane square to the lens at `distance_m`."""
        (width, height), (x, y) = self.size_px, self.centre_px
        sides = self._undistort(self._normalised([[-0.5, y], [width - 0.5, y], [x, -0.5], [x, height - 0.5]]))
        return float(sides[1, 0] - sides[0, 0]) * distance_m, float(sides[3, 1] - sides[2, 1]) * distance_m

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
