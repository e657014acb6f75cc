"""The views of the history: what people look at in Datasette, and what the figures are counted from. Name -> query."""

from __future__ import annotations

from inventory.settled import LINE

JUDGED = "verdict NOT IN ('unverified', 'low_confidence', 'stale')"
"""SQL: a place or line of which something is claimed; the others are no part of an accuracy."""

LAST_SEEN = """max(coalesce((SELECT max(o.seen_at) FROM observations o WHERE o.run_id = r.id), ''),
        coalesce((SELECT max(k.last_seen_at) FROM settled_kinds k WHERE k.run_id = r.id), ''))"""
"""SQL: when run `r` saw the last location; empty when it saw none."""

_SITE = "(SELECT i.file FROM inputs i WHERE i.run_id = r.id AND i.role = 'site')"


def _second_look(what: str, where: str) -> str:
    return f"""coalesce((SELECT {what} FROM case_family c
        JOIN reviews w ON w.reviewed_run_id = c.of_run_id AND w.reviewed_case_id = c.of_case_id AND {where}
        JOIN runs b ON b.id = w.run_id WHERE c.run_id = f.run_id AND c.case_id = f.case_id
        ORDER BY b.number DESC LIMIT 1), '')"""


def _last_decision(what: str) -> str:
    return f"""coalesce((SELECT {what} FROM case_family c JOIN decisions d ON d.run_id = c.of_run_id AND d.case_id = c.of_case_id
        WHERE c.run_id = f.run_id AND c.case_id = f.case_id ORDER BY d.decided_at DESC, d.number DESC LIMIT 1), '')"""


def _settled(counted: str, where: str) -> str:
    """Return how many locations or lines that are beyond doubt are such."""
    return f"(SELECT coalesce(sum(k.{counted}), 0) FROM settled_kinds k WHERE k.run_id = r.run_id AND {where})"


def _filled(said: str) -> str:
    """Return what is said of a kind, with what is in the row."""
    pallet = "CASE s.pallet_text WHEN '' THEN s.pallet ELSE s.pallet_text END"
    return f"replace(replace(replace(k.{said}, '⟦location⟧', s.location), '⟦key⟧', s.pallet), '⟦pallet⟧', {pallet})"


def _all_settled(found: str = "", where: str = "") -> str:
    """Return SQL: run after run, so that its rows are looked up by run and location, or by what else is `found`."""
    return f"""FROM runs r {found} CROSS JOIN settled_lines s ON s.number = r.number{where}
    JOIN settled_kinds k ON k.run_id = r.id AND k.kind = s.kind"""


VIEWS: dict[str, str] = {
    "settled_lines": f"""SELECT p.number, p.location, l.key AS line,
    {", ".join(f"json_extract(l.value, '$[{i}]') AS {name}" for i, name in enumerate(LINE))}
FROM settled_places p CROSS JOIN json_each(p.lines) l""",
    # A run reconciled again replaces what it said before, and a recount holds the looks of the run that it recounts: known by the
    # digest of its observations, so that records of format 1 take part.
    "runs_that_count": f"""SELECT r.number, r.id AS run_id, r.run, {_SITE} AS site,
    coalesce(nullif({LAST_SEEN}, ''), r.recorded_at) AS counted_at,
    r.recorded_at, r.flight_s
FROM runs r
WHERE NOT EXISTS (SELECT 1 FROM runs later WHERE later.run = r.run AND later.number > r.number
        AND (later.run_created_at = r.run_created_at OR r.run_created_at = ''))
    AND NOT EXISTS (SELECT 1 FROM inputs own JOIN inputs again ON again.sha256 = own.sha256 AND again.run_id <> own.run_id
        WHERE own.run_id = r.id AND own.role = 'observations' AND again.role GLOB 'observations_before*')""",
    "kpi_by_run": f"""SELECT r.number, r.run, r.site, r.counted_at,
    coalesce(sum(o.{JUDGED} AND o.verdict = 'match'), 0) + {_settled("n_locations", "k.verdict = 'match'")} AS locations_right,
    coalesce(sum(o.{JUDGED}), 0) + {_settled("n_locations", f"k.{JUDGED}")} AS locations_judged,
    (SELECT count(*) FROM erp_lines l WHERE l.run_id = r.run_id AND l.verdict = 'match')
        + {_settled("n_lines", "k.line_verdict = 'match'")} AS lines_right,
    (SELECT count(*) FROM erp_lines l WHERE l.run_id = r.run_id AND l.{JUDGED})
        + {_settled("n_lines", f"k.line_{JUDGED}")} AS lines_judged,
    (SELECT count(*) FROM erp_lines l WHERE l.run_id = r.run_id) + {_settled("n_lines", "1")} AS lines,
    coalesce(sum(o.status = 'read'), 0) + {_settled("n_locations", "k.status = 'read'")} AS locations_read,
    coalesce(sum(o.status IN ('read', 'unreadable')), 0)
        + {_settled("n_locations", "k.status IN ('read', 'unreadable')")} AS locations_with_goods,
    coalesce(sum(o.status IN ('read', 'empty')), 0)
        + {_settled("n_locations", "k.status IN ('read', 'empty')")} AS locations_decided,
    coalesce(sum(o.status <> 'not_observable'), 0)
        + {_settled("n_locations", "k.status <> 'not_observable'")} AS locations_observable,
    r.flight_s, r.run_id
FROM runs_that_count r LEFT JOIN observations o ON o.run_id = r.run_id GROUP BY r.run_id""",
    # A finding and those that go on with it in recounts are one case: what is said of one holds for all of them.
    "case_family": """SELECT run_id, case_id, run_id AS of_run_id, case_id AS of_case_id FROM findings
UNION ALL SELECT run_id, case_id, reviewed_run_id, reviewed_case_id FROM reviews WHERE case_id <> ''
UNION ALL SELECT reviewed_run_id, reviewed_case_id, run_id, case_id FROM reviews WHERE case_id <> ''""",
    "cases": f"""SELECT r.number, r.run, f.case_id, f.verdict, f.severity, f.pallet, f.sku, f.expected_location,
    f.observed_location,
    {_second_look("w.outcome", "w.outcome <> 'open'")} AS second_look,
    {_second_look("b.run", "w.outcome = 'confirmed'")} AS confirmed_by,
    {_last_decision("d.decision")} AS decision, {_last_decision("d.decided_by")} AS decided_by,
    round(f.confidence, 2) AS confidence, f.value, f.currency, f.cause, f.reason, f.suggested_action, f.seen_at, f.evidence,
    {_SITE} AS site, f.run_id
FROM findings f JOIN runs r ON r.id = f.run_id""",
    "location_history": f"""SELECT o.location, o.seen_at, r.run, o.verdict, o.status, o.expected, o.observed, o.confidence,
    o.reason, r.recorded_at, r.number, o.run_id
FROM observations o JOIN runs r ON r.id = o.run_id
UNION ALL SELECT s.location, s.seen_at, r.run, k.verdict, k.status, {_filled("expected")}, {_filled("observed")}, k.confidence,
    {_filled("reason")}, r.recorded_at, r.number, r.id
{_all_settled()} WHERE s.line = 0""",
    "pallet_history": f"""SELECT p.pallet, p.location, coalesce(o.seen_at, '') AS seen_at, r.run, p.verdict, p.reason,
    r.recorded_at, r.number, p.run_id
FROM pallets p JOIN runs r ON r.id = p.run_id LEFT JOIN observations o ON o.run_id = p.run_id AND o.location = p.location
UNION ALL SELECT i.pallet, s.location, s.seen_at, r.run, k.pallet_verdict, {_filled("pallet_reason")}, r.recorded_at, r.number, r.id
{_all_settled("CROSS JOIN settled_pallets i ON i.number = r.number", " AND s.location = i.location")} WHERE s.line = 0""",
    "item_history": f"""SELECT l.sku, l.location, l.pallet, l.batch, l.quantity, l.uom, coalesce(o.seen_at, '') AS seen_at, r.run,
    l.verdict, l.reason, l.erp_row, r.recorded_at, r.number, l.run_id
FROM erp_lines l JOIN runs r ON r.id = l.run_id LEFT JOIN observations o ON o.run_id = l.run_id AND o.location = l.location
UNION ALL SELECT i.sku, s.location, s.pallet, s.batch, s.quantity, s.uom, s.seen_at, r.run, k.line_verdict,
    {_filled("line_reason")}, s.erp_row, r.recorded_at, r.number, r.id
{
        _all_settled(
            "CROSS JOIN settled_items i ON i.number = r.number CROSS JOIN json_each(i.locations) e",
            " AND s.location = e.value AND s.sku = i.sku",
        )
    } WHERE s.erp_row IS NOT NULL""",
}
