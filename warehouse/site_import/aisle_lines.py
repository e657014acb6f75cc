"""Points of one aisle on the floor plan -> its heading, the lines of its racks, and where the gap between them is.

The places of one aisle lie on one or two lines, four where racks are double-deep. The heading is the direction in which they fall
onto the fewest lines; of directions that need as few, the one with the least scatter about them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

SAME_LINE_M = 0.30
"""Places that are nearer than this across the aisle belong to one line: surveyed coordinates scatter."""
NARROWEST_AISLE_M = 1.3
"""Lines that are nearer to one another stand behind one another, with no aisle between them."""
_NEAR_LINE_M = 0.03
_SAME_HEADING_DEG = 2.0
_N_SEEDS, _N_POINTS = 16, 240
_SNAPS_DEG = (90.0, 45.0, 15.0, 5.0, 1.0, 0.5, 0.1, 0.01, 0.001)
_ROUNDING_M = 0.0015
"""Coordinates are rounded to millimetres or worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of an aisle's racks."""

    heading_deg: float
    """Of the lines, in [0, 180), clockwise from +y."""
    offsets_m: tuple[float, ...]
    """Of the lines to the right of the site's zero, seen along the heading; in rising order."""
    line_of: NDArray[np.int64]
    """For each point (n), which of them it lies on."""
    scatter_m: float
    """Farthest point from its line."""


def axes(heading_deg: float) -> tuple[Vector, Vector]:
    """Return the unit vectors (2,) along a heading and to its right."""
    h = math.radians(heading_deg)
    return np.array([math.sin(h), math.cos(h)]), np.array([math.cos(h), -math.sin(h)])


def find_lines(points_m: Vector, *, hint_deg: float | None = None) -> Lines:
    """Return the lines on which points (n, 2) lie; `hint_deg`, the heading of other aisles, decides where points alone do not."""
    unique = np.unique(np.round(points_m, 3), axis=0)
    headings = _candidates(unique, hint_deg)
    # The least scatter alone would cut the points into many short lines: fewest lines first, then the hint, then the scatter.
    n_lines = [int(_clusters(_few(unique) @ axes(h)[1]).max()) + 1 for h in headings]
    best = [h for h, n in zip(headings, n_lines, strict=True) if n == min(n_lines)]
    if hint_deg is not None:
        best = [h for h in best if _apart(h, hint_deg) < _SAME_HEADING_DEG] or best
    heading = min(best, key=lambda h: _scatter(_few(unique), h))
    for _ in range(4):
        heading = _refined(unique, heading)
    heading = _snapped(unique, heading)
    _, right = axes(heading)
    offsets = points_m @ right
    line_of = _clusters(offsets)
    lines = tuple(float(np.median(offsets[line_of == i])) for i in range(int(line_of.max()) + 1))
    scatter = float(np.max(np.abs(offsets - np.asarray(lines)[line_of])))
    return Lines(heading_deg=heading, offsets_m=lines, line_of=line_of, scatter_m=scatter)


def _candidates(points: Vector, hint_deg: float | None) -> list[float]:
    few = _few(points)
    seeds = few[np.linspace(0, len(few) - 1, min(_N_SEEDS, len(few))).astype(int)]
    d = (few[None] - seeds[:, None]).reshape(-1, 2)
    d = d[np.hypot(d[:, 0], d[:, 1]) > 0.05]
    found = set(np.round(np.degrees(np.arctan2(d[:, 0], d[:, 1])) % 180.0, 2).tolist())
    return sorted(found | ({hint_deg % 180.0} if hint_deg is not None else set()) | {0.0, 90.0})


def _few(points: Vector) -> Vector:
    return points[:: max(1, len(points) // _N_POINTS)]


def _scatter(points: Vector, heading_deg: float) -> float:
    """Return how far points are from the middle of their line on average, less for longer lines; a few far off weigh little."""
    along, right = axes(heading_deg)
    offsets = points @ right
    line_of = _clusters(offsets)
    middles = np.array([np.median(offsets[line_of == i]) for i in range(int(line_of.max()) + 1)])
    return (float(np.mean(np.abs(offsets - middles[line_of]))) + 0.002) / (1.0 + float(np.ptp(points @ along)))


def _clusters(offsets: Vector) -> NDArray[np.int64]:
    order = np.argsort(offsets, kind="stable")
    is_next = np.concatenate([[False], np.diff(offsets[order]) > SAME_LINE_M])
    line_of = np.empty(len(offsets), dtype=np.int64)
    line_of[order] = np.cumsum(is_next)
    return line_of


def _apart(a_deg: float, b_deg: float) -> float:
    """Return the angle between two lines, 0 to 90 degrees."""
    d = abs(a_deg - b_deg) % 180.0
    return min(d, 180.0 - d)


def _refined(points: Vector, heading_deg: float) -> float:
    """Return the heading of the common slope of all lines, by least squares; places far off their line have no say."""
    along, right = axes(heading_deg)
    offsets, places = points @ right, points @ along
    line_of = _clusters(offsets)
    n = int(line_of.max()) + 1
    middles = np.array([np.median(offsets[line_of == i]) for i in range(n)])
    off = np.abs(offsets - middles[line_of])
    is_near = off <= max(_NEAR_LINE_M, 3 * float(np.median(off)))
    offsets, places, line_of = offsets[is_near], places[is_near], line_of[is_near]
    counts = np.maximum(np.bincount(line_of, minlength=n), 1)
    u = places - (np.bincount(line_of, places, n) / counts)[line_of]
    v = offsets - (np.bincount(line_of, offsets, n) / counts)[line_of]
    spread = float(u @ u)
    return (heading_deg + math.degrees(math.atan2(float(u @ v), spread))) % 180.0 if spread > 0 else heading_deg


def _snapped(points: Vector, heading_deg: float) -> float:
    """Return the roundest heading that moves no end of a line by more than rounding does."""
    along, _ = axes(heading_deg)
    half_length = max(float(np.ptp(points @ along)) / 2, 0.5)
    for step in _SNAPS_DEG:
        near = round(heading_deg / step) * step
        if math.radians(abs(near - heading_deg)) * half_length <= _ROUNDING_M:
            return round(near, 6) % 180.0
    return round(heading_deg, 4) % 180.0
