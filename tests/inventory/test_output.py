from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
import threading
from pathlib import Path

import frictionless
import pytest

from inventory.answer import describe_reconciliation
from inventory.rates import Rate
from inventory.written_together import write_together
from tests.inventory.worlds import reconciled, sscc

P, Q, R = sscc(1), sscc(2), sscc(3)
ERP = f"""location,pallet,sku,quantity,uom,batch,id
A-1,{P},0004711,48.50,KG,LOT7,__export__.stock_quant_9
A-2,{Q},"Oil, 5 l",,,,
A-4,{R},,,,,
A-6,LPN-1,,,,,
A-9,,,,,,
"""
SCANS = f"""A-1,empty,,,f1,2026-11-23T10:00:00Z
A-2,read,{R},Code128,f2,2026-11-23T10:00:01Z
A-4,read,{Q},Code128,f3,2026-11-23T10:00:02Z
A-5,read,=1+1,Code128,f4,2026-11-23T10:00:03Z
A-5,read,=1+1,Code128,f5,2026-11-23T10:00:04Z
A-6,unreadable,,,f6,
A-9,empty,,,f7,
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    reconciled(tmp_path, ERP, SCANS)
    return tmp_path / "out"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


VERSION_1 = {
    "locations": """schema_version location aisle bay level slot kind verdict status expected_pallets observed_pallets confidence
        reason case_id seen_at n_frames evidence label_evidence runner_up margin_m goods""",
    "discrepancies": """schema_version case_id verdict cause pallet pallet_kind expected_location observed_location other_pallet
        other_expected_location other_observed_location item batch quantity uom confidence reason suggested_action seen_at evidence
        expected_evidence erp_row erp_row_ref severity severity_by value currency abc label_count""",
    "recount": "schema_version location aisle bay level slot kind verdict status reason how what_to_do case_id",
    "erp_lines": """schema_version erp_row erp_row_ref location pallet item batch quantity uom verdict state status stands_at
        other_pallets reason case_id seen_at erp_columns value currency abc label_count difference""",
}


def test_the_columns_of_version_1_are_these_in_this_order(out: Path) -> None:
    for name, columns in VERSION_1.items():
        assert (out / f"{name}.csv").read_text(encoding="utf-8").split("\n")[0].split(",") == columns.split()


def test_findings_carry_the_words_of_the_erp_to_the_letter(out: Path) -> None:
    missing, swapped, unexpected = rows(out / "discrepancies.csv")
    assert (missing["verdict"], missing["pallet"], missing["pallet_kind"]) == ("missing", P, "SSCC")
    assert (missing["item"], missing["batch"], missing["quantity"], missing["uom"]) == ("0004711", "LOT7", "48.50", "KG")
    assert (missing["erp_row"], missing["erp_row_ref"]) == ("2", "__export__.stock_quant_9")
    assert (swapped["cause"], swapped["item"], swapped["erp_row"]) == ("swapped", "Oil, 5 l", "3|4")
    assert (swapped["pallet"], swapped["other_pallet"]) == (Q, R)
    assert (unexpected["pallet"], unexpected["observed_location"], unexpected["quantity"]) == ("=1+1", "A-5", "")


def test_every_location_has_a_row_and_the_undecided_ones_a_second_look(out: Path) -> None:
    found = {r["location"]: (r["verdict"], r["status"], r["case_id"]) for r in rows(out / "locations.csv")}
    assert found == {
        "A-1": ("missing", "empty", "F0001"),
        "A-2": ("misplaced", "read", "F0002"),
        "A-4": ("misplaced", "read", "F0002"),
        "A-5": ("unexpected", "read", "F0003"),
        "A-6": ("unverified", "unreadable", ""),
        "A-9": ("match", "empty", ""),
    }
    (again,) = rows(out / "recount.csv")
    assert (again["location"], again["how"]) == ("A-6", "fly")
    assert (
        again["what_to_do"]
        == "Look again from nearer, from another side and in other light; if the label is damaged, read it by hand."
    )


def test_the_files_are_rfc_4180_in_utf_8_without_a_mark(out: Path) -> None:
    for name in ("locations.csv", "discrepancies.csv", "recount.csv", "erp_lines.csv"):
        raw = (out / name).read_bytes()
        assert not raw.startswith(b"\xef\xbb\xbf")
        assert raw.endswith(b"\r\n")
        assert raw.count(b"\n") == raw.count(b"\r\n") == len(rows(out / name)) + 1


def test_sentences_never_start_like_a_formula(out: Path) -> None:
    for name in ("locations.csv", "discrepancies.csv", "recount.csv", "erp_lines.csv"):
        for row in rows(out / name):
            for column in ("reason", "suggested_action", "what_to_do", "verdict", "cause", "status", "case_id"):
                assert not row.get(column, "").startswith(("=", "+", "-", "@", "\t", "\r")), (name, column, row)


def test_a_rerun_writes_the_same_bytes(tmp_path: Path, out: Path) -> None:
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    reconciled(tmp_path, ERP, SCANS)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert " ".join(sorted(before)) == (
        "datapackage.json discrepancies.csv erp_lines.csv locations.csv reconciliation.xlsx recount.csv summary.json"
    )


def test_frictionless_finds_the_package_valid(out: Path) -> None:
    report = frictionless.validate(str(out / "datapackage.json"))
    assert report.flatten(["message"]) == []
    assert [task.name for task in report.tasks] == ["locations", "discrepancies", "recount", "erp_lines", "summary"]
    assert report.tasks[0].stats["rows"] == 6


def test_frictionless_notices_a_changed_verdict(out: Path) -> None:
    path = out / "locations.csv"
    path.write_bytes(path.read_bytes().replace(b",unverified,", b",not_there,"))
    assert not frictionless.validate(str(out / "datapackage.json")).valid


def test_a_package_of_no_findings_is_valid_too(tmp_path: Path) -> None:
    reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", f"A-1,read,{P},,f1,\n")
    assert rows(tmp_path / "out" / "discrepancies.csv") == []
    assert frictionless.validate(str(tmp_path / "out" / "datapackage.json")).valid


def test_the_package_vouches_for_each_file(out: Path) -> None:
    package = json.loads((out / "datapackage.json").read_text())
    for resource in package["resources"] + package["for_people"]:
        raw = (out / resource["path"]).read_bytes()
        assert resource["bytes"] == len(raw)
        assert resource["hash"] == f"sha256:{hashlib.sha256(raw).hexdigest()}"


def test_a_set_of_files_waits_until_another_program_has_put_its_own_there(tmp_path: Path) -> None:
    files = {tmp_path / name: name.encode() for name in ("a.csv", "datapackage.json")}
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)  # as the other one does
    second = threading.Thread(target=write_together, args=(tmp_path, files))
    second.start()
    second.join(0.3)
    assert second.is_alive()
    assert not [path for path in files if path.exists()]
    os.close(handle)
    second.join(10)
    assert {path: path.read_bytes() for path in files} == files


def test_the_summary_counts_each_line_once_and_says_what_a_share_is_of(tmp_path: Path, out: Path) -> None:
    summary = json.loads((out / "summary.json").read_text())
    assert summary["verdicts"] == {
        **dict.fromkeys(("duplicate", "wrong_content", "stale", "low_confidence"), 0),
        **{"missing": 1, "misplaced": 2, "unexpected": 1, "unverified": 1, "match": 1},
    }
    assert summary["erp_lines"]["missing"] == 1
    assert summary["pallets"] == {**summary["pallets"], "misplaced": 2, "unexpected": 1, "missing": 0}
    assert summary["findings"]["misplaced"] == 1
    assert summary["locations_by_status"] == {"read": 3, "empty": 2, "unreadable": 1, "unseen": 0, "not_observable": 0}
    assert summary["rates"]["read_rate"] == {"numerator": 3, "denominator": 4, "value": 0.75, "low_95": 0.3006, "high_95": 0.9544}
    assert summary["rates"]["coverage"]["denominator"] == 6
    assert summary["rates"]["location_accuracy"] == {**summary["rates"]["location_accuracy"], "numerator": 1, "denominator": 5}
    assert summary["erp"] == {**summary["erp"], "profile": "plain", "rows": 5, "rows_read": 5, "rows_refused": 0, "faults": []}
    assert [i["sha256"] for i in summary["inputs"]] == [
        hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("erp.csv", "scans.csv")
    ]


def test_a_wilson_interval_is_that_of_the_textbook() -> None:
    low, high = Rate(81, 263).wilson() or (0.0, 0.0)  # Newcombe 1998, Statistics in Medicine 17:857, table I
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert Rate(0, 20).wilson() is not None
    assert Rate(0, 0).wilson() is None


def test_the_answer_comes_first_in_words(tmp_path: Path) -> None:
    text = describe_reconciliation(reconciled(tmp_path, ERP, SCANS)).splitlines()
    assert text[0] == "6 locations: 1 agree with the ERP, 3 findings to look into, 1 location to count again."
    assert text[1] == "erp.csv: profile plain, utf-8, separated by commas; 5 rows read, 0 refused, of 5"
    assert text[2].startswith(f"  Missing: The ERP expects pallet {P} at A-1; the place was seen empty")
    assert text[-4:] == [
        "Count again: A-6",
        "Read rate: 75.0% (3 of 4; 95 % interval 30.1% to 95.4%)",
        "Coverage: 83.3% (5 of 6; 95 % interval 43.6% to 97.0%)",
        "Location accuracy: 20.0% (1 of 5; 95 % interval 3.6% to 62.4%)",
    ]
