"""Pallets that the ERP books in several lines, and goods that it books without a pallet id."""

from __future__ import annotations

from inventory.contract import recount_by
from inventory.findings import Cause, Verdict
from tests.inventory.worlds import Result, line, look, read, sscc

P, Q = sscc(1), sscc(2)


def test_a_pallet_with_two_items_in_one_place_is_one_finding_that_names_both_rows() -> None:
    found = Result([line(2, "A-1", P, sku="4711"), line(3, "A-1", P, sku="4712")], [look("A-1", "empty")])
    (finding,) = found.findings
    assert [x.row for x in finding.lines] == [2, 3]
    assert finding.reason == (
        f"The ERP expects pallet {P} at A-1 (rows 2 and 3); the place was seen empty, and the pallet was read nowhere."
    )
    moved = Result([line(2, "A-1", P, sku="4711"), line(3, "A-1", P, sku="4712")], [look("A-1", "empty"), read("C-5", P)])
    assert moved.findings[0].reason == f"The ERP expects pallet {P} at A-1 (rows 2 and 3); it was read at C-5."
    assert moved.line_verdicts() == {2: Verdict.MISPLACED, 3: Verdict.MISPLACED}


def test_a_pallet_booked_at_two_empty_places_is_one_finding_with_both_lines() -> None:
    found = Result([line(2, "A-1", P), line(3, "B-1", P)], [look("A-1", "empty"), look("B-1", "empty")])
    (finding,) = found.findings
    assert (finding.verdict, finding.expected_location, finding.other_expected_location) == (Verdict.MISSING, "A-1", "B-1")
    assert [x.row for x in finding.lines] == [2, 3]
    assert finding.reason == (
        f"The ERP books pallet {P} at A-1 (row 2) and B-1 (row 3); none of these places holds it, and it was read nowhere."
    )
    assert found.line_verdicts() == {2: Verdict.MISSING, 3: Verdict.MISSING}
    assert all(x.case_ids == ("F0001",) for x in found.locations)


def test_while_one_of_its_two_places_is_not_decided_it_is_missing_from_neither() -> None:
    found = Result([line(2, "A-1", P), line(3, "B-1", P)], [look("A-1", "empty"), look("B-1", "unreadable")])
    (finding,) = found.findings
    assert (finding.verdict, finding.confidence) == (Verdict.LOW_CONFIDENCE, 0.5)
    assert finding.reason.endswith("it was read nowhere. But it may stand at B-1, of which nobody knows yet what stands there.")
    assert finding.suggested_action == "Count location B-1 again before anything is booked."
    assert found.line_verdicts() == {2: Verdict.LOW_CONFIDENCE, 3: Verdict.UNVERIFIED}


def test_a_booking_too_many_names_both_rows() -> None:
    found = Result([line(2, "A-1", P), line(3, "B-1", P)], [read("A-1", P), look("B-1", "empty")])
    (finding,) = found.findings
    assert (finding.cause, [x.row for x in finding.lines]) == (Cause.BOOKED_TWICE, [2, 3])
    assert finding.reason == f"The ERP books pallet {P} at A-1 (row 2) and B-1 (row 3); it was read at A-1 only."
    assert found.line_verdicts() == {2: Verdict.MATCH, 3: Verdict.MISPLACED}


def test_a_pallet_where_the_erp_books_goods_without_an_id_is_not_accused_of_being_unexpected() -> None:
    found = Result([line(2, "A-1", sku="4711", quantity=5), line(3, "A-2", P)], [read("A-1", Q), read("A-2", P)])
    (finding,) = found.findings
    assert (finding.verdict, finding.cause) == (Verdict.LOW_CONFIDENCE, Cause.BOOKED_WITHOUT_ID)
    assert finding.reason == (
        f"Pallet {Q} was read at A-1, and the ERP file does not list it anywhere. But the ERP books goods there without a pallet "
        "id, and this may be them."
    )
    assert finding.suggested_action == f"See whether pallet {Q} at A-1 is what the ERP books there; if so, enter its id in the ERP."
    assert found.line_verdicts() == {2: Verdict.UNVERIFIED, 3: Verdict.MATCH}
    assert recount_by(found.locations[0]) == (
        "hand",
        "Go there and see whether the pallet is what the ERP books there without a pallet id.",
    )
