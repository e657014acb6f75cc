"""Bring two pictures of one surface to fit: shifted and turned, each with a mask of what it shows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Bools = NDArray[np.bool_]

MIN_ALIKE = 0.35
"""Correlation of the whole far surface below which a pair is left out: its frames were not brought to fit."""
REACH = 8
"""Samples by which the fit of a pair may be off that cells of 16 cm, turned poses and sampling gave."""
_TURNS_DEG = (1.0, 0.5, 0.25)
"""By which one picture of a pair is turned against the other, from the best turn so far: level joints fit nowhere else."""


def brought_to_fit(
    one: Float, two: Float, seen_one: Bools, seen_two: Bools, at: tuple[float, float]
) -> tuple[Float, Bools, tuple[int, int]] | None:
    """Turn the second picture so that the far surface as a whole fits, and return by how many samples it is off from `at`.

    None where it is not found.
    """
    best: tuple[float, int, int, float] = (-1.0, 0, 0, 0.0)
    middle = at[0] + one.shape[1] / 2, at[1] + one.shape[0] / 2
    for step in (0.0, *_TURNS_DEG):
        start = best
        for turn_deg in (start[3] - step, start[3] + step) if step else (0.0,):
            turned, seen = _turned(two, seen_two, middle, turn_deg)
            reach = 4 if step else REACH
            for dy in range(start[2] - reach, start[2] + reach + 1, 2):
                for dx in range(start[1] - reach, start[1] + reach + 1, 2):
                    alike = _alike(one, turned, seen_one, seen, (round(at[0]) + dx, round(at[1]) + dy))
                    if alike > best[0]:
                        best = alike, dx, dy, turn_deg
    if best[0] < MIN_ALIKE:
        return None
    return *_turned(two, seen_two, middle, best[3]), (best[1], best[2])


def _turned(picture: Float, seen: Bools, middle: tuple[float, float], turn_deg: float) -> tuple[Float, Bools]:
    if turn_deg == 0.0:
        return picture, seen
    turn = cv2.getRotationMatrix2D(middle, turn_deg, 1.0)
    size = picture.shape[1], picture.shape[0]
    return (
        np.asarray(cv2.warpAffine(picture, turn, size), dtype=np.float32),
        np.asarray(cv2.warpAffine(seen.astype(np.uint8), turn, size, flags=cv2.INTER_NEAREST), dtype=np.bool_),
    )


def _alike(one: Float, two: Float, seen_one: Bools, seen_two: Bools, corner: tuple[int, int]) -> float:
    """Return the correlation of what both see, the first laid onto the second at `corner`; -1 where that is too little."""
    height, width = one.shape
    x, y = corner
    if x < 0 or y < 0 or x + width > two.shape[1] or y + height > two.shape[0]:
        return -1.0
    other = np.s_[y : y + height : 2, x : x + width : 2]
    both = (seen_one[::2, ::2] & seen_two[other]).astype(np.float32)
    if both.mean() < 0.05:
        return -1.0
    p, q = one[::2, ::2] * both, two[other] * both
    return float(np.vdot(p, q)) / (float(np.linalg.norm(p)) * float(np.linalg.norm(q)) + 1e-6)
