"""Who follows the figure of a remedy gets the location read: the site is planned again with it."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from mission.planning.planner import make_plan
from mission.records import Uncovered
from tests.mission.worlds import demo_site, with_cameras, with_drone, with_labels
from warehouse.site import Site

SITE = demo_site()
WHERE = ("A01-03-1-1", "A01-03-1-3")
"""So low that a pass up and down cannot help."""


def unread(site: Site) -> tuple[Uncovered, ...]:
    return make_plan(site, locations=WHERE).uncovered


def figure(said: str, words: str) -> float:
    found = re.search(words.replace("#", r"([0-9.]+)"), said)
    assert found, said
    return float(found[1])


def with_height(site: Site, height_px: int) -> Site:
    return with_cameras(site, size_px=(site.cameras[0].size_px[0], height_px), centre_px=(1919.5, (height_px - 1) / 2))


def test_a_picture_too_low_for_all_places_of_a_label_is_told_a_height_that_reads_them() -> None:
    site = with_labels(SITE, lowest_m=0.05, highest_m=1.2)
    (first, _) = unread(site)
    assert first.bound_by == "picture"
    n_px = int(figure(first.remedy, "lens: # pixels high or more"))
    assert n_px == 3000 > site.cameras[0].size_px[1]
    assert unread(with_height(site, n_px)) == ()
    assert len(unread(with_height(site, n_px - 60))) == 2
    within = figure(first.remedy, "hang within # m of height")
    assert unread(with_labels(site, highest_m=0.05 + within)) == ()


def test_a_drone_that_hardly_knows_its_place_is_told_that() -> None:
    lost = with_drone(with_labels(SITE, lowest_m=0.05, highest_m=0.85), position_error_m=0.55)
    (first, _) = unread(lost)
    assert first.bound_by == "picture"
    assert "a drone that knows its place to less than 0.55 m (position_error_m)" in first.remedy
    assert unread(with_drone(lost, position_error_m=None)) == ()


def test_the_motion_that_the_site_allows_is_said_where_it_is_what_binds() -> None:
    site = with_labels(SITE, max_motion_px=0.02)
    (first, _) = unread(site)
    assert first.reason.endswith("the site allows 0.02 (max_motion_px)")
    exposure_ms = figure(first.remedy, "exposure of # ms, or a larger max_motion_px")
    assert exposure_ms < site.cameras[0].exposure_s * 1000 / 4
    assert unread(with_cameras(site, exposure_s=exposure_ms / 1000)) == ()
    assert len(unread(with_cameras(site, exposure_s=exposure_ms / 1000 * 1.1))) == 2


@given(
    band_m=st.tuples(st.floats(0.05, 0.5), st.floats(0.3, 0.7)),
    focal_px=st.floats(3500, 6000),
    exposure_s=st.sampled_from([0.0005, 0.02]),
    max_motion_px=st.sampled_from([None, 0.05]),
    position_error_m=st.sampled_from([None, 0.15]),
)
@settings(max_examples=8, deadline=None)
def test_following_a_figure_makes_the_location_readable(
    band_m: tuple[float, float],
    focal_px: float,
    exposure_s: float,
    max_motion_px: float | None,
    position_error_m: float | None,
) -> None:
    low_m, over_m = band_m
    site = with_labels(SITE, lowest_m=low_m, highest_m=low_m + over_m, max_motion_px=max_motion_px)
    site = with_cameras(with_drone(site, position_error_m=position_error_m), focal_px=(focal_px,) * 2, exposure_s=exposure_s)
    for told in unread(site):
        if "pixels high" in told.remedy:
            followed = with_height(site, int(figure(told.remedy, "lens: # pixels high")))
        elif "an exposure of" in told.remedy and "by itself that is not enough" not in told.remedy:
            followed = with_cameras(site, exposure_s=figure(told.remedy, "exposure of # ms") / 1000)
        else:
            continue
        assert told.location not in {u.location for u in unread(followed)}, told
