"""AprilTags of the family 36h11, found by OpenCV's ArUco detector."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np

from vision.codes.decoded import Decoded
from vision.codes.grey import Grey
from warehouse.tags import APRIL_TAG

ENGINE = "opencv-aruco"
SEARCH_PX = 1600
"""Longer side of the picture that is searched; the corners are then set on the full one."""
_REFINE = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01)


@cache
def _detector() -> Any:
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11), parameters)


def find_april_tags(image: Grey) -> list[Decoded]:
    """Return the tags in a grey picture, by number; corners are those of the black border, in the tag's own order."""
    shrink = max(max(image.shape) / SEARCH_PX, 1.0)
    size = round(image.shape[1] / shrink), round(image.shape[0] / shrink)
    small = image if shrink == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    corners, numbers, _ = _detector().detectMarkers(small)
    if numbers is None or not len(numbers):
        return []
    scale = np.array([image.shape[1] / size[0], image.shape[0] / size[1]])
    found = []
    for number, quad in sorted(zip(numbers.ravel().tolist(), corners, strict=True), key=lambda f: (f[0], f[1].ravel().tolist())):
        rough = ((quad.reshape(4, 2) + 0.5) * scale - 0.5).astype(np.float32)
        reach = max(round(1.5 * float(scale.max())), 2)
        placed = cv2.cornerSubPix(image, rough.reshape(-1, 1, 2).copy(), (reach, reach), (-1, -1), _REFINE).reshape(4, 2)
        placed = np.where(np.linalg.norm(placed - rough, axis=1, keepdims=True) <= 2 * reach, placed, rough)
        box = tuple((float(x), float(y)) for x, y in placed)
        found.append(
            Decoded(
                symbology=APRIL_TAG,
                text=str(number),
                corners_px=box,  # type: ignore[arg-type]  # four, by construction
                engine=ENGINE,
                variant="plain",
            )
        )
    return found
