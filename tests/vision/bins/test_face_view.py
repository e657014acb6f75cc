"""Pixels to places on a face and back; which face a frame looks at."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.worlds import demo_site, frame_before, view_of
from vision.bins.face_view import Rect, find_face_view, label_band
from warehouse.layout import RackFace

SITE = demo_site()
LEFT, RIGHT = SITE.layout.faces["A01-left"], SITE.layout.faces["A01-right"]


@given(st.floats(-0.35, 0.35), st.floats(-0.25, 0.25), st.sampled_from([LEFT, RIGHT]), st.floats(-5, 5))
def test_a_place_on_the_face_comes_back_from_its_pixel(right: float, up: float, face: RackFace, roll: float) -> None:
    view = find_face_view(SITE, frame_before(SITE, face, 4.0, 2.1, roll_deg=roll))
    assert view is not None
    pixel = view.pixels(4.0 + right, 2.1 + up)
    assert view.on_face(pixel) == pytest.approx([4.0 + right, 2.1 + up], abs=1e-6)


def test_the_face_is_the_one_that_the_lens_looks_at_and_standoff_is_along_its_normal() -> None:
    for face in (LEFT, RIGHT):
        view = find_face_view(SITE, frame_before(SITE, face, 5.0, 1.0, standoff_m=1.2))
        assert view is not None
        assert view.face is face
        assert (view.standoff_m, view.along_m) == pytest.approx((1.2, 5.0))


def test_a_frame_along_the_aisle_looks_at_no_face() -> None:
    frame = frame_before(SITE, LEFT, 5.0, 1.0)
    turned = dataclasses.replace(frame, pose=dataclasses.replace(frame.pose, heading_deg=frame.pose.heading_deg + 90))
    assert find_face_view(SITE, turned) is None
    assert find_face_view(SITE, dataclasses.replace(frame, camera="left")) is None


def test_through_a_rack_that_the_layout_does_not_have_no_face_is_seen() -> None:
    """A pilot site: of the first aisle only the left side is listed, and behind what is not lies the second aisle."""
    first = SITE.layout.aisles[0]
    second = dataclasses.replace(first, name="A02", start_m=(first.start_m[0] + first.width_m + 2.4, first.start_m[1]))
    bins = tuple(
        dataclasses.replace(b, face="A02-right", code=dataclasses.replace(b.code, text=f"B{b.code.text[1:]}", aisle="A02"))
        if b.face == RIGHT.name
        else b
        for b in SITE.layout.bins
    )
    site = dataclasses.replace(SITE, layout=dataclasses.replace(SITE.layout, aisles=(first, second), bins=bins))
    assert find_face_view(site, frame_before(SITE, RIGHT, 5.0, 1.0)) is None
    view = find_face_view(site, frame_before(SITE, second.face("right"), 5.0, 1.0))
    assert view is not None
    assert view.face.name == "A02-right"


def test_the_window_of_a_bin_that_is_half_in_the_picture_ends_at_its_border() -> None:
    b = SITE.layout.bins_by_code["A01-03-2-2"]
    band = label_band(b, 0.4, 0.8)
    window = view_of(SITE, b, along_m=b.along_m - 0.45).window_px(band)
    assert window is not None
    width, height = SITE.cameras[0].size_px
    assert min(window[0], width - window[2]) < 0.01 * width
    assert window[2] - window[0] < 0.7 * width
    assert 0 < window[1] < window[3] < height
    assert view_of(SITE, b, along_m=b.along_m + 3).window_px(band) is None


def test_sees_is_true_exactly_inside_the_picture() -> None:
    b = SITE.layout.bins_by_code["A01-03-2-2"]
    view = view_of(SITE, b)
    along = np.array([b.along_m, b.along_m + 0.3, b.along_m + 0.6, b.along_m - 3.0])
    assert view.sees(along, np.full(4, b.base_m + 0.6)).tolist() == [True, True, False, False]


@given(st.floats(-10, 10), st.sampled_from([12, 40, 217]), st.sampled_from([11, 25, 160]), st.sampled_from([0.05, 1.1]))
def test_a_grid_of_places_has_the_pixels_of_each_place(roll: float, n_along: int, n_high: int, behind_m: float) -> None:
    view = find_face_view(SITE, frame_before(SITE, LEFT, 4.0, 2.1, roll_deg=roll))
    assert view is not None
    alongs, heights = np.linspace(3.2, 4.9, n_along), np.linspace(1.6, 2.9, n_high)
    each = view.pixels(*np.meshgrid(alongs, heights), behind_m=behind_m)
    assert np.abs(view.pixel_grid(alongs, heights, behind_m=behind_m) - each).max() < 1e-6


def test_the_label_band_stays_inside_a_low_opening() -> None:
    b = dataclasses.replace(SITE.layout.bins[0], height_m=0.6)
    assert label_band(b, 0.4, 0.8) == Rect(
        along_m=(b.along_m - b.width_m / 2, b.along_m + b.width_m / 2),
        height_m=(b.base_m + 0.4, b.base_m + 0.6),
    )
