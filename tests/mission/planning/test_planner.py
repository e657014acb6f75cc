"""The plan of the demo site, exactly; the filters; and the words for what cannot be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mission.planning.planner import describe_plan, make_plan
from mission.planning.route import route_sortie
from mission.records import Purpose, ScanPlan
from tests.mission.worlds import demo_site, with_bins, with_cameras, with_drone, with_labels, with_layout
from warehouse.errors import BadInputError
from warehouse.layout import BinKind, HomePad, KeepOut
from warehouse.site import Site


@pytest.fixture(scope="module")
def plan() -> ScanPlan:
    return make_plan(demo_site())


def test_the_demo_site_is_one_serpentine_up_the_right_face_and_down_the_left(plan: ScanPlan) -> None:
    (sortie,) = plan.sorties
    assert [(lane.views[0].face, lane.start_m[2], lane.heading_deg, len(lane.must_see)) for lane in sortie.lanes] == [
        ("A01-right", 0.61, 0.0, 12),
        ("A01-right", 2.06, 0.0, 12),
        ("A01-right", 3.51, 0.0, 12),
        ("A01-right", 4.96, 0.0, 11),
        ("A01-left", 4.96, 180.0, 12),
        ("A01-left", 3.51, 180.0, 12),
        ("A01-left", 2.06, 180.0, 12),
        ("A01-left", 0.61, 180.0, 11),
    ]
    towards_the_end = [lane.end_m[1] > lane.start_m[1] for lane in sortie.lanes]
    assert towards_the_end == [True, False] * 4


def test_the_demo_sites_distances_follow_from_its_camera_and_its_labels(plan: ScanPlan) -> None:
    lanes = plan.sorties[0].lanes
    # Of the distances tried at which the drone may fly its cruise speed, that from which pictures show each location's floor.
    assert {view.standoff_m for lane in lanes for view in lane.views} == {1.431}
    assert {view.shown_down_to_m for lane in lanes for view in lane.views} == {0.07}
    assert {(lane.speed_mps, lane.speed_bound_by) for lane in lanes} == {(1.0, "the drone's cruise_mps")}
    assert {lane.photo_spacing_m for lane in lanes} == {0.398}
    # 5150 px / 1.591 m (0.10 m behind the face, 0.06 m of straying) x 0.8 mm are 2.59; askew and bent by the lens, 2.42 are left.
    assert {view.px_per_bar for lane in lanes for view in lane.views} == {2.423}
    # 5150 px / 1.371 m in 0.5 ms at 1 m/s.
    assert {view.motion_px for lane in lanes for view in lane.views} == {1.878}
    # The camera hangs 0.10 m off the middle: 6 + 1.6 - 1.431 - 0.10, and its mirror.
    assert {(lane.views[0].face, lane.start_m[0]) for lane in lanes} == {("A01-right", 6.069), ("A01-left", 5.931)}
    assert {(limit.quantity, limit.value) for limit in plan.limits if limit.quantity != "direction"} == {
        ("standoff_m", 1.431),
        ("speed_mps", 1.0),
        ("photo_spacing_m", 0.398),
    }


def test_the_demo_site_is_flown_on_one_battery_in_under_two_and_a_half_minutes(plan: ScanPlan) -> None:
    (sortie,) = plan.sorties
    assert (sortie.name, sortie.home_pad, sortie.n_photos) == ("01", "pad 1", 252)
    assert sortie.time_s == pytest.approx(137, abs=5)
    assert sortie.energy_wh == pytest.approx(260 * sortie.time_s / 3600, abs=0.01)
    assert [w.purpose for w in sortie.waypoints] == [
        Purpose.TAKEOFF,
        Purpose.TRANSIT,
        *[Purpose.APPROACH, Purpose.LANE] * 8,
        Purpose.TRANSIT,
        Purpose.LAND,
    ]


def test_the_forbidden_and_the_unused_bin_of_the_demo_site_are_named_with_the_reason(plan: ScanPlan) -> None:
    assert [(u.location, u.reason) for u in plan.uncovered] == [
        ("A01-01-1-1", "forbidden: the layout says that nothing may be stored there"),
        ("A01-08-4-3", "unused: the layout says that nothing is stored there"),
    ]


def test_the_drone_turns_once_and_waits_until_the_turn_is_over_but_cuts_the_corners_of_its_serpentine(plan: ScanPlan) -> None:
    approaches = [w for w in plan.sorties[0].waypoints if w.purpose is Purpose.APPROACH]
    assert [w.hold_s for w in approaches] == [0.0, 0.0, 0.0, 0.0, 2.3, 0.0, 0.0, 0.0]
    ends = [w for w in plan.sorties[0].waypoints if w.purpose is Purpose.LANE]
    assert [w.hold_s for w in ends] == [0.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.0, 0.0]


def test_a_plan_of_two_locations_flies_past_these_two_only() -> None:
    plan = make_plan(demo_site(), locations=("A01-05-3-2", "A01-05-3-3"))
    (lane,) = plan.sorties[0].lanes
    assert sorted(lane.must_see) == ["A01-05-3-2", "A01-05-3-3"]
    assert plan.uncovered == ()
    assert abs(lane.end_m[1] - lane.start_m[1]) < 3.2


def test_a_location_that_is_asked_for_but_forbidden_is_named() -> None:
    plan = make_plan(demo_site(), aisles=("A01",), locations=("A01-01-1-1",))
    assert plan.sorties == ()
    assert [u.location for u in plan.uncovered] == ["A01-01-1-1"]


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"aisles": ("A02",)}, "no aisle 'A02' in this site; did you mean A01?"),
        ({"locations": ("A01-01-1-9",)}, "no location 'A01-01-1-9' in this site; did you mean"),
        ({"locations": ("x", "y")}, "no location 'x' (and 1 more) in this site"),
    ],
)
def test_a_filter_that_names_nothing_of_the_site_is_refused(filters: dict[str, tuple[str, ...]], words: str) -> None:
    with pytest.raises(BadInputError) as refused:
        make_plan(demo_site(), aisles=filters.get("aisles", ()), locations=filters.get("locations", ()))
    assert refused.value.what.startswith(words)
    assert "to the letter" in refused.value.remedy


def test_two_cameras_read_both_faces_in_one_pass_without_a_turn() -> None:
    site = demo_site()
    right = site.cameras[0]
    left = replace(right, side="left", offset_body_m=(0.0, -0.10, 0.0))
    plan = make_plan(replace(site, cameras=(left, right)))
    lanes = plan.sorties[0].lanes
    both = [("A01-left", "left"), ("A01-right", "right")]
    assert [[(view.face, view.camera) for view in lane.views] for lane in lanes] == [both] * 4
    assert {lane.heading_deg for lane in lanes} == {0.0}
    assert {lane.start_m[0] for lane in lanes} == {6.0}
    assert len({code for lane in lanes for code in lane.must_see}) == 94
    assert plan.sorties[0].time_s < 0.65 * make_plan(site).sorties[0].time_s


def test_two_cameras_fly_past_each_face_where_the_aisle_is_too_wide_for_both_at_once() -> None:
    site = demo_site()
    right = site.cameras[0]
    left = replace(right, side="left", offset_body_m=(0.0, -0.10, 0.0))
    wide = tuple(replace(aisle, width_m=5.0) for aisle in site.layout.aisles)
    lanes = make_plan(with_layout(replace(site, cameras=(left, right)), aisles=wide)).sorties[0].lanes
    assert {len(lane.views) for lane in lanes} == {1}
    assert {(lane.views[0].face, lane.views[0].camera, lane.heading_deg) for lane in lanes} == {
        ("A01-right", "right", 0.0),
        ("A01-left", "left", 0.0),
    }


def test_a_small_battery_splits_the_scan_into_sorties_that_each_come_home() -> None:
    site = with_drone(demo_site(), battery_wh=6.0)
    plan = make_plan(site)
    assert [s.name for s in plan.sorties] == ["01", "02", "03", "04"]
    assert all(s.energy_wh <= 4.5 and s.waypoints[-1].purpose is Purpose.LAND for s in plan.sorties)
    assert sum(len(lane.must_see) for s in plan.sorties for lane in s.lanes) == 94


def test_a_picture_that_holds_two_low_levels_sees_them_in_one_lane() -> None:
    site = with_labels(with_cameras(demo_site(), size_px=(3280, 8000), centre_px=(1639.5, 3999.5)), lowest_m=0.4, highest_m=0.6)
    lanes = make_plan(site).sorties[0].lanes
    assert [(lane.views[0].face, len(lane.must_see)) for lane in lanes] == [
        ("A01-right", 24),
        ("A01-right", 23),
        ("A01-left", 24),
        ("A01-left", 23),
    ]


WALLS = (
    KeepOut(name="wall 1", min_m=(4.0, 0.0, 0.0), max_m=(8.0, 0.1, 9.0)),
    KeepOut(name="wall 2", min_m=(4.0, 2.9, 0.0), max_m=(8.0, 3.0, 9.0)),
    KeepOut(name="wall 3", min_m=(4.0, 0.0, 0.0), max_m=(4.1, 3.0, 9.0)),
    KeepOut(name="wall 4", min_m=(7.9, 0.0, 0.0), max_m=(8.0, 3.0, 9.0)),
)
"""About the pad of the demo."""


def test_a_box_that_hangs_in_a_lane_is_flown_round_and_what_it_hides_is_named() -> None:
    site = demo_site()
    box = KeepOut(name="fan", min_m=(6.2, 9.0, 3.2), max_m=(6.5, 9.4, 4.0))
    plan = make_plan(with_layout(site, keep_outs=(*site.layout.keep_outs, box)))
    hidden = {u.location: u for u in plan.uncovered if "fan" in u.reason}
    assert hidden
    assert all(u.remedy == "move what is in the way, or count it by hand" for u in hidden.values())
    seen = {location for lane in plan.sorties[0].lanes for location in lane.must_see}
    assert len(seen) + len(plan.uncovered) == 96
    assert {"A01-02-3-1", "A01-08-3-3"} <= seen


@pytest.mark.parametrize(
    ("change", "reason", "remedy"),
    [
        (
            lambda s: with_labels(s, narrowest_bar_mm=0.15),
            "a bar of 0.15 mm is 0.95 pixels wide where the label hangs farthest back, and 1.40 are needed",
            "a longer lens: 7590 px focal length, or a smaller drone that may come within 0.39 m, or labels with bars of 0.2",
        ),
        (
            lambda s: with_cameras(with_labels(s, lowest_m=0.1, highest_m=1.25), size_px=(1600, 2400), centre_px=(799.5, 1199.5)),
            "labels may hang over 1.15 m of height",
            "a taller picture by the same lens: 3000 pixels high or more",
        ),
        (
            lambda s: with_drone(s, radius_m=1.3),
            "the aisle is 3.20 m wide; the drone with its clearance needs 3.40 m",
            "a smaller drone",
        ),
        (
            lambda s: with_cameras(s, exposure_s=0.02),
            "at 0.1 m/s, the slowest that the drone flies, an exposure of 20 ms smears the bars by 21.6 pixels; 7.7 are",
            "a strobe or a lamp for an exposure of 6.68 ms",
        ),
        (lambda s: with_bins(s, kind=BinKind.REAR), "rear: it stands behind another place", "count it by hand"),
        (
            lambda s: with_layout(s, home_pads=(HomePad(name="pad 9", position_m=(3.9, 3.45)),)),
            "no home pad has free air around it: pad 9 is 0.55 m from rack A01-left; the drone with its clearance needs 0.75 m",
            "move the pad",
        ),
        (
            lambda s: with_layout(s, keep_outs=(*s.layout.keep_outs, *WALLS)),
            "no free way leads from a home pad",
            "a home pad on the same side",
        ),
        (lambda s: with_drone(s, battery_wh=0.5), "one battery does not last there and back", "a home pad nearer by"),
    ],
)
def test_what_cannot_be_seen_is_said_with_the_reason_and_what_would_help(
    change: Callable[[Site], Site], reason: str, remedy: str
) -> None:
    plan = make_plan(change(demo_site()))
    assert plan.sorties == ()
    assert len(plan.uncovered) == 96
    told = [u for u in plan.uncovered if u.location == "A01-05-3-2"]
    assert told[0].reason.startswith(reason)
    assert told[0].remedy.startswith(remedy)


def test_bins_above_the_highest_height_are_named_and_the_others_are_scanned() -> None:
    plan = make_plan(with_drone(demo_site(), max_height_m=4.0))
    lost = [u for u in plan.uncovered if "the drone scans between 0.5 and 4 m" in u.reason]
    assert len(lost) == 23
    assert {u.location[7] for u in lost} == {"4"}


def test_lanes_that_are_left_of_a_sortie_are_routed_anew(plan: ScanPlan) -> None:
    left = [plan.sorties[0].lanes[i] for i in (2, 5, 6)]
    sortie = route_sortie(demo_site(), "01", left)
    assert sortie.lanes == tuple(left)
    assert [w.lane for w in sortie.waypoints if w.purpose is Purpose.LANE] == [0, 1, 2]
    assert sortie.time_s < plan.sorties[0].time_s
    assert route_sortie(demo_site(), "01", plan.sorties[0].lanes) == plan.sorties[0]


def test_the_plan_is_described_in_words_with_what_bounds_it(plan: ScanPlan) -> None:
    words = describe_plan(demo_site(), plan)
    assert words.startswith(
        "Demo warehouse, Ibi: 94 location(s) in 1 flight(s)\n  sortie 01 from pad 1: 8 lane(s), about 252 photos"
    )
    assert "  speed 1 m/s, because of the drone's cruise_mps\n" in words
    assert "  a bar is 2.4 pixels wide at the worst place of a label; 1.4 are just enough\n" in words
    assert "  where nothing stands, the photos prove that down to 0.15 m above the floor of the location; an empty" in words
    assert words.endswith("    A01-08-4-3: unused: the layout says that nothing is stored there")
