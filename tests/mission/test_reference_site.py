"""The site that figures are measured in: it is what its definition says, and the plan sees all of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mission.planning.planner import make_plan
from warehouse.site import Site
from warehouse.site_file import load_site

REFERENCE_SITE = Path(__file__).parents[2] / "benchmarks" / "sites" / "reference"


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(REFERENCE_SITE)


def test_it_has_four_faces_of_twelve_bays_with_four_levels_of_three_slots(site: Site) -> None:
    bins = site.layout.bins
    bays = {(b.face, b.code.bay) for b in bins}
    assert Counter(face for face, _ in bays) == {"A01-left": 12, "A01-right": 12, "A02-left": 12, "A02-right": 12}
    assert set(Counter((b.face, b.code.bay, b.code.level) for b in bins).values()) == {3}
    assert len(bins) == 576


def test_its_drone_and_camera_are_those_of_the_definition(site: Site) -> None:
    (camera,) = site.cameras
    width, height = camera.size_px
    assert round(width * height / 1e6) == 12
    assert (camera.exposure_s, camera.min_interval_s, site.labels.narrowest_bar_mm) == (0.0002, 0.1, 0.5)
    assert site.drone.battery_wh / site.drone.hover_w * 60 == 15.0


def test_every_location_is_in_exactly_one_lane_of_the_plan(site: Site) -> None:
    plan = make_plan(site)
    seen = [location for sortie in plan.sorties for lane in sortie.lanes for location in lane.must_see]
    assert sorted(seen) == sorted(site.layout.bins_by_code)
    assert plan.uncovered == ()
