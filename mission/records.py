"""What a plan is made of: lanes, waypoints, sorties, mission items, and the locations that no lane can see, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What the leg *to* a waypoint is for."""

    TAKEOFF = "takeoff"
    CLIMB = "climb"
    """Up or down, steeply."""
    TRANSIT = "transit"
    APPROACH = "approach"
    """To the point where a lane starts; the drone waits there until it hangs still and its nose has come round."""
    LANE = "lane"
    """Along a rack face, taking photos."""
    LAND = "land"


class Direction(StrEnum):
    """Which way a lane runs before its rack faces."""

    LEVEL = "level"
    """Along the aisle, at one height."""
    COLUMN = "column"
    """Up or down, at one place along the aisle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """What one camera does on a lane: it looks square at one rack face all the way."""

    face: str
    camera: str
    """Which camera of the drone looks at the face: `left` or `right`."""
    standoff_m: float
    """From the camera to the face, along its normal."""
    px_per_bar: float
    """Pixels of a narrowest bar at the worst place that a label may have."""
    needed_px: float
    """Pixels a bar that are just enough at the lane's blur; what `px_per_bar` has above it is the margin."""
    motion_px: float
    """Motion blur in pixels, where the label hangs nearest."""
    defocus_px: float
    """Sigma of the lens's blur, in pixels."""
    angle_deg: float
    """Between the line of sight and the label's normal, at worst."""
    clear_share: float
    """Of the pictures that hold a whole label, those in which no upright can stand before it, where that share is least."""
    n_looks: int
    """Pictures of this camera that hold a label wherever it may hang, at least."""
    shown_down_to_m: float
    """Height above the base of a location, at its rear, down to which photos surely show it, where that is highest."""
    must_see: tuple[str, ...]
    """Locations whose label is in that many pictures, in the order of flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One straight pass of the airframe, with one view, or two where two cameras read both faces of an aisle at once.

    Points are those of the airframe (the autopilot's reference point), in the site frame; the cameras hang beside it.
    """

    views: tuple[LaneView, ...]
    direction: Direction
    start_m: tuple[float, float, float]
    end_m: tuple[float, float, float]
    heading_deg: float
    """Of the nose, clockwise from the site's +y. The drone may fly this lane backwards."""
    speed_mps: float
    speed_bound_by: str
    """In words."""
    photo_spacing_m: float
    n_photos: int
    """Triggers; each takes one photo a view."""
    end_hold_s: float = 0.0
    """How long the drone must wait at the end, still taking photos: a column that ends as low or high as the drone may go."""

    @property
    def must_see(self) -> tuple[str, ...]:
        """Locations of all views, view by view."""
        return tuple(code for view in self.views for code in view.must_see)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """One point of a sortie, reached in a straight line from the one before."""

    position_m: tuple[float, float, float]
    """Of the airframe, in the site frame; z above the floor."""
    heading_deg: float
    """Of the nose on the leg to this point, clockwise from the site's +y."""
    speed_mps: float
    purpose: Purpose
    hold_s: float = 0.0
    """How long the drone waits there."""
    lane: int | None = None
    """Index in the lanes of the sortie, for the purposes `approach` and `lane`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sortie:
    """Take-off to landing on one battery."""

    name: str
    """`01`, `02`, …"""
    home_pad: str
    waypoints: tuple[Waypoint, ...]
    """From `takeoff` to `land`."""
    lanes: tuple[Lane, ...]
    time_s: float
    """Predicted, from arming to touch-down."""
    energy_wh: float
    """Predicted."""
    drone: int = 1
    """Which of the drones flies it, from 1."""
    start_s: float = 0.0
    """When it may start at the earliest, in seconds from the first take-off of all; by then the drone has a fresh battery."""

    @property
    def n_photos(self) -> int:
        """Photos predicted over all lanes and cameras."""
        return sum(lane.n_photos * len(lane.views) for lane in self.lanes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """A location that no lane can see."""

    location: str
    reason: str
    """In words."""
    remedy: str
    """What would help; empty where nothing has to be done."""
    bound_by: str = ""
    """In one word: `kind`, `width`, `height`, `picture`, `pixels`, `focus`, `upright`, `blur`, `photos`, `way`, `battery`.

    In a recount also `hand`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Which bound fixed a figure of the lanes along a face."""

    face: str
    quantity: str
    """`standoff_m`, `speed_mps`, `photo_spacing_m`, or `direction`: then the value is the time of the passes in seconds."""
    value: float
    """The smallest on the face."""
    bound_by: str
    """In words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanPlan:
    """All sorties of one run. `plan.json`."""

    site_digest: str
    sorties: tuple[Sortie, ...]
    uncovered: tuple[Uncovered, ...]
    """With the sorties' `must_see`, every location that was asked for, each exactly once.

    What a recount sees in two passes is in two lanes.
    """
    limits: tuple[Limit, ...]
    n_drones: int = 1
    """That fly at the same time."""
    position_error_m: float | None = None
    """How far from where it believes to be the drone may be, in 99 of 100 photos, that the plan counts on; None: the site's own."""

    @property
    def done_s(self) -> float:
        """When the last drone has landed, in seconds from the first take-off."""
        return max((sortie.start_s + sortie.time_s for sortie in self.sorties), default=0.0)

    def sortie(self, name: str) -> Sortie:
        """Return the sortie of that name; KeyError when there is none."""
        return {sortie.name: sortie for sortie in self.sorties}[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissionItem:
    """One MAVLink mission item as MISSION_ITEM_INT carries it."""

    command: int
    """MAV_CMD."""
    frame: int
    """MAV_FRAME."""
    p1: float = 0.0
    p2: float = 0.0
    p3: float = 0.0
    p4: float = 0.0
    x: int = 0
    """Latitude in 1e-7 degrees; 0 for a command without a place."""
    y: int = 0
    """Longitude in 1e-7 degrees."""
    z: float = 0.0
    """Metres above home."""
    purpose: str
    """In words, for people who read the list."""
    lane: int | None = None
    """Index in the lanes of the sortie, from the start of the lane to its end."""
    locations: tuple[str, ...] = ()
    """What the leg that this item starts or ends must see."""
