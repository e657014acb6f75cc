"""The key figures over time, each with what it is a share of; docs/reference/store.md gives their definitions.

Of a run that was reconciled several times the last counts, and of a run and its recount the recount, which holds the looks of both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from inventory.periods import Period
from inventory.rates import Rate
from inventory.review import Outcome
from inventory.store.database import Database, opened
from inventory.store.outcomes import case_outcomes
from inventory.store.views import LAST_SEEN

DEFAULT_TOLERANCE_PERCENT = 1.0
"""Of the booked quantity: class A's of the usual ABC tolerances (A 1 %, B 3 %, C 5 %), the tightest, so that it flatters nobody."""

_RECORD_ACCURACIES = ("inventory_record_accuracy", "inventory_record_accuracy_with_tolerance")
_NO_RUN = "no run of this time counts by itself; one that was counted again counts with its recount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One key figure of one period."""

    name: str
    rate: Rate | None = None
    """A share; None for a figure that is none, or that cannot be computed."""
    per_hour: float | None = None
    numerator: int | None = None
    hours: float | None = None
    """Of a figure by the hour: what it was counted from."""
    why_not: str = ""
    """In words, why it cannot be computed; empty when it can."""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it with its interval; `value` is null, and `why_not` says why, where nothing can be computed."""
        empty: dict[str, Any] = {"numerator": None, "denominator": None, "value": None, "low_95": None, "high_95": None}
        if self.per_hour is not None:
            found = empty | {"numerator": self.numerator, "denominator": self.hours, "value": self.per_hour}
        else:
            found = empty | (self.rate.as_json() if self.rate is not None else {})
        unit = "locations an hour" if self.name == "count_rate" else "share"
        return {**found, "unit": unit, "why_not": self.why_not, "note": self.note}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodFigures:
    """The key figures of one period."""

    period: str
    runs: tuple[str, ...]
    figures: tuple[Figure, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it by the names of the figures."""
        return {"period": self.period, "runs": list(self.runs), "kpis": {f.name: f.as_json() for f in self.figures}}


@dataclass(slots=True)
class _Tally:
    runs: list[dict[str, Any]] = field(default_factory=list)
    n_within_tolerance: int = 0
    n_tolerated: int = 0
    """Lines that agree only by the tolerance that was given when they were reconciled."""
    n_discrepancies: int = 0
    confirmed: int = 0
    overturned: int = 0


def key_figures(
    db_path: Path,
    *,
    by: Period = Period.ALL,
    site: str | None = None,
    run: str | None = None,
    tolerance_percent: float = DEFAULT_TOLERANCE_PERCENT,
) -> list[PeriodFigures]:
    """Return the key figures of the runs that count, of one site or run or of all; by period, the oldest first.

    BadInputError when there is no store. Without any run the one period has no figure that can be computed.
    """
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    with opened(db_path, must_exist=True) as db:
        period_of: dict[str, str] = {}
        for record, period, n_discrepancies in _records(db, by, site, run):
            period_of[record] = period
            tallies[period].n_discrepancies += n_discrepancies
        for row in db.query("SELECT * FROM kpi_by_run ORDER BY counted_at, number"):
            if site in (None, row["site"]) and run in (None, row["run"]):
                period = by.name_of(row["counted_at"], row["run"])
                tallies[period].runs.append(row)
                within, tolerated = _counts_that_differ(db, row["run_id"], tolerance_percent)
                tallies[period].n_within_tolerance += within
                tallies[period].n_tolerated += tolerated
        for case in case_outcomes(db):
            if case.is_accusation and case.record in period_of and case.outcome is not Outcome.OPEN:
                tally = tallies[period_of[case.record]]
                tally.confirmed += case.outcome is Outcome.CONFIRMED
                tally.overturned += case.outcome is Outcome.OVERTURNED
    if not tallies:
        tallies[Period.ALL.value] = _Tally()
    found = [
        (period, tally)
        for period, tally in tallies.items()
        if tally.runs or tally.confirmed + tally.overturned or len(tallies) == 1
    ]
    return [
        PeriodFigures(period=period, runs=tuple(r["run"] for r in t.runs), figures=_figures(t, tolerance_percent))
        for period, t in (found if by is Period.RUN else sorted(found, key=lambda item: item[0]))
    ]


def _records(db: Database, by: Period, site: str | None, run: str | None) -> Iterable[tuple[str, str, int]]:
    """Yield every record with its period and the number of discrepancies first found there: there an overturned one counts."""
    sql = f"""SELECT r.id, r.run, i.file AS site, coalesce(nullif({LAST_SEEN}, ''), r.recorded_at) AS counted_at,
        CASE WHEN EXISTS (SELECT 1 FROM runs later WHERE later.run = r.run AND later.number > r.number
            AND later.run_created_at = r.run_created_at) THEN 0
        ELSE (SELECT count(*) FROM findings f WHERE f.run_id = r.id AND f.verdict NOT IN ('stale', 'low_confidence')
            AND NOT EXISTS (SELECT 1 FROM reviews w WHERE w.run_id = f.run_id AND w.case_id = f.case_id)) END AS n
    FROM runs r LEFT JOIN inputs i ON i.run_id = r.id AND i.role = 'site' ORDER BY counted_at, r.number"""
    for row in db.query(sql):
        if site in (None, row["site"]) and run in (None, row["run"]):
            yield row["id"], by.name_of(row["counted_at"], row["run"]), row["n"]


def _counts_that_differ(db: Database, run_id: str, percent: float) -> tuple[int, int]:
    """Return how many lines differ by nothing but a count on the label that lies within the tolerance of the booked quantity, and
    how many that differ were taken to agree when they were reconciled.
    """
    sql = "SELECT quantity, label_count, verdict FROM erp_lines WHERE run_id = ? AND label_count <> ''"
    rows = [row for row in db.conn.execute(sql, [run_id]) if row[0]]
    share = Decimal(str(percent)) / 100
    within = sum(abs(Decimal(count) - Decimal(quantity)) <= share * abs(Decimal(quantity)) for quantity, count, _ in rows)
    return within, sum(verdict == "match" for _, _, verdict in rows)


def _figures(t: _Tally, tolerance_percent: float) -> tuple[Figure, ...]:
    def total(name: str, runs: Sequence[dict[str, Any]] = t.runs) -> int:
        return sum(r[name] or 0 for r in runs)

    if not t.runs:
        names = ("location_accuracy", *_RECORD_ACCURACIES, "read_rate", "coverage", "count_rate")
        return (*(Figure(name=name, why_not=_NO_RUN) for name in names), _overturn_rate(t))
    with_lines = [r for r in t.runs if r["lines"]]
    left_out = len(t.runs) - len(with_lines)
    no_lines = "no run holds the lines of its ERP file; one recorded by an older version gets them when it is reconciled again"
    lines_note = f"{left_out} of {len(t.runs)} runs hold no ERP lines and are left out" if left_out and with_lines else ""
    judged, right = total("lines_judged", with_lines), total("lines_right", with_lines) - t.n_tolerated
    return (
        _share(
            "location_accuracy", total("locations_right"), total("locations_judged"), "no location is decided and free of doubt"
        ),
        _share("inventory_record_accuracy", right, judged, "no line of the ERP is decided" if with_lines else no_lines, lines_note),
        _share(
            "inventory_record_accuracy_with_tolerance",
            right + t.n_within_tolerance,
            judged,
            "no line of the ERP is decided" if with_lines else no_lines,
            f"count on the label within {tolerance_percent:g} % of the booked quantity{'; ' + lines_note if lines_note else ''}",
        ),
        _share("read_rate", total("locations_read"), total("locations_with_goods"), "no location with goods was seen"),
        _share("coverage", total("locations_decided"), total("locations_observable"), "no location can be observed"),
        _count_rate(t),
        _overturn_rate(t),
    )


def _overturn_rate(t: _Tally) -> Figure:
    return _share(
        "overturn_rate",
        t.overturned,
        t.confirmed + t.overturned,
        "no discrepancy was looked at again by a second run or a person",
        f"of {t.n_discrepancies} first found then",
    )


def _share(name: str, numerator: int, denominator: int, why_not: str, note: str = "") -> Figure:
    if denominator == 0:
        return Figure(name=name, why_not=why_not)
    return Figure(name=name, rate=Rate(numerator, denominator), note=note)


def _count_rate(t: _Tally) -> Figure:
    flown = [r for r in t.runs if r["flight_s"]]
    if not flown:
        return Figure(name="count_rate", why_not="no time in the air is on record (photos from elsewhere, or an older version)")
    n, hours = sum(r["locations_decided"] for r in flown), sum(r["flight_s"] for r in flown) / 3600
    left_out = len(t.runs) - len(flown)
    note = f"; {left_out} of {len(t.runs)} runs without a flight on record are left out" if left_out else ""
    return Figure(
        name="count_rate",
        per_hour=round(n / hours, 1),
        numerator=n,
        hours=round(hours, 4),
        note=f"by hours in the air; no share, so it has no interval{note}",
    )
