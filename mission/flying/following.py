"""Follow the flights of a run from another terminal, by what the program that flies leaves in the run folder."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from mission.flying.live_view import LiveView
from mission.flying.recording import Recording
from mission.flying.scan import flight_log, next_flight
from mission.flying.under_way import flight_under_way
from mission.flying.vehicle_state import Mode
from mission.planning.mission_items import mission_items
from mission.planning.plan_files import load_plan
from mission.records import ScanPlan, Sortie
from warehouse.coordinates import heading_site_from_ned
from warehouse.errors import BadInputError
from warehouse.flight_sight import DronePhase, DroneSight, FlightSight
from warehouse.growing_files import changed_at_s
from warehouse.run_folder import RunFolder
from warehouse.site import Site

_STANDING = (Mode.LOITER, Mode.BRAKE, Mode.POSHOLD, Mode.ALT_HOLD)
_COMING_DOWN = (Mode.LAND, Mode.RTL, Mode.SMART_RTL)
_SPOKEN_WITH_S = 3.0
"""Its recording grows several times a second while a program is connected to it."""
_STILL_MPS, _UP_M, _HELD_S = 0.1, 0.3, 5.0
"""A flight waits a second or two at its corners."""


@dataclass(slots=True)
class _Followed:
    """One sortie and the drone that flies it."""

    planned: Sortie
    recording: Recording
    view: LiveView | None = None
    flying: Sortie | None = None
    """What is under way: the planned sortie, or a way along the lanes that were left."""
    under_way_at_s: float = 0.0
    log_at_s: float = -1.0
    ended: str = ""
    is_flown: bool = False
    has_been_up: bool = False
    """Whether its motors ran in what is under way."""
    is_homeward: bool = False
    still_since_s: float | None = None
    """Since when it stands still in the air, on its own clock; None while it moves."""


@dataclass(slots=True)
class FlightFollower:
    """Looks at the flights of one run; `look` as often as a person can see."""

    run: RunFolder
    site: Site
    _plan: ScanPlan | None = None
    _plan_at_s: float = 0.0
    _planned: frozenset[str] = frozenset()
    _followed: dict[str, _Followed] = field(default_factory=dict)

    def look(self) -> FlightSight:
        """Return what there is to see now; files that are half written are looked at again the next time."""
        self._take_plan()
        if self._plan is None:
            return FlightSight()
        sights = [sight for followed in self._followed.values() if (sight := self._look_at(followed)) is not None]
        return FlightSight(
            is_planned=True,
            planned=self._planned,
            n_photos=sum(sortie.n_photos for sortie in self._plan.sorties),
            n_flights=len(self._plan.sorties),
            n_flown=sum(followed.is_flown for followed in self._followed.values()),
            left_s=self._left_s(),
            drones=tuple(_newest_of_each(sights)),
        )

    def _take_plan(self) -> None:
        at_s = changed_at_s(self.run.plan_path)
        if at_s in (self._plan_at_s, 0.0):
            return
        try:
            plan = load_plan(self.run)
        except BadInputError:
            return
        self._plan, self._plan_at_s = plan, at_s
        self._planned = frozenset(code for sortie in plan.sorties for lane in sortie.lanes for code in lane.must_see)
        self._followed = {
            sortie.name: _Followed(planned=sortie, recording=Recording(self.run.telemetry_path(sortie.name)))
            for sortie in plan.sorties
        }

    def _look_at(self, followed: _Followed) -> DroneSight | None:
        followed.recording.catch_up()
        self._take_log(followed)
        self._take_under_way(followed)
        state, is_under_way = followed.recording.state, followed.flying is not None
        is_ready = not is_under_way and self._is_getting_ready(followed)
        if not is_under_way and not is_ready and (state.mode is None or not followed.ended):
            return None
        _note_stillness(followed)
        followed.has_been_up |= is_under_way and state.is_armed
        view = followed.view.look() if followed.view is not None else None
        yaw = None if state.attitude_rad is None else math.degrees(state.attitude_rad[2])
        lane = view.lane if view is not None and state.is_armed else None
        flown = followed.flying or followed.planned
        return DroneSight(
            sortie=followed.planned.name,
            drone=followed.planned.drone,
            phase=DronePhase.GETTING_READY if is_ready else _phase(followed),
            position_m=None if followed.view is None else followed.view.here_m(),
            heading_deg=None if yaw is None else heading_site_from_ned(self.site.layout.anchor, yaw),
            lane=lane,
            n_lanes=len(flown.lanes),
            faces=() if lane is None else tuple(v.face for v in flown.lanes[lane - 1].views),
            battery_percent=view.battery_percent if view else None,
            battery_v=state.battery_v,
            left_s=view.left_s if view and is_under_way and (state.is_armed or not followed.has_been_up) else None,
            silent_s=followed.recording.silent_s if is_under_way else 0.0,
            is_position_good=state.is_position_trusted,
            text=state.texts[-1][2] if state.texts else "",
            ended="" if is_under_way or is_ready else followed.ended,
        )

    def _is_getting_ready(self, followed: _Followed) -> bool:
        """Whether somebody speaks with the drone since its last flight was written down."""
        spoken_at_s = changed_at_s(self.run.telemetry_path(followed.planned.name))
        return time.time() - spoken_at_s < _SPOKEN_WITH_S and spoken_at_s > followed.log_at_s

    def _take_log(self, followed: _Followed) -> None:
        """Look at how flights ended, and what is left of the sortie, when that was written anew."""
        at_s = changed_at_s(self.run.flight_path(followed.planned.name))
        if at_s == followed.log_at_s:
            return
        try:
            flights = flight_log(self.run, followed.planned.name).flights
            followed.is_flown = next_flight(self.run, self.site, followed.planned) is None
        except BadInputError:
            return
        followed.log_at_s = at_s
        followed.ended = flights[-1].reason if flights else ""

    def _take_under_way(self, followed: _Followed) -> None:
        at_s = changed_at_s(self.run.under_way_path(followed.planned.name))
        if at_s == followed.under_way_at_s:
            if followed.view is None and followed.recording.state.mode is not None:
                self._look_along(followed, followed.planned)
            return
        try:
            under_way = flight_under_way(self.run, followed.planned.name)
        except BadInputError:
            return
        followed.under_way_at_s = at_s
        home = None if under_way is None else under_way.home
        if home is None:
            followed.has_been_up, followed.is_homeward = False, False
        flying = None if under_way is None else under_way.sortie
        if flying is not None and (flying != followed.flying or followed.view is None):
            self._look_along(followed, flying)
        if home is not None and followed.view is not None:
            followed.view.turned_home(home, mission_items(self.site, home))
            followed.is_homeward = True
        followed.flying = flying

    def _look_along(self, followed: _Followed, sortie: Sortie) -> None:
        followed.view = LiveView(followed.recording, self.site, sortie, mission_items(self.site, sortie))

    def _left_s(self) -> float:
        """Return the predicted time of the flights that have not begun, of the drone that has most before it."""
        of_drone: dict[int, float] = {}
        for followed in self._followed.values():
            if not followed.is_flown and followed.flying is None:
                drone = followed.planned.drone
                of_drone[drone] = of_drone.get(drone, 0.0) + followed.planned.time_s
        return max(of_drone.values(), default=0.0)


def _phase(followed: _Followed) -> DronePhase:
    state = followed.recording.state
    if not state.is_armed:
        return DronePhase.LANDED if followed.has_been_up or followed.flying is None else DronePhase.ON_PAD
    if state.mode in _COMING_DOWN:
        return DronePhase.LANDING
    still_s = 0.0 if followed.still_since_s is None else (state.boot_s or 0.0) - followed.still_since_s
    if state.mode in _STANDING or still_s > _HELD_S:
        return DronePhase.HELD
    return DronePhase.COMING_HOME if followed.is_homeward else DronePhase.FLYING


def _note_stillness(followed: _Followed) -> None:
    """A hold leaves the autopilot in AUTO (MAV_CMD_DO_PAUSE_CONTINUE): only that it does not move tells it."""
    state = followed.recording.state
    is_up = state.is_armed and (state.relative_alt_m or 0.0) > _UP_M
    if not is_up or math.hypot(*(state.velocity_ned_mps or (0.0,))) > _STILL_MPS:
        followed.still_since_s = None
    elif followed.still_since_s is None:
        followed.still_since_s = state.boot_s


def _newest_of_each(sights: list[DroneSight]) -> list[DroneSight]:
    """Return all that are under way, and of a drone that flies nothing its last flight."""
    busy = {sight.drone for sight in sights if not sight.ended}
    last = {sight.drone: sight for sight in sights}
    return [sight for sight in sights if not sight.ended or (sight.drone not in busy and last[sight.drone] is sight)]
