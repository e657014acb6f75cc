from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from tests.warehouse.strategies import floats, points_m
from warehouse.layout import Aisle, BinKind
from warehouse.site_file import load_site

NORTH = Aisle(name="A01", start_m=(6.0, 4.0), heading_deg=0.0, length_m=11.3, width_m=3.2)


def test_the_right_face_of_a_northward_aisle_stands_east_and_looks_west() -> None:
    face = NORTH.face("right")
    assert face.name == "A01-right"
    assert face.origin_m == pytest.approx((7.6, 4.0, 0.0))
    assert face.along == pytest.approx((0.0, 1.0, 0.0))
    assert face.outward == pytest.approx((-1.0, 0.0, 0.0))


def test_the_left_face_stands_across_the_aisle() -> None:
    face = NORTH.face("left")
    assert face.origin_m == pytest.approx((4.4, 4.0, 0.0))
    assert face.outward == pytest.approx((1.0, 0.0, 0.0))


@given(floats(-360, 360))
def test_the_faces_of_any_aisle_look_at_one_another_across_its_width(heading: float) -> None:
    aisle = Aisle(name="A", start_m=(1.0, 2.0), heading_deg=heading, length_m=10.0, width_m=3.0)
    left, right = aisle.face("left"), aisle.face("right")
    assert np.allclose(np.asarray(left.outward), -np.asarray(right.outward))
    assert np.allclose(np.asarray(left.origin_m) + 3.0 * np.asarray(left.outward), right.origin_m)
    assert np.allclose(np.cross(right.outward, right.along), [0, 0, -1])  # walking along, the right face looks to the left


@given(floats(-360, 360), points_m)
def test_face_coordinates_and_points_are_inverse(heading: float, at: tuple[float, float, float]) -> None:
    face = Aisle(name="A", start_m=(1.0, 2.0), heading_deg=heading, length_m=10.0, width_m=3.0).face("left")
    along, height, outward = at
    assert np.allclose(face.face_coordinates_m(face.point_m(along, height, outward)), [along, height, outward], atol=1e-9)


def test_a_bin_hangs_on_the_plane_of_its_face(demo_site_folder: Path) -> None:
    layout = load_site(demo_site_folder).layout
    for b in layout.bins:
        along, height, outward = layout.faces[b.face].face_coordinates_m(np.asarray(b.centre_m))
        assert (along, height, outward) == pytest.approx((b.along_m, b.base_m + b.height_m / 2, 0.0), abs=1e-9)


def test_faces_without_a_bin_are_left_out_and_the_others_keep_their_order(demo_site_folder: Path) -> None:
    path = demo_site_folder / "layout.csv"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if ",left," not in line))
    layout = load_site(demo_site_folder).layout
    assert list(layout.faces) == ["A01-right"]
    assert layout.bins_of_face("A01-right") == layout.bins
    assert layout.bins_by_code[layout.bins[0].code.text] is layout.bins[0]
    assert layout.aisle("A01").name == "A01"


def test_only_normal_and_picking_bins_can_be_judged_from_the_aisle() -> None:
    assert {kind for kind in BinKind if kind.is_observable} == {BinKind.NORMAL, BinKind.PICKING}
