from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.strategies import floats, poses
from warehouse.camera import CameraModel, intersect_plane
from warehouse.poses import Pose

CAMERA = CameraModel(
    side="right",
    size_px=(3280, 2464),
    focal_px=(3000.0, 2990.0),
    centre_px=(1639.5, 1220.0),
    distortion=(-0.06, 0.01),
    exposure_s=0.0005,
    min_interval_s=0.25,
    offset_body_m=(0.05, 0.10, 0.02),
)
PINHOLE = replace(CAMERA, distortion=(0.0, 0.0), focal_px=(3000.0, 3000.0), offset_body_m=(0.0, 0.0, 0.0))
LEVEL_NORTH = Pose(time_s=0.0, position_m=(0.0, 0.0, 2.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=0.0)

pixels = st.tuples(floats(0, 3279), floats(0, 2463))
lenses = st.sampled_from([(0.0, 0.0), (-0.06, 0.01), (-0.3, 0.12), (0.1, 0.05)])


def project_one(camera: CameraModel, pose: Pose, point: tuple[float, float, float]) -> tuple[float, float]:
    px, in_front = camera.project(pose, point)
    assert in_front
    return float(px[0]), float(px[1])


def test_the_right_camera_sees_the_tail_to_its_right_and_the_floor_below() -> None:
    u0, v0 = project_one(PINHOLE, LEVEL_NORTH, (2.0, 0.0, 2.0))
    assert (u0, v0) == pytest.approx((1639.5, 1220.0))
    towards_tail, _ = project_one(PINHOLE, LEVEL_NORTH, (2.0, -0.5, 2.0))
    _, towards_floor = project_one(PINHOLE, LEVEL_NORTH, (2.0, 0.0, 1.5))
    assert towards_tail == pytest.approx(u0 + 750)
    assert towards_floor == pytest.approx(v0 + 750)


def test_the_left_camera_sees_the_nose_to_its_right() -> None:
    left = replace(PINHOLE, side="left")
    towards_nose, level = project_one(left, LEVEL_NORTH, (-2.0, 0.5, 2.0))
    assert (towards_nose, level) == pytest.approx((1639.5 + 750, 1220.0))


@pytest.mark.parametrize(("side", "x"), [("left", 2.0), ("right", -2.0)])
def test_what_stands_behind_the_camera_is_not_in_front_and_has_no_pixel(side: str, x: float) -> None:
    px, in_front = replace(PINHOLE, side=side).project(LEVEL_NORTH, [[x, 0.0, 2.0], [-x, 0.0, 2.0]])
    assert in_front.tolist() == [False, True]
    assert np.isnan(px[0]).all()
    assert np.isfinite(px[1]).all()


def test_a_nose_up_pitch_turns_the_picture_of_the_right_camera_and_a_roll_to_the_right_lowers_its_aim() -> None:
    up = replace(LEVEL_NORTH, pitch_deg=10.0)
    _, tail_side = project_one(PINHOLE, up, (2.0, -0.5, 2.0))
    assert tail_side < 1220.0  # the tail hangs low, so what is level with the drone lies above the picture's own horizon there
    right_down = replace(LEVEL_NORTH, roll_deg=5.0)
    _, straight_out = project_one(PINHOLE, right_down, (2.0, 0.0, 2.0))
    assert straight_out < 1220.0


@given(poses, st.sampled_from(["left", "right"]), lenses, pixels, floats(0.3, 20.0))
def test_a_pixels_ray_projects_onto_the_pixel(
    pose: Pose, side: str, lens: tuple[float, float], pixel: tuple[float, float], distance: float
) -> None:
    camera = replace(CAMERA, side=side, distortion=lens)
    centre, direction = camera.rays(pose, pixel)
    assert np.linalg.norm(direction) == pytest.approx(1.0)
    back, in_front = camera.project(pose, centre + distance * direction)
    assert in_front
    assert back == pytest.approx(np.array(pixel), abs=1e-6)


@given(poses, st.sampled_from(["left", "right"]), lenses, st.lists(pixels, min_size=1, max_size=8))
def test_projection_is_opencvs(pose: Pose, side: str, lens: tuple[float, float], at: list[tuple[float, float]]) -> None:
    camera = replace(CAMERA, side=side, distortion=lens)
    centre, directions = camera.rays(pose, at)
    points = centre + 3.0 * directions
    camera_from_site = camera.site_from_camera(pose).T
    matrix = np.array([[camera.focal_px[0], 0, camera.centre_px[0]], [0, camera.focal_px[1], camera.centre_px[1]], [0, 0, 1.0]])
    distortion = np.array([*lens, 0.0, 0.0])
    theirs, _ = cv2.projectPoints(points, cv2.Rodrigues(camera_from_site)[0], -camera_from_site @ centre, matrix, distortion)
    assert np.abs(camera.project(pose, points)[0] - theirs.reshape(-1, 2)).max() < 1e-4


@given(poses, pixels)
def test_a_ray_meets_the_rack_face_where_the_point_on_it_projects_to(pose: Pose, pixel: tuple[float, float]) -> None:
    origin, direction = CAMERA.rays(pose, pixel)
    ahead = CAMERA.site_from_camera(pose)[:, 2]
    plane_point = origin + 1.6 * ahead
    hit = intersect_plane(origin, direction, plane_point, -ahead)
    assert np.dot(hit - plane_point, ahead) == pytest.approx(0.0, abs=1e-9)
    assert CAMERA.project(pose, hit)[0] == pytest.approx(np.array(pixel), abs=1e-6)


def test_rays_that_never_meet_the_plane_are_nan() -> None:
    origin = np.zeros(3)
    directions = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    hits = intersect_plane(origin, directions, (2.0, 0.0, 0.0), (-1.0, 0.0, 0.0))
    assert hits[0].tolist() == [2.0, 0.0, 0.0]
    assert np.isnan(hits[1:]).all()


def test_a_point_beyond_the_fold_of_the_lens_is_not_folded_back_into_the_picture() -> None:
    camera = replace(PINHOLE, distortion=(-0.2, 0.0))
    tangent = camera.fold_radius()
    assert tangent == pytest.approx(np.sqrt(1 / 0.6))
    inside, beyond = (2.0, -2.0 * (tangent - 0.01), 2.0), (2.0, -2.0 * 2.2, 2.0)
    naive_u = 1639.5 + 3000 * 2.2 * (1 - 0.2 * 2.2**2)
    assert 0 < naive_u < 3280  # the polynomial alone would put it into the picture
    px, in_front = camera.project(LEVEL_NORTH, [inside, beyond])
    assert in_front.tolist() == [True, False]
    assert np.isnan(px[1]).all()


def test_a_lens_that_folds_inside_the_picture_does_not_cover_it() -> None:
    wide = replace(CAMERA, focal_px=(1500.0, 1500.0), distortion=(-0.3, 0.0))
    assert CAMERA.covers_its_picture()
    assert not wide.covers_its_picture()
    assert np.isnan(wide.rays(LEVEL_NORTH, (0.0, 0.0))[1]).all()


def test_footprint_and_resolution_agree_with_projection() -> None:
    assert PINHOLE.footprint_m(1.5) == pytest.approx((1.64, 1.232))
    assert PINHOLE.px_per_mm(1.5) == pytest.approx(2.0)
    a, _ = project_one(PINHOLE, LEVEL_NORTH, (1.5, 0.0, 2.0))
    b, _ = project_one(PINHOLE, LEVEL_NORTH, (1.5, -0.001, 2.0))
    assert b - a == pytest.approx(2.0)


def test_the_camera_sits_where_it_is_mounted() -> None:
    east = replace(LEVEL_NORTH, heading_deg=90.0)
    assert CAMERA.camera_centre_m(east) == pytest.approx(np.array([0.05, -0.10, 1.98]))
