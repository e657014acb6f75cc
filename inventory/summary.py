"""The figures of a reconciliation, each with what it is a share of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from inventory.cell_values import utc_text
from inventory.contract import SCHEMA_VERSION, needs_recount
from inventory.erp_lines import RowFault
from inventory.findings import Cause, LocationResult, Reconciliation, Verdict
from inventory.movements import MovementFile
from inventory.rates import Rate
from inventory.severity import Severity
from warehouse.observations import ObservationStatus

_DECIDED = (ObservationStatus.READ, ObservationStatus.EMPTY)
_JUDGED = (Verdict.UNVERIFIED, Verdict.LOW_CONFIDENCE, Verdict.STALE)


def summary(reconciliation: Reconciliation) -> dict[str, Any]:
    """Return the content of summary.json; no time of making, so that a rerun writes the same bytes."""
    r = reconciliation
    erp, times = r.erp, sorted(x.observation.seen_at for x in r.locations if x.observation and x.observation.seen_at)
    return {
        "schema_version": SCHEMA_VERSION,
        "verdicts": r.counts(),
        "erp_lines": _verdicts(x.verdict for x in r.lines),
        "pallets": _verdicts(x.verdict for x in r.pallets),
        "locations": _verdicts(x.verdict for x in r.locations),
        "findings": _verdicts(x.verdict for x in r.findings),
        "discrepancies_by_severity": by_severity(r),
        "discrepancies_value": {currency: f"{value:f}" for currency, value in values_at_stake(r).items()},
        "locations_by_status": {s.value: sum(x.status is s for x in r.locations) for s in ObservationStatus},
        "recount": sum(needs_recount(x) for x in r.locations),
        "rates": {name: rate.as_json() for name, rate in rates(r.locations).items()},
        "erp": {
            "file": erp.name,
            "sha256": erp.digest,
            "profile": erp.profile,
            "clock_ahead_s": r.erp_clock_ahead_s,
            "encoding": erp.encoding,
            "delimiter": erp.delimiter,
            "rows": erp.n_rows,
            "rows_read": len(erp.lines),
            "rows_refused": erp.n_refused,
            "faults": [_fault(f) for f in erp.faults],
        },
        "scans": {
            "rows": r.n_scan_rows,
            "rows_refused": len({f.row for f in r.scan_faults}),
            "faults": [_fault(f) for f in r.scan_faults],
            "first_seen_at": times[0] if times else "",
            "last_seen_at": times[-1] if times else "",
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


def rates(locations: Iterable[LocationResult]) -> dict[str, Rate]:
    """Return read rate, coverage and location accuracy.

    - read rate: locations whose pallet was read, of those where something stands (read or unreadable);
    - coverage: locations decided (read or seen empty), of those that can be observed from the aisle;
    - location accuracy: locations without a discrepancy, of those decided and not in doubt.
    """
    all_of_them = list(locations)
    status = Counter(x.status for x in all_of_them)
    observable = len(all_of_them) - status[ObservationStatus.NOT_OBSERVABLE]
    judged = [x for x in all_of_them if x.verdict not in _JUDGED]
    read = status[ObservationStatus.READ]
    return {
        "read_rate": Rate(read, read + status[ObservationStatus.UNREADABLE]),
        "coverage": Rate(sum(status[s] for s in _DECIDED), observable),
        "location_accuracy": Rate(sum(x.verdict is Verdict.MATCH for x in judged), len(judged)),
    }


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


def _verdicts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    found = Counter(verdicts)
    return {v.value: found[v] for v in Verdict}


def _fault(fault: RowFault) -> dict[str, Any]:
    return {"row": fault.row, "column": fault.column, "what": fault.what, "refused": fault.is_refused}
