"""What a person may see of a flight in progress, worked out from what the vehicle last said and from the plan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mission.flying.vehicle_state import VehicleState
from mission.planning.timing import flight_time_s
from mission.planning.way_home import OnPath, nearest_on_path
from mission.records import Direction, MissionItem, Purpose, Sortie
from warehouse.coordinates import ned_from_latlon_1e7, site_from_ned
from warehouse.poses import Pose
from warehouse.site import Site

_NAVIGATION_COMMANDS = frozenset((16, 21, 22))
"""NAV_WAYPOINT, NAV_LAND, NAV_TAKEOFF: one each a waypoint of the sortie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightView:
    """One look at the flight. None: not known, or not meant there."""

    lane: int | None
    """From 1."""
    n_lanes: int
    n_bins: int
    """Locations that have been passed, of the current lane by the share of it that has been flown."""
    n_bins_planned: int
    speed_mps: float | None
    height_m: float | None
    height_error_m: float | None
    """Above (positive) or below the planned height; on level legs."""
    rack_m: float | None
    """From the camera to the rack of this lane."""
    rack_planned_m: float | None
    battery_percent: int | None
    battery_v: float | None
    left_s: float
    """Predicted, to touch-down."""
    silent_s: float
    """How long the vehicle has not been heard."""
    is_position_good: bool
    mode: int | None
    text: str
    """The autopilot's last words."""


_DOWN_M = 0.5


class Heard(Protocol):
    """Where a vehicle is heard: a link, or the recording of one."""

    @property
    def state(self) -> VehicleState:
        """What it last said of itself."""

    @property
    def silent_s(self) -> float:
        """How long it has not been heard."""


class LiveView:
    """Looks at one flight."""

    def __init__(self, link: Heard, site: Site, sortie: Sortie, items: tuple[MissionItem, ...]) -> None:
        """Look at the vehicle at `link`, which flies `items`."""
        self._link, self._site = link, site
        self._follow(sortie, items)
        self._n_planned = sum(len(lane.must_see) for lane in sortie.lanes)
        self._n_lanes, self._n_seen = len(sortie.lanes), 0

    def turned_home(self, home: Sortie, items: tuple[MissionItem, ...] = ()) -> None:
        """Look at the way home from now on; what was seen stays seen."""
        self._follow(home, items)

    def _follow(self, sortie: Sortie, items: tuple[MissionItem, ...]) -> None:
        self._sortie = sortie
        seqs = [seq for seq, item in enumerate(items, start=1) if item.command in _NAVIGATION_COMMANDS]
        self._waypoint_of = {seq: i for i, seq in enumerate(seqs)}
        waypoints = sortie.waypoints
        self._is_landing = False
        self._until_s = [flight_time_s(waypoints[: i + 1], self._site.drone) for i in range(len(waypoints))]

    def look(self) -> FlightView:
        """Return what there is to see now."""
        state, here = self._link.state, self.here_m()
        place = None if here is None else self._place(here)
        lane = self._lane(place)
        self._n_seen = max(self._n_seen, self._seen(place, lane))
        rack = self._rack_m(lane, here)
        return FlightView(
            lane=None if lane is None else lane + 1,
            n_lanes=self._n_lanes,
            n_bins=self._n_seen,
            n_bins_planned=self._n_planned,
            speed_mps=None if state.velocity_ned_mps is None else math.hypot(*state.velocity_ned_mps),
            height_m=state.relative_alt_m,
            height_error_m=self._height_error_m(place, here),
            rack_m=rack,
            rack_planned_m=None if lane is None else self._sortie.lanes[lane].views[0].standoff_m,
            battery_percent=state.battery_percent,
            battery_v=state.battery_v,
            left_s=self._left_s(place),
            silent_s=self._link.silent_s,
            is_position_good=state.is_position_trusted,
            mode=state.mode,
            text=state.texts[-1][2] if state.texts else "",
        )

    def here_m(self) -> tuple[float, float, float] | None:
        """Return where the airframe is, in the site frame; None while that is not known."""
        state, anchor = self._link.state, self._site.layout.anchor
        if state.latlon_1e7 in (None, (0, 0)) or state.relative_alt_m is None:  # zeros: its position has no origin yet
            return None
        assert state.latlon_1e7 is not None
        north, east = ned_from_latlon_1e7(anchor, state.latlon_1e7)
        x, y, z = site_from_ned(anchor, np.array([north, east, -state.relative_alt_m]))
        return float(x), float(y), float(z)

    def _place(self, here_m: tuple[float, float, float]) -> OnPath:
        """Return the place on the leg that the vehicle says it flies, or on the whole path where that is not known."""
        waypoints = self._sortie.waypoints
        to = self._waypoint_of.get(self._link.state.mission_seq)
        if self._is_landing and here_m[2] < _DOWN_M:  # ArduCopter begins its mission anew as it disarms
            to = len(waypoints) - 1
        self._is_landing = to == len(waypoints) - 1
        if to is None or to == 0:
            return nearest_on_path(waypoints, here_m) if to is None else OnPath(0, 0.0, waypoints[0].position_m, 0.0)
        found = nearest_on_path(waypoints[to - 1 : to + 1], here_m)
        return OnPath(to - 1, found.share, found.point_m, found.off_m)

    def _lane(self, place: OnPath | None) -> int | None:
        if place is None or place.leg + 1 >= len(self._sortie.waypoints):
            return None
        to = self._sortie.waypoints[place.leg + 1]
        return to.lane if to.purpose is Purpose.LANE else None

    def _seen(self, place: OnPath | None, lane: int | None) -> int:
        if place is None or not self._sortie.lanes:
            return self._n_seen
        flown = {w.lane for w in self._sortie.waypoints[: place.leg + 1] if w.purpose is Purpose.LANE}
        n = sum(len(self._sortie.lanes[i].must_see) for i in flown if i is not None)
        return n + (int(place.share * len(self._sortie.lanes[lane].must_see)) if lane is not None else 0)

    def _height_error_m(self, place: OnPath | None, here_m: tuple[float, float, float] | None) -> float | None:
        if place is None or here_m is None or place.leg + 1 >= len(self._sortie.waypoints):
            return None
        a, b = self._sortie.waypoints[place.leg : place.leg + 2]
        return here_m[2] - a.position_m[2] if a.position_m[2] == b.position_m[2] else None

    def _rack_m(self, lane: int | None, here_m: tuple[float, float, float] | None) -> float | None:
        attitude = self._link.state.attitude_rad
        if lane is None or here_m is None or attitude is None:
            return None
        flown = self._sortie.lanes[lane]
        view = flown.views[0]
        camera = self._site.camera(view.camera)
        if camera is None or flown.direction not in (Direction.LEVEL, Direction.COLUMN):
            return None
        pose = Pose(time_s=0.0, position_m=here_m, roll_deg=0.0, pitch_deg=0.0, heading_deg=flown.heading_deg)
        return float(self._site.layout.faces[view.face].face_coordinates_m(camera.camera_centre_m(pose))[2])

    def _left_s(self, place: OnPath | None) -> float:
        total = self._until_s[-1]
        if place is None:
            return total
        before = self._until_s[place.leg]
        after = self._until_s[min(place.leg + 1, len(self._until_s) - 1)]
        return max(0.0, total - before - place.share * (after - before))
