"""How far a vehicle is off the way that its mission describes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mission.planning.mission_items import Command
from mission.records import MissionItem
from warehouse.coordinates import Anchor, ned_from_latlon_1e7

_PLACES = (Command.NAV_TAKEOFF, Command.NAV_WAYPOINT, Command.NAV_LAND)


class FlightPath:
    """The legs of a mission, by the item that each leads to."""

    def __init__(self, anchor: Anchor, items: tuple[MissionItem, ...]) -> None:
        """Take the items of a sortie, home left out."""
        self._anchor = anchor
        self._legs: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        """Item -> north and east of the leg's start and end, in metres."""
        self._next: dict[int, int] = {}
        before: NDArray[np.float64] | None = None
        leg = 0
        for seq, item in enumerate(items, start=1):
            if item.command in _PLACES:
                there = np.asarray(ned_from_latlon_1e7(anchor, (item.x, item.y)), dtype=np.float64)[:2]
                self._legs[seq] = (there if before is None else before, there)
                self._next[leg] = seq
                before, leg = there, seq
            elif before is not None:  # a wait at the place reached
                self._legs[seq] = (before, before)

    def off_m(self, seq: int, latlon_1e7: tuple[int, int]) -> float | None:
        """Return the level distance from the leg to item `seq`, or from the next one, whichever is nearer; None without a leg.

        The item under way is reported a moment after the vehicle has gone on to the next.
        """
        legs = [self._legs[number] for number in (seq, self._next.get(seq, -1)) if number in self._legs]
        if seq not in self._legs:
            return None
        here = np.asarray(ned_from_latlon_1e7(self._anchor, latlon_1e7), dtype=np.float64)[:2]
        return min(_distance(here, *leg) for leg in legs)


def _distance(point: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    along = end - start
    length2 = float(along @ along)
    share = 0.0 if length2 == 0 else float(np.clip((point - start) @ along / length2, 0.0, 1.0))
    return float(np.linalg.norm(point - start - share * along))
