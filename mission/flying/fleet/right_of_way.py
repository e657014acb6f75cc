"""One drone's part in the airspace of a hall: says where it is, and asks whether it may take off or go on."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from mission.flying.fleet.airborne import Point
from mission.flying.fleet.airspace import Airspace, Answer
from mission.flying.vehicle_state import VehicleState
from mission.planning.mission_items import Command
from mission.records import MissionItem, Sortie
from warehouse.site import Site

_PLACES = (Command.NAV_TAKEOFF, Command.NAV_WAYPOINT, Command.NAV_LAND)
"""One each a waypoint of the sortie."""


@dataclass(slots=True)
class RightOfWay:
    """Of one drone, from flight to flight."""

    airspace: Airspace
    drone: int = 1
    n_drones: int = 1

    @classmethod
    def alone(cls, site: Site) -> RightOfWay:
        """Return that of a drone that has the hall for itself."""
        return cls(Airspace(site))

    def go_on(self, items: Sequence[MissionItem], state: VehicleState, here_m: Point, *, held_s: float | None) -> Answer:
        """Say where the drone is on the way of `items`; return whether it may go on."""
        speed_mps = math.hypot(*(state.velocity_ned_mps or (0.0,)))
        return self.airspace.move(self.drone, _waypoint(items, state), here_m, speed_mps=speed_mps, held_s=held_s)

    def found_in_air(self, way: Sortie, items: Sequence[MissionItem], state: VehicleState, here_m: Point) -> None:
        """Say that the drone flies `way`, whose mission are `items`, since before this program began, and where it is on it."""
        self.airspace.found_in_air(self.drone, way, _waypoint(items, state), here_m)

    def came_down(self, here_m: Point | None, *, is_home: bool, is_lost: bool) -> None:
        """Say that the flight is over, where the drone last said that it was, and whether it stands on its pad."""
        aisle = self.airspace.aisle_of(self.drone)
        place = f"in aisle {aisle}" if aisle else "on the floor, not on its pad"
        where = "" if is_home else f"drone {self.drone} {'was lost' if is_lost else 'lies'} {place}"
        self.airspace.end(self.drone, where=where, here_m=here_m, is_lost=is_lost)


def _waypoint(items: Sequence[MissionItem], state: VehicleState) -> int:
    """Return the waypoint of the sortie that the vehicle flies to."""
    places = [seq for seq, item in enumerate(items, start=1) if item.command in _PLACES]
    return min(bisect_left(places, state.mission_seq), len(places) - 1)
