"""An import -> the site folder, with the rows that have no place beside it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from warehouse.run_folder import write_atomically
from warehouse.site_import.records import Imported
from warehouse.site_text import write_site

REFUSED_FILE = "refused.csv"


def write_imported(folder: Path, imported: Imported, *, name: str, ceiling_m: float | None = None) -> None:
    """Write `site.toml`, `layout.csv` and, where rows were refused, `refused.csv`; BadInputError when a site is there already."""
    write_site(
        folder,
        name=name,
        regex=imported.regex,
        aisles=imported.aisles,
        bins=imported.bins(),
        keep_outs=imported.keep_outs,
        tunnels=imported.tunnels,
        ceiling_m=ceiling_m,
    )
    if imported.refusals:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\n")
        writer.writerow(("file", "row", "column", "value", "why"))
        writer.writerows((imported.source, r.row, r.column, r.value, r.why) for r in imported.refusals)
        # The mark tells Excel that this is UTF-8.
        write_atomically(folder / REFUSED_FILE, "\ufeff" + text.getvalue())
