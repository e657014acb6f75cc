"""How a site went over time, told from the history of a few counts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from inventory.overtime.cost import Costs
from inventory.overtime.page import write_site_page
from inventory.overtime.story import Repeating, SiteStory, Standing, Unseen, tell_story
from inventory.rates import Rate
from inventory.store.deciding import Choice, NewDecision, keep_decisions
from tests.inventory.parsed_page import Page
from tests.inventory.recounted_runs import Runs
from tests.inventory.reported_run import DEMO_SITE
from tests.inventory.worlds import look, read, sscc
from warehouse.errors import BadInputError
from warehouse.texts import text_table

P, Q, R, S = sscc(1), sscc(2), sscc(3), sscc(4)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
COSTS = Costs(
    currency="EUR",
    wage_per_hour=20.0,
    manual_per_hour=50.0,
    manual_people=2,
    truck_per_hour=10.0,
    attendants=1,
    setup_min=30.0,
    review_min=15.0,
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Three weeks: P is always missing from a, at b another pallet each time; c is never decided, d not since the first week."""
    made = Runs(tmp_path_factory.mktemp("weeks"), DEMO_SITE)
    a, b, c, d = made.bins[:4]
    gone = {"confidence": 0.97}
    for week, (day, lost, extra) in enumerate((("2026-11-05", Q, True), ("2026-11-12", R, False), ("2026-11-19", S, False))):
        at = f"{day}T10:00:00Z"
        stock = f"{a},{P}\n{b},{lost}\n{c},{sscc(8)}\n{d},{sscc(9)}\n"
        seen = [look(a, "empty", seen_at=at, **gone), look(b, "empty", seen_at=at, **gone), look(c, "unreadable", seen_at=at)]
        made.reconcile(f"week-{week}", [*seen, read(d, sscc(9), seen_at=at) if extra else look(d, "unseen", seen_at="")], stock)
    return made


@pytest.fixture(scope="module")
def story(runs: Runs) -> SiteStory:
    return tell_story(runs.store, site=None, unseen_days=14, costs=COSTS, now=NOW)


def test_each_week_has_its_accuracy_and_coverage_with_what_they_are_shares_of(story: SiteStory) -> None:
    assert [(w.name, w.runs, w.accuracy) for w in story.weeks] == [
        ("2026-W45", ("week-0",), Rate(1, 3)),
        ("2026-W46", ("week-1",), Rate(0, 2)),
        ("2026-W47", ("week-2",), Rate(0, 2)),
    ]
    assert [w.coverage.numerator for w in story.weeks if w.coverage] == [3, 2, 2]


def test_a_fault_that_stays_is_told_with_the_count_since_when(runs: Runs, story: SiteStory) -> None:
    assert story.standing == (
        Standing(
            verdict="missing",
            pallet=P,
            expected_location=runs.bins[0],
            observed_location="",
            n_counts=3,
            since="2026-11-05T10:00:00Z",
        ),
    )


def test_faults_that_stay_stand_by_what_they_weigh(tmp_path: Path) -> None:
    made = Runs(tmp_path, DEMO_SITE)
    a, b, c = made.bins[:3]
    for week, day in enumerate(("2026-11-12", "2026-11-19")):
        at: dict[str, Any] = {"seen_at": f"{day}T10:00:00Z", "confidence": 0.97}
        stock = f"location,pallet,value,currency\n{a},{P},900,EUR\n{b},{Q},5,EUR\n{c},{R},100,EUR\n"
        seen = [look(place, "empty", **at) for place in (a, b, c)]
        made.reconcile(f"week-{week}", seen, stock)
    story = write_site_page(tmp_path / "site.html", made.store, COSTS, lang="es", now=NOW)
    assert [(s.pallet, s.severity, s.n_counts) for s in story.standing] == [(P, "high", 2), (R, "medium", 2), (Q, "low", 2)]
    page = (tmp_path / "site.html").read_text(encoding="utf-8")
    assert "Gravedad" in page
    assert page.index("<td>alta</td>") < page.index("<td>media</td>") < page.index("<td>baja</td>")


def test_a_location_with_another_fault_at_each_count_is_named(runs: Runs, story: SiteStory) -> None:
    assert story.repeating == (
        Repeating(location=runs.bins[1], n_faults=3, n_counts=3, last_at="2026-11-19T10:00:00Z", verdicts=("missing",)),
    )


def test_what_nobody_saw_for_long_is_listed_the_longest_first(runs: Runs, story: SiteStory) -> None:
    stocked = [u for u in story.unseen if u.expected]
    assert [(u.location, u.seen_at, u.n_days) for u in stocked] == [
        (runs.bins[2], "", None),
        (runs.bins[3], "2026-11-05T10:00:00Z", 21),
    ]
    assert isinstance(stocked[0], Unseen)
    later = tell_story(runs.store, site=None, unseen_days=22, costs=COSTS, now=NOW)
    assert [u.location for u in later.unseen if u.expected] == [runs.bins[2]]


def test_what_a_person_overturned_is_no_fault(tmp_path: Path, demo_site_folder: Path) -> None:
    runs = Runs(tmp_path, demo_site_folder)
    for name, at in (("one", "2026-11-05T10:00:00Z"), ("two", "2026-11-12T10:00:00Z")):
        runs.reconcile(name, [look(runs.bins[0], "empty", seen_at=at)], f"{runs.bins[0]},{P}\n")
        assert len(tell_story(runs.store, site=None, unseen_days=0, costs=COSTS, now=NOW).standing) == (name == "two")
    no = NewDecision(case_id="F0001", choice=Choice.OVERTURN, by="Ana", decided_at=NOW, reason="")
    keep_decisions(runs.run("two"), [no])
    assert tell_story(runs.store, site=None, unseen_days=0, costs=COSTS, now=NOW).standing == ()


def test_a_count_is_set_beside_the_same_by_hand() -> None:
    found = COSTS.of_count(run="monday", counted_at="2026-11-05T10:00:00Z", n_decided=900, n_observable=1000, flight_s=5400.0)
    assert (found.flight_h, found.people_h, found.cost) == (1.5, 1.5 + 0.5 + 0.25 + 2 * 2.0, 2.25 * 20 + 2.0 * 50)
    assert (found.by_hand_people_h, found.by_hand_cost) == (40.0, 1000.0)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_page_tells_it_in_one_sentence_and_asks_for_nothing(runs: Runs, tmp_path: Path, lang: str) -> None:
    path = tmp_path / "site.html"
    write_site_page(path, runs.store, COSTS, unseen_days=14, lang=lang, now=NOW)
    page = Page(path)
    start = {"en": "In week 2026-W47, 0.0 % of the locations", "es": "En la semana 2026-W47, el 0,0 % de las ubicaciones"}
    assert page.all("h1")[0][1].startswith(start[lang])
    assert len(page.all("circle", _class="accuracy-dot")) == 3 + 1  # and one in the key
    assert page.all("script") == []
    assert not re.search(r"https?:|url\((?!#)|@import", page.source)


def test_texts_are_there_in_both_languages_with_the_same_placeholders() -> None:
    for key, entry in text_table("inventory.overtime").items():
        names = [sorted(set(re.findall(r"{(\w+)}", words))) for words in entry.values()]
        assert sorted(entry) == ["en", "es"], key
        assert names[0] == names[1], key


def test_of_several_sites_one_must_be_named(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no run of site 'Elsewhere'\n  -> name one with --site: Demo warehouse, Ibi"):
        write_site_page(tmp_path / "site.html", runs.store, COSTS, site="Elsewhere")
