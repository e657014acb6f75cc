import numpy as np
import pytest
from hypothesis import given
from pymavlink.rotmat import Matrix3

from tests.warehouse.strategies import poses
from warehouse.poses import Pose


def pose(roll: float = 0.0, pitch: float = 0.0, heading: float = 0.0) -> Pose:
    return Pose(time_s=0.0, position_m=(0.0, 0.0, 0.0), roll_deg=roll, pitch_deg=pitch, heading_deg=heading)


def test_a_level_drone_that_heads_along_y_has_x_to_its_right_and_the_floor_below() -> None:
    forward, right, down = pose().site_from_body().T
    assert np.allclose([forward, right, down], [[0, 1, 0], [1, 0, 0], [0, 0, -1]])


def test_heading_90_points_the_nose_along_x() -> None:
    assert np.allclose(pose(heading=90).site_from_body() @ [1, 0, 0], [1, 0, 0])


def test_positive_pitch_lifts_the_nose() -> None:
    assert np.allclose(pose(pitch=30).site_from_body() @ [1, 0, 0], [0, np.cos(np.pi / 6), 0.5])


def test_positive_roll_drops_the_right_side() -> None:
    assert np.allclose(pose(roll=30).site_from_body() @ [0, 1, 0], [np.cos(np.pi / 6), 0, -0.5])


def test_the_attitude_is_heading_then_pitch_then_roll() -> None:
    # Nose straight up, the belly looks north; a roll of 90 degrees then turns the right side to where the belly was.
    assert np.allclose(pose(pitch=90, roll=90).site_from_body() @ [0, 1, 0], [0, 1, 0], atol=1e-12)


@given(poses)
def test_the_rotation_is_ardupilots_in_site_axes(p: Pose) -> None:
    ned = Matrix3()  # pymavlink's port of ArduPilot's own matrix
    ned.from_euler(*np.radians([p.roll_deg, p.pitch_deg, p.heading_deg]))
    north, east, down = (np.array([row.x, row.y, row.z]) for row in (ned.a, ned.b, ned.c))
    assert np.allclose(p.site_from_body(), [east, north, -down], atol=1e-9)


@given(poses)
def test_the_rotation_keeps_lengths_and_handedness(p: Pose) -> None:
    rotation = p.site_from_body()
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
