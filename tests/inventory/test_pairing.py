from __future__ import annotations

from inventory.findings import Cause, Verdict
from tests.inventory.worlds import Result, line, look, read, sscc


def test_two_pallets_in_each_others_places_are_one_finding() -> None:
    a, b = sscc(1), sscc(2)
    found = Result([line(2, "A-1", a), line(3, "C-9", b)], [read("A-1", b), read("C-9", a)])
    (finding,) = found.findings
    assert (finding.verdict, finding.cause) == (Verdict.MISPLACED, Cause.SWAPPED)
    assert (str(finding.pallet), finding.expected_location, finding.observed_location) == (a, "A-1", "C-9")
    assert (str(finding.other_pallet), finding.other_expected_location, finding.other_observed_location) == (b, "C-9", "A-1")
    assert [x.row for x in finding.lines] == [2, 3]
    assert found.line_verdicts() == {2: Verdict.MISPLACED, 3: Verdict.MISPLACED}
    assert all(x.case_ids == ("F0001",) for x in found.locations)


def test_neighbours_that_seem_swapped_by_a_hair_are_left_to_a_recount() -> None:
    a, b = sscc(1), sscc(2)
    found = Result(
        [line(2, "A-1", a), line(3, "A-2", b)],
        [read("A-1", b, runner_up="A-2", margin_m=0.08), read("A-2", a, runner_up="A-1", margin_m=0.08)],
    )
    (finding,) = found.findings
    assert (finding.verdict, finding.cause) == (Verdict.LOW_CONFIDENCE, Cause.LOCALISATION)
    assert finding.other_pallet is not None


def test_three_pallets_in_a_circle_are_three_moves() -> None:
    a, b, c = sscc(1), sscc(2), sscc(3)
    lines = [line(2, "A-1", a), line(3, "C-5", b), line(4, "E-9", c)]
    found = Result(lines, [read("C-5", a), read("E-9", b), read("A-1", c)])
    assert [f.cause for f in found.findings] == [Cause.MOVED] * 3


def test_a_row_that_is_one_place_off_is_one_doubt_about_ourselves() -> None:
    pallets = [sscc(n) for n in range(1, 6)]
    lines = [line(n + 1, f"A-{n}", pallets[n - 1]) for n in range(1, 6)]
    found = Result(lines, [look("A-1", "empty"), *(read(f"A-{n + 1}", pallets[n - 1]) for n in range(1, 6))])
    (finding,) = found.findings
    assert (finding.verdict, finding.cause) == (Verdict.LOW_CONFIDENCE, Cause.SHIFTED)
    assert finding.confidence <= 0.5
    assert finding.reason == (
        "5 pallets side by side, from A-1 to A-5, were each read one place further along than the ERP expects. Most likely our own "
        "localisation is off there."
    )
    assert set(found.line_verdicts().values()) == {Verdict.LOW_CONFIDENCE}
    assert set(found.location_verdicts().values()) == {Verdict.LOW_CONFIDENCE}


def test_in_a_shifted_row_nothing_is_called_missing() -> None:
    pallets = [sscc(n) for n in range(1, 6)]
    lines = [line(n + 1, f"A-{n}", pallets[n - 1]) for n in range(1, 6)]
    # the label of pallet 3 does not read, so its place 4 is unreadable while pallet 2 stands where 3 should
    seen = [read(f"A-{n + 1}", pallets[n - 1]) for n in (1, 2, 4, 5)]
    found = Result(lines, [look("A-1", "empty"), *seen, look("A-4", "unreadable")])
    (finding,) = found.findings
    assert finding.cause is Cause.SHIFTED
    assert found.line_verdicts()[4] is Verdict.LOW_CONFIDENCE
    assert [x.row for x in finding.lines] == [2, 3, 4, 5, 6]


def test_what_else_was_read_in_a_shifted_row_accuses_nobody() -> None:
    pallets = [sscc(n) for n in range(1, 6)]
    lines = [line(n + 1, f"A-{n}", pallets[n - 1]) for n in (1, 2, 4, 5)] + [line(9, "C-7", sscc(7))]
    seen = [read(f"A-{n + 1}", pallets[n - 1]) for n in (1, 2, 4, 5)]
    found = Result(lines, [*seen, read("A-4", sscc(7)), look("C-7", "empty")])
    assert [(f.verdict, f.cause) for f in found.findings] == [
        (Verdict.LOW_CONFIDENCE, Cause.SHIFTED),
        (Verdict.LOW_CONFIDENCE, Cause.LOCALISATION),
    ]
    assert found.findings[1].reason == (
        f"The ERP expects pallet {sscc(7)} at C-7; it was read at A-4. But the row that it was read in, A-1 to A-6, seems to be "
        "read one place off."
    )
    assert found.line_verdicts()[9] is Verdict.LOW_CONFIDENCE


def test_a_pallet_in_its_own_place_breaks_the_suspicion_of_a_shift() -> None:
    pallets = [sscc(n) for n in range(1, 8)]
    lines = [line(n + 1, f"A-{2 * n}", pallets[n - 1]) for n in range(1, 8)]
    seen = [read(f"A-{2 * n + (0 if n in (2, 4, 6) else 1)}", pallets[n - 1]) for n in range(1, 8)]
    found = Result(lines, seen + [look(f"A-{2 * n}", "empty") for n in (1, 3, 5, 7)])
    assert [f.cause for f in found.findings] == [Cause.MOVED] * 4


def test_two_pallets_one_place_off_are_a_doubt_and_two_in_each_others_places_are_none() -> None:
    off = Result([line(2, "A-1", sscc(1)), line(3, "A-4", sscc(2))], [read("A-2", sscc(1)), read("A-5", sscc(2))])
    assert [(f.verdict, f.cause) for f in off.findings] == [(Verdict.LOW_CONFIDENCE, Cause.SHIFTED)]
    assert off.findings[0].reason.startswith("2 pallets of one row, those of A-1 and A-4, were each read one place further along")
    lines = [line(n + 1, f"A-{n}", sscc(n)) for n in (1, 2, 3, 4)]
    swapped = Result(lines, [read("A-2", sscc(1)), read("A-1", sscc(2)), read("A-4", sscc(3)), read("A-3", sscc(4))])
    assert [(f.verdict, f.cause) for f in swapped.findings] == [(Verdict.MISPLACED, Cause.SWAPPED)] * 2


def test_case_ids_count_through_the_findings_the_gravest_first() -> None:
    lines = [line(2, "A-1", sscc(1)), line(3, "B-1", sscc(2)), line(4, "C-1", sscc(3))]
    seen = [look("A-1", "empty"), look("C-1", "empty"), read("A-9", sscc(1)), read("B-1", sscc(2)), read("D-1", sscc(9))]
    found = Result(lines, seen)
    assert [(f.case_id, f.verdict) for f in found.findings] == [
        ("F0001", Verdict.MISSING),
        ("F0002", Verdict.MISPLACED),
        ("F0003", Verdict.UNEXPECTED),
    ]
