"""How often what is said: of what was judged one by one, and of what is beyond doubt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from inventory.contract import needs_recount
from inventory.counted import CountState
from inventory.findings import Reconciliation, Verdict
from inventory.rates import Rate
from warehouse.observations import ObservationStatus

WHOLE_UP_TO = 40_000
"""Locations and ERP lines of which the workbook holds every one. More would take longer to write than all the rest, and
nobody reads them there."""
_DECIDED = (ObservationStatus.READ, ObservationStatus.EMPTY)
_NOT_JUDGED = (Verdict.UNVERIFIED, Verdict.LOW_CONFIDENCE, Verdict.STALE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The counts of one reconciliation."""

    lines: Counter[Verdict]
    pallets: Counter[Verdict]
    locations: Counter[Verdict]
    statuses: Counter[ObservationStatus]
    n_recount: int
    states: Counter[CountState]
    """Of the ERP lines that are beyond doubt; those of the others are counted where they are made (`inventory.counted`)."""
    seen_at: tuple[str, str]
    """When the first and the last location was seen; empty when none was."""

    @property
    def n_locations(self) -> int:
        """All locations."""
        return self.locations.total()

    @property
    def n_rows(self) -> int:
        """Locations and ERP lines together."""
        return self.n_locations + self.lines.total()

    @property
    def rates(self) -> dict[str, Rate]:
        """Read rate, coverage and location accuracy.

        - read rate: locations whose pallet was read, of those where something stands (read or unreadable);
        - coverage: locations decided (read or seen empty), of those that can be observed from the aisle;
        - location accuracy: locations without a discrepancy, of those decided and not in doubt.
        """
        read = self.statuses[ObservationStatus.READ]
        observable = self.n_locations - self.statuses[ObservationStatus.NOT_OBSERVABLE]
        judged = self.n_locations - sum(self.locations[v] for v in _NOT_JUDGED)
        return {
            "read_rate": Rate(read, read + self.statuses[ObservationStatus.UNREADABLE]),
            "coverage": Rate(sum(self.statuses[s] for s in _DECIDED), observable),
            "location_accuracy": Rate(self.locations[Verdict.MATCH], judged),
        }


def tally_of(r: Reconciliation) -> Tally:
    """Return the counts."""
    lines = Counter(x.verdict for x in r.lines)
    pallets = Counter(x.verdict for x in r.pallets)
    locations = Counter(x.verdict for x in r.locations)
    statuses = Counter(x.status for x in r.locations)
    n_recount = sum(needs_recount(x) for x in r.locations)
    states: Counter[CountState] = Counter()
    times = sorted(x.observation.seen_at for x in r.locations if x.observation and x.observation.seen_at)
    for kind in r.settled.exemplars if r.settled is not None else ():
        locations[kind.place.verdict] += kind.n_places
        statuses[kind.place.status] += kind.n_places
        n_recount += kind.n_places * needs_recount(kind.place)
        if kind.line is not None:
            lines[kind.line.result.verdict] += kind.n_lines
            states[kind.line.state] += kind.n_lines
        if kind.pallet is not None:
            pallets[kind.pallet.verdict] += kind.n_places
    times += [t for t in (r.settled.seen_at if r.settled is not None else ()) if t]
    return Tally(
        lines=lines,
        pallets=pallets,
        locations=locations,
        statuses=statuses,
        n_recount=n_recount,
        states=states,
        seen_at=(min(times, default=""), max(times, default="")),
    )
