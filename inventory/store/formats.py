"""The formats of the history, each as the statements that make it from the one before. What was shipped is never edited again.

A row is kept for good: triggers refuse to change or delete one. SQLite's REPLACE deletes rows without asking the delete triggers,
so an insert that would hit a row by any of its keys, rowid included, is refused before it begins. Views hold no rows: those of
`views` are made anew whenever a file changes its format.
"""

from __future__ import annotations

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the history is append-only: {table} cannot be changed'); END"


def _keeps(table: str, verb: str) -> str:
    return f"CREATE TRIGGER {table}_keeps_{verb} BEFORE {verb.upper()} ON {table} " + _REFUSE.format(table=table)


def _keeps_from_replacing(table: str, *keys: str, has_rowid: bool = True) -> str:
    """Return the trigger that refuses an insert onto a row with the same columns of one of `keys` (blank-separated)."""
    all_keys = (*keys, "rowid") if has_rowid else keys
    hits = [" AND ".join(f"{column} = NEW.{column}" for column in key.split()) for key in all_keys]
    # one EXISTS for each key, so that each is looked up in its own index
    when = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {hit})" for hit in hits)
    return f"CREATE TRIGGER {table}_keeps_insert BEFORE INSERT ON {table} WHEN {when} " + _REFUSE.format(table=table)


_FORMAT_1 = (
    """CREATE TABLE runs (
    id TEXT PRIMARY KEY, run TEXT NOT NULL, recorded_at TEXT NOT NULL, schema_version TEXT NOT NULL,
    profile TEXT NOT NULL, snapshot_at TEXT NOT NULL, verdicts TEXT NOT NULL
) STRICT""",
    """CREATE TABLE inputs (
    run_id TEXT NOT NULL REFERENCES runs(id), role TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (run_id, role)
) STRICT""",
    """CREATE TABLE observations (
    run_id TEXT NOT NULL REFERENCES runs(id), location TEXT NOT NULL, verdict TEXT NOT NULL, status TEXT NOT NULL,
    expected TEXT NOT NULL, observed TEXT NOT NULL, confidence REAL, reason TEXT NOT NULL, seen_at TEXT NOT NULL,
    evidence TEXT NOT NULL, PRIMARY KEY (run_id, location)
) STRICT""",
    """CREATE TABLE findings (
    run_id TEXT NOT NULL REFERENCES runs(id), case_id TEXT NOT NULL, verdict TEXT NOT NULL, cause TEXT NOT NULL,
    pallet TEXT NOT NULL, expected_location TEXT NOT NULL, observed_location TEXT NOT NULL, other_pallet TEXT NOT NULL,
    other_expected_location TEXT NOT NULL, other_observed_location TEXT NOT NULL, confidence REAL NOT NULL,
    reason TEXT NOT NULL, seen_at TEXT NOT NULL, evidence TEXT NOT NULL, PRIMARY KEY (run_id, case_id)
) STRICT""",
    """CREATE TABLE pallets (
    run_id TEXT NOT NULL REFERENCES runs(id), pallet TEXT NOT NULL, location TEXT NOT NULL, verdict TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (run_id, pallet, location)
) STRICT""",
    "CREATE INDEX observations_by_location ON observations (location)",
    "CREATE INDEX pallets_by_pallet ON pallets (pallet)",
    *(_keeps(table, verb) for table in ("runs", "inputs", "observations", "findings", "pallets") for verb in ("update", "delete")),
)

_FORMAT_2 = (
    # -- order, origin and flying time of the runs; the one moment in which a run may be written to: its place in the order
    "DROP TRIGGER runs_keeps_update",
    "ALTER TABLE runs ADD COLUMN number INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN run_created_at TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN program TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE runs ADD COLUMN flight_s REAL",
    "ALTER TABLE runs ADD COLUMN trust TEXT NOT NULL DEFAULT '{}'",
    "UPDATE runs SET number = rowid",
    _keeps("runs", "update"),
    "CREATE UNIQUE INDEX runs_by_number ON runs (number)",
    "CREATE INDEX runs_by_name ON runs (run)",
    "CREATE INDEX inputs_by_sha256 ON inputs (sha256)",
    # -- what a finding is about, in the words of the ERP
    "ALTER TABLE findings ADD COLUMN sku TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE findings ADD COLUMN batch TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE findings ADD COLUMN further_locations TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE findings ADD COLUMN suggested_action TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX findings_by_pallet ON findings (pallet)",
    # -- the ERP's lines, by which items are found
    """CREATE TABLE erp_lines (
    run_id TEXT NOT NULL REFERENCES runs(id), line INTEGER NOT NULL, erp_row INTEGER NOT NULL, location TEXT NOT NULL,
    pallet TEXT NOT NULL, sku TEXT NOT NULL, batch TEXT NOT NULL, quantity TEXT NOT NULL, uom TEXT NOT NULL, expiry TEXT NOT NULL,
    erp_row_ref TEXT NOT NULL, label_count TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (run_id, line)
) STRICT""",
    "CREATE INDEX erp_lines_by_sku ON erp_lines (sku)",
    "CREATE INDEX erp_lines_by_location ON erp_lines (location)",
    # -- second looks and decisions
    """CREATE TABLE reviews (
    run_id TEXT NOT NULL REFERENCES runs(id), reviewed_run_id TEXT NOT NULL, reviewed_case_id TEXT NOT NULL, outcome TEXT NOT NULL
    CHECK (outcome IN ('confirmed', 'overturned', 'open')), case_id TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (run_id, reviewed_run_id, reviewed_case_id),
    FOREIGN KEY (reviewed_run_id, reviewed_case_id) REFERENCES findings(run_id, case_id)
) STRICT""",
    "CREATE INDEX reviews_by_case ON reviews (reviewed_run_id, reviewed_case_id)",
    "CREATE INDEX reviews_by_later_case ON reviews (run_id, case_id)",
    """CREATE TABLE decisions (
    number INTEGER PRIMARY KEY, run_id TEXT NOT NULL, case_id TEXT NOT NULL, decision TEXT NOT NULL
    CHECK (decision IN ('confirm', 'overturn', 'recount')), decided_by TEXT NOT NULL CHECK (decided_by <> ''),
    decided_at TEXT NOT NULL, reason TEXT NOT NULL, recorded_at TEXT NOT NULL,
    UNIQUE (run_id, case_id, decision, decided_by, decided_at, reason),
    FOREIGN KEY (run_id, case_id) REFERENCES findings(run_id, case_id)
) STRICT""",
    *(_keeps(table, verb) for table in ("erp_lines", "reviews", "decisions") for verb in ("update", "delete")),
    _keeps_from_replacing("runs", "id", "number"),
    _keeps_from_replacing("inputs", "run_id role"),
    _keeps_from_replacing("observations", "run_id location"),
    _keeps_from_replacing("findings", "run_id case_id"),
    _keeps_from_replacing("pallets", "run_id pallet location"),
    _keeps_from_replacing("erp_lines", "run_id line"),
    _keeps_from_replacing("reviews", "run_id reviewed_run_id reviewed_case_id"),
    _keeps_from_replacing("decisions", "number", "run_id case_id decision decided_by decided_at reason"),
)

_FORMAT_3 = (
    # -- how much a finding weighs
    *(
        f"ALTER TABLE findings ADD COLUMN {column} TEXT NOT NULL DEFAULT ''"
        for column in ("severity", "severity_by", "value", "currency", "abc")
    ),
)

_FORMAT_4 = (
    # -- of a comparison in columns, what is beyond doubt: a row for each line of the ERP and each other location, and what is said
    # of each kind of them once, with ⟦location⟧, ⟦key⟧ and ⟦pallet⟧ for what is in the row
    """CREATE TABLE settled_kinds (
    run_id TEXT NOT NULL REFERENCES runs(id), kind INTEGER NOT NULL, n_locations INTEGER NOT NULL, n_lines INTEGER NOT NULL,
    last_seen_at TEXT NOT NULL, verdict TEXT NOT NULL, status TEXT NOT NULL, expected TEXT NOT NULL, observed TEXT NOT NULL,
    confidence REAL, reason TEXT NOT NULL, line_verdict TEXT NOT NULL, line_reason TEXT NOT NULL, pallet_verdict TEXT NOT NULL,
    pallet_reason TEXT NOT NULL, PRIMARY KEY (run_id, kind)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE settled (
    number INTEGER NOT NULL, location TEXT NOT NULL, line INTEGER NOT NULL, kind INTEGER NOT NULL, pallet TEXT NOT NULL,
    pallet_text TEXT NOT NULL, seen_at TEXT NOT NULL, erp_row INTEGER, sku TEXT NOT NULL, batch TEXT NOT NULL,
    quantity TEXT NOT NULL, uom TEXT NOT NULL, expiry TEXT NOT NULL, erp_row_ref TEXT NOT NULL,
    PRIMARY KEY (number, location, line)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX settled_by_pallet ON settled (pallet)",
    "CREATE INDEX settled_by_sku ON settled (sku)",
    *(_keeps(table, verb) for table in ("settled_kinds", "settled") for verb in ("update", "delete")),
    _keeps_from_replacing("settled_kinds", "run_id kind", has_rowid=False),
    _keeps_from_replacing("settled", "number location line", has_rowid=False),
)

_LINE = ("kind", "pallet", "pallet_text", "seen_at", "erp_row", "sku", "batch", "quantity", "uom", "expiry", "erp_row_ref")

_FORMAT_5 = (
    # -- the same in rows of few values, each table in the order of its key: added by the million in a third of the time
    """CREATE TABLE settled_places (
    number INTEGER NOT NULL, location TEXT NOT NULL, lines TEXT NOT NULL, PRIMARY KEY (number, location)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE settled_pallets (
    number INTEGER NOT NULL, pallet TEXT NOT NULL, location TEXT NOT NULL, PRIMARY KEY (number, pallet)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE settled_items (
    number INTEGER NOT NULL, sku TEXT NOT NULL, locations TEXT NOT NULL, PRIMARY KEY (number, sku)
) STRICT, WITHOUT ROWID""",
    f"INSERT INTO settled_places SELECT number, location, json_group_array(json_array({', '.join(_LINE)})) "
    "FROM (SELECT * FROM settled ORDER BY number, location, line) GROUP BY number, location",
    "INSERT INTO settled_pallets SELECT DISTINCT number, pallet, location FROM settled WHERE pallet <> ''",
    "INSERT INTO settled_items SELECT number, sku, json_group_array(DISTINCT location) FROM settled WHERE erp_row IS NOT NULL "
    "GROUP BY number, sku",
    "DROP TABLE settled",
    *(_keeps(table, verb) for table in ("settled_places", "settled_pallets", "settled_items") for verb in ("update", "delete")),
    _keeps_from_replacing("settled_places", "number location", has_rowid=False),
    _keeps_from_replacing("settled_pallets", "number pallet", has_rowid=False),
    _keeps_from_replacing("settled_items", "number sku", has_rowid=False),
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FORMAT_1, _FORMAT_2, _FORMAT_3, _FORMAT_4, _FORMAT_5)
"""The n-th makes format n of format n - 1; 0 is an empty file."""
STORE_FORMAT = len(MIGRATIONS)
