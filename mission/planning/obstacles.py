"""Racks, keep-out boxes and low ceilings, and how far straight lines stay from them. Quick for many lines in a hall of any size.

Racks count as reaching to the ceiling.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warehouse.layout import Aisle, KeepOut, Layout, RackFace

Vector = NDArray[np.float64]
Indices = NDArray[np.intp]
Point = tuple[float, float, float]

_CEILING_M = 1000.0
_IS_HIGH = np.array(list(itertools.product((False, True), repeat=3)))
"""(8, 3): on which side each corner of a box lies."""


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


def obstacles_of(layout: Layout) -> list[Obstacle]:
    """Return the racks, then the keep-out boxes, then the ceilings of single aisles."""
    return [
        *(_rack(face, sum(layout.depths_m(name))) for name, face in layout.faces.items()),
        *(_box(box) for box in layout.keep_outs),
        *(_ceiling(aisle, aisle.ceiling_m) for aisle in layout.aisles if aisle.ceiling_m is not None),
    ]


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


class ObstacleField:
    """Many obstacles as arrays."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        """Take the obstacles in their order."""
        self._origins = np.array([o.origin_m for o in obstacles]).reshape(-1, 3)
        self._axes = np.array([o.axes for o in obstacles]).reshape(-1, 3, 3)
        self._low = np.array([o.low_m for o in obstacles]).reshape(-1, 3)
        self._high = np.array([o.high_m for o in obstacles]).reshape(-1, 3)
        corners = np.where(_IS_HIGH, self._high[:, None, :], self._low[:, None, :])
        self._corners_m = self._origins[:, None, :] + np.einsum("ocj,oji->oci", corners, self._axes)
        self._box_low, self._box_high = self._corners_m.min(axis=1), self._corners_m.max(axis=1)

    def distances_m(self, starts: ArrayLike, ends: ArrayLike) -> Vector:
        """Return the distance (n, obstacles) between straight lines from `starts` to `ends`, each (n, 3), and the obstacles."""
        p, q = _lines(starts, ends)
        n_obstacles = len(self._origins)
        line, obstacle = np.divmod(np.arange(len(p) * n_obstacles), max(1, n_obstacles))
        return self._pair_distances_m(p[line], q[line], obstacle).reshape(len(p), n_obstacles)

    def are_free(self, starts: ArrayLike, ends: ArrayLike, room_m: float) -> NDArray[np.bool_]:
        """Return (n) whether the lines stay at least `room_m` from every obstacle."""
        p, q = _lines(starts, ends)
        line, obstacle = self._near(p, q, room_m)
        free = np.ones(len(p), dtype=np.bool_)
        if len(line):
            free[line[self._are_crossed(p[line], q[line], obstacle)]] = False
            is_open = free[line]  # for the others the distance need not be known
            line, obstacle = line[is_open], obstacle[is_open]
        if len(line):
            free[line[self._pair_distances_m(p[line], q[line], obstacle) < room_m]] = False
        return free

    def within(self, start: Point, end: Point, room_m: float) -> list[int]:
        """Return which obstacles the line comes nearer to than `room_m`."""
        p, q = _lines([start], [end])
        line, obstacle = self._near(p, q, room_m)
        if not len(line):
            return []
        return [int(o) for o in obstacle[self._pair_distances_m(p[line], q[line], obstacle) < room_m]]

    def within_each(self, points_m: Vector, room_m: float) -> list[list[int]]:
        """Return for each of the points (n, 3) which obstacles are nearer to it than `room_m`."""
        point, obstacle = self._near(points_m, points_m, room_m)
        found: list[list[int]] = [[] for _ in points_m]
        if len(point):
            is_within = self._pair_distances_m(points_m[point], points_m[point], obstacle) < room_m
            for i, o in zip(point[is_within].tolist(), obstacle[is_within].tolist(), strict=True):
                found[i].append(o)
        return found

    def is_open_box(self, along: Vector, points_m: Vector, room_m: float) -> bool:
        """Whether the upright box about the points (n, 3), with sides along `along` (3) and across, stays `room_m` from everything.

        Sufficient, not necessary: obstacles are taken for boxes with the same sides. Every line between the points is free then.
        """
        turned = np.array([along, (-along[1], along[0], 0.0), (0.0, 0.0, 1.0)]).T
        points = points_m @ turned
        low, high = points.min(axis=0) - room_m, points.max(axis=0) + room_m
        box = np.where(_IS_HIGH, high, low) @ turned.T
        some = np.all((self._box_low < box.max(axis=0)) & (self._box_high > box.min(axis=0)), axis=-1)
        corners = self._corners_m[some] @ turned
        meets = np.all((corners.min(axis=1) < high) & (corners.max(axis=1) > low), axis=-1)
        return not bool(meets.any())

    def _near(self, p: Vector, q: Vector, room_m: float) -> tuple[Indices, Indices]:
        """Return the pairs of line and obstacle whose upright bounding boxes, widened by the room, meet."""
        low, high = np.minimum(p, q) - room_m, np.maximum(p, q) + room_m
        some = np.flatnonzero(np.all((self._box_low <= high.max(axis=0)) & (self._box_high >= low.min(axis=0)), axis=-1))
        box_low, box_high = self._box_low[some], self._box_high[some]
        meets = np.ones((len(p), len(some)), dtype=np.bool_)
        for axis in range(3):
            meets &= box_low[:, axis] <= high[:, axis, None]
            meets &= box_high[:, axis] >= low[:, axis, None]
        line, which = np.nonzero(meets)
        return line, some[which]

    def _are_crossed(self, p: Vector, q: Vector, obstacle: Indices) -> NDArray[np.bool_]:
        """Return (m) whether each line from `p` to `q`, each (m, 3), surely runs through one obstacle each, by index (m)."""
        axes = self._axes[obstacle]
        d = np.einsum("mj,mij->mi", q - p, axes)
        p = np.einsum("mj,mij->mi", p - self._origins[obstacle], axes)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            to_low, to_high = (self._low[obstacle] - p) / d, (self._high[obstacle] - p) / d
        # Along a side (0 / 0) the comparison below is false: then the distance decides.
        enters, leaves = np.minimum(to_low, to_high).max(axis=-1), np.maximum(to_low, to_high).min(axis=-1)
        return np.asarray(np.maximum(enters, 0.0) <= np.minimum(leaves, 1.0))

    def _pair_distances_m(self, p: Vector, q: Vector, obstacle: Indices) -> Vector:
        """Return the distance (m) of each line from `p` to `q`, each (m, 3), to one obstacle each, by index (m)."""
        axes, low, high = self._axes[obstacle], self._low[obstacle][:, None, :], self._high[obstacle][:, None, :]
        d = np.einsum("mj,mij->mi", q - p, axes)
        p = np.einsum("mj,mij->mi", p - self._origins[obstacle], axes)
        # The squared distance is convex along the line and quadratic between the places where a coordinate enters or leaves its
        # range; so its slope is piecewise linear and rising, and the minimum lies where the slope crosses zero, or at an end.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            breaks = np.concatenate([(low[:, 0] - p) / d, (high[:, 0] - p) / d, np.zeros_like(p[:, :1])], axis=-1)
            t = np.sort(np.where(breaks > 0, np.minimum(breaks, 1.0), 0.0), axis=-1)
            t = np.concatenate([t, np.ones_like(t[:, :1])], axis=-1)
            slope = np.sum(_excess(p, d, t, low, high) * d[:, None, :], axis=-1)
            rise = slope[:, 1:] - slope[:, :-1]
            share = np.where(rise > 0, np.clip(-slope[:, :-1] / rise, 0.0, 1.0), 1.0)
        nearest = _excess(p, d, t[:, :-1] + share * np.diff(t, axis=-1), low, high)
        return np.asarray(np.sqrt(np.min(np.sum(nearest * nearest, axis=-1), axis=-1, initial=np.inf)), dtype=np.float64)


def _excess(p: Vector, d: Vector, t: Vector, low: Vector, high: Vector) -> Vector:
    """Return by how much points of the lines lie outside the ranges of their boxes: (m, points, 3)."""
    q = p[:, None, :] + t[..., None] * d[:, None, :]
    return np.asarray(q - np.minimum(np.maximum(q, low), high), dtype=np.float64)


def _lines(starts: ArrayLike, ends: ArrayLike) -> tuple[Vector, Vector]:
    p, q = np.atleast_2d(np.asarray(starts, dtype=np.float64)), np.atleast_2d(np.asarray(ends, dtype=np.float64))
    p, q = np.broadcast_arrays(p, q)
    return p.reshape(-1, 3), q.reshape(-1, 3)
