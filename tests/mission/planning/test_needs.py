"""The pixels that labels need, and what the optics make of them, against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mission.planning.needs import least_px, most_motion_px, needed_px
from mission.planning.optics import BASE_DEFOCUS_PX, defocus_px, sight
from mission.planning.windows import Window
from tests.mission.worlds import demo_site, with_labels

SITE = demo_site()
LINEAR = SITE.labels
MATRIX = with_labels(SITE, symbologies=("QRCode",)).labels
CAMERA = replace(SITE.cameras[0], distortion=(0.0, 0.0))
MIDDLE = Window(half_width_m=0.0, half_height_m=0.0)
px = st.floats(0.5, 8.0)


def test_a_site_that_says_how_many_pixels_it_wants_is_never_planned_with_fewer() -> None:
    own = with_labels(SITE, pixels_per_bar=3.5).labels
    assert (least_px(own), least_px(own, margin=1.25), needed_px(own, 0.6, 0.0)) == (3.5, 3.5, 3.5)
    assert most_motion_px(own, 3.4, 0.6) == 0.0


def test_plans_ask_for_the_least_that_stock_engines_read_and_a_margin_over_the_blur() -> None:
    assert (least_px(LINEAR, margin=1.25), least_px(MATRIX, margin=1.25)) == (2.0, 2.5)
    assert needed_px(LINEAR, 2.0, 0.0, margin=1.25) == pytest.approx(1.25 * needed_px(LINEAR, 2.0, 0.0))


def test_a_site_with_both_kinds_of_codes_needs_what_the_more_demanding_one_needs() -> None:
    both = with_labels(SITE, symbologies=("Code128", "DataMatrix")).labels
    assert needed_px(both, 1.0, 2.0) == needed_px(MATRIX, 1.0, 2.0) > needed_px(LINEAR, 1.0, 2.0)


@given(have_px=px, defocus=st.floats(0.3, 2.0), margin=st.sampled_from([1.0, 1.25]), is_matrix=st.booleans())
def test_the_most_motion_is_just_what_the_pixels_bear(have_px: float, defocus: float, margin: float, is_matrix: bool) -> None:
    labels = MATRIX if is_matrix else LINEAR
    motion = most_motion_px(labels, have_px, defocus, margin=margin)
    if motion > 0:
        assert needed_px(labels, defocus, motion, margin=margin) <= have_px * (1 + 1e-6)
        assert needed_px(labels, defocus, 1.02 * motion, margin=margin) > have_px
    else:
        assert needed_px(labels, defocus, 1e-6, margin=margin) >= have_px * (1 - 1e-9)


def test_pixels_are_those_of_a_label_farthest_back_askew_at_the_edge_of_the_picture() -> None:
    on_axis = sight(CAMERA, LINEAR, standoff_m=1.2, outward_error_m=0.06, window=MIDDLE)
    assert on_axis.px_per_bar == pytest.approx(5150 * 0.0008 / 1.36 * 0.9962, abs=1e-3)
    assert on_axis.angle_deg == 5.0
    edge = sight(CAMERA, LINEAR, standoff_m=1.2, outward_error_m=0.06, window=Window(half_width_m=0.456, half_height_m=0.0))
    assert edge.px_per_bar == pytest.approx(5150 * 0.0008 / 1.36 * (0.9962 - 0.4 * 0.0872), abs=1e-3)
    assert edge.angle_deg == pytest.approx(21.8 + 5.0, abs=0.01)
    barrel = replace(CAMERA, distortion=(-0.1, 0.0))
    bent = sight(barrel, LINEAR, standoff_m=1.2, outward_error_m=0.06, window=Window(half_width_m=0.456, half_height_m=0.0))
    assert bent.px_per_bar == pytest.approx(edge.px_per_bar * (1 - 3 * 0.1 * 0.16), abs=2e-3)


def test_defocus_follows_from_aperture_and_focus_and_is_left_out_where_the_site_says_nothing_of_the_lens() -> None:
    assert defocus_px(CAMERA, 3.0, 1.2) == BASE_DEFOCUS_PX
    lens = replace(CAMERA, f_number=2.0, pixel_um=3.45, focus_m=1.2)
    assert defocus_px(lens, 1.2, 1.2) == BASE_DEFOCUS_PX
    focal_m = 5150 * 3.45e-6  # 17.8 mm
    disc_px = focal_m**2 / 2.0 * 0.3 / (1.5 * (1.2 - focal_m)) / 3.45e-6
    assert defocus_px(lens, 1.5, 1.2) == pytest.approx((BASE_DEFOCUS_PX**2 + (disc_px / 4) ** 2) ** 0.5)
    assert defocus_px(replace(lens, f_number=8.0), 1.5, 1.2) < 0.5 * defocus_px(lens, 1.5, 1.2)
