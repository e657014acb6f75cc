"""A pass with its nose turned still holds every label in as many pictures as it says, with the pixels that it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mission.planning.aisles import camera_for, plan_aisle
from mission.planning.flight_errors import INDOOR_ERRORS
from mission.planning.free_air import FreeAir
from mission.planning.lanes import photo_poses
from mission.records import Direction
from mission.recounting.turned_runs import cut_camera, px_share, turned
from tests.mission.recounting.test_recount_plan import label_places_m, wholly_in_picture
from tests.mission.worlds import demo_site, random_site
from warehouse.site import Site
from warehouse.tags_new import upright_places_m


def a_site(seed: int) -> Site:
    return demo_site() if seed == 0 else random_site(seed)


@settings(max_examples=12)
@given(seed=st.integers(0, 30), turn=st.sampled_from((-15.0, -10.0, 10.0, 15.0)), is_forward=st.booleans())
def test_every_label_place_is_wholly_in_enough_pictures_of_a_turned_pass(seed: int, turn: float, is_forward: bool) -> None:
    site = a_site(seed)
    face = next(iter(site.layout.faces.values()))
    bins = [b for b in site.layout.bins_of_face(face.name) if b.kind.is_observable]
    assume(bins)
    camera = camera_for(site, face)
    asking = as_asked(site, turn)
    for square in plan_aisle(asking, FreeAir(site), INDOOR_ERRORS, [(face, bins)]).runs:
        run = turned(square, camera, turn, site.labels, upright_places_m(site.layout.bins_of_face(face.name)))
        lane = run.lane(is_forward=is_forward)
        poses = photo_poses(lane)
        for b in run.bins:
            places = label_places_m(site, b)
            n_looks = sum(wholly_in_picture(camera, pose, places).astype(int) for pose in poses)
            assert np.min(n_looks) >= site.labels.looks, b.code
        if lane.direction is Direction.LEVEL:
            standoffs = [face.face_coordinates_m(camera.camera_centre_m(pose))[2] for pose in poses]
            assert standoffs == pytest.approx([square.views[0].standoff_m] * len(poses), abs=1e-5)


def as_asked(site: Site, turn: float) -> Site:
    """Return the site as the recount asks for it: each camera's picture cut to what a turned one surely holds."""
    return replace(site, cameras=tuple(cut_camera(c, turn) for c in site.cameras))


def test_a_turn_of_15_degrees_costs_the_demo_camera_6_percent_of_its_picture_and_15_of_its_pixels() -> None:
    camera = demo_site().cameras[0]
    # 1 / cos 15 - 0.3728 sin 15 = 0.9388; cos 15 / (1 / cos 15 + 0.3728 sin 15) = 0.8534
    assert cut_camera(camera, 15.0).size_px == (3604, 2253)
    assert px_share(camera, 15.0) == pytest.approx(0.8534, abs=1e-4)
    assert px_share(camera, 0.0) == 1.0
