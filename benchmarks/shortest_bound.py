"""How short a way past given passes can be at best: a bound that no plan can go below, computed apart from the planner.

Given are the passes (which rack faces are read from where), the pads, the racks, and how many batteries are needed at least.

*The lanes.* Each pass is flown once, in one of two directions: at least its shorter length.

*The rest.* Hops between the ends of passes, and to a pad twice a sortie, are no shorter altogether than benchmarks/tour_bound.py
says and proves, whatever the order, the directions and the pads, and however many batteries are flown beyond those needed.

*Distances.* c is no more than what can be flown: the shortest way on the floor plan past the racks, each widened by the drone's
room with its corners rounded off by three chords (less than what the drone must stay away from), and the rise between the
two ends, as a hypotenuse. Boxes are left out. Onto its pad the drone comes straight down, from no less than the site's
`min_height_m`, and it takes off straight up, to a metre at least: the hop to a pad is that piece and the way from its upper end,
which is the shorter, the less high the piece. Each sortie lands once and takes off once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.tour_bound import N_ROUNDS, least_hops_m
from mission.planning.autopilot import LAND_MPS, TAKEOFF_MPS
from mission.planning.lanes import Run
from mission.planning.route import LEAST_TAKEOFF_M
from mission.planning.timing import SPOOL_UP_S, TOUCH_DOWN_S
from mission.records import Direction
from warehouse.site import Site

Vector = NDArray[np.float64]
_EPS = 1e-7
_CUT_M = 0.5
"""More than cutting corners at both ends takes off a leg."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """In metres."""

    lanes_m: float
    hops_m: float
    n_sorties: int

    @property
    def total_m(self) -> float:
        """Length of the whole."""
        return self.lanes_m + self.hops_m


def least_length(site: Site, runs: Sequence[Run], *, n_rounds: int = N_ROUNDS, n_borders: int = 3) -> Bound:
    """Return the bound for plans that fly these runs; fewer rounds and borders are sooner done and give a lower one."""
    both = [(run.lane(is_forward=True), run.lane(is_forward=False)) for run in runs]
    lanes_m = sum(min(_dist(lane.start_m, lane.end_m) for lane in pair) for pair in both)
    # An end of a pass lies a little elsewhere by the direction of flight: the nearer place counts.
    places = np.array([[(a.start_m, b.end_m), (a.end_m, b.start_m)] for a, b in both]).reshape(-1, 2, 3)
    pads = np.array([pad.position_m for pad in site.layout.home_pads])
    floor = _Floor(site)
    hop_m = np.min([floor.distances_m(places[:, i], places[:, j]) for i in (0, 1) for j in (0, 1)], axis=0)
    lowest_m = site.drone.min_height_m
    land_m = np.stack([_to_pads_m(floor, places[:, i], pads, lowest_m) for i in (0, 1)])
    take_off_m = np.stack([_to_pads_m(floor, places[:, i], pads, max(lowest_m, LEAST_TAKEOFF_M)) for i in (0, 1)])
    n_sorties = _least_sorties(site, runs, hop_m)
    aisles = [run.aisle for run in runs]
    hops_m = least_hops_m(hop_m, land_m.min(axis=(0, 2)), n_sorties, groups=aisles, n_rounds=n_rounds, n_borders=n_borders)
    return Bound(lanes_m=lanes_m, hops_m=hops_m + n_sorties * float((take_off_m - land_m).min()), n_sorties=n_sorties)


def _to_pads_m(floor: _Floor, points_m: Vector, pads_m: Vector, upright_m: float) -> Vector:
    """Return (n, pads): at least what lies between points (n, 3) and standing on pads (pads, 2), where the drone rises straight."""
    above = np.column_stack([pads_m, np.full(len(pads_m), upright_m)])
    return upright_m + floor.distances_m(points_m, above)


def _least_sorties(site: Site, runs: Sequence[Run], hop_m: Vector) -> int:
    """Return how many batteries the lanes need at least, with the least hop after each but the last of a sortie.

    As if the drone flew at full speed at once, and cut every corner.
    """
    drone = site.drone
    battery_s = drone.battery_wh * (1 - drone.reserve) / drone.hover_w * 3600
    height = drone.min_height_m
    overhead_s = SPOOL_UP_S + height / TAKEOFF_MPS + height / LAND_MPS + TOUCH_DOWN_S
    lanes_s = 0.0
    for run in runs:
        times = []
        for is_forward in (True, False):
            lane = run.lane(is_forward=is_forward)
            length = _dist(lane.start_m, lane.end_m)
            speed = lane.speed_mps if run.direction is Direction.LEVEL else drone.climb_mps
            times.append(max(0.0, length - _CUT_M) / speed)
        lanes_s += min(times)
    fastest = max(drone.cruise_mps, drone.climb_mps)
    apart = hop_m + np.where(np.kron(np.eye(len(runs)), np.ones((2, 2))) > 0, np.inf, 0.0)
    nearest = apart.min(axis=1).reshape(-1, 2).min(axis=1)
    hops_s = sorted(max(0.0, float(d) - _CUT_M) / fastest for d in nearest if d < np.inf)
    for m in range(1, len(runs) + 1):
        if lanes_s + sum(hops_s[: max(0, len(runs) - m)]) + m * overhead_s <= m * battery_s + 1e-6:
            return m
    return len(runs)


class _Floor:
    """Shortest ways on the floor plan past racks with their corners cut, over the vertices of their outlines."""

    def __init__(self, site: Site) -> None:
        room = site.drone.radius_m + site.drone.clearance_m - 1e-5
        self._outlines = []
        for name, face in site.layout.faces.items():
            depth = sum(site.layout.depths_m(name))
            corners = [(0.0, 0.0, 90), (face.length_m, 0.0, 0), (face.length_m, -depth, -90), (0.0, -depth, -180)]
            ring = [
                (along + room * math.cos(math.radians(turn + step)), outward + room * math.sin(math.radians(turn + step)))
                for along, outward, turn in corners
                for step in (90, 60, 30, 0)
            ]
            self._outlines.append(np.array([face.point_m(along, 0.0, outward)[:2] for along, outward in ring]))
        self._vertices = np.concatenate(self._outlines) if self._outlines else np.zeros((0, 2))
        between = self._sight_m(self._vertices, self._vertices)
        for k in range(len(between)):
            between = np.minimum(between, between[:, k, None] + between[None, k, :])
        self._between = between

    def distances_m(self, a: Vector, b: Vector) -> Vector:
        """Return (n, m) lower bounds of the flown distance from points (n, 3) to points (m, 3)."""
        direct = self._sight_m(a[:, :2], b[:, :2])
        to_a, to_b = self._sight_m(a[:, :2], self._vertices), self._sight_m(b[:, :2], self._vertices)
        over = np.array([np.min(row[:, None] + self._between, axis=0) for row in to_a]).reshape(len(a), -1)
        around = np.array([np.min(row[None, :] + to_b, axis=1) for row in over]).reshape(len(a), len(b))
        return np.asarray(np.hypot(np.minimum(direct, around), a[:, None, 2] - b[None, :, 2]))

    def _sight_m(self, a: Vector, b: Vector) -> Vector:
        """Return (n, m): the distances of points that see one another, else infinite."""
        d = b[None, :, :] - a[:, None, :]
        is_seen = np.ones(d.shape[:2], dtype=np.bool_)
        for outline in self._outlines:
            edge = np.roll(outline, -1, axis=0) - outline
            normal = np.stack([edge[:, 1], -edge[:, 0]], axis=-1) / np.linalg.norm(edge, axis=-1, keepdims=True)
            if np.sum((outline.mean(axis=0) - outline[0]) * normal[0]) > 0:
                normal = -normal
            first, last = np.zeros(d.shape[:2]), np.ones(d.shape[:2])
            misses = np.zeros(d.shape[:2], dtype=np.bool_)
            for corner, out in zip(outline, normal, strict=True):
                inside = (corner - a) @ out  # how deep inside this edge the line begins
                slope = d @ out
                depth = np.broadcast_to(inside[:, None], slope.shape) - 10 * _EPS
                with np.errstate(divide="ignore", invalid="ignore"):
                    t = depth / slope
                first = np.where(slope < -_EPS, np.maximum(first, t), first)
                last = np.where(slope > _EPS, np.minimum(last, t), last)
                misses |= (np.abs(slope) <= _EPS) & (depth <= 0)
            is_seen &= misses | (last - first <= _EPS)
        return np.where(is_seen, np.hypot(d[..., 0], d[..., 1]), np.inf)


def _dist(a: Sequence[float], b: Sequence[float]) -> float:
    return float(np.linalg.norm(np.subtract(b, a)))
