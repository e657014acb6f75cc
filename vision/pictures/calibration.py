"""A camera model from photos of a printed board: OpenCV's calibration, with what keeps people from a bad one.

A calibration can fit its own photos perfectly and still be wrong: when the board was never tilted, focal length and distance cannot
be told apart, and where it never stood the distortion is guessed. Such photos are refused, with what to do about it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision.importing.own_frames import Progress
from vision.pictures.calibration_board import Board
from vision.pictures.calibration_views import View, find_views
from warehouse.camera import CameraModel
from warehouse.errors import BadInputError
from warehouse.lens import FISHEYE, NORMAL

MIN_PICTURES = 8
MIN_COVERAGE = 0.6
"""Share of the picture's fields, 8 by 6, in which a corner of the board must have stood in some photo."""
MIN_TILT_DEG = 15.0
MIN_TILTED = 4
MAX_RMS_PX = 2.0
_FIELDS = (8, 6)
_OUTLIER = 3.0
_LEAST_OUTLIER_PX = 0.5
_FISHEYE_GUESSES = (0.5, 0.4, 0.65, 0.32)
"""Focal lengths to begin with, in widths of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFit:
    """How well the model explains one photo."""

    name: str
    rms_px: float
    tilt_deg: float
    """Between the board's normal and the lens's axis."""
    n_corners: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The camera as its photos tell it."""

    size_px: tuple[int, int]
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    lens: str
    distortion: tuple[float, ...]
    rms_px: float
    coverage: float
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


def calibrate(files: Sequence[Path], board: Board, *, lens: str = NORMAL, progress: Progress | None = None) -> Calibration:
    """Return the camera that took these photos of a board.

    `lens` is `normal` (five coefficients), `wide` (eight) or `fisheye`. BadInputError says what to photograph better when the
    photos are too few, all alike, or do not fit one camera.
    """
    views, size, faults = find_views(files, board, progress)
    _refuse_too_few(views, faults, len(files))
    result = _solve(views, size, lens)
    worst = max(_LEAST_OUTLIER_PX, _OUTLIER * float(np.median([v.rms_px for v in result.views])))
    outliers = [v for v in result.views if v.rms_px > worst]
    if outliers:
        names = {v.name for v in outliers}
        faults += [f"{v.name}: does not fit the other photos ({v.rms_px:.1f} px); blurred, or the board was bent" for v in outliers]
        views = [v for v in views if v.name not in names]
        _refuse_too_few(views, faults, len(files))
        result = _solve(views, size, lens)
    _refuse_doubtful(result)
    return Calibration(**{**{f: getattr(result, f) for f in result.__dataclass_fields__}, "faults": tuple(faults)})


def _refuse_too_few(views: list[View], faults: list[str], n_files: int) -> None:
    if len(views) < MIN_PICTURES:
        lines = "".join(f"\n  {fault}" for fault in faults[:10])
        raise BadInputError(
            f"the board was found in {len(views)} of {n_files} photos; {MIN_PICTURES} are needed, 20 are good{lines}",
            remedy="take sharp photos of the flat board in good light; check --board, --squares and --square-mm",
        )


def _solve(views: list[View], size: tuple[int, int], lens: str) -> Calibration:
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
    coefficients = np.asarray(k).ravel()[: 8 if lens == "wide" else 4 if lens == FISHEYE else 5]
    fits = []
    for view, turn, shift in zip(views, turns, shifts, strict=True):
        points = view.on_board_mm.reshape(-1, 1, 3).astype(np.float64)
        project = cv2.fisheye.projectPoints if lens == FISHEYE else cv2.projectPoints
        again = project(points, turn, shift, matrix, k)[0].reshape(-1, 2)
        off = float(np.sqrt(np.mean(np.sum((again - view.in_picture_px) ** 2, axis=1))))
        tilt = math.degrees(math.acos(min(1.0, abs(float(cv2.Rodrigues(turn)[0][2, 2])))))
        fits.append(ViewFit(name=view.name, rms_px=off, tilt_deg=tilt, n_corners=len(points)))
    return Calibration(
        size_px=size,
        focal_px=(float(matrix[0, 0]), float(matrix[1, 1])),
        centre_px=(float(matrix[0, 2]), float(matrix[1, 2])),
        lens=FISHEYE if lens == FISHEYE else NORMAL,
        distortion=tuple(float(v) for v in coefficients),
        rms_px=float(rms),
        coverage=_coverage(views, size),
        views=tuple(fits),
        faults=(),
    )


def _solve_fisheye(views: list[View], size: tuple[int, int]) -> Any:
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


def _coverage(views: list[View], size: tuple[int, int]) -> float:
    points = np.concatenate([v.in_picture_px for v in views])
    fields = np.floor(points / np.asarray(size) * np.asarray(_FIELDS)).astype(int)
    return len({(int(x), int(y)) for x, y in fields}) / (_FIELDS[0] * _FIELDS[1])


def _refuse_doubtful(c: Calibration) -> None:
    """Refuse what fits its photos and may be wrong all the same."""
    n_tilted = sum(v.tilt_deg >= MIN_TILT_DEG for v in c.views)
    if n_tilted < MIN_TILTED:
        raise BadInputError(
            f"the board faces the camera squarely in nearly all photos: {n_tilted} of {len(c.views)} are tilted by"
            f" {MIN_TILT_DEG:.0f} degrees or more, {MIN_TILTED} are needed",
            remedy="take further photos with the board tilted to the left, to the right, up and down; then give all of them",
        )
    if c.coverage < MIN_COVERAGE:
        raise BadInputError(
            f"the board stood in {100 * c.coverage:.0f} % of the picture only; {100 * MIN_COVERAGE:.0f} % are needed",
            remedy="take further photos with the board in each corner and along each edge of the picture; then give all of them",
        )
    if c.rms_px > MAX_RMS_PX:
        raise BadInputError(
            f"the photos fit one camera only to {c.rms_px:.1f} pixels; {MAX_RMS_PX:g} or less are needed",
            remedy="the board must be flat and as --squares says, the photos sharp, the focus fixed; of a wide lens: --lens wide",
        )
    if not c.camera().covers_its_picture():
        raise BadInputError(
            "the distortion that was found folds back inside the picture's corners",
            remedy="take further photos with the board in the corners of the picture, or try --lens wide or --lens fisheye",
        )
