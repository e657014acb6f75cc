"""Whether a finished plan keeps its distance: from racks, boxes and ceiling, corners included, and between drones.

It looks at the waypoints alone and knows nothing of how they were found. The flown way is the straight legs and, at a waypoint
without a hold, what ArduCopter makes of the corner: a curve that passes it within WPNAV_RADIUS and begins no sooner than the drone
would have to brake for it, and a little overshoot before that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from mission.planning.timeline import Track, track_of
from mission.records import Purpose, ScanPlan, Sortie, Waypoint
from warehouse.layout import Aisle, KeepOut, RackFace
from warehouse.site import Site

Vector = NDArray[np.float64]

CUT_M = 0.10
"""WPNAV_RADIUS: how near a waypoint without a hold is passed at least."""
OVERSHOOT_S = 0.05
"""Of the speed: flown on ArduCopter 4.7, 5 cm past the end of a leg at 1 m/s and 9 cm at 2 m/s."""
_ACCEL_MPS2, _JERK_MPS3 = 1.0, 3.0
"""The lesser of WPNAV_ACCEL and WPNAV_ACCEL_Z, and WPNAV_JERK."""
_STEEP_MPS = 0.7
"""Up and down the drone may be faster than its level speed says."""
SLACK_M = 0.01
"""A waypoint with a hold is met within a centimetre."""
SLACK_S = 5.0
"""Two drones must not meet even if each is so much earlier or later than planned."""
_STEP_S = 0.5
_ROUNDS = 48
_BEND = 8
"""Straight pieces that a corner is taken for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One place at which a plan comes too near to something."""

    sortie: str
    what: str
    """The rack, the box, the ceiling, an aisle that is taken, or another sortie."""
    at_m: tuple[float, float, float]
    distance_m: float
    needed_m: float


@dataclass(frozen=True, slots=True)
class _Box:
    name: str
    origin_m: Vector
    axes: Vector
    """(3, 3), a unit vector a row."""
    low_m: Vector
    high_m: Vector


def violations(site: Site, plan: ScanPlan) -> list[Violation]:
    """Return every place at which the plan comes too near to a rack, a box, the ceiling or another drone; none for a sound plan."""
    boxes = [_rack_box(site, face) for face in site.layout.faces.values()]
    boxes += [_keep_out_box(k) for k in site.layout.keep_outs]
    boxes += [_ceiling_box(aisle, aisle.ceiling_m) for aisle in site.layout.aisles if aisle.ceiling_m is not None]
    found = [v for sortie in plan.sorties for v in _of_sortie(site, sortie, boxes)]
    return [*found, *_between_drones(site, plan)]


def _rack_box(site: Site, face: RackFace) -> _Box:
    """A rack counts as reaching to the ceiling, wherever that is."""
    depth = sum(site.layout.depths_m(face.name))
    axes = np.array([face.along, face.outward, (0.0, 0.0, 1.0)])
    high = np.array([face.length_m, 0.0, np.inf])
    return _Box(f"rack {face.name}", np.asarray(face.origin_m), axes, np.array([0.0, -depth, -np.inf]), high)


def _keep_out_box(box: KeepOut) -> _Box:
    """A box is turned clockwise about the upright through its least corner."""
    return _Box(
        f"keep-out {box.name}", np.asarray(box.min_m), _axes(box.heading_deg), np.zeros(3), np.subtract(box.max_m, box.min_m)
    )


def _ceiling_box(aisle: Aisle, ceiling_m: float) -> _Box:
    """Whatever hangs over an aisle fills all above it, from face to face."""
    low, high = np.array([-aisle.width_m / 2, 0.0, ceiling_m]), np.array([aisle.width_m / 2, aisle.length_m, np.inf])
    return _Box(f"ceiling of {aisle.name}", np.array([*aisle.start_m, 0.0]), _axes(aisle.heading_deg), low, high)


def _axes(heading_deg: float) -> Vector:
    """Return (3, 3): to the right, ahead and up."""
    turn = np.radians(heading_deg)
    return np.array([(np.cos(turn), -np.sin(turn), 0.0), (np.sin(turn), np.cos(turn), 0.0), (0.0, 0.0, 1.0)])


def _of_sortie(site: Site, sortie: Sortie, boxes: Sequence[_Box]) -> Iterator[Violation]:
    drone, ceiling_m = site.drone, site.layout.ceiling_m
    needed = drone.radius_m + drone.clearance_m - SLACK_M
    pieces = flown_pieces(sortie.waypoints)
    starts, ends = np.array([a for a, _ in pieces]), np.array([b for _, b in pieces])
    near = [(i, k) for k, box in enumerate(boxes) for i in np.flatnonzero(_is_near(starts, ends, box, needed))]
    which, box_of = np.array([i for i, _ in near], dtype=np.intp), np.array([k for _, k in near], dtype=np.intp)
    distance, share = _nearest(starts[which], ends[which], [boxes[k] for k in box_of])
    where = starts[which] + share[:, None] * (ends - starts)[which]
    for j in np.flatnonzero(distance < needed):
        yield Violation(
            sortie=sortie.name,
            what=boxes[box_of[j]].name,
            at_m=_triple(where[j]),
            distance_m=round(float(distance[j]), 3),
            needed_m=needed,
        )
    for point in ends[ends[:, 2] > ceiling_m - needed] if ceiling_m is not None else ():
        yield Violation(
            sortie=sortie.name,
            what="the ceiling",
            at_m=_triple(point),
            distance_m=round(float((ceiling_m or 0.0) - point[2]), 3),
            needed_m=needed,
        )
    highest = drone.max_height_m + CUT_M
    for point in ends[ends[:, 2] > highest]:
        yield Violation(
            sortie=sortie.name,
            what="the greatest height that the drone may fly at",
            at_m=_triple(point),
            distance_m=round(float(drone.max_height_m - point[2]), 3),
            needed_m=0.0,
        )


def flown_pieces(waypoints: Sequence[Waypoint]) -> list[tuple[Vector, Vector]]:
    """Return straight pieces (from, to), each (3), that the flown way is made of; corners that are cut are bent round in many."""
    x, y, _ = waypoints[0].position_m
    points = [np.array((x, y, 0.0)), *(np.asarray(w.position_m) for w in waypoints)]
    pieces = list(pairwise(points))
    for i in range(1, len(waypoints) - 1):
        at, after = waypoints[i], waypoints[i + 1]
        if at.hold_s > 0 or after.purpose is Purpose.LAND:
            continue
        before, corner, there = points[i], points[i + 1], points[i + 2]
        inwards, outwards = np.linalg.norm(corner - before), np.linalg.norm(there - corner)
        if inwards < 1e-9 or outwards < 1e-9:
            continue
        a, b = (corner - before) / inwards, (there - corner) / outwards
        bend = float(np.linalg.norm(b - a))
        if bend < 1e-6:
            continue
        pieces.append((corner, corner + a * OVERSHOOT_S * max(1.0, at.speed_mps)))
        reach = min(4 * CUT_M / bend, float(inwards), float(outwards), _braking_m(max(at.speed_mps, after.speed_mps)))
        t = np.linspace(0, 1, _BEND + 1)[:, None]
        curve = (1 - t) ** 2 * (corner - reach * a) + 2 * t * (1 - t) * corner + t**2 * (corner + reach * b)
        pieces += list(pairwise(curve))
    return pieces


def _braking_m(speed_mps: float) -> float:
    """Return more than the way on which a drone comes to rest: both legs of a corner are flown at once only while it would brake.

    Twice over the time that acceleration `a` and jerk `j` take to build up: v / 2 * (v / a + 2 a / j), and a quarter on top.
    """
    v = max(speed_mps, _STEEP_MPS)
    return 1.25 * v / 2 * (v / _ACCEL_MPS2 + 2 * _ACCEL_MPS2 / _JERK_MPS3)


def _is_near(starts: Vector, ends: Vector, box: _Box, needed_m: float) -> NDArray[np.bool_]:
    p, q = (starts - box.origin_m) @ box.axes.T, (ends - box.origin_m) @ box.axes.T
    return np.asarray(np.all((np.minimum(p, q) < box.high_m + needed_m) & (np.maximum(p, q) > box.low_m - needed_m), axis=-1))


def _nearest(starts: Vector, ends: Vector, boxes: Sequence[_Box]) -> tuple[Vector, Vector]:
    """Return for lines (n, 3) their least distance (n) from one box each, and at what share of the line that is.

    The distance from a convex body is convex along a line: thirds are thrown away until the least is left.
    """
    origins, axes = np.array([b.origin_m for b in boxes]).reshape(-1, 3), np.array([b.axes for b in boxes]).reshape(-1, 3, 3)
    box_low, box_high = (np.array([getattr(b, name) for b in boxes]).reshape(-1, 3) for name in ("low_m", "high_m"))
    p, q = (np.einsum("nij,nj->ni", axes, points - origins) for points in (starts, ends))
    low, high = np.zeros(len(p)), np.ones(len(p))

    def distance(share: Vector) -> Vector:
        point = p + share[:, None] * (q - p)
        outside = np.maximum(0.0, np.maximum(box_low - point, point - box_high))
        return np.asarray(np.sqrt(np.sum(outside * outside, axis=-1)))

    for _ in range(_ROUNDS):
        third = (high - low) / 3
        is_left = distance(low + third) <= distance(high - third)
        low, high = np.where(is_left, low, low + third), np.where(is_left, high - third, high)
    share = (low + high) / 2
    return distance(share), share


def _between_drones(site: Site, plan: ScanPlan) -> Iterator[Violation]:
    needed = 2 * site.drone.radius_m + site.drone.clearance_m
    if len({sortie.drone for sortie in plan.sorties}) < 2:
        return
    tracks = {sortie.name: track_of(site, sortie, _STEP_S) for sortie in plan.sorties}
    for one, other in combinations(plan.sorties, 2):
        if one.drone == other.drone:
            if min(one.start_s + one.time_s, other.start_s + other.time_s) > max(one.start_s, other.start_s) + 1e-6:
                yield _met(one, f"sortie {other.name} of the same drone", tracks[one.name].points_m[0], 0.0, needed)
            continue
        yield from _meeting(one, other, tracks[one.name], tracks[other.name], needed)


def _meeting(one: Sortie, other: Sortie, a: Track, b: Track, needed: float) -> Iterator[Violation]:
    times_a, times_b = a.times_s + one.start_s, b.times_s + other.start_s
    in_a = (times_a >= times_b[0] - SLACK_S) & (times_a <= times_b[-1] + SLACK_S)
    in_b = (times_b >= times_a[0] - SLACK_S) & (times_b <= times_a[-1] + SLACK_S)
    if not (in_a.any() and in_b.any()):
        return
    together = np.abs(times_a[in_a][:, None] - times_b[in_b][None, :]) <= SLACK_S
    apart = np.linalg.norm(a.points_m[in_a][:, None, :] - b.points_m[in_b][None, :, :], axis=-1)
    apart = np.where(together, apart, np.inf)
    i, j = np.unravel_index(int(np.argmin(apart)), apart.shape)
    if apart[i, j] < needed:
        yield _met(one, f"sortie {other.name} of drone {other.drone}", a.points_m[in_a][i], float(apart[i, j]), needed)
    same = (a.aisles[in_a][:, None] == b.aisles[in_b][None, :]) & (a.aisles[in_a] >= 0)[:, None] & together
    if same.any():
        i, j = np.unravel_index(int(np.argmax(same)), same.shape)
        words = f"an aisle in which sortie {other.name} of drone {other.drone} is"
        yield _met(one, words, a.points_m[in_a][i], float(np.linalg.norm(a.points_m[in_a][i] - b.points_m[in_b][j])), math.inf)


def _met(one: Sortie, what: str, at_m: Vector, distance_m: float, needed_m: float) -> Violation:
    return Violation(sortie=one.name, what=what, at_m=_triple(at_m), distance_m=round(distance_m, 3), needed_m=needed_m)


def _triple(v: Vector) -> tuple[float, float, float]:
    return (round(float(v[0]), 3), round(float(v[1]), 3), round(float(v[2]), 3))
