"""What a finding weighs: by value, else by class, else by quantity; and what weighs most comes first."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from inventory.answer import describe_reconciliation
from inventory.findings import Verdict
from inventory.severity import Scale, Severity
from tests.inventory.worlds import Result, line, look, read, reconciled, sscc

P = {n: sscc(n) for n in range(1, 12)}


def test_the_lines_that_hold_the_first_80_percent_of_all_value_are_high_and_the_last_5_low() -> None:
    values = [800, 100, 60, 30, 10]  # 80, 90, 96, 99, 100 % of the whole
    lines = [line(n, f"A-{n}", P[n], value=Decimal(v), currency="EUR") for n, v in enumerate(values, start=1)]
    found = Result(lines, [look(f"A-{n}", "empty") for n in range(1, 6)])
    assert [(f.expected_location, f.weight.severity, f.weight.by) for f in found.findings] == [
        ("A-1", Severity.HIGH, "value"),
        ("A-2", Severity.MEDIUM, "value"),
        ("A-3", Severity.MEDIUM, "value"),
        ("A-4", Severity.LOW, "value"),
        ("A-5", Severity.LOW, "value"),
    ]


def test_what_weighs_much_goes_before_a_graver_verdict_and_a_doubt_goes_behind_both() -> None:
    lines = [
        line(2, "A-1", P[1], value=Decimal(10), currency="EUR"),
        line(3, "B-1", P[2], value=Decimal(900), currency="EUR"),
        line(4, "C-1", P[3], value=Decimal(900), currency="EUR"),
    ]
    seen = [look("A-1", "empty"), look("B-1", "empty"), read("D-1", P[2]), look("C-1", "empty", confidence=0.4), read("E-1", P[9])]
    found = Result(lines, seen)
    assert [(f.case_id, f.verdict, f.weight.severity) for f in found.findings] == [
        ("F0001", Verdict.MISPLACED, Severity.HIGH),
        ("F0002", Verdict.UNEXPECTED, None),
        ("F0003", Verdict.MISSING, Severity.LOW),
        ("F0004", Verdict.LOW_CONFIDENCE, Severity.HIGH),
    ]


def test_without_a_value_the_class_and_without_a_class_the_quantity_weighs() -> None:
    lines = [
        line(2, "A-1", P[1], abc="c", quantity=500),
        line(3, "A-2", P[2], quantity=500),
        line(4, "A-3", P[3], quantity=1),
        line(5, "A-4", P[4], quantity=7, uom="KG"),
    ]
    found = Result(lines, [look(f"A-{n}", "empty") for n in range(1, 5)])
    said = {f.expected_location: (f.weight.severity, f.weight.by, f.weight.words) for f in found.findings}
    assert said == {
        "A-1": (Severity.LOW, "abc", "low, class C"),
        "A-2": (Severity.HIGH, "quantity", "high, by quantity"),
        "A-3": (Severity.LOW, "quantity", "low, by quantity"),
        "A-4": (None, "", ""),  # the only one in kilograms
    }


def test_two_currencies_are_never_added_up_and_plus_and_minus_are_never_netted() -> None:
    lines = [
        line(2, "A-1", P[1], value=Decimal(-400), currency="EUR"),
        line(3, "C-9", P[2], value=Decimal(100), currency="EUR"),
        line(4, "E-1", P[3], value=Decimal(100), currency="EUR"),
        line(5, "G-5", P[4], value=Decimal(9), currency="USD"),
    ]
    found = Result(lines, [read("A-1", P[2]), read("C-9", P[1]), read("E-1", P[4]), read("G-5", P[3])])
    assert [(f.weight.value, f.weight.currency, f.weight.severity) for f in found.findings] == [
        (Decimal(500), "EUR", Severity.HIGH),
        (None, "", None),
    ]


def test_of_a_count_that_differs_only_the_difference_is_at_stake() -> None:
    lines = [
        line(2, "A-1", P[1], quantity=48, value=Decimal("96.00"), currency="EUR"),
        line(3, "A-2", P[2], quantity=48, value=Decimal(50), currency="EUR"),
    ]
    found = Result(lines, [read("A-1", P[1], label_data=(("37", "40"),)), read("A-2", P[2])])
    (finding,) = found.findings
    assert (finding.label_count, finding.weight.value) == (Decimal(40), Decimal(16))


def test_where_all_amounts_are_alike_none_weighs_more() -> None:
    lines = [line(n, f"A-{n}", P[n], quantity=1, uom="PAL") for n in (1, 2, 3)]
    assert {Scale(lines).weighed(f).severity for f in Result(lines, [look("A-1", "empty"), look("A-2", "empty")]).findings} == {
        None
    }


def test_the_answer_says_what_is_at_stake(tmp_path: Path) -> None:
    erp = f"location,pallet,value (EUR)\nA-1,{P[1]},4800.00\nA-2,{P[2]},20.00\n"
    text = describe_reconciliation(reconciled(tmp_path, erp, "A-1,empty,,,f1,\nA-2,empty,,,f2,\n")).splitlines()
    assert text[1] == "Severity of what disagrees: 1 high, 1 low; stock worth 4820.00 EUR by the ERP. The gravest come first."
    assert text[3].startswith(f"  Missing (high, 4800.00 EUR): The ERP expects pallet {P[1]} at A-1")
