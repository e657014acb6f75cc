"""The figures of a reconciliation, each with what it is a share of."""

from __future__ import annotations

from collections import Counter
from typing import Any

from inventory.cell_values import utc_text
from inventory.contract import SCHEMA_VERSION
from inventory.erp_lines import RowFault
from inventory.findings import Reconciliation, Verdict
from inventory.tallies import tally_of
from warehouse.observations import ObservationStatus


def summary(reconciliation: Reconciliation) -> dict[str, Any]:
    """Return the content of summary.json; no time of making, so that a rerun writes the same bytes."""
    r = reconciliation
    erp, tally = r.erp, tally_of(r)
    return {
        "schema_version": SCHEMA_VERSION,
        "verdicts": r.counts(),
        "erp_lines": _verdicts(tally.lines),
        "pallets": _verdicts(tally.pallets),
        "locations": _verdicts(tally.locations),
        "findings": _verdicts(Counter(x.verdict for x in r.findings)),
        "locations_by_status": {s.value: tally.statuses[s] for s in ObservationStatus},
        "recount": tally.n_recount,
        "rates": {name: rate.as_json() for name, rate in tally.rates.items()},
        "erp": {
            "file": erp.name,
            "sha256": erp.digest,
            "profile": erp.profile,
            "clock_ahead_s": r.erp_clock_ahead_s,
            "encoding": erp.encoding,
            "delimiter": erp.delimiter,
            "rows": erp.n_rows,
            "rows_read": erp.n_lines,
            "rows_refused": erp.n_refused,
            "faults": [_fault(f) for f in erp.faults],
        },
        "scans": {
            "rows": r.n_scan_rows,
            "rows_refused": len({f.row for f in r.scan_faults}),
            "faults": [_fault(f) for f in r.scan_faults],
            "first_seen_at": tally.seen_at[0],
            "last_seen_at": tally.seen_at[1],
        },
        "inputs": [{"role": i.role, "file": i.name, "sha256": i.digest} for i in r.inputs],
        "snapshot_at": utc_text(r.snapshot_at) if r.snapshot_at else "",
        **({"history": r.history.as_json()} if r.history else {}),
    }


def _verdicts(found: Counter[Verdict]) -> dict[str, int]:
    return {v.value: found[v] for v in Verdict}


def _fault(fault: RowFault) -> dict[str, Any]:
    return {"row": fault.row, "column": fault.column, "what": fault.what, "refused": fault.is_refused}
