"""Paint one rectangle of the scene onto the pinhole canvas: exact projective map, only in its bounding box, without aliasing."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.scene import Sheet

Picture = NDArray[np.uint8]
Vector = NDArray[np.float64]

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in canvas pixels, the last two exclusive."""

_NEAR_M = 0.05
_PAD = 2


class SheetPainter:
    """Paints sheets as one pose of the camera sees them."""

    def __init__(self, canvas: Picture, canvas_from_camera: Vector, centre_m: Vector, site_from_camera: Vector) -> None:
        """Paint onto `canvas`, in place; `canvas_from_camera` (3, 3) is the pinhole matrix."""
        self.canvas = canvas
        self._size = np.array([canvas.shape[1], canvas.shape[0]])
        self._project = canvas_from_camera @ site_from_camera.T
        self._forward = site_from_camera[:, 2]
        self._centre = centre_m
        self._covers: dict[int, Box] = {}

    def depth_m(self, sheet: Sheet) -> float:
        """Return the distance of the sheet's middle along the optical axis."""
        middle = sheet.corner_m + (sheet.right_m + sheet.down_m) / 2 - self._centre
        return max(float(middle @ self._forward), 0.3)

    def may_touch(self, corners_m: Vector) -> NDArray[np.bool_]:
        """Return (n,) whether rectangles (n, 4, 3) can appear on the canvas; never False for one that does."""
        p = (corners_m - self._centre) @ self._project.T
        limits = self._size - 1 + 2 * _PAD
        before = np.all(p[..., :2] < -_PAD * p[..., 2:], axis=1)
        after = np.all(p[..., :2] > limits * p[..., 2:], axis=1)
        return np.asarray(~(before | after).any(axis=-1) & (p[..., 2] > _NEAR_M).any(axis=-1))

    def pixel(self, point_m: Vector) -> Vector:
        """Return the canvas pixel (2,) of a point in front of the lens."""
        p = self._project @ (point_m - self._centre)
        return np.asarray(p[:2] / p[2])

    def px_per_m(self, point_m: Vector) -> float:
        """Return the scale at a point, for what is square to the lens."""
        return float(np.linalg.norm(self._project[0]) / max(float((point_m - self._centre) @ self._forward), _NEAR_M))

    def hide_behind(self, fronts: list[Sheet]) -> None:
        """Leave out what the `fronts`, which will be painted later, cover anyway."""
        self._covers = {id(front): cover for front in fronts if (cover := self._cover(front)) is not None}

    def hide_no_longer_behind(self, front: Sheet) -> None:
        """Paint over `front` from here on; it is to be painted now."""
        self._covers.pop(id(front), None)

    def _cover(self, front: Sheet) -> Box | None:
        """Return a box that the sheet fills wholly, None when there is no such box or the sheet reaches behind the lens."""
        p = (front.corners_m - self._centre) @ self._project.T
        if p[:, 2].min() <= _NEAR_M:
            return None
        x, y = (p[:, :2] / p[:, 2:]).T  # clockwise from the upper left
        box = max(x[0], x[3]) + _PAD, max(y[0], y[1]) + _PAD, min(x[1], x[2]) - _PAD, min(y[2], y[3]) - _PAD
        x0, y0, x1, y1 = (int(v) for v in np.clip(box, 0, [*self._size, *self._size]))
        return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def paint(self, sheet: Sheet, picture: Picture, *, gain: float, is_fine: bool) -> None:
        """Paint `picture` on `sheet`, its tones times `gain`; `is_fine` keeps the detail of barcodes at the price of time."""
        unit = np.stack([sheet.right_m, sheet.down_m, sheet.corner_m - self._centre], axis=1)
        from_unit = self._project @ unit
        depth = from_unit[2] @ np.array([[0, 1, 1, 0], [0, 0, 1, 1], [1, 1, 1, 1]], dtype=np.float64)
        if depth.max() <= _NEAR_M:
            return
        if depth.min() <= _NEAR_M:
            self._split(sheet, picture, gain=gain, is_fine=is_fine)
            return
        height, width = picture.shape
        to_canvas = from_unit @ np.array([[1 / width, 0, 0.5 / width], [0, 1 / height, 0.5 / height], [0, 0, 1]])
        box = self._box(to_canvas, width, height)
        if box is None:
            return
        for cover in self._covers.values():
            box = _trimmed(box, cover)
        x0, y0, x1, y1 = box
        if x1 <= x0 or y1 <= y0:
            return
        left, top, right, bottom = _seen_part(to_canvas, box, width, height)
        if right <= left or bottom <= top:
            return
        part = picture[top:bottom, left:right]
        to_canvas = to_canvas @ _shift(left, top)
        part, to_canvas = _prescaled(part, to_canvas)
        if abs(gain - 1.0) > 0.004:
            part = np.asarray(cv2.convertScaleAbs(part, alpha=gain), dtype=np.uint8)
        part = np.asarray(cv2.copyMakeBorder(part, _PAD, _PAD, _PAD, _PAD, cv2.BORDER_REPLICATE), dtype=np.uint8)
        to_box = _shift(-x0, -y0) @ to_canvas @ _shift(-_PAD, -_PAD)
        flags = cv2.INTER_CUBIC if is_fine else cv2.INTER_LINEAR
        view = self.canvas[y0:y1, x0:x1]
        cv2.warpPerspective(part, to_box, (x1 - x0, y1 - y0), dst=view, flags=flags, borderMode=cv2.BORDER_TRANSPARENT)

    def _box(self, to_canvas: Vector, width: int, height: int) -> Box | None:
        rim = np.array([[-0.5, width - 0.5, width - 0.5, -0.5], [-0.5, -0.5, height - 0.5, height - 0.5], [1, 1, 1, 1]])
        p = to_canvas @ rim
        xy = p[:2] / p[2]
        low = np.maximum(np.floor(xy.min(axis=1)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(xy.max(axis=1)).astype(int) + 2, self._size)
        if (high - low).min() < 1:
            return None
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _split(self, sheet: Sheet, picture: Picture, *, gain: float, is_fine: bool) -> None:
        """Paint only those parts of a sheet that reaches behind the lens which lie wholly in front of it."""
        is_wide = picture.shape[1] >= picture.shape[0]
        if max(picture.shape) < 60:
            return
        half = picture.shape[1 if is_wide else 0] // 2
        share = half / picture.shape[1 if is_wide else 0]
        if is_wide:
            first = replace(sheet, right_m=sheet.right_m * share)
            second = replace(sheet, corner_m=sheet.corner_m + sheet.right_m * share, right_m=sheet.right_m * (1 - share))
            parts = picture[:, :half], picture[:, half:]
        else:
            first = replace(sheet, down_m=sheet.down_m * share)
            second = replace(sheet, corner_m=sheet.corner_m + sheet.down_m * share, down_m=sheet.down_m * (1 - share))
            parts = picture[:half], picture[half:]
        for half_sheet, part in ((first, parts[0]), (second, parts[1])):
            if self.may_touch(half_sheet.corners_m[None])[0]:
                self.paint(half_sheet, part, gain=gain, is_fine=is_fine)


def _shift(x: float, y: float) -> Vector:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _trimmed(box: Box, cover: Box) -> Box:
    """Return what is left of `box` when `cover` takes a side of it off; all of it when something is left on every side."""
    x0, y0, x1, y1 = box
    if cover[1] <= y0 and y1 <= cover[3]:
        if cover[0] <= x0:
            x0 = max(x0, cover[2])
        elif cover[2] >= x1:
            x1 = min(x1, cover[0])
    elif cover[0] <= x0 and x1 <= cover[2]:
        if cover[1] <= y0:
            y0 = max(y0, cover[3])
        elif cover[3] >= y1:
            y1 = min(y1, cover[1])
    return x0, y0, x1, y1


def _seen_part(to_canvas: Vector, box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of the part of the picture that the box can show."""
    x0, y0, x1, y1 = box
    corners = np.array([[x0, x1, x1, x0], [y0, y0, y1, y1], [1, 1, 1, 1]], dtype=np.float64)
    p = np.linalg.solve(to_canvas, corners)
    if p[2].min() * p[2].max() <= 0:  # the horizon of the plane runs through the box
        return 0, 0, width, height
    xy = p[:2] / p[2]
    low, high = np.floor(xy.min(axis=1)) - 4, np.ceil(xy.max(axis=1)) + 5
    return (
        int(np.clip(low[0], 0, width)),
        int(np.clip(low[1], 0, height)),
        int(np.clip(high[0], 0, width)),
        int(np.clip(high[1], 0, height)),
    )


def _prescaled(part: Picture, to_canvas: Vector) -> tuple[Picture, Vector]:
    """Shrink the picture by area, per axis, to about the resolution of the canvas, so that the warp samples every bar fairly."""
    height, width = part.shape
    middle = np.array([width / 2, height / 2, 1.0])
    p = to_canvas @ middle
    jacobian = (to_canvas[:2, :2] - np.outer(p[:2] / p[2], to_canvas[2, :2])) / p[2]
    scale = np.linalg.norm(jacobian, axis=0)
    wanted = np.where(scale < 0.77, np.ceil(np.array([width, height]) * scale), [width, height]).astype(int)
    new_width, new_height = max(int(wanted[0]), 2), max(int(wanted[1]), 2)
    if (new_width, new_height) == (width, height):
        return part, to_canvas
    small = cv2.resize(part, (new_width, new_height), interpolation=cv2.INTER_AREA)
    sx, sy = width / new_width, height / new_height
    back = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1.0]])
    return small.astype(np.uint8, copy=False), to_canvas @ back
