"""The simulated sideways range sensor: what its beam meets in the seeded warehouse, with noise, gaps and wild readings.

The beam is a cone of rays; what each meets first counts by how much of its light comes back. A sensor that measures phase or the
middle of an echo, as small lasers do, answers with one distance for all of them: on an edge, something between near and far.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sitl.scene import Sheet, build_scene
from sitl.stock import Stock
from warehouse.poses import Pose
from warehouse.range_sensor import RangeSensor
from warehouse.site import Site

Vector = NDArray[np.float64]

_RINGS = ((0.0, 1), (0.5, 6), (0.95, 12))
"""Rays over the cone: share of its half angle, and how many on that ring."""
_GAP_SHARE = 0.03
"""Readings that do not come about: dark or shining surfaces, sun through a roof light."""
_WILD_SHARE = 0.005
_LEAST_COSINE = 0.02
"""A surface that is hit at a more grazing angle gives nothing back."""


class Ranger:
    """The range sensor of one drone in one warehouse."""

    def __init__(self, site: Site, stock: Stock, sensor: RangeSensor) -> None:
        """Build the scene."""
        self._sensor = sensor
        self._rng = np.random.default_rng([stock.seed, 51])
        sheets: list[Sheet] = [sheet for scene in build_scene(site, stock) for sheet in scene.sheets]
        self._corner = np.array([s.corner_m for s in sheets])
        right, down = np.array([s.right_m for s in sheets]), np.array([s.down_m for s in sheets])
        normals = np.cross(down, right)
        self._normal = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        # Divided by its length twice, so that the product with a place on the sheet runs from 0 to 1 along each side.
        self._right, self._down = _reciprocal(right), _reciprocal(down)
        self._middle = self._corner + (right + down) / 2
        self._reach = np.linalg.norm(right + down, axis=1) / 2
        self._cone = _cone(sensor.beam_deg)

    def measure(self, pose: Pose) -> float | None:
        """Return the distance that the sensor tells at the true `pose`; None when it finds nothing in its range."""
        if self._rng.random() < _GAP_SHARE:
            return None
        sensor = self._sensor
        if self._rng.random() < _WILD_SHARE:
            return float(self._rng.uniform(sensor.min_m, sensor.max_m))
        true_m = self.true_distance_m(pose)
        if true_m is None:
            return None
        told_m = true_m + float(self._rng.normal(0.0, sensor.sigma_m))
        return told_m if sensor.min_m <= told_m <= sensor.max_m else None

    def true_distance_m(self, pose: Pose) -> float | None:
        """Return the mean distance of what the beam covers, weighted by the light that comes back; None when nothing does."""
        origin, ahead = self._sensor.beam(pose)
        rays = _turned(self._cone, ahead)
        near = self._sheets_in_beam(origin, ahead)
        facing = -rays @ self._normal[near].T
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = ((origin - self._corner[near]) * self._normal[near]).sum(axis=1)[None, :] / facing
            place = origin + distance[..., None] * rays[:, None, :] - self._corner[near]
            u = (place * self._right[near]).sum(axis=-1)
            v = (place * self._down[near]).sum(axis=-1)
            is_met = (facing > _LEAST_COSINE) & (distance > 0) & (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
        met_m = np.where(is_met, distance, np.inf)
        if met_m.size == 0:
            return None
        first = met_m.argmin(axis=1)
        each = np.arange(len(rays))
        nearest = met_m[each, first]
        hits = np.isfinite(nearest)
        if not hits.any():
            return None
        light = facing[each, first][hits] / nearest[hits] ** 2
        return float((light * nearest[hits]).sum() / light.sum())

    def _sheets_in_beam(self, origin: Vector, ahead: Vector) -> NDArray[np.intp]:
        """Return the numbers of the sheets that may come near the cone, by the balls around them."""
        to_middle = self._middle - origin
        depth = to_middle @ ahead
        aside = np.sqrt(np.maximum((to_middle**2).sum(axis=1) - depth**2, 0.0))
        cone = np.maximum(depth + self._reach, 0.0) * np.tan(np.radians(self._sensor.beam_deg / 2))
        is_near = (depth > -self._reach) & (depth - self._reach < self._sensor.max_m) & (aside < self._reach + cone)
        return np.flatnonzero(is_near)


def _reciprocal(side: Vector) -> Vector:
    return np.asarray(side / (side**2).sum(axis=1, keepdims=True), dtype=np.float64)


def _cone(beam_deg: float) -> Vector:
    """Return (n, 3) unit rays around +x that fill a cone of full angle `beam_deg`."""
    rays = []
    for share, count in _RINGS:
        angle = np.radians(beam_deg / 2) * share
        turns = np.arange(count) * 2 * np.pi / count
        aside = np.sin(angle) * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        rays.append(np.column_stack([np.full(count, np.cos(angle)), aside]))
    return np.vstack(rays)


def _turned(rays: Vector, ahead: Vector) -> Vector:
    """Return the rays of a cone around +x, turned so that its middle is `ahead` (a unit vector that is not upright)."""
    aside = np.cross(np.array([0.0, 0.0, 1.0]), ahead)
    aside = aside / np.linalg.norm(aside)
    return np.asarray(rays @ np.stack([ahead, aside, np.cross(ahead, aside)]), dtype=np.float64)
