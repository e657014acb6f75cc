"""What to do differently with a doubtful location, and what of it to give up first where aisle or camera do not allow it.

Looking aslant costs pixels and photos beside uprights, being nearer costs breadth of the picture, and more photos cost time. What a
look must have is tried in the order of the ladder; the first rung that the planner can fly is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mission.recounting.doubts import Doubt
from mission.recounting.records import PlannedLook
from warehouse.observations import Goods, ObservationStatus

TURN_DEG = 15.0
"""At 15 degrees the mirror image of a lamp beside the lens has left the label, and bars have lost 3 % of their width."""
BY_HAND = "hand"
"""`bound_by` of a location that no flight decides."""
_SLOWER = 0.6
"""Of the last look's speed."""
_ANOTHER_SIDE_DEG = 5.0
"""From here on two looks count as taken from different sides."""


class Manner(StrEnum):
    """How to look again."""

    AS_BEFORE = "as before"
    """The lane was never flown: nothing speaks against the first plan."""
    MORE_PHOTOS = "more photos"
    STRAIGHT = "straight"
    """Slowly, from straight in front and as near as may be."""
    ASLANT = "aslant"
    """From another side, nearer, slower, in more photos."""
    IN_TWO_PASSES = "in two passes"
    """No picture of the first plan would have held the whole band of its labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What one try asks of the planner."""

    turn_deg: float = 0.0
    px_factor: float | None = None
    """Pixels a bar over those of the last look; None asks for no more than the site does."""
    looks_factor: float = 1.0
    """Photos of a label over those of the last look."""
    speed_factor: float = _SLOWER
    n_strips: int = 1
    """2: one pass for the lower half of where labels hang and one for the upper, which lets the drone be nearer."""


_SQUARE = (
    Rung(px_factor=1.25, looks_factor=2.0),
    Rung(px_factor=1.1, looks_factor=2.0),
    Rung(looks_factor=2.0),
    Rung(looks_factor=1.5),
    Rung(),
    Rung(speed_factor=1.0),
)
LADDERS: dict[Manner, tuple[Rung, ...]] = {
    Manner.AS_BEFORE: (Rung(speed_factor=1.0),),
    Manner.MORE_PHOTOS: (Rung(looks_factor=2.0), Rung(looks_factor=1.5), Rung(), Rung(speed_factor=1.0)),
    Manner.STRAIGHT: _SQUARE,
    Manner.IN_TWO_PASSES: (Rung(speed_factor=1.0, n_strips=2),),
    Manner.ASLANT: (
        Rung(turn_deg=TURN_DEG, px_factor=1.25, looks_factor=2.0),
        Rung(turn_deg=TURN_DEG, px_factor=1.25, looks_factor=2.0, n_strips=2),
        Rung(turn_deg=TURN_DEG, px_factor=1.1, looks_factor=2.0),
        Rung(turn_deg=TURN_DEG, px_factor=1.1, looks_factor=2.0, n_strips=2),
        Rung(turn_deg=TURN_DEG, px_factor=1.0, looks_factor=2.0, n_strips=2),
        Rung(turn_deg=TURN_DEG, px_factor=0.9, looks_factor=2.0, n_strips=2),
        Rung(turn_deg=TURN_DEG, looks_factor=2.0),
        Rung(turn_deg=TURN_DEG),
        Rung(turn_deg=TURN_DEG * 2 / 3, looks_factor=1.5),
        Rung(px_factor=1.25, looks_factor=2.0, n_strips=2),
        Rung(px_factor=1.1, looks_factor=2.0, n_strips=2),
        *_SQUARE,
    ),
}


def manner_for(doubt: Doubt, before: Sequence[PlannedLook], *, is_new: bool = False) -> Manner:
    """Return how to look again at a location that the drone may decide; `is_new` when the first plan had no lane for it."""
    if is_new:
        return Manner.IN_TWO_PASSES
    if before and not any(look.is_flown for look in before):
        return Manner.AS_BEFORE
    if doubt.status is ObservationStatus.UNREADABLE:
        return Manner.ASLANT
    if doubt.status is ObservationStatus.READ:
        return Manner.STRAIGHT
    return Manner.MORE_PHOTOS


def beyond_flying(doubt: Doubt, before: Sequence[PlannedLook]) -> str:
    """Return in words why no other flight decides it, with what to do; empty where one may."""
    if doubt.is_for_hand:
        return doubt.what_to_do
    flown = [look for look in before if look.is_flown]
    sides = {round(look.turn_deg / _ANOTHER_SIDE_DEG) for look in flown}
    if doubt.status is ObservationStatus.UNREADABLE and len(sides) > 1:
        what = "a label hangs there, and" if doubt.goods is Goods.LABEL_UNREADABLE else "something stands there, and"
        n_flights = len({look.run for look in flown})
        return (
            f"It was looked at in {n_flights} flights, from {len(sides)} sides: {what} no angle makes it readable."
            " Read it by hand, and put a new label on it."
        )
    return ""


def turn_side(before: Sequence[PlannedLook]) -> float:
    """Return 1 to turn the nose clockwise and -1 to turn it the other way: not as at the last turned look."""
    turned = [look.turn_deg for look in before if look.is_flown and abs(look.turn_deg) > _ANOTHER_SIDE_DEG]
    return -1.0 if turned and turned[-1] > 0 else 1.0
