"""The answer in a few lines for the person who asked."""

from __future__ import annotations

from inventory.rates import Rate
from inventory.records import Reconciliation, Verdict
from inventory.summary import rates

SHOWN_FAULTS = 10

_WORDS = {
    Verdict.MISSING: "expected, and not there",
    Verdict.MISPLACED: "at another place than expected",
    Verdict.DUPLICATE: "one id at two places",
    Verdict.UNEXPECTED: "there, and not in the ERP file",
    Verdict.WRONG_CONTENT: "label contradicts the ERP",
    Verdict.STALE: "moved by the ERP between export and scan",
    Verdict.LOW_CONFIDENCE: "too little evidence, count again",
    Verdict.UNVERIFIED: "not seen or not readable, nothing is claimed",
    Verdict.MATCH: "as expected",
}


def describe_reconciliation(reconciliation: Reconciliation) -> str:
    """Return how the ERP file was read, its faults, the verdicts, the rates, and what is to be counted again."""
    r = reconciliation
    faults = [*r.erp.faults, *r.scan_faults]
    lines = [r.erp.reading, *(f"  {fault}" for fault in faults[:SHOWN_FAULTS])]
    if len(faults) > SHOWN_FAULTS:
        lines.append(f"  … and {len(faults) - SHOWN_FAULTS} more, all listed in summary.json")
    lines.append("")
    lines += [f"{n:6d}  {name:<15}{_WORDS[Verdict(name)]}" for name, n in r.counts().items()]
    lines.append("")
    lines += [f"{name.replace('_', ' ')}: {_rate(rate)}" for name, rate in rates(r.locations).items()]
    lines.append(f"{r.summary['recount']} locations to count again (recount.csv)")
    return "\n".join(lines)


def _rate(rate: Rate) -> str:
    interval = rate.wilson()
    if interval is None:
        return "nothing to judge"
    low, high = interval
    share = rate.numerator / rate.denominator
    return f"{share:.1%} ({rate.numerator} of {rate.denominator}; 95 % interval {low:.1%} to {high:.1%})"
