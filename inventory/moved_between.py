"""Sets what was found against the ERP's list of movements: what moved between export and look is `stale`, not wrong.

A movement explains a difference when by it the pallet stood, at the time of the look, where it was read; or, of one that was read
nowhere, not where it was looked for in vain. That closes the finding. One that does not explain it is named, with what it would
have led to. Pallets that were read where the stock list books them are looked at too: the ERP may have moved them away before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from inventory.cell_values import parse_utc
from inventory.drafts import LOW, joined, seen_at_place
from inventory.erp_lines import ErpLine
from inventory.findings import Cause, Finding, LineResult, Verdict
from inventory.judgement import Judgement
from inventory.movements import Movement
from inventory.sightings import Sighting
from inventory.world import World
from warehouse.observations import ObservationStatus

_CLOSED = "Nothing to do: what was seen agrees with what the ERP has moved."
_AGAIN = "Compare again with a new export; count only what still differs."
_NAMED = 3
"""Movements that a sentence names."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the movements say to one finding."""

    is_explained: bool
    moves: Sequence[Movement]
    why_not: str = ""
    look_at: str = ""
    """Where the pallet should stand by them; empty when that is nowhere in the warehouse."""


def settle(judgement: Judgement, world: World) -> Judgement:
    """Return the judgement by the light of the movements; the same one where none of them touches it."""
    if not world.movements:
        return judgement
    settled = judgement
    for finding in judgement.findings:
        answer = _answer(finding, world)
        if answer is not None:
            settled = _replaced(settled, finding, _stale(finding, answer))
        else:
            settled = _replaced(settled, finding, _with_note(finding, world))
    return settled if settled.findings else _moved_away(settled, world)


def _answer(finding: Finding, world: World) -> _Answer | None:
    """Return None when no movement of its time touches the finding."""
    look = _moment(finding.seen_at or world.looks.latest)
    touching = world.movements.between(_touching(finding, world), look)
    if not touching:
        return None
    lines = world.book.by_pallet.get(finding.pallet, []) if finding.pallet is not None else list(finding.lines)
    home = sorted({line.location for line in lines})
    if finding.verdict is Verdict.WRONG_CONTENT or finding.cause is Cause.CONTENT:
        return _content(finding, touching, look, world)
    sightings = world.looks.by_pallet.get(finding.pallet, []) if finding.pallet is not None else []
    if not sightings:
        return _of_one_read_nowhere(finding, touching, lines, look, world)
    places = []
    for s in sightings:
        at = _moment(s.seen_at) or look
        place = world.movements.place_at(world.movements.between(touching, at), at, _Whole(lines))
        places.append(place)
        if s.location != place and not (place is None and s.location in home):
            stood = place if place is not None else joined(home) if home else ""
            return _Answer(False, touching, _contradiction(s, stood, touching), stood)
    if all(place is None for place in places):
        return _Answer(False, touching, f"they leave it at {joined(home)}" if home else "they do not carry it there")
    return _Answer(True, touching)


def _touching(finding: Finding, world: World) -> list[Movement]:
    """Return the movements of its pallet, and those of its items without a pallet id at its places."""
    moves = list(world.movements.by_pallet.get(finding.pallet, [])) if finding.pallet is not None else []
    skus = {line.sku for line in finding.lines if line.sku}
    for location in sorted(finding.locations):
        moves += [m for m in world.movements.nameless_at.get(location, []) if not skus or not m.sku or m.sku in skus]
    once = {(m.row, m.pallet): m for m in moves}
    return sorted(once.values(), key=lambda m: (m.moved_at, m.row))


def _of_one_read_nowhere(
    finding: Finding, moves: Sequence[Movement], lines: Sequence[ErpLine], look: datetime | None, world: World
) -> _Answer:
    home = finding.expected_location
    place = world.movements.place_at(moves, look, _Whole(lines))
    if place is None or place == home:
        return _Answer(
            False, moves, f"by it the pallet still stands at {home}" if finding.pallet else f"it leaves stock at {home}", home
        )
    status = world.status(place) if place in world.places.by_location else ObservationStatus.NOT_OBSERVABLE
    seen_at = _moment(world.looks.seen_at(place)) if place in world.places.by_location else None
    came = max(m.moved_at for m in moves)
    is_seen_without = status in (ObservationStatus.READ, ObservationStatus.EMPTY) and (seen_at is None or seen_at >= came)
    if is_seen_without and finding.pallet is not None:
        return _Answer(False, moves, f"{place} was seen without it, too")
    return _Answer(True, moves)


def _content(finding: Finding, moves: Sequence[Movement], look: datetime | None, world: World) -> _Answer:
    """A label's count differs from the ERP's by just what was taken off the pallet in between."""
    booked = finding.lines[0].quantity if len(finding.lines) == 1 else None
    if finding.label_count is None or booked is None:
        return _Answer(False, moves, "it says nothing of what the label says", "")
    taken = sum((m.quantity or Decimal(0) for m in moves if m.start == finding.observed_location), Decimal(0))
    is_export_later = look is not None and world.movements.snapshot_at is not None and look < world.movements.snapshot_at
    then = booked + taken if is_export_later else booked - taken
    if taken and then == finding.label_count:
        return _Answer(True, moves)
    return _Answer(False, moves, f"by it {then:f} are left" if taken else "it takes nothing off this pallet", "")


def _contradiction(s: Sighting, place: str, moves: Sequence[Movement]) -> str:
    if not any(m.names_a_place for m in moves):
        return "it names no place"
    return f"by it the pallet should stand {f'at {place}' if place else 'outside of the racks'}, and it was read at {s.location}"


def _moved_away(judgement: Judgement, world: World) -> Judgement:
    """A pallet that agrees with the stock list, though the ERP moved it elsewhere before it was read."""
    pallet, result = judgement.pallet, judgement.result
    if pallet is None or result is None or result.verdict is not Verdict.MATCH:
        return judgement
    moves = world.movements.by_pallet.get(pallet, [])
    lines = world.book.by_pallet.get(pallet, [])
    for s in world.looks.by_pallet.get(pallet, []) if moves and lines else ():
        look = _moment(s.seen_at or world.looks.latest)
        between = world.movements.between(moves, look)
        place = world.movements.place_at(between, look, _Whole(lines))
        if place is None or place == s.location:
            continue
        there = tuple(line for line in lines if line.location == s.location)
        finding = Finding(
            verdict=Verdict.MATCH,
            cause=Cause.MOVED_SINCE,
            pallet=pallet,
            expected_location=s.location,
            lines=there,
            confidence=s.probability,
            reason=f"Pallet {pallet} was read at {s.location}, where the stock list books it.",
            suggested_action=_AGAIN,
        )
        finding = seen_at_place(finding, s)
        stale = _stale(finding, _Answer(False, between, _contradiction(s, place, between), place))
        return _replaced(replace(judgement, findings=(finding,)), finding, stale)
    return judgement


def _with_note(finding: Finding, world: World) -> Finding:
    """Return the finding with what was moved of its items that names neither pallet nor place: it may be this, or any other."""
    skus = {line.sku for line in finding.lines if line.sku}
    of_item = [m for m in world.movements.nameless_at.get("", []) if m.sku in skus]
    moves = world.movements.between(of_item, _moment(finding.seen_at or world.looks.latest))
    if not moves:
        return finding
    many = f"{len(moves)} movements of its item, the last one being" if len(moves) > 1 else "a movement of its item,"
    note = f"The ERP has {many} {moves[-1].words}, without a pallet or a place: nobody can tell whether that explains it."
    return replace(finding, reason=f"{finding.reason} {note}")


def _stale(finding: Finding, answer: _Answer) -> Finding:
    named = "; ".join(m.words for m in answer.moves[:_NAMED])
    named += f"; and {len(answer.moves) - _NAMED} more" if len(answer.moves) > _NAMED else ""
    if answer.is_explained:
        return replace(
            finding,
            verdict=Verdict.STALE,
            cause=Cause.MOVEMENT_EXPLAINS,
            reason=f"{finding.reason} The ERP has moved it: {named}. That explains it.",
            suggested_action=_CLOSED,
            confidence=min(finding.confidence, LOW),
        )
    look_at = answer.look_at if answer.look_at not in ("", finding.observed_location) else ""
    # evidence that was too thin for an accusation stays so, and goes to the recount
    is_thin = finding.verdict is Verdict.LOW_CONFIDENCE
    return replace(
        finding,
        verdict=finding.verdict if is_thin else Verdict.STALE,
        cause=finding.cause if is_thin else Cause.MOVED_SINCE,
        reason=f"{finding.reason} The ERP has a movement of that time: {named}. But that does not explain it: {answer.why_not}.",
        suggested_action=finding.suggested_action if is_thin else f"{f'Look for it at {look_at}. ' if look_at else ''}{_AGAIN}",
        confidence=min(finding.confidence, LOW),
    )


def _replaced(judgement: Judgement, old: Finding, new: Finding) -> Judgement:
    """Return the judgement with one finding replaced, and with it all that was said for its sake."""
    rows = {line.row for line in old.lines}

    def line_by_it(x: LineResult) -> LineResult:
        is_its_own = x.line.row in rows and x.verdict is old.verdict
        return replace(x, verdict=new.verdict, reason=new.reason) if is_its_own else x

    result = judgement.result
    if result is not None and result.verdict is old.verdict:
        result = replace(result, verdict=new.verdict, reason=new.reason)
    return replace(
        judgement,
        lines=tuple(line_by_it(x) for x in judgement.lines),
        result=result,
        sightings=tuple(
            (location, new.verdict if verdict is old.verdict else verdict) for location, verdict in judgement.sightings
        ),
        findings=tuple(new if f is old else f for f in judgement.findings),
    )


class _Whole:
    """Tells which movements carried the whole pallet: a few pieces that were picked leave it where it stands."""

    def __init__(self, lines: Iterable[ErpLine]) -> None:
        self.booked: dict[str, Decimal | None] = {}
        for line in lines:
            before = self.booked.get(line.sku, Decimal(0))
            self.booked[line.sku] = None if line.quantity is None or before is None else before + line.quantity
        self.taken: dict[str, Decimal] = {}

    def __call__(self, m: Movement) -> bool:
        """Take the movements in order of time: many small ones may empty a pallet, too."""
        if m.carries_pallet or m.quantity is None or not self.booked:
            return True
        sku = m.sku if m.sku in self.booked else ""
        booked = self.booked[sku] if sku in self.booked else self._all_booked()
        self.taken[sku] = self.taken.get(sku, Decimal(0)) + m.quantity
        return booked is None or self.taken[sku] >= booked

    def _all_booked(self) -> Decimal | None:
        found = list(self.booked.values())
        return None if None in found else sum((q for q in found if q is not None), Decimal(0))


def _moment(seen_at: str) -> datetime | None:
    return parse_utc(seen_at, "seen_at") if seen_at else None
