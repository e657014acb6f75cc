"""Distances to racks and boxes, and ways round them."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mission.planning.free_air import FreeAir
from tests.mission.worlds import demo_site, random_site, with_layout
from warehouse.layout import BinKind, KeepOut

PAD = (6.0, 1.5, 1.5)


@pytest.mark.parametrize("seed", range(8))
def test_the_distance_of_a_line_is_the_least_of_its_points(seed: int) -> None:
    air = FreeAir(random_site(seed))
    rng = np.random.default_rng(seed)
    starts, ends = rng.uniform(-6, 8, (40, 3)), rng.uniform(-6, 8, (40, 3))
    ends[:5] = starts[:5]
    ends[5:10, 2] = starts[5:10, 2]
    distances = air.distances_m(starts, ends)
    t = np.linspace(0, 1, 401)[:, None, None]
    sampled = [air.distances_m(p, p) for p in (starts + t * (ends - starts))]
    step_m = np.linalg.norm(ends - starts, axis=-1)[:, None] / 400
    least = np.min(sampled, axis=0)
    assert np.all(distances <= least + 1e-9)
    assert np.all(distances >= least - step_m)


def test_the_drone_fits_into_the_aisle_and_not_into_the_rack() -> None:
    air = FreeAir(demo_site())
    assert air.is_free((6.0, 2.0, 2.0), (6.0, 17.0, 2.0))
    assert air.in_the_way((6.9, 2.0, 2.0), (6.9, 17.0, 2.0)) == ["rack A01-right"]
    assert air.in_the_way((6.0, 8.0, 1.0), (6.0, 8.0, 5.7)) == ["keep-out sprinkler main"]


def test_a_way_into_the_aisle_is_level_first_and_then_steep() -> None:
    assert FreeAir(demo_site()).way(PAD, (6.3, 4.1, 0.65)) == ((6.3, 4.1, 1.5), (6.3, 4.1, 0.65))
    assert FreeAir(demo_site()).way((6.3, 4.1, 0.65), PAD) == ((6.3, 4.1, 1.5), PAD)


def test_a_way_from_one_aisle_end_to_the_other_side_of_a_rack_goes_round_it() -> None:
    air = FreeAir(demo_site())
    behind = (10.5, 10.0, 1.5)
    way = air.way((6.0, 10.0, 1.5), behind)
    assert way is not None
    points = ((6.0, 10.0, 1.5), *way)
    assert all(air.is_free(a, b) for a, b in pairwise(points))
    length = sum(math.dist(a, b) for a, b in pairwise(points))
    straight_round_the_corner = 2 * math.dist((6.0, 10.0), (7.6, 15.3 + 0.75))
    assert length < 1.25 * straight_round_the_corner


def test_a_low_box_before_the_aisle_is_flown_over_or_round_and_a_wall_ends_all_ways() -> None:
    site = demo_site()
    box = KeepOut(name="cart", min_m=(4.0, 2.6, 0.0), max_m=(8.0, 3.0, 1.0))
    way = FreeAir(with_layout(site, keep_outs=(box,))).way(PAD, (6.0, 6.0, 1.5))
    assert way is not None
    assert max(p[2] for p in way) > 1.75 or max(abs(p[0] - 6.0) for p in way) > 2.75
    sides = [((0.0, 0.0), (0.1, 3.0)), ((0.0, 0.0), (12.0, 0.1)), ((11.9, 0.0), (12.0, 3.0)), ((0.0, 2.9), (12.0, 3.0))]
    room = tuple(KeepOut(name="wall", min_m=(*low, 0.0), max_m=(*high, 50.0)) for low, high in sides)
    assert FreeAir(with_layout(site, keep_outs=room)).way(PAD, (6.0, 6.0, 1.5)) is None


def test_a_box_that_stands_askew_is_as_wide_as_it_is_and_no_wider() -> None:
    site = demo_site()
    box = KeepOut(name="column", min_m=(20.0, 20.0, 0.0), max_m=(24.0, 20.2, 9.0), heading_deg=45.0)
    air = FreeAir(with_layout(site, keep_outs=(box,)))
    along = (20.0 + 2 / math.sqrt(2), 20.0 - 2 / math.sqrt(2), 1.5)
    assert air.in_the_way(along, along) == ["keep-out column"]
    beside = (along[0] - 0.9 / math.sqrt(2), along[1] - 0.9 / math.sqrt(2), 1.5)
    assert air.distances_m([beside], [beside])[0][-1] == pytest.approx(0.9)


def test_a_double_deep_rack_reaches_back_as_far_as_both_its_places() -> None:
    site = demo_site()
    fronts = [b for b in site.layout.bins if b.face == "A01-right"]
    rears = tuple(replace(b, code=replace(b.code, text=f"{b.code.text}-2"), kind=BinKind.REAR) for b in fronts)
    face = site.layout.faces["A01-right"]
    x, y, z = face.point_m(5.0, 1.5, -fronts[0].depth_m - 0.9).tolist()
    behind = (x, y, z)
    assert FreeAir(site).in_the_way(behind, behind) == []
    assert FreeAir(with_layout(site, bins=(*site.layout.bins, *rears))).in_the_way(behind, behind) == ["rack A01-right"]


def test_a_low_ceiling_over_an_aisle_is_kept_clear_of_and_flown_under() -> None:
    site = demo_site()
    low = with_layout(site, aisles=(replace(site.layout.aisles[0], ceiling_m=4.0),), keep_outs=())
    air = FreeAir(low)
    assert air.is_free((6.0, 6.0, 3.25), (6.0, 12.0, 3.25))
    assert air.in_the_way((6.0, 6.0, 3.3), (6.0, 12.0, 3.3)) == ["ceiling of A01"]
    assert air.way((6.0, 1.5, 1.5), (6.0, 12.0, 3.25)) is not None
