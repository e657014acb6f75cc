"""Where the drone may be: far enough from every rack and keep-out box, along the whole flown line and not only at its ends.

The drone is a ball of radius + clearance about its reference point. Racks count as reaching to the ceiling: no way leads over them.
"""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warehouse.layout import Aisle, KeepOut, RackFace
from warehouse.site import Site

Vector = NDArray[np.float64]
Point = tuple[float, float, float]

TRANSIT_HEIGHT_M = 1.5
"""Height of the way between pad and aisle: out of the ground effect, below most lanes."""

_CEILING_M = 1000.0
_ROUNDING_M = 1e-6
_DETOUR_M = 0.05
"""How much wider than necessary a detour goes round an obstacle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """An upright box, turned about the vertical."""

    name: str
    origin_m: Point
    axes: tuple[Point, Point, Point]
    """Unit vectors of the box, in the site frame."""
    low_m: Point
    """In the axes of the box, from its origin."""
    high_m: Point

    @property
    def is_low(self) -> bool:
        """Whether there may be air above it to fly in."""
        return self.high_m[2] < _CEILING_M


def _rack(face: RackFace, depth_m: float) -> Obstacle:
    inward = (-face.outward[0], -face.outward[1], 0.0)
    return Obstacle(
        name=f"rack {face.name}",
        origin_m=face.origin_m,
        axes=(face.along, inward, (0.0, 0.0, 1.0)),
        low_m=(0.0, 0.0, 0.0),
        high_m=(face.length_m, depth_m, _CEILING_M),
    )


def _box(box: KeepOut) -> Obstacle:
    (x, y, low), (width, length, height) = box.min_m, np.subtract(box.max_m, box.min_m)
    (ax, ay), (bx, by) = box.axes
    return Obstacle(
        name=f"keep-out {box.name}",
        origin_m=(x, y, low),
        axes=((ax, ay, 0.0), (bx, by, 0.0), (0.0, 0.0, 1.0)),
        low_m=(0.0, 0.0, 0.0),
        high_m=(float(width), float(length), float(height)),
    )


def _ceiling(aisle: Aisle, ceiling_m: float) -> Obstacle:
    """Return what hangs over an aisle, from rack to rack; it has a top, so that it does not count as a wall on the floor plan."""
    left = aisle.face("left")
    return Obstacle(
        name=f"ceiling of {aisle.name}",
        origin_m=left.origin_m,
        axes=(left.along, left.outward, (0.0, 0.0, 1.0)),
        low_m=(0.0, 0.0, ceiling_m),
        high_m=(aisle.length_m, aisle.width_m, max(ceiling_m, _CEILING_M - 1.0)),
    )


class FreeAir:
    """The obstacles of one site, and the shortest ways between them."""

    def __init__(self, site: Site) -> None:
        """Collect the racks and the keep-out boxes."""
        layout, drone = site.layout, site.drone
        self.ball_m = drone.radius_m + drone.clearance_m
        ceiling_m = math.inf if layout.ceiling_m is None else layout.ceiling_m
        self.min_height_m, self.max_height_m = drone.min_height_m, min(drone.max_height_m, ceiling_m - self.ball_m)
        self.transit_height_m = min(max(TRANSIT_HEIGHT_M, drone.min_height_m), self.max_height_m)
        self.obstacles = [
            *(_rack(face, sum(layout.depths_m(name))) for name, face in layout.faces.items()),
            *(_box(box) for box in layout.keep_outs),
            *(_ceiling(aisle, aisle.ceiling_m) for aisle in layout.aisles if aisle.ceiling_m is not None),
        ]
        self._origins = np.array([o.origin_m for o in self.obstacles]).reshape(-1, 3)
        self._axes = np.array([o.axes for o in self.obstacles]).reshape(-1, 3, 3)
        self._low = np.array([o.low_m for o in self.obstacles]).reshape(-1, 3)
        self._high = np.array([o.high_m for o in self.obstacles]).reshape(-1, 3)
        self._site = site
        self._neighbours: dict[Point, list[Point]] = {}
        self._ways: dict[tuple[Point, Point], tuple[Point, ...] | None] = {}

    def distances_m(self, starts: ArrayLike, ends: ArrayLike) -> Vector:
        """Return the distance (n, obstacles) between straight lines from `starts` to `ends`, each (n, 3), and the obstacles."""
        p = np.atleast_2d(np.asarray(starts, dtype=np.float64))
        d = np.atleast_2d(np.asarray(ends, dtype=np.float64)) - p
        p = np.einsum("noj,oij->noi", p[:, None, :] - self._origins, self._axes)
        d = np.einsum("nj,oij->noi", d, self._axes)
        # The squared distance is convex along the line and quadratic between the places where a coordinate enters or leaves its
        # range; so its slope is piecewise linear and rising, and the minimum lies where the slope crosses zero, or at an end.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            breaks = np.concatenate([(self._low - p) / d, (self._high - p) / d, np.zeros_like(p[..., :1])], axis=-1)
            t = np.sort(np.where(breaks > 0, np.minimum(breaks, 1.0), 0.0), axis=-1)
            t = np.concatenate([t, np.ones_like(t[..., :1])], axis=-1)
            slope = np.sum(self._excess(p, d, t) * d[..., None, :], axis=-1)
            rise = slope[..., 1:] - slope[..., :-1]
            share = np.where(rise > 0, np.clip(-slope[..., :-1] / rise, 0.0, 1.0), 1.0)
        nearest = self._excess(p, d, t[..., :-1] + share * np.diff(t, axis=-1))
        return np.asarray(np.sqrt(np.min(np.sum(nearest * nearest, axis=-1), axis=-1)), dtype=np.float64)

    def _excess(self, p: Vector, d: Vector, t: Vector) -> Vector:
        """Return by how much points of the lines lie outside the ranges of the boxes: (n, obstacles, points, 3)."""
        q = p[..., None, :] + t[..., None] * d[..., None, :]
        low, high = self._low[:, None, :], self._high[:, None, :]
        return np.asarray(q - np.clip(q, low, high), dtype=np.float64)

    def in_the_way(self, start: Point, end: Point) -> list[str]:
        """Return the names of what a flight along the straight line would come too near to."""
        near = self.distances_m([start], [end])[0] < self.ball_m - _ROUNDING_M
        return [obstacle.name for obstacle, is_near in zip(self.obstacles, near, strict=True) if is_near]

    def is_free(self, start: Point, end: Point) -> bool:
        """Whether the drone may fly the straight line."""
        return bool(self._are_free([start], [end])[0])

    def _are_free(self, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.bool_]:
        if not self.obstacles:
            return np.ones(len(np.atleast_2d(np.asarray(ends))), dtype=np.bool_)
        return np.asarray(np.all(self.distances_m(starts, ends) >= self.ball_m - _ROUNDING_M, axis=-1))

    def way(self, start: Point, end: Point) -> tuple[Point, ...] | None:
        """Return the points after `start`, up to `end`, of a short free way; None when there is none.

        Legs are steep or level; the level ones run at the higher of both heights, out of the way of what stands on the floor.
        """
        key = (start, end)
        if key not in self._ways:
            self._ways[key] = self._find_way(start, end)
        return self._ways[key]

    def _find_way(self, start: Point, end: Point) -> tuple[Point, ...] | None:
        if _is_steep_or_level(start, end) and self.is_free(start, end):
            return (end,)
        corners = [(start[0], start[1], end[2]), (end[0], end[1], start[2])]
        for corner in sorted(corners, key=lambda point: -point[2]):
            if self.is_free(start, corner) and self.is_free(corner, end):
                return corner, end
        return self._search(start, end)

    def _search(self, start: Point, end: Point) -> tuple[Point, ...] | None:
        """Find the shortest way over the corners of the obstacles, by A*."""
        ends = (start, end)
        best = {start: 0.0}
        came_from: dict[Point, Point] = {}
        done: set[Point] = set()
        ties = itertools.count()
        queue = [(0.0, next(ties), start)]
        while queue:
            _, _, here = heapq.heappop(queue)
            if here == end:
                return _unwind(came_from, start, end)
            if here in done:
                continue
            done.add(here)
            beside_ends = [*((p[0], p[1], here[2]) for p in ends), *((here[0], here[1], p[2]) for p in ends)]
            for other in (*self._free_neighbours(here), *self._free_of(here, beside_ends)):
                cost = best[here] + math.dist(here, other)
                if cost < best.get(other, math.inf) - _ROUNDING_M:
                    best[other], came_from[other] = cost, here
                    heapq.heappush(queue, (cost + math.dist(other, end), next(ties), other))
        return None

    def _free_neighbours(self, here: Point) -> list[Point]:
        """Return the turning points that can be reached from `here` straight, level or upright."""
        if here not in self._neighbours:
            others = [*((x, y, here[2]) for x, y in self._corners), *((here[0], here[1], h) for h in self._heights)]
            self._neighbours[here] = self._free_of(here, others)
        return self._neighbours[here]

    def _free_of(self, here: Point, others: list[Point]) -> list[Point]:
        free = self._are_free([here] * len(others), others)
        return [other for other, is_free in zip(others, free, strict=True) if is_free and other != here]

    @cached_property
    def _corners(self) -> list[tuple[float, float]]:
        """Places on the floor plan where a way round something may turn: about each obstacle, and before each end of an aisle."""
        room = self.ball_m + _DETOUR_M
        corners: list[tuple[float, float]] = []
        for o in self.obstacles:
            origin, axes = np.asarray(o.origin_m), np.asarray(o.axes)
            for x, y in itertools.product((o.low_m[0] - room, o.high_m[0] + room), (o.low_m[1] - room, o.high_m[1] + room)):
                corner = origin + x * axes[0] + y * axes[1]
                corners.append((float(corner[0]), float(corner[1])))
        for aisle in self._site.layout.aisles:
            along = np.asarray(aisle.face("left").along)[:2]
            for distance in (-room, aisle.length_m + room):
                x, y = np.asarray(aisle.start_m) + distance * along
                corners.append((float(x), float(y)))
        above = [(x, y, self.transit_height_m) for x, y in corners]
        racks = [not obstacle.is_low for obstacle in self.obstacles]
        is_clear = np.all(self.distances_m(above, above)[:, racks] >= self.ball_m - _ROUNDING_M, axis=-1)
        return [corner for corner, clear in zip(corners, is_clear, strict=True) if clear]

    @cached_property
    def _heights(self) -> list[float]:
        """Heights for a way round: the usual one, and just over or under each keep-out box, within what the drone may fly."""
        room = self.ball_m + _DETOUR_M
        heights = [h for box in self._site.layout.keep_outs for h in (box.min_m[2] - room, box.max_m[2] + room)]
        return [self.transit_height_m, *(h for h in heights if self.min_height_m <= h <= self.max_height_m)]


def _is_steep_or_level(a: Point, b: Point) -> bool:
    rise = abs(a[2] - b[2])
    return rise < _ROUNDING_M or float(np.hypot(a[0] - b[0], a[1] - b[1])) <= rise


def _unwind(came_from: dict[Point, Point], start: Point, end: Point) -> tuple[Point, ...]:
    points = [end]
    while came_from[points[-1]] != start:
        points.append(came_from[points[-1]])
    return tuple(reversed(points))
