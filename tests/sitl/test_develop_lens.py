"""The simulated lens shows a point where the camera model projects it, whatever the lens."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from sitl.develop_lens import Lens
from tests.vision.worlds import demo_site
from warehouse.lens import FISHEYE, NORMAL
from warehouse.poses import Pose

LEVEL_NORTH = Pose(time_s=0.0, position_m=(0.0, 0.0, 2.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=0.0)


@pytest.mark.parametrize(
    ("lens", "focal_px", "distortion"),
    [
        (NORMAL, 900.0, (-0.06, 0.01)),
        (NORMAL, 700.0, (-0.28, 0.09, 0.0012, -0.0007, -0.012)),
        (NORMAL, 700.0, (1.2, 0.4, 0.0004, -0.0009, 0.02, 1.5, 0.62, 0.08)),
        (FISHEYE, 700.0, (-0.013, 0.021, -0.016, 0.004)),
    ],
)
def test_a_dot_stands_where_the_camera_model_projects_it(lens: str, focal_px: float, distortion: tuple[float, ...]) -> None:
    camera = replace(
        demo_site().cameras[0],
        size_px=(1000, 750),
        focal_px=(focal_px, focal_px * 1.01),
        centre_px=(510.0, 366.0),
        lens=lens,
        distortion=distortion,
        offset_body_m=(0.0, 0.0, 0.0),
    )
    assert camera.covers_its_picture()
    lens_of_camera = Lens(camera)
    _, rays = camera.rays(LEVEL_NORTH, [(20.0, 20.0), (500.0, 40.0), (970.0, 700.0), (300.0, 400.0), (40.0, 715.0)])
    for ray in rays:
        canvas = np.zeros(lens_of_camera.canvas_size_px[::-1], dtype=np.uint8)
        u, v, w = lens_of_camera.canvas_from_camera @ (ray @ camera.site_from_camera(LEVEL_NORTH))
        at = np.rint([u / w, v / w])
        cv2.circle(canvas, (int(at[0]), int(at[1])), 6, 255, -1)
        in_camera = np.linalg.solve(lens_of_camera.canvas_from_camera, [*at, 1.0])
        expected, _ = camera.project(LEVEL_NORTH, [0.0, 0.0, 2.0] + camera.site_from_camera(LEVEL_NORTH) @ in_camera)
        ys, xs = np.nonzero(lens_of_camera.distort(canvas) > 127)
        assert (xs.mean(), ys.mean()) == pytest.approx(tuple(expected), abs=0.3)
