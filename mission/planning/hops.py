"""About how long the ways between passes take: what the solver orders them by.

Within an aisle a hop is one leg or two. Between aisles the way leads through the mouths of both. The times are those of
`mission.planning.timing` for the ways that `mission.planning.route` makes, but that the corners of a way round something are
guessed; a sortie that was put together is timed leg by leg all the same.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mission.planning.free_air import FreeAir
from mission.planning.obstacles import Vector
from mission.planning.route import CORNER_HOLD_S, FIRST_TURN_DEG, TURN_DEG_PER_S
from mission.planning.timing import CORNER_GAIN_S, DESCEND_MPS, LAND_MPS, SPOOL_UP_S, TOUCH_DOWN_S, rest_to_rest_s
from mission.records import Direction, Lane
from warehouse.coordinates import along_from_heading
from warehouse.layout import Aisle, HomePad
from warehouse.site import Site

_LONG_M = 20.0
"""From here on at the latest a leg is flown at its speed for the most part, and its time grows by the length over the speed."""
_BESIDE_S = 20.0
"""Pads nearer to an aisle than this may see into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where passes begin and end, as arrays: the first lane and the last lane of each."""

    entries_m: Vector
    """(n, 3)"""
    exits_m: Vector
    """(n, 3)"""
    first_headings_deg: Vector
    last_headings_deg: Vector
    speeds_mps: Vector
    """On the way to the first lane."""

    def __len__(self) -> int:
        """Return how many passes there are."""
        return len(self.entries_m)


class HopTimes:
    """Seconds between the end of one pass and the start of another, the holds before and after it included."""

    def __init__(self, site: Site, air: FreeAir) -> None:
        """Prepare for the drone of the site."""
        self._drone, self._air = site.drone, air
        self._down_mps = min(DESCEND_MPS, site.drone.climb_mps)
        self._between: dict[tuple[tuple[float, float], ...], Vector] = {}
        self._tables: dict[float, tuple[Vector, Vector]] = {}

    @property
    def cruise_mps(self) -> float:
        """Of the drone."""
        return self._drone.cruise_mps

    def mouths_m(self, aisle: Aisle) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the places before the start and behind the end of an aisle."""
        return self._air.mouths_m(aisle)

    def ends(self, passes: Sequence[Sequence[Lane]]) -> Ends:
        """Return the ends of passes of one lane or more each."""
        return Ends(
            entries_m=np.array([lanes[0].start_m for lanes in passes]).reshape(-1, 3),
            exits_m=np.array([lanes[-1].end_m for lanes in passes]).reshape(-1, 3),
            first_headings_deg=np.array([lanes[0].heading_deg for lanes in passes]),
            last_headings_deg=np.array([lanes[-1].heading_deg for lanes in passes]),
            speeds_mps=np.array([min(self._drone.cruise_mps, lanes[0].speed_mps) for lanes in passes]),
        )

    def lane_s(self, lane: Lane) -> float:
        """Return the seconds along a lane, and of a wait at its end beyond the usual one."""
        length, rise = math.dist(lane.start_m, lane.end_m), lane.end_m[2] - lane.start_m[2]
        if lane.direction is Direction.LEVEL:
            way_s = rest_to_rest_s(length, lane.speed_mps)
        else:
            way_s = rest_to_rest_s(length, self._drone.climb_mps if rise > 0 else self._down_mps)
        return way_s + max(0.0, lane.end_hold_s - CORNER_HOLD_S)

    def within_aisle_s(self, aisle: Aisle, ends: Ends) -> Vector:
        """Return (n, n): from the end of each pass to the start of each, all in one aisle; infinite where there is no way."""
        n = len(ends)
        a, b = np.repeat(np.arange(n), n), np.tile(np.arange(n), n)
        return self.pairs_s(aisle, ends, a, b).reshape(n, n)

    def pairs_s(self, aisle: Aisle, ends: Ends, before: NDArray[np.intp], after: NDArray[np.intp]) -> Vector:
        """Return (m): from the end of pass `before` (m) to the start of pass `after` (m), all in one aisle."""
        p, q = ends.exits_m[before], ends.entries_m[after]
        level, rise = np.hypot(p[:, 0] - q[:, 0], p[:, 1] - q[:, 1]), q[:, 2] - p[:, 2]
        is_direct = (np.abs(rise) < 1e-6) | (level <= np.abs(rise))
        one_leg_s = np.maximum(self._level_s(level, ends.speeds_mps[after]), self._steep_s(rise))
        two_legs_s = self._level_s(level, ends.speeds_mps[after]) + CORNER_HOLD_S + self._steep_s(rise)
        is_free = np.ones(len(p), dtype=np.bool_)
        if not self._is_open(aisle, np.concatenate([p, q])):
            is_direct &= self._air.are_free(p, q)
            is_free = is_direct | self._has_two_legs(p, q)
        turn_deg = _turn_deg(ends.last_headings_deg[before], ends.first_headings_deg[after])
        hold_s = CORNER_HOLD_S + self._turn_s(turn_deg)
        straight_on_s = np.maximum(0.0, one_leg_s + CORNER_HOLD_S - CORNER_GAIN_S)
        direct_s = np.where(turn_deg < 1e-6, straight_on_s, CORNER_HOLD_S + one_leg_s + hold_s)
        seconds = np.where(is_direct, direct_s, CORNER_HOLD_S + two_legs_s + hold_s)
        for i in np.flatnonzero(~is_free):
            seconds[i] = CORNER_HOLD_S + self._way_s(p[i], q[i]) + hold_s[i]
        return np.asarray(seconds, dtype=np.float64)

    def to_mouths_s(self, aisle: Aisle, points_m: Vector, speeds_mps: Vector) -> Vector:
        """Return (n, 2): from points (n, 3) in an aisle level to before its start and behind its end, or back."""
        mouths = self._air.mouths_m(aisle)
        level = np.stack([np.hypot(points_m[:, 0] - x, points_m[:, 1] - y) for x, y in mouths], axis=-1)
        seconds = np.stack([self._level_s(level[:, k], speeds_mps) for k in range(2)], axis=-1) + CORNER_HOLD_S
        around = np.array([(x, y, z) for x, y in mouths for z in (points_m[:, 2].min(), points_m[:, 2].max())])
        if not self._is_open(aisle, np.concatenate([points_m, around])):
            for k, (x, y) in enumerate(mouths):
                at = np.column_stack([np.full(len(points_m), x), np.full(len(points_m), y), points_m[:, 2]])
                for i in np.flatnonzero(~self._air.are_free(points_m, at)):
                    seconds[i, k] = self._way_s(points_m[i], np.array([x, y, self._air.transit_height_m]))
        return np.asarray(seconds, dtype=np.float64)

    def between_places_s(self, places: Sequence[tuple[float, float]]) -> Vector:
        """Return (n, n): level between places on the floor plan, through free air; infinite where there is no way."""
        if (key := tuple(places)) in self._between:
            return self._between[key]
        floor = self._air.floor(self._air.transit_height_m)
        seconds = np.zeros((len(places), len(places)))
        for i, place in enumerate(places):
            lengths = np.array(floor.lengths_m(place, places[i + 1 :]))
            apart = np.array([math.dist(place, other) for other in places[i + 1 :]])
            legs_s = self._level_s(lengths, np.full(len(lengths), self._drone.cruise_mps)) + CORNER_HOLD_S * (lengths > 1e-6)
            corner_s = CORNER_HOLD_S + 2.0 * self._drone.cruise_mps
            seconds[i, i + 1 :] = seconds[i + 1 :, i] = legs_s + np.where(lengths > apart + 1e-6, corner_s, 0.0)
        self._between = {key: seconds}  # the same places are asked for again with longer chains
        return seconds

    def across_s(self, before: Ends, out_s: Vector, between_s: Vector, after: Ends, in_s: Vector) -> Vector:
        """Return (n, m) between passes of two aisles: by `out_s` (n, 2) to mouths, `between_s` (2, 2), and `in_s` (m, 2)."""
        ways = [out_s[:, k, None] + between_s[k, j] + in_s[None, :, j] for k, j in itertools.product(range(2), repeat=2)]
        rise = after.entries_m[None, :, 2] - before.exits_m[:, None, 2]
        turn_s = self._turn_s(_turn_deg(before.last_headings_deg[:, None], after.first_headings_deg[None, :]))
        return np.asarray(CORNER_HOLD_S + np.min(ways, axis=0) + self._climb_s(rise) + turn_s)

    def from_pad_s(self, pad: HomePad, ends: Ends, in_s: Vector, mouths_s: Vector) -> Vector:
        """Return (n): from arming on the pad to the start of each pass; `mouths_s` (2) are those from the pad to the mouths."""
        height = self._air.transit_height_m
        way_s = self._pad_way_s(pad, ends.entries_m, in_s, mouths_s, ends.speeds_mps)
        turn_s = float(self._turn_s(np.array(FIRST_TURN_DEG)))
        return np.asarray(
            SPOOL_UP_S + height / self._drone.climb_mps + way_s + self._climb_s(ends.entries_m[:, 2] - height) + turn_s
        )

    def to_pad_s(self, pad: HomePad, ends: Ends, out_s: Vector, mouths_s: Vector) -> Vector:
        """Return (n): from the end of each pass to standing on the pad."""
        height = self._air.transit_height_m
        way_s = self._pad_way_s(pad, ends.exits_m, out_s, mouths_s, np.full(len(ends), self._drone.cruise_mps))
        return np.asarray(CORNER_HOLD_S + way_s + self._climb_s(height - ends.exits_m[:, 2]) + height / LAND_MPS + TOUCH_DOWN_S)

    def _pad_way_s(self, pad: HomePad, points_m: Vector, in_s: Vector, mouths_s: Vector, speeds_mps: Vector) -> Vector:
        x, y = pad.position_m
        height = self._air.transit_height_m
        by_mouth_s = np.min(mouths_s[None, :] + in_s, axis=-1) + CORNER_HOLD_S
        if mouths_s.min() > _BESIDE_S:
            return np.asarray(by_mouth_s)
        level = np.column_stack([points_m[:, :2], np.full(len(points_m), height)])
        seen = self._air.are_free((x, y, height), level)
        straight_s = self._level_s(np.hypot(points_m[:, 0] - x, points_m[:, 1] - y), speeds_mps) + 2 * CORNER_HOLD_S
        return np.where(seen, straight_s, by_mouth_s)

    def _has_two_legs(self, p: Vector, q: Vector) -> NDArray[np.bool_]:
        over_p, over_q = np.column_stack([p[:, :2], q[:, 2]]), np.column_stack([q[:, :2], p[:, 2]])
        by_p = self._air.are_free(p, over_p) & self._air.are_free(over_p, q)
        return np.asarray(by_p | (self._air.are_free(p, over_q) & self._air.are_free(over_q, q)))

    def _is_open(self, aisle: Aisle, points_m: Vector) -> bool:
        return self._air.is_open_box(along_from_heading(aisle.heading_deg), points_m)

    def _way_s(self, start: Vector, end: Vector) -> float:
        """Return the seconds of the way that the free air has between two points (3)."""
        first = (float(start[0]), float(start[1]), float(start[2]))
        way = self._air.way(first, (float(end[0]), float(end[1]), float(end[2])))
        if way is None:
            return math.inf
        total = 0.0
        for a, b in itertools.pairwise((first, *way)):
            level, rise = np.array([math.dist(a[:2], b[:2])]), np.array([b[2] - a[2]])
            leg_s = np.maximum(self._level_s(level, np.array([self._drone.cruise_mps])), self._steep_s(rise))
            total += float(leg_s[0]) + CORNER_HOLD_S
        return total - CORNER_HOLD_S

    def _level_s(self, lengths_m: Vector, speeds_mps: Vector) -> Vector:
        seconds = np.zeros_like(lengths_m)
        for speed in np.unique(speeds_mps):
            mine = speeds_mps == speed
            seconds[mine] = self._leg_s(lengths_m[mine], float(speed))
        return seconds

    def _steep_s(self, rises_m: Vector) -> Vector:
        up, down = np.maximum(rises_m, 0.0), np.maximum(-rises_m, 0.0)
        return np.asarray(self._leg_s(up, self._drone.climb_mps) + self._leg_s(down, self._down_mps))

    def _climb_s(self, rises_m: Vector) -> Vector:
        return np.asarray(self._steep_s(rises_m) + CORNER_HOLD_S * (np.abs(rises_m) > 1e-6))

    def _leg_s(self, lengths_m: Vector, speed_mps: float) -> Vector:
        """Return the seconds from rest to rest, out of a table; 0 for no way at all."""
        if speed_mps not in self._tables:
            longest = max(_LONG_M, 8 * speed_mps**2)
            lengths = np.concatenate([[0.0, 1e-9], np.geomspace(0.01, longest, 300)])
            self._tables[speed_mps] = lengths, np.array([0.0, *(rest_to_rest_s(float(m), speed_mps) for m in lengths[1:])])
        lengths, seconds = self._tables[speed_mps]
        beyond_s = np.maximum(0.0, lengths_m - lengths[-1]) / speed_mps
        return np.asarray(np.interp(lengths_m, lengths, seconds) + beyond_s)

    def _turn_s(self, turn_deg: Vector) -> Vector:
        return np.asarray(turn_deg / TURN_DEG_PER_S)


def _turn_deg(from_deg: Vector, to_deg: Vector) -> Vector:
    return np.abs((to_deg - from_deg + 180.0) % 360.0 - 180.0)
