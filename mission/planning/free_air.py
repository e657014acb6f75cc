"""Where the drone may be: far enough from every rack and keep-out box, along the whole flown line and not only at its ends.

The drone is a ball of radius + clearance about its reference point. Racks count as reaching to the ceiling: no way leads over them.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mission.planning.closed_air import ClosedAir
from mission.planning.floor_ways import FloorWays, Junctions
from mission.planning.obstacles import ObstacleField, Vector, obstacles_of
from warehouse.coordinates import along_from_heading
from warehouse.layout import Aisle
from warehouse.site import Site

Point = tuple[float, float, float]

TRANSIT_HEIGHT_M = 1.5
"""Height of the way between pad and aisle: out of the ground effect, below most lanes."""

_ROUNDING_M = 1e-6
_DETOUR_M = 0.05
"""How much wider than necessary a detour goes round an obstacle."""


class FreeAir:
    """The obstacles of one site, and the shortest ways between them."""

    def __init__(self, site: Site, closed: Sequence[ClosedAir] = ()) -> None:
        """Collect the racks and the keep-out boxes, and what drones on the floor have `closed`."""
        layout, drone = site.layout, site.drone
        self.ball_m = drone.radius_m + drone.clearance_m
        ceiling_m = math.inf if layout.ceiling_m is None else layout.ceiling_m
        self.under_ceiling_m = ceiling_m - self.ball_m
        """How high the drone may get at all, by the building."""
        self.min_height_m, self.max_height_m = drone.min_height_m, min(drone.max_height_m, self.under_ceiling_m)
        self.transit_height_m = min(max(TRANSIT_HEIGHT_M, drone.min_height_m), self.max_height_m)
        self.obstacles = obstacles_of(layout)
        self.obstacles += [box for air in closed for box in air.obstacles(layout, self.ball_m)]
        self._field = ObstacleField(self.obstacles)
        self._room_m = self.ball_m - _ROUNDING_M
        self._site = site
        self._between_m = [(box.min_m[2], box.max_m[2]) for box in layout.keep_outs]
        """From which height to which one boxes and low ceilings reach."""
        self._between_m += [(aisle.ceiling_m, math.inf) for aisle in layout.aisles if aisle.ceiling_m is not None]
        self._floors: dict[tuple[float, ...], FloorWays] = {}
        self._neighbours: dict[Point, list[Point]] = {}
        self._ways: dict[tuple[Point, Point], tuple[Point, ...] | None] = {}

    def distances_m(self, starts: ArrayLike, ends: ArrayLike) -> Vector:
        """Return the distance (n, obstacles) between straight lines from `starts` to `ends`, each (n, 3), and the obstacles."""
        return self._field.distances_m(starts, ends)

    def in_the_way(self, start: Point, end: Point) -> list[str]:
        """Return the names of what a flight along the straight line would come too near to."""
        return [self.obstacles[i].name for i in self._field.within(start, end, self._room_m)]

    def near_each(self, points_m: Vector) -> list[list[int]]:
        """Return for each of the points (n, 3) the obstacles, by index, that the drone would be too near to there."""
        return self._field.within_each(points_m, self._room_m)

    def is_free(self, start: Point, end: Point) -> bool:
        """Whether the drone may fly the straight line."""
        return not self._field.within(start, end, self._room_m)

    def are_free(self, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.bool_]:
        """Return (n) whether the drone may fly the straight lines from `starts` to `ends`, each (n, 3) or (3)."""
        return self._field.are_free(starts, ends, self._room_m)

    def is_open_box(self, along: Vector, points_m: Vector) -> bool:
        """Whether the drone may fly any straight line between the points (n, 3), told by the upright box about them alone."""
        return self._field.is_open_box(along, points_m, self._room_m)

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
        return self._level_way(start, end) or self._search(start, end)

    def _level_way(self, start: Point, end: Point) -> tuple[Point, ...] | None:
        """Return the shortest way that changes its height only above its ends; None when there is none."""
        ways = []
        for height in dict.fromkeys((max(start[2], end[2]), min(start[2], end[2]), *self.heights)):
            first, last = (start[0], start[1], height), (end[0], end[1], height)
            if not (self.is_free(start, first) and self.is_free(last, end)):
                continue
            turns = self.floor(height).way(start[:2], end[:2])
            if turns is not None:
                points = [first, *((x, y, height) for x, y in turns), end]
                ways.append([b for a, b in itertools.pairwise([start, *points]) if a != b])
            if ways and not self._between_m:
                break  # nothing but racks: all heights are alike
        return tuple(min(ways, key=lambda way: round(_length_m([start, *way]), 3))) if ways else None

    def floor(self, height_m: float) -> FloorWays:
        """Return the level ways at one height."""
        key = self._floor_key(height_m)
        if key not in self._floors:
            self._floors[key] = FloorWays(self._junctions, height_m, self.are_free)
        return self._floors[key]

    def _floor_key(self, height_m: float) -> tuple[float, ...]:
        """Heights at which the same boxes are passed at the same distance share their ways."""
        boxes = [
            (i, low_m, high_m)
            for i, (low_m, high_m) in enumerate(self._between_m)
            if low_m - self.ball_m <= height_m <= high_m + self.ball_m
        ]
        if all(low_m <= height_m <= high_m for _, low_m, high_m in boxes):
            return tuple(float(i) for i, _, _ in boxes)
        return (-1.0, height_m)

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
            beside = self._junctions.places_m[self._junctions.around(here[0], here[1])]
            others = [*((float(x), float(y), here[2]) for x, y in beside), *((here[0], here[1], h) for h in self.heights)]
            self._neighbours[here] = self._free_of(here, others)
        return self._neighbours[here]

    def _free_of(self, here: Point, others: list[Point]) -> list[Point]:
        free = self.are_free(here, others)
        return [other for other, is_free in zip(others, free, strict=True) if is_free and other != here]

    @cached_property
    def _junctions(self) -> Junctions:
        """Places on the floor plan where a way round something may turn: about each obstacle, and before each end of an aisle."""
        room = self.ball_m + _DETOUR_M
        corners: list[tuple[float, float]] = []
        for o in self.obstacles:
            origin, axes = np.asarray(o.origin_m), np.asarray(o.axes)
            for x, y in itertools.product((o.low_m[0] - room, o.high_m[0] + room), (o.low_m[1] - room, o.high_m[1] + room)):
                corner = origin + x * axes[0] + y * axes[1]
                corners.append((round(float(corner[0]), 6), round(float(corner[1]), 6)))
        for aisle in self._site.layout.aisles:
            corners += self.mouths_m(aisle)
        above = [(x, y, self.transit_height_m) for x, y in dict.fromkeys(corners)]
        racks = ObstacleField([o for o in self.obstacles if not o.is_low])
        is_clear = racks.are_free(above, above, self._room_m)
        return Junctions([corner[:2] for corner, clear in zip(above, is_clear, strict=True) if clear])

    def mouths_m(self, aisle: Aisle) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the places before the start and behind the end of an aisle, on its centre line."""
        room = self.ball_m + _DETOUR_M
        along = along_from_heading(aisle.heading_deg)
        first, last = (np.asarray(aisle.start_m) + distance * along[:2] for distance in (-room, aisle.length_m + room))
        return (round(float(first[0]), 6), round(float(first[1]), 6)), (round(float(last[0]), 6), round(float(last[1]), 6))

    @cached_property
    def heights(self) -> list[float]:
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


def _length_m(points: list[Point]) -> float:
    return sum(math.dist(a, b) for a, b in itertools.pairwise(points))
