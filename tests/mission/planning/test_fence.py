"""The geofence holds the whole flight, and little more."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mission.planning.fence import fence_altitude_m, fence_polygon, fence_polygon_m
from mission.planning.planner import make_plan
from tests.mission.worlds import demo_site, random_site
from warehouse.coordinates import ned_from_latlon_1e7, site_from_ned


@pytest.mark.parametrize("seed", range(10))
def test_every_waypoint_is_inside_by_the_clearance(seed: int) -> None:
    site = random_site(seed)
    for sortie in make_plan(site).sorties:
        corners = np.array(fence_polygon_m(site, sortie))
        for a, b in pairwise([*corners, corners[0]]):
            left_of_edge = np.array([a[1] - b[1], b[0] - a[0]]) / np.linalg.norm(b - a)
            inside_by = [(np.array(w.position_m[:2]) - a) @ left_of_edge for w in sortie.waypoints]
            assert min(inside_by) >= site.drone.clearance_m
        assert fence_altitude_m(sortie) >= max(w.position_m[2] for w in sortie.waypoints) + 0.99


def test_the_demo_sites_fence_is_the_aisle_with_the_way_to_the_pad() -> None:
    site = demo_site()
    sortie = make_plan(site).sorties[0]
    low, high = np.min(fence_polygon_m(site, sortie), axis=0), np.max(fence_polygon_m(site, sortie), axis=0)
    assert low == pytest.approx([5.775 - 0.41, 1.5 - 0.41], abs=1e-3)
    assert high == pytest.approx([6.225 + 0.41, 15.761 + 0.41], abs=1e-3)
    assert fence_altitude_m(sortie) == 6.0


def test_the_corners_in_degrees_are_those_in_metres() -> None:
    site = demo_site()
    sortie = make_plan(site).sorties[0]
    north_east = ned_from_latlon_1e7(site.layout.anchor, fence_polygon(site, sortie))
    back = site_from_ned(site.layout.anchor, np.column_stack([north_east, np.zeros(len(north_east))]))
    assert back[:, :2] == pytest.approx(np.array(fence_polygon_m(site, sortie)), abs=0.01)
