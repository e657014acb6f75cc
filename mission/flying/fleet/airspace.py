"""The rule that keeps drones apart, whatever the planned times said: who may take off, and how far each may go on.

At its take-off a drone is given its turn at every place that its way shares with those in the air (an aisle, or the air within
reach of another drone): whoever is predicted to be there first goes first, and the other waits before it. As all turns come from
one prediction, no two drones wait for each other: the action dependency graph of Hoenig et al., "Persistent and Robust Execution
of MAPF Schedules in Warehouses" (2019). Pure: it is fed with places and answers; it sends nothing. Any thread may call any method.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mission.flying.fleet.airborne import STEP_S, Airborne, Point, Shared
from mission.planning.closed_air import ClosedAir
from mission.records import Sortie
from warehouse.site import Site

SLACK_S = 8.0
"""By so much two drones must miss one another at every shared place, by prediction; plans are made with 10."""
BRAKE_MPS2 = 0.7
"""A pause stops the drone within a metre at 1 m/s (measured)."""
LATE_S = 0.6
"""From a place to the pause that follows from it: 10 positions a second, a command, its answer."""
ROOM_M = 0.5
"""Left between a waiting drone and the place that it waits for."""
STRIDE_M, STRIDE_FALLS_MPS = 5.0, 0.2
"""A drone that waits goes on when it has so far to go, at first, or it would stop again every few metres behind another one; with
time it is content with less, since somebody may wait for it in turn."""
GONE_S = 10.0
"""So far along its way a drone may still go by itself when nothing is heard of it any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """May it go on? An empty answer is a yes."""

    wait: str = ""
    """What it must wait for, in words."""
    closed: str = ""
    """Why its way will not become free while this program runs, in words."""

    @property
    def is_free(self) -> bool:
        """Whether nothing is in the way."""
        return not self.wait and not self.closed


@dataclass(frozen=True, slots=True)
class _Wreck:
    """A drone that came down elsewhere than on its pad, or was lost: people will go there, so nobody flies there."""

    number: int
    drone: int
    air: ClosedAir
    words: str


@dataclass(slots=True)
class _State:
    ready: dict[int, Airborne] = field(default_factory=dict)
    """Connected or being checked, on the ground."""
    air: dict[int, Airborne] = field(default_factory=dict)
    wrecks: list[_Wreck] = field(default_factory=list)
    n_wrecks: int = 0
    pads: dict[str, int] = field(default_factory=dict)
    """Pad -> the drone that stands there or is to land there."""
    missing: set[int] = field(default_factory=set)
    """Drones that may be in the air from an earlier program, until they have been found."""


class Airspace:
    """The air of one hall, shared by drones that are numbered from 1."""

    def __init__(self, site: Site) -> None:
        """Begin with nobody in it."""
        self._site = site
        self._lock = threading.Lock()
        self._state = _State()
        drone = site.drone
        self._apart_m = 2 * drone.radius_m + drone.clearance_m + drone.cruise_mps * STEP_S

    def expect(self, drone: int) -> None:
        """Let nobody take off before `drone`, which may be in the air, has been found or given up."""
        with self._lock:
            self._state.missing.add(drone)

    # -- on the ground ---------------------------------------------------------------------------------------------------------

    def take_pad(self, drone: int, pad: str) -> str:
        """Keep the pad for the drone, and no other; return for whom it must wait, in words, empty when the pad is its own now.

        A drone that must wait is not being made ready: nobody waits for it.
        """
        with self._lock:
            state = self._state
            state.pads = {name: holder for name, holder in state.pads.items() if holder != drone or name == pad}
            holder = state.pads.setdefault(pad, drone)
            if holder == drone:
                return ""
            state.ready.pop(drone, None)
            return f"drone {holder} has {pad}"

    def leave_pad(self, drone: int) -> None:
        """Let go of the drone's pad."""
        with self._lock:
            self._state.pads = {pad: holder for pad, holder in self._state.pads.items() if holder != drone}

    def get_ready(self, drone: int, sortie: Sortie) -> None:
        """Note that the drone stands on its pad and is being made ready for `sortie`."""
        with self._lock:
            self._state.missing.discard(drone)
            self._state.ready[drone] = Airborne(self._site, sortie, drone)

    def may_take_off(self, drone: int) -> Answer:
        """Return whether the drone could take off now."""
        with self._lock:
            return self._at_take_off(self._state.ready[drone])

    def take_off(self, drone: int) -> Answer:
        """The same; with a yes it counts as in the air from now on, and has its turns."""
        with self._lock:
            flight = self._state.ready[drone]
            answer = self._at_take_off(flight)
            if answer.is_free:
                del self._state.ready[drone]
                self._join(flight, goes_first=False)
            return answer

    # -- in the air ------------------------------------------------------------------------------------------------------------

    def found_in_air(self, drone: int, way: Sortie, waypoint: int, here_m: Point) -> None:
        """Note that the drone flies `way`, begun by an earlier program, and is at `here_m` (site frame), flying to `waypoint`.

        All at once: whoever took off in between would have its turns with a drone at the first point of that way.
        """
        with self._lock:
            flight = Airborne(self._site, way, drone)
            flight.move(waypoint, here_m, 0.0)
            self._state.missing.discard(drone)
            self._join(flight, goes_first=False)

    def turn(self, drone: int, way: Sortie) -> None:
        """Note that the drone has given up its sortie for another `way`, from where it is; there it goes before the others."""
        with self._lock:
            self._join(Airborne(self._site, way, drone), goes_first=True)

    def move(self, drone: int, waypoint: int, here_m: Point, *, speed_mps: float, held_s: float | None) -> Answer:
        """Note where the drone is, flying to `waypoint` of its way; return whether it may go on."""
        with self._lock:
            flight = self._state.air[drone]
            flight.move(waypoint, here_m, speed_mps)
            flight.held_s = held_s
            return self._ahead(flight)

    def is_found(self, drone: int) -> bool:
        """Whether it is known that the drone is on the ground, or in the air with a sortie of ours."""
        with self._lock:
            return drone not in self._state.missing

    def end(self, drone: int, *, where: str = "", here_m: Point | None = None, is_lost: bool = False) -> None:
        """Note that the drone is down; `where`, in words, when not on its pad.

        It lies at `here_m`, where it last said that it was, or on the way there: a drone that has lost its position does not know
        better. One that `is_lost` may have flown on a little.
        """
        with self._lock:
            state = self._state
            state.missing.discard(drone)
            state.ready.pop(drone, None)
            flight = state.air.pop(drone, None)
            for other in state.air.values():
                other.after.pop(drone, None)
            if flight is not None and where:
                last = flight.index + 1 + (int(GONE_S / STEP_S) if is_lost else 0)
                aisles = {int(i) for i in flight.track.aisles[flight.index : last] if i >= 0}
                points = flight.track.points_m[flight.index : last]
                if here_m is not None:
                    points = np.concatenate([points, np.array([here_m])])
                self._add_wreck(drone, tuple(sorted(aisles)), points, where)

    def close(self, drone: int, sortie: Sortie, where: str) -> None:
        """Close all of a sortie's way: its drone was in the air when last heard of, and cannot be reached."""
        with self._lock:
            self._state.missing.discard(drone)
            track = Airborne(self._site, sortie, drone).track
            aisles = tuple(int(i) for i in np.unique(track.aisles) if i >= 0)
            self._add_wreck(drone, aisles, track.points_m, where)

    def fetched(self, drone: int) -> None:
        """Note that people have picked the drone up."""
        with self._lock:
            self._state.wrecks = [wreck for wreck in self._state.wrecks if wreck.drone != drone]

    def closed_air(self) -> tuple[ClosedAir, ...]:
        """Return what drones on the floor have closed."""
        with self._lock:
            return tuple(wreck.air for wreck in self._state.wrecks)

    def aisle_of(self, drone: int) -> str:
        """Return the aisle that a drone in the air is in; empty outside of them."""
        with self._lock:
            flight = self._state.air.get(drone)
            return "" if flight is None else self._aisle_name(int(flight.track.aisles[flight.index]))

    def _add_wreck(self, drone: int, aisles: tuple[int, ...], points_m: NDArray[np.float64], words: str) -> None:
        self._state.n_wrecks += 1
        air = ClosedAir(aisles=aisles, points_m=points_m, apart_m=self._apart_m)
        self._state.wrecks.append(_Wreck(self._state.n_wrecks, drone, air, words))

    # -- the rule --------------------------------------------------------------------------------------------------------------

    def _at_take_off(self, flight: Airborne) -> Answer:
        state = self._state
        for wreck in state.wrecks:
            if self._closed_by(flight, wreck).any():
                return Answer(closed=wreck.words)
        if state.missing:
            missing = ", ".join(map(str, sorted(state.missing)))
            return Answer(wait=f"drone {missing} may be in the air and is being looked for")
        for other in sorted(state.air.values(), key=lambda each: each.drone):
            shared = self._shared_ahead(flight, other)
            if other.held_s is not None and shared.any():
                return Answer(wait=f"drone {other.drone} is being held")
            meeting = np.argwhere(shared & (np.abs(_wait_s(flight, other)) < SLACK_S))
            if len(meeting):
                return Answer(wait=self._for_whom(other, int(meeting[0][1]), flight, int(meeting[0][0])))
        mine = (flight.sortie.start_s, flight.drone)
        for other in sorted(state.ready.values(), key=lambda each: (each.sortie.start_s, each.drone)):
            if (other.sortie.start_s, other.drone) >= mine or self._is_shut_out(other):
                continue
            meets = flight.shared(other, self._apart_m) & (np.abs(_wait_s(flight, other)) < SLACK_S)
            if meets.any():
                return Answer(wait=f"drone {other.drone} is getting ready, and goes first by the plan")
        return Answer()

    def _is_shut_out(self, flight: Airborne) -> bool:
        return any(self._closed_by(flight, wreck).any() for wreck in self._state.wrecks)

    def _ahead(self, flight: Airborne) -> Answer:
        reach_m = ROOM_M + flight.speed_mps * LATE_S + flight.speed_mps**2 / (2 * BRAKE_MPS2)
        if flight.held_s is not None:
            reach_m += max(ROOM_M, STRIDE_M - flight.held_s * STRIDE_FALLS_MPS)
        for wreck in self._state.wrecks:
            first = wreck.air.first_on(flight.track, flight.index) if self._closed_by(flight, wreck).any() else None
            if first is not None and flight.until_m(first) <= reach_m:
                return Answer(closed=wreck.words)
        for drone, after in flight.after.items():
            other = self._state.air.get(drone)
            if other is None:
                continue
            first = int(np.searchsorted(after, other.index))  # `after` never falls along the way
            if first < len(after) and flight.until_m(first) <= reach_m:
                return Answer(wait=self._for_whom(other, int(after[first]), flight, first))
        return Answer()

    def _join(self, flight: Airborne, *, goes_first: bool) -> None:
        """Give the drone its turns with each of those in the air, for good."""
        air = self._state.air
        air[flight.drone] = flight
        for other in air.values():
            if other.drone == flight.drone:
                continue
            shared = self._shared_ahead(flight, other)
            comes_second = _wait_s(flight, other) >= 0
            if goes_first:  # but for the place that the other is in already, or cannot stop before
                comes_second = np.zeros_like(shared)
                comes_second[:, : other.index + int(GONE_S / STEP_S / 2)] = True
            flight.after[other.drone] = _last_before(shared & comes_second)
            other.after[flight.drone] = _last_before((shared & ~comes_second).T)

    def _shared_ahead(self, flight: Airborne, other: Airborne) -> Shared:
        """Return the shared places that the other has not flown past yet."""
        shared = flight.shared(other, self._apart_m).copy()
        shared[:, : other.index] = False
        return shared

    def _closed_by(self, flight: Airborne, wreck: _Wreck) -> NDArray[np.bool_]:
        """Return (n) which points of the way lie in an aisle with a drone on its floor, or above or beside one elsewhere."""
        known = flight.closed.get(wreck.number)
        if known is None:
            known = flight.closed[wreck.number] = wreck.air.holds(flight.track)
        return known

    def _for_whom(self, other: Airborne, theirs: int, flight: Airborne, mine: int) -> str:
        aisle = int(flight.track.aisles[mine])
        if aisle >= 0 and aisle == int(other.track.aisles[theirs]):
            return f"drone {other.drone} is to leave aisle {self._aisle_name(aisle)} first"
        there = self._aisle_name(int(other.track.aisles[other.index]))
        return f"drone {other.drone}{f', which is in aisle {there},' if there else ''} is to fly past first"

    def _aisle_name(self, index: int) -> str:
        return self._site.layout.aisles[index].name if index >= 0 else ""


def _wait_s(flight: Airborne, other: Airborne) -> NDArray[np.float64]:
    """Return (n, m) by how many seconds the first comes later to its point n than the other to its point m, as predicted now."""
    mine = np.arange(len(flight.track.times_s)) - flight.index
    theirs = np.arange(len(other.track.times_s)) - other.index
    return np.asarray(STEP_S * (mine[:, None] - theirs[None, :]), dtype=np.float64)


def _last_before(shared: Shared) -> NDArray[np.intp]:
    """Return (n) the last point m that must be passed before each point n, or one before it, is come to; -1: none."""
    n_other = shared.shape[1]
    last = np.where(shared.any(axis=1), n_other - 1 - np.argmax(shared[:, ::-1], axis=1), -1)
    return np.maximum.accumulate(last)
