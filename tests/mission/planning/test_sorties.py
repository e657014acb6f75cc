"""Order, batteries and drones: what holds for the sorties of any hall."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.drawn_halls import Hall, build_site
from benchmarks.grid_sites import write_grid_site
from benchmarks.path_length import planned_length_m, runs_of
from benchmarks.shortest_bound import least_length
from mission.planning.hall_parts import parts_of
from mission.planning.plan_svg import draw_plan_svg
from mission.planning.planner import describe_plan, make_plan
from mission.planning.route_solver import RoutingProblem, Tour, solve
from mission.records import ScanPlan
from tests.mission.worlds import demo_site
from warehouse.layout import Aisle
from warehouse.site import Site
from warehouse.site_file import load_site

HALL = Hall(
    aisles=4, bays=6, levels=3, slots=2, bay_m=2.7, level_m=1.5, width_m=3.0, heading_deg=30.0,
    pads=2, boxes=0, ceiling_m=5.0, battery_wh=14.0, cameras=("right",), bars="any",
)  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Site:
    return build_site(HALL, np.random.default_rng(5))


@pytest.fixture(scope="module")
def plan(site: Site) -> ScanPlan:
    return make_plan(site, n_drones=2)


def test_the_same_site_gives_the_same_plan(site: Site, plan: ScanPlan) -> None:
    assert make_plan(site, n_drones=2) == plan


def test_the_way_is_no_more_than_a_tenth_longer_than_any_plan_must_be(site: Site, plan: ScanPlan) -> None:
    bound = least_length(site, runs_of(site, plan), n_rounds=300, n_borders=0)
    assert bound.n_sorties <= len(plan.sorties)
    assert bound.total_m <= planned_length_m(plan) <= 1.10 * bound.total_m


def test_two_drones_share_the_time_and_change_batteries_between_their_flights(plan: ScanPlan) -> None:
    by_drone = {i: sorted((s for s in plan.sorties if s.drone == i), key=lambda s: s.start_s) for i in (1, 2)}
    assert sum(map(len, by_drone.values())) == len(plan.sorties) > 3
    for mine in by_drone.values():
        for before, after in pairwise(mine):
            assert after.start_s >= before.start_s + before.time_s + 119.9
    alone_s = sum(s.time_s for s in plan.sorties) + 120 * (len(plan.sorties) - 1)
    assert plan.done_s < 0.75 * alone_s


def test_the_plan_says_who_flies_what_and_when(site: Site, plan: ScanPlan) -> None:
    words = describe_plan(site, plan)
    assert "drone 1: sortie " in words
    assert "drone 2: sortie " in words
    assert f"the whole job takes about {plan.done_s / 60:.1f} minutes" in words


def test_a_single_drone_flies_one_sortie_after_the_other(site: Site, plan: ScanPlan) -> None:
    alone = make_plan(site)
    assert {s.drone for s in alone.sorties} == {1}
    assert [s.name for s in alone.sorties] == [s.name for s in plan.sorties]
    for before, after in pairwise(alone.sorties):
        assert after.start_s == pytest.approx(before.start_s + before.time_s + 120, abs=0.11)


def test_a_large_hall_is_ordered_in_parts_of_neighbours() -> None:
    aisles = [
        (Aisle(name=f"{i}", start_m=(5.0 * i, 0.0), heading_deg=0.0, length_m=20.0, width_m=3.0), (None,) * 10) for i in range(25)
    ]
    parts = parts_of(aisles, 80)  # type: ignore[arg-type]
    assert [len(part) for part in parts] == [7, 6, 6, 6]
    assert [aisle.name for part in parts for aisle, _ in part] == [f"{i}" for i in range(25)]


def test_the_solver_turns_a_pass_round_where_that_saves_a_way() -> None:
    # Two chains of two passes each; flown out by the one and back by the other there is no way between them to pay for.
    far = 100.0
    hops = np.array([[0, 0, far, 1], [0, 0, far, far], [far, far, 0, 0], [far, far, 0, 0]], dtype=np.float64)
    problem = RoutingProblem(
        chain_of=np.array([0, 0, 1, 1]),
        pass_s=np.full(4, 50.0),
        hop_s=hops,
        from_pad_s=np.array([[10.0, 1.0, 10.0, 10.0]]),
        to_pad_s=np.array([[10.0, 10.0, 1.0, 10.0]]),
        battery_s=500.0,
        swap_s=120.0,
    )
    assert solve(problem, 100) == [Tour(0, (0, 3))]
    assert len(solve(replace(problem, battery_s=80.0), 100)) == 2


def test_thousands_of_locations_get_an_overview_and_every_one_is_planned(tmp_path: Path) -> None:
    n = write_grid_site(tmp_path / "site", 3200, bays=40, levels=7)
    site = load_site(tmp_path / "site")
    plan = make_plan(site)
    assert sum(len(lane.must_see) for s in plan.sorties for lane in s.lanes) == n == 3360
    drawing = draw_plan_svg(site, plan)
    assert f"{len(plan.sorties)} flights, together about" in drawing
    assert len(drawing) < 100_000
    assert "A01-01-1-1" not in drawing


def test_the_demo_site_needs_one_sortie_that_starts_at_once() -> None:
    (sortie,) = make_plan(demo_site()).sorties
    assert (sortie.drone, sortie.start_s) == (1, 0.0)
