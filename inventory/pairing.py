"""Findings that explain one another become one: two pallets in each other's places, and a row that is shifted by one place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from inventory.drafts import LOW, joined, lowered
from inventory.findings import Cause, Finding, Verdict
from inventory.judgement import Judgement, replaced
from inventory.places import Places
from inventory.sightings import Doubt

SHIFTED_ROW = 2
"""Pallets of a row that were each read one place further the same way, none between them in its own place: a shift is suspected.

Two may be a coincidence, and are flown again; that costs a look, and an accusation that is our own fault costs trust."""


_NAMED = 5
"""Places of a row that a sentence names."""

Between = Callable[[str, str], bool]
"""Whether, between two locations of one row, some pallet was read in its own place."""


def pair_findings(judgements: Sequence[Judgement], places: Places, beside: Between | None = None) -> list[Judgement]:
    """Return the judgements, in the same order, with shifted rows and then swapped pairs each as one finding.

    `beside` knows of pallets that are in none of the judgements, and were read in their own places.
    """
    return _swaps(_shifts(list(judgements), places, beside), places)


_MOVES = frozenset({Cause.MOVED, Cause.LOCALISATION, Cause.HOME_NOT_SEEN})


@dataclass(frozen=True, slots=True)
class _Move:
    """A pallet with one place in the ERP and one place where it was read."""

    position: int
    """In the list of judgements."""
    finding: Finding


def _moves(judgements: Sequence[Judgement]) -> Iterator[_Move]:
    for position, judgement in enumerate(judgements):
        if len(judgement.findings) != 1 or len(judgement.sightings) != 1:
            continue
        finding = judgement.findings[0]
        is_move = finding.cause in _MOVES and finding.expected_location and finding.observed_location
        if is_move and len({line.line.location for line in judgement.lines}) == 1:
            yield _Move(position, finding)


def _swaps(judgements: list[Judgement], places: Places) -> list[Judgement]:
    waiting: dict[tuple[str, str, Verdict], list[_Move]] = {}
    for move in sorted(_moves(judgements), key=lambda m: (m.finding.expected_location, str(m.finding.pallet))):
        one = move.finding
        partners = waiting.get((one.observed_location, one.expected_location, one.verdict))
        if not partners:
            waiting.setdefault((one.expected_location, one.observed_location, one.verdict), []).append(move)
            continue
        other = partners.pop(0)
        finding = _swapped(other.finding, one, places)
        judgements[other.position] = replaced(judgements[other.position], finding.verdict, finding.reason, (finding,))
        judgements[move.position] = replaced(judgements[move.position], finding.verdict, finding.reason, ())
    return judgements


def _swapped(one: Finding, other: Finding, places: Places) -> Finding:
    a, b = one.expected_location, other.expected_location
    side_by_side = ", which lie side by side" if places.is_neighbour(a, b) else ""
    reason = f"Pallets {one.pallet} and {other.pallet} stand in each other's places, {a} and {b}{side_by_side}."
    is_sure = one.verdict is Verdict.MISPLACED
    if not is_sure:
        reason += " But their labels lie so near to the border that our own localisation is suspected."
    swap_back = f"Exchange pallets {one.pallet} and {other.pallet} between {a} and {b}, or exchange their locations in the ERP."
    return replace(
        one,
        cause=Cause.SWAPPED if is_sure else one.cause,
        other_pallet=other.pallet,
        other_expected_location=b,
        other_observed_location=other.observed_location,
        lines=one.lines + other.lines,
        confidence=one.confidence * other.confidence,
        reason=reason,
        suggested_action=swap_back if is_sure else f"Count locations {a} and {b} again before anything is booked.",
        seen_at=max(one.seen_at, other.seen_at),
        expected_evidence=other.evidence,
    )


def _shifts(judgements: list[Judgement], places: Places, beside: Between | None) -> list[Judgement]:
    by_row: dict[tuple[tuple[str, ...], int], list[_Move]] = {}
    moves = list(_moves(judgements))
    ways = {(move.finding.expected_location, move.finding.observed_location) for move in moves}
    for move in moves:
        if (move.finding.observed_location, move.finding.expected_location) in ways:
            continue  # in each other's places: no shift does that
        step = places.step(move.finding.expected_location, move.finding.observed_location)
        if step in (-1, 1):
            by_row.setdefault((places.by_location[move.finding.expected_location].row, step), []).append(move)
    claims = _Claims(judgements)
    is_confirmed_between = _confirmed_between(judgements, places, beside)
    for (_, step), members in sorted(by_row.items()):
        for group in _unbroken(members, places, is_confirmed_between):
            if len(group) >= SHIFTED_ROW:
                _shift(judgements, group, step, places, claims)
    return judgements


def _confirmed_between(judgements: Sequence[Judgement], places: Places, beside: Between | None) -> Between:
    confirmed: dict[tuple[str, ...], list[int]] = {}
    for location in {location for j in judgements for location, verdict in j.sightings if verdict is Verdict.MATCH}:
        place = places.by_location[location]
        confirmed.setdefault(place.row, []).append(place.index)
    for indices in confirmed.values():
        indices.sort()

    def is_between(start: str, end: str) -> bool:
        a, b = places.by_location[start], places.by_location[end]
        indices = confirmed.get(a.row, [])
        after = bisect_right(indices, a.index)
        if after < len(indices) and indices[after] < b.index:
            return True
        return beside is not None and beside(start, end)

    return is_between


def _unbroken(moves: list[_Move], places: Places, is_confirmed_between: Between) -> Iterator[list[_Move]]:
    """Yield the moves in runs along the row; a pallet that was read in its own place between two of them ends a run."""
    run: list[_Move] = []
    for move in sorted(moves, key=lambda m: (_index(m, places), str(m.finding.pallet))):
        if run and is_confirmed_between(run[-1].finding.expected_location, move.finding.expected_location):
            yield run
            run = []
        run.append(move)
    yield run


def _index(move: _Move, places: Places) -> int:
    return places.by_location[move.finding.expected_location].index


class _Claims:
    """Where findings speak of, so that a shifted row need not ask all of them. Shifts only ever take claims back."""

    def __init__(self, judgements: Sequence[Judgement]) -> None:
        self._missing: dict[str | None, list[int]] = {}
        self._read: dict[str | None, list[int]] = {}
        for position, judgement in enumerate(judgements):
            for f in judgement.findings:
                if f.verdict is Verdict.MISSING:
                    self._missing.setdefault(f.expected_location, []).append(position)
                for location in {f.observed_location, f.other_observed_location}:
                    self._read.setdefault(location, []).append(position)

    def missing_in(self, span: set[str | None]) -> list[int]:
        """Return the positions of judgements that call something missing in `span`."""
        return sorted({position for location in span for position in self._missing.get(location, ())})

    def read_in(self, span: set[str | None]) -> list[int]:
        """Return the positions of judgements that rest on a read in `span`."""
        return sorted({position for location in span for position in self._read.get(location, ())})


def _shift(judgements: list[Judgement], group: list[_Move], step: int, places: Places, claims: _Claims) -> None:
    """Make one finding of the group, and of what is called missing within it: under a shift that is no proof."""
    first, last = group[0].finding, group[-1].finding
    row = places.by_location[first.expected_location].row
    ends = sorted({_index(group[0], places), _index(group[0], places) + step, _index(group[-1], places) + step})
    span = {places.at(row, i) for i in range(ends[0], max(ends[-1], _index(group[-1], places)) + 1)}
    members = [move.position for move in group]
    members += [
        position
        for position in claims.missing_in(span)
        if any(f.verdict is Verdict.MISSING and f.expected_location in span for f in judgements[position].findings)
        and len(judgements[position].findings) == 1
    ]
    findings = [judgements[position].findings[0] for position in members]
    distance = _distance_m(first, places)
    apart = f" ({distance:.2f} m)" if distance is not None else ""
    way = "further along" if step > 0 else "further back"
    reason = (
        f"{len(group)} pallets {_which(group, places)}, were each read one place "
        f"{way}{apart} than the ERP expects. Most likely our own localisation is off there."
    )
    shifted = replace(
        first,
        verdict=Verdict.LOW_CONFIDENCE,
        cause=Cause.SHIFTED,
        lines=tuple(sorted((line for f in findings for line in f.lines), key=lambda line: line.row)),
        confidence=min(LOW, *(f.confidence for f in findings)),
        reason=reason,
        suggested_action=(
            f"Count one place of this row by hand, {first.expected_location}: if it is right, fly the row again; "
            "if it is wrong, the whole row was put away one place further."
        ),
        seen_at=max(f.seen_at for f in findings),
        further_locations=tuple(sorted({location for f in findings for location in f.locations})),
    )
    for i, position in enumerate(members):
        judgements[position] = replaced(judgements[position], shifted.verdict, reason, (shifted,) if i == 0 else ())
    _doubt_what_was_read_among(judgements, claims.read_in(span), span, f"{first.expected_location} to {last.observed_location}")


def _doubt_what_was_read_among(judgements: list[Judgement], positions: Sequence[int], span: set[str | None], where: str) -> None:
    """Take back what else is claimed by a read in a shifted row: it was read one place off, too."""
    doubt = Doubt(Cause.LOCALISATION, f"the row that it was read in, {where}, seems to be read one place off")
    for position in positions:
        judgement = judgements[position]
        if any(f.verdict.is_accusation and {f.observed_location, f.other_observed_location} & span for f in judgement.findings):
            findings = tuple(lowered(f, doubt, f.observed_location or f.expected_location) for f in judgement.findings)
            judgements[position] = replaced(judgement, Verdict.LOW_CONFIDENCE, findings[0].reason, findings)


def _which(group: list[_Move], places: Places) -> str:
    """Return which pallets are shifted: those side by side from one place to another, or single ones of a row."""
    locations = list(dict.fromkeys(move.finding.expected_location for move in group))
    indices = [_index(move, places) for move in group]
    if max(indices) - min(indices) + 1 == len(locations) > 1:
        return f"side by side, from {locations[0]} to {locations[-1]}"
    if len(locations) == 1:
        return f"of {locations[0]}"
    shown = locations if len(locations) <= _NAMED else [*locations[: _NAMED - 1], f"{len(locations) - _NAMED + 1} more places"]
    return f"of one row, those of {joined(shown)}"


def _distance_m(finding: Finding, places: Places) -> float | None:
    a, b = (places.by_location[location].along_m for location in (finding.expected_location, finding.observed_location))
    return abs(b - a) if a is not None and b is not None else None
