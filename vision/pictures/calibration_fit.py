"""The camera that explains where a board's corners stand in photos: OpenCV's calibration, and how well it is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.pictures.calibration_views import View
from warehouse.camera import CameraModel
from warehouse.errors import BadInputError
from warehouse.lens import FISHEYE, NORMAL

_FIELDS = (8, 6)
_FISHEYE_GUESSES = (0.5, 0.4, 0.65, 0.32)
"""Focal lengths to begin with, in widths of the picture."""
_LEAST = 1e-12
"""Keeps a division from zero."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFit:
    """How well the model explains one photo."""

    name: str
    rms_px: float
    board_normal: tuple[float, float, float]
    """Of length 1, in the camera's axes (x right, y down, z ahead), away from the camera."""
    n_corners: int

    @property
    def tilt_deg(self) -> float:
        """Return the angle between the board's normal and the lens's axis."""
        return math.degrees(math.acos(min(1.0, self.board_normal[2])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The camera as its photos tell it."""

    size_px: tuple[int, int]
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    lens: str
    distortion: tuple[float, ...]
    rms_px: float
    focal_sigma_px: tuple[float, float]
    """One standard deviation of each focal length, as the photos' own disagreement tells it."""
    gain_alone: float
    """How many times better each photo would fit with a focal length and a centre of its own: near 1 where one camera took all."""
    coverage: float
    """Share of the picture's fields in which a corner of the board stood in some photo."""
    views: tuple[ViewFit, ...]
    faults: tuple[str, ...]
    """Photos that were left out, each with its reason."""

    def as_toml(self) -> str:
        """Return the lines for `[camera]` of site.toml."""
        distortion = ", ".join(f"{k:.6g}" for k in self.distortion)
        return (
            f"size_px = [{self.size_px[0]}, {self.size_px[1]}]\n"
            f"focal_px = [{self.focal_px[0]:.2f}, {self.focal_px[1]:.2f}]\n"
            f"centre_px = [{self.centre_px[0]:.2f}, {self.centre_px[1]:.2f}]\n"
            f'lens = "{self.lens}"\n'
            f"distortion = [{distortion}]\n"
        )

    @property
    def focal_sigma(self) -> float:
        """One standard deviation of the less certain focal length, as a share of it."""
        return max(sigma / focal for sigma, focal in zip(self.focal_sigma_px, self.focal_px, strict=True))

    def camera(self) -> CameraModel:
        """Return the model, mounted anyhow."""
        return CameraModel(
            side="right",
            size_px=self.size_px,
            focal_px=self.focal_px,
            centre_px=self.centre_px,
            lens=self.lens,
            distortion=self.distortion,
            exposure_s=0.001,
            min_interval_s=1.0,
        )


def fit_camera(views: Sequence[View], size: tuple[int, int], lens: str) -> Calibration:
    """Return the camera that explains best where the board's corners stand in photos of `size` (width, height), good or bad.

    `lens` is `normal` (five coefficients), `wide` (eight) or `fisheye`. BadInputError when none explains them at all.
    """
    on_board = [v.on_board_mm.reshape(-1, 1, 3) for v in views]
    in_picture = [v.in_picture_px.reshape(-1, 1, 2) for v in views]
    try:
        if lens == FISHEYE:
            rms, matrix, k, turns, shifts = _solve_fisheye(views, size)
        else:
            flags = cv2.CALIB_RATIONAL_MODEL if lens == "wide" else 0
            rms, matrix, k, turns, shifts = cv2.calibrateCamera(on_board, in_picture, size, None, None, flags=flags)
    except cv2.error as error:
        raise BadInputError(
            "no camera explains these photos", remedy="take other photos, from more angles and distances; try another --lens"
        ) from error
    k = np.asarray(k, dtype=np.float64).ravel()[: 8 if lens == "wide" else 4 if lens == FISHEYE else 5]
    fits, slopes = [], []
    together, alone = 0.0, 0.0
    for view, turn, shift in zip(views, turns, shifts, strict=True):
        off, of_camera = _residuals(view, (turn, shift), (matrix, k), lens)
        together += float(np.sum(off**2))
        alone += _squares_alone(off, of_camera)
        slopes.append(of_camera)
        normal = cv2.Rodrigues(turn)[0][:, 2]
        x, y, z = (float(v) for v in normal * (1.0 if normal[2] >= 0 else -1.0))
        rms_of_view = float(np.sqrt(np.mean(np.sum(off**2, axis=1))))
        fits.append(ViewFit(name=view.name, rms_px=rms_of_view, board_normal=(x, y, z), n_corners=len(off)))
    n_left = 2 * sum(len(v.in_picture_px) for v in views) - 6 * len(views)
    variance = together / max(1, n_left - 4 - len(k))
    variance_alone = alone / max(1, n_left - 3 * len(views))
    sigma = _sigmas(np.concatenate(slopes)) * math.sqrt(variance)
    return Calibration(
        size_px=size,
        focal_px=(float(matrix[0, 0]), float(matrix[1, 1])),
        centre_px=(float(matrix[0, 2]), float(matrix[1, 2])),
        lens=FISHEYE if lens == FISHEYE else NORMAL,
        distortion=tuple(float(v) for v in k),
        rms_px=float(rms),
        focal_sigma_px=(float(sigma[0]), float(sigma[1])),
        gain_alone=math.sqrt(variance / max(variance_alone, _LEAST)),
        coverage=_coverage(views, size),
        views=tuple(fits),
        faults=(),
    )


def _residuals(view: View, pose: tuple[Any, Any], camera: tuple[Any, Any], lens: str) -> tuple[Floats, Floats]:
    """Return by how much the model misses each corner (n, 2), and what its parameters move there that no other pose would do.

    The latter is (2 n, 4 + coefficients): derivatives by both focal lengths, the centre and the coefficients, less their part that
    a change of this photo's pose makes up for.
    """
    points = view.on_board_mm.reshape(-1, 1, 3).astype(np.float64)
    if lens == FISHEYE:
        again, slopes = cv2.fisheye.projectPoints(points, *pose, *camera)
        of_camera, of_pose = slopes[:, :8], slopes[:, 8:14]
    else:
        again, slopes = cv2.projectPoints(points, *pose, *camera)
        of_camera, of_pose = slopes[:, 6:], slopes[:, :6]
    made_up, _ = np.linalg.qr(of_pose / np.linalg.norm(of_pose, axis=0))
    off = np.asarray(again.reshape(-1, 2) - view.in_picture_px, dtype=np.float64)
    return off, of_camera - made_up @ (made_up.T @ of_camera)


def _squares_alone(off: Floats, of_camera: Floats) -> float:
    """Return the sum of squares of a photo's misses that a focal length (both scaled alike) and a centre of its own leave."""
    own = np.stack([of_camera[:, 0] + of_camera[:, 1], of_camera[:, 2], of_camera[:, 3]], axis=-1)
    basis, _ = np.linalg.qr(own / np.maximum(np.linalg.norm(own, axis=0), _LEAST))
    missed = off.ravel()
    return float(np.sum((missed - basis @ (basis.T @ missed)) ** 2))


def _sigmas(slopes: Floats) -> Floats:
    """Return the standard deviations of the parameters where corners are found to one pixel; `slopes` is (2 n, parameters).

    Those of `cv2.calibrateCameraExtended` will not do: where the photos leave the focal length open, its pseudo-inverse drops just
    that direction and calls a length known to 0.05 % that is 7 % wrong. Columns of one size can be inverted whole.
    """
    if not np.isfinite(slopes).all():
        return np.full(slopes.shape[1], np.inf)
    size = np.linalg.norm(slopes, axis=0)
    _, strength, directions = np.linalg.svd(slopes / size, full_matrices=False)
    return np.asarray(np.linalg.norm(directions / np.maximum(strength, _LEAST)[:, None], axis=0) / size)


def _solve_fisheye(views: Sequence[View], size: tuple[int, int]) -> Any:
    """Return what `cv2.fisheye.calibrate` gives. It stops at an error where its first guess is poor: several are tried."""
    on_board = [v.on_board_mm.reshape(1, -1, 3).astype(np.float64) for v in views]
    in_picture = [v.in_picture_px.reshape(1, -1, 2).astype(np.float64) for v in views]
    flags = _fisheye_flag("CALIB_RECOMPUTE_EXTRINSIC") | _fisheye_flag("CALIB_FIX_SKEW")
    for share in _FISHEYE_GUESSES:
        focal = share * max(size)
        guess = np.array([[focal, 0.0, (size[0] - 1) / 2], [0.0, focal, (size[1] - 1) / 2], [0.0, 0.0, 1.0]])
        guessing = flags | _fisheye_flag("CALIB_USE_INTRINSIC_GUESS")
        try:
            return cv2.fisheye.calibrate(on_board, in_picture, size, guess, np.zeros((4, 1)), flags=guessing)
        except cv2.error:
            continue
    return cv2.fisheye.calibrate(on_board, in_picture, size, np.eye(3), np.zeros((4, 1)), flags=flags)


def _fisheye_flag(name: str) -> int:
    """Return a flag of the fisheye calibration, which OpenCV 5 has moved."""
    return int(getattr(cv2, name) if hasattr(cv2, name) else getattr(cv2.fisheye, name))


def _coverage(views: Sequence[View], size: tuple[int, int]) -> float:
    points = np.concatenate([v.in_picture_px for v in views])
    fields = np.floor(points / np.asarray(size) * np.asarray(_FIELDS)).astype(int)
    return len({(int(x), int(y)) for x, y in fields}) / (_FIELDS[0] * _FIELDS[1])
