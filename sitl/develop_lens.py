"""The simulated lens: where the pinhole picture lands on the sensor, and how motion and defocus smear it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from warehouse.camera import CameraModel
from warehouse.lens import FISHEYE

Picture = NDArray[np.uint8]
Vector = NDArray[np.float64]

DEFOCUS_SIGMA_PX = 0.55


class Lens:
    """Distorts pinhole pictures as the camera model says."""

    def __init__(self, camera: CameraModel) -> None:
        """Prepare the resampling map; k1 and k2 as in `CameraModel`."""
        width, height = camera.size_px
        focal, centre = np.asarray(camera.focal_px), np.asarray(camera.centre_px)
        matrix = np.array([[focal[0], 0.0, centre[0]], [0.0, focal[1], centre[1]], [0.0, 0.0, 1.0]])
        rim_x, rim_y = np.linspace(0, width - 1, 33), np.linspace(0, height - 1, 33)
        rim = np.concatenate(
            [np.stack([rim_x, np.full(33, y)], -1) for y in (0, height - 1)]
            + [np.stack([np.full(33, x), rim_y], -1) for x in (0, width - 1)]
        )
        straight = _straightened(camera, rim)
        low, high = np.floor(straight.min(axis=0)) - 4, np.ceil(straight.max(axis=0)) + 4
        margin = np.maximum(-low, 0.0)
        size = np.maximum(high, [width - 1, height - 1]) + margin + 1
        self.canvas_size_px = (int(size[0]), int(size[1]))
        self.canvas_from_camera = np.array([[1.0, 0.0, margin[0]], [0.0, 1.0, margin[1]], [0.0, 0.0, 1.0]]) @ matrix
        """(3, 3): camera-frame points to homogeneous canvas pixels."""
        self._map = self._sampling_map(camera, margin)

    @staticmethod
    def _sampling_map(camera: CameraModel, margin: Vector) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return for each sensor pixel where to look on the canvas, in float: cv2.remap is slower with fixed-point maps."""
        width, height = camera.size_px
        step = 16  # the lens is smooth: solve on a grid, interpolate between
        xs, ys = np.arange(0, width + step, step), np.arange(0, height + step, step)
        grid = np.stack(np.meshgrid(xs, ys), axis=-1).astype(np.float64)
        straight = _straightened(camera, grid)
        shift = (straight - grid + margin).astype(np.float32)
        spread = np.array([[step, 0.0, 0.0], [0.0, step, 0.0]])
        fine = [
            cv2.warpAffine(np.ascontiguousarray(shift[..., i]), spread, (width, height), flags=cv2.INTER_LINEAR) for i in (0, 1)
        ]
        map_x = fine[0] + np.arange(width, dtype=np.float32)
        map_y = fine[1] + np.arange(height, dtype=np.float32)[:, None]
        return np.asarray(map_x, dtype=np.float32), np.asarray(map_y, dtype=np.float32)

    def distort(self, canvas: Picture) -> Picture:
        """Return the sensor picture of a pinhole picture."""
        return np.asarray(cv2.remap(canvas, *self._map, cv2.INTER_LINEAR), dtype=np.uint8)


def _straightened(camera: CameraModel, pixels: Vector) -> Vector:
    """Return where a camera without distortion would show what stands at pixels (…, 2).

    OpenCV's own solver, to 1e-9 of a focal length: what is tested with these pictures must not have drawn them.
    """
    focal, centre = np.asarray(camera.focal_px), np.asarray(camera.centre_px)
    matrix = np.array([[focal[0], 0.0, centre[0]], [0.0, focal[1], centre[1]], [0.0, 0.0, 1.0]])
    flat = np.ascontiguousarray(pixels.reshape(-1, 1, 2), dtype=np.float64)
    if camera.lens == FISHEYE:
        straight = cv2.fisheye.undistortPoints(flat, matrix, np.array(camera.distortion), P=matrix)
    else:
        exact = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-9)
        coefficients = np.array([*camera.distortion, *(0.0,) * max(0, 4 - len(camera.distortion))])
        straight = cv2.undistortPoints(flat, matrix, coefficients, P=matrix, criteria=exact)
    return np.asarray(straight, dtype=np.float64).reshape(pixels.shape)


def smear(canvas: Picture, kernel: NDArray[np.float32], *, dst: Picture) -> None:
    """Blur `canvas` into `dst`; a movement along rows or columns, as nearly all are, is done in two cheap passes."""
    across, down = kernel.sum(axis=0), kernel.sum(axis=1)
    if np.abs(kernel - np.outer(down, across)).max() < 0.002:
        cv2.sepFilter2D(canvas, -1, across, down, dst=dst, borderType=cv2.BORDER_REPLICATE)
    else:
        cv2.filter2D(canvas, -1, kernel, dst=dst, borderType=cv2.BORDER_REPLICATE)


def motion_kernel(motion_px: Vector) -> NDArray[np.float32]:
    """Return the blur of a movement by `motion_px` (2,) during the exposure, together with the defocus of the lens."""
    reach = int(np.ceil(np.max(np.abs(motion_px)) / 2 + 1.5 * DEFOCUS_SIGMA_PX))
    axis = np.arange(-reach, reach + 1, dtype=np.float64)
    kernel = np.zeros((axis.size, axis.size))
    for part in np.linspace(-0.5, 0.5, 15):
        x, y = motion_px * part
        kernel += np.exp(-((axis - y)[:, None] ** 2 + (axis - x)[None] ** 2) / (2 * DEFOCUS_SIGMA_PX**2))
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)
