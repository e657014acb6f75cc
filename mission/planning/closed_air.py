"""Where a drone on the floor keeps others away: its aisle, since people will fetch it, and the air around and above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mission.planning.obstacles import Obstacle
from mission.planning.timeline import Track
from warehouse.layout import Layout

_HIGH_M = 1000.0
_NEARER_M = 0.1
_APART_SHARE = 0.3
"""Of the distance that is kept: points that are nearer together than this are one obstacle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedAir:
    """Closed by one drone on the floor, from there to the ceiling."""

    aisles: tuple[int, ...]
    """Indices in the layout's aisles."""
    points_m: NDArray[np.float64]
    """(n, 3), site frame: where it lies, or may lie."""
    apart_m: float
    """Level distance that others keep from each point."""

    def holds(self, track: Track) -> NDArray[np.bool_]:
        """Return (n) which points of a way are closed."""
        in_aisle = np.isin(track.aisles, self.aisles) & (track.aisles >= 0)
        return np.asarray(in_aisle | near(track.points_m, self.points_m, self.apart_m, n_axes=2).any(axis=1))

    def first_on(self, track: Track, index: int = 0) -> int | None:
        """Return the first point of a way from `index` on that may not be flown to; None when there is none.

        Out of closed air that it stands in a drone may fly, but not nearer to what lies there.
        """
        closed = self.holds(track)[index:]
        level = np.linalg.norm(track.points_m[index:, None, :2] - self.points_m[None, :, :2], axis=2).min(axis=1)
        is_nearing = closed & (level < self.apart_m) & (level < level[0] - _NEARER_M)
        has_been_free = np.logical_or.accumulate(~closed)
        found = np.flatnonzero(is_nearing | (closed & has_been_free))
        return index + int(found[0]) if len(found) else None

    def obstacles(self, layout: Layout, ball_m: float) -> Iterator[Obstacle]:
        """Yield boxes that a drone must stay `ball_m` away from in order to stay out of this air."""
        for index in self.aisles:
            aisle = layout.aisles[index]
            face, middle_m = aisle.face("left"), aisle.length_m / 2
            shorter_m = min(ball_m, middle_m)
            yield Obstacle(
                name=f"closed aisle {aisle.name}",
                origin_m=face.origin_m,
                axes=(face.along, face.outward, (0.0, 0.0, 1.0)),
                low_m=(shorter_m, 0.0, 0.0),
                high_m=(aisle.length_m - shorter_m, aisle.width_m, _HIGH_M),
            )
        kept: list[NDArray[np.float64]] = []
        half_m = max(0.0, self.apart_m - ball_m)
        for point in self.points_m:
            if all(np.linalg.norm(point[:2] - other[:2]) > _APART_SHARE * self.apart_m for other in kept):
                kept.append(point)
                yield Obstacle(
                    name="drone on the floor",
                    origin_m=(float(point[0]), float(point[1]), 0.0),
                    axes=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
                    low_m=(-half_m, -half_m, 0.0),
                    high_m=(half_m, half_m, _HIGH_M),
                )


def near(a_m: NDArray[np.float64], b_m: NDArray[np.float64], apart_m: float, n_axes: int = 3) -> NDArray[np.bool_]:
    """Return (n, m) which points of `a_m` (n, 3) and `b_m` (m, 3) are nearer to one another than `apart_m`."""
    square = sum((a_m[:, None, axis] - b_m[None, :, axis]) ** 2 for axis in range(n_axes))
    return np.asarray(square < apart_m**2)
