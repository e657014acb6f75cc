"""The geofence holds the whole flight, and little more."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from mission.planning.fence import (
    MOST_CORNERS,
    FenceArea,
    corners_1e7,
    describe_fence,
    fence_altitude_m,
    fence_areas,
    fence_polygon_m,
)
from mission.planning.planner import make_plan
from mission.records import Sortie
from tests.conftest import ROOT
from tests.mission.worlds import demo_site, random_site, with_drone, with_layout
from warehouse.coordinates import ned_from_latlon_1e7, site_from_ned
from warehouse.layout import KeepOut
from warehouse.site import Site
from warehouse.site_file import load_site

REFERENCE_SITE = ROOT / "benchmarks" / "sites" / "reference"


@cache
def planned(name: str) -> tuple[Site, tuple[Sortie, ...]]:
    """Return the demo or the reference site with its sorties."""
    site = load_site(REFERENCE_SITE) if name == "reference" else demo_site()
    return site, make_plan(site).sorties


@pytest.mark.parametrize("seed", range(10))
def test_every_waypoint_is_inside_by_the_clearance_and_as_far_from_what_is_kept_out_of(seed: int) -> None:
    site = random_site(seed)
    for sortie in make_plan(site).sorties:
        corners = np.array(fence_polygon_m(site, sortie))
        for a, b in pairwise([*corners, corners[0]]):
            left_of_edge = np.array([a[1] - b[1], b[0] - a[0]]) / np.linalg.norm(b - a)
            inside_by = [(np.array(w.position_m[:2]) - a) @ left_of_edge for w in sortie.waypoints]
            assert min(inside_by) >= site.drone.clearance_m
        assert fence_altitude_m(sortie) >= max(w.position_m[2] for w in sortie.waypoints) + 0.99
        areas = fence_areas(site, sortie)
        assert sum(len(area.corners_m) for area in areas) <= MOST_CORNERS
        assert all(_least_distance_m(hole, sortie) >= site.drone.clearance_m - 0.01 for hole in areas[1:])


def test_the_demo_sites_fence_is_the_aisle_with_the_way_to_the_pad() -> None:
    site, (sortie, *_) = planned("demo")
    low, high = np.min(fence_polygon_m(site, sortie), axis=0), np.max(fence_polygon_m(site, sortie), axis=0)
    assert low == pytest.approx([5.931 - 0.41, 1.5 - 0.41], abs=1e-3)
    assert high == pytest.approx([6.069 + 0.41, 15.825 + 0.41], abs=1e-3)
    assert fence_altitude_m(sortie) == 5.96


def test_the_corners_in_degrees_are_those_in_metres() -> None:
    site, (sortie, *_) = planned("demo")
    north_east = ned_from_latlon_1e7(site.layout.anchor, corners_1e7(site, fence_areas(site, sortie)[0]))
    back = site_from_ned(site.layout.anchor, np.column_stack([north_east, np.zeros(len(north_east))]))
    assert back[:, :2] == pytest.approx(np.array(fence_polygon_m(site, sortie)), abs=0.01)


def test_racks_and_boxes_that_reach_into_the_outline_are_kept_out_of_and_the_path_keeps_its_distance() -> None:
    site, (sortie,) = planned("reference")
    outline, *holes = fence_areas(site, sortie)
    assert outline.is_inclusion
    assert sorted(hole.name for hole in holes) == ["rack A01-right", "rack A02-left"]
    for hole in holes:
        assert not hole.is_inclusion
        assert _least_distance_m(hole, sortie) >= site.drone.clearance_m - 0.01
    assert describe_fence(site, sortie) == ("inside an outline of 11 corners, out of rack A02-left, rack A01-right, below 6.0 m")


def test_what_the_drone_flies_under_is_no_hole() -> None:
    site, (sortie, *_) = planned("demo")
    over = KeepOut(name="pipe", min_m=(3.0, 8.0, 6.4), max_m=(9.0, 8.4, 7.0))
    beside = KeepOut(name="pillar", min_m=(6.822, 10.0, 0.0), max_m=(7.2, 10.3, 7.0))
    wide = with_drone(with_layout(site, keep_outs=(over, beside)), radius_m=0.30, clearance_m=0.45)
    assert [area.name for area in fence_areas(wide, sortie)][1:] == ["keep-out pillar"]
    tight = with_layout(wide, keep_outs=(over, replace(beside, min_m=(5.8, 5.0, 0.0), max_m=(6.1, 5.3, 0.4))))
    assert [area.name for area in fence_areas(tight, sortie)][1:] == []  # what the path is above cannot be fenced flat


def _least_distance_m(hole: FenceArea, sortie: Sortie) -> float:
    """Return the least distance on the floor plan between the path and a polygon that it does not touch; 0 where it does."""
    path = np.concatenate(
        [
            np.linspace(a.position_m[:2], b.position_m[:2], max(2, int(math.dist(a.position_m, b.position_m) / 0.05)))
            for a, b in pairwise(sortie.waypoints)
        ]
    )
    corners = np.array(hole.corners_m)
    sides = np.roll(corners, -1, axis=0) - corners
    relative = path[:, None, :] - corners[None]
    is_left = sides[None, :, 0] * relative[:, :, 1] - sides[None, :, 1] * relative[:, :, 0] >= 0
    if bool(is_left.all(axis=1).any()):
        return 0.0
    share = np.clip((relative * sides).sum(-1) / (sides**2).sum(-1), 0, 1)
    return float(np.linalg.norm(relative - share[..., None] * sides, axis=-1).min())
