"""Pixels, blur, windows and pace against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mission.planning.readability import (
    INDOOR_ERRORS,
    N_LOOKS,
    FlightErrors,
    Window,
    farthest_readable_m,
    label_band,
    lane_span_m,
    motion_px,
    pace,
    px_per_bar,
    reach_m,
    tallest_window,
    widest_window,
)
from tests.mission.worlds import demo_site, with_labels
from warehouse.camera import CameraModel

SITE = demo_site()
CAMERA = replace(SITE.cameras[0], distortion=(0.0, 0.0))
NO_ERRORS = FlightErrors(
    height_m=0,
    outward_m=0,
    along_m=0,
    spacing_m=0,
    roll_deg=0,
    pitch_deg=0,
    yaw_deg=0,
    corner_m=0,
    trigger_delay_s=0,
)


def test_the_farthest_readable_distance_has_exactly_the_pixels_asked_for() -> None:
    farthest = farthest_readable_m(CAMERA, SITE.labels)
    assert farthest == pytest.approx(5150 * 0.0008 / 3)
    assert px_per_bar(CAMERA, SITE.labels, farthest) == pytest.approx(3.0)


def test_blur_is_the_way_flown_during_the_exposure() -> None:
    assert motion_px(CAMERA, 1.0, 1.0) == pytest.approx(0.0005 * 5150)


def test_without_errors_or_distortion_the_window_is_the_picture() -> None:
    window = widest_window(CAMERA, 1.2, 0.2, NO_ERRORS)
    assert window.half_width_m == pytest.approx(3840 / 5150 * 1.2 / 2, abs=2e-4)
    assert tallest_window(CAMERA, 1.2, SITE.labels, NO_ERRORS).half_height_m == pytest.approx(2400 / 5150 * 1.2 / 2, abs=2e-4)


def test_errors_and_pincushion_shrink_the_window() -> None:
    plain = widest_window(CAMERA, 1.2, 0.2, NO_ERRORS)
    assert widest_window(CAMERA, 1.2, 0.2, INDOOR_ERRORS).half_width_m < plain.half_width_m
    pincushion = replace(CAMERA, distortion=(0.1, 0.0))
    assert widest_window(pincushion, 1.2, 0.2, NO_ERRORS).half_width_m < plain.half_width_m


def test_a_window_higher_than_the_picture_has_no_width() -> None:
    assert widest_window(CAMERA, 1.2, 0.4, NO_ERRORS).half_width_m == 0.0


def test_the_pace_is_bound_by_cruise_blur_or_camera_whichever_is_slowest() -> None:
    reach = reach_m(Window(half_width_m=0.38, half_height_m=0.2), SITE.labels)

    def bound(cruise_mps: float, camera: CameraModel) -> tuple[float, str]:
        found = pace(camera, SITE.labels, NO_ERRORS, cruise_mps=cruise_mps, standoff_m=1.2, reach_m=reach)
        return found.speed_mps, found.speed_bound_by

    assert bound(0.5, CAMERA) == (0.5, "the drone's cruise_mps")
    assert bound(9.0, CAMERA) == (0.93, "motion blur of 2 px in an exposure of 0.5 ms")
    assert bound(9.0, replace(CAMERA, min_interval_s=1.0)) == (0.3, "one photo every 1 s, the most that the camera takes")


def test_any_stretch_as_long_as_the_reach_holds_the_looks() -> None:
    reach = reach_m(Window(half_width_m=0.38, half_height_m=0.2), SITE.labels)
    found = pace(CAMERA, SITE.labels, NO_ERRORS, cruise_mps=0.5, standoff_m=1.2, reach_m=reach)
    assert reach == pytest.approx(0.38 - 0.074)
    start, end = lane_span_m(3.0, 5.0, found, reach, NO_ERRORS)
    photos = np.arange(start, end + 1e-9, found.photo_spacing_m)
    for label in np.linspace(3.0, 5.0, 201):
        assert np.sum(np.abs(photos - label) <= reach + 1e-9) >= N_LOOKS


def test_a_band_is_limited_by_a_low_or_narrow_opening() -> None:
    b = replace(SITE.layout.bins[1], along_m=2.0, width_m=0.9, height_m=1.3, centre_m=(0.0, 0.0, 0.70))
    band = label_band(b, SITE.labels)
    assert (band.along_min_m, band.along_max_m) == pytest.approx((2.0 - 0.376, 2.0 + 0.376))
    assert (band.low_m, band.high_m) == pytest.approx((0.45, 0.85))
    low = label_band(replace(b, height_m=0.5, centre_m=(0.0, 0.0, 0.30)), SITE.labels)
    assert (low.low_m, low.high_m) == pytest.approx((0.05 + 0.29, 0.55))
    narrow = label_band(replace(b, width_m=0.1), with_labels(SITE, width_mm=148.0).labels)
    assert narrow.along_min_m == narrow.along_max_m == 2.0
