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
    height, width = one.shape
    middle = at[0] + width / 2, at[1] + height / 2
    half_one, half_seen_one = np.ascontiguousarray(one[::2, ::2]), np.ascontiguousarray(seen_one[::2, ::2])
    for step in (0.0, *_TURNS_DEG):
        start = best
        for turn_deg in (start[3] - step, start[3] + step) if step else (0.0,):
            turned, seen = _turned(two, seen_two, middle, turn_deg)
            reach = 4 if step else REACH
            first = round(at[0]) + start[1] - reach, round(at[1]) + start[2] - reach
            every = np.s_[first[1] % 2 :: 2, first[0] % 2 :: 2]
            half_two, half_seen = np.ascontiguousarray(turned[every]), np.ascontiguousarray(seen[every])
            for dy in range(start[2] - reach, start[2] + reach + 1, 2):
                for dx in range(start[1] - reach, start[1] + reach + 1, 2):
                    x, y = round(at[0]) + dx, round(at[1]) + dy
                    is_inside = x >= 0 and y >= 0 and x + width <= two.shape[1] and y + height <= two.shape[0]
                    alike = _alike(half_one, half_two, half_seen_one, half_seen, (x // 2, y // 2)) if is_inside else -1.0
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
    other = np.s_[y : y + height, x : x + width]
    both = seen_one & seen_two[other]
    if np.count_nonzero(both) < 0.05 * both.size:
        return -1.0
    p, q = one * both, two[other] * both
    return float(np.vdot(p, q)) / (float(np.linalg.norm(p)) * float(np.linalg.norm(q)) + 1e-6)
