"""Sortie -> MAVLink mission items, in the order in which ArduCopter's AUTO mode wants them.

ArduCopter starts the commands that stand between two waypoints when the leg to the second one begins, one after the other; a
CONDITION_YAW holds up those behind it, and those that have not been started when the leg ends are dropped. So speed comes before
yaw, and the turn is over before the drone comes to the start of a lane, where the camera trigger is due.
"""

from __future__ import annotations

from enum import IntEnum

from mission.planning.autopilot import limits_of
from mission.records import Direction, Lane, MissionItem, Purpose, Sortie, Waypoint
from warehouse.coordinates import heading_ned_from_site, latlon_1e7_from_ned, ned_from_site
from warehouse.site import Site


class Command(IntEnum):
    """The MAV_CMD values that a mission of ours is made of (MAVLink common.xml)."""

    NAV_WAYPOINT = 16
    NAV_LAND = 21
    NAV_TAKEOFF = 22
    NAV_DELAY = 93
    CONDITION_YAW = 115
    DO_CHANGE_SPEED = 178
    DO_SET_CAM_TRIGG_DIST = 206
    IMAGE_START_CAPTURE = 2000
    IMAGE_STOP_CAPTURE = 2001


class SpeedType(IntEnum):
    """What a DO_CHANGE_SPEED changes (MAVLink SPEED_TYPE)."""

    GROUND = 1
    CLIMB = 2
    DESCENT = 3


FRAME_RELATIVE_ALTITUDE = 3
"""MAV_FRAME_GLOBAL_RELATIVE_ALT: heights count from home, which is the floor under the drone at arming."""


def mission_items(site: Site, sortie: Sortie) -> tuple[MissionItem, ...]:
    """Return the items of the sortie; the first of them is item 1 of the mission, as item 0 is the autopilot's home."""
    limits = limits_of(site.drone)
    vertical = [_speed(limits.speed_up_mps, SpeedType.CLIMB), _speed(limits.speed_down_mps, SpeedType.DESCENT)]
    items: list[MissionItem] = []
    heading_deg: float | None = None
    speed_mps: float | None = None
    for here, there in zip(sortie.waypoints, (*sortie.waypoints[1:], None), strict=True):
        if here.purpose is not Purpose.TAKEOFF and here.heading_deg != heading_deg:
            heading_deg = here.heading_deg
            items.append(_yaw(site, heading_deg))
        change = []
        if there is not None and there.speed_mps != speed_mps and there.purpose is not Purpose.LAND:
            speed_mps = there.speed_mps
            change = [_speed(speed_mps, SpeedType.GROUND)]
        if here.purpose is Purpose.TAKEOFF:
            # A level speed that is changed when a leg has begun comes too late for a short one; speeds up and down that are set
            # before a take-off are forgotten at its end.
            items += [*change, _navigation(site, here), *vertical]
        else:
            items += _leg(site, sortie, here, change)
    return tuple(items)


def _leg(site: Site, sortie: Sortie, waypoint: Waypoint, change: list[MissionItem]) -> list[MissionItem]:
    """Return the items to a waypoint and its wait, with the `change` of speed for the leg after it; where it waits, before that."""
    if waypoint.purpose is not Purpose.LANE or waypoint.lane is None:
        return [_navigation(site, waypoint), *change, *_hold(waypoint)]
    lane = sortie.lanes[waypoint.lane]
    off = _trigger(lane, waypoint.lane, is_on=False)
    wait = _hold(waypoint)
    return [
        _trigger(lane, waypoint.lane, is_on=True),
        _navigation(site, waypoint, lane.must_see),
        *([*wait, off, *change] if lane.direction is Direction.COLUMN else [off, *change, *wait]),
    ]


def _navigation(site: Site, waypoint: Waypoint, locations: tuple[str, ...] = ()) -> MissionItem:
    command = {Purpose.TAKEOFF: Command.NAV_TAKEOFF, Purpose.LAND: Command.NAV_LAND}.get(waypoint.purpose, Command.NAV_WAYPOINT)
    anchor = site.layout.anchor
    latitude, longitude = latlon_1e7_from_ned(anchor, ned_from_site(anchor, waypoint.position_m))
    return MissionItem(
        command=command,
        frame=FRAME_RELATIVE_ALTITUDE,
        x=int(latitude),
        y=int(longitude),
        z=waypoint.position_m[2],
        purpose=waypoint.purpose.value,
        lane=waypoint.lane,
        locations=locations,
    )


def _hold(waypoint: Waypoint) -> list[MissionItem]:
    """Return the wait at a waypoint. As an item of its own, since ArduCopter takes whole seconds only as a waypoint's delay."""
    if not waypoint.hold_s:
        return []
    return [MissionItem(command=Command.NAV_DELAY, frame=FRAME_RELATIVE_ALTITUDE, p1=waypoint.hold_s, purpose="wait")]


def _speed(speed_mps: float, kind: SpeedType) -> MissionItem:
    throttle_as_it_is = -1.0
    return MissionItem(
        command=Command.DO_CHANGE_SPEED,
        frame=FRAME_RELATIVE_ALTITUDE,
        p1=float(kind),
        p2=speed_mps,
        p3=throttle_as_it_is,
        purpose="speed",
    )


def _yaw(site: Site, heading_deg: float) -> MissionItem:
    compass_deg = round(heading_ned_from_site(site.layout.anchor, heading_deg), 3) % 360.0
    return MissionItem(command=Command.CONDITION_YAW, frame=FRAME_RELATIVE_ALTITUDE, p1=compass_deg, purpose="turn")


def _trigger(lane: Lane, index: int, *, is_on: bool) -> MissionItem:
    """Level, photos are taken by the distance flown, up and down by time: the autopilot counts level distance only."""
    if lane.direction is Direction.COLUMN:
        return MissionItem(
            command=Command.IMAGE_START_CAPTURE if is_on else Command.IMAGE_STOP_CAPTURE,
            frame=FRAME_RELATIVE_ALTITUDE,
            p2=round(lane.photo_spacing_m / lane.speed_mps, 3) if is_on else 0.0,
            purpose="photos on" if is_on else "photos off",
            lane=index,
            locations=lane.must_see if is_on else (),
        )
    return MissionItem(
        command=Command.DO_SET_CAM_TRIGG_DIST,
        frame=FRAME_RELATIVE_ALTITUDE,
        p1=lane.photo_spacing_m if is_on else 0.0,
        p3=1.0 if is_on else 0.0,
        purpose="photos on" if is_on else "photos off",
        lane=index,
        locations=lane.must_see if is_on else (),
    )
