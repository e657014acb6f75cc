"""Windows, looks and pace against figures worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from mission.planning.flight_errors import INDOOR_ERRORS, FlightErrors, errors_of
from mission.planning.label_bands import label_band, upright_free_m
from mission.planning.readability import Look, lane_span_m, look, motion_px, motion_share, pace
from mission.planning.windows import highest_window, tallest_window, widest_window
from mission.records import Direction
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
    pace_mps=0,
    trigger_delay_s=0,
)


def look_at(camera: CameraModel = CAMERA, *, free_m: float = math.inf, direction: Direction = Direction.LEVEL) -> Look:
    return look(
        camera,
        SITE.labels,
        NO_ERRORS,
        direction,
        standoff_m=1.2,
        half_breadth_m=0.2,
        upright_free_m=free_m,
        margin=1.0,
    )


def test_blur_is_the_way_flown_during_the_exposure() -> None:
    assert motion_px(CAMERA, 1.0, 1.0) == pytest.approx(0.0005 * 5150)


def test_without_errors_or_distortion_the_window_is_the_picture() -> None:
    window = widest_window(CAMERA, 1.2, 0.2, NO_ERRORS, sticker_height_m=0.2)
    assert window.half_width_m == pytest.approx(3840 / 5150 * 1.2 / 2, abs=2e-4)
    assert tallest_window(CAMERA, 1.2, SITE.labels, NO_ERRORS).half_height_m == pytest.approx(2400 / 5150 * 1.2 / 2, abs=2e-4)
    assert highest_window(CAMERA, 1.2, 0.2, NO_ERRORS).half_height_m == pytest.approx(2400 / 5150 * 1.2 / 2, abs=2e-4)


def test_errors_and_pincushion_shrink_the_window() -> None:
    plain = widest_window(CAMERA, 1.2, 0.2, NO_ERRORS, sticker_height_m=0.2)
    assert widest_window(CAMERA, 1.2, 0.2, INDOOR_ERRORS, sticker_height_m=0.2).half_width_m < plain.half_width_m
    assert highest_window(CAMERA, 1.2, 0.2, INDOOR_ERRORS).half_height_m < 0.27
    pincushion = replace(CAMERA, distortion=(0.1, 0.0))
    assert widest_window(pincushion, 1.2, 0.2, NO_ERRORS, sticker_height_m=0.2).half_width_m < plain.half_width_m


def test_a_drone_that_knows_its_place_less_well_has_a_smaller_window() -> None:
    assert errors_of(None) == errors_of(0.03) == INDOOR_ERRORS
    lost = errors_of(0.20)
    assert (lost.height_m, lost.outward_m, lost.along_m) == (0.2, 0.2, 0.2)
    known = tallest_window(CAMERA, 1.2, SITE.labels, INDOOR_ERRORS).half_height_m
    assert tallest_window(CAMERA, 1.2, SITE.labels, lost).half_height_m < known - 0.1


def test_a_window_higher_than_the_picture_has_no_width() -> None:
    assert widest_window(CAMERA, 1.2, 0.4, NO_ERRORS, sticker_height_m=0.2).half_width_m == 0.0
    assert highest_window(CAMERA, 1.2, 0.5, NO_ERRORS).half_height_m == 0.0


def test_a_movement_along_the_bars_of_a_linear_code_blurs_a_seventh_of_one_across() -> None:
    upright = with_labels(SITE, bars="upright").labels
    assert motion_share(upright, Direction.LEVEL) == 1.0
    assert motion_share(upright, Direction.COLUMN) == pytest.approx(1 / 7, abs=0.01)
    assert motion_share(with_labels(SITE, bars="lying").labels, Direction.LEVEL) == pytest.approx(1 / 7, abs=0.01)
    assert motion_share(SITE.labels, Direction.COLUMN) == 1.0
    assert motion_share(with_labels(SITE, bars="upright", symbologies=("QRCode",)).labels, Direction.COLUMN) == 1.0


def test_an_upright_takes_away_the_pictures_in_which_it_stands_before_the_label() -> None:
    open_ = look_at()
    assert open_.reach_m == pytest.approx(3840 / 5150 * 0.6 - 0.074, abs=2e-4)
    assert open_.clear_share == 1.0
    # A label 0.10 m behind the face, its edge 0.02 m beside the upright: from 1.2 m the upright comes before it when the camera is
    # 0.02 x 1.3 / 0.1 = 0.26 m beyond that edge, which is 0.186 m beyond the middle of the label.
    hidden = look_at(free_m=0.02)
    assert hidden.reach_m == pytest.approx(0.26 - 0.074)
    assert hidden.clear_share == pytest.approx((open_.reach_m + 0.186) / (2 * open_.reach_m))
    assert look_at(free_m=0.01, direction=Direction.COLUMN).clear_share == 0.0


def test_the_pace_is_bound_by_cruise_blur_or_camera_whichever_is_slowest() -> None:
    seen = replace(look_at(), reach_m=0.306, blur_speed_mps=0.93)

    def bound(fastest_mps: float, camera: CameraModel) -> tuple[float, str]:
        found = pace(((camera, seen, 1.2),), NO_ERRORS, n_looks=2, fastest_mps=fastest_mps, fastest_because="cruise_mps")
        return found.speed_mps, found.speed_bound_by

    assert bound(0.5, CAMERA) == (0.5, "cruise_mps")
    assert bound(9.0, CAMERA) == (0.93, "motion blur of 2.0 px in an exposure of 0.5 ms")
    assert bound(9.0, replace(CAMERA, min_interval_s=1.0)) == (0.3, "one photo every 1 s, the most that the camera takes")


def test_two_cameras_fly_at_the_pace_of_the_one_that_needs_more() -> None:
    wide, narrow = replace(look_at(), reach_m=0.4), replace(look_at(), reach_m=0.2)
    both = pace(
        ((CAMERA, wide, 1.2), (CAMERA, narrow, 1.2)),
        NO_ERRORS,
        n_looks=2,
        fastest_mps=0.5,
        fastest_because="the drone's cruise_mps",
    )
    assert both.photo_spacing_m == 0.2


@pytest.mark.parametrize("n_looks", [1, 2, 3])
def test_any_stretch_as_long_as_the_reach_holds_the_looks(n_looks: int) -> None:
    seen = replace(look_at(), reach_m=0.306)
    found = pace(((CAMERA, seen, 1.2),), NO_ERRORS, n_looks=n_looks, fastest_mps=0.5, fastest_because="cruise_mps")
    start, end = lane_span_m(3.0, 5.0, found, seen.reach_m, before_m=0.0, after_m=0.0)
    photos = np.arange(start, end + 1e-9, found.photo_spacing_m)
    for label in np.linspace(3.0, 5.0, 201):
        assert np.sum(np.abs(photos - label) <= seen.reach_m + 1e-9) >= n_looks


def test_a_band_is_limited_by_a_low_or_narrow_opening_and_keeps_from_its_sides() -> None:
    b = replace(SITE.layout.bins[1], along_m=2.0, width_m=0.9, height_m=1.3, centre_m=(0.0, 0.0, 0.70))
    band = label_band(b, SITE.labels)
    assert (band.along_min_m, band.along_max_m) == pytest.approx((2.0 - 0.326, 2.0 + 0.326))
    assert (band.low_m, band.high_m) == pytest.approx((0.45, 0.85))
    assert (band.middle_low_m, band.middle_high_m) == pytest.approx((0.555, 0.745))
    low = label_band(replace(b, height_m=0.5, centre_m=(0.0, 0.0, 0.30)), SITE.labels)
    assert (low.low_m, low.high_m) == pytest.approx((0.05 + 0.29, 0.55))
    narrow = label_band(replace(b, width_m=0.1), with_labels(SITE, width_mm=148.0).labels)
    assert narrow.along_min_m == narrow.along_max_m == 2.0


def test_the_free_side_of_a_label_is_what_lies_between_its_edge_and_the_nearest_upright() -> None:
    b = replace(SITE.layout.bins[1], along_m=2.0, width_m=0.9)
    band = label_band(b, SITE.labels)
    assert upright_free_m([1.5, 2.6], band, SITE.labels) == pytest.approx(2.0 - 0.4 - 1.55)
    assert upright_free_m([], band, SITE.labels) == math.inf
    assert upright_free_m([1.9], band, SITE.labels) == 0.0
