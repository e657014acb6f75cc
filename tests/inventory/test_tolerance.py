"""A count within the tolerance of its ABC class agrees, and its difference is shown; presence knows no tolerance."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from inventory.findings import Verdict
from inventory.reconcile import reconcile_scans
from inventory.settings import ReconcileSettings
from inventory.tolerance import parse_tolerances
from tests.inventory.worlds import SCAN_HEADER, Result, line, look, read, sscc
from warehouse.errors import BadInputError

P, Q = sscc(1), sscc(2)


@pytest.mark.parametrize(
    ("counted", "covers_percent", "covers_value"), [(106, 0, 1), (88, 0, 1), (122, 0, 0), (73, 0, 0), (105, 1, 1)]
)
def test_the_limits_are_those_of_oracles_worked_example(counted: int, covers_percent: int, covers_value: int) -> None:
    # 100 booked at 10 each: 106 breaks +5 %, 88 breaks -10 %, 122 and 73 break the 200 in money as well
    booked = line(2, "A-1", P, quantity=100, value=Decimal(1000), abc="A")
    percent, value = parse_tolerances(["A=+5%,-10%"]), parse_tolerances(["*=200"])
    assert bool(percent.words(Decimal(counted), booked)) == bool(covers_percent)
    assert bool(value.words(Decimal(counted), booked)) == bool(covers_value)


def test_a_count_within_its_class_agrees_and_says_by_how_much_it_differs() -> None:
    lines = [line(2, "A-1", P, quantity=48, uom="EA", abc="C"), line(3, "A-2", Q, quantity=48, uom="EA", abc="A")]
    seen = [read("A-1", P, label_data=(("37", "47"),)), read("A-2", Q, label_data=(("37", "47"),))]
    found = Result(lines, seen, tolerances=["A=1%", "B=3%", "C=5%"])
    assert found.line_verdicts() == {2: Verdict.MATCH, 3: Verdict.WRONG_CONTENT}
    said = (
        f"Pallet {P} was read at A-1, where the ERP expects it. It agrees within limits: the label's count is 47, 1 less than the "
        "ERP's 48 EA (2.1 %), within the tolerance of class C (5%)."
    )
    assert found.lines[0].reason == said
    assert found.locations[0].reason == said


def test_presence_and_other_data_of_a_label_know_no_tolerance() -> None:
    lines = [line(2, "A-1", P, quantity=1), line(3, "A-2", Q, quantity=48, batch="LOT7")]
    seen = [look("A-1", "empty"), read("A-2", Q, label_data=(("37", "47"), ("10", "LOT8")))]
    found = Result(lines, seen, tolerances=["*=100%"])
    assert found.line_verdicts() == {2: Verdict.MISSING, 3: Verdict.WRONG_CONTENT}


def test_a_limit_in_money_covers_nothing_where_the_erp_gives_no_value() -> None:
    assert not parse_tolerances(["*=200"]).words(Decimal(47), line(2, "A-1", P, quantity=48))


@pytest.mark.parametrize("text", ["A", "A=", "=1%", "A=x", "A=+200", "A=1%,+2%", "A=1e9%"])
def test_limits_that_cannot_be_read_are_named(text: str) -> None:
    with pytest.raises(BadInputError, match="--tolerance"):
        parse_tolerances([text])


def test_the_difference_and_the_limits_are_in_the_files(tmp_path: Path) -> None:
    (tmp_path / "erp.csv").write_text(f"location,pallet,sku,quantity,uom,abc\nA-1,{P},8412345000010,48,CT,C\n", encoding="utf-8")
    label = "02084123450000103747"
    scans = f"A-1,read,00{P},Code128,f1,2026-11-23T10:00:00Z\nA-1,read,{label},Code128,f1,2026-11-23T10:00:00Z\n"
    (tmp_path / "scans.csv").write_text(SCAN_HEADER + scans, encoding="utf-8")
    tolerances = parse_tolerances(["C=5%"])
    reconcile_scans(tmp_path / "scans.csv", tmp_path / "erp.csv", tmp_path / "out", ReconcileSettings(tolerances=tolerances))
    (row,) = csv.DictReader((tmp_path / "out" / "erp_lines.csv").read_text(encoding="utf-8").splitlines())
    assert (row["verdict"], row["state"], row["label_count"], row["difference"]) == ("match", "counted", "47", "-1")
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["tolerances"] == {"C": "5%"}
