"""What the simulated range sensor tells of the seeded stock."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from sitl.range_sensor import Ranger
from sitl.stock import Stock, make_stock
from warehouse.coordinates import heading_from_along
from warehouse.layout import Bin
from warehouse.poses import Pose
from warehouse.range_sensor import RangeSensor
from warehouse.site import Site
from warehouse.site_file import load_site

DEMO_SITE = Path(__file__).parents[2] / "sitl" / "demo_site"
STANDOFF_M = 1.3
SENSOR = RangeSensor(side="right", beam_deg=2.0, min_m=0.1, max_m=8.0, sigma_m=0.03)


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(DEMO_SITE)


@pytest.fixture(scope="module")
def stock(site: Site) -> Stock:
    return make_stock(site, 209)


@pytest.fixture(scope="module")
def ranger(site: Site, stock: Stock) -> Ranger:
    return Ranger(site, stock, SENSOR)


def before(site: Site, b: Bin, *, above_base_m: float = 0.5, aside_m: float = 0.0, side: str = "right") -> Pose:
    face = site.layout.faces[b.face]
    x, y, z = (float(v) for v in face.point_m(b.along_m + aside_m, b.base_m + above_base_m, STANDOFF_M))
    turn = 90.0 if side == "right" else -90.0
    heading = (heading_from_along(-np.asarray(face.outward)) - turn) % 360.0
    return Pose(time_s=0.0, position_m=(x, y, z), roll_deg=0.0, pitch_deg=0.0, heading_deg=heading)


@pytest.mark.parametrize("side", ["left", "right"])
def test_it_tells_the_front_of_each_load_and_what_lies_behind_each_empty_bin(site: Site, stock: Stock, side: str) -> None:
    ranger = Ranger(site, stock, dataclasses.replace(SENSOR, side=side))
    n_empty = 0
    for b in site.layout.bins:
        if not b.kind.is_observable:
            continue
        told = ranger.true_distance_m(before(site, b, side=side))
        load = stock.standing.get(b.code.text)
        n_empty += load is None
        behind = 1.4 if load is None else load.setback_m  # 0.3 m behind a rack of 1.1 m stands something
        assert told == pytest.approx(STANDOFF_M + behind, abs=0.002), b.code.text
    assert n_empty > 10


def test_a_beam_over_a_low_load_tells_nothing_of_it(site: Site, stock: Stock) -> None:
    b = next(b for b in site.layout.bins if b.code.text in stock.standing and b.kind.is_observable)
    low = dataclasses.replace(stock.standing[b.code.text], height_m=0.4)
    ranger = Ranger(site, dataclasses.replace(stock, standing={**stock.standing, b.code.text: low}), SENSOR)
    assert ranger.true_distance_m(before(site, b, above_base_m=0.6)) == pytest.approx(STANDOFF_M + 1.4, abs=0.002)
    assert ranger.true_distance_m(before(site, b, above_base_m=0.3)) == pytest.approx(STANDOFF_M + low.setback_m, abs=0.002)


def test_on_an_edge_it_tells_something_between_near_and_far(site: Site, stock: Stock, ranger: Ranger) -> None:
    b = next(b for b in site.layout.bins if b.code.text not in stock.standing and b.kind.is_observable and b.base_m > 1.0)
    told = [ranger.true_distance_m(before(site, b, above_base_m=float(h))) for h in np.arange(-0.2, 0.2, 0.005)]
    behind = np.array([t for t in told if t is not None]) - STANDOFF_M
    assert behind.min() < 0.1  # the beam
    assert ((behind > 0.2) & (behind < 1.0)).any()
    assert behind.max() > 1.3


def test_what_lies_beyond_its_range_it_does_not_tell(site: Site, stock: Stock) -> None:
    b = next(b for b in site.layout.bins if b.code.text not in stock.standing and b.kind.is_observable)
    short = Ranger(site, stock, dataclasses.replace(SENSOR, max_m=2.0))
    assert sum(short.measure(before(site, b)) is None for _ in range(200)) >= 195  # the others are wild ones


def test_its_readings_scatter_as_it_says_with_gaps_and_wild_ones(site: Site, stock: Stock) -> None:
    b = next(b for b in site.layout.bins if b.code.text in stock.standing and b.kind.is_observable)
    pose = before(site, b)
    ranger = Ranger(site, stock, SENSOR)
    true_m = ranger.true_distance_m(pose)
    assert true_m is not None
    told = [ranger.measure(pose) for _ in range(2000)]
    assert 0.02 < told.count(None) / 2000 < 0.045
    off = np.array([t for t in told if t is not None]) - true_m
    sound = np.abs(off) < 0.2
    assert 0.001 < 1 - sound.mean() < 0.012
    assert off[sound].std() == pytest.approx(0.03, rel=0.1)
    again = Ranger(site, stock, SENSOR)
    again.true_distance_m(pose)
    assert [again.measure(pose) for _ in range(2000)] == told
