"""Write the files of a reconciliation: the same bytes for the same inputs, and never half of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inventory.contract import (
    FINDING_COLUMNS,
    LINE_COLUMNS,
    LOCATION_COLUMNS,
    RECOUNT_COLUMNS,
    SCHEMA_VERSION,
    Column,
    csv_text,
    needs_recount,
)
from inventory.counted import line_counts
from inventory.findings import Reconciliation
from inventory.review_file import REVIEW_COLUMNS
from inventory.summary import summary
from inventory.tallies import WHOLE_UP_TO
from inventory.workbook import workbook
from inventory.written_together import Content, Written, write_together
from warehouse.reconciliation_folder import ReconciliationFolder

_DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}


def write_reconciliation(
    folder: ReconciliationFolder, reconciliation: Reconciliation, *, lang: str = "en", whole_up_to: int = WHOLE_UP_TO
) -> None:
    """Write the files, or BadInputError where they cannot be; a crash leaves the old set whole (`inventory.written_together`).

    `datapackage.json` holds the digest of each other file. `lang` is the language of the workbook, which holds every
    row of up to `whole_up_to` locations and ERP lines.
    """
    r = reconciliation
    counts = line_counts(r)
    again = [x for x in r.locations if needs_recount(x)]
    if r.settled is None:
        locations: Content = csv_text(LOCATION_COLUMNS, r.locations).encode()
        recount: Content = csv_text(RECOUNT_COLUMNS, again).encode()
        lines: Content = csv_text(LINE_COLUMNS, counts).encode()
    else:
        locations, recount = r.settled.locations_csv(r.locations), r.settled.recount_csv(again)
        lines = r.settled.lines_csv(counts)
    contents: dict[Path, Content] = {
        folder.locations_path: locations,
        folder.discrepancies_path: csv_text(FINDING_COLUMNS, r.findings).encode(),
        folder.recount_path: recount,
        folder.erp_lines_path: lines,
        folder.workbook_path: lambda _: workbook(r, counts, lang, whole_up_to=whole_up_to),
        folder.summary_path: _json(summary(r)),
    }
    if r.history is not None and r.history.reviews is not None:
        contents[folder.review_path] = csv_text(REVIEW_COLUMNS, r.history.reviews).encode()
    contents[folder.datapackage_path] = lambda written: _json(_package(written, folder))
    gone = () if folder.review_path in contents else (folder.review_path,)
    write_together(folder.root, contents, stale=gone)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _package(contents: Mapping[Path, Written], folder: ReconciliationFolder) -> dict[str, Any]:
    """Return a Frictionless data package, https://datapackage.org, version 2."""
    tables: list[tuple[Path, Sequence[Column[Any]], list[str]]] = [
        (folder.locations_path, LOCATION_COLUMNS, ["location"]),
        (folder.discrepancies_path, FINDING_COLUMNS, ["case_id"]),
        (folder.recount_path, RECOUNT_COLUMNS, ["location"]),
        (folder.erp_lines_path, LINE_COLUMNS, ["erp_row"]),
    ]
    if folder.review_path in contents:
        tables.append((folder.review_path, REVIEW_COLUMNS, ["reviewed_run", "reviewed_case_id"]))
    resources = [
        _resource(path, contents[path])
        | {
            "type": "table",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "dialect": _DIALECT,
            # a program that was made for an older 1.x takes files with columns that were added since
            "schema": {
                "fieldsMatch": "subset",
                "fields": [c.as_field() for c in columns],
                "missingValues": [""],
                "primaryKey": key,
            },
        }
        for path, columns, key in tables
    ]
    about_summary = _resource(folder.summary_path, contents[folder.summary_path])
    resources.append(about_summary | {"format": "json", "mediatype": "application/json"})
    # no resource: a program would take its first sheet for a table of its own, and so do validators
    for_people = [_resource(folder.workbook_path, contents[folder.workbook_path])]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "reconciliation",
        "title": "ERP stock list against observed pallets",
        "version": SCHEMA_VERSION,
        "resources": resources,
        "for_people": for_people,
    }


def _resource(path: Path, content: Written) -> dict[str, Any]:
    return {"name": path.stem, "path": path.name, "bytes": content.n_bytes, "hash": f"sha256:{content.digest}"}
