"""`aislescan decide`, `history` and `kpi`, as their users type them."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from inventory.rates import Rate
from inventory.store.deciding import locations_to_recount
from inventory.store.standing import record_of, standing_of
from tests.inventory.recounted_runs import Runs
from tests.inventory.worlds import look, read, sscc
from warehouse.errors import BadInputError
from warehouse.observations import Observation

P, Q, R, S = sscc(1), sscc(2), sscc(3), sscc(4)


class Shop(Runs):
    """A folder of runs, and somebody who types commands there."""

    def __init__(self, folder: Path, site_folder: Path) -> None:
        super().__init__(folder, site_folder)
        self.a, self.b, self.c, self.d = self.bins[:4]
        self.stock = (
            f"location,pallet,sku,quantity,batch\n{self.a},{P},4711,100,B1\n{self.b},{Q},4711,100,B2\n"
            f"{self.c},{R},4712,5,\n{self.d},{S},4713,,\n"
        )

    def type(self, *words: object) -> str:
        done = CliRunner().invoke(app, [str(word) for word in words])
        if isinstance(done.exception, BadInputError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    def json(self, *words: object) -> Any:
        return json.loads(self.type(*words, "--json"))

    def decisions(self) -> list[tuple[str, ...]]:
        with sqlite3.connect(self.store) as db:
            found = db.execute("SELECT case_id, decision, decided_by, reason FROM decisions ORDER BY number").fetchall()
        db.close()
        return found


@pytest.fixture
def shop(tmp_path: Path, demo_site_folder: Path) -> Shop:
    """Monday: P is missing from a, R stands at d, in the place of S."""
    made = Shop(tmp_path, demo_site_folder)
    made.reconcile("monday", [look(made.a, "empty"), read(made.b, Q), look(made.c, "unreadable"), read(made.d, R)], made.stock)
    return made


def test_a_decision_is_kept_shown_and_superseded_and_changes_no_file(shop: Shop) -> None:
    before = shop.files("monday")
    monday = shop.folder / "monday"
    said = shop.type("decide", monday, "F0001", "--confirm", "--by", "Ana", "--reason", "not on the floor either")
    assert said == "1 decision kept.\n"
    said = shop.type("decide", monday, "F0001", "--overturn", "--by", "Bo")
    assert said.startswith("1 decision kept. Earlier decisions on F0001 stay in the history")
    assert shop.decisions() == [("F0001", "confirm", "Ana", "not on the floor either"), ("F0001", "overturn", "Bo", "")]
    assert shop.files("monday") == before
    (case,) = shop.json("history", shop.folder, "--pallet", P)["cases"]
    assert [(d["by"], d["decision"], d["is_in_force"]) for d in case["decisions"]] == [
        ("Bo", "overturn", True),
        ("Ana", "confirm", False),
    ]
    text = shop.type("history", shop.folder, "--location", shop.a)
    assert "F0001 missing (gone, confidence 0.97; severity high, by quantity)\n      overturned by Bo at " in text
    assert "confirmed by Ana" in text and ": not on the floor either, superseded since" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["F0099", "--confirm", "--by", "Ana"],
            r"no such case in its last reconciliation, so no decision was kept: 1 fault\n  'F0099'",
        ),
        (["F0001", "--confirm", "--overturn", "--by", "Ana"], "F0001: decided in 2 ways at once"),
        (["F0001", "--confirm"], "F0001: nobody decides"),
        (["F0001", "--by", "Ana"], "F0001: nothing is decided"),
    ],
)
def test_a_decision_that_says_nothing_clear_is_refused(shop: Shop, words: list[str], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        shop.type("decide", shop.folder / "monday", *words)
    assert shop.decisions() == []


def test_of_several_files_each_decision_counts_once_and_one_bad_row_refuses_them_all(shop: Shop, tmp_path: Path) -> None:
    monday, header = shop.folder / "monday", "case_id,decision,by,decided_at,reason"
    both = "F0001,confirm,Ana,2026-11-24T08:00:00Z,gone"
    first, second, bad = (tmp_path / f"decisions{i}.csv" for i in ("", " (1)", " (2)"))
    first.write_text(f"{header}\n{both}\n")
    second.write_text(f"{header}\nF0002,overturn,Bo,2026-11-24T09:00:00Z,\n{both}\n")
    bad.write_text(f"{header}\nF0002,maybe,Bo,2026-11-24T09:00:00Z,\n")
    with pytest.raises(BadInputError, match=r"decisions \(2\).csv: no decision of this file was kept"):
        shop.type("decide", monday, first, second, bad)
    assert shop.decisions() == []
    assert shop.type("decide", monday, first, second) == "2 decisions kept.\n"
    assert shop.decisions() == [("F0001", "confirm", "Ana", "gone"), ("F0002", "overturn", "Bo", "")]
    assert shop.type("decide", monday, second) == "0 decisions kept. 2 kept already, word for word.\n"


def test_of_a_file_all_decisions_are_kept_or_none(shop: Shop, tmp_path: Path) -> None:
    path, monday = tmp_path / "decisions.csv", shop.folder / "monday"
    good = "F0001;Confirm;Ana;2026-11-24T08:00:00+01:00;gone"
    path.write_text(f"case_id;decision;by;decided_at;reason\n{good}\nF0002;maybe;;24.11.;\nF0002;overturn;Bo;2999-01-01;\n")
    with pytest.raises(BadInputError) as refused:
        shop.type("decide", monday, path)
    assert refused.value.what.splitlines()[:5] == [
        "decisions.csv: no decision of this file was kept: 4 faults",
        "  decisions.csv, row 3, column by: empty",
        "  decisions.csv, row 3, column decision: 'maybe'; expected confirm, overturn, recount",
        "  decisions.csv, row 3, column decided_at: '24.11.' is no time; expected 2026-11-23T07:30:00Z or 2026-11-23",
        refused.value.what.splitlines()[4],
    ]
    assert "row 4, column decided_at: 2999-01-01 is in the future" in refused.value.what
    path.write_text(f"case_id;decision;by;decided_at;reason\n{good}\nF0077;confirm;Bo;2026-11-24;\n")
    with pytest.raises(BadInputError, match=r"decisions\.csv, row 3, column case_id: 'F0077'"):
        shop.type("decide", monday, path)
    assert shop.decisions() == []
    path.write_text(f"case_id;decision;by;decided_at;reason\n{good}\nF0002;overturn;Bo;2026-11-24;\n")
    assert shop.type("decide", monday, path) == "2 decisions kept.\n"
    assert shop.type("decide", monday, path) == "0 decisions kept. 2 kept already, word for word.\n"
    assert shop.decisions() == [("F0001", "confirm", "Ana", "gone"), ("F0002", "overturn", "Bo", "")]


def test_of_decisions_the_one_taken_last_counts_not_the_one_handed_in_last(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text("case_id,decision,by,decided_at\nF0001,confirm,Ana,2026-11-25\nF0001,overturn,Bo,2026-11-24\n")
    shop.type("decide", shop.folder / "monday", path)
    rate = shop.json("kpi", shop.folder)["periods"][0]["kpis"]["overturn_rate"]
    assert (rate["numerator"], rate["denominator"]) == (0, 1)


def test_a_case_sent_to_be_counted_again_is_where_the_next_recount_goes_until_it_is_decided_otherwise(shop: Shop) -> None:
    monday = shop.run("monday")
    assert locations_to_recount(monday) == {}
    shop.type("decide", monday.root, "F0003", "--recount", "--by", "Ana")
    asked = dict.fromkeys((shop.c, shop.d), "Ana wants case F0003 counted again.")
    assert locations_to_recount(monday) == asked
    assert shop.json("kpi", shop.folder)["periods"][0]["kpis"]["overturn_rate"]["value"] is None
    shop.type("decide", monday.root, "F0003", "--confirm", "--by", "Ana")
    assert locations_to_recount(monday) == {}


def test_history_tells_of_an_item_and_knows_what_it_does_not_know(shop: Shop) -> None:
    found = shop.json("history", shop.folder / "monday", "--item", "4711")
    assert [(e["location"], e["batch"], e["verdict"]) for e in found["entries"]] == [
        (shop.a, "B1", "missing"),
        (shop.b, "B2", "match"),
    ]
    assert [case["case_id"] for case in found["cases"]] == ["F0001"]
    assert shop.type("history", shop.folder, "--item", "none") == "The history knows nothing of none.\n"
    assert [e["location"] for e in shop.json("history", shop.folder)["entries"]] == [shop.a, shop.c, shop.d]  # all that disagreed
    with pytest.raises(BadInputError, match="one of --location, --pallet and --item"):
        shop.type("history", shop.folder, "--item", "4711", "--pallet", P)


def figures(period: dict[str, Any]) -> dict[str, tuple[float, float] | None]:
    return {
        name: None if figure["value"] is None else (figure["numerator"], figure["denominator"])
        for name, figure in period["kpis"].items()
    }


def test_the_key_figures_say_what_they_are_shares_of_and_what_cannot_be_computed(shop: Shop) -> None:
    (period,) = shop.json("kpi", shop.folder)["periods"]
    observable = sum(b.kind.is_observable for b in shop.site.layout.bins)
    assert figures(period) == {
        "location_accuracy": (1, 4),  # b; not a, c and d
        "inventory_record_accuracy": (1, 4),  # Q; not P, R and S
        "inventory_record_accuracy_with_tolerance": (1, 4),
        "read_rate": (2, 3),
        "coverage": (3, observable),
        "count_rate": None,
        "overturn_rate": None,
    }
    low, high = Rate(1, 4).wilson() or (0, 0)
    share = period["kpis"]["inventory_record_accuracy"]
    assert (share["low_95"], share["high_95"]) == (round(low, 4), round(high, 4))
    assert period["kpis"]["overturn_rate"]["why_not"] == "no discrepancy was looked at again by a second run or a person"
    text = shop.type("kpi", shop.folder)
    assert "Location accuracy                         25.0%: 1 of 4, 95 % interval 4.6% to 69.9%" in text
    assert "Count rate                                cannot be computed: no time in the air is on record" in text
    assert "0.0%" not in text


def test_a_count_on_the_label_within_the_tolerance_makes_a_record_accurate_enough(shop: Shop) -> None:
    label = [(P, "102", "B1"), (Q, "110", "B2"), (R, "5", "")]
    seen = [
        read(location, pallet, label_data=(("37", count), *((("10", batch),) if batch else ())))
        for location, (pallet, count, batch) in zip((shop.a, shop.b, shop.c), label, strict=True)
    ]
    shop.reconcile("tuesday", seen)
    exact = {}
    for percent in ("1", "2", "10"):
        (period,) = shop.json("kpi", shop.folder, "--run", "tuesday", "--tolerance", percent)["periods"]
        found = figures(period)
        exact[percent] = found["inventory_record_accuracy"], found["inventory_record_accuracy_with_tolerance"]
    assert exact == {"1": ((1, 3), (1, 3)), "2": ((1, 3), (2, 3)), "10": ((1, 3), (3, 3))}


def test_a_recount_counts_for_both_and_an_overturned_finding_once_in_the_week_of_the_first(shop: Shop) -> None:
    monday = shop.run("monday")
    monday.write_json(monday.flight_path("01"), {"flights": [{"flight_s": 60.0}, {"flight_s": 30.0}]})
    late = "2026-12-02T10:00:00Z"
    again = [
        read(shop.a, P, seen_at=late),
        look(shop.d, "unseen"),
        look(shop.b, "unseen"),
        look(shop.c, "unreadable", seen_at=late),
    ]
    tuesday = shop.run("tuesday")
    tuesday.write_json(tuesday.flight_path("01"), {"flights": [{"flight_s": 18.0}]})
    shop.reconcile("tuesday", again, recounts="monday", looked_again=(shop.a, shop.c))
    shop.reconcile("tuesday", again, recounts="monday", looked_again=(shop.a, shop.c))
    found = shop.json("kpi", shop.folder / "tuesday", "--by", "week")
    assert [(p["period"], p["runs"]) for p in found["periods"]] == [("2026-W48", []), ("2026-W49", ["tuesday"])]
    first, second = (figures(p) for p in found["periods"])
    assert first["overturn_rate"] == (1, 1)
    assert first["location_accuracy"] is None
    assert second["location_accuracy"] == (2, 4)
    rate = found["periods"][1]["kpis"]["count_rate"]
    assert (rate["numerator"], rate["denominator"], rate["value"]) == (3, 0.03, 100.0)  # 3 places in 108 s of both flights
    assert second["overturn_rate"] is None


def test_a_site_or_run_that_the_store_does_not_know_is_refused(shop: Shop) -> None:
    with pytest.raises(BadInputError, match="no run of site 'Elsewhere'"):
        shop.type("kpi", shop.folder, "--site", "Elsewhere")
    with pytest.raises(BadInputError, match="no run 'sunday' that counts"):
        shop.type("kpi", shop.folder, "--run", "sunday")


def decisions_file(path: Path, *rows: tuple[str, str, str, str]) -> Path:
    """Write what the report saves: case, decision, comment, reconciliation."""
    lines = [f"{case},{choice},Ana,2026-11-24T08:00:00Z,{reason},monday,{record}" for case, choice, reason, record in rows]
    path.write_text(
        "\ufeffcase_id,decision,by,decided_at,reason,run,reconciliation\r\n" + "\r\n".join(lines) + "\r\n", encoding="utf-8"
    )
    return path


def test_decisions_of_a_report_hold_for_the_claim_when_its_number_is_another_one_by_now(shop: Shop, tmp_path: Path) -> None:
    monday = shop.run("monday")
    shown = record_of(monday)[:12]
    path = decisions_file(tmp_path / "decisions.csv", ("F0001", "overturn", " =behind the post", shown))
    # the ERP's new list has a pallet more that is gone, so that F0001 is another finding now
    seen = monday.read_lines(monday.observations_path, Observation)
    shop.reconcile("monday", list(seen), f"{shop.a},{sscc(0)}\n{shop.a},{P}\n{shop.b},{Q}\n{shop.d},{S}\n")
    with monday.reconciliation.discrepancies_path.open(encoding="utf-8", newline="") as stream:
        pallets = {row["case_id"]: row["pallet"] for row in csv.DictReader(stream)}
    assert pallets["F0001"] != P
    assert shop.type("decide", monday.root, path) == "1 decision kept.\n"
    (case,) = [case for case, standing in standing_of(monday).items() if standing.decisions]
    assert pallets[case] == P
    assert [(d.by, d.decision, d.reason, d.is_in_force) for d in standing_of(monday)[case].decisions] == [
        ("Ana", "overturn", "=behind the post", True)
    ]


def test_decisions_of_another_run_are_refused(shop: Shop, tmp_path: Path) -> None:
    path = decisions_file(tmp_path / "decisions.csv", ("F0001", "confirm", "", "0123456789ab"))
    with pytest.raises(BadInputError, match=r"decisions\.csv, row 2, column reconciliation: '0123456789ab' is none of run monday"):
        shop.type("decide", shop.folder / "monday", path)
    assert shop.decisions() == []


def test_the_next_report_shows_what_people_decided(shop: Shop) -> None:
    monday = shop.run("monday")
    shop.type("report", monday.root)
    assert "now settle 3 findings and" in monday.report_path.read_text(encoding="utf-8")
    shop.type("decide", monday.root, "F0001", "--confirm", "--by", "Ana <b>", "--reason", "sold")
    shop.type("report", monday.root)
    page = monday.report_path.read_text(encoding="utf-8")
    assert "now settle 2 findings and" in page
    assert '<span class="decided">confirmed</span>' in page
    assert '"by":"Ana \\u003cb\\u003e"' in page


def test_history_writes_the_page_of_a_site(shop: Shop, tmp_path: Path) -> None:
    page = tmp_path / "site.html"
    said = shop.type("history", shop.folder, "--page", page, "--wage", "30", "--lang", "es")
    assert said == f"Demo warehouse, Ibi: 1 count. The page: {page}\n"
    assert "persona(s) a 30 EUR la hora" in page.read_text(encoding="utf-8")
    with pytest.raises(BadInputError, match="--page tells of the whole site"):
        shop.type("history", shop.folder, "--page", page, "--item", "4711")


def test_the_report_of_a_run_says_what_its_recount_said_of_each_finding(shop: Shop) -> None:
    seen = [look(shop.a, "empty", seen_at="2026-11-24T10:00:00Z")]
    shop.reconcile("tuesday", seen, recounts="monday", looked_again=(shop.a,))
    (look_again,) = standing_of(shop.run("monday"))["F0001"].second_looks
    assert (look_again.run, look_again.outcome, look_again.reason) == ("tuesday", "confirmed", f"Run tuesday saw {shop.a} empty.")
    shop.type("report", shop.folder / "tuesday")
    assert "Confirmed by tuesday." in shop.run("tuesday").report_path.read_text(encoding="utf-8")
    shop.type("report", shop.folder / "monday")
    assert '"outcome":"confirmed"' in shop.run("monday").report_path.read_text(encoding="utf-8")
