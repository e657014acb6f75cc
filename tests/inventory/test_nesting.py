"""Handling units within one another, and lists that name no pallet: what a read of one says of the other."""

from __future__ import annotations

from inventory.findings import Verdict
from tests.inventory.worlds import Result, line, look, read, sscc

TOP, BOX, OTHER = sscc(1), sscc(2), sscc(3)


def nested(row: int, location: str = "A-1") -> object:
    return line(row, location, TOP, sku="S1", content_text=BOX)


def test_who_reads_the_unit_on_top_has_seen_what_is_within() -> None:
    found = Result([nested(2), line(3, "A-1", TOP, sku="S2", content_text="BOX2")], [read("A-1", TOP)])  # type: ignore[list-item]
    assert set(found.line_verdicts().values()) == {Verdict.MATCH}
    assert found.findings == ()


def test_a_unit_within_that_is_read_in_its_place_proves_the_pallet() -> None:
    found = Result([nested(2)], [read("A-1", BOX)])  # type: ignore[list-item]
    assert (found.line_verdicts(), found.pallet_verdicts()) == ({2: Verdict.MATCH}, {BOX: Verdict.MATCH})
    assert found.findings == ()
    assert found.lines[0].reason == (
        f"Unit {BOX}, which the ERP books within pallet {TOP}, was read at A-1, where the ERP expects it."
    )


def test_a_unit_within_that_is_read_elsewhere_is_told_and_accuses_nobody() -> None:
    found = Result([nested(2), line(3, "A-2", OTHER)], [read("A-2", BOX), read("A-1", TOP)])  # type: ignore[list-item]
    assert found.pallet_verdicts() == {TOP: Verdict.MATCH, BOX: Verdict.UNVERIFIED}
    assert [f.verdict for f in found.findings] == [Verdict.LOW_CONFIDENCE]
    assert f"the ERP books that within pallet {TOP}" in found.findings[0].reason


def test_a_pallet_whose_place_is_empty_is_missing_with_all_that_is_within() -> None:
    found = Result([nested(2)], [look("A-1", "empty")])  # type: ignore[list-item]
    assert [f.verdict for f in found.findings] == [Verdict.MISSING]


def test_a_list_without_any_pallet_id_makes_no_pallet_unexpected() -> None:
    found = Result([line(2, "A-1", sku="S1"), line(3, "A-2", sku="S2")], [read("A-1", TOP), look("A-2", "empty")])
    assert found.pallet_verdicts() == {TOP: Verdict.UNVERIFIED}
    assert [(f.verdict, f.expected_location) for f in found.findings] == [(Verdict.MISSING, "A-2")]
