"""What is planted is what differs between building and books, and nothing else."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from sitl.faults import FaultKind, Planted
from sitl.stock import make_stock
from warehouse.site import Site
from warehouse.site_file import load_site

DEMO_SITE = Path(__file__).parents[2] / "sitl" / "demo_site"
SEEDS = range(60)
EXPECTED = {"missing": 2, "misplaced": 1, "swapped": 2, "unexpected": 1, "duplicate": 1, "unreadable": 2}


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(DEMO_SITE)


def places(fault: Planted) -> set[str]:
    return {fault.expected_location, fault.observed_location} - {""}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_demo_is_planted_with_every_kind(site: Site, seed: int) -> None:
    assert Counter(p.kind.value for p in make_stock(site, seed).planted) == EXPECTED


@pytest.mark.parametrize("seed", SEEDS)
def test_the_planted_faults_explain_every_difference(site: Site, seed: int) -> None:
    stock = make_stock(site, seed)
    told = {code: p.sscc for code, p in stock.booked.items()}
    for fault in stock.planted:
        match fault.kind:
            case FaultKind.MISSING:
                assert told.pop(fault.expected_location) == fault.pallet
            case FaultKind.MISPLACED:
                assert fault.observed_location not in stock.booked
                told[fault.observed_location] = told.pop(fault.expected_location)
            case FaultKind.SWAPPED:
                assert stock.booked[fault.expected_location].sscc == fault.pallet
                told[fault.observed_location] = fault.pallet
            case FaultKind.UNEXPECTED:
                assert fault.pallet not in {p.sscc for p in stock.booked.values()}
                told[fault.observed_location] = fault.pallet
            case FaultKind.DUPLICATE:
                assert stock.booked[fault.expected_location].sscc == fault.pallet
                told[fault.observed_location] = fault.pallet
            case FaultKind.UNREADABLE:
                assert stock.booked[fault.expected_location].sscc == fault.pallet
    standing = {code: load.pallet.sscc for code, load in stock.standing.items() if load.label is not None}
    assert told == standing
    torn = {code for code, load in stock.standing.items() if load.label is not None and load.label.is_torn}
    assert torn == {p.expected_location for p in stock.planted if p.kind is FaultKind.UNREADABLE}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_fault_touches_another_and_all_can_be_seen(site: Site, seed: int) -> None:
    bins = site.layout.bins_by_code
    groups: dict[frozenset[str], set[str]] = {}
    for fault in make_stock(site, seed).planted:
        groups[frozenset(places(fault))] = places(fault)
        assert all(bins[code].kind.is_observable for code in places(fault))
    for ours, others in combinations(groups.values(), 2):
        for a in ours:
            for b in others:
                is_beside = abs(bins[a].along_m - bins[b].along_m) < 1.2 and abs(bins[a].base_m - bins[b].base_m) < 1.5
                assert bins[a].face != bins[b].face or not is_beside, (a, b)


def test_a_building_that_is_too_small_gets_the_faults_that_fit(tmp_path: Path) -> None:
    rows = (DEMO_SITE / "layout.csv").read_text(encoding="utf-8").splitlines()[:14]
    (tmp_path / "layout.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "site.toml").write_bytes((DEMO_SITE / "site.toml").read_bytes())
    stock = make_stock(load_site(tmp_path), 1)
    assert 1 <= len(stock.planted) < 9
