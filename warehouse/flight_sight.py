"""What can be seen from the ground of flights in progress: worked out by mission from the run folder, shown by whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DronePhase(StrEnum):
    """What a drone is doing."""

    GETTING_READY = "getting_ready"
    """A program speaks with it on its pad: it is being checked, or waits for an answer or for its turn."""
    ON_PAD = "on_pad"
    """It is about to take off."""
    FLYING = "flying"
    HELD = "held"
    """It stands still in the air for longer than a flight does by itself."""
    COMING_HOME = "coming_home"
    """Its flight was given up for the way home."""
    LANDING = "landing"
    LANDED = "landed"
    """Its motors stand still again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DroneSight:
    """What one drone last said of itself. None: not known, or not meant there."""

    sortie: str
    drone: int
    """Which of the drones of the plan it is, from 1."""
    phase: DronePhase
    position_m: tuple[float, float, float] | None = None
    """Of the airframe, in the site frame."""
    heading_deg: float | None = None
    """Of the nose, clockwise from the site's +y."""
    lane: int | None = None
    """From 1."""
    n_lanes: int = 0
    faces: tuple[str, ...] = ()
    """Rack faces that it is photographing."""
    battery_percent: int | None = None
    battery_v: float | None = None
    left_s: float | None = None
    """Predicted, to touch-down."""
    silent_s: float = 0.0
    """Since its recording last grew, in seconds of this computer; 0 after its flight."""
    is_position_good: bool = True
    text: str = ""
    """The autopilot's last words."""
    ended: str = ""
    """How its last flight ended, in words; empty while it flies."""

    @property
    def is_under_way(self) -> bool:
        """Whether it has been armed, and the end of its flight is not written down yet."""
        return not self.ended and self.phase is not DronePhase.GETTING_READY


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightSight:
    """All flights of a run."""

    is_planned: bool = False
    """False: there is no plan, for instance in a run of imported photos."""
    planned: frozenset[str] = frozenset()
    """Locations that some lane must see."""
    n_photos: int = 0
    """Planned over all flights and cameras."""
    n_flights: int = 0
    n_flown: int = 0
    """Flights of which nothing is left."""
    left_s: float = 0.0
    """Predicted for the flights that have not begun, the longest of what each drone has before it."""
    drones: tuple[DroneSight, ...] = ()

    @property
    def is_under_way(self) -> bool:
        """Whether a flight has begun whose end is not written down yet."""
        return any(drone.is_under_way for drone in self.drones)

    @property
    def is_landed(self) -> bool:
        """Whether what is under way has landed already, and waits for its photos."""
        return self.is_under_way and all(drone.ended or drone.phase is DronePhase.LANDED for drone in self.drones)

    @property
    def is_getting_ready(self) -> bool:
        """Whether nothing flies, and a drone is being made ready."""
        return not self.is_under_way and any(drone.phase is DronePhase.GETTING_READY for drone in self.drones)

    @property
    def is_flown(self) -> bool:
        """Whether nothing of the plan is left to fly."""
        return self.is_planned and self.n_flown == self.n_flights
