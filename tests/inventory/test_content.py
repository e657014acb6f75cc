"""What a label says beside its pallet is compared only with like in the ERP's line."""

from __future__ import annotations

import pytest

from inventory.findings import Verdict
from tests.inventory.worlds import Result, line, read, sscc

P, Q = sscc(1), sscc(2)


@pytest.mark.parametrize(
    ("erp", "label", "words"),
    [
        ({"batch": "LOT7"}, ("10", "LOT8"), "the label's batch is LOT8, the ERP's LOT7"),
        ({"quantity": 48}, ("37", "40"), "the label's count is 40, the ERP's quantity 48"),
        ({"sku": "8412345000010"}, ("02", "08412345000027"), "the label's item is 08412345000027, the ERP's 8412345000010"),
    ],
)
def test_a_label_that_contradicts_the_line_is_wrong_content(erp: dict[str, object], label: tuple[str, str], words: str) -> None:
    found = Result([line(2, "A-1", P, **erp)], [read("A-1", P, label_data=(label,))])  # type: ignore[arg-type]
    assert found.line_verdicts() == {2: Verdict.WRONG_CONTENT}
    assert found.findings[0].reason == f"Pallet {P} stands at A-1 as expected, but {words}."


@pytest.mark.parametrize(
    ("erp", "label"),
    [
        ({"batch": "0000012345"}, ("10", "12345")),
        ({"batch": "lot7"}, ("10", "LOT7")),
        ({"batch": "LOT7"}, ("10", "LOT717261231")),
        ({"batch": ""}, ("10", "LOT7")),
        ({"quantity": 480, "uom": "KG"}, ("37", "48")),
        ({"sku": "4711"}, ("02", "08412345000027")),
        ({"sku": "8412345000010"}, ("02", "18412345000017")),
    ],
    ids=["padded batch", "case", "lost FNC1", "no batch", "kilograms", "house item number", "carton of the item"],
)
def test_only_like_is_compared_with_like(erp: dict[str, object], label: tuple[str, str]) -> None:
    found = Result([line(2, "A-1", P, **erp)], [read("A-1", P, label_data=(label,))])  # type: ignore[arg-type]
    assert found.line_verdicts() == {2: Verdict.MATCH}


def test_label_data_beside_a_second_pallet_accuses_neither() -> None:
    lines = [line(2, "A-1", P, batch="LOT7"), line(3, "A-1", Q, batch="LOT8")]
    found = Result(lines, [read("A-1", P, Q, label_data=(("10", "LOT8"),))])
    assert found.line_verdicts() == {2: Verdict.MATCH, 3: Verdict.MATCH}


@pytest.mark.parametrize(
    ("item", "uom", "verdict"),
    [
        ("8412345678905", "EA", Verdict.MATCH),
        ("4711", "", Verdict.MATCH),
        ("18412345678902", "EA", Verdict.WRONG_CONTENT),
        ("4711", "CTN", Verdict.WRONG_CONTENT),
    ],
)
def test_cartons_on_the_label_are_compared_with_cartons_only(item: str, uom: str, verdict: Verdict) -> None:
    data = (("02", "18412345678902"), ("37", "48"))
    found = Result([line(2, "A-1", P, sku=item, quantity=576, uom=uom)], [read("A-1", P, label_data=data)])
    assert found.line_verdicts() == {2: verdict}
