"""A box takes away the passes and the ways that it is in the way of, and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mission.planning.clearance import violations
from mission.planning.hops import HopTimes
from mission.planning.planner import make_plan
from mission.records import Lane, ScanPlan
from tests.mission.worlds import with_layout
from warehouse.layout import HomePad, KeepOut
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.site_new import new_site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """One aisle of two bays, from x = 1.3 to 4.5 and y = 4 to 9.8, two levels of 1.45 m."""
    new_site(tmp_path, name="T", aisles=1, bays=2, levels=2, slots=1, bay_width_m=2.7, level_height_m=1.45, aisle_width_m=3.2)
    return load_site(tmp_path)


def test_before_a_column_the_drone_flies_at_the_distance_that_leaves_room_for_it(site: Site) -> None:
    plan = planned_with(site, KeepOut(name="column", min_m=(3.5, 6.0, 0.0), max_m=(4.5, 6.3, 9.0)))
    assert plan.uncovered == ()
    assert sorted(code for lane in lanes(plan) for code in lane.must_see) == sorted(site.layout.bins_by_code)
    assert all(lane.start_m[0] <= 3.5 - 0.75 for lane in lanes(plan))
    assert {limit.bound_by for limit in plan.limits if limit.quantity == "standoff_m"} == {"what is in the way of faster passes"}


def test_over_a_box_on_the_floor_the_lowest_labels_are_read_from_higher_up(site: Site) -> None:
    free_m = sorted({lane.start_m[2] for lane in lanes(make_plan(site))})
    box = KeepOut(name="pallet truck", min_m=(1.3, 6.0, 0.0), max_m=(4.5, 6.3, round(free_m[0] - 0.75 + 0.1, 3)))
    plan = planned_with(site, box)
    assert plan.uncovered == ()
    heights_m = [lane.start_m[2] for lane in lanes(plan) if any("-1-1" in code for code in lane.must_see)]
    assert all(free_m[0] < height < free_m[0] + 0.3 for height in heights_m)


def test_a_location_is_blocked_when_no_distance_and_no_height_is_left(site: Site) -> None:
    plan = planned_with(site, KeepOut(name="wall", min_m=(1.3, 5.2, 0.0), max_m=(4.5, 5.5, 9.0)))
    assert {u.location for u in plan.uncovered} == {code for code in site.layout.bins_by_code if code[4:6] in ("01", "03")}
    assert {(u.bound_by, u.reason) for u in plan.uncovered} == {
        ("way", "keep-out wall would be nearer than the rotors' clearance on every pass in front of it")
    }
    assert len(lanes(plan)) == 4


def planned_with(site: Site, *boxes: KeepOut) -> ScanPlan:
    boxed = with_layout(site, keep_outs=boxes)
    plan = make_plan(boxed)
    assert violations(boxed, plan) == []
    return plan


def lanes(plan: ScanPlan) -> list[Lane]:
    return [lane for sortie in plan.sorties for lane in sortie.lanes]


def test_a_conveyor_between_pad_and_aisle_is_flown_over(site: Site) -> None:
    walls = [((-3.0, -4.0), (-2.5, 20.0)), ((8.0, -4.0), (8.5, 20.0)), ((-3.0, -4.0), (8.5, -3.5)), ((-3.0, 19.5), (8.5, 20.0))]
    boxes = [KeepOut(name=f"wall {i}", min_m=(*low, 0.0), max_m=(*high, 9.0)) for i, (low, high) in enumerate(walls)]
    conveyor = KeepOut(name="conveyor", min_m=(-2.6, 0.3, 0.0), max_m=(8.1, 0.8, 1.0))
    plan = planned_from((2.9, -1.5), site, *boxes, conveyor)
    assert plan.uncovered == ()
    assert len(plan.sorties) == 1


def test_a_pad_between_the_racks_of_an_aisle_serves_it_though_walls_stand_before_its_ends(site: Site) -> None:
    walls = [
        KeepOut(name="front", min_m=(-20.0, 2.6, 0.0), max_m=(30.0, 2.7, 9.0)),
        KeepOut(name="back", min_m=(-20.0, 11.0, 0.0), max_m=(30.0, 11.1, 9.0)),
    ]
    plan = planned_from((2.9, 6.5), site, *walls)
    assert plan.uncovered == ()
    assert len(plan.sorties) == 1


def test_no_location_is_lost_by_an_estimate_before_the_way_itself_was_tried(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HopTimes, "_pad_way_s", lambda self, pad, points_m, *others: np.full(len(points_m), np.inf))
    plan = make_plan(site)
    assert plan.uncovered == ()
    assert len(plan.sorties) == 1


def planned_from(pad_m: tuple[float, float], site: Site, *boxes: KeepOut) -> ScanPlan:
    return planned_with(with_layout(site, home_pads=(HomePad(name="pad 1", position_m=pad_m),)), *boxes)
