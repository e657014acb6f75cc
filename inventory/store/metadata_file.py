"""`metadata.json` beside the history: titles, meanings of the columns, facets and queries, as Datasette shows them.

Datasette takes both from a folder of runs (`datasette runs/`), or with `--metadata`; https://docs.datasette.io/en/stable/metadata.html.
"""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from warehouse.run_folder import STORE_METADATA_NAME, write_atomically

MARK = "aislescan"
"""`written_by` of a file that we may replace; one that somebody else wrote is left alone."""


@cache
def described() -> dict[str, Any]:
    """Return what the tables, views and columns mean (`described.toml`)."""
    return tomllib.loads(resources.files("inventory.store").joinpath("described.toml").read_text(encoding="utf-8"))


def column_words(table: str) -> dict[str, str]:
    """Return what is said of the columns of a table or view, those that it shares with others included."""
    about = described()
    words: dict[str, str] = about["columns"] | about["tables"][table].get("columns", {})
    return words


def metadata(database: str, columns: dict[str, list[str]]) -> dict[str, Any]:
    """Return Datasette's metadata for a database of that name, whose tables and views have these columns."""
    about = described()
    tables = {}
    for table, has in columns.items():
        told = about["tables"].get(table)
        if told is None:
            continue
        words = column_words(table)
        tables[table] = {
            "title": told["title"],
            "description": told["description"],
            "columns": {column: words[column] for column in has if column in words},
            "size": 50,
            **({"facets": told["facets"]} if "facets" in told else {}),
            **({"sort_desc": told["sort_desc"]} if "sort_desc" in told else {}),
            **({"label_column": told["label"]} if "label" in told else {}),
        }
    return {
        "written_by": MARK,
        "title": about["title"],
        "description": about["description"],
        "databases": {
            database: {
                "title": about["title"],
                "description": about["description"],
                "tables": tables,
                "queries": {
                    name: {"title": q["title"], "hide_sql": True, "sql": q["sql"].strip()} for name, q in about["queries"].items()
                },
            }
        },
    }


def write_metadata(db_path: Path, columns: dict[str, list[str]]) -> None:
    """Write the file beside the history when it is not there or old; one that we did not write, and a folder that cannot be
    written to, are left as they are.
    """
    path = db_path.with_name(STORE_METADATA_NAME)
    text = json.dumps(metadata(db_path.stem, columns), indent=1, ensure_ascii=False) + "\n"
    with suppress(OSError):
        if path.exists() and not _is_ours(path):
            return
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text)


def _is_ours(path: Path) -> bool:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("written_by") == MARK
