"""The figures of a reconciliation, each with what it is a share of."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from inventory.cell_values import utc_text
from inventory.contract import SCHEMA_VERSION
from inventory.erp_lines import RowFault
from inventory.findings import Cause, Reconciliation, Verdict
from inventory.movements import MovementFile
from inventory.severity import Severity
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
        "discrepancies_by_severity": by_severity(r),
        "discrepancies_value": {currency: f"{value:f}" for currency, value in values_at_stake(r).items()},
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
        "tolerances": r.tolerances.as_json(),
        **({"movements": _movements(r.movements, r)} if r.movements else {}),
        **({"history": r.history.as_json()} if r.history else {}),
    }


def by_severity(reconciliation: Reconciliation) -> dict[str, int]:
    """Return how many discrepancies weigh how much; `unknown` where the ERP gives nothing to weigh them by."""
    found = Counter(f.weight.severity for f in reconciliation.discrepancies)
    return {**{s.value: found[s] for s in Severity}, "unknown": found[None]}


def values_at_stake(reconciliation: Reconciliation) -> dict[str, Decimal]:
    """Return by currency the value of the stock that the discrepancies speak of, gross: plus and minus are never netted."""
    sums: dict[str, Decimal] = {}
    for finding in reconciliation.discrepancies:
        if finding.weight.value is not None:
            sums[finding.weight.currency] = sums.get(finding.weight.currency, Decimal(0)) + finding.weight.value
    return dict(sorted(sums.items()))


def explained(reconciliation: Reconciliation) -> tuple[int, int]:
    """Return how many findings the ERP's movements explain, and how many stay stale."""
    stale = [f for f in reconciliation.findings if f.verdict is Verdict.STALE]
    n_explained = sum(f.cause is Cause.MOVEMENT_EXPLAINS for f in stale)
    return n_explained, len(stale) - n_explained


def _movements(moved: MovementFile, r: Reconciliation) -> dict[str, Any]:
    return {
        "file": moved.name,
        "sha256": moved.digest,
        "profile": moved.profile,
        "rows": moved.n_rows,
        "rows_read": moved.n_rows - moved.n_refused,
        "rows_refused": moved.n_refused,
        "rows_skipped": {s.why: len(s.rows) for s in moved.skipped},
        "faults": [_fault(f) for f in moved.faults],
        "findings_explained": explained(r)[0],
    }


def _verdicts(found: Counter[Verdict]) -> dict[str, int]:
    return {v.value: found[v] for v in Verdict}


def _fault(fault: RowFault) -> dict[str, Any]:
    return {"row": fault.row, "column": fault.column, "what": fault.what, "refused": fault.is_refused}
