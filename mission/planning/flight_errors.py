"""How far a drone strays from its plan."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mission.records import ScanPlan
from warehouse.site import Drone, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightErrors:
    """Bounds that hold for about 99 of 100 photos.

    From flights of ArduCopter without GPS at 1 m/s, with 5 to 10 cm noise of the position sensor and 4 m/s gusts: cross-track 6 cm,
    height 4.4 cm, tilt across the flight 2.2 degrees, along it 2.9 degrees, heading 0.6 degrees.
    """

    height_m: float = 0.05
    outward_m: float = 0.06
    """Towards the face or away from it."""
    along_m: float = 0.06
    """Of a point along the face."""
    spacing_m: float = 0.03
    """Of the distance between two photos of a lane that are triggered by it, beyond the delay of the trigger."""
    roll_deg: float = 2.0
    """Tips the camera up or down."""
    pitch_deg: float = 3.0
    """Turns the picture in its own plane."""
    yaw_deg: float = 0.5
    """Between two photos of a lane."""
    speed_mps: float = 0.07
    """Of the speed at which a label crosses the picture: gusts, the controller, and the drone's turning by 3 degrees a second."""
    pitch_dps: float = 3.0
    """How fast the pitch changes between photos of the same label: 0.6 degrees in 0.3 s with wind of 3 m/s."""
    yaw_dps: float = 1.0
    """How fast the heading does: 0.01 degrees in 0.3 s."""
    pace_mps: float = 0.03
    """Of the drone's own speed along a lane, with the same wind."""
    corner_m: float = 0.10
    """The end of a lane counts as reached this far before it (WPNAV_RADIUS)."""
    cut_m: float = 0.25
    """From the ends of a level lane, where the drone comes from another height or leaves for one without a stop. By the S-curves it
    is within 2 cm of the lane's height 0.17 m from the end; flown, after a descent at 0.7 m/s, labels there lacked looks."""
    tilt_deg: float = 8.7
    """While the drone gains or loses speed along a lane (WPNAV_ACCEL): turns the picture in its own plane."""
    trigger_delay_s: float = 0.02
    """The autopilot looks at the distance flown 50 times a second."""


INDOOR_ERRORS = FlightErrors()


def errors_of(position_error_m: float | None) -> FlightErrors:
    """Return the errors of a drone that knows its place to `position_error_m` only (99 of 100 photos); None: as measured."""
    if position_error_m is None:
        return INDOOR_ERRORS
    e = INDOOR_ERRORS
    return replace(
        e,
        height_m=max(e.height_m, position_error_m),
        outward_m=max(e.outward_m, position_error_m),
        along_m=max(e.along_m, position_error_m),
    )


def room_m(drone: Drone) -> float:
    """Return how far from a rack face the middle of the drone stays on a lane: half of its clearance is for its position error."""
    return drone.radius_m + drone.clearance_m + max(0.0, (drone.position_error_m or 0.0) - drone.clearance_m / 2)


def as_planned(site: Site, plan: ScanPlan) -> Site:
    """Return the site of a plan, whose drone knows its place no better than the plan counts on.

    What is planned for the run of that plan later on must not come nearer to the racks than the plan itself.
    """
    errors = [error for error in (site.drone.position_error_m, plan.position_error_m) if error is not None]
    return replace(site, drone=replace(site.drone, position_error_m=max(errors, default=None)))
