"""The built-in copter's trigger: by distance, looked at 50 times a second, and never sooner than the camera can."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sitl.copter.camera import Trigger
from sitl.copter.parameters import Parameters


def photos_s(*, spacing_m: float, speed_mps: float, least_s: float) -> list[float]:
    """Return when photos are taken in 10 s of flight."""
    parameters = Parameters()
    parameters.set("CAM1_INTRVAL_MIN", least_s)
    now_s, taken = 0.0, []
    trigger = Trigger(lambda number: taken.append(now_s), parameters)
    trigger.check(0.0, [0.0, 0.0, 0.0])
    trigger.set_distance(spacing_m, True)
    for step in range(1, 4001):
        now_s = step * 0.0025
        trigger.check(now_s, [speed_mps * now_s, 0.0, 0.0])
    return taken


@pytest.mark.parametrize(
    ("spacing_m", "least_s", "apart_s"),
    [(0.2, 0.0, 0.14), (0.05, 0.09, 0.10), (0.2, 0.09, 0.14), (0.05, 0.0, 0.04)],
)
def test_photos_are_as_far_apart_as_the_slower_of_distance_and_camera_asks(
    spacing_m: float, least_s: float, apart_s: float
) -> None:
    gaps = [b - a for a, b in pairwise(photos_s(spacing_m=spacing_m, speed_mps=1.5, least_s=least_s)[1:])]
    assert gaps == pytest.approx([apart_s] * len(gaps), abs=1e-6)
