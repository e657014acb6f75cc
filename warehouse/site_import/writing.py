"""An import -> the site folder, with the rows that have no place beside it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from warehouse.errors import BadInputError
from warehouse.run_folder import write_atomically
from warehouse.site_import.records import Imported
from warehouse.site_text import write_site
from warehouse.texts import ENGLISH, Speech

REFUSED_FILE = "refused.csv"


_KEPT = ("drone", "camera", "range_sensor", "label", "goods")
"""Tables of `site.toml` that have nothing to do with where locations are."""


def write_imported(
    folder: Path,
    imported: Imported,
    *,
    name: str,
    ceiling_m: float | None = None,
    like: Path | None = None,
    speech: Speech = ENGLISH,
) -> None:
    """Write `site.toml`, `layout.csv` and, where rows were refused, `refused.csv`; BadInputError when a site is there already.

    Drone, camera, range sensor and labels are taken, as they are written, from the site folder `like`, if it is given.
    """
    kept = {} if like is None else _tables(like / "site.toml")
    write_site(
        folder,
        name=name,
        regex=imported.regex,
        aisles=imported.aisles,
        bins=imported.bins(),
        keep_outs=imported.keep_outs,
        tunnels=imported.tunnels,
        ceiling_m=ceiling_m,
        speech=speech,
    )
    if kept:
        path = folder / "site.toml"
        parts = re.split(_TABLE_BEGINS, path.read_text(encoding="utf-8"))
        head = "".join(part for part in parts if _name(part) not in _KEPT)
        write_atomically(path, head.rstrip() + "\n\n" + "\n".join(text.strip() + "\n" for text in kept.values()))
    if imported.refusals:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\n")
        writer.writerow(("file", "row", "column", "value", "why"))
        writer.writerows((imported.source, r.row, r.column, r.value, r.why) for r in imported.refusals)
        # The mark tells Excel that this is UTF-8.
        write_atomically(folder / REFUSED_FILE, "\ufeff" + text.getvalue())


_TABLE_BEGINS = re.compile(r"^(?=\[)", re.MULTILINE)
"""Before each line that opens a table."""


def _tables(path: Path) -> dict[str, str]:
    """Return the text of the tables to keep; BadInputError when there is no such site."""
    try:
        parts = re.split(_TABLE_BEGINS, path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: cannot be read: {error}", remedy="give a site folder: --like my-warehouse") from error
    return {name: part for part in parts if (name := _name(part)) in _KEPT}


def _name(part: str) -> str:
    """Return the name of the table that a part opens; nothing for the text before the first one."""
    found = re.match(r"\[+\s*(\w+)\s*\]", part)
    return found[1] if found else ""
