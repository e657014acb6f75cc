"""What the frames of one pass share of their errors, and what each has of its own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.worlds import demo_site, frame_before
from vision.bins.face_view import FaceView, find_face_view
from vision.bins.place_errors import place_errors, sigma_on_face_m
from vision.poses.errors import ErrorModel

SITE = demo_site()
FACE = SITE.layout.faces[SITE.layout.bins_by_code["A01-03-2-2"].face]
STEADY = ErrorModel(recorded_m=0.03, white_m=0.01, short_m=0.0, drift_m=0.0, upward_m=0.01, rise_m=0.0, heading_rad=0.005)
"""What the photos of a flight of the real ArduCopter at 2 m/s tell."""


def pass_along(places_m: list[float], *, height_m: float = 2.1, first: int = 1, sigma_m: float = 0.03) -> list[FaceView]:
    views = []
    for i, along_m in enumerate(places_m, start=first):
        frame = replace(frame_before(SITE, FACE, along_m, height_m, name=f"01/{i:06d}"), position_sigma_m=sigma_m)
        view = find_face_view(SITE, frame)
        assert view is not None
        views.append(view)
    return views


def test_without_knowing_more_each_frame_has_an_error_of_its_own() -> None:
    views = pass_along([3.0, 3.3])
    errors = place_errors(views, None)
    own = sigma_on_face_m(views[0])
    assert errors.usual_m == pytest.approx(own)
    assert errors.relative_m("01/000001", "01/000002") == pytest.approx(math.sqrt(2) * own)


def test_frames_of_one_steady_pass_are_better_known_to_each_other_than_to_the_rack() -> None:
    errors = place_errors(pass_along([3.0, 3.3, 3.6]), STEADY)
    assert errors.usual_m == pytest.approx(sigma_on_face_m(pass_along([3.0])[0]))
    assert errors.relative_m("01/000001", "01/000002") == pytest.approx(0.016, abs=0.002)
    assert errors.relative_m("01/000001", "01/000002") < errors.relative_m("01/000001", "01/000003")


def test_two_passes_share_nothing() -> None:
    errors = place_errors(pass_along([3.0, 3.3]) + pass_along([3.3], height_m=3.6, first=3), STEADY)
    assert errors.relative_m("01/000002", "01/000003") == pytest.approx(math.sqrt(2) * errors.usual_m, rel=0.01)


def test_what_a_frame_claims_beyond_the_run_is_its_own() -> None:
    unsure = pass_along([3.3], first=2, sigma_m=0.1)
    errors = place_errors([*pass_along([3.0]), *unsure, *pass_along([3.6], first=3)], STEADY)
    assert errors.relative_m("01/000001", "01/000002") > 0.09
    assert errors.relative_m("01/000001", "01/000003") < 0.02


def test_a_drift_that_was_corrected_is_no_longer_an_error_of_the_places() -> None:
    views = pass_along([3.0, 3.3, 3.6])
    adrift, steady = place_errors(views, replace(STEADY, drift_m=0.25)), place_errors(views, STEADY)
    assert adrift.usual_m == pytest.approx(steady.usual_m, rel=0.15)
    assert adrift.relative_m("01/000001", "01/000002") == pytest.approx(0.02, abs=0.005)
    unsure = pass_along([3.0, 3.3, 3.6], sigma_m=0.2)  # of these the correction knows no better
    assert place_errors(unsure, replace(STEADY, drift_m=0.25)).usual_m > 0.19


@given(
    places=st.lists(st.integers(0, 40), min_size=1, max_size=8),
    white_m=st.floats(0.01, 0.22),
    short_m=st.floats(0.0, 0.3),
    drift_m=st.floats(0.0, 0.6),
)
def test_no_two_frames_are_taken_for_worse_than_strangers_and_any_errors_can_be_weighed(
    places: list[int], white_m: float, short_m: float, drift_m: float
) -> None:
    views = pass_along([0.5 + 0.25 * place for place in places])
    model = replace(STEADY, white_m=white_m, short_m=short_m, drift_m=drift_m)
    errors = place_errors(views, model)
    names = [view.frame.frame for view in views]
    variances = np.diag(errors.covariance_m2)
    for i, first in enumerate(names):
        for j, second in enumerate(names):
            assert errors.relative_m(first, second) ** 2 <= variances[i] + variances[j] + 1e-9
    weights = errors.weights_of(names)
    assert np.allclose(weights.T @ weights @ errors.covariance_m2, np.eye(len(names)), atol=1e-6)
    assert errors.scaled(0.5).usual_m == pytest.approx(errors.usual_m / 2)
