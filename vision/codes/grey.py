"""Grey pictures and the few operations on them that pay: arrays (height, width) of uint8."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

_BINARISING_SHARE = 16
"""The side of the window round a pixel is this part of the shorter side."""
_BINARISING_DOUBT = 4
"""Grey levels that a dark pixel must lie below the mean of its window."""


def resized(image: Grey, factor: float) -> Grey:
    """Return the picture `factor` times as large: averaged when it shrinks, cubic when it grows."""
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    fy, fx = (max(factor, 1 / side) for side in image.shape)  # OpenCV refuses a side that rounds to nothing
    return np.asarray(cv2.resize(image, None, fx=fx, fy=fy, interpolation=how), dtype=np.uint8)


def shrunk(image: Grey, most_side_px: int) -> tuple[Grey, float]:
    """Return the picture with no side longer than about `most_side_px`, and its size as a share of the picture's."""
    scale = min(1.0, most_side_px / max(image.shape))
    blocks = int(1 / scale)
    if blocks > 1:  # whole blocks of pixels are averaged several times as fast as others
        height, width = (side // blocks * blocks for side in image.shape)
        image = resized(image[: max(height, blocks), : max(width, blocks)], 1 / blocks)
    rest = scale * blocks
    if rest > 0.99:
        return image, 1 / blocks
    # By less than half: what lies between two pixels is as good as an average, and ten times as fast.
    small = cv2.resize(image, None, fx=rest, fy=rest, interpolation=cv2.INTER_LINEAR)
    return np.asarray(small, dtype=np.uint8), scale


def local_contrast(image: Grey) -> Grey:
    """Return the picture with its contrast evened out, tile by tile (CLAHE)."""
    return np.asarray(cv2.createCLAHE(3.0, (8, 8)).apply(image), dtype=np.uint8)


def binarised(image: Grey) -> Grey:
    """Return the picture in black and white: lighter or darker than what lies round a pixel, and paper in doubt."""
    window = min(image.shape) // _BINARISING_SHARE | 1
    how = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY
    return np.asarray(cv2.adaptiveThreshold(image, 255, *how, max(window, 3), _BINARISING_DOUBT), dtype=np.uint8)


def ranked(values: NDArray[np.generic], share: float) -> float:
    """Return the value that `share` of all values lie below (nearest rank).

    np.percentile and np.median would import numpy.ma first, which takes as long as a small picture.
    """
    at = round(share * (values.size - 1))
    return float(np.partition(values, at, axis=None)[at])


def sharpened(image: Grey) -> Grey:
    """Return the picture with an unsharp mask of sigma 2 pixels, strongly."""
    return np.asarray(cv2.addWeighted(image, 3.0, cv2.GaussianBlur(image, (0, 0), 2.0), -2.0, 0), dtype=np.uint8)
