"""The ERP exported at 9, the drone looked at 10: what the list of movements says about that hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inventory.erp_lines import ErpLine
from inventory.findings import Cause, Verdict
from inventory.movements import Movement
from tests.inventory.worlds import Result, line, look, moment, moved, read, sscc
from warehouse.observations import Observation

P, Q = sscc(1), sscc(2)
CLOSED = "Nothing to do: what was seen agrees with what the ERP has moved."


def judged(lines: list[ErpLine], seen: list[Observation], *movements: Movement, snapshot_at: str = "09:00") -> Result:
    return Result(lines, seen, snapshot_at=snapshot_at, movements=movements)


def test_a_movement_that_leads_to_where_the_pallet_was_read_closes_the_finding() -> None:
    found = judged([line(2, "A-1", P)], [look("A-1", "empty"), read("C-5", P)], moved(P, "A-1", "C-5"))
    (finding,) = found.findings
    assert (finding.verdict, finding.cause) == (Verdict.STALE, Cause.MOVEMENT_EXPLAINS)
    assert finding.reason == (
        f"The ERP expects pallet {P} at A-1; it was read at C-5. The ERP has moved it: document 0000004711, 2026-11-23T09:30:00Z: "
        "from A-1 to C-5. That explains it."
    )
    assert finding.suggested_action == CLOSED
    assert found.line_verdicts() == {2: Verdict.STALE}
    assert found.location_verdicts() == {"A-1": Verdict.STALE, "C-5": Verdict.STALE}


def test_a_movement_that_leads_elsewhere_is_named_and_does_not_close_it() -> None:
    found = judged([line(2, "A-1", P)], [look("A-1", "empty"), read("C-5", P)], moved(P, "A-1", "E-9"))
    (finding,) = found.findings
    assert (finding.verdict, finding.cause) == (Verdict.STALE, Cause.MOVED_SINCE)
    assert finding.reason.endswith(
        "from A-1 to E-9. But that does not explain it: by it the pallet should stand at E-9, and it was read at C-5."
    )
    assert finding.suggested_action == "Look for it at E-9. Compare again with a new export; count only what still differs."


@pytest.mark.parametrize(
    ("movement", "cause"),
    [
        pytest.param(moved(P, "A-1", "GATE 3"), Cause.MOVEMENT_EXPLAINS, id="to a place that no drone looks at"),
        pytest.param(moved(P, "A-1", ""), Cause.MOVEMENT_EXPLAINS, id="out of the warehouse"),
        pytest.param(moved(P, "A-1", "B-2"), Cause.MOVED_SINCE, id="to a place that was seen without it"),
        pytest.param(moved(P, "B-2", "A-1"), Cause.MOVED_SINCE, id="to just the place where it was looked for in vain"),
        pytest.param(moved(P, "A-1", "GATE 3", quantity=8), Cause.MOVED_SINCE, id="some pieces of it"),
        pytest.param(moved(P, "A-1", "GATE 3", quantity=48), Cause.MOVEMENT_EXPLAINS, id="all pieces of it"),
    ],
)
def test_a_pallet_that_is_gone_is_explained_by_where_it_went(movement: Movement, cause: Cause) -> None:
    found = judged([line(2, "A-1", P, quantity=48)], [look("A-1", "empty"), look("B-2", "empty")], movement)
    assert [(f.verdict, f.cause) for f in found.findings] == [(Verdict.STALE, cause)]


@pytest.mark.parametrize("at", ["08:30", "10:30"])
def test_what_moved_before_the_export_or_after_the_look_touches_nothing(at: str) -> None:
    found = judged([line(2, "A-1", P)], [look("A-1", "empty")], moved(P, "A-1", "GATE 3", at))
    assert found.line_verdicts() == {2: Verdict.MISSING}


def test_a_stock_list_that_is_later_than_the_scan_is_rolled_back() -> None:
    found = judged(
        [line(2, "C-5", P)], [read("A-1", P), look("C-5", "empty")], moved(P, "A-1", "C-5", "10:30"), snapshot_at="11:00"
    )
    assert [(f.verdict, f.cause) for f in found.findings] == [(Verdict.STALE, Cause.MOVEMENT_EXPLAINS)]


def test_a_receipt_explains_a_pallet_that_the_list_does_not_know() -> None:
    found = judged([line(2, "A-1", P)], [read("A-1", P), read("B-1", Q)], moved(Q, "", "B-1"))
    assert [(f.verdict, f.cause) for f in found.findings] == [(Verdict.STALE, Cause.MOVEMENT_EXPLAINS)]
    assert found.pallet_verdicts() == {P: Verdict.MATCH, Q: Verdict.STALE}


def test_a_pallet_that_moved_between_two_looks_is_no_duplicate() -> None:
    early, late = read("A-1", P, seen_at="2026-11-23T09:50:00Z"), read("C-5", P, seen_at="2026-11-23T10:20:00Z")
    found = judged([line(2, "A-1", P)], [early, late], moved(P, "A-1", "C-5", "10:05"))
    assert [(f.verdict, f.cause) for f in found.findings] == [(Verdict.STALE, Cause.MOVEMENT_EXPLAINS)]


def test_a_pallet_at_its_old_place_after_the_erp_moved_it_is_no_agreement() -> None:
    found = judged([line(2, "A-1", P, quantity=48)], [read("A-1", P)], moved(P, "A-1", "C-5"))
    (finding,) = found.findings
    assert (finding.verdict, finding.cause) == (Verdict.STALE, Cause.MOVED_SINCE)
    assert finding.reason.startswith(
        f"Pallet {P} was read at A-1, where the stock list books it. The ERP has a movement of that time"
    )
    assert found.line_verdicts() == {2: Verdict.STALE}
    picked = judged([line(2, "A-1", P, quantity=48)], [read("A-1", P)], moved(P, "A-1", "GATE 3", quantity=8))
    assert picked.line_verdicts() == {2: Verdict.MATCH}


def test_pieces_that_were_taken_off_explain_the_count_on_a_label() -> None:
    lines, seen = [line(2, "A-1", P, quantity=48)], [read("A-1", P, label_data=(("37", "40"),))]
    assert judged(lines, seen, moved(P, "A-1", "GATE 3", quantity=8)).findings[0].cause is Cause.MOVEMENT_EXPLAINS
    other = judged(lines, seen, moved(P, "A-1", "GATE 3", quantity=5)).findings[0]
    assert other.reason.endswith("But that does not explain it: by it 43 are left.")


def test_an_item_without_a_pallet_id_is_explained_by_its_place() -> None:
    lines = [line(2, "A-1", sku="4711", quantity=5), line(3, "B-1", sku="4712", quantity=5)]
    found = judged(lines, [look("A-1", "empty"), look("B-1", "empty")], moved("", "A-1", "GATE 3", quantity=5, sku="4711"))
    assert {f.expected_location: f.verdict for f in found.findings} == {"A-1": Verdict.STALE, "B-1": Verdict.MISSING}


def test_thin_evidence_stays_for_the_recount_unless_a_movement_explains_it() -> None:
    lines, seen = [line(2, "A-1", "LPN-7")], [look("A-1", "empty"), read("C-5", "LPN-7", n_frames=1)]
    assert judged(lines, seen, moved("LPN-7", "A-1", "E-9")).line_verdicts() == {2: Verdict.LOW_CONFIDENCE}
    assert judged(lines, seen, moved("LPN-7", "A-1", "C-5")).line_verdicts() == {2: Verdict.STALE}


def test_a_movement_with_a_day_and_no_time_counts_for_all_of_that_day() -> None:
    day = Movement(
        row=2, moved_at=moment("00:00"), until=moment("23:59"), pallet=None, start="A-1", sku="4711", carries_pallet=True
    )
    found = judged([line(2, "A-1", sku="4711", quantity=5)], [look("A-1", "empty")], day)
    assert "row 2 of the movements, 2026-11-23 (no time of day): item 4711 from A-1" in found.findings[0].reason


@pytest.mark.parametrize("hours_ahead", [-8, 1, 9])
def test_a_day_is_named_as_the_list_has_it_whatever_its_time_zone(hours_ahead: int) -> None:
    begins = moment("00:00") - timedelta(hours=hours_ahead)
    day = Movement(row=2, moved_at=begins, until=begins + timedelta(days=1), start="A-1", sku="4711", carries_pallet=True)
    assert day.words == "row 2 of the movements, 2026-11-23 (no time of day): item 4711 from A-1"


def test_a_movement_that_names_neither_pallet_nor_place_is_mentioned_and_decides_nothing() -> None:
    found = judged([line(2, "A-1", P, sku="4711")], [look("A-1", "empty")], moved("", "", "", quantity=5, sku="4711"))
    assert found.line_verdicts() == {2: Verdict.MISSING}
    assert found.findings[0].reason.endswith(
        "The ERP has a movement of its item, document 0000004711, 2026-11-23T09:30:00Z: item 4711 (5), without a pallet or a "
        "place: nobody can tell whether that explains it."
    )
