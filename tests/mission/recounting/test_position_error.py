"""A run that was planned for a drone that knows its place badly is not recounted as if the drone knew it well."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mission.planning.aisles import plan_aisle
from mission.planning.flight_errors import as_planned, errors_of, room_m
from mission.planning.free_air import FreeAir
from mission.planning.plan_files import load_plan
from mission.records import ScanPlan
from mission.recounting.manners import TURN_DEG
from mission.recounting.passes import turned_with_room
from mission.recounting.recount_files import describe_recount, make_recount
from mission.recounting.turned_runs import turned
from tests.mission.recounting.doubtful_run import left_in_doubt, photographed, planned_run
from tests.mission.worlds import demo_site, with_cameras, with_drone, with_labels
from warehouse.site import Site

A, B, C = "A01-02-2-1", "A01-04-1-2", "A01-06-3-3"
COARSE = {"focal_px = 5150.0": "focal_px = 2600.0", "narrowest_bar_mm = 0.8": "narrowest_bar_mm = 2.0"}
"""Labels that are read from anywhere in the aisle."""


def nearest_m(site: Site, plan: ScanPlan) -> float:
    """Return how near the middle of the drone comes to a rack on lanes of the plan."""
    lanes = [lane for sortie in plan.sorties for lane in sortie.lanes]
    assert lanes
    return float(np.min(FreeAir(site).distances_m([lane.start_m for lane in lanes], [lane.end_m for lane in lanes])))


def test_a_recount_keeps_as_far_from_the_racks_as_the_position_error_of_the_first_plan_asks_for(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one", edits=COARSE, position_error_m=0.5)
    assert load_plan(run).position_error_m == 0.5
    left_in_doubt(run, {A: "unreadable", B: "unseen", C: "read"})
    second, plan, recount = make_recount(run, site, tmp_path / "two")
    room = room_m(with_drone(site, position_error_m=0.5).drone)
    assert room == pytest.approx(1.05)
    assert nearest_m(site, plan) >= room - 1e-6
    assert "may be 0.5 m from where it believes to be" in describe_recount(site, plan, recount)
    photographed(second)
    left_in_doubt(second, {B: "unseen"})
    third = make_recount(second, site, tmp_path / "three")[1]
    assert third.position_error_m == 0.5
    assert nearest_m(site, third) >= room - 1e-6


def test_a_turned_pass_that_comes_nearer_to_a_rack_than_the_position_error_allows_is_none() -> None:
    site = with_labels(with_drone(demo_site(), position_error_m=0.5), narrowest_bar_mm=2.5, setback_m=0.0)
    site = with_cameras(site, focal_px=(2600.0, 2600.0), offset_body_m=(0.3, 0.1, 0.0))
    air, (camera,), face = FreeAir(site), site.cameras, site.layout.faces["A01-right"]
    square = plan_aisle(site, air, errors_of(0.5), [(face, [site.layout.bins_by_code[A]])]).runs[0]
    found = {}
    for turn_deg in (TURN_DEG, -TURN_DEG):
        lane = turned(square, camera, turn_deg, site.labels, ()).lane(is_forward=True)
        assert not air.in_the_way(lane.start_m, lane.end_m)
        has_room = float(air.distances_m([lane.start_m], [lane.end_m]).min()) >= room_m(site.drone)
        found[has_room] = turned_with_room(site, air, square, camera, turn_deg)
    assert found[False] is None
    assert found[True] is not None


def test_a_lane_that_is_said_to_be_flown_as_planned_before_keeps_its_distance(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one", edits=COARSE, position_error_m=0.5, is_flown=False)
    left_in_doubt(run, {A: "unseen"})
    (look,) = make_recount(run, site, tmp_path / "two")[2].looks
    assert look.now is not None
    assert look.now.standoff_m == look.before[-1].standoff_m
    assert look.differs == ("as planned before: that lane was not flown to its end",)


def test_a_plan_of_before_that_does_not_say_its_position_error_has_that_of_the_site(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one", locations=(A,), edits={"reserve = 0.25": "reserve = 0.25\nposition_error_m = 0.1"})
    document = json.loads(run.plan_path.read_text())
    assert document.pop("position_error_m") == 0.1
    run.plan_path.write_text(json.dumps(document))
    assert load_plan(run).position_error_m is None
    left_in_doubt(run, {A: "unseen"})
    assert make_recount(run, site, tmp_path / "two")[1].position_error_m == 0.1


@pytest.mark.parametrize(
    ("of_site", "of_plan", "larger"), [(None, None, None), (0.1, None, 0.1), (None, 0.5, 0.5), (0.2, 0.1, 0.2), (0.1, 0.5, 0.5)]
)
def test_the_larger_of_the_errors_of_site_and_plan_counts(
    of_site: float | None, of_plan: float | None, larger: float | None
) -> None:
    plan = ScanPlan(site_digest="0" * 64, sorties=(), uncovered=(), limits=(), position_error_m=of_plan)
    assert as_planned(with_drone(demo_site(), position_error_m=of_site), plan).drone.position_error_m == larger
