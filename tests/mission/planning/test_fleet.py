"""Several drones: each has work where that ends the job sooner, and who stays on the ground is told why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drawn_halls import Hall, build_site
from mission.planning.clearance import violations
from mission.planning.planner import describe_plan, make_plan
from mission.records import ScanPlan
from warehouse.site import Site

HALL = Hall(
    aisles=3, bays=3, levels=2, slots=1, bay_m=2.7, level_m=1.5, width_m=3.0, heading_deg=30.0,
    pads=3, boxes=0, ceiling_m=5.0, battery_wh=99.0, cameras=("right",), bars="any",
)  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Site:
    return build_site(HALL, np.random.default_rng(5))


@pytest.fixture(scope="module")
def by_one(site: Site) -> ScanPlan:
    return make_plan(site)


def test_a_hall_that_one_battery_is_enough_for_is_shared_by_two_drones(site: Site, by_one: ScanPlan) -> None:
    plan = make_plan(site, n_drones=2)
    assert len(by_one.sorties) == 1
    assert sorted(sortie.drone for sortie in plan.sorties) == [1, 2]
    assert plan.done_s < 0.8 * by_one.done_s
    assert _seen(plan) == _seen(by_one)
    assert violations(site, plan) == []


def test_a_drone_more_does_not_end_the_job_later(site: Site) -> None:
    assert make_plan(site, n_drones=3).done_s <= make_plan(site, n_drones=2).done_s


def test_a_drone_without_a_flight_is_told_that_pads_are_too_few(site: Site, by_one: ScanPlan) -> None:
    one_pad = replace(site, layout=replace(site.layout, home_pads=site.layout.home_pads[:1]))
    plan = make_plan(one_pad, n_drones=3)
    assert len(plan.sorties) == len(by_one.sorties)
    assert (
        "drones 2, 3 would stay on the ground: only one drone at a time may use a pad, and the site has 1;"
        " a home pad for each drone lets more fly at once"
    ) in describe_plan(one_pad, plan)


def _seen(plan: ScanPlan) -> list[str]:
    return sorted(code for sortie in plan.sorties for lane in sortie.lanes for code in lane.must_see)
