"""Which bin a place on a face belongs to, and by what margin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.worlds import demo_site
from vision.bins.placing import place
from warehouse.layout import Bin, BinKind

SITE = demo_site()
BINS = [b for b in SITE.layout.bins if b.kind is not BinKind.REAR]


@given(st.sampled_from(BINS), st.floats(-0.49, 0.49), st.floats(-0.49, 0.49))
def test_every_place_in_an_opening_belongs_to_its_bin(b: Bin, right: float, up: float) -> None:
    where = place(SITE.layout, b.face, b.along_m + right * b.width_m, b.centre_m[2] + up * b.height_m)
    assert where is not None
    assert where.location == b.code.text
    assert where.margin_m >= 0


def test_the_margin_is_the_distance_to_the_neighbours_opening() -> None:
    b = SITE.layout.bins_by_code["A01-03-2-2"]
    where = place(SITE.layout, b.face, b.along_m + 0.35, b.centre_m[2])
    assert where is not None
    assert where.runner_up in ("A01-03-2-1", "A01-03-2-3")
    assert where.margin_m == pytest.approx(0.10)


def test_a_forbidden_bin_keeps_what_hangs_in_it() -> None:
    b = SITE.layout.bins_by_code["A01-01-1-1"]
    assert b.kind is BinKind.FORBIDDEN
    where = place(SITE.layout, b.face, b.along_m, b.base_m + 0.6)
    assert where is not None
    assert where.location == "A01-01-1-1"


def test_a_place_far_from_every_opening_belongs_to_none() -> None:
    assert place(SITE.layout, "A01-left", 5.0, 9.0) is None
    assert place(SITE.layout, "A01-left", -2.0, 1.0) is None


def test_a_place_between_two_bins_is_of_the_one_whose_labels_may_hang_nearer() -> None:
    b = SITE.layout.bins_by_code["A01-03-2-2"]
    near_the_side = place(SITE.layout, b.face, b.along_m + 0.35, b.centre_m[2])
    assert near_the_side is not None
    assert near_the_side.is_beside
    assert near_the_side.wrong_chance(0.1, 0.0) == pytest.approx(0.16, abs=0.005)
    assert near_the_side.wrong_chance(0.1, 0.12) < 0.06


@given(st.floats(0.0, 0.44), st.floats(0.01, 0.4), st.floats(0.0, 0.2))
def test_no_place_is_more_likely_wrong_than_right(off_m: float, sigma_m: float, clear_m: float) -> None:
    b = SITE.layout.bins_by_code["A01-03-2-2"]
    where = place(SITE.layout, b.face, b.along_m + off_m, b.centre_m[2])
    assert where is not None
    assert 0.0 <= where.wrong_chance(sigma_m, clear_m) <= 0.5 + 1e-9


def test_at_an_upright_only_the_distance_counts() -> None:
    b = SITE.layout.bins_by_code["A01-03-2-3"]
    where = place(SITE.layout, b.face, b.along_m + 0.45, b.centre_m[2])
    assert where is not None
    assert not where.is_beside
    assert where.wrong_chance(0.05, 0.0) == where.wrong_chance(0.05, 0.2)
