"""How far off the places of frames on a rack face may be, and how much of it the frames of one pass share.

A drone that is two centimetres off is so for seconds: where two frames of one pass stand to each other is known far better than
where they stand on the face.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import ATTITUDE_SIGMA_RAD, FaceView
from vision.poses.errors import ErrorModel
from vision.poses.sightings import lanes_of, travelled_m

Vector = NDArray[np.float64]

_LEAST_M = 0.02
"""No position is believed to be surer, whatever its record says."""
_MOST_ALIKE = 0.995
"""Of what frames have alike, by their covariance: with all of it gone, some combination of them would be known exactly."""
_ALONG, _HEADING = 0, 3
"""Numbers of these unknowns in what `ErrorModel.covariances` returns."""


def sigma_on_face_m(view: FaceView) -> float:
    """Return one standard deviation of where a pixel of the frame lies on the face."""
    return math.hypot(max(view.frame.position_sigma_m, _LEAST_M), ATTITUDE_SIGMA_RAD * view.standoff_m)


@dataclass(frozen=True, slots=True)
class PlaceErrors:
    """Errors along the face of what some frames show there."""

    frames: tuple[str, ...]
    covariance_m2: Vector
    """(n, n)"""

    @property
    def usual_m(self) -> float:
        """One standard deviation of the error of a usual one of them."""
        return math.sqrt(float(np.median(np.diag(self.covariance_m2))))

    def relative_m(self, first: str, second: str) -> float:
        """Return one standard deviation of how far off two frames are against each other."""
        i, j = self.frames.index(first), self.frames.index(second)
        c = self.covariance_m2
        return math.sqrt(max(float(c[i, i] + c[j, j] - 2 * c[i, j]), 0.0))

    def weights_of(self, frames: Sequence[str]) -> Vector:
        """Return W (m, m), with which W e has a chi square distribution for the errors e (m,) of `frames`."""
        at = [self.frames.index(name) for name in frames]
        return np.asarray(np.linalg.inv(np.linalg.cholesky(self.covariance_m2[np.ix_(at, at)])), dtype=np.float64)

    def scaled(self, factor: float) -> PlaceErrors:
        """Return errors so many times as large."""
        return PlaceErrors(self.frames, self.covariance_m2 * factor**2)


def independent_errors(frames: Sequence[str], sigma_m: float) -> PlaceErrors:
    """Return errors of `sigma_m` each that have nothing to do with one another."""
    return PlaceErrors(tuple(frames), sigma_m**2 * np.eye(len(frames)))


def place_errors(views: Sequence[FaceView], model: ErrorModel | None) -> PlaceErrors:
    """Return the errors of `views`, given in flight order; without a `model` each has its own.

    With one, the frames of one pass share what the model says, and what a frame's record claims beyond the model's is its own.
    Passes share nothing. The model knows the drift before it was corrected: what they have alike is no more than the records claim.
    """
    sigmas = {view.frame.frame: sigma_on_face_m(view) for view in views}
    if model is None:
        return PlaceErrors(tuple(sigmas), np.diag(np.array(list(sigmas.values())) ** 2))
    covariance = np.zeros((len(views), len(views)))
    numbers = {name: number for number, name in enumerate(sigmas)}
    for lane in lanes_of(views):
        at = [numbers[view.frame.frame] for view in lane]
        kinds = model.covariances(travelled_m(lane))
        standoff_m = np.array([view.standoff_m for view in lane])
        part = kinds[_ALONG] + np.outer(standoff_m, standoff_m) * kinds[_HEADING]
        own = np.array([max(view.frame.position_sigma_m**2 - model.recorded_m**2, 0.0) for view in lane])
        part = part + np.diag(own)
        # What the records claim beyond all that, as for how the camera hangs, all frames of the pass have alike; and less of it is
        # left of a drift than there was, since it has been corrected.
        usual_m2 = float(np.median([sigmas[view.frame.frame] ** 2 for view in lane]))
        alike_m2 = max(usual_m2 - float(np.median(np.diag(part))), -_taken_out_m2(part, model))
        covariance[np.ix_(at, at)] = part + alike_m2
    return PlaceErrors(tuple(sigmas), covariance)


def _taken_out_m2(covariance_m2: Vector, model: ErrorModel) -> float:
    """Return the most that a correction can have taken out of what frames have alike: a drift that the records did not know of."""
    known_m2 = max(model.recorded_m**2 - model.white_m**2 - model.short_m**2, 0.0)
    ones = np.ones(len(covariance_m2))
    alike_m2 = min(1 / float(ones @ np.linalg.solve(covariance_m2, ones)), float(covariance_m2.min()))
    return min(max(model.drift_m**2 - known_m2, 0.0), _MOST_ALIKE * alike_m2)
