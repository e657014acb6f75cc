"""Which passes the planner takes, and what it says of those that it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mission.planning.mission_items import Command, mission_items
from mission.planning.planner import describe_plan, make_plan
from mission.records import Direction, Lane, ScanPlan
from tests.mission.worlds import demo_site, with_cameras, with_drone, with_labels
from warehouse.site import Site

DARK = with_cameras(demo_site(), exposure_s=0.004)
"""Without a strobe: level passes are slow."""


def lanes_of(plan: ScanPlan) -> list[Lane]:
    return [lane for sortie in plan.sorties for lane in sortie.lanes]


def with_wide_picture(site: Site) -> Site:
    return with_cameras(site, size_px=(4800, 2400), centre_px=(2399.5, 1199.5))


def test_where_bars_stand_upright_and_light_is_poor_columns_are_flown_and_the_other_time_is_told() -> None:
    site = with_labels(with_wide_picture(DARK), bars="upright")
    plan = make_plan(site)
    lanes = lanes_of(plan)
    assert {lane.direction for lane in lanes} == {Direction.COLUMN}
    assert {lane.speed_mps for lane in lanes} == {0.7}
    assert plan.sorties[0].time_s < make_plan(with_wide_picture(DARK)).sorties[0].time_s
    assert "s of passes up and down (level passes would take" in describe_plan(site, plan)


def test_where_nobody_says_how_bars_stand_the_same_site_is_flown_level_and_slowly() -> None:
    plan = make_plan(with_wide_picture(DARK))
    assert {lane.direction for lane in lanes_of(plan)} == {Direction.LEVEL}
    assert all("motion blur of" in lane.speed_bound_by for lane in lanes_of(plan))


def test_where_bars_lie_level_passes_are_as_fast_as_the_drone() -> None:
    lanes = lanes_of(make_plan(with_labels(DARK, bars="lying")))
    assert {(lane.direction, lane.speed_mps) for lane in lanes} == {(Direction.LEVEL, 1.0)}


def test_photos_of_a_column_are_taken_by_time_since_the_autopilot_counts_level_distance_only() -> None:
    site = with_labels(with_wide_picture(DARK), bars="upright")
    sortie = make_plan(site).sorties[0]
    items = mission_items(site, sortie)
    triggers = [item for item in items if item.command in (Command.IMAGE_START_CAPTURE, Command.IMAGE_STOP_CAPTURE)]
    assert len(triggers) == 2 * len(sortie.lanes)
    lane = sortie.lanes[0]
    assert (triggers[0].command, triggers[0].p2, triggers[0].p3) == (
        Command.IMAGE_START_CAPTURE,
        round(lane.photo_spacing_m / 0.7, 3),
        0.0,
    )
    assert all(item.command != Command.DO_SET_CAM_TRIGG_DIST for item in items)


def test_more_looks_make_the_drone_slower_or_its_photos_denser() -> None:
    fast = with_drone(demo_site(), cruise_mps=3.0)
    two, four = lanes_of(make_plan(fast))[0], lanes_of(make_plan(with_labels(fast, looks=4)))[0]
    assert (two.views[0].n_looks, four.views[0].n_looks) == (2, 4)
    assert four.speed_mps < two.speed_mps
    assert four.photo_spacing_m < two.photo_spacing_m


def test_a_drone_that_knows_its_place_badly_overlaps_its_pictures_more_and_keeps_farther_off() -> None:
    known, lost = lanes_of(make_plan(demo_site()))[0], lanes_of(make_plan(with_drone(demo_site(), position_error_m=0.12)))[0]
    assert lost.photo_spacing_m < known.photo_spacing_m or lost.views[0].standoff_m > known.views[0].standoff_m


def test_a_drone_lost_by_half_a_metre_reads_nothing_and_says_what_a_picture_surely_holds() -> None:
    plan = make_plan(with_drone(demo_site(), position_error_m=0.5))
    assert plan.sorties == ()
    assert {u.bound_by for u in plan.uncovered} == {"picture", "kind"}


def test_labels_too_small_for_the_margin_are_still_planned_as_long_as_they_can_be_read() -> None:
    site = with_labels(demo_site(), narrowest_bar_mm=0.45)
    plan = make_plan(site)
    views = [view for lane in lanes_of(plan) for view in lane.views]
    assert sum(len(view.must_see) for view in views) == 94
    assert all(view.needed_px <= view.px_per_bar < 1.25 * 2.0 for view in views)


def test_of_distances_at_which_the_drone_is_as_fast_the_one_with_most_pixels_is_flown() -> None:
    site = with_labels(demo_site(), highest_m=0.65)
    fast, slow = (lanes_of(make_plan(with_drone(site, cruise_mps=v)))[0].views[0] for v in (1.5, 0.4))
    assert slow.px_per_bar > fast.px_per_bar


def test_an_out_of_focus_lens_is_named_with_the_distance_that_it_should_be_focused_at() -> None:
    blind = with_cameras(demo_site(), f_number=1.4, pixel_um=3.45, focus_m=8.0)
    plan = make_plan(replace(with_labels(blind, narrowest_bar_mm=0.3), name="out of focus"))
    assert plan.sorties == ()
    told = next(u for u in plan.uncovered if u.bound_by == "focus")
    assert "because it is out of focus" in told.reason
    assert told.remedy.startswith("focus the lens at 0.70 m, or stop it down to f/")


@pytest.mark.parametrize("margin", [0.9, 1.1])
def test_the_focal_length_that_is_told_is_the_one_that_makes_the_labels_readable(margin: float) -> None:
    site = with_labels(demo_site(), narrowest_bar_mm=0.15)
    told = int(make_plan(site).uncovered[5].remedy.split("longer lens: ")[1].split(" px")[0])
    longer = with_cameras(site, focal_px=(margin * told, margin * told), size_px=(6000, 6000), centre_px=(2999.5, 2999.5))
    pixels = [u for u in make_plan(longer).uncovered if u.bound_by == "pixels"]
    assert bool(pixels) == (margin < 1)


def test_a_camera_with_too_few_pixels_for_all_label_places_at_once_is_told_how_many_it_needs() -> None:
    few = with_cameras(demo_site(), size_px=(1920, 1200), focal_px=(2575.0, 2575.0), centre_px=(959.5, 599.5))
    told = next(u for u in make_plan(few).uncovered if u.bound_by == "pixels")
    assert "holds every place where the label may hang from 1.31 m on, and there a bar of 0.8 mm is 1.32 pixels wide" in told.reason
    assert told.remedy.startswith("a camera of more pixels over the same angle: 2050 x 1280, or labels with bars of 0.86 mm")
    more = with_cameras(demo_site(), size_px=(2050, 1280), focal_px=(2749.0, 2749.0), centre_px=(1024.5, 639.5))
    assert not [u for u in make_plan(more).uncovered if u.bound_by != "kind"]
    assert not [u for u in make_plan(with_labels(few, narrowest_bar_mm=0.86)).uncovered if u.bound_by != "kind"]
