"""The views of the history: what people look at in Datasette, and what the figures are counted from. Name -> query."""

from __future__ import annotations

JUDGED = "verdict NOT IN ('unverified', 'low_confidence', 'stale')"
"""SQL: a place or line of which something is claimed; the others are no part of an accuracy."""

_SITE = "(SELECT i.file FROM inputs i WHERE i.run_id = r.id AND i.role = 'site')"

VIEWS: dict[str, str] = {
    # A run reconciled again replaces what it said before, and a recount holds the looks of the run that it recounts: known by the
    # digest of its observations, so that records of format 1 take part.
    "runs_that_count": f"""SELECT r.number, r.id AS run_id, r.run, {_SITE} AS site,
    coalesce(nullif((SELECT max(o.seen_at) FROM observations o WHERE o.run_id = r.id), ''), r.recorded_at) AS counted_at,
    r.recorded_at, r.flight_s
FROM runs r
WHERE NOT EXISTS (SELECT 1 FROM runs later WHERE later.run = r.run AND later.number > r.number
        AND (later.run_created_at = r.run_created_at OR r.run_created_at = ''))
    AND NOT EXISTS (SELECT 1 FROM inputs own JOIN inputs again ON again.sha256 = own.sha256 AND again.run_id <> own.run_id
        WHERE own.run_id = r.id AND own.role = 'observations' AND again.role GLOB 'observations_before*')""",
    "kpi_by_run": f"""SELECT r.number, r.run, r.site, r.counted_at,
    sum(o.{JUDGED} AND o.verdict = 'match') AS locations_right, sum(o.{JUDGED}) AS locations_judged,
    (SELECT count(*) FROM erp_lines l WHERE l.run_id = r.run_id AND l.verdict = 'match') AS lines_right,
    (SELECT count(*) FROM erp_lines l WHERE l.run_id = r.run_id AND l.{JUDGED}) AS lines_judged,
    (SELECT count(*) FROM erp_lines l WHERE l.run_id = r.run_id) AS lines,
    sum(o.status = 'read') AS locations_read, sum(o.status IN ('read', 'unreadable')) AS locations_with_goods,
    sum(o.status IN ('read', 'empty')) AS locations_decided, sum(o.status <> 'not_observable') AS locations_observable,
    r.flight_s, r.run_id
FROM runs_that_count r JOIN observations o ON o.run_id = r.run_id GROUP BY r.run_id""",
    "cases": f"""SELECT r.number, r.run, {_SITE} AS site, f.case_id, f.verdict, f.cause, f.pallet, f.sku, f.expected_location,
    f.observed_location, f.confidence, f.reason,
    coalesce((SELECT w.outcome FROM reviews w JOIN runs b ON b.id = w.run_id
        WHERE w.reviewed_run_id = f.run_id AND w.reviewed_case_id = f.case_id AND w.outcome <> 'open'
        ORDER BY b.number DESC LIMIT 1), '') AS second_look,
    coalesce((SELECT b.run FROM reviews w JOIN runs b ON b.id = w.run_id
        WHERE w.reviewed_run_id = f.run_id AND w.reviewed_case_id = f.case_id AND w.outcome = 'confirmed'
        ORDER BY b.number DESC LIMIT 1), '') AS confirmed_by,
    coalesce((SELECT d.decision FROM decisions d WHERE d.run_id = f.run_id AND d.case_id = f.case_id
        ORDER BY d.decided_at DESC, d.number DESC LIMIT 1), '') AS decision,
    coalesce((SELECT d.decided_by FROM decisions d WHERE d.run_id = f.run_id AND d.case_id = f.case_id
        ORDER BY d.decided_at DESC, d.number DESC LIMIT 1), '') AS decided_by,
    f.suggested_action, f.seen_at, f.evidence, f.run_id
FROM findings f JOIN runs r ON r.id = f.run_id""",
    "location_history": """SELECT o.location, o.seen_at, r.run, o.verdict, o.status, o.expected, o.observed, o.confidence, o.reason,
    r.recorded_at, r.number, o.run_id
FROM observations o JOIN runs r ON r.id = o.run_id""",
    "pallet_history": """SELECT p.pallet, p.location, coalesce(o.seen_at, '') AS seen_at, r.run, p.verdict, p.reason, r.recorded_at,
    r.number, p.run_id
FROM pallets p JOIN runs r ON r.id = p.run_id LEFT JOIN observations o ON o.run_id = p.run_id AND o.location = p.location""",
    "item_history": """SELECT l.sku, l.location, l.pallet, l.batch, l.quantity, l.uom, coalesce(o.seen_at, '') AS seen_at, r.run,
    l.verdict, l.reason, l.erp_row, r.recorded_at, r.number, l.run_id
FROM erp_lines l JOIN runs r ON r.id = l.run_id LEFT JOIN observations o ON o.run_id = l.run_id AND o.location = l.location""",
}
