"""A reconciliation in a few plain lines: the answer first, then each finding, then what to look at again, then the figures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inventory.contract import needs_recount
from inventory.erp_lines import RowFault
from inventory.findings import Finding, Reconciliation, Verdict
from inventory.rates import Rate
from inventory.report.texts import Texts, load_texts
from inventory.summary import by_severity, explained, values_at_stake
from inventory.tallies import tally_of
from warehouse.shown_text import shown

SHOWN = 10
"""Faults, findings and locations that are listed; the files hold all of them."""


def describe_reconciliation(reconciliation: Reconciliation, run: Path | None = None) -> str:
    """Return the text that `reconcile` prints; of a run it says how to look again at what is in doubt."""
    r, words = reconciliation, load_texts("en")
    tally = tally_of(r)
    recount = [x.place.location for x in r.locations if needs_recount(x)]
    if r.settled is not None:
        recount = sorted([*recount, *r.settled.first_recounts(SHOWN)])
    lines = [
        f"{_n(tally.n_locations, 'location')}: {tally.locations[Verdict.MATCH]} agree with the ERP, "
        f"{_n(len(r.discrepancies), 'finding')} to look into, {_n(tally.n_recount, 'location')} to count again.",
        *_at_stake(r),
        r.erp.reading,
        *([r.movements.reading] if r.movements else []),
        *_some([str(fault) for fault in (*r.erp.faults, *_movement_faults(r), *r.scan_faults)], "summary.json"),
        *_some([_finding(f, words) for f in r.findings], "discrepancies.csv"),
    ]
    lines += _moved(r)
    lines += r.history.as_lines() if r.history else []
    if recount:
        more = f" and {tally.n_recount - SHOWN} more (recount.csv)" if tally.n_recount > SHOWN else ""
        lines.append(f"Count again: {', '.join(recount[:SHOWN])}{more}")
        lines += [f"  to fly there again, otherwise than before: aislescan recount {run} --out {run}-again"] if run else []
    lines += [f"{name.replace('_', ' ').capitalize()}: {_rate(rate)}" for name, rate in tally.rates.items()]
    return shown("\n".join(lines))


def _n(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _some(texts: list[str], file: str) -> list[str]:
    more = [f"  … and {len(texts) - SHOWN} more ({file})"] if len(texts) > SHOWN else []
    return [f"  {text}" for text in texts[:SHOWN]] + more


def _finding(finding: Finding, words: Texts) -> str:
    weight = f" ({finding.weight.words})" if finding.weight.words else ""
    return f"{words(f'verdict.{finding.verdict}.name')}{weight}: {finding.reason} {finding.suggested_action}"


def _movement_faults(r: Reconciliation) -> Iterable[RowFault]:
    return r.movements.faults if r.movements else ()


def _moved(r: Reconciliation) -> list[str]:
    if r.movements is None:
        return []
    n_explained, n_stale = explained(r)
    open_ones = f"; {n_stale} more to be compared again with a new export" if n_stale else ""
    return [f"Movements of the ERP explain {_n(n_explained, 'finding')}{open_ones}."]


def _at_stake(r: Reconciliation) -> list[str]:
    """Return what the discrepancies weigh, in one line; nothing where the ERP gives nothing to weigh them by."""
    n = {severity: count for severity, count in by_severity(r).items() if count}
    if not n or set(n) == {"unknown"}:
        return []
    counts = ", ".join(f"{count} {'not known' if severity == 'unknown' else severity}" for severity, count in n.items())
    values = " and ".join(f"{value:f} {currency}".rstrip() for currency, value in values_at_stake(r).items())
    worth = f"; stock worth {values} by the ERP" if values else ""
    return [f"Severity of what disagrees: {counts}{worth}. The gravest come first."]


def _rate(rate: Rate) -> str:
    interval = rate.wilson()
    if interval is None:
        return "nothing to judge"
    share = rate.numerator / rate.denominator
    return f"{share:.1%} ({rate.numerator} of {rate.denominator}; 95 % interval {interval[0]:.1%} to {interval[1]:.1%})"
