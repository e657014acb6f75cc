"""What `site check` asks to look at again, though the folder is written as it should be."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.mission.worlds import demo_site, with_drone, with_layout
from warehouse.layout import HomePad, KeepOut
from warehouse.site import Site
from warehouse.site_doubts import site_doubts
from warehouse.site_file import load_site
from warehouse.site_new import new_site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    new_site(tmp_path, name="x", aisles=2, bays=2, levels=3, slots=2, bay_width_m=1.8, level_height_m=1.5, aisle_width_m=3.0)
    return load_site(tmp_path)


def test_sites_in_order_leave_no_doubt(site: Site) -> None:
    assert site_doubts(site) == []
    assert site_doubts(demo_site()) == []


def test_racks_that_stand_in_one_another_are_named_with_the_depth(site: Site) -> None:
    first, second = site.layout.aisles
    moved = replace(second, start_m=(second.start_m[0] - 0.5, second.start_m[1]))
    bins = tuple(
        replace(b, centre_m=(b.centre_m[0] - 0.5, *b.centre_m[1:])) if b.code.aisle == second.name else b for b in site.layout.bins
    )
    doubts = site_doubts(with_layout(site, aisles=(first, moved), bins=bins))
    assert doubts == ["the racks A01-right and A02-left stand 0.30 m in one another: look at start_m, width_m and depth_m"]


def test_an_aisle_too_narrow_for_the_drone_and_labels_out_of_its_reach_are_said(site: Site) -> None:
    doubts = site_doubts(with_drone(site, radius_m=1.2, max_height_m=2.5))
    assert doubts == [
        "aisle A01 is 3.00 m wide; the drone with its clearance needs 3.20 m",
        "aisle A02 is 3.00 m wide; the drone with its clearance needs 3.20 m",
        "aisle A01: labels of pallets that stand 3.05 m or higher hang well above the 2.50 m to which the drone may rise"
        " (max_height_m, ceiling_m)",
        "aisle A02: labels of pallets that stand 3.05 m or higher hang well above the 2.50 m to which the drone may rise"
        " (max_height_m, ceiling_m)",
    ]


def test_a_pad_in_a_rack_is_named(site: Site) -> None:
    x, y, _ = site.layout.bins[0].centre_m
    doubts = site_doubts(with_layout(site, home_pads=(HomePad(name="pad 9", position_m=(x - 0.5, y)),)))
    assert doubts == ["pad 9 lies in the rack A01-left: give it a free spot on the floor"]


def test_a_pad_too_near_to_a_rack_or_a_box_is_named_with_the_distance_that_the_drone_needs(site: Site) -> None:
    x, y, _ = site.layout.faces["A01-left"].origin_m
    near = HomePad(name="pad 9", position_m=(x - 0.5, y - 0.55))
    boxed = HomePad(name="pad 8", position_m=(x + 1.0, y - 2.0))
    free = HomePad(name="pad 7", position_m=(x + 1.0, y - 1.2))
    on_floor = KeepOut(name="bin", min_m=(x + 1.6, y - 2.1, 0.0), max_m=(x + 2.0, y - 1.9, 0.8))
    hung = KeepOut(name="lamp", min_m=(x + 1.0, y - 1.3, 2.3), max_m=(x + 1.1, y - 1.2, 2.4))
    doubts = site_doubts(with_layout(site, home_pads=(near, boxed, free), keep_outs=(on_floor, hung)))
    assert doubts == [
        "pad 9 is 0.55 m from the rack A01-left; the drone with its clearance needs 0.75 m: move the pad",
        "pad 8 is 0.60 m from the keep-out box bin; the drone with its clearance needs 0.75 m: move the pad",
    ]
