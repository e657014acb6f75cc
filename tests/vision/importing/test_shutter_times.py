"""Two clocks that saw the same shutter."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vision.importing.shutter_times import two_nearest

TIMES = st.lists(st.integers(-50, 50).map(lambda tenths: tenths / 10), min_size=1, max_size=12)


@given(of=TIMES, to=TIMES)
def test_the_two_nearest_are_those_that_a_look_at_all_of_them_finds(of: list[float], to: list[float]) -> None:
    nearest, away, runner_up_away = two_nearest(np.array(of), np.array(to))
    every = np.abs(np.array(of)[:, None] - np.array(to))
    ranked = np.sort(np.column_stack([every, np.full(len(of), np.inf)]), axis=1)
    np.testing.assert_allclose(every[np.arange(len(of)), nearest], ranked[:, 0])
    np.testing.assert_allclose(away, ranked[:, 0])
    np.testing.assert_allclose(runner_up_away, ranked[:, 1])
