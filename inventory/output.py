"""Write the files of a reconciliation: the same bytes for the same inputs, and never half of them."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from inventory.contract import (
    FINDING_COLUMNS,
    LOCATION_COLUMNS,
    RECOUNT_COLUMNS,
    SCHEMA_VERSION,
    Column,
    csv_text,
    needs_recount,
)
from inventory.findings import Reconciliation
from inventory.review_file import REVIEW_COLUMNS
from inventory.summary import summary
from warehouse.errors import BadInputError
from warehouse.reconciliation_folder import ReconciliationFolder
from warehouse.run_folder import write_atomically

_DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}


def write_reconciliation(folder: ReconciliationFolder, reconciliation: Reconciliation) -> None:
    """Write the files, or BadInputError where they cannot be.

    All of them stand on the disk before the first old one is replaced, so that a full disk or a folder that is none leaves the
    old set whole. `datapackage.json`, which holds the digest of each other file, is taken away first and replaced last: without
    it, or with other digests, the set is not complete.
    """
    r = reconciliation
    contents: dict[Path, bytes] = {
        folder.locations_path: csv_text(LOCATION_COLUMNS, r.locations).encode(),
        folder.discrepancies_path: csv_text(FINDING_COLUMNS, r.findings).encode(),
        folder.recount_path: csv_text(RECOUNT_COLUMNS, [x for x in r.locations if needs_recount(x)]).encode(),
        folder.summary_path: _json(summary(r)),
    }
    if r.history is not None and r.history.reviews is not None:
        contents[folder.review_path] = csv_text(REVIEW_COLUMNS, r.history.reviews).encode()
    contents[folder.datapackage_path] = _json(_package(contents, folder))
    staged = {path: path.with_name(f".{path.name}.{os.getpid()}.new") for path in contents}
    try:
        if folder.root.exists() and not folder.root.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder.root))
        for path, content in contents.items():
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
            write_atomically(staged[path], content)
        folder.datapackage_path.unlink(missing_ok=True)
        for path, new in staged.items():
            new.replace(path)
        if folder.review_path not in contents:
            folder.review_path.unlink(missing_ok=True)
    except OSError as error:
        raise BadInputError(
            f"{folder.root}: the results cannot be written: {error.strerror} ({error.filename})",
            remedy="give a folder that can be written to, with free disk; the command may then be repeated as it is",
        ) from error
    finally:
        for new in staged.values():
            with suppress(OSError):
                new.unlink(missing_ok=True)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _package(contents: dict[Path, bytes], folder: ReconciliationFolder) -> dict[str, Any]:
    """Return a Frictionless data package, https://datapackage.org, version 2."""
    tables: list[tuple[Path, Sequence[Column[Any]], list[str]]] = [
        (folder.locations_path, LOCATION_COLUMNS, ["location"]),
        (folder.discrepancies_path, FINDING_COLUMNS, ["case_id"]),
        (folder.recount_path, RECOUNT_COLUMNS, ["location"]),
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
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "reconciliation",
        "title": "ERP stock list against observed pallets",
        "version": SCHEMA_VERSION,
        "resources": resources,
    }


def _resource(path: Path, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"name": path.stem, "path": path.name, "bytes": len(content), "hash": f"sha256:{digest}"}
