"""The comparison as somebody would write it directly in DuckDB: one full outer join, a CASE for each class, the same files.

    python -m benchmarks.million_duckdb SCANS ERP OUT [--bare]

It reads the files that `aislescan reconcile` reads, and the same four tables, sorted alike, with the same columns and sentences;
not the workbook, the summary and the digests. It holds what an accusation needs of reads (two, or a check digit), but nothing of
shifted rows, slips of one character, nested units, movements, refused rows, frames that two places claim, or unreadable files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

_READ = "SELECT {what} FROM read_csv('{path}', all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')"

_TABLES = """
CREATE TABLE erp AS {erp};
CREATE TABLE seen AS SELECT location, max(status) AS status, max(text) FILTER (status = 'read') AS pallet,
    max(symbology) AS symbology, count(DISTINCT frame) AS n_frames, max(seen_at) AS seen_at FROM ({scans}) GROUP BY location;
CREATE TABLE found AS SELECT pallet, count(*) AS n_places, min(location) AS location, max(location) AS last_location,
    bool_and(n_frames > 1 OR symbology IN ('QRCode', 'DataMatrix') OR regexp_full_match(pallet, '[0-9]{{18}}')) AS is_sure,
    max(seen_at) AS seen_at FROM seen WHERE pallet IS NOT NULL GROUP BY pallet;
CREATE TABLE joined AS
SELECT coalesce(e.location, s.location) AS location, e.*  EXCLUDE (location), e.location IS NOT NULL AS is_booked,
    coalesce(s.status, 'unseen') AS status, s.pallet AS observed, s.n_frames, s.seen_at, s.symbology,
    f.location AS found_at, f.last_location AS found_last, f.n_places, b.location AS home,
    CASE WHEN e.pallet IS NULL THEN NULL
         WHEN f.n_places > 1 AND f.is_sure THEN 'duplicate'
         WHEN f.n_places > 1 THEN 'low_confidence'
         WHEN s.pallet = e.pallet THEN 'match'
         WHEN f.location IS NOT NULL THEN CASE WHEN f.is_sure THEN 'misplaced' ELSE 'low_confidence' END
         WHEN s.status = 'empty' THEN 'missing'
         WHEN s.status = 'read' THEN CASE WHEN o.is_sure THEN 'missing' ELSE 'low_confidence' END
         ELSE 'unverified' END AS line_verdict,
    CASE WHEN s.pallet IS NULL THEN NULL
         WHEN o.n_places > 1 AND o.is_sure THEN 'duplicate'
         WHEN o.n_places > 1 THEN 'low_confidence'
         WHEN s.pallet = e.pallet THEN 'match'
         WHEN b.location IS NOT NULL THEN CASE WHEN o.is_sure THEN 'misplaced' ELSE 'low_confidence' END
         ELSE CASE WHEN o.is_sure THEN 'unexpected' ELSE 'low_confidence' END END AS read_verdict
FROM erp e FULL OUTER JOIN seen s ON e.location = s.location
LEFT JOIN found f ON f.pallet = e.pallet LEFT JOIN found o ON o.pallet = s.pallet LEFT JOIN erp b ON b.pallet = s.pallet;
CREATE TABLE judged AS SELECT *, CASE
    WHEN 'missing' IN (line_verdict, read_verdict) THEN 'missing' WHEN 'misplaced' IN (line_verdict, read_verdict) THEN 'misplaced'
    WHEN 'duplicate' IN (line_verdict, read_verdict) THEN 'duplicate' WHEN read_verdict = 'unexpected' THEN 'unexpected'
    WHEN 'low_confidence' IN (line_verdict, read_verdict) THEN 'low_confidence' WHEN line_verdict = 'unverified' THEN 'unverified'
    WHEN line_verdict = 'match' OR status = 'empty' THEN 'match' ELSE 'unverified' END AS verdict,
    CASE WHEN line_verdict = 'match' THEN 'Pallet ' || pallet || ' was read at ' || location || ', where the ERP expects it.'
         WHEN line_verdict = 'unverified' OR (pallet IS NULL AND observed IS NULL AND status <> 'empty') THEN CASE
            WHEN status = 'unreadable' THEN 'Something stands at ' || location || ', but its label was not read.'
            ELSE 'It is not known what stands at ' || location || '.' END
         WHEN line_verdict = 'missing' AND status = 'empty' THEN 'The ERP expects pallet ' || pallet || ' at ' || location
            || '; the place was seen empty, and the pallet was read nowhere.'
         WHEN line_verdict = 'missing' THEN 'The ERP expects pallet ' || pallet || ' at ' || location || '; ' || observed
            || ' was read there instead, and pallet ' || pallet || ' was read nowhere.'
         WHEN found_at IS NOT NULL THEN 'The ERP expects pallet ' || pallet || ' at ' || location || '; it was read at '
            || found_at || '.'
         WHEN read_verdict IS NOT NULL THEN 'Pallet ' || observed || ' was read at ' || location
            || ', and the ERP file does not list it there.'
         ELSE 'The ERP expects nothing at ' || location || ', and it was seen empty.' END AS reason
FROM joined;
"""

_LOCATIONS = """
SELECT '1.2.0' AS schema_version, location, NULL AS aisle, NULL AS bay, NULL AS level, NULL AS slot, NULL AS kind, verdict, status,
    pallet AS expected_pallets, observed AS observed_pallets, CASE WHEN verdict = 'match' THEN '0.95' END AS confidence, reason,
    NULL AS case_id, seen_at, coalesce(n_frames, 0) AS n_frames, NULL AS evidence, NULL AS label_evidence, NULL AS runner_up,
    NULL AS margin_m, NULL AS goods FROM judged ORDER BY location
"""
_RECOUNT = """
SELECT '1.2.0' AS schema_version, location, NULL AS aisle, NULL AS bay, NULL AS level, NULL AS slot, NULL AS kind, verdict, status,
    reason, 'fly' AS how, CASE WHEN status = 'unreadable'
        THEN 'Look again from nearer, from another side and in other light; if the label is damaged, read it by hand.'
        ELSE 'Look at it again: nothing may hide it, and its lane must be flown to the end.' END AS what_to_do, NULL AS case_id
FROM judged WHERE verdict IN ('unverified', 'low_confidence') ORDER BY location
"""
_FINDINGS = """
SELECT '1.2.0' AS schema_version, 'F' || lpad(row_number() OVER (ORDER BY rank, place)::VARCHAR, 4, '0') AS case_id,
    * EXCLUDE (rank, place)
FROM (SELECT CASE line_verdict WHEN 'missing' THEN 0 WHEN 'misplaced' THEN 1 WHEN 'duplicate' THEN 2 ELSE 6 END AS rank,
        location AS place, line_verdict AS verdict,
        CASE line_verdict WHEN 'missing' THEN 'gone' WHEN 'misplaced' THEN 'moved' ELSE 'read_twice' END AS cause,
        pallet, CASE WHEN regexp_full_match(pallet, '[0-9]{18}') THEN 'SSCC' ELSE 'LPN' END AS pallet_kind,
        location AS expected_location, found_at AS observed_location, NULL AS other_pallet, NULL AS other_expected_location,
        CASE WHEN n_places > 1 THEN found_last END AS other_observed_location, sku AS item, batch, quantity, uom,
        '0.95' AS confidence, reason, CASE line_verdict
            WHEN 'missing' THEN 'Look for pallet ' || pallet || ' on the floor and at the places around ' || location
                || '; if it is not found, count again.'
            WHEN 'misplaced' THEN 'Move pallet ' || pallet || ' from ' || found_at || ' to ' || location
                || ', or correct the ERP to ' || found_at || '.'
            ELSE 'Count location ' || location || ' again before anything is booked.' END AS suggested_action,
        seen_at, NULL AS evidence, NULL AS expected_evidence, erp_row, NULL AS erp_row_ref
    FROM judged WHERE line_verdict NOT IN ('match', 'unverified')
    UNION ALL SELECT 3, location, read_verdict, 'unknown_to_erp', observed,
        CASE WHEN regexp_full_match(observed, '[0-9]{18}') THEN 'SSCC' ELSE 'LPN' END, NULL, location, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, '0.95', reason, 'Find the receipt or a late posting of pallet ' || observed || '; book it in at ' || location
        || ', or take it off.', seen_at, NULL, NULL, NULL, NULL
    FROM judged WHERE home IS NULL AND read_verdict IN ('unexpected', 'low_confidence')) ORDER BY 2
"""
_LINES = """
SELECT '1.2.0' AS schema_version, erp_row, NULL AS erp_row_ref, location, pallet, sku AS item, batch, quantity, uom,
    coalesce(line_verdict, verdict) AS verdict, CASE WHEN line_verdict = 'match' THEN 'counted'
        WHEN line_verdict = 'missing' OR (line_verdict IS NULL AND verdict = 'match') THEN 'counted_zero'
        ELSE 'not_counted' END AS state, status,
    CASE WHEN line_verdict = 'misplaced' THEN found_at END AS stands_at,
    CASE WHEN observed <> pallet THEN observed END AS other_pallets, reason, NULL AS case_id, seen_at,
    '[["location", "' || location || '"], ["pallet", "' || coalesce(pallet, '') || '"], ["sku", "' || coalesce(sku, '')
        || '"], ["description", "' || coalesce(description, '') || '"], ["quantity", "' || coalesce(quantity, '') || '"], ["uom", "'
        || coalesce(uom, '') || '"], ["batch", "' || coalesce(batch, '') || '"], ["moved_at", "' || coalesce(moved_at, '')
        || '"]]' AS erp_columns FROM judged WHERE is_booked ORDER BY erp_row
"""
_BARE = "SELECT location, pallet AS expected, observed, status, verdict FROM judged"


def compare(scans: Path, erp: Path, out: Path, *, is_bare: bool = False) -> dict[str, int]:
    """Write the tables into `out` and return how many locations have each verdict; bare: only a verdict for each location."""
    out.mkdir(parents=True, exist_ok=True)
    tables = (("locations", _LOCATIONS), ("recount", _RECOUNT), ("discrepancies", _FINDINGS), ("erp_lines", _LINES))
    with duckdb.connect() as db:
        read = {
            "erp": _READ.format(what="row_number() OVER () + 1 AS erp_row, *", path=erp),
            "scans": _READ.format(what="*", path=scans),
        }
        db.execute(_TABLES.format(**read))
        for name, query in (("bare", _BARE),) if is_bare else tables:
            db.execute(f"COPY ({query}) TO '{out / name}.csv' (FORMAT csv, HEADER true)")
        return dict(db.execute("SELECT verdict, count(*) FROM judged GROUP BY verdict ORDER BY verdict").fetchall())


if __name__ == "__main__":
    print(json.dumps(compare(*(Path(arg) for arg in sys.argv[1:4]), is_bare="--bare" in sys.argv)))
