"""Grey pictures and the few operations on them that pay: arrays (height, width) of uint8."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]


def resized(image: Grey, factor: float) -> Grey:
    """Return the picture `factor` times as large: averaged when it shrinks, cubic when it grows."""
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    fy, fx = (max(factor, 1 / side) for side in image.shape)  # OpenCV refuses a side that rounds to nothing
    return np.asarray(cv2.resize(image, None, fx=fx, fy=fy, interpolation=how), dtype=np.uint8)


def local_contrast(image: Grey) -> Grey:
    """Return the picture with its contrast evened out, tile by tile (CLAHE)."""
    return np.asarray(cv2.createCLAHE(3.0, (8, 8)).apply(image), dtype=np.uint8)


def sharpened(image: Grey) -> Grey:
    """Return the picture with an unsharp mask of sigma 2 pixels, strongly."""
    return np.asarray(cv2.addWeighted(image, 3.0, cv2.GaussianBlur(image, (0, 0), 2.0), -2.0, 0), dtype=np.uint8)
