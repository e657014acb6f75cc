"""Down to what height the photos of a pass show the rear of a location."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mission.planning.emptiness import PROVABLE_M, hides, shown_down_to_m
from mission.planning.flight_errors import INDOOR_ERRORS, FlightErrors
from mission.planning.planner import describe_plan, make_plan
from tests.mission.worlds import demo_site
from warehouse.goods import SmallestGoods
from warehouse.layout import LOWEST_LOAD_M
from warehouse.poses import Pose

SITE = demo_site()
CAMERA = SITE.cameras[0]
STILL = FlightErrors(height_m=0.0, roll_deg=0.0)
DEPTH_M = 1.1


def is_in_picture(rear_m: float, *, standoff_m: float, camera_m: float, roll_deg: float = 0.0) -> bool:
    """Whether a camera shows a point at that height straight before it, at the rear of a bin whose base is at height 0."""
    level = Pose(time_s=0.0, position_m=(0.0, 0.0, 0.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=0.0)
    reach = CAMERA.camera_centre_m(level)
    tipped = Pose(time_s=0.0, position_m=(0.0, 0.0, 0.0), roll_deg=roll_deg, pitch_deg=0.0, heading_deg=0.0)
    centre = CAMERA.camera_centre_m(tipped)
    point = (reach[0] + standoff_m + DEPTH_M, reach[1], centre[2] + rear_m - camera_m)
    pixels, is_before = CAMERA.project(tipped, np.array([point]))
    return bool(is_before[0]) and -0.5 <= pixels[0, 1] <= CAMERA.size_px[1] - 0.5


@given(standoff_m=st.floats(0.8, 2.0), camera_m=st.floats(0.4, 0.9))
def test_a_still_camera_shows_just_that_much(standoff_m: float, camera_m: float) -> None:
    low = shown_down_to_m(CAMERA, STILL, standoff_m=standoff_m, camera_m=(camera_m, camera_m), depth_m=DEPTH_M)
    assert is_in_picture(low + 0.002, standoff_m=standoff_m, camera_m=camera_m)
    is_by_shelf = low == pytest.approx(-camera_m * DEPTH_M / standoff_m)
    assert is_by_shelf or not is_in_picture(low - 0.002, standoff_m=standoff_m, camera_m=camera_m)


@given(standoff_m=st.floats(0.8, 2.0), camera_m=st.floats(0.4, 0.9))
def test_a_drone_that_strays_or_tips_shows_it_still(standoff_m: float, camera_m: float) -> None:
    e = INDOOR_ERRORS
    low = shown_down_to_m(CAMERA, e, standoff_m=standoff_m, camera_m=(camera_m, camera_m), depth_m=DEPTH_M)
    assert is_in_picture(low, standoff_m=standoff_m, camera_m=camera_m + e.height_m)
    for roll_deg in (-e.roll_deg, e.roll_deg):
        assert is_in_picture(low + 0.002, standoff_m=standoff_m, camera_m=camera_m, roll_deg=roll_deg)


def test_from_below_the_edge_of_the_shelf_hides_the_floor() -> None:
    low = shown_down_to_m(CAMERA, STILL, standoff_m=1.1, camera_m=(-0.3, -0.3), depth_m=1.1)
    assert low == pytest.approx(0.3)


def test_of_a_pass_up_and_down_the_best_height_counts() -> None:
    def at(low_m: float, high_m: float) -> float:
        return shown_down_to_m(CAMERA, INDOOR_ERRORS, standoff_m=1.2, camera_m=(low_m, high_m), depth_m=DEPTH_M)

    assert at(-0.5, 0.9) <= min(at(h, h) for h in np.linspace(-0.5, 0.9, 29)) + 1e-9
    assert at(0.6, 0.9) == at(0.6, 0.6)


def test_lanes_go_below_the_middle_of_the_labels_as_far_as_that_costs_nothing() -> None:
    (sortie,) = make_plan(SITE).sorties
    for lane in sortie.lanes:
        (view,) = lane.views
        base = SITE.layout.bins_by_code[view.must_see[0]].base_m
        assert lane.start_m[2] - base == pytest.approx(0.6 - 0.04)  # labels hang from 0.4 to 0.8 m
        assert view.shown_down_to_m <= PROVABLE_M < LOWEST_LOAD_M


@given(height_m=st.floats(0.05, 1.0), depth_m=st.floats(0.05, 1.0), grown_m=st.floats(0.0, 0.5))
def test_what_shows_still_shows_when_it_is_higher_or_deeper(height_m: float, depth_m: float, grown_m: float) -> None:
    def hidden(height_m: float, depth_m: float) -> bool:
        return hides(CAMERA, SmallestGoods(height_m=height_m, depth_m=depth_m), shown_m=0.05, depth_m=DEPTH_M)

    if not hidden(height_m, depth_m):
        assert not hidden(height_m + grown_m, depth_m)
        assert not hidden(height_m, depth_m + grown_m)


def test_a_plan_says_in_how_many_locations_the_smallest_goods_could_hide() -> None:
    plan = make_plan(SITE, locations=("A01-03-2-1", "A01-03-2-2"))
    small, large = (replace(SITE, smallest_goods=SmallestGoods(height_m=0.2, depth_m=d)) for d in (0.4, 1.05))
    assert "smallest goods" not in describe_plan(SITE, plan)
    unseen = "0.2 m high and 0.4 m deep, could stand unseen at the edge of the shelf in 2 of 2 locations"
    assert unseen in describe_plan(small, plan)
    assert "0.2 m high and 1.05 m deep, show wherever they stand" in describe_plan(large, plan)
