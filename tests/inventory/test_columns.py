"""Large comparisons in columns: the same files, to the byte, as when every row is judged by itself."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.million_files import write_files
from benchmarks.verdict_worlds import plant_world
from inventory.columns.comparing import reconcile_in_columns
from inventory.columns.plain_text import cell, plain_table
from inventory.findings import Reconciliation
from inventory.reconcile import reconcile_scans
from inventory.settings import parse_settings
from inventory.store import HistoryEntry, history
from inventory.store.formats import MIGRATIONS
from inventory.store.kpis import key_figures
from inventory.store.views import VIEWS
from inventory.table_file import csv_rows
from tests.inventory.worlds import SCAN_HEADER, sscc
from warehouse.errors import BadInputError
from warehouse.observations import ObservationStatus

ERP_HEADER = "location,pallet,sku,quantity,batch,id,moved_at,parent pallet\n"
WIDE_HEADER = ERP_HEADER.strip() + ",uom,expiry,value,currency,abc\n"
BY_ROW, IN_COLUMNS = 1 << 40, 0


Before = tuple[str | None, str | None]
"""When the stock list was made, and what was moved around that time."""
NOTHING: Before = (None, None)


def written(folder: Path, erp: str, scans: str, way: int, before: Before = NOTHING) -> dict[str, bytes] | str:
    """Return the files that come of it, or the error."""
    (folder / "erp.csv").write_bytes(erp.encode())
    (folder / "scans.csv").write_bytes(scans.encode())
    snapshot_at, moved = before
    (folder / "moved.csv").write_bytes((moved or "").encode())
    out = folder / ("columns" if way == IN_COLUMNS else "rows")
    try:
        reconcile_scans(
            folder / "scans.csv",
            folder / "erp.csv",
            out,
            parse_settings(snapshot_at=snapshot_at, movements_path=folder / "moved.csv" if moved is not None else None),
            in_columns_from=way,
        )
    except BadInputError as error:
        return f"{error}"
    names = ("locations.csv", "discrepancies.csv", "recount.csv", "erp_lines.csv", "summary.json", "reconciliation.xlsx")
    return {name: (out / name).read_bytes() for name in names}


def remembered(store: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return what the history says of each location, pallet and item, and its figures."""
    wanted = {
        "location_history": "location, seen_at, verdict, status, expected, observed, confidence, reason",
        "pallet_history": "pallet, location, seen_at, verdict, reason",
        "item_history": "sku, location, pallet, batch, quantity, uom, seen_at, verdict, reason, erp_row",
        "kpi_by_run": "counted_at, locations_right, locations_judged, lines_right, lines_judged, lines, locations_read, "
        "locations_with_goods, locations_decided, locations_observable",
        "runs": "verdicts, trust",
    }
    with closing(sqlite3.connect(store)) as db:
        return {view: sorted(db.execute(f"SELECT {columns} FROM {view}"), key=repr) for view, columns in wanted.items()}


def both_ways(erp: str, scans: str, before: Before = NOTHING) -> None:
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        in_columns = written(Path(first), erp, scans, IN_COLUMNS, before)
        assert in_columns == written(Path(second), erp, scans, BY_ROW, before)
        if not isinstance(in_columns, str):
            found, expected = (remembered(Path(folder) / "inventory.db") for folder in (first, second))
            if not any(row[1] for row in expected["location_history"]):  # when it was recorded stands for when it was counted
                found["kpi_by_run"], expected["kpi_by_run"] = ([row[1:] for row in x["kpi_by_run"]] for x in (found, expected))
            assert found == expected


def in_columns(folder: Path, erp: str, scans: str) -> Reconciliation:
    (folder / "erp.csv").write_bytes(erp.encode())
    (folder / "scans.csv").write_bytes(scans.encode())
    found = reconcile_in_columns(folder / "scans.csv", folder / "erp.csv", profile=None, snapshot_at=None, erp_clock_ahead_s=0.0)
    assert found is not None
    return found


PLACES = [f"A-{i}" for i in range(1, 8)]
PALLETS = [sscc(1), sscc(2), f"00{sscc(3)}", "LPN-1", "LPN-2"]
ERP_ROWS = st.tuples(
    st.sampled_from([*PLACES, *PLACES, " A-1", "", "Total", '"A-2"', "A-3\u00a0", "location"]),
    st.sampled_from([*PALLETS, *PALLETS, "", "", f"(00){sscc(1)}", sscc(3), "LPN-3 ", '"LPN""1"', "A-5", "1.5E+17", "pallet"]),
    st.sampled_from(["S1", "S2", "", "00\\1", '"Oil, 5 l"', "12.0"]),
    st.sampled_from(["1", "48.50", "007", "0", "", "x", " 3 "]),
    st.sampled_from(["", "L1"]),
    st.sampled_from(["", "", "7"]),
    st.sampled_from(["", "2026-11-23T07:00:00Z", "2026-11-23", "2026-11-24T09:00:00+02:00", "20261123", "2026-02-30"]),
    st.sampled_from([*[""] * 8, sscc(2), "LPN-1"]),
    st.sampled_from(["EA", ""]),
    st.sampled_from(["2027-01-31", "", "soon"]),
    st.sampled_from(["12.50", "EUR 7", "", "much", " 800.00 ", "0"]),
    st.sampled_from(["EUR", "", "USD"]),
    st.sampled_from(["A", "", "c"]),
).map(",".join)
SCAN_ROWS = st.tuples(
    st.sampled_from([*PLACES, *PLACES, "A-9", "", '"A-2"']),
    st.sampled_from([*["read"] * 6, *ObservationStatus, "READ ", "seen"]),
    st.sampled_from([*PALLETS, *PALLETS, "LPN-9", "A-1", "", "01234", f"]C100{sscc(1)}", f"02{sscc(1)[:14]}3712", '"a,b"', "A-7"]),
    st.sampled_from(["Code128", "EAN13", "QRCode", ""]),
    st.sampled_from(["f1", "f2", ""]),
    st.sampled_from(["2026-11-23T10:00:00Z", "2026-11-23T12:00:01.5+02:00", "", "noon"]),
).map(",".join)
MOVES_HEADER = "pallet,from,to,moved at,sku,quantity\n"
MOVES = st.tuples(
    st.sampled_from([*PALLETS, sscc(10), f"00{sscc(1)}", "", "LPN-9"]),
    st.sampled_from([*PLACES, "", "DOCK"]),
    st.sampled_from([*PLACES, "", "A-9"]),
    st.sampled_from(["2026-11-23T06:00:00Z", "2026-11-23T11:00:00Z", "2026-11-24T09:00:00Z", "2026-11-23", "2026-11-01", "soon"]),
    st.sampled_from(["S1", "S2", ""]),
    st.sampled_from(["1", "", "48.5"]),
).map(",".join)
ODD_ROWS = st.sampled_from(["", ",,", "A-1", '"A-1,\nA-2"', "A-1,b\rA-2,c", 'A-1,"x'])


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str]:
    """A warehouse in which all agrees, with a few rows of any kind put among the others in both files."""
    texts = draw(st.permutations([*PALLETS, *(sscc(i) for i in range(10, 10 + len(PLACES) - len(PALLETS)))]))
    erp = [f"{place},{text},S1,1,,,,,EA,2027-01-31,12.50,EUR,A" for place, text in zip(PLACES, texts, strict=True)]
    scans = [
        f"{place},read,{text},Code128,f{k}," for place, text in zip(PLACES, texts, strict=True) for k in range(len(place) % 2 + 1)
    ]
    for rows, kinds in ((erp, ERP_ROWS), (scans, SCAN_ROWS)):
        for _ in range(draw(st.integers(0, 2))):  # left out
            rows.pop(draw(st.integers(0, len(rows) - 1)))
        for row in draw(st.lists(kinds, max_size=4)) + draw(st.one_of(st.just([]), st.just([]), st.lists(ODD_ROWS, max_size=1))):
            rows.insert(draw(st.integers(0, len(rows))), row)
    return WIDE_HEADER + "\n".join([*erp, ""]), SCAN_HEADER + "\n".join([*scans, ""])


@settings(max_examples=12)
@given(
    files(),
    st.one_of(
        st.tuples(st.sampled_from([None, "2026-11-23T06:30:00Z"]), st.none()),
        st.tuples(
            st.sampled_from(["2026-11-23T06:30:00Z", "2026-11-23T23:00:00Z"]),
            st.lists(MOVES, min_size=1, max_size=3).map(lambda rows: MOVES_HEADER + "\n".join([*rows, ""])),
        ),
    ),
)
@example((f"{ERP_HEADER}A-1,{sscc(1)},,,,,,\n", f"{SCAN_HEADER}A-1,read,{sscc(1)},,f1,\nA-1,read,A-1,,f2,\n"), NOTHING)
@example((f"{ERP_HEADER}A-1,{sscc(1)},,,,,,\nA-2,,,,,,,\n", f"{SCAN_HEADER}A-1,read,A-2,,f1,\nA-2,read,{sscc(1)},,f1,\n"), NOTHING)
def test_both_ways_write_the_same_bytes(texts: tuple[str, str], before: Before) -> None:
    both_ways(*texts, before)


def test_a_world_of_every_planted_fault_comes_out_the_same() -> None:
    world = plant_world(3)
    rows = [f"{line.location},{line.pallet_text},{line.sku},,{line.batch},,,\n" for line in world.lines]
    scans = [
        f"{o.location},{o.status},{p.text if p else ''},{p.symbology if p else ''},{f'f{k}' if p else ''},{o.seen_at}\n"
        for o in world.seen.values()
        for p in o.pallets or (None,)
        for k in range(p.n_frames if p else 1)
    ]
    both_ways(ERP_HEADER + "".join(rows), SCAN_HEADER + "".join(scans))


def test_the_files_of_the_benchmark_come_out_the_same_and_few_of_their_rows_are_judged(tmp_path: Path) -> None:
    erp, scans, planted = write_files(tmp_path, 400, seed=2)
    both_ways(erp.read_text(), scans.read_text())
    found = in_columns(tmp_path, erp.read_text(), scans.read_text())
    assert len(found.lines) < 0.05 * planted.n_erp_rows
    assert found.erp.n_lines == planted.n_erp_rows


def test_what_agrees_or_was_not_seen_is_settled_and_a_fault_takes_along_only_its_own_places(tmp_path: Path) -> None:
    erp = "".join(f"A-{i:02d},{sscc(i)},,,,,,\n" for i in range(1, 21)) + "A-30,,,,,,,\n"
    scans = f"A-01,read,{sscc(2)},,f1,\nA-02,empty,,,f2,\n" + "".join(f"A-{i:02d},read,{sscc(i)},,f{i},\n" for i in range(3, 19))
    found = in_columns(tmp_path, ERP_HEADER + erp, SCAN_HEADER + scans + "A-19,unreadable,,,f,\nA-30,empty,,,f,\n")
    assert {r.line.location for r in found.lines} == {"A-01", "A-02"}
    assert sorted((k.place.verdict.value, k.n_places) for k in found.settled.exemplars) == [  # type: ignore[union-attr]
        ("match", 1),
        ("match", 16),
        ("unverified", 1),
        ("unverified", 1),
    ]


def test_values_and_classes_of_settled_lines_weigh_the_findings(tmp_path: Path) -> None:
    heading = "location,pallet,sku,quantity,uom,stock value,currency,abc\n"
    values = ["900.00", "EUR 9000", "30.00", "USD 5.00", "20,5", "0.5"]
    erp = heading + "".join(f'A-{i},{sscc(i)},S{i},{i},EA,"{v}",EUR,{"ABC"[i % 3]}\n' for i, v in enumerate(values))
    scans = SCAN_HEADER + "A-0,empty,,,f,\nA-2,empty,,,f,\n" + "".join(f"A-{i},read,{sscc(i)},,f{i},\n" for i in (1, 3, 5))
    both_ways(erp, scans)
    found = in_columns(tmp_path, erp, scans)
    assert {r.line.location for r in found.lines} == {"A-0", "A-2", "A-4"}  # 20,5 is no number of this list
    assert [(f.expected_location, str(f.weight.severity), f.weight.by) for f in found.findings] == [
        ("A-0", "medium", "value"),
        ("A-2", "low", "value"),
    ]


def test_only_what_was_moved_around_the_export_is_judged_for_it(tmp_path: Path) -> None:
    erp = ERP_HEADER + "".join(f"A-{i},{sscc(i)},S1,1,,,,\n" for i in range(1, 9))
    scans = SCAN_HEADER + "".join(f"A-{i},read,{sscc(i)},,f{i},2026-11-23T10:00:00Z\n" for i in range(1, 9))
    moves = [
        f"{sscc(1)},A-1,A-7,2026-11-23T09:00:00Z,,\n",  # and yet it was read where it stood before
        f"{sscc(2)},A-2,A-3,2026-11-20T09:00:00Z,,\n",
        f"{sscc(4)},A-8,A-4,2026-11-23T12:00:00Z,,\n",
    ]
    before = ("2026-11-23T06:00:00Z", MOVES_HEADER + "".join(moves))
    both_ways(erp, scans, before)
    files = written(tmp_path, erp, scans, IN_COLUMNS, before)
    assert isinstance(files, dict)
    found = json.loads(files["summary.json"])["locations"]
    assert (found["stale"], found["match"]) == (1, 7)


def test_quotes_that_nothing_needs_leave_a_row_plain(tmp_path: Path) -> None:
    erp = 'location,pallet\n"A-1","LPN-1"\nA-2,"LPN-2"\n'
    found = in_columns(tmp_path, erp, SCAN_HEADER + "A-1,read,LPN-1,,f1,\nA-2,read,LPN-2,,f2,\n")
    assert found.lines == ()
    both_ways(erp, SCAN_HEADER + "A-1,read,LPN-1,,f1,\nA-2,read,LPN-2,,f2,\n")


def test_a_list_of_sap_is_settled_with_its_zeros_decimal_commas_and_sums(tmp_path: Path) -> None:
    rows = [f"001;01-01-{i:02d};M-{i};C1;{i}.048,500;0,000;EA;23.11.2026;00{sscc(i)};Nuts, M{i}" for i in range(1, 9)]
    odd = [
        "*;;;;9,000;;;;;",
        f"001;01-02-01;M-1;C1;1,000;0,000;EA;23.11.2026;{sscc(3)};",  # booked twice, once without the zeros
        f"001;01-02-02;M-1;C1;1,000;0,000;EA;31.02.2026;00{sscc(4)};",
        f"001;01-02-03;M,1;C1;1,000;0,000;EA;;00{sscc(20)};",
        f"001;01-02-04;M-1;C1;10,000-;0,000;EA;00.00.0000;00{sscc(21)};",
    ]
    header = "Typ;Lagerplatz;Material;Charge;Gesamtbestand;Verfügb. Bestand;BME;MHD;Lagereinheit;Materialkurztext\n"
    erp = header + "\n".join([*rows, *odd, ""])
    scans = "".join(f"01-01-{i:02d},read,00{sscc(i)},Code128,f{i},\n" for i in range(1, 9))
    scans += f"01-02-03,read,(00){sscc(20)},Code128,f20,\n01-02-04,read,{sscc(21)},Code128,f21,\n"
    both_ways(erp, SCAN_HEADER + scans)
    found = in_columns(tmp_path, erp, SCAN_HEADER + scans)
    assert {r.line.location for r in found.lines} == {"01-01-03", "01-01-04", "01-02-01", "01-02-02", "01-02-03"}


@pytest.mark.parametrize("sound", ["", f"A-9,{sscc(9)}\n"])
def test_ids_that_lost_their_digits_are_refused_unless_a_settled_row_proves_that_they_did_not(sound: str) -> None:
    rounded = "".join(f"A-{i},{i}23456789012345000\n" for i in range(1, 4))
    both_ways(f"location,pallet\n{rounded}{sound}", f"{SCAN_HEADER}A-1,empty,,,f,\nA-9,read,{sscc(9)},,f,\n")


def test_the_workbook_of_a_large_comparison_holds_the_answer_and_the_findings_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "erp.csv").write_text(f"location,pallet\nA-1,{sscc(1)}\nA-2,{sscc(2)}\n")
    (tmp_path / "scans.csv").write_text(f"{SCAN_HEADER}A-1,read,{sscc(1)},,f1,\nA-2,empty,,,f2,\n")
    reconcile_scans(
        tmp_path / "scans.csv", tmp_path / "erp.csv", tmp_path / "out", whole_up_to=IN_COLUMNS, in_columns_from=IN_COLUMNS
    )
    book = openpyxl.load_workbook(tmp_path / "out" / "reconciliation.xlsx")
    assert book.sheetnames == ["Answer", "Findings"]
    told = [str(row[0]) for row in book["Answer"].iter_rows(values_only=True)]
    assert told[0] == "1 of 2 locations agree with the ERP. Findings to look into: 1. Locations to count again: 0."
    assert told[1].startswith("Too many rows for a workbook: here are 1 of 1 findings, the gravest first; locations.csv")
    assert ("✓ Counted", 1) in [row[:2] for row in book["Answer"].iter_rows(values_only=True)]


def test_the_history_answers_for_what_was_settled_and_changes_none_of_it(tmp_path: Path) -> None:
    erp = f"location,pallet,sku,quantity,id\nA-1,00{sscc(1)},S1,5,q1\nA-1,00{sscc(1)},S2,7,q2\nA-2,{sscc(2)},S1,2,\n"
    scans = f"{SCAN_HEADER}A-1,read,{sscc(1)},,f,2026-11-23T10:00:00Z\nA-2,unreadable,,,f,\nA-3,empty,,,f,2026-11-23T11:00:00Z\n"
    assert isinstance(written(tmp_path, erp, scans, IN_COLUMNS), dict)
    store = tmp_path / "inventory.db"
    assert [(e.verdict, e.pallet, e.seen_at) for e in history(store, location="A-1")] == [
        ("match", sscc(1), "2026-11-23T10:00:00Z")
    ]
    assert [e.reason for e in history(store, pallet=sscc(2))] == ["Something stands at A-2, but its label was not read."]
    assert [(e.location, e.quantity, e.verdict) for e in history(store, item="S1")] == [
        ("A-1", "5", "match"),
        ("A-2", "2", "unverified"),
    ]
    (period,) = key_figures(store)
    assert {f.name: (f.rate.numerator, f.rate.denominator) for f in period.figures if f.rate is not None} == {
        "location_accuracy": (2, 2),
        "inventory_record_accuracy": (2, 2),
        "inventory_record_accuracy_with_tolerance": (2, 2),
        "read_rate": (1, 2),
        "coverage": (2, 3),
    }
    with closing(sqlite3.connect(store)) as db:
        for table in ("settled_kinds", "settled_places", "settled_pallets", "settled_items"):
            row = db.execute(f"SELECT * FROM {table}").fetchone()
            marks = ", ".join("?" * len(row))
            for statement in (
                f"DELETE FROM {table}",
                f"UPDATE {table} SET {'kind' if table == 'settled_kinds' else 'number'} = 1",
                f"INSERT OR REPLACE INTO {table} VALUES ({marks})",
            ):
                with pytest.raises(sqlite3.IntegrityError, match=f"append-only: {table} cannot be changed"):
                    db.execute(statement, row if "?" in statement else ())


LINES_AT_A_1 = f"""location,pallet,sku,quantity,id
A-1,00{sscc(1)},S1,5,q1
A-1,00{sscc(1)},S1,7,q2
A-2,{sscc(2)},,2,
"""
SEEN_AT_A_1 = f"{SCAN_HEADER}A-1,read,{sscc(1)},,f,2026-11-23T10:00:00Z\nA-3,empty,,,f,2026-11-23T11:00:00Z\n"


def asked(store: Path) -> list[list[HistoryEntry]]:
    """Return what a history says of the places, pallets and items of the lines above."""
    places = [history(store, location=f"A-{n}") for n in (1, 2, 3)]
    return places + [history(store, pallet=sscc(n)) for n in (1, 2)] + [history(store, item=sku) for sku in ("S1", "")]


def in_format_4(store: Path) -> None:
    """Take what is beyond doubt back into the one table that it was kept in."""
    with closing(sqlite3.connect(store)) as db:
        lines = db.execute("SELECT * FROM settled_lines").fetchall()
        for view in VIEWS:
            db.execute(f"DROP VIEW {view}")
        for table in ("settled_places", "settled_pallets", "settled_items", "settled_kinds"):
            kinds = db.execute(f"SELECT * FROM {table}").fetchall()
            db.execute(f"DROP TABLE {table}")
        for statement in MIGRATIONS[3]:
            db.execute(statement)
        for table, rows in (("settled_kinds", kinds), ("settled", lines)):
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        db.execute("PRAGMA user_version = 4")
        db.commit()


def test_a_history_of_format_4_says_the_same_of_what_was_settled(tmp_path: Path) -> None:
    assert isinstance(written(tmp_path, LINES_AT_A_1, SEEN_AT_A_1, IN_COLUMNS), dict)
    store = tmp_path / "inventory.db"
    before, figures = asked(store), key_figures(store)
    assert [len(found) for found in before] == [1, 1, 1, 1, 1, 2, 1]
    in_format_4(store)
    assert asked(store) == before
    assert key_figures(store) == figures


def test_the_history_says_of_a_comparison_in_columns_what_it_says_of_one_by_row(tmp_path: Path) -> None:
    said = []
    for name, way in (("rows", BY_ROW), ("columns", IN_COLUMNS)):
        (tmp_path / name).mkdir()
        assert isinstance(written(tmp_path / name, LINES_AT_A_1, SEEN_AT_A_1, way), dict)
        found = asked(tmp_path / name / "inventory.db")
        said.append([[(e.seen_at, e.location, e.pallet, e.verdict, e.reason, e.sku, e.quantity) for e in each] for each in found])
    assert said[0] == said[1]


def test_a_history_that_takes_no_more_rows_costs_no_files_and_keeps_none_of_the_comparison(tmp_path: Path) -> None:
    assert isinstance(written(tmp_path, LINES_AT_A_1, SEEN_AT_A_1, IN_COLUMNS), dict)
    store, shown = tmp_path / "inventory.db", tmp_path / "columns" / "locations.csv"
    full = "CREATE TRIGGER full BEFORE INSERT ON settled_items BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    with closing(sqlite3.connect(store)) as db:
        db.execute(full)
    other = SEEN_AT_A_1.replace("A-3", "A-4")
    assert "the history cannot be used: database or disk is full" in str(written(tmp_path, LINES_AT_A_1, other, IN_COLUMNS))
    assert "A-4" in shown.read_text()
    with closing(sqlite3.connect(store)) as db:
        db.execute("DROP TRIGGER full")
        assert db.execute("SELECT count(*), max(number) FROM runs").fetchone() == (1, 1)
        assert db.execute("SELECT DISTINCT number FROM settled_places").fetchall() == [(1,)]
        assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'settled%_keeps_insert'").fetchone() == (4,)
    assert isinstance(written(tmp_path, LINES_AT_A_1, other, IN_COLUMNS), dict)
    assert [e.verdict for e in history(store, location="A-4")] == ["match"]


def test_an_item_is_looked_up_and_not_looked_for(tmp_path: Path) -> None:
    assert isinstance(written(tmp_path, LINES_AT_A_1, SEEN_AT_A_1, IN_COLUMNS), dict)
    with closing(sqlite3.connect(tmp_path / "inventory.db")) as db:
        for view, column in (("location_history", "location"), ("pallet_history", "pallet"), ("item_history", "sku")):
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE {column} = 'X'")]
            assert any("SEARCH p USING PRIMARY KEY (number=? AND location=?)" in step for step in plan), plan
            assert not any(step.startswith("SCAN") and step.split()[1] in ("p", "i") for step in plan), plan


def test_a_shifted_row_ends_at_a_pallet_that_was_settled_between(tmp_path: Path) -> None:
    booked = [sscc(i) for i in range(10)]
    erp = "".join(f"A-{i},{booked[i]},,,,,,\n" for i in range(10))
    moved = {1: 2, 5: 6, 6: 7}  # 3 and 4 stand between, and were read in their places
    read = {moved.get(i, i): booked[i] for i in (1, 3, 4, 5, 6, 8)}
    scans = "".join(f"A-{place},read,{text},,f{k},\n" for place, text in read.items() for k in (1, 2))
    both_ways(ERP_HEADER + erp, SCAN_HEADER + scans)


TEXTS = st.text(alphabet='ab,;"\\\n\r\t é\u00a0', max_size=24)


@settings(max_examples=60)
@given(st.lists(TEXTS, max_size=6).map("\n".join), st.sampled_from([",", ";"]))
def test_each_row_of_a_csv_is_plain_or_read_as_the_csv_module_reads_it(text: str, delimiter: str) -> None:
    text = f"x{delimiter}y\n{text}"
    found = plain_table(text.encode(), delimiter, 2, 1)
    if found is None:
        return
    plain = {row: tuple(cells) for *cells, row in found.frame.select(cell(0), cell(1), "row").iter_rows()}
    others = {row.number: row.texts for row in found.others}
    assert not plain.keys() & others.keys()
    assert plain | others == {row.number: row.texts for row in csv_rows(text, delimiter, "x.csv") if row.number > 1}


def test_lines_that_csv_would_join_are_left_to_it() -> None:
    for text in ('a,b\n"1\n2",3\n', "a,b\n1,2\r3,4\n", 'a,b\n1,"2\n'):
        assert plain_table(text.encode(), ",", 2, 1) is None
    assert len(list(csv.reader(['"1\n', '2",3']))) == 1
