"""What was truly counted of each ERP line: counted, counted as none, or not counted. The three are never mixed up.

A drone sees pallets, never pieces: `counted` says that the pallet of the line stands where the ERP books it. A line that any
doubt touches is not counted, whatever its verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from inventory.content import label_count
from inventory.findings import Finding, LineResult, LocationResult, Reconciliation, Verdict
from warehouse.observations import Observation, ObservationStatus
from warehouse.pallet_ids import PalletId


class CountState(StrEnum):
    """The state of one ERP line after the count."""

    COUNTED = "counted"
    """Its pallet was read at its own location."""
    COUNTED_ZERO = "counted_zero"
    """Its location was seen without it, and it was read nowhere else; or it expects nothing, and nothing is there."""
    NOT_COUNTED = "not_counted"


DECIDED = (ObservationStatus.READ, ObservationStatus.EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCount:
    """One ERP line with its verdict, and what may be said of its count: a row of `erp_lines.csv`."""

    result: LineResult
    location: LocationResult
    state: CountState
    stands_at: str = ""
    """The one other location where its pallet was soundly read, of a line that was looked for in vain at its own: a transfer."""
    other_pallets: tuple[str, ...] = ()
    """Read at its location, though the ERP books them elsewhere or nowhere."""
    case_ids: tuple[str, ...] = ()
    label_count: Decimal | None = None
    """What the label of its pallet, alone at its location, says is on it (37); None where it says nothing that can be compared."""

    @property
    def difference(self) -> Decimal | None:
        """The label's count less the ERP's quantity; None without either."""
        quantity = self.result.line.quantity
        return None if self.label_count is None or quantity is None else self.label_count - quantity


def line_counts(reconciliation: Reconciliation) -> tuple[LineCount, ...]:
    """Return one record for each ERP line that was read, in file order."""
    r = reconciliation
    places = {x.place.location: x for x in r.locations}
    findings: dict[int, list[Finding]] = {}
    for finding in r.findings:
        for row in {line.row for line in finding.lines}:
            findings.setdefault(row, []).append(finding)
    home: dict[PalletId, set[str]] = {}
    booked_at: dict[str, set[PalletId]] = {}
    for x in r.lines:
        if x.line.key is not None:
            home.setdefault(x.line.key, set()).add(x.line.location)
            booked_at.setdefault(x.line.location, set()).add(x.line.key)
    n_lines = Counter((x.line.key, x.line.location) for x in r.lines)
    read_at = {p.pallet: p.locations for p in r.pallets}
    return tuple(
        _counted(
            result,
            places[result.line.location],
            findings.get(result.line.row, ()),
            booked_at.get(result.line.location, set()),
            _elsewhere(result, home, read_at),
            is_alone=n_lines[result.line.key, result.line.location] == 1,
        )
        for result in r.lines
    )


def _elsewhere(result: LineResult, home: dict[PalletId, set[str]], read_at: dict[PalletId, tuple[str, ...]]) -> str:
    """Return the one location where a misplaced pallet stands; empty when there are several, or the ERP books it there as well."""
    key = result.line.key
    if key is None or result.verdict is not Verdict.MISPLACED:
        return ""
    where = read_at.get(key, ())
    return where[0] if len(where) == 1 and where[0] not in home[key] and len(home[key]) == 1 else ""


def _counted(
    result: LineResult, place: LocationResult, findings: Iterable[Finding], booked: set[PalletId], elsewhere: str, *, is_alone: bool
) -> LineCount:
    there = {s.pallet for s in place.observation.pallets} if place.observation is not None else set()
    is_doubted = any(not f.verdict.is_accusation for f in findings)
    is_decided = place.status in DECIDED
    return LineCount(
        result=result,
        location=place,
        state=_state(result, place.status, there) if is_decided and not is_doubted else CountState.NOT_COUNTED,
        stands_at=elsewhere if is_decided and not is_doubted else "",
        other_pallets=tuple(sorted(str(p) for p in there - booked)),
        case_ids=tuple(f.case_id for f in findings),
        label_count=_label_count(result, place.observation) if is_alone and place.observation is not None else None,
    )


def _label_count(result: LineResult, seen: Observation) -> Decimal | None:
    is_its_own = len(seen.pallets) == 1 and seen.pallets[0].pallet == result.line.key
    return label_count(seen.label_data, [result.line]) if is_its_own and seen.label_data else None


def _state(result: LineResult, status: ObservationStatus, there: set[PalletId]) -> CountState:
    line = result.line
    if result.verdict is Verdict.MATCH:
        if line.key in there:
            return CountState.COUNTED
        is_none = status is ObservationStatus.EMPTY and not line.expects_stock
        return CountState.COUNTED_ZERO if is_none else CountState.NOT_COUNTED
    return CountState.COUNTED_ZERO if result.verdict is Verdict.MISSING else CountState.NOT_COUNTED
