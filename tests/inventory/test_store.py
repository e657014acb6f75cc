"""The history: append-only whatever is tried, opened in every older format with nothing lost, and described as it is."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from inventory.rates import Rate
from inventory.store.asking import cases, find_store, history
from inventory.store.formats import MIGRATIONS, STORE_FORMAT
from inventory.store.kpis import key_figures
from inventory.store.metadata_file import column_words, described, metadata
from inventory.store.telling import describe_history
from tests.conftest import ROOT
from tests.inventory.recounted_runs import Runs
from tests.inventory.worlds import look, read, sscc
from warehouse.errors import BadInputError

P, Q, R = sscc(1), sscc(2), sscc(3)
ERP = "location,pallet,sku,batch,quantity\n{a},{P},4711,B1,12\n{b},{Q},4712,,\n"
TABLES = ("runs", "inputs", "observations", "findings", "pallets", "erp_lines", "reviews", "decisions")

FORMAT_1 = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, run TEXT NOT NULL, recorded_at TEXT NOT NULL, schema_version TEXT NOT NULL,
    profile TEXT NOT NULL, snapshot_at TEXT NOT NULL, verdicts TEXT NOT NULL
) STRICT;
CREATE TABLE inputs (
    run_id TEXT NOT NULL REFERENCES runs(id), role TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (run_id, role)
) STRICT;
CREATE TABLE observations (
    run_id TEXT NOT NULL REFERENCES runs(id), location TEXT NOT NULL, verdict TEXT NOT NULL, status TEXT NOT NULL,
    expected TEXT NOT NULL, observed TEXT NOT NULL, confidence REAL, reason TEXT NOT NULL, seen_at TEXT NOT NULL,
    evidence TEXT NOT NULL, PRIMARY KEY (run_id, location)
) STRICT;
CREATE TABLE findings (
    run_id TEXT NOT NULL REFERENCES runs(id), case_id TEXT NOT NULL, verdict TEXT NOT NULL, cause TEXT NOT NULL,
    pallet TEXT NOT NULL, expected_location TEXT NOT NULL, observed_location TEXT NOT NULL, other_pallet TEXT NOT NULL,
    other_expected_location TEXT NOT NULL, other_observed_location TEXT NOT NULL, confidence REAL NOT NULL,
    reason TEXT NOT NULL, seen_at TEXT NOT NULL, evidence TEXT NOT NULL, PRIMARY KEY (run_id, case_id)
) STRICT;
CREATE TABLE pallets (
    run_id TEXT NOT NULL REFERENCES runs(id), pallet TEXT NOT NULL, location TEXT NOT NULL, verdict TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (run_id, pallet, location)
) STRICT;
CREATE INDEX observations_by_location ON observations (location);
CREATE INDEX pallets_by_pallet ON pallets (pallet);
{triggers}
PRAGMA user_version = 1;
"""
"""As the first version of aislescan wrote it, word for word."""
_TRIGGER = """CREATE TRIGGER IF NOT EXISTS {table}_keeps_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the history is append-only: {table} cannot be changed'); END;
"""
TABLES_1 = TABLES[:5]


def rows(db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    columns = [
        name
        for (name,) in sqlite3.connect(":memory:")
        .executescript(format_1())
        .execute(f"SELECT name FROM pragma_table_info('{table}')")
    ]
    return db.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY rowid").fetchall()


def format_1() -> str:
    triggers = [_TRIGGER.format(table=table, verb=verb) for table in TABLES_1 for verb in ("update", "delete")]
    return FORMAT_1.format(triggers="".join(triggers))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    made = Runs(folder, ROOT / "sitl" / "demo_site")
    a, b = made.bins[:2]
    made.reconcile("monday", [look(a, "empty"), read(b, Q)], ERP.format(a=a, b=b, P=P, Q=Q))
    made.reconcile("tuesday", [look(a, "empty")], recounts="monday", looked_again=(a,))
    return folder


@pytest.fixture
def runs(tmp_path: Path, recorded: Path) -> Runs:
    """Monday, and Tuesday which recounts it: one finding is confirmed."""
    shutil.copytree(recorded, tmp_path, dirs_exist_ok=True)
    return Runs(tmp_path, ROOT / "sitl" / "demo_site")


def in_format_1(store: Path) -> dict[str, list[tuple[object, ...]]]:
    """Put the rows of a store into a new one of format 1 in its place, and return them by table."""
    with sqlite3.connect(store) as new:
        kept = {table: rows(new, table) for table in TABLES_1}
    new.close()
    for path in store.parent.glob("inventory.db*"):
        path.unlink()
    old = sqlite3.connect(store)
    old.execute("PRAGMA journal_mode = wal")
    old.executescript(format_1())
    with old:
        for table, found in kept.items():
            old.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(found[0]))})", found)
    old.close()
    return kept


def test_a_store_of_format_1_is_brought_to_the_present_one_with_nothing_lost(runs: Runs) -> None:
    before = in_format_1(runs.store)
    assert [e.run for e in history(runs.store, pallet=P)] == ["tuesday", "monday"]
    db = sqlite3.connect(runs.store)
    assert db.execute("PRAGMA user_version").fetchone() == (STORE_FORMAT,)
    assert {table: rows(db, table) for table in TABLES_1} == before
    assert db.execute("SELECT number, run, run_created_at, trust, flight_s FROM runs ORDER BY number").fetchall() == [
        (1, "monday", "", "{}", None),
        (2, "tuesday", "", "{}", None),
    ]
    assert db.execute("SELECT run FROM runs_that_count").fetchall() == [("tuesday",)]  # the recount holds both, by its digests
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with pytest.raises(sqlite3.IntegrityError, match="append-only: runs cannot be changed"):
        db.execute("UPDATE runs SET number = 7")
    db.close()
    (period,) = key_figures(runs.store)
    figures = {figure.name: figure for figure in period.figures}
    assert figures["location_accuracy"].rate == Rate(1, 2)
    assert figures["inventory_record_accuracy"].rate is None
    assert figures["inventory_record_accuracy"].why_not.startswith("no run holds the lines of its ERP file")


def test_reconciling_again_adds_to_a_record_of_format_1_the_lines_that_it_lacks_and_nothing_else(runs: Runs) -> None:
    before, files = in_format_1(runs.store), runs.files("monday")
    a, b = runs.bins[:2]
    assert history(runs.store, item="4711") == []
    runs.reconcile("monday", [look(a, "empty"), read(b, Q)])
    (entry,) = history(runs.store, item="4711")
    assert (entry.run, entry.location, entry.pallet, entry.batch, entry.quantity) == ("monday", a, P, "B1", "12")
    db = sqlite3.connect(runs.store)
    assert {table: rows(db, table) for table in TABLES_1} == before
    db.close()
    assert runs.files("monday") == files


def test_what_a_finding_weighs_is_kept_and_told(runs: Runs) -> None:
    a, b = runs.bins[:2]
    stock = f"location,pallet,quantity,value,currency\n{a},{P},2,4800.00,EUR\n{b},{Q},9,1.50,EUR\n"
    runs.reconcile("friday", [look(a, "empty", confidence=0.97), read(b, Q)], stock)
    (case,) = [case for case in cases(runs.store, location=a) if case.run == "friday"]
    assert (case.severity, case.severity_by, case.value, case.currency, case.abc) == ("high", "value", "4800.00", "EUR", "")
    told = describe_history(history(runs.store, location=a), [case], asked=a)
    assert "    F0001 missing (gone, confidence 0.97; severity high, 4800.00 EUR)" in told.splitlines()
    db = sqlite3.connect(runs.store)
    with pytest.raises(sqlite3.IntegrityError, match="append-only: findings cannot be changed"):
        db.execute("UPDATE findings SET severity = 'low'")
    db.close()


def test_a_store_of_format_2_says_nothing_of_weights_and_takes_new_rows(runs: Runs) -> None:
    kept = in_format_1(runs.store)
    db = sqlite3.connect(runs.store)
    for statement in (*MIGRATIONS[1], "CREATE VIEW cases AS SELECT case_id FROM findings", "PRAGMA user_version = 2"):
        db.execute(statement)
    db.commit()
    db.close()
    assert {(case.run, case.severity, case.value) for case in cases(runs.store, pallet=P)} == {
        ("monday", "", ""),
        ("tuesday", "", ""),
    }
    a, b = runs.bins[:2]
    runs.reconcile("friday", [look(a, "empty"), read(b, Q)], f"location,pallet,abc\n{a},{P},a\n{b},{Q},C\n")
    assert [case.severity for case in cases(runs.store, pallet=P)] == ["high", "", ""]
    db = sqlite3.connect(runs.store)
    assert {table: rows(db, table)[: len(found)] for table, found in kept.items()} == kept
    db.close()


def test_a_migration_that_is_cut_off_leaves_the_old_format(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    before = in_format_1(runs.store)
    broken = (("SELECT 1",), ("ALTER TABLE runs ADD COLUMN number INTEGER NOT NULL DEFAULT 0", "SELECT no_such_function()"))
    with monkeypatch.context() as patched:
        patched.setattr("inventory.store.database.MIGRATIONS", broken)
        with pytest.raises(BadInputError, match=r"inventory\.db: the history cannot be used: no such function"):
            history(runs.store)
    db = sqlite3.connect(runs.store)
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert "number" not in [name for (name,) in db.execute("SELECT name FROM pragma_table_info('runs')")]
    db.close()
    history(runs.store)
    db = sqlite3.connect(runs.store)
    assert {table: rows(db, table) for table in TABLES_1} == before
    db.close()


def test_a_store_of_a_newer_version_is_refused(runs: Runs) -> None:
    with sqlite3.connect(runs.store) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(BadInputError, match="written by a newer aislescan \\(format 99\\)"):
        history(runs.store)


def test_no_statement_changes_replaces_or_deletes_a_row(runs: Runs) -> None:
    db = sqlite3.connect(runs.store)
    (run_id,) = db.execute("SELECT id FROM runs WHERE run = 'monday'").fetchone()
    with db:
        db.execute("INSERT INTO decisions VALUES (1, ?, 'F0001', 'confirm', 'Ana', '2026-11-24T08:00:00Z', '', '')", [run_id])
    before = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    assert all(before.values())
    for table in TABLES:
        columns = [name for (name,) in db.execute(f"SELECT name FROM pragma_table_info('{table}')")]
        marks = ", ".join("?" * len(columns))
        row = before[table][0]
        other: list[object] = [value if isinstance(value, (int, float)) or value is None else f"other {value}" for value in row]
        statements: list[tuple[str, list[object]]] = [
            (f"DELETE FROM {table}", []),
            (f"UPDATE {table} SET {columns[0]} = {columns[0]}", []),
            (f"UPDATE OR REPLACE {table} SET {columns[0]} = {columns[0]}", []),
            (f"INSERT OR REPLACE INTO {table} VALUES ({marks})", list(row)),
            (f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO UPDATE SET {columns[1]} = ''", list(row)),
        ]
        if table != "decisions":  # there the number is the rowid
            named = f"INSERT OR REPLACE INTO {table} (rowid, {', '.join(columns)}) VALUES (1, {marks})"
            statements.append((named, other))
        for statement, values in statements:
            with pytest.raises(sqlite3.IntegrityError, match=f"the history is append-only: {table} cannot be changed"):
                db.execute(statement, values)
    assert {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES} == before
    db.close()


def test_a_finding_and_the_one_that_goes_on_with_it_in_the_recount_are_one_case(runs: Runs) -> None:
    db = sqlite3.connect(runs.store)
    (run_id,) = db.execute("SELECT id FROM runs WHERE run = 'monday'").fetchone()
    shown = "SELECT run, second_look, confirmed_by, decision, decided_by FROM cases ORDER BY number"
    open_cases = metadata("inventory", {})["databases"]["inventory"]["queries"]["open_cases"]["sql"]
    assert [row[:2] for row in db.execute(open_cases)] == [("tuesday", "F0001")]
    with db:
        db.execute("INSERT INTO decisions VALUES (1, ?, 'F0001', 'overturn', 'Ana', '2026-11-24T08:00:00Z', '', '')", [run_id])
    assert db.execute(shown).fetchall() == [(run, "confirmed", "tuesday", "overturn", "Ana") for run in ("monday", "tuesday")]
    assert db.execute(open_cases).fetchall() == []
    db.close()


def test_a_store_is_found_by_file_by_run_and_by_folder(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    for given in (runs.store, runs.folder / "monday", runs.folder):
        assert find_store(given) == runs.store
    monkeypatch.chdir(runs.folder.parent)
    assert find_store(None) == Path("runs/inventory.db")
    monkeypatch.chdir(runs.folder)
    assert find_store(None) == Path("inventory.db")
    monkeypatch.chdir(runs.folder / "monday")
    assert find_store(Path()).resolve() == runs.store
    with pytest.raises(BadInputError, match=r"inventory\.db or runs/inventory\.db: no history there"):
        find_store(None)


# -- what is said of it ----


def columns_in(store: Path) -> dict[str, list[str]]:
    db = sqlite3.connect(store)
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")]
    found = {table: [name for (name,) in db.execute(f"SELECT name FROM pragma_table_info('{table}')")] for table in names}
    db.close()
    return found


def test_the_metadata_beside_the_store_describes_each_table_view_and_column_and_no_other(runs: Runs) -> None:
    columns = columns_in(runs.store)
    written = json.loads((runs.folder / "metadata.json").read_text(encoding="utf-8"))
    assert written == metadata("inventory", columns)
    tables = written["databases"]["inventory"]["tables"]
    assert {name: list(told["columns"]) for name, told in tables.items()} == columns
    for name, told in tables.items():
        assert set(described()["tables"][name].get("columns", {})) <= set(columns[name])
        assert set(told.get("facets", ())) | {told.get("sort_desc", columns[name][0])} <= set(columns[name])


def test_every_query_of_the_metadata_runs(runs: Runs) -> None:
    db = sqlite3.connect(runs.store)
    for name, query in metadata("inventory", {})["databases"]["inventory"]["queries"].items():
        found = db.execute(query["sql"], {"location": runs.bins[0], "pallet": P, "item": "4711"}).fetchall()
        assert found, name
    db.close()


def test_metadata_that_somebody_else_wrote_is_left_alone(runs: Runs) -> None:
    path = runs.folder / "metadata.json"
    path.write_text('{"title": "ours"}')
    runs.reconcile("monday", [look(runs.bins[0], "empty")])
    assert path.read_text() == '{"title": "ours"}'
    path.write_text(json.dumps({"written_by": "aislescan", "title": "of an older version"}))
    runs.reconcile("monday", [look(runs.bins[0], "empty")])
    assert json.loads(path.read_text()) == metadata("inventory", columns_in(runs.store))


def test_the_page_about_the_store_gives_every_table_and_column(runs: Runs) -> None:
    page = (ROOT / "docs/reference/store.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL))
    told = {name: re.findall(r"^\| `(\w+)` \| (.*?) \|$", text, re.MULTILINE) for name, text in sections.items()}
    assert {name: [column for column, _ in found] for name, found in told.items()} == columns_in(runs.store)
    for name, found in told.items():
        assert dict(found) == {
            column: text.replace("|", "\\|") for column, text in column_words(name).items() if column in dict(found)
        }
