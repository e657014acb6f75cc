"""A second, independent look confirms a finding, overturns it, or leaves it open."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import frictionless
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.answer import describe_reconciliation
from inventory.book import Book
from inventory.comparing import compare
from inventory.erp_lines import ErpFile, ErpLine
from inventory.findings import Cause, Finding, Reconciliation, Verdict
from inventory.places import Places
from inventory.review import Claim, Outcome, SecondLook
from inventory.sightings import Looks
from inventory.store.asking import cases
from inventory.trust import History, Settled, with_history
from inventory.world import World as Sides
from tests.inventory.recounted_runs import Runs
from tests.inventory.worlds import Result, line, look, read, sscc
from warehouse.observations import Observation

P, Q, R, S = sscc(1), sscc(2), sscc(3), sscc(4)
AT = "A01-01-1-1"
NEXT = "A01-01-1-3"
"""Two places of the demo site, with one between them."""


@pytest.fixture
def runs(tmp_path: Path, demo_site_folder: Path) -> Runs:
    return Runs(tmp_path, demo_site_folder)


def outcomes(erp: list[ErpLine], first: list[Observation], second: list[Observation]) -> list[tuple[str, str, str]]:
    """Compare the first look with the ERP, and let the second judge what was found."""
    reviews = SecondLook("tuesday", first, second).review([claim(f) for f in Result(erp, first).findings], ())
    return [(w.claim.verdict, w.outcome.value, w.reason) for w in reviews]


def claim(f: Finding) -> Claim:
    return Claim(
        record="",
        run="monday",
        case_id=f.case_id,
        verdict=f.verdict.value,
        cause=f.cause.value,
        pallet=str(f.pallet or ""),
        expected_location=f.expected_location,
        observed_location=f.observed_location,
        other_pallet=str(f.other_pallet or ""),
        other_expected_location=f.other_expected_location,
        other_observed_location=f.other_observed_location,
    )


@pytest.mark.parametrize(
    ("first", "second", "verdict", "outcome", "reason"),
    [
        ([look(AT, "empty")], [look(AT, "empty")], "missing", "confirmed", f"Run tuesday saw {AT} empty."),
        ([look(AT, "empty")], [read(AT, P)], "missing", "overturned", f"Run tuesday read {P} at {AT}, where the ERP expects it."),
        ([look(AT, "empty")], [read(AT, Q)], "missing", "confirmed", f"Run tuesday read {Q} at {AT} instead."),
        ([look(AT, "empty")], [look(AT, "unreadable")], "missing", "open", f"Run tuesday has not surely decided {AT}."),
        ([look(AT, "empty")], [look(AT, "unseen")], "missing", "open", f"Run tuesday has not looked at {AT}."),
        ([look(AT, "empty")], [look(AT, "empty", confidence=0.8)], "missing", "open", f"Run tuesday has not surely decided {AT}."),
        (
            [read(NEXT, P), look(AT, "empty")],
            [read(NEXT, P, n_frames=1)],
            "misplaced",
            "confirmed",
            f"Run tuesday read {P} at {NEXT} again.",
        ),
        ([read(NEXT, P), look(AT, "empty")], [look(NEXT, "empty")], "misplaced", "overturned", f"Run tuesday saw {NEXT} empty."),
        (
            [read(NEXT, P), look(AT, "empty")],
            [read(NEXT, P, margin_m=0.02, runner_up=AT)],
            "misplaced",
            "open",
            f"Run tuesday read {P} at {NEXT} again, but the label lies only 0.02 m nearer to {NEXT} than to {AT}, "
            "so our own localisation is suspected.",
        ),
        (
            [read(NEXT, P), look(AT, "empty")],
            [look(NEXT, "unreadable"), read(AT, P)],
            "misplaced",
            "overturned",
            f"Run tuesday read {P} at {AT}, where the ERP expects it.",
        ),
        (
            [read(NEXT, P), look(AT, "empty")],
            [read(NEXT, P), read(AT, P)],
            "misplaced",
            "open",
            f"Run tuesday read {P} both at {AT} and at {NEXT}.",
        ),
        ([read(NEXT, P), look(AT, "empty")], [look(AT, "empty")], "misplaced", "open", f"Run tuesday has not looked at {NEXT}."),
    ],
)  # fmt: skip
def test_a_second_look_settles_what_it_surely_saw(
    first: list[Observation], second: list[Observation], verdict: str, outcome: str, reason: str
) -> None:
    assert outcomes([line(2, AT, P)], first, second) == [(verdict, outcome, reason)]


def test_a_pallet_whose_place_was_not_looked_at_is_misplaced_only_when_that_was_seen_without_it() -> None:
    erp, first = [line(2, AT, P)], [read(NEXT, P)]
    assert outcomes(erp, first, first)[0][:2] == ("low_confidence", "open")
    assert outcomes(erp, first, [read(NEXT, P), look(AT, "empty")])[0][:2] == ("low_confidence", "confirmed")
    assert outcomes(erp, first, [read(NEXT, P), read(AT, P)])[0][:2] == ("low_confidence", "overturned")


def test_a_swap_needs_both_pallets_and_falls_with_one() -> None:
    erp, swapped = [line(2, AT, P), line(3, NEXT, Q)], [read(AT, Q), read(NEXT, P)]
    assert [o for _, o, _ in outcomes(erp, swapped, swapped)] == ["confirmed"]
    assert [o for _, o, _ in outcomes(erp, swapped, [read(AT, Q)])] == ["open"]
    assert [o for _, o, _ in outcomes(erp, swapped, [read(AT, Q), read(NEXT, Q)])] == ["overturned"]


def test_a_duplicate_needs_both_places() -> None:
    erp, twice = [line(2, AT, P)], [read(AT, P), read(NEXT, P)]
    assert outcomes(erp, twice, twice)[0][:2] == ("duplicate", "confirmed")
    assert outcomes(erp, twice, [read(AT, P)])[0][:2] == ("duplicate", "open")
    assert outcomes(erp, twice, [read(AT, P), look(NEXT, "empty")])[0][:2] == ("duplicate", "overturned")


def test_what_a_label_says_is_confirmed_by_the_same_words_only() -> None:
    erp, first = [line(2, AT, P, batch="LOT1")], [read(AT, P, label_data=(("10", "LOT2"),))]
    assert outcomes(erp, first, first)[0][:2] == ("wrong_content", "confirmed")
    assert outcomes(erp, first, [read(AT, P)])[0][:2] == ("wrong_content", "open")
    assert outcomes(erp, first, [read(AT, P, label_data=(("10", "LOT1"),))])[0][:2] == ("wrong_content", "overturned")


def test_an_item_without_an_id_is_gone_only_from_an_empty_place() -> None:
    erp, first = [line(2, AT, sku="4711")], [look(AT, "empty")]
    assert outcomes(erp, first, first)[0][:2] == ("missing", "confirmed")
    assert outcomes(erp, first, [read(AT, P)])[0][:2] == ("missing", "open")


def test_a_pallet_that_was_read_at_home_both_times_does_not_overturn_the_doubt_about_a_second_label() -> None:
    first = [read(AT, P), read(NEXT, P, n_frames=1)]
    assert [o for _, o, _ in outcomes([line(2, AT, P)], first, [read(AT, P)])] == ["open"]


def test_a_place_for_several_pallets_overturns_nothing_while_fewer_are_read_than_before() -> None:
    first = [read(NEXT, P, Q), look(AT, "empty")]
    assert [o for _, o, _ in outcomes([line(2, AT, P)], first, [read(NEXT, Q)])] == ["open", "confirmed"]


def test_a_shifted_row_is_never_confirmed_from_the_air() -> None:
    erp = [line(i, f"A-{i}", sscc(i)) for i in range(1, 4)]
    shifted = [look("A-1", "empty"), *(read(f"A-{i + 1}", sscc(i)) for i in range(1, 4))]
    assert [o for _, o, _ in outcomes(erp, shifted, shifted)] == ["open"]
    assert [o for _, o, _ in outcomes(erp, shifted, [read("A-1", sscc(1))])] == ["overturned"]


def test_the_result_keeps_both_looks_and_names_the_run_that_confirmed(runs: Runs) -> None:
    runs.reconcile("monday", [look(AT, "empty"), read(NEXT, R)], f"{AT},{P}\n")
    second = [look(AT, "empty"), look(NEXT, "empty")]
    found = runs.reconcile("tuesday", second, recounts="monday", looked_again=(AT, NEXT))
    folder = runs.run("tuesday").reconciliation
    with folder.review_path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    keys = ("reviewed_run", "reviewed_case_id", "verdict", "outcome", "confirmed_by", "case_id")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        ("monday", "F0001", "missing", "confirmed", "tuesday", "F0001"),
        ("monday", "F0002", "unexpected", "overturned", "", ""),
    ]
    assert json.loads(folder.summary_path.read_text())["history"]["reviews"] == {"confirmed": 1, "overturned": 1, "open": 0}
    assert "Second look at earlier findings: 1 confirmed, 1 overturned, 0 still open (review.csv)" in describe_reconciliation(found)
    report = frictionless.validate(str(folder.datapackage_path))
    assert report.valid, report.flatten(["message"])
    (later, first) = cases(runs.store, pallet=P)
    assert [(look.run, look.outcome, look.case_id) for look in first.second_looks] == [("tuesday", "confirmed", "F0001")]
    assert later.second_looks == ()
    assert not runs.run("monday").reconciliation.review_path.exists()


def test_a_third_look_reviews_both_runs_before_it(runs: Runs) -> None:
    runs.reconcile("monday", [look(AT, "empty")], f"{AT},{P}\n")
    runs.reconcile("tuesday", [look(AT, "unreadable")], recounts="monday", looked_again=(AT,))
    found = runs.reconcile("wednesday", [look(AT, "empty")], recounts="tuesday", looked_again=(AT,))
    assert found.history is not None
    assert [(w.claim.run, w.outcome) for w in found.history.reviews or ()] == [
        ("tuesday", Outcome.CONFIRMED),
        ("monday", Outcome.CONFIRMED),
    ]


def test_findings_of_a_run_that_was_read_again_since_are_not_judged_by_its_new_photos(runs: Runs) -> None:
    runs.reconcile("monday", [look(AT, "empty")], f"{AT},{P}\n")
    monday = runs.run("monday")
    monday.write_lines(monday.observations_path, [look(AT, "empty", confidence=0.95)])
    found = runs.reconcile("tuesday", [look(AT, "empty")], recounts="monday", looked_again=(AT,))
    assert found.history is not None
    assert found.history.reviews == ()


def test_a_look_in_passing_that_saw_otherwise_takes_the_claim_back(runs: Runs) -> None:
    runs.reconcile("monday", [look(AT, "empty"), look(NEXT, "unreadable")], f"{AT},{P}\n{NEXT},{Q}\n")
    found = runs.reconcile("tuesday", [read(AT, P), read(NEXT, Q)], recounts="monday", looked_again=(NEXT,))
    assert [(f.verdict, f.confidence) for f in found.findings] == [(Verdict.LOW_CONFIDENCE, 0.5)]
    assert found.history is not None
    assert [w.outcome for w in found.history.reviews or ()] == [Outcome.OVERTURNED]


# -- what the history teaches ---------------------------------------------------------------------------------------------------


def test_trust_falls_with_what_was_overturned_and_never_rises_above_1() -> None:
    assert Settled().factor == 1
    assert Settled(confirmed=1000).factor == 1
    assert Settled(overturned=1).factor == pytest.approx((19 / 21) / (19 / 20), abs=1e-4)
    assert Settled(overturned=20).factor == 0.5
    assert [Settled(overturned=n).factor for n in range(5)] == sorted(
        (Settled(overturned=n).factor for n in range(5)), reverse=True
    )
    assert Settled(confirmed=30, overturned=1).factor > Settled(confirmed=3, overturned=1).factor


@given(st.dictionaries(st.sampled_from(list(Cause)), st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_no_history_changes_a_verdict_or_raises_a_confidence(said: dict[Cause, tuple[int, int]]) -> None:
    observations = [look("A-1", "empty"), read("A-2", R), read("A-4", Q), read("A-5", "LPN", n_frames=1)]
    lines, pallets, locations, findings = compare(
        Sides(
            book=Book([line(2, "A-1", P), line(3, "A-3", Q), line(4, "A-4", S)]),
            looks=Looks(observations),
            places=Places.of_texts(f"A-{n}" for n in range(1, 6)),
            is_any_text_a_pallet=True,
        )
    )
    erp = ErpFile(name="", digest="", profile="", encoding="", delimiter="", lines=(), faults=(), n_rows=0)
    before = Reconciliation(
        erp=erp, inputs=(), snapshot_at=None, lines=lines, pallets=pallets, locations=locations, findings=findings
    )
    after = with_history(before, History(trust={cause.value: Settled(*counts) for cause, counts in said.items()}))
    assert (after.lines, after.pallets, after.counts()) == (before.lines, before.pallets, before.counts())
    for was, is_now in zip(before.findings, after.findings, strict=True):
        assert is_now.confidence <= was.confidence
        assert replace(is_now, confidence=was.confidence) == was
    for old, new in zip(before.locations, after.locations, strict=True):
        assert (new.confidence or 0) <= (old.confidence or 0)
        assert replace(new, confidence=old.confidence) == old


def test_an_overturned_finding_lowers_the_next_of_its_cause_and_no_other(runs: Runs) -> None:
    erp = f"{AT},{P}\n"
    before = runs.reconcile("monday", [look(AT, "empty"), read(NEXT, R)], erp)
    runs.reconcile("tuesday", [read(AT, P)], recounts="monday", looked_again=(AT,))
    after = runs.reconcile("friday", [look(AT, "empty"), read(NEXT, R)])
    assert [f.verdict for f in after.findings] == [f.verdict for f in before.findings]  # no verdict moves, only confidence
    gone, unknown = after.findings
    assert gone.confidence == pytest.approx(0.97 * Settled(overturned=1).factor)
    assert unknown.confidence == before.findings[1].confidence
    place = next(x for x in after.locations if x.place.location == AT)
    assert place.confidence == gone.confidence
    assert "because such findings were overturned before: gone (x 0.95)" in describe_reconciliation(after)
    trust = json.loads(runs.run("friday").reconciliation.summary_path.read_text())["history"]["trust"]
    assert trust == {"gone": {"confirmed": 0, "overturned": 1, "factor": Settled(overturned=1).factor}}


def test_a_rerun_learns_nothing_that_was_recorded_after_its_first_record(runs: Runs) -> None:
    erp = f"{AT},{P}\n"
    runs.reconcile("monday", [look(AT, "empty")], erp)
    runs.reconcile("tuesday", [read(AT, P)], recounts="monday", looked_again=(AT,))
    before = {name: runs.files(name) for name in ("monday", "tuesday")}
    runs.reconcile("friday", [look(AT, "empty")])
    runs.reconcile("saturday", [read(AT, P)], recounts="friday", looked_again=(AT,))
    runs.reconcile("monday", [look(AT, "empty")])
    runs.reconcile("tuesday", [read(AT, P)], recounts="monday", looked_again=(AT,))
    assert {name: runs.files(name) for name in before} == before
    again = runs.reconcile("monday", [look(AT, "empty")], f"{AT},{P}\n{NEXT},{Q}\n")  # another ERP file, the same run
    assert again.history is not None
    assert again.history.trust == {}
