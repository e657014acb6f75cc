"""What the history says, in plain lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from inventory.drafts import joined
from inventory.rates import Rate
from inventory.severity import Severity, Weight
from inventory.store.asking import Case, HistoryEntry
from inventory.store.deciding import Kept
from inventory.store.kpis import Figure, PeriodFigures
from warehouse.shown_text import shown

SHOWN = 50
"""Entries that are printed; --json has all."""
_OUTCOMES = {"confirmed": "confirmed by", "overturned": "overturned by", "open": "left open by"}
_DECIDED = {"confirm": "confirmed", "overturn": "overturned", "recount": "sent to be counted again"}


def describe_history(entries: Sequence[HistoryEntry], cases: Iterable[Case], *, asked: str) -> str:
    """Return what each run said, the latest first, each with its findings and what became of them."""
    if not entries:
        return f"The history knows nothing of {asked}." if asked else "The history knows of no discrepancy."
    by_run: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        by_run.setdefault((case.run, case.recorded_at), []).append(case)
    lines: list[str] = []
    for entry in entries[:SHOWN]:
        lines.append(_entry(entry))
        key = (entry.run, entry.recorded_at)
        for case in by_run.get(key, []):
            if asked or entry.location in (case.expected_location, case.observed_location):
                lines += _case(case)
        if asked:
            by_run.pop(key, None)  # said once, below the first entry of the run
    if len(entries) > SHOWN:
        lines.append(f"… and {len(entries) - SHOWN} more (--json has all)")
    return shown("\n".join(lines))


def _entry(e: HistoryEntry) -> str:
    item = f", item {e.sku}{f', batch {e.batch}' if e.batch else ''}{f', {e.quantity} by the ERP' if e.quantity else ''}"
    what = f"{e.location}{f', {e.pallet}' if e.pallet else ''}{item if e.sku else ''}"
    seen = f"seen {e.seen_at}" if e.seen_at else f"not seen, recorded {e.recorded_at}"
    return f"{e.run} ({seen}): {what}: {e.verdict}. {e.reason}"


def _case(c: Case) -> list[str]:
    weight = f"; severity {words}" if (words := _weight(c).words) else ""
    lines = [f"    {c.case_id} {c.verdict} ({c.cause}, confidence {c.confidence:.2f}{weight})"]
    lines += [f"      {_OUTCOMES[look.outcome]} run {look.run}: {look.reason}" for look in c.second_looks]
    for d in c.decisions:
        former = "" if d.is_in_force else ", superseded since"
        lines.append(f"      {_DECIDED[d.decision]} by {d.by} at {d.decided_at}{f': {d.reason}' if d.reason else ''}{former}")
    return lines


def _weight(c: Case) -> Weight:
    return Weight(
        severity=Severity(c.severity) if c.severity else None,
        by=c.severity_by,
        value=Decimal(c.value) if c.value else None,
        currency=c.currency,
        abc=min(c.abc.upper().split("|")).strip(),
    )


def describe_kpis(periods: Sequence[PeriodFigures], sites: Sequence[str]) -> str:
    """Return the figures of each period, one a line."""
    named = joined([f'"{site}"' for site in sites])
    lines = [f"Key figures of {'site' if len(sites) == 1 else 'the sites'} {named}" if sites else "Key figures"]
    for period in periods:
        n = len(period.runs)
        name = "All runs" if period.period == "all" else period.period
        lines.append(f"{name} ({n} run{'' if n == 1 else 's'})")
        lines += [f"  {figure.name.replace('_', ' ').capitalize():<42}{_figure(figure)}" for figure in period.figures]
    return "\n".join(lines)


def _figure(f: Figure) -> str:
    if f.why_not:
        return f"cannot be computed: {f.why_not}"
    note = f" ({f.note})" if f.note else ""
    if f.per_hour is not None:
        return f"{f.per_hour:g} locations an hour: {f.numerator} in {f.hours:.2f} h{note}"
    return f"{_share(f.rate)}{note}" if f.rate is not None else ""


def _share(rate: Rate) -> str:
    low, high = rate.wilson() or (0.0, 1.0)
    share = rate.numerator / rate.denominator
    return f"{share:.1%}: {rate.numerator} of {rate.denominator}, 95 % interval {low:.1%} to {high:.1%}"


def describe_kept(kept: Kept) -> str:
    """Return what became of decisions."""
    said = [f"{kept.n_new} decision{'' if kept.n_new == 1 else 's'} kept."]
    if kept.n_known:
        said.append(f"{kept.n_known} kept already, word for word.")
    if kept.superseding:
        said.append(f"Earlier decisions on {', '.join(kept.superseding)} stay in the history; of each case the latest counts.")
    return " ".join(said)
