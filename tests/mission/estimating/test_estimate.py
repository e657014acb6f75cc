"""The arithmetic of an estimate against figures worked out by hand, and what a file of candidates may say."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from mission.estimating.answer import PACKAGE, answer, describe_estimate, rows
from mission.estimating.candidates import Candidate, Owner, as_in_site, read_candidates
from mission.estimating.estimate import Estimate, by_hand, make_estimate
from mission.planning.planner import make_plan
from tests.mission.worlds import demo_site, with_drone
from warehouse.errors import BadInputError, FaultsError
from warehouse.site import Site
from warehouse.texts import texts_of

OWNER, SHIPPED = read_candidates()


def own(site: Site, **prices: float) -> Candidate:
    return replace(as_in_site(site), **prices)  # type: ignore[arg-type]


def test_counting_by_hand_costs_locations_over_rate_times_wage_times_counts() -> None:
    owner = replace(OWNER, manual_per_hour=50.0, manual_people=2, wage_per_hour=20.0, truck_per_hour=10.0, counts_a_year=6)
    hand = by_hand(300, owner)
    assert (hand.hours_per_count, hand.people_hours_per_count, hand.cost_a_year) == (6.0, 12.0, 6.0 * (2 * 20 + 10) * 6)


def test_the_demo_site_takes_the_time_of_its_plan_and_a_person_for_what_is_not_read() -> None:
    site = demo_site()
    owner = replace(OWNER, read_share=1.0)
    plan = make_plan(site)
    estimate = make_estimate(site, owner, [own(site, price=3000.0, battery_price=90.0, batteries=4)])
    (offer,) = estimate.offers
    assert estimate.n_locations == 94  # of 96, one is forbidden and one unused
    assert (offer.n_readable, offer.share_readable, offer.n_barely, offer.n_sorties, offer.n_nights) == (94, 1.0, 0, 1, 1)
    assert offer.flight_h == pytest.approx(plan.sorties[0].time_s / 3600)
    assert offer.drone_h == pytest.approx(offer.flight_h + (30 * 60 + 120) / 3600)
    assert offer.by_hand_h == 0.0
    assert offer.people_hours_per_count == pytest.approx(offer.drone_h + 20 / 60)
    per_count = offer.people_hours_per_count * 22 + 90 / 300
    assert offer.running_a_year == pytest.approx(4 * per_count + 300)
    assert offer.purchase == 3000 + 4 * 90
    assert offer.cost_a_year == pytest.approx(offer.running_a_year + 3360 / 3)
    assert offer.saves_a_year == pytest.approx(4 * 0.94 * 22 - offer.running_a_year)
    assert offer.payback_months is None  # 94 locations are sooner counted by hand
    assert offer.counts_a_year == 250


def test_labels_that_are_not_read_although_they_could_be_are_counted_by_hand() -> None:
    site = demo_site()
    (offer,) = make_estimate(site, replace(OWNER, read_share=0.5), [own(site)]).offers
    assert offer.by_hand_h == pytest.approx(47 / 100)


def test_it_pays_from_the_number_of_counts_at_which_both_ways_cost_the_same() -> None:
    site = demo_site()
    owner = replace(OWNER, manual_per_hour=10.0, counts_a_year=100.0)
    (offer,) = make_estimate(site, owner, [own(site, price=3000.0)]).offers
    assert offer.pays_from_counts is not None
    for counts, is_cheaper in ((offer.pays_from_counts, True), (offer.pays_from_counts - 1, False)):
        (at,) = make_estimate(site, replace(owner, counts_a_year=counts), [own(site, price=3000.0)]).offers
        assert at.cost_a_year is not None
        assert (at.cost_a_year <= by_hand(94, replace(owner, counts_a_year=counts)).cost_a_year) is is_cheaper
    assert offer.payback_months == pytest.approx(12 * 3000 / offer.saves_a_year)


def test_few_batteries_wait_for_the_charger_and_long_counts_take_several_nights() -> None:
    site = with_drone(demo_site(), battery_wh=7.0)
    n = len(make_plan(site).sorties)
    assert n >= 3
    owner = replace(OWNER, setup_min=0.0, swap_s=60.0, charge_min=60.0)
    one, enough = (make_estimate(site, owner, [own(site, batteries=float(b))]).offers[0] for b in (1, n))
    flight_h = enough.flight_h
    assert enough.drone_h == pytest.approx(flight_h + n * 60 / 3600)
    assert one.drone_h == pytest.approx(enough.drone_h + (n - 1) * 1.0)  # each later sortie waits for the one battery
    assert enough.batteries_wanted == n
    nightly = make_estimate(site, replace(owner, hours_a_night=0.04), [own(site, batteries=float(n))]).offers[0]
    assert nightly.n_nights == n
    assert nightly.counts_a_year == 250 // n


def test_counts_that_do_not_fit_into_the_nights_neither_cost_nor_save() -> None:
    site = demo_site()
    owner = replace(OWNER, manual_per_hour=10.0, nights_a_week=0.1, counts_a_year=365.0)
    estimate = make_estimate(site, owner, [own(site, price=300.0)])
    (offer,) = estimate.offers
    assert (offer.counts_a_year, offer.counted_a_year) == (5, 5.0)
    (five,) = make_estimate(site, replace(owner, counts_a_year=5.0), [own(site, price=300.0)]).offers
    assert offer == five
    assert offer.saves_a_year == pytest.approx(5 * 9.4 * 22 - offer.running_a_year)
    said = answer(estimate, texts_of(PACKAGE, "en"))
    assert "The 365 counts a year that you want do not fit into the nights: 5 counts at most" in said
    assert "At 5 counts a year it saves" in said
    assert "cost and payback are for those that fit" in describe_estimate(estimate)


def test_a_night_too_short_for_one_flight_holds_no_count() -> None:
    site = demo_site()
    turn_h = make_plan(site).sorties[0].time_s / 3600 + 120 / 3600
    just, short = (replace(OWNER, hours_a_night=0.5 + turn_h + more) for more in (1e-6, -1e-6))
    (fits,) = make_estimate(site, just, [own(site, price=300.0)]).offers
    assert (fits.n_nights, fits.counts_a_year) == (1, 250)
    estimate = make_estimate(site, short, [own(site, price=300.0)])
    (offer,) = estimate.offers
    assert (offer.n_nights, offer.counts_a_year, offer.counted_a_year, offer.payback_months) == (0, 0, 0, None)
    said = answer(estimate, texts_of(PACKAGE, "en"))
    assert said.endswith(
        "No count fits into the nights: to set up and fly the longest flight takes longer than the 0.6 h of a night."
    )


@pytest.mark.parametrize(
    ("lang", "said", "month"), [("en", "paid for itself after 1 month.", "1 month"), ("es", "se amortiza en 1 mes.", "1 mes")]
)
def test_a_payback_of_days_is_one_month_in_the_sentence_as_in_the_table(lang: str, said: str, month: str) -> None:
    site, t = demo_site(), texts_of(PACKAGE, lang)
    estimate = make_estimate(site, replace(OWNER, manual_per_hour=1.0, counts_a_year=250.0), [own(site, price=300.0)])
    (offer,) = estimate.offers
    assert offer.payback_months is not None
    assert 0 < offer.payback_months < 0.5
    assert said in answer(estimate, t)
    assert rows(estimate, t)[1][9] == month


def test_the_best_offer_is_the_cheapest_that_reads_with_its_full_margin() -> None:
    site = demo_site()
    estimate = make_estimate(site, OWNER, SHIPPED)
    able = [o for o in estimate.offers if o.share_readable >= 0.9 and o.n_barely == 0]
    assert estimate.best is not None
    assert estimate.best.cost_a_year == min(o.cost_a_year or math.inf for o in able)
    assert answer(estimate, texts_of(PACKAGE, "en")).startswith(f"{estimate.best.name} can read 100 % of the locations.")


def test_a_small_drone_without_a_lamp_reads_nothing_and_the_table_says_why() -> None:
    estimate = make_estimate(demo_site(), OWNER, SHIPPED[:1])
    assert estimate.best is None
    said = describe_estimate(estimate)
    assert "94 locations not: its pictures are blurred by movement: it needs more light" in said
    assert "None of these drones reads the labels of this warehouse." in said


def test_the_ceiling_stays_that_of_the_site_whatever_is_bought() -> None:
    site = with_drone(demo_site(), min_height_m=0.5, max_height_m=3.0)
    for candidate in SHIPPED:
        assert candidate.at(site).drone.max_height_m == 3.0


def test_a_file_of_candidates_needs_only_what_differs_from_the_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "offers.toml"
    path.write_text(MINE)
    owner, (mine,) = read_candidates(path)
    assert owner == replace(OWNER, wage_per_hour=31.5, currency="CHF")
    assert (mine.name, mine.note, mine.price, mine.batteries, mine.cameras[0].side) == ("Offer A", "", None, 1.0, "left")


MINE = """
format = 1
[owner]
wage_per_hour = 31.5
currency = "CHF"
[[candidate]]
name = "Offer A"
[candidate.drone]
radius_m = 0.3
clearance_m = 0.3
cruise_mps = 1.0
climb_mps = 0.5
battery_wh = 80.0
hover_w = 200.0
[candidate.camera]
mounting = "left"
size_px = [3840, 2400]
focal_px = 5150.0
exposure_s = 0.0005
min_interval_s = 0.2
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("radius_m = 0.3", "radius = 0.3", r"candidate\[1\].drone.radius: unknown name; did you mean radius_m\?"),
        ("wage_per_hour = 31.5", "wage_per_hour = -1", "owner.wage_per_hour: expected more than 0, got -1"),
        ("wage_per_hour = 31.5", "read_share = 1.2", "owner.read_share: expected a share from 0 to 1, got 1.2"),
        ('mounting = "left"', 'mounting = "up"', r'candidate\[1\].camera.mounting: expected "left", "right" or "both"'),
        ("format = 1", "format = 2", "format: expected 1"),
    ],
)
def test_every_fault_of_a_file_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    path = tmp_path / "offers.toml"
    path.write_text(MINE.replace(old, new))
    with pytest.raises(FaultsError, match=fault):
        read_candidates(path)


def test_the_shipped_list_speaks_both_languages() -> None:
    spanish = read_candidates(lang="es")[1]
    assert spanish[0].name == "Dron pequeño con cámara"
    assert all(a.name != b.name and a.note != b.note for a, b in zip(spanish, SHIPPED, strict=True))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no such file"):
        read_candidates(tmp_path / "none.toml")


def test_all_figures_may_be_set_by_the_owner() -> None:
    assert isinstance(OWNER, Owner)
    assert OWNER.with_figures({"counts_a_year": 12.0}).counts_a_year == 12.0
    estimate = Estimate(site="x", n_locations=1, owner=OWNER, by_hand=by_hand(1, OWNER), offers=())
    assert estimate.best is None
