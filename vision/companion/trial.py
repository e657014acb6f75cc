"""What a picture says of its camera: how bright it is, and how sharp."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

EDGE_REACH_PX = 17
"""Over so many pixels across an edge its two sides are looked for: blur up to a sigma of 4 shows in full."""
_STEP_GREY = 40.0
"""Difference of the two sides, of 255, that makes an edge and not noise or pattern."""
_MIN_EDGES = 60
_SHARPEST_SHARE = 0.2
_MAX_SIGMA_PX = 6.0
_LOOKED_AT_PX = (2048, 1536)
"""Of the middle of the picture: the whole of a large one would take seconds."""


def brightness_of(image: NDArray[np.uint8]) -> tuple[float, float]:
    """Return mean and standard deviation of a picture (height, width, 3), black 0 to white 1."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    mean, deviation = cv2.meanStdDev(grey)
    return float(mean[0, 0]) / 255, float(deviation[0, 0]) / 255


def defocus_of(image: NDArray[np.uint8]) -> float | None:
    """Return the sigma in pixels of the blur of the sharpest edges of a picture (height, width, 3); None: it has too few edges.

    The slope of a step of height h that a Gaussian of sigma s has blurred is h / (s sqrt(2 pi)) at its steepest. Each pixel with a
    step across it, along the rows or along the columns, gives one sigma; the sharpest fifth of them tell of the lens, the others of
    whatever stands out of focus or is no step at all.
    """
    height, width = image.shape[:2]
    left, top = max(0, (width - _LOOKED_AT_PX[0]) // 2), max(0, (height - _LOOKED_AT_PX[1]) // 2)
    middle = image[top : top + _LOOKED_AT_PX[1], left : left + _LOOKED_AT_PX[0]]
    grey = np.asarray(cv2.cvtColor(middle, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    found = [_sigmas(grey), _sigmas(np.ascontiguousarray(grey.T))]
    sigmas = np.sort(np.concatenate(found))
    if len(sigmas) < _MIN_EDGES:
        return None
    return float(np.median(sigmas[: max(_MIN_EDGES // 2, round(_SHARPEST_SHARE * len(sigmas)))]))


def _sigmas(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the sigma at each pixel where a row climbs or falls steepest."""
    slope = np.abs(np.asarray(cv2.filter2D(grey, cv2.CV_32F, np.array([[-0.5, 0.0, 0.5]], dtype=np.float32))))
    kernel = np.ones((1, EDGE_REACH_PX), dtype=np.uint8)
    brightest, darkest = cv2.dilate(grey, kernel), cv2.erode(grey, kernel)
    step = cv2.subtract(brightest, darkest)
    is_peak = (slope >= cv2.dilate(slope, np.ones((1, 5), dtype=np.uint8))) & (step > _STEP_GREY) & (slope > 0)
    is_clipped = (brightest > 253) | (darkest < 2)  # the true step is higher than it shows
    measured = step[is_peak & ~is_clipped] / (slope[is_peak & ~is_clipped] * math.sqrt(2 * math.pi))
    # The slope is taken over two pixels, which blurs by a box of that width: variance 4 / 12.
    sigmas = np.sqrt(np.maximum(measured**2 - 1 / 3, 0.01))
    return np.asarray(sigmas[sigmas < _MAX_SIGMA_PX], dtype=np.float32)
