from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from inventory.contract import recount_by
from inventory.erp_lines import ErpLine, RowFault
from inventory.findings import Cause, Verdict
from inventory.lookalike import may_be_misread
from tests.inventory.worlds import Result, line, look, pallet, read, sscc
from warehouse.observations import Observation

P, Q, R = sscc(1), sscc(2), sscc(3)


def test_a_pallet_read_where_the_erp_expects_it_is_a_match() -> None:
    found = Result([line(2, "A-1", P)], [read("A-1", P, n_frames=1)])
    assert found.line_verdicts() == {2: Verdict.MATCH}
    assert found.pallet_verdicts() == {P: Verdict.MATCH}
    assert found.location_verdicts() == {"A-1": Verdict.MATCH}
    assert found.findings == ()


def test_a_pallet_is_missing_when_its_place_is_seen_empty_and_it_is_read_nowhere() -> None:
    found = Result([line(2, "A-1", P)], [look("A-1", "empty")])
    (finding,) = found.findings
    assert (finding.verdict, finding.cause, finding.expected_location) == (Verdict.MISSING, Cause.GONE, "A-1")
    assert finding.reason == f"The ERP expects pallet {P} at A-1; the place was seen empty, and the pallet was read nowhere."
    assert finding.confidence == 0.97


def test_a_pallet_is_missing_when_another_one_is_read_in_its_place() -> None:
    found = Result([line(2, "A-1", P), line(3, "A-2", Q)], [read("A-1", Q), look("A-2", "empty")])
    assert found.line_verdicts() == {2: Verdict.MISSING, 3: Verdict.MISPLACED}
    assert [f.cause for f in found.findings] == [Cause.REPLACED, Cause.MOVED]
    assert found.location_verdicts() == {"A-1": Verdict.MISSING, "A-2": Verdict.MISPLACED}


@pytest.mark.parametrize("status", ["unseen", "unreadable", "not_observable"])
def test_a_place_that_was_not_decided_accuses_nobody(status: str) -> None:
    found = Result([line(2, "A-1", P)], [look("A-1", status)])
    assert found.line_verdicts() == {2: Verdict.UNVERIFIED}
    assert found.location_verdicts() == {"A-1": Verdict.UNVERIFIED}
    assert found.findings == ()


def test_a_place_of_which_nothing_was_recorded_accuses_nobody() -> None:
    found = Result([line(2, "A-1", P), line(3, "A-2", Q)], [read("A-2", Q)])
    assert found.line_verdicts() == {2: Verdict.UNVERIFIED, 3: Verdict.MATCH}
    assert found.lines[0].reason == "It is not known what stands at A-1."


def test_a_place_that_only_looks_empty_is_low_confidence() -> None:
    found = Result([line(2, "A-1", P)], [look("A-1", "empty", confidence=0.4)])
    assert found.line_verdicts() == {2: Verdict.LOW_CONFIDENCE}


def test_something_unreadable_where_the_erp_expects_nothing_is_unverified() -> None:
    found = Result([line(2, "A-1", P)], [read("A-1", P), look("A-2", "unreadable")])
    second = found.locations[1]
    assert second.verdict is Verdict.UNVERIFIED
    assert second.reason == "Something stands at A-2, but its label was not read. The ERP expects nothing there."


def test_an_empty_place_where_the_erp_expects_nothing_is_a_match() -> None:
    found = Result([line(2, "A-1"), line(3, "A-3", P)], [look("A-1", "empty"), look("A-2", "empty"), read("A-3", P)])
    assert set(found.location_verdicts().values()) == {Verdict.MATCH}
    assert found.line_verdicts() == {2: Verdict.MATCH, 3: Verdict.MATCH}


def test_a_pallet_in_a_place_that_the_erp_lists_as_empty_gives_that_line_its_verdict() -> None:
    found = Result([line(2, "A-1"), line(3, "B-7", P)], [read("A-1", P), look("B-7", "empty")])
    assert found.line_verdicts() == {2: Verdict.MISPLACED, 3: Verdict.MISPLACED}
    assert len(found.findings) == 1


def test_a_moved_pallet_is_one_finding_not_a_missing_and_an_unexpected_one() -> None:
    found = Result([line(2, "A-1", P)], [look("A-1", "empty"), read("C-9", P)])
    (finding,) = found.findings
    assert (finding.verdict, finding.cause) == (Verdict.MISPLACED, Cause.MOVED)
    assert (finding.expected_location, finding.observed_location) == ("A-1", "C-9")
    assert finding.suggested_action == f"Move pallet {P} from C-9 to A-1, or correct the ERP to C-9."
    assert (finding.evidence, finding.expected_evidence) == (f"evidence/C-9-{P}.jpg", "")


def test_a_pallet_whose_own_place_was_not_looked_at_may_have_a_second_label_and_is_not_accused() -> None:
    for home in ([], [look("A-1", "unseen")]):
        (finding,) = Result([line(2, "A-1", P)], [*home, read("C-9", P)]).findings
        assert (finding.verdict, finding.cause) == (Verdict.LOW_CONFIDENCE, Cause.HOME_NOT_SEEN)
        assert finding.reason == (
            f"The ERP expects pallet {P} at A-1; it was read at C-9. But nobody has looked at A-1 yet, where it may stand as well: "
            "then this is a second label with the same id."
        )
        assert finding.suggested_action == "Look at A-1 before anything is booked."
    seen = Result([line(2, "A-1", P)], [read("C-9", P)]).locations
    assert [recount_by(x)[1] for x in seen] == [
        "Look at it again: nothing may hide it, and its lane must be flown to the end.",
        "Look at the place where the ERP expects its pallet, and at this one again.",
    ]
    for home in ([look("A-1", "unreadable")], [replace(look("A-1", "unseen"), frames=("f1", "f2"))]):
        assert Result([line(2, "A-1", P)], [*home, read("C-9", P)]).line_verdicts() == {2: Verdict.MISPLACED}


def test_a_pallet_that_the_erp_does_not_list_is_unexpected() -> None:
    found = Result([line(2, "A-1", P)], [read("A-1", P), read("A-2", Q)])
    assert found.pallet_verdicts() == {P: Verdict.MATCH, Q: Verdict.UNEXPECTED}
    (finding,) = found.findings
    assert finding.reason == f"Pallet {Q} was read at A-2, and the ERP file does not list it anywhere."


def test_one_id_at_two_places_is_a_duplicate() -> None:
    found = Result([line(2, "A-1", P)], [read("A-1", P), read("C-5", P)])
    (finding,) = found.findings
    assert finding.verdict is Verdict.DUPLICATE
    assert (finding.expected_location, finding.observed_location, finding.other_observed_location) == ("A-1", "C-5", "A-1")
    assert found.location_verdicts() == {"A-1": Verdict.DUPLICATE, "C-5": Verdict.DUPLICATE}


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(([line(2, "A-1", "LPN-7")], [look("A-1", "empty"), read("C-5", "LPN-7", n_frames=1)]), id="misplaced"),
        pytest.param(([line(2, "A-1", P)], [read("A-1", P), read("C-5", "LPN-7", n_frames=1)]), id="unexpected"),
        pytest.param(([line(2, "A-1", "LPN-7")], [read("A-1", "LPN-7"), read("C-5", "LPN-7", n_frames=1)]), id="duplicate"),
    ],
)
def test_an_id_without_check_digit_read_once_accuses_nobody(world: tuple[list[ErpLine], list[Observation]]) -> None:
    found = Result(*world)
    assert [f.verdict for f in found.findings] == [Verdict.LOW_CONFIDENCE]
    assert found.location_verdicts()["C-5"] is Verdict.LOW_CONFIDENCE
    assert found.findings[0].confidence <= 0.5
    assert "read only once, and its id (Code128) has no check digit" in found.findings[0].reason


def test_the_same_read_in_two_frames_or_as_a_matrix_code_is_enough() -> None:
    for more in ({"n_frames": 2}, {"n_frames": 1, "symbology": "DataMatrix"}):
        found = Result([line(2, "A-1", "LPN-7")], [look("A-1", "empty"), read("C-5", "LPN-7", **more)])
        assert found.line_verdicts() == {2: Verdict.MISPLACED}


def test_a_line_that_is_matched_stays_matched_when_a_doubtful_second_read_turns_up() -> None:
    found = Result([line(2, "A-1", "LPN-7")], [read("A-1", "LPN-7"), read("C-5", "LPN-7", n_frames=1)])
    assert found.line_verdicts() == {2: Verdict.MATCH}
    assert found.location_verdicts() == {"A-1": Verdict.MATCH, "C-5": Verdict.LOW_CONFIDENCE}


def test_an_sscc_that_a_single_photo_shows_accuses_nobody_and_a_second_photo_makes_it_sound() -> None:
    erp = [line(2, "A-1", P)]  # 384110060205419165 was read, check digit and all, where another label hung
    once = Result(erp, [look("A-1", "empty"), read("C-5", P, n_frames=1, runner_up="C-6", margin_m=0.4)])
    twice = Result(erp, [look("A-1", "empty"), read("C-5", P, n_frames=2, runner_up="C-6", margin_m=0.4)])
    scanned_by_hand = Result(erp, [look("A-1", "empty"), read("C-5", P, n_frames=1, margin_m=None)])
    assert once.line_verdicts() == {2: Verdict.LOW_CONFIDENCE}
    assert twice.line_verdicts() == {2: Verdict.MISPLACED}
    assert scanned_by_hand.line_verdicts() == {2: Verdict.MISPLACED}


@pytest.mark.parametrize(
    ("n_home", "n_away", "verdict"), [(1, 2, Verdict.DUPLICATE), (2, 1, Verdict.LOW_CONFIDENCE), (1, 1, Verdict.LOW_CONFIDENCE)]
)
def test_one_photo_proves_a_pallet_at_home_but_not_its_double_elsewhere(n_home: int, n_away: int, verdict: Verdict) -> None:
    seen = [
        read("A-1", P, n_frames=n_home, runner_up="A-2", margin_m=0.4),
        read("C-5", P, n_frames=n_away, runner_up="C-6", margin_m=0.4),
    ]
    found = Result([line(2, "A-1", P)], seen)
    (finding,) = found.findings
    assert (finding.verdict, finding.observed_location, finding.expected_location) == (verdict, "C-5", "A-1")
    assert found.location_verdicts()["C-5"] is verdict


def test_one_photo_at_one_of_two_bookings_is_enough_to_find_the_other_one_wrong() -> None:
    seen = [read("A-1", P, n_frames=1, runner_up="A-2", margin_m=0.4), look("B-1", "empty")]
    (finding,) = Result([line(2, "A-1", P), line(3, "B-1", P)], seen).findings
    assert (finding.verdict, finding.cause, finding.expected_location) == (Verdict.MISPLACED, Cause.BOOKED_TWICE, "B-1")


def test_a_neighbour_with_a_thin_margin_is_our_own_localisation() -> None:
    found = Result([line(2, "A-1", P)], [look("A-1", "unseen"), read("A-2", P, n_frames=9, runner_up="A-1", margin_m=0.06)])
    (finding,) = found.findings
    assert (finding.verdict, finding.cause) == (Verdict.LOW_CONFIDENCE, Cause.LOCALISATION)
    assert finding.reason == (
        f"The ERP expects pallet {P} at A-1; it was read at A-2, 1 place along the same row. But the label lies only 0.06 m "
        "nearer to A-2 than to A-1, so our own localisation is suspected."
    )


def test_of_two_labels_in_one_place_either_may_be_the_one_that_lies_near_the_border() -> None:
    seen = [look("A-2", "unseen"), read("A-3", P, Q, n_frames=4, runner_up="A-4", margin_m=0.06)]
    (finding,) = Result([line(2, "A-2", P), line(3, "A-3", Q)], seen).findings
    assert (finding.verdict, finding.cause) == (Verdict.LOW_CONFIDENCE, Cause.LOCALISATION)
    assert "But one of the labels read there lies only 0.06 m nearer to A-3 than to A-4" in finding.reason


def test_a_read_that_may_belong_next_door_does_not_displace_the_pallet_of_its_place() -> None:
    found = Result([line(2, "A-1", P), line(3, "A-2", Q)], [read("A-1", Q, runner_up="A-2", margin_m=0.06), look("A-2", "unseen")])
    assert found.line_verdicts() == {2: Verdict.LOW_CONFIDENCE, 3: Verdict.LOW_CONFIDENCE}


def test_at_a_place_for_several_pallets_a_read_of_one_says_nothing_of_the_others() -> None:
    found = Result([line(2, "A-1", P), line(3, "A-1", Q)], [read("A-1", P)])
    assert found.line_verdicts() == {2: Verdict.MATCH, 3: Verdict.UNVERIFIED}
    assert found.lines[1].reason == (
        f"The ERP expects pallet {Q} at A-1; 1 of 2 pallets were read there, and it may stand among or behind them."
    )


def test_an_unknown_id_one_character_off_the_expected_one_is_taken_for_a_slip() -> None:
    found = Result([line(2, "A-1", "LPN0123")], [read("A-1", "LPN0128")])
    assert found.line_verdicts() == {2: Verdict.LOW_CONFIDENCE}
    assert found.pallet_verdicts() == {"LPN0128": Verdict.LOW_CONFIDENCE}


@pytest.mark.parametrize(
    ("expected", "was_read", "symbology", "verdict"),
    [
        ("384123458310589790", "382923458310584090", "Code128", Verdict.LOW_CONFIDENCE),
        ("384123458310589790", "382923458310584090", "DataMatrix", Verdict.MISSING),
        ("384123454452279537", "384109454452279537", "Code128", Verdict.LOW_CONFIDENCE),
        (sscc(41), sscc(42), "Code128", Verdict.MISSING),
        (sscc(41), sscc(141), "Code128", Verdict.MISSING),
    ],
    ids=["two pairs, one check character", "a code that corrects errors", "a pair and the check character", "the next", "a later"],
)
def test_an_unknown_sscc_that_damaged_bars_of_the_expected_one_can_make_accuses_nobody(
    expected: str, was_read: str, symbology: str, verdict: Verdict
) -> None:
    """The first and the third are reads of labels at the limit, whose bars said so in every photo."""
    found = Result([line(2, "A-1", expected)], [read("A-1", was_read, symbology=symbology)])
    assert found.line_verdicts() == {2: verdict}
    is_doubted = verdict is Verdict.LOW_CONFIDENCE
    assert found.pallet_verdicts() == {was_read: Verdict.LOW_CONFIDENCE if is_doubted else Verdict.UNEXPECTED}
    words = f"it differs from {expected}, which the ERP expects there, only as misread or badly printed bars do"
    assert (words in found.lines[0].reason) == is_doubted


def test_what_damaged_bars_can_make_of_an_sscc_goes_both_ways_and_is_rare() -> None:
    numbers = [sscc(serial) for serial in range(0, 900_000_000, 4_567_891)]
    pairs = list(combinations(numbers, 2))
    alike = [pair for pair in pairs if may_be_misread(*pair)]
    assert all(may_be_misread(b, a) for a, b in alike)
    assert len(alike) / len(pairs) < 0.001


def test_a_pallet_booked_twice_and_standing_at_one_of_the_two_is_a_booking_to_take_off() -> None:
    found = Result([line(2, "A-1", P), line(3, "B-1", P)], [read("A-1", P), look("B-1", "empty")])
    (finding,) = found.findings
    assert (finding.verdict, finding.cause, finding.expected_location) == (Verdict.MISPLACED, Cause.BOOKED_TWICE, "B-1")
    assert found.line_verdicts() == {2: Verdict.MATCH, 3: Verdict.MISPLACED}
    unseen = Result([line(2, "A-1", P), line(3, "B-1", P)], [read("A-1", P)])
    assert unseen.line_verdicts() == {2: Verdict.MATCH, 3: Verdict.UNVERIFIED}


def test_stock_without_a_pallet_id_is_missing_from_an_empty_place_and_else_for_a_person_to_judge() -> None:
    lines = [line(2, "A-1", sku="4711", quantity=5), line(3, "A-2", sku="4711", quantity=5)]
    found = Result(lines, [look("A-1", "empty"), read("A-2", Q)])
    assert found.line_verdicts() == {2: Verdict.MISSING, 3: Verdict.UNVERIFIED}
    assert found.findings[0].reason == "The ERP expects item 4711 without a pallet id at A-1; the place was seen empty."


@pytest.mark.parametrize(
    ("unbooked_at", "verdict"), [("A-1", Verdict.UNVERIFIED), ("C-5", Verdict.LOW_CONFIDENCE), (None, Verdict.LOW_CONFIDENCE)]
)
def test_an_id_that_no_label_can_be_booked_as_is_looked_for_among_the_unbooked_texts(
    unbooked_at: str | None, verdict: Verdict
) -> None:
    lines = [replace(line(2, "A-1", "PAL-77"), pallet=None)]
    seen = [read("A-1", Q), look("C-5", "unreadable")]
    seen = [replace(o, unbooked_texts=("PAL-77",)) if o.location == unbooked_at else o for o in seen]
    found = Result(lines, seen)
    assert found.line_verdicts() == {2: verdict}
    assert "PAL-77 is no valid SSCC and fits none of the site's lpn_patterns" in found.lines[0].reason


@pytest.mark.parametrize(("seen_at", "verdict"), [("A-1", Verdict.UNVERIFIED), ("C-5", Verdict.LOW_CONFIDENCE)])
def test_a_pallet_that_a_barcode_too_doubtful_to_be_booked_names_is_not_missing(seen_at: str, verdict: Verdict) -> None:
    seen = [look("A-1", "empty"), look("C-5", "unreadable")]
    seen = [replace(o, unbooked_texts=(f"00{P}",)) if o.location == seen_at else o for o in seen]
    found = Result([line(2, "A-1", P)], seen)
    assert found.line_verdicts() == {2: verdict}
    assert found.lines[0].reason.endswith(f"a barcode that names it was seen at {seen_at}, too doubtful to be booked.")


# -- time ----------------------------------------------------------------------------------------------------------------------


def test_what_the_erp_moved_between_export_and_scan_is_stale() -> None:
    lines = [line(2, "A-1", P, moved_at="09:30")]
    found = Result(lines, [look("A-1", "empty")], snapshot_at="09:00")
    (finding,) = found.findings
    assert finding.verdict is Verdict.STALE
    assert finding.reason.endswith(
        "But the ERP moved it at 2026-11-23T09:30:00Z, so export (exported 2026-11-23T09:00:00Z) and scan "
        "(scanned 2026-11-23T10:00:00Z) are of different times."
    )


@pytest.mark.parametrize(("moved_at", "snapshot_at"), [("08:30", "09:00"), ("08:30", ""), ("09:30", "")])
def test_what_the_erp_moved_before_export_and_scan_is_not_stale(moved_at: str, snapshot_at: str) -> None:
    lines = [line(2, "A-1", P, moved_at=moved_at)]
    assert Result(lines, [look("A-1", "empty")], snapshot_at=snapshot_at).line_verdicts() == {2: Verdict.MISSING}


def test_a_pallet_read_where_it_should_be_is_a_match_however_often_it_moved() -> None:
    lines = [line(2, "A-1", P, moved_at="09:30")]
    assert Result(lines, [read("A-1", P)], snapshot_at="09:00").line_verdicts() == {2: Verdict.MATCH}


def test_an_unknown_pallet_at_a_place_that_the_erp_moved_meanwhile_is_stale() -> None:
    lines = [line(2, "A-1", P, moved_at="09:30"), line(3, "A-2", R)]
    found = Result(lines, [read("A-1", Q), read("A-2", R)], snapshot_at="09:00")
    assert found.pallet_verdicts() == {Q: Verdict.STALE, R: Verdict.MATCH}
    assert found.line_verdicts() == {2: Verdict.STALE, 3: Verdict.MATCH}


def test_a_pallet_that_moved_while_the_drone_flew_is_no_duplicate() -> None:
    early, late = read("A-1", P, seen_at="2026-11-23T10:00:00Z"), read("C-5", P, seen_at="2026-11-23T10:20:00Z")
    assert Result([line(2, "A-1", P, moved_at="10:10")], [early, late]).pallet_verdicts() == {P: Verdict.STALE}


@pytest.mark.parametrize("quantity", [0, -5])
def test_nothing_is_missing_of_what_the_erp_has_none_left(quantity: int) -> None:
    lines = [line(2, "A-1", P, sku="4711", quantity=quantity), line(3, "A-2", sku="4712", quantity=quantity), line(4, "A-3", Q)]
    found = Result(lines, [look("A-1", "empty"), look("A-2", "empty"), read("A-3", Q)])
    assert found.line_verdicts() == {2: Verdict.UNVERIFIED, 3: Verdict.MATCH, 4: Verdict.MATCH}
    assert found.findings == ()
    assert found.lines[0].reason == (
        f"The ERP has pallet {P} at A-1 with a quantity of {quantity}: nothing of it need stand there."
    )
    assert Result(lines, [read("A-1", P), look("A-2", "empty"), read("A-3", Q)]).findings == ()


def test_a_refused_row_of_a_location_keeps_what_it_may_have_booked_there_from_accusing() -> None:
    """As where one cell is merged over two pallets: the second row has no location, or an id that did not read."""
    named = RowFault(file="erp.csv", row=3, column="location", what="empty", pallets=frozenset({pallet(Q)}))
    found = Result([line(2, "A-1", P)], [read("A-1", Q)], faults=[named])
    assert found.line_verdicts() == {2: Verdict.LOW_CONFIDENCE}
    there = RowFault(file="erp.csv", row=3, column="pallet", what="#N/A", locations=frozenset({"A-1"}))
    for looks in ([read("A-1", Q)], [read("A-1", P, Q)]):
        found = Result([line(2, "A-1", P)], looks, faults=[there])
        assert {f.verdict for f in found.findings} <= {Verdict.LOW_CONFIDENCE}


@pytest.mark.parametrize(("booked", "label"), [("1234", "0000001234"), ("lpn0007", "LPN0007")])
def test_an_id_that_lost_its_zeros_or_its_case_accuses_nobody(booked: str, label: str) -> None:
    found = Result([line(2, "A-1", booked)], [read("A-1", label, symbology="QRCode")])
    assert {f.verdict for f in found.findings} == {Verdict.LOW_CONFIDENCE}
    assert all("differs only in zeros in front or in case" in f.reason for f in found.findings)
