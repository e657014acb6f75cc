"""At which waypoints the drone must stop, and for how long; at all others it cuts the corner, which saves seconds each.

A corner may be cut where the air is free along the short cut too, and where nothing is photographed, or where the drone does not
tip its camera by it: between a level lane and a leg in the upright plane through it the drone only pitches, so that the picture
turns in itself a little; lanes are longer by what that costs (`mission.planning.lanes`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from mission.planning.autopilot import turn_s
from mission.planning.free_air import FreeAir, Point
from mission.planning.timing import corner_at, leg_s
from mission.records import Direction, Lane, Purpose, Waypoint
from warehouse.coordinates import shorter_turn_deg
from warehouse.site import Drone

STOP_S = 0.1
"""A wait, however short, makes ArduCopter stop at the corner itself (within 1 cm) instead of cutting it."""
OVERSHOOT_S = 0.05
"""Of the speed, straight on: flown on ArduCopter 4.7, 5 cm past the end of a leg at 1 m/s and 9 cm at 2 m/s."""
STILL_S = 1.0
"""After such a stop the drone hangs still."""
FIRST_TURN_DEG = 180.0
"""The drone may stand on its pad with any heading."""
SIDEWAYS = math.sin(math.radians(3.0))
"""Of a leg's length, what may lead out of the upright plane through the lane that it joins."""


def with_stops(
    drone: Drone, air: FreeAir, waypoints: Sequence[Waypoint], lanes: Sequence[Lane], *, first: int
) -> tuple[Waypoint, ...]:
    """Return the waypoints with their holds decided, from index `first` on; the last one has no corner and keeps its hold."""
    done = list(waypoints)
    cut_m = 0.0
    for i in range(max(1, first), len(done) - 1):
        before, at, after = done[i - 1 : i + 2]
        if after.purpose is Purpose.LAND:  # it stops there in any case
            done[i] = replace(at, hold_s=0.0)
            continue
        hold_s = _hold_s(done[: i + 1], after, lanes, drone)
        at = replace(at, hold_s=0.0)
        if hold_s == 0:
            corner = corner_at(before.position_m, at, after, drone)
            is_room = cut_m + corner.before_m <= math.dist(before.position_m, at.position_m) + 1e-6
            start = _towards(at.position_m, before.position_m, corner.before_m)
            end = _towards(at.position_m, after.position_m, corner.after_m)
            beyond = _beyond(before.position_m, at)
            is_room &= beyond[2] <= air.under_ceiling_m
            if is_room and air.are_free([start, at.position_m], [end, beyond]).all():
                done[i], cut_m = at, corner.after_m
                continue
        if at.purpose is Purpose.APPROACH:  # from a stop, a lane is flown at its own speed however fast the drone came
            at = replace(at, speed_mps=drone.cruise_mps)
            hold_s = _hold_s([*done[:i], at], after, lanes, drone)
        done[i], cut_m = replace(at, hold_s=max(STOP_S, hold_s)), 0.0
    return tuple(done)


def _hold_s(way: Sequence[Waypoint], after: Waypoint, lanes: Sequence[Lane], drone: Drone) -> float:
    """Return for how long the drone must wait at the last waypoint of `way`; 0 where it may fly through."""
    before, at = way[-2:]
    if at.lane is None:
        return 0.0
    lane = lanes[at.lane]
    if at.purpose is Purpose.LANE:
        if lane.end_hold_s or not _is_in_plane(lane, at.position_m, after.position_m):
            return max(STOP_S, lane.end_hold_s)
        return 0.0
    left_s = math.ceil(10 * _turn_left_s(way, drone)) / 10
    if lane.direction is Direction.COLUMN:
        return max(STILL_S, left_s)
    if left_s > 0 or not _is_in_plane(lane, before.position_m, at.position_m):
        return max(STOP_S, left_s)
    return 0.0


def _turn_left_s(way: Sequence[Waypoint], drone: Drone) -> float:
    """Return how long the nose still turns at the last waypoint; it began to on the first leg with that heading."""
    goal_deg = way[-1].heading_deg
    start = len(way) - 1
    while start > 0 and way[start].heading_deg == goal_deg and way[start - 1].purpose is not Purpose.TAKEOFF:
        start -= 1
    if way[start].heading_deg == goal_deg:
        start, turn_deg = 0, FIRST_TURN_DEG
    else:
        turn_deg = abs(shorter_turn_deg(way[start].heading_deg, goal_deg))
    return turn_s(turn_deg) - sum(leg_s(here, there, drone) + there.hold_s for here, there in pairwise(way[start:]))


def _is_in_plane(lane: Lane, start: Point, end: Point) -> bool:
    """Whether a leg leads out of the upright plane through a level lane by nothing."""
    if lane.direction is Direction.COLUMN:
        return False
    x, y = lane.end_m[0] - lane.start_m[0], lane.end_m[1] - lane.start_m[1]
    sideways = abs((end[0] - start[0]) * y - (end[1] - start[1]) * x) / math.hypot(x, y)
    return sideways <= SIDEWAYS * math.dist(start, end)


def _beyond(before_m: Point, at: Waypoint) -> Point:
    """Return how far the drone may shoot over a corner that it cuts."""
    length_m = max(math.dist(before_m, at.position_m), 1e-9)
    over = OVERSHOOT_S * max(1.0, at.speed_mps) / length_m
    x, y, z = (b + over * (b - a) for a, b in zip(before_m, at.position_m, strict=True))
    return (x, y, z)


def _towards(start: Point, end: Point, distance_m: float) -> Point:
    share = min(1.0, distance_m / max(math.dist(start, end), 1e-9))
    return (
        start[0] + share * (end[0] - start[0]),
        start[1] + share * (end[1] - start[1]),
        start[2] + share * (end[2] - start[2]),
    )
