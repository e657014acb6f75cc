"""Opens the history, and brings it to the present format. The only module that knows sqlite-utils.

Several processes may write at once: SQLite's write-ahead log and one transaction for each addition keep them apart.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path

from sqlite_utils import Database

from inventory.store.formats import MIGRATIONS, STORE_FORMAT
from inventory.store.views import VIEWS
from warehouse.errors import BadInputError

__all__ = ["Database", "add_objects", "add_rows", "columns_of", "opened", "transaction"]

BUSY_TIMEOUT_S = 30.0
_CACHE_KB = 64_000
"""Of pages held while many rows are added."""


@contextmanager
def opened(db_path: Path, *, must_exist: bool = False) -> Iterator[Database]:
    """Open the history, in the present format; BadInputError when it cannot be used, or is not there though it must be."""
    if must_exist and not db_path.is_file():
        raise BadInputError(f"{db_path}: no history yet", remedy="it begins with: aislescan reconcile RUN --erp FILE")
    try:
        db_path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(db_path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as connection:
            db = Database(connection)
            _migrate(db, db_path)
            connection.execute("PRAGMA foreign_keys = on")
            yield db
    except (sqlite3.DatabaseError, OSError) as error:
        raise BadInputError(
            f"{db_path}: the history cannot be used: {error}",
            remedy="move the file away to begin a new one, or let its folder be written to; the runs need it not",
        ) from error


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """Hold the history against other writers: all of what is added within, or nothing."""
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise


def add_rows(db: Database, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Add rows, all with the columns of the first; sqlite-utils' own way looks at each value first, and takes twice as long."""
    rest = iter(rows)
    first = next(rest, None)
    if first is not None:
        marks = ", ".join(f":{column}" for column in first)
        db.conn.executemany(f"INSERT INTO {table} ({', '.join(first)}) VALUES ({marks})", chain([first], rest))


def add_objects(db: Database, table: str, columns: tuple[str, str], number: int, objects: Iterable[str]) -> None:
    """Add rows by the million, none of which can hit one that is there: run number, key and value of each member of JSON objects,
    sorted by their keys.

    SQLite takes the objects apart itself, a whole one in a statement, and lets go of the interpreter meanwhile. Within a
    transaction: the trigger that looks for such a row, which takes as long as all the rest, is away while they are added.
    """
    trigger = f"{table}_keeps_insert"
    (statement,) = db.conn.execute("SELECT sql FROM sqlite_schema WHERE name = ?", [trigger]).fetchone()
    db.conn.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    db.conn.execute(f"DROP TRIGGER {trigger}")
    insert = f"INSERT INTO {table} (number, {', '.join(columns)}) SELECT ?, key, value FROM json_each(?)"
    for text in objects:
        db.conn.execute(insert, [number, text])
    db.conn.execute(statement)


def _format(db: Database) -> int:
    return int(db.conn.execute("PRAGMA user_version").fetchone()[0])


def _migrate(db: Database, db_path: Path) -> None:
    """Bring the file to the present format, all of it or none: a file that is cut off in between is still of its old format."""
    found = _format(db)
    if found > STORE_FORMAT:
        raise BadInputError(f"{db_path}: written by a newer aislescan (format {found})", remedy="use that version")
    if found == STORE_FORMAT:
        return
    if found == 0:
        db.conn.execute("PRAGMA journal_mode = wal")
    with transaction(db):
        if _format(db) >= STORE_FORMAT:  # asked again: another process may have done it meanwhile
            return
        for name in VIEWS:
            db.conn.execute(f"DROP VIEW IF EXISTS {name}")
        for statements in MIGRATIONS[_format(db) :]:
            for statement in statements:
                db.conn.execute(statement)
        for name, query in VIEWS.items():
            db.conn.execute(f"CREATE VIEW {name} AS {query}")
        db.conn.execute(f"PRAGMA user_version = {STORE_FORMAT}")


def columns_of(db: Database) -> dict[str, list[str]]:
    """Return the columns of each table and view."""
    return {name: [column.name for column in db[name].columns] for name in (*db.table_names(), *db.view_names())}
