"""Pictures resized."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.codes.grey import ranked, resized


@pytest.mark.parametrize(("shape", "expected"), [((1, 5000), (1, 1400)), ((5000, 1), (1400, 1)), ((1, 1), (1, 1))])
def test_a_side_of_a_thin_picture_never_shrinks_to_nothing(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    assert resized(np.zeros(shape, dtype=np.uint8), 0.28).shape == expected


def test_both_sides_of_a_picture_shrink_alike() -> None:
    assert resized(np.zeros((300, 500), dtype=np.uint8), 0.5).shape == (150, 250)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=60), st.floats(0, 1))
def test_a_ranked_value_is_one_that_as_many_lie_below_as_asked_for(values: list[int], share: float) -> None:
    value = ranked(np.array(values, dtype=np.uint8), share)
    at = round(share * (len(values) - 1))
    assert sum(v < value for v in values) <= at < sum(v <= value for v in values)
