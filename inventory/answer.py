"""A reconciliation in a few plain lines: the answer first, then each finding, then what to look at again."""

from __future__ import annotations

from inventory.contract import needs_recount
from inventory.records import Finding, Reconciliation, Verdict

_TITLES = {
    Verdict.MISSING: "Missing",
    Verdict.MISPLACED: "In the wrong place",
    Verdict.UNEXPECTED: "Not in the ERP",
    Verdict.DUPLICATE: "Same label twice",
    Verdict.WRONG_CONTENT: "Label contradicts the ERP",
    Verdict.STALE: "Moved in the ERP since the export",
    Verdict.LOW_CONFIDENCE: "Doubtful: look again before you act",
}


def describe_reconciliation(reconciliation: Reconciliation) -> str:
    """Return the text that `reconcile` prints."""
    r = reconciliation
    n_agree = sum(x.verdict is Verdict.MATCH for x in r.locations)
    recount = [x.place.text for x in r.locations if needs_recount(x)]
    lines = [
        f"{len(r.locations)} locations: {n_agree} agree with the ERP, {len(r.findings)} finding(s) to look into,"
        f" {len(recount)} location(s) to count again."
    ]
    if r.erp.n_refused:
        lines.append(f"{r.erp.name}: {r.erp.n_refused} of {r.erp.n_rows} rows could not be read and were left out:")
        lines += [f"  {fault}" for fault in r.erp.faults[:10]]
    lines += [f"  {_finding(finding)}" for finding in r.findings]
    if recount:
        lines.append("Count again: " + ", ".join(recount[:12]) + (f" and {len(recount) - 12} more" if len(recount) > 12 else ""))
    return "\n".join(lines)


def _finding(finding: Finding) -> str:
    return f"{_TITLES[finding.verdict]}: {finding.reason} {finding.suggested_action}".rstrip()
