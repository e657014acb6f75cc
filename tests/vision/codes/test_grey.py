"""Pictures resized."""

from __future__ import annotations

import numpy as np
import pytest

from vision.codes.grey import resized


@pytest.mark.parametrize(("shape", "expected"), [((1, 5000), (1, 1400)), ((5000, 1), (1400, 1)), ((1, 1), (1, 1))])
def test_a_side_of_a_thin_picture_never_shrinks_to_nothing(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    assert resized(np.zeros(shape, dtype=np.uint8), 0.28).shape == expected


def test_both_sides_of_a_picture_shrink_alike() -> None:
    assert resized(np.zeros((300, 500), dtype=np.uint8), 0.5).shape == (150, 250)
