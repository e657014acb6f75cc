"""Laws of the simulated stock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sitl.faults import FaultCounts
from sitl.stock import DECK_M, make_stock
from warehouse.errors import BadInputError
from warehouse.layout import BinKind
from warehouse.pallet_ids import PalletId, PalletIdKind
from warehouse.site import Site
from warehouse.site_file import load_site

DEMO_SITE = Path(__file__).parents[2] / "sitl" / "demo_site"
SEEDS = range(40)


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(DEMO_SITE)


def test_the_same_seed_makes_the_same_stock_and_another_seed_another(site: Site) -> None:
    assert make_stock(site, 5) == make_stock(load_site(DEMO_SITE), 5)
    assert make_stock(site, 5).booked != make_stock(site, 6).booked


@pytest.mark.parametrize("seed", SEEDS)
def test_every_identity_is_an_sscc_that_the_erp_books_once(site: Site, seed: int) -> None:
    stock = make_stock(site, seed)
    booked = [PalletId(PalletIdKind.SSCC, p.sscc) for p in stock.booked.values()]
    assert len(set(booked)) == len(booked)
    standing = [load.pallet.sscc for load in stock.standing.values()]
    duplicates = {p.pallet for p in stock.planted if p.kind == "duplicate"}
    assert {s for s in standing if standing.count(s) > 1} == duplicates


@pytest.mark.parametrize("seed", SEEDS)
def test_every_sticker_hangs_whole_in_the_band_and_clear_of_the_edges(site: Site, seed: int) -> None:
    for code, load in make_stock(site, seed).standing.items():
        wanted = site.layout.bins_by_code[code]
        assert DECK_M < load.height_m < wanted.height_m
        assert abs(load.right_m) + load.width_m / 2 < wanted.width_m / 2
        if load.label is None:
            assert wanted.kind is BinKind.FORBIDDEN
            continue
        label, tilt = load.label, np.radians(abs(load.label.tilt_deg))
        half_height = (label.height_m * np.cos(tilt) + label.width_m * np.sin(tilt)) / 2
        half_width = (label.width_m * np.cos(tilt) + label.height_m * np.sin(tilt)) / 2
        assert label.above_base_m - half_height >= site.labels.lowest_m - 1e-9
        assert label.above_base_m + half_height <= min(site.labels.highest_m, load.height_m) + 1e-9
        assert abs(label.right_m) + half_width <= load.width_m / 2 - 0.05 + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_enough_bins_are_empty_in_the_building_and_in_the_books(site: Site, seed: int) -> None:
    stock = make_stock(site, seed)
    observable = [code for code, b in site.layout.bins_by_code.items() if b.kind.is_observable]
    assert sum(code not in stock.standing and code not in stock.booked for code in observable) >= 10


def test_without_faults_building_and_books_agree(site: Site) -> None:
    none = FaultCounts(missing=0, misplaced=0, swapped=0, unexpected=0, duplicate=0, unreadable=0)
    stock = make_stock(site, 5, none)
    labelled = {code: load.pallet for code, load in stock.standing.items() if load.label is not None}
    assert stock.planted == ()
    assert labelled == stock.booked


def test_identities_begin_as_the_site_demands(site: Site) -> None:
    strict = replace(site, labels=replace(site.labels, sscc_prefixes=("08437001",)))
    assert {p.sscc[:8] for p in make_stock(strict, 5).booked.values()} == {"08437001"}


def test_a_prefix_that_leaves_too_few_serial_numbers_is_named(site: Site) -> None:
    narrow = replace(site, labels=replace(site.labels, sscc_prefixes=("38412345678901234", "3841234567890123")))
    with pytest.raises(BadInputError, match="sscc_prefixes: 3841234567890123 leaves too few serial numbers"):
        make_stock(narrow, 5)


def test_of_several_prefixes_the_one_with_the_most_serial_numbers_is_used(site: Site) -> None:
    several = replace(site, labels=replace(site.labels, sscc_prefixes=("38412345678901234", "384123456")))
    assert all(load.pallet.sscc.startswith("384123456") for load in make_stock(several, 5).standing.values())
