"""What the history says of one site over time: its weeks, what was not seen for long, and the faults that come back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from inventory.findings import ACCUSATIONS
from inventory.overtime.cost import Costs, CountCost
from inventory.periods import Period
from inventory.rates import Rate
from inventory.severity import SEVERITY_RANK, Severity
from inventory.store.asking import sites_of
from inventory.store.database import Database, opened
from inventory.store.kpis import key_figures
from warehouse.errors import BadInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The counts of one week (ISO 8601, UTC day of a run's last photo)."""

    name: str
    runs: tuple[str, ...]
    accuracy: Rate | None
    """Locations that match, of those that were decided free of doubt; None where none was."""
    coverage: Rate | None
    """Locations read or seen empty, of those that can be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A location that no run has read or seen empty for long."""

    location: str
    seen_at: str
    """UTC; empty when never."""
    n_days: int | None
    """Since then; None when never."""
    expected: str
    """Pallets by the ERP at the last count, joined by |."""
    reason: str
    """What the last run said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One fault that the last count found, and counts before it."""

    verdict: str
    pallet: str
    expected_location: str
    observed_location: str
    n_counts: int
    since: str
    """UTC time of the count that found it first, without a count between that did not."""
    severity: str = ""
    """At the last count: high, medium or low; empty where nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating:
    """A location where different faults were found at different counts."""

    location: str
    n_faults: int
    n_counts: int
    last_at: str
    verdicts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStory:
    """What the page shows."""

    site: str
    weeks: tuple[Week, ...]
    n_runs: int
    n_locations: int
    unseen_days: int
    unseen: tuple[Unseen, ...]
    """Longest first, those never seen before all others."""
    standing: tuple[Standing, ...]
    """Gravest first, then oldest."""
    repeating: tuple[Repeating, ...]
    """Most faults first."""
    costs: tuple[CountCost, ...]
    """Of each count whose flying time is known, the oldest first."""


def tell_story(db_path: Path, *, site: str | None, unseen_days: int, costs: Costs, now: datetime) -> SiteStory:
    """Return the story of a site; BadInputError when there is no history, or it has not just one site and none is named."""
    sites = sites_of(db_path)
    if site is None and len(sites) == 1:
        site = sites[0]
    if site not in sites:
        said = f"no run of site {site!r}" if site else f"runs of {len(sites)} sites"
        raise BadInputError(f"{db_path}: {said}", remedy=f"name one with --site: {', '.join(sites) or 'none is there yet'}")
    weeks = tuple(_weeks(db_path, site))
    with opened(db_path, must_exist=True) as db:
        counts = list(
            db.query("SELECT run_id, run, counted_at FROM runs_that_count WHERE site = ? ORDER BY counted_at, number", [site])
        )
        order = {row["run_id"]: n for n, row in enumerate(counts)}
        faults = list(_faults(db, order))
        last = counts[-1]["run_id"] if counts else ""
        n_locations = db.conn.execute("SELECT count(*) FROM observations WHERE run_id = ?", [last]).fetchone()[0]
        return SiteStory(
            site=site,
            weeks=weeks,
            n_runs=len(counts),
            n_locations=n_locations,
            unseen_days=unseen_days,
            unseen=tuple(_unseen(db, site, last, unseen_days, now)),
            standing=tuple(_standing(faults, [row["counted_at"] for row in counts])),
            repeating=tuple(_repeating(faults, [row["counted_at"] for row in counts])),
            costs=tuple(_costs(db, site, costs)),
        )


def _weeks(db_path: Path, site: str) -> Iterable[Week]:
    for period in key_figures(db_path, by=Period.WEEK, site=site):
        rates = {figure.name: figure.rate for figure in period.figures if figure.rate is not None and figure.rate.denominator}
        if period.runs:
            accuracy, coverage = rates.get("location_accuracy"), rates.get("coverage")
            yield Week(name=period.period, runs=period.runs, accuracy=accuracy, coverage=coverage)


def _unseen(db: Database, site: str, last: str, days: int, now: datetime) -> list[Unseen]:
    """Return what the last count has on its list and nobody saw for that long; places that nobody can see hold no stock count."""
    sql = """SELECT o.location, o.expected, o.reason, coalesce((SELECT max(seen.seen_at) FROM observations seen
            JOIN inputs i ON i.run_id = seen.run_id AND i.role = 'site' AND i.file = :site
            WHERE seen.location = o.location AND seen.status IN ('read', 'empty')), '') AS seen_at
        FROM observations o WHERE o.run_id = :last AND NOT (o.status = 'not_observable' AND o.expected = '')"""
    found = []
    for row in db.query(sql, {"site": site, "last": last}):
        n_days = None if not row["seen_at"] else (now - datetime.fromisoformat(row["seen_at"]).astimezone(UTC)).days
        if n_days is None or n_days >= days:
            found.append(Unseen(**row, n_days=n_days))
    return sorted(found, key=lambda u: (u.n_days is not None, -(u.n_days or 0), u.location))


@dataclass(frozen=True, slots=True)
class _Fault:
    count: int
    """Which count found it, from 0."""
    verdict: str
    pallet: str
    expected_location: str
    observed_location: str
    severity: str

    @property
    def claim(self) -> tuple[str, ...]:
        return self.verdict, self.pallet, self.expected_location, self.observed_location


def _faults(db: Database, order: dict[str, int]) -> Iterable[_Fault]:
    """Yield the discrepancies of the runs that count, but for those that a person, or else a second look, overturned."""
    marks = ", ".join(f"'{v.value}'" for v in sorted(ACCUSATIONS))
    sql = f"""SELECT c.run_id, c.verdict, c.pallet, c.expected_location, c.observed_location, c.severity FROM cases c
        WHERE c.verdict IN ({marks}) AND c.run_id IN (SELECT run_id FROM runs_that_count)
        AND c.decision <> 'overturn' AND NOT (c.decision = '' AND c.second_look = 'overturned')"""
    for row in db.query(sql):
        if row["run_id"] in order:
            yield _Fault(order[row.pop("run_id")], **row)


def _standing(faults: Iterable[_Fault], counted_at: Sequence[str]) -> list[Standing]:
    found_at: dict[tuple[str, ...], dict[int, str]] = {}
    for fault in faults:
        found_at.setdefault(fault.claim, {})[fault.count] = fault.severity
    standing = []
    for (verdict, pallet, expected, observed), counts in found_at.items():
        first = len(counted_at) - 1
        while first - 1 in counts:
            first -= 1
        n_counts = len(counted_at) - first
        if len(counted_at) - 1 in counts and n_counts > 1:
            standing.append(
                Standing(
                    verdict=verdict,
                    pallet=pallet,
                    expected_location=expected,
                    observed_location=observed,
                    n_counts=n_counts,
                    since=counted_at[first],
                    severity=counts[len(counted_at) - 1],
                )
            )
    return sorted(standing, key=lambda s: (_rank(s.severity), s.since, s.verdict, s.expected_location, s.pallet))


def _rank(severity: str) -> int:
    return SEVERITY_RANK[Severity(severity) if severity else None]


def _repeating(faults: Iterable[_Fault], counted_at: Sequence[str]) -> list[Repeating]:
    at: dict[str, list[_Fault]] = {}
    for fault in faults:
        for location in {fault.expected_location, fault.observed_location} - {""}:
            at.setdefault(location, []).append(fault)
    repeating = []
    for location, found in at.items():
        claims, counts = {f.claim for f in found}, {f.count for f in found}
        if len(claims) > 1 and len(counts) > 1:
            repeating.append(
                Repeating(
                    location=location,
                    n_faults=len(claims),
                    n_counts=len(counts),
                    last_at=counted_at[max(counts)],
                    verdicts=tuple(sorted({f.verdict for f in found})),
                )
            )
    return sorted(repeating, key=lambda r: (-r.n_faults, -r.n_counts, r.location))


def _costs(db: Database, site: str, costs: Costs) -> Iterable[CountCost]:
    sql = """SELECT run, counted_at, locations_decided, locations_observable, flight_s FROM kpi_by_run
        WHERE site = ? ORDER BY counted_at, number"""
    for row in db.query(sql, [site]):
        if row["flight_s"]:
            yield costs.of_count(
                run=row["run"],
                counted_at=row["counted_at"],
                n_decided=row["locations_decided"],
                n_observable=row["locations_observable"],
                flight_s=row["flight_s"],
            )
