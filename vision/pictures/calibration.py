"""A camera model from photos of a printed board: OpenCV's calibration, with what keeps people from a bad one.

A calibration can fit its own photos perfectly and still be wrong: when the board was never tilted, or always one way, focal length
and distance cannot be told apart, and where it never stood the distortion is guessed. Such photos are refused, with what to do
about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vision.importing.own_frames import Progress
from vision.pictures.calibration_board import Board
from vision.pictures.calibration_fit import Calibration, fit_camera
from vision.pictures.calibration_views import View, find_views
from warehouse.errors import BadInputError
from warehouse.lens import NORMAL

MIN_PICTURES = 8
MIN_COVERAGE = 0.6
"""Share of the picture's fields, 8 by 6, in which a corner of the board must have stood in some photo."""
MIN_TILT_DEG = 15.0
MIN_TILTED = 4
MIN_TURN_DEG = 20.0
"""Between the two photos that differ most in their tilt: ten of one stand repeat one error, which their agreement hides."""
MAX_FOCAL_SIGMA = 0.005
"""One standard deviation of the focal length, as a share of it: what is 1 m off the lens's axis is then put 5 mm wrong."""
MAX_RMS_PX = 1.0
GOOD_RMS_PX = 0.5
"""Above it the photos may be of two cameras or two focus settings, or the board bent."""
MIXED_GAIN = 1.5
"""Two cameras in one folder give 2, half of the photos turned by 180 degrees 4, a board bent by up to 2 mm 1.4, a sound set 1.0."""
_TILT_REMEDY = "take further photos with the board tilted to the left, to the right, up and down; then give all of them"
_OUTLIER = 3.0
_LEAST_OUTLIER_PX = 0.5


def calibrate(files: Sequence[Path], board: Board, *, lens: str = NORMAL, progress: Progress | None = None) -> Calibration:
    """Return the camera that took these photos of a board.

    `lens` is `normal` (five coefficients), `wide` (eight) or `fisheye`. BadInputError says what to photograph better when the
    photos are too few, all alike, or do not fit one camera.
    """
    views, size, faults = find_views(files, board, progress)
    _refuse_too_few(views, faults, len(files))
    return calibrate_views(views, size, lens=lens, faults=faults)


def calibrate_views(views: Sequence[View], size: tuple[int, int], *, lens: str = NORMAL, faults: Sequence[str] = ()) -> Calibration:
    """Return the camera that took photos of `size` (width, height) in which the board was found so; BadInputError as `calibrate`.

    `faults` says of which photos there is no view; those that do not fit the others are added to them.
    """
    result = fit_camera(views, size, lens)
    worst = max(_LEAST_OUTLIER_PX, _OUTLIER * float(np.median([v.rms_px for v in result.views])))
    outliers = [v for v in result.views if v.rms_px > worst]
    left_out = [
        *faults,
        *(f"{v.name}: does not fit the other photos ({v.rms_px:.1f} px); blurred, or the board was bent" for v in outliers),
    ]
    if outliers:
        names = {v.name for v in outliers}
        kept = [v for v in views if v.name not in names]
        _refuse_too_few(kept, left_out, len(views) + len(faults))
        result = fit_camera(kept, size, lens)
    _refuse_doubtful(result)
    return replace(result, faults=tuple(left_out))


def _refuse_too_few(views: Sequence[View], faults: Sequence[str], n_files: int) -> None:
    if len(views) < MIN_PICTURES:
        lines = "".join(f"\n  {fault}" for fault in faults[:10])
        raise BadInputError(
            f"the board was found in {len(views)} of {n_files} photos; {MIN_PICTURES} are needed, 20 are good{lines}",
            remedy="take sharp photos of the flat board in good light; check --board, --squares and --square-mm",
        )


def _refuse_doubtful(c: Calibration) -> None:
    """Refuse what fits its photos and may be wrong all the same."""
    n_tilted = sum(v.tilt_deg >= MIN_TILT_DEG for v in c.views)
    if n_tilted < MIN_TILTED:
        raise BadInputError(
            f"the board faces the camera squarely in nearly all photos: {n_tilted} of {len(c.views)} are tilted by"
            f" {MIN_TILT_DEG:.0f} degrees or more, {MIN_TILTED} are needed",
            remedy=_TILT_REMEDY,
        )
    normals = np.array([v.board_normal for v in c.views])
    turn_deg = float(np.degrees(np.arccos(np.clip(normals @ normals.T, -1.0, 1.0))).max())
    if turn_deg < MIN_TURN_DEG:
        raise BadInputError(
            f"the board is tilted the same way in all photos: to within {turn_deg:.0f} degrees, {MIN_TURN_DEG:.0f} are needed",
            remedy=_TILT_REMEDY,
        )
    if c.coverage < MIN_COVERAGE:
        raise BadInputError(
            f"the board stood in {100 * c.coverage:.0f} % of the picture only; {100 * MIN_COVERAGE:.0f} % are needed",
            remedy="take further photos with the board in each corner and along each edge of the picture; then give all of them",
        )
    if c.focal_sigma > MAX_FOCAL_SIGMA:
        raise BadInputError(
            f"the photos tell the focal length only to {100 * c.focal_sigma:.1f} %; {100 * MAX_FOCAL_SIGMA:.1f} % are needed:"
            " the board was tilted about one axis only, or too little",
            remedy=_TILT_REMEDY,
        )
    if c.rms_px > MAX_RMS_PX:
        raise BadInputError(
            f"the photos fit one camera only to {c.rms_px:.2f} pixels; {MAX_RMS_PX:g} or less are needed",
            remedy="the board must be flat and as --squares says, the photos sharp, of one camera, the focus fixed; of a wide lens:"
            " --lens wide",
        )
    if not c.camera().covers_its_picture():
        raise BadInputError(
            "the distortion that was found folds back inside the picture's corners",
            remedy="take further photos with the board in the corners of the picture, or try --lens wide or --lens fisheye",
        )
