"""One frame as a view of one rack face: from pixels to places on the face and back.

Places on a face are (along, height): metres along the aisle from its start, and above the floor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warehouse.camera import CameraModel, intersect_plane
from warehouse.layout import Bin, RackFace
from warehouse.poses import FrameRecord
from warehouse.site import Site

Vector = NDArray[np.float64]

GOODS_SETBACK_M = 0.05
"""Pallets stand 0 to 10 cm behind the plane of the face; labels are looked for in the middle of that."""
ATTITUDE_SIGMA_RAD = math.radians(0.7)
"""Taken for the attitude, for which the autopilot gives no figure: times the standoff, an error of a place on the face."""
_N_ASKED = 12
"""Places along each side of a grid at which the lens is asked: it is smooth. A polynomial between them is right to 1e-6 pixels
where the camera looks at the face within 10 degrees of square."""
_MAX_OBLIQUITY = 0.7
"""Smallest cosine between the lens and the face's normal at which a frame counts as a view of that face."""
_BEYOND_AISLE_M = 0.5
"""A lens farther from a face than its aisle is wide, and so much, looks through a rack that the layout does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """An upright rectangle on a face, in metres."""

    along_m: tuple[float, float]
    height_m: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceView:
    """A frame whose lens looks at a rack face."""

    frame: FrameRecord
    camera: CameraModel
    face: RackFace
    standoff_m: float
    along_m: float
    """Where the camera's centre stands, along the aisle."""
    camera_height_m: float
    """Of its centre, above the floor."""
    footprint: Rect
    """What the frame shows of the goods' plane."""

    def on_face(self, pixels: ArrayLike, *, behind_m: float = GOODS_SETBACK_M) -> Vector:
        """Return (…, 2) along and height of pixels (…, 2), on the plane `behind_m` behind the face."""
        origin, rays = self.camera.rays(self.frame.pose, pixels)
        points = intersect_plane(origin, rays, self.face.point_m(0.0, 0.0, -behind_m), self.face.outward)
        return np.asarray(self.face.face_coordinates_m(points)[..., :2], dtype=np.float64)

    def pixels(self, along_m: ArrayLike, height_m: ArrayLike, *, behind_m: float = GOODS_SETBACK_M) -> Vector:
        """Return pixels (…, 2) of places on the plane `behind_m` behind the face."""
        along, height = np.broadcast_arrays(np.asarray(along_m, dtype=np.float64), np.asarray(height_m, dtype=np.float64))
        points = np.asarray(self.face.origin_m) + along[..., None] * np.asarray(self.face.along)
        points = points + height[..., None] * np.array([0.0, 0.0, 1.0]) - behind_m * np.asarray(self.face.outward)
        return self.camera.project(self.frame.pose, points)[0]

    def pixel_grid(self, alongs_m: Vector, heights_m: Vector, *, behind_m: float = GOODS_SETBACK_M) -> Vector:
        """Return pixels (n, m, 2) of the places at `heights_m` (n,) and `alongs_m` (m,), each in even steps, as `pixels` does.

        The lens is asked at a few of them, at Chebyshev's points, where an interpolating polynomial converges fastest.
        """
        if min(len(alongs_m), len(heights_m)) < _N_ASKED:
            return self.pixels(*np.meshgrid(alongs_m, heights_m), behind_m=behind_m)
        asked, across, down = _chebyshev(), _between(len(alongs_m)), _between(len(heights_m))
        x, y = (m[0] + (m[-1] - m[0]) * (1 + asked) / 2 for m in (alongs_m, heights_m))
        px = self.pixels(*np.meshgrid(x, y), behind_m=behind_m)
        if not np.isfinite(px).all():  # the corners are asked: nothing between them is farther off the axis
            return self.pixels(*np.meshgrid(alongs_m, heights_m), behind_m=behind_m)
        return np.stack([down @ px[..., i] @ across.T for i in range(2)], axis=-1)

    def sees(self, along_m: Vector, height_m: Vector, *, margin_px: float = 0.0, pixels: Vector | None = None) -> NDArray[np.bool_]:
        """Return whether (…) places on the goods' plane lie in the picture, `margin_px` from its border.

        `pixels` (…, 2) are theirs, where the caller knows them.
        """
        fa, fh = self.footprint.along_m, self.footprint.height_m
        # Far outside the picture the lens model folds back: only what lies on the footprint is asked.
        near = (along_m > fa[0] - 0.1) & (along_m < fa[1] + 0.1) & (height_m > fh[0] - 0.1) & (height_m < fh[1] + 0.1)
        px = self.pixels(along_m, height_m) if pixels is None else pixels
        width, height = self.camera.size_px
        inside_x = (px[..., 0] > margin_px) & (px[..., 0] < width - 1 - margin_px)
        inside_y = (px[..., 1] > margin_px) & (px[..., 1] < height - 1 - margin_px)
        return np.asarray(near & inside_x & inside_y, dtype=np.bool_)

    def window_px(self, rect: Rect) -> tuple[int, int, int, int] | None:
        """Return left, top, right, bottom (exclusive) of the part of the picture that shows `rect`; None when it shows none."""
        a0, a1 = max(rect.along_m[0], self.footprint.along_m[0]), min(rect.along_m[1], self.footprint.along_m[1])
        h0, h1 = max(rect.height_m[0], self.footprint.height_m[0]), min(rect.height_m[1], self.footprint.height_m[1])
        if a1 - a0 < 0.01 or h1 - h0 < 0.01:
            return None
        px = self.pixels(np.array([a0, a1, a0, a1]), np.array([h0, h0, h1, h1]))
        left, top = np.floor(px.min(axis=0)).astype(int)
        right, bottom = np.ceil(px.max(axis=0)).astype(int) + 1
        width, height = self.camera.size_px
        window = max(int(left), 0), max(int(top), 0), min(int(right), width), min(int(bottom), height)
        return window if window[2] - window[0] > 8 and window[3] - window[1] > 8 else None


def find_face_view(site: Site, frame: FrameRecord) -> FaceView | None:
    """Return the view of the nearest rack face that the frame's lens looks at; None when it looks at none."""
    camera = site.camera_of(frame)
    if camera is None:
        return None
    centre = camera.camera_centre_m(frame.pose)
    axis = camera.site_from_camera(frame.pose)[:, 2].tolist()
    beside: list[tuple[float, float, float, RackFace]] = []
    for face in site.layout.faces.values():
        if -sum(a * o for a, o in zip(axis, face.outward, strict=True)) < _MAX_OBLIQUITY:
            continue
        along, height, standoff = (float(v) for v in face.face_coordinates_m(centre))
        is_in_aisle = 0.05 < standoff <= site.layout.aisle(face.aisle).width_m + _BEYOND_AISLE_M
        if is_in_aisle and -1.0 <= along <= face.length_m + 1.0:
            beside.append((standoff, along, height, face))
    # Nearest first: of a large site's many faces, hardly more than one has to be measured.
    for standoff, along, height, face in sorted(beside, key=lambda b: b[0]):
        footprint = _footprint(camera, frame, face)
        if footprint is not None:
            return FaceView(
                frame=frame,
                camera=camera,
                face=face,
                standoff_m=standoff,
                along_m=along,
                camera_height_m=height,
                footprint=footprint,
            )
    return None


def _footprint(camera: CameraModel, frame: FrameRecord, face: RackFace) -> Rect | None:
    origin, rays = camera.camera_centre_m(frame.pose), _directions(camera) @ camera.site_from_camera(frame.pose).T
    on_face = face.face_coordinates_m(intersect_plane(origin, rays, face.point_m(0.0, 0.0, -GOODS_SETBACK_M), face.outward))
    if not np.isfinite(on_face).all():
        return None
    low, high = on_face.reshape(-1, 3).min(axis=0), on_face.reshape(-1, 3).max(axis=0)
    return Rect(along_m=(float(low[0]), float(high[0])), height_m=(float(low[1]), float(high[1])))


@lru_cache(maxsize=8)
def _directions(camera: CameraModel) -> Vector:
    """Return the directions (5, 5, 3) of a grid over the whole picture, in the camera frame."""
    width, height = camera.size_px
    x, y = np.meshgrid(np.linspace(0, width - 1, 5), np.linspace(0, height - 1, 5))
    return camera.directions(np.stack([x, y], axis=-1))


def _chebyshev() -> Vector:
    """Return Chebyshev's extreme points, ascending from -1 to 1."""
    return np.asarray(-np.cos(np.pi * np.arange(_N_ASKED) / (_N_ASKED - 1)), dtype=np.float64)


@lru_cache(maxsize=256)
def _between(n: int) -> Vector:
    """Return (n, asked) what each of `n` places in even steps takes of the values at the points of `_chebyshev`.

    The second barycentric form (Berrut and Trefethen, Barycentric Lagrange Interpolation, SIAM Review 46, 2004, eq. 5.4).
    """
    asked = _chebyshev()
    weights = (-1.0) ** np.arange(_N_ASKED)
    weights[[0, -1]] /= 2
    away = np.linspace(-1.0, 1.0, n)[:, None] - asked
    is_there = np.abs(away) < 1e-14
    share = weights / np.where(is_there, 1.0, away)
    share = np.where(is_there.any(axis=1, keepdims=True), is_there, share)
    return np.asarray(share / share.sum(axis=1, keepdims=True), dtype=np.float64)


def label_band(b: Bin, lowest_m: float, highest_m: float) -> Rect:
    """Return where labels can hang in a bin: its width, and the site's band above the pallet's base, inside the opening."""
    top = b.base_m + b.height_m
    high = min(b.base_m + highest_m, top)
    return Rect(
        along_m=(b.along_m - b.width_m / 2, b.along_m + b.width_m / 2),
        height_m=(min(b.base_m + lowest_m, high - 0.05), high),
    )
