"""The lens models are OpenCV's, both ways, and say nothing where they fold back."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.warehouse.strategies import floats, poses
from tests.warehouse.test_camera import LEVEL_NORTH, PINHOLE
from warehouse.lens import FISHEYE, NORMAL, distort, fold_radius, undistort
from warehouse.poses import Pose

LENSES = [
    (NORMAL, (0.0, 0.0)),
    (NORMAL, (-0.06, 0.01)),
    (NORMAL, (-0.3, 0.12, 0.0, 0.0)),
    (NORMAL, (-0.28, 0.09, 0.0012, -0.0007)),
    (NORMAL, (-0.28, 0.09, 0.0012, -0.0007, -0.012)),
    (NORMAL, (1.2, 0.4, 0.0004, -0.0009, 0.02, 1.5, 0.62, 0.08)),
    (FISHEYE, (0.0, 0.0, 0.0, 0.0)),
    (FISHEYE, (-0.013, 0.021, -0.016, 0.004)),
    (FISHEYE, (0.09, -0.03, 0.01, -0.004)),
]
some_lenses = st.sampled_from(LENSES)
some_tangents = st.lists(st.tuples(floats(-0.7, 0.7), floats(-0.7, 0.7)), min_size=1, max_size=8)


def opencv_distort(lens: str, coefficients: tuple[float, ...], xy: NDArray[np.float64]) -> NDArray[np.float64]:
    points = np.concatenate([xy, np.ones((len(xy), 1))], axis=1)[:, None]
    zero, k = np.zeros(3), np.eye(3)
    if lens == FISHEYE:
        pixels, _ = cv2.fisheye.projectPoints(points, zero, zero, k, np.array(coefficients))
    else:
        padded = np.array([*coefficients, *(0.0,) * max(0, 4 - len(coefficients))])
        pixels, _ = cv2.projectPoints(points, zero, zero, k, padded)
    return np.asarray(pixels, dtype=np.float64).reshape(-1, 2)


@given(some_lenses, some_tangents)
def test_both_models_bend_as_opencvs(lens: tuple[str, tuple[float, ...]], tangents: list[tuple[float, float]]) -> None:
    xy = np.array(tangents)
    assert np.abs(distort(*lens, xy) - opencv_distort(*lens, xy)).max() < 1e-12


@given(some_lenses, some_tangents)
def test_what_is_bent_is_straightened_again(lens: tuple[str, tuple[float, ...]], tangents: list[tuple[float, float]]) -> None:
    xy = np.array(tangents)
    assert np.abs(undistort(*lens, distort(*lens, xy)) - xy).max() < 1e-9


@given(
    st.tuples(floats(-0.6, 0.6), floats(-0.3, 0.3), floats(-0.01, 0.01), floats(-0.01, 0.01), floats(-0.2, 0.2)),
    st.lists(st.tuples(floats(-3, 3), floats(-3, 3)), min_size=1, max_size=8),
)
def test_whatever_the_coefficients_a_straightened_point_bends_back_or_there_is_none(
    coefficients: tuple[float, ...], at: list[tuple[float, float]]
) -> None:
    distorted = np.array(at)
    xy = undistort(NORMAL, coefficients, distorted)
    known = np.isfinite(xy).all(axis=-1)
    assert np.abs(distort(NORMAL, coefficients, xy)[known] - distorted[known]).max(initial=0.0) < 1e-8
    assert (np.hypot(*xy[known].T) <= fold_radius(NORMAL, coefficients)).all()


@given(st.tuples(*[floats(-0.3, 0.3)] * 4), st.lists(st.tuples(floats(-3, 3), floats(-3, 3)), min_size=1, max_size=8))
def test_a_fisheye_of_any_coefficients_bends_back_or_gives_nothing(
    coefficients: tuple[float, ...], at: list[tuple[float, float]]
) -> None:
    distorted = np.array(at)
    xy = undistort(FISHEYE, coefficients, distorted)
    known = np.isfinite(xy).all(axis=-1) & (np.abs(xy).max(axis=-1) < 1e3)
    assert np.abs(distort(FISHEYE, coefficients, xy)[known] - distorted[known]).max(initial=0.0) < 1e-8


@given(some_lenses, floats(0.01, 3.1), floats(0, 6.28))
def test_up_to_the_fold_the_picture_grows_outwards(lens: tuple[str, tuple[float, ...]], radius: float, angle: float) -> None:
    direction = np.array([np.cos(angle), np.sin(angle)])
    near, far = (np.linalg.norm(distort(*lens, r * direction)) for r in (radius, radius * 1.01))
    assert not far <= near  # NaN beyond the fold


def test_a_fisheye_sees_almost_ninety_degrees_off_its_axis() -> None:
    xy = np.array([np.tan(np.radians(89.0)), 0.0])
    bent = distort(FISHEYE, (0.0, 0.0, 0.0, 0.0), xy)
    assert bent == pytest.approx([np.radians(89.0), 0.0])
    assert undistort(FISHEYE, (0.0, 0.0, 0.0, 0.0), bent) == pytest.approx(xy)
    assert np.isnan(undistort(FISHEYE, (0.0, 0.0, 0.0, 0.0), np.array([1.6, 0.0]))).all()


@given(poses, st.sampled_from(["left", "right"]), some_lenses, st.tuples(floats(500, 3279), floats(300, 2463)), floats(0.3, 20.0))
def test_a_pixels_ray_meets_the_pixel_through_any_lens(
    pose: Pose, side: str, lens: tuple[str, tuple[float, ...]], pixel: tuple[float, float], distance: float
) -> None:
    camera = replace(PINHOLE, side=side, lens=lens[0], distortion=lens[1])
    centre, direction = camera.rays(pose, pixel)
    back, is_seen = camera.project(pose, centre + distance * direction)
    assert is_seen
    assert back == pytest.approx(np.array(pixel), abs=1e-5)


def test_a_smaller_picture_of_the_same_camera_shows_the_same_directions() -> None:
    camera = replace(PINHOLE, distortion=(-0.1, 0.01, 0.001, -0.002), centre_px=(1650.0, 1200.0))
    half = camera.resized((1640, 1232))
    _, whole_rays = camera.rays(LEVEL_NORTH, [(0.5, 0.5), (2000.5, 100.5)])
    _, half_rays = half.rays(LEVEL_NORTH, [(0.0, 0.0), (1000.0, 50.0)])
    assert half_rays == pytest.approx(whole_rays, abs=1e-12)
    with pytest.raises(ValueError, match="1920 x 1080 is not the shape of 3280 x 2464"):
        camera.resized((1920, 1080))


def test_an_answer_that_is_written_to_does_not_change_the_next_one() -> None:
    lens, coefficients = LENSES[3]
    corners = np.array([[0.1, 0.2], [0.3, 0.2], [0.3, 0.4], [0.1, 0.4]])
    first = undistort(lens, coefficients, corners)
    kept = first.copy()
    first += 1.0
    assert np.array_equal(undistort(lens, coefficients, corners), kept)
