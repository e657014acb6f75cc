"""A score is worth what its harshest comparison is worth."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sitl.faults import FaultKind
from sitl.score import describe_score, score_run
from sitl.stock import Stock, make_stock
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site

DEMO_SITE = Path(__file__).parents[2] / "sitl" / "demo_site"
SEED = 3
AUTOPILOT = {"name": "builtin", "version": "4.7"}
Row = dict[str, str]


@pytest.fixture
def site() -> Site:
    return load_site(DEMO_SITE)


@pytest.fixture
def stock(site: Site) -> Stock:
    return make_stock(site, SEED)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", DEMO_SITE)


def perfect_locations(site: Site, stock: Stock) -> list[Row]:
    rows = []
    for code, b in site.layout.bins_by_code.items():
        load = stock.standing.get(code)
        status, pallet = "empty", ""
        if not b.kind.is_observable:
            status = "not_observable"
        elif load is not None and load.label is not None:
            status, pallet = ("unreadable", "") if load.label.is_torn else ("read", load.pallet.sscc)
        rows.append({"location": code, "status": status, "verdict": "match", "observed_pallets": pallet})
    return rows


def perfect_discrepancies(stock: Stock) -> list[Row]:
    rows: list[Row] = []
    for kind in (FaultKind.MISSING, FaultKind.MISPLACED, FaultKind.UNEXPECTED):
        faults = (p for p in stock.planted if p.kind is kind)
        rows += [row(kind.value, f.pallet, f.expected_location, f.observed_location) for f in faults]
    a, b = (p for p in stock.planted if p.kind is FaultKind.SWAPPED)
    swap = row("misplaced", b.pallet, b.expected_location, b.observed_location, cause="swapped")
    swap |= {
        "other_pallet": a.pallet,
        "other_expected_location": a.expected_location,
        "other_observed_location": a.observed_location,
    }
    double = next(p for p in stock.planted if p.kind is FaultKind.DUPLICATE)
    twice = row("duplicate", double.pallet, double.expected_location, double.observed_location)
    return [*rows, swap, twice | {"other_observed_location": double.expected_location}]


def row(verdict: str, pallet: str, expected: str, observed: str, cause: str = "") -> Row:
    partner = dict.fromkeys(("other_pallet", "other_expected_location", "other_observed_location"), "")
    places = {"expected_location": expected, "observed_location": observed}
    return {"verdict": verdict, "cause": cause, "pallet": pallet, **places, **partner}


def write(run: RunFolder, locations: list[Row], discrepancies: list[Row]) -> None:
    for path, rows in ((run.reconciliation.locations_path, locations), (run.reconciliation.discrepancies_path, discrepancies)):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def test_a_run_that_says_exactly_what_was_planted_scores_in_full(run: RunFolder, site: Site, stock: Stock) -> None:
    write(run, perfect_locations(site, stock), perfect_discrepancies(stock))
    score = score_run(run, site, SEED, AUTOPILOT, flight_s=171.26)
    assert run.read_json(run.score_path) == score
    assert len(score["planted"]) == 9
    assert score["found"] == score["planted"]
    assert score["missed"] == score["false_accusations"] == score["false_empties"] == score["wrong_locations"] == []
    assert score["empties"] == score["true_empties"] > 0
    assert (score["read_rate"], score["label_to_location_rate"]) == (1.0, 1.0)
    assert score["read_rate_numerator"] == score["read_rate_denominator"] == score["label_to_location_rate_denominator"] == 76
    assert (score["locations"], score["flight_s"], score["autopilot"]) == (96, 171.3, AUTOPILOT)
    assert describe_score(score).startswith("Planted faults found: 9 of 9. Pallets accused wrongly: 0.")


@pytest.mark.parametrize("field", ["pallet", "expected_location", "observed_location", "verdict"])
def test_an_accusation_that_is_wrong_in_one_field_is_false_and_the_fault_is_missed(
    run: RunFolder, site: Site, stock: Stock, field: str
) -> None:
    rows = perfect_discrepancies(stock)
    wrong = next(r for r in rows if r["verdict"] == "misplaced" and r["cause"] == "")
    wrong[field] = {"pallet": "384123450000000012", "verdict": "wrong_content"}.get(field, "A01-01-1-1")
    write(run, perfect_locations(site, stock), rows)
    score = score_run(run, site, SEED, AUTOPILOT, flight_s=1.0)
    assert [f["kind"] for f in score["missed"]] == ["misplaced"]
    kind = "wrong_content" if field == "verdict" else "misplaced"
    fields = ("pallet", "expected_location", "observed_location")
    assert score["false_accusations"] == [{"kind": kind, **{f: wrong[f] for f in fields}}]
    assert f"not found: misplaced, pallet {score['missed'][0]['pallet']}" in describe_score(score)


def test_half_a_swap_finds_half_a_swap(run: RunFolder, site: Site, stock: Stock) -> None:
    rows = perfect_discrepancies(stock)
    next(r for r in rows if r["cause"] == "swapped")["other_pallet"] = "384123450000000012"
    write(run, perfect_locations(site, stock), rows)
    score = score_run(run, site, SEED, AUTOPILOT, flight_s=1.0)
    assert [f["kind"] for f in score["missed"]] == ["swapped"]
    assert [f["kind"] for f in score["false_accusations"]] == ["swapped"]


def test_verdicts_that_accuse_nobody_are_neither_found_nor_false(run: RunFolder, site: Site, stock: Stock) -> None:
    rows = [r | {"verdict": "low_confidence"} for r in perfect_discrepancies(stock)]
    write(run, perfect_locations(site, stock), rows)
    score = score_run(run, site, SEED, AUTOPILOT, flight_s=1.0)
    assert [f["kind"] for f in score["found"]] == ["unreadable", "unreadable"]
    assert score["false_accusations"] == []


def test_a_label_booked_to_the_bin_beside_lowers_the_rate_of_locations_but_not_of_reads(
    run: RunFolder, site: Site, stock: Stock
) -> None:
    locations = perfect_locations(site, stock)
    full = next(r for r in locations if r["observed_pallets"])
    empty = next(r for r in locations if r["status"] == "empty")
    empty["observed_pallets"], full["observed_pallets"] = full["observed_pallets"], ""
    full["status"] = "empty"
    write(run, locations, perfect_discrepancies(stock))
    score = score_run(run, site, SEED, AUTOPILOT, flight_s=1.0)
    assert score["read_rate_numerator"] == 76
    assert score["label_to_location_rate_numerator"] == 75
    assert score["wrong_locations"] == [{"location": empty["location"], "pallet": empty["observed_pallets"]}]
    assert score["false_empties"] == [full["location"]]
    assert score["empties"] == score["true_empties"] + 1


def test_a_run_that_was_not_reconciled_says_what_to_run_first(run: RunFolder, site: Site) -> None:
    with pytest.raises(BadInputError, match="run first: aislescan reconcile"):
        score_run(run, site, SEED, AUTOPILOT, flight_s=1.0)
