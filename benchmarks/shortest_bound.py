"""How short a way past given passes can be at best: a bound that no plan can go below, computed apart from the planner.

Given are the passes (which rack faces are read from where), the pads, the racks, and how many batteries are needed at least.

*The lanes.* Each pass is flown once, in one of two directions: at least its shorter length.

*The rest.* Take the two ends of each pass as nodes, joined by the pass, and all pads as one node. Whatever the plan: each end is
reached by, or left for, exactly one hop (to another end, or to a pad). All hops and passes together hold a spanning tree of the
nodes that contains all passes, and, of each of the m sorties, one pad hop more. So for any number u(e) given to each end,

    length of all hops >= MST(c') + (the m least pad hops by c') - sum of u(e),    c'(e, f) = c(e, f) + u(e) + u(f),

as each end has one hop (Held and Karp's bound for the travelling salesman, with the pad for its root). A plan may have more than m
sorties; further pad hops of negative c' are therefore counted too. u is improved by subgradient steps; every u gives a bound.

*Distances.* c is no more than what can be flown: the shortest way on the floor plan past the racks, each widened by the drone's
room with its corners rounded off by three chords (less than what the drone must stay away from), and the rise between the
two ends, as a hypotenuse. Boxes are left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mission.planning.autopilot import LAND_MPS, TAKEOFF_MPS
from mission.planning.lanes import Run
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


def least_length(site: Site, runs: Sequence[Run], *, n_rounds: int = 400) -> Bound:
    """Return the bound for plans that fly these runs."""
    both = [(run.lane(is_forward=True), run.lane(is_forward=False)) for run in runs]
    lanes_m = sum(min(_dist(lane.start_m, lane.end_m) for lane in pair) for pair in both)
    # An end of a pass lies a little elsewhere by the direction of flight: the nearer place counts.
    places = np.array([[(a.start_m, b.end_m), (a.end_m, b.start_m)] for a, b in both]).reshape(-1, 2, 3)
    pads = np.array([(*pad.position_m, 0.0) for pad in site.layout.home_pads])
    floor = _Floor(site)
    hop_m = np.min([floor.distances_m(places[:, i], places[:, j]) for i in (0, 1) for j in (0, 1)], axis=0)
    pad_m = np.min([floor.distances_m(places[:, i], pads) for i in (0, 1)], axis=(0, 2))
    n_sorties = _least_sorties(site, runs, hop_m)
    return Bound(lanes_m=lanes_m, hops_m=_hops_bound(hop_m, pad_m, n_sorties, n_rounds), n_sorties=n_sorties)


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


def _hops_bound(hop_m: Vector, pad_m: Vector, n_sorties: int, n_rounds: int) -> float:
    """Return the best of the bounds by the formula above; ends 2 i and 2 i + 1 belong to pass i."""
    n = len(pad_m)
    u = np.zeros(n)
    best, step = 0.0, float(np.median(pad_m)) / 20 + 0.1
    for round_ in range(n_rounds):
        cost = hop_m + u[:, None] + u[None, :]
        pad = pad_m + u
        tree, degree = _spanning_tree(cost, pad)
        order = np.argsort(pad, kind="stable")
        taken = [int(e) for i, e in enumerate(order) if i < n_sorties or pad[e] < 0]
        value = tree + float(pad[taken].sum()) - float(u.sum())
        degree[taken] += 1
        best = max(best, value)
        slope = degree - 1.0
        norm = float(slope @ slope)
        if norm == 0:
            break
        u += step * slope / max(1.0, np.sqrt(norm / n))
        step *= 0.97 if round_ % 3 == 2 else 1.0
    return best


def _spanning_tree(cost: Vector, pad: Vector) -> tuple[float, Vector]:
    """Return the weight of the least spanning tree that holds all passes (weightless), and the hops at each end, by Prim's way."""
    n = len(pad)
    reach, source = pad.copy(), np.full(n, -1)
    is_in = np.zeros(n, dtype=np.bool_)
    degree = np.zeros(n)
    total = 0.0
    for _ in range(n // 2):
        e = int(np.argmin(np.where(is_in, np.inf, reach)))
        total += float(reach[e])
        degree[e] += 1
        if source[e] >= 0:
            degree[source[e]] += 1
        for new in (e, e ^ 1):
            is_in[new] = True
            nearer = cost[new] < reach
            reach = np.where(nearer, cost[new], reach)
            source = np.where(nearer, new, source)
    return total, degree


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
