"""What the history keeps of a large comparison, and what it says of it when it is asked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from inventory.store import HistoryEntry, history
from inventory.store.formats import MIGRATIONS
from inventory.store.kpis import key_figures
from inventory.store.views import VIEWS
from tests.inventory.compared_both_ways import BY_ROW, IN_COLUMNS, written
from tests.inventory.worlds import SCAN_HEADER, sscc


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
