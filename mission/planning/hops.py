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

from mission.planning.autopilot import LAND_MPS, TAKEOFF_MPS, TURN_DEG_PER_S, TURN_SETTLES_S
from mission.planning.corners import FIRST_TURN_DEG, SIDEWAYS, STILL_S, STOP_S
from mission.planning.free_air import FreeAir
from mission.planning.leg_times import Legs, LegTimes
from mission.planning.obstacles import Vector
from mission.planning.route import LEAST_TAKEOFF_M
from mission.planning.timing import SPOOL_UP_S, TOUCH_DOWN_S, straight_s
from mission.records import Direction, Lane
from warehouse.coordinates import along_from_heading, shorter_turn_deg
from warehouse.layout import Aisle, HomePad
from warehouse.site import Site

_BESIDE_S = 20.0
"""Pads nearer to an aisle than this may see into it."""
_TURN_M = 4.0
"""Legs at least so long are cut at a corner by all that can be."""

_SAME_DIGITS = 5
"""Places in metres that are alike to so many digits are the same."""

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where passes begin and end, as arrays: the first lane and the last lane of each."""

    entries_m: Vector
    """(n, 3)"""
    exits_m: Vector
    """(n, 3)"""
    first: Legs
    last: Legs
    is_cut_before: NDArray[np.bool_]
    """Whether the drone may fly straight into the first lane."""
    is_cut_after: NDArray[np.bool_]
    """Whether the drone may fly straight on from the last one."""
    first_headings_deg: Vector
    last_headings_deg: Vector
    speeds_mps: Vector
    """On the way to the first lane."""

    def __len__(self) -> int:
        """Return how many passes there are."""
        return len(self.entries_m)

    def shape(self) -> bytes:
        """Return what passes have in common that lie alike, wherever in the hall."""
        numbers = [
            self.entries_m - self.entries_m[:1],
            self.exits_m - self.entries_m[:1],
            *(part for legs in (self.first, self.last) for part in (legs.vectors_m, legs.speeds_mps)),
            *(self.is_cut_before, self.is_cut_after, self.first_headings_deg, self.last_headings_deg, self.speeds_mps),
        ]
        return (np.round(np.column_stack(numbers), _SAME_DIGITS) + 0.0).tobytes()


class HopTimes:
    """Seconds between the end of one pass and the start of another, the holds before and after it included."""

    def __init__(self, site: Site, air: FreeAir) -> None:
        """Prepare for the drone of the site."""
        self._drone, self._air = site.drone, air
        self._times = LegTimes(site.drone)
        self._pairs: dict[tuple[bytes, bytes, bytes], Vector] = {}
        """Of pairs in free air, by all that they depend on: the aisles of a hall are much alike."""
        self._between: dict[tuple[tuple[float, float], ...], Vector] = {}
        along, across, up = (Legs(_TURN_M * np.eye(3)[axis][None], np.array([self.cruise_mps])) for axis in range(3))
        self._turn_gain_s = float(self._times.overlaps_s(along, across)[0])
        """Of a level corner."""
        self._climb_gain_s = float(self._times.overlaps_s(along, up)[0])
        ramps_s = self._level_s(np.array([_TURN_M, 2 * _TURN_M]), np.full(2, self.cruise_mps))
        self._turn_s = max(0.0, float(2 * ramps_s[0] - ramps_s[1]) - self._turn_gain_s)
        """What a corner costs over flying straight on."""

    @property
    def cruise_mps(self) -> float:
        """Of the drone."""
        return self._drone.cruise_mps

    @property
    def swap_s(self) -> float:
        """What a change of battery takes."""
        return self._drone.swap_s

    def mouths_m(self, aisle: Aisle) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the places before the start and behind the end of an aisle."""
        return self._air.mouths_m(aisle)

    def ends(self, passes: Sequence[Sequence[Lane]]) -> Ends:
        """Return the ends of passes of one lane or more each."""
        first, last = [lanes[0] for lanes in passes], [lanes[-1] for lanes in passes]
        return Ends(
            entries_m=np.array([lane.start_m for lane in first]).reshape(-1, 3),
            exits_m=np.array([lane.end_m for lane in last]).reshape(-1, 3),
            first=_legs(first),
            last=_legs(last),
            is_cut_before=np.array([lane.direction is Direction.LEVEL for lane in first]),
            is_cut_after=np.array([lane.direction is Direction.LEVEL and not lane.end_hold_s for lane in last]),
            first_headings_deg=np.array([lane.heading_deg for lane in first]),
            last_headings_deg=np.array([lane.heading_deg for lane in last]),
            speeds_mps=np.array([min(self.cruise_mps, lane.speed_mps) for lane in first]),
        )

    def lane_s(self, lane: Lane) -> float:
        """Return the seconds along a lane, and of a wait at its end beyond the usual one."""
        length, rise = math.dist(lane.start_m, lane.end_m), lane.end_m[2] - lane.start_m[2]
        slope = 0.0 if lane.direction is Direction.LEVEL else math.copysign(1.0, rise)
        return straight_s(length, slope, lane.speed_mps, self._drone) + max(0.0, lane.end_hold_s - STOP_S)

    def within_aisle_s(self, aisle: Aisle, ends: Ends) -> Vector:
        """Return (n, n): from the end of each pass to the start of each, all in one aisle; infinite where there is no way."""
        n = len(ends)
        a, b = np.repeat(np.arange(n), n), np.tile(np.arange(n), n)
        return self.pairs_s(aisle, ends, a, b).reshape(n, n)

    def pairs_s(self, aisle: Aisle, ends: Ends, before: Indices, after: Indices) -> Vector:
        """Return (m): from the end of pass `before` (m) to the start of pass `after` (m), all in one aisle."""
        p, q = ends.exits_m[before], ends.entries_m[after]
        if not self._is_open(aisle, np.concatenate([p, q])):
            return self._pairs_s(ends, before, after, is_open=False)
        key = (ends.shape(), before.tobytes(), after.tobytes())
        if key not in self._pairs:
            self._pairs[key] = self._pairs_s(ends, before, after, is_open=True)
        return self._pairs[key]

    def _pairs_s(self, ends: Ends, before: Indices, after: Indices, *, is_open: bool) -> Vector:
        p, q = ends.exits_m[before], ends.entries_m[after]
        hop = q - p
        level, rise = np.hypot(hop[:, 0], hop[:, 1]), hop[:, 2]
        is_direct = (np.abs(rise) < 1e-6) | (level <= np.abs(rise))
        is_free = np.ones(len(p), dtype=np.bool_)
        if not is_open:
            is_direct &= self._air.are_free(p, q)
            is_free = is_direct | self._has_two_legs(p, q)
        flat, steep = hop * (1.0, 1.0, 0.0), hop * (0.0, 0.0, 1.0)  # upwards at once, downwards at last
        is_up = (rise > 0)[:, None]
        to_corner = np.where(is_direct[:, None], hop, np.where(is_up, steep, flat))
        from_corner = np.where(is_direct[:, None], hop, np.where(is_up, flat, steep))
        cruise = np.full(len(p), self.cruise_mps)
        turn_deg = _turn_deg(ends.last_headings_deg[before], ends.first_headings_deg[after])
        may_cut = ends.is_cut_before[after] & _are_in_plane(ends.first[after], from_corner)
        begin = Legs(to_corner, cruise)
        end = Legs(from_corner, np.where(may_cut & (turn_deg < 1e-6), ends.speeds_mps[after], cruise))
        way_s = self._times.legs_s(end)
        two_s = way_s + self._times.legs_s(begin) - self._times.overlaps_s(begin, end)
        way_s = np.where(is_direct, way_s, two_s)
        for i in np.flatnonzero(~is_free):
            way_s[i] = self._way_s(p[i], q[i])
        left_s = _turn_s(turn_deg) - way_s
        may_cut &= is_free & (left_s <= 0)
        may_leave = is_free & ends.is_cut_after[before] & _are_in_plane(ends.last[before], to_corner)
        still_s = np.where(ends.is_cut_before[after], STOP_S, STILL_S)
        start_s = np.where(may_cut, -self._times.overlaps_s(end, ends.first[after]), np.maximum(still_s, left_s))
        leave_s = np.where(may_leave, -self._times.overlaps_s(ends.last[before], begin), STOP_S)
        return np.asarray(np.maximum(0.0, leave_s + way_s + start_s), dtype=np.float64)

    def to_mouths_s(self, aisle: Aisle, points_m: Vector, speeds_mps: Vector) -> Vector:
        """Return (n, 2): from points (n, 3) in an aisle level to before its start and behind its end, or back."""
        mouths = self._air.mouths_m(aisle)
        level = np.stack([np.hypot(points_m[:, 0] - x, points_m[:, 1] - y) for x, y in mouths], axis=-1)
        seconds = np.stack([self._level_s(level[:, k], speeds_mps) for k in range(2)], axis=-1)
        seconds = np.maximum(0.0, seconds - self._turn_gain_s)
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
        heights = self._heights_over(places)
        seconds = np.zeros((len(places), len(places)))
        for i, place in enumerate(places):
            apart = np.array([math.dist(place, other) for other in places[i + 1 :]])
            best_s = np.full(len(apart), np.inf)
            for height, climbs_s, is_clear in heights:
                if not is_clear[i]:
                    continue
                lengths = np.array(self._air.floor(height).lengths_m(place, places[i + 1 :]))
                legs_s = np.maximum(0.0, self._level_s(lengths, np.full(len(lengths), self.cruise_mps)) - self._turn_gain_s)
                legs_s = legs_s + climbs_s + np.where(lengths > apart + 1e-6, self._turn_s, 0.0)
                best_s = np.where(is_clear[i + 1 :], np.minimum(best_s, legs_s), best_s)
            seconds[i, i + 1 :] = seconds[i + 1 :, i] = best_s
        self._between = {key: seconds}  # the same places are asked for again with longer chains
        return seconds

    def _heights_over(self, places: Sequence[tuple[float, float]]) -> list[tuple[float, float, NDArray[np.bool_]]]:
        """Return heights of level ways, the seconds to rise to each and sink again, and from which places (n) that is free."""
        usual = self._air.transit_height_m
        found = [(usual, 0.0, np.ones(len(places), dtype=np.bool_))]
        for height in sorted({*self._air.heights} - {usual}):
            low, high = (np.array([(*place, z) for place in places]) for z in (usual, height))
            climbs_s = 2 * float(self._climb_s(np.array([abs(height - usual)]))[0])
            found.append((height, climbs_s, self._air.are_free(low, high)))
        return found

    def across_s(self, before: Ends, out_s: Vector, between_s: Vector, after: Ends, in_s: Vector) -> Vector:
        """Return (n, m) between passes of two aisles: by `out_s` (n, 2) to mouths, `between_s` (2, 2), and `in_s` (m, 2)."""
        ways = [out_s[:, k, None] + between_s[k, j] + in_s[None, :, j] for k, j in itertools.product(range(2), repeat=2)]
        rise = after.entries_m[None, :, 2] - before.exits_m[:, None, 2]
        way_s = np.min(ways, axis=0) + self._climb_s(rise)
        turn_s = _turn_s(_turn_deg(before.last_headings_deg[:, None], after.first_headings_deg[None, :]))
        return np.asarray(STOP_S + np.maximum(way_s + STOP_S, turn_s))

    def from_pad_s(self, pad: HomePad, ends: Ends, in_s: Vector, mouths_s: Vector) -> Vector:
        """Return (n): from arming on the pad to the start of each pass; `mouths_s` (2) are those from the pad to the mouths."""
        height = np.maximum(LEAST_TAKEOFF_M, self._low_m(ends.entries_m[:, 2]))
        way_s = self._pad_way_s(pad, ends.entries_m, in_s, mouths_s, ends.speeds_mps)
        way_s = way_s + self._climb_s(ends.entries_m[:, 2] - height)
        turn_s = float(_turn_s(np.array(FIRST_TURN_DEG)))
        return np.asarray(SPOOL_UP_S + height / TAKEOFF_MPS + np.maximum(way_s + STOP_S, turn_s))

    def to_pad_s(self, pad: HomePad, ends: Ends, out_s: Vector, mouths_s: Vector) -> Vector:
        """Return (n): from the end of each pass to standing on the pad."""
        height = self._low_m(ends.exits_m[:, 2])
        way_s = self._pad_way_s(pad, ends.exits_m, out_s, mouths_s, np.full(len(ends), self.cruise_mps))
        return np.asarray(STOP_S + way_s + self._climb_s(height - ends.exits_m[:, 2]) + height / LAND_MPS + TOUCH_DOWN_S)

    def _low_m(self, heights_m: Vector) -> Vector:
        """Return how low the drone flies between its pad and places, if nothing is in the way."""
        return np.minimum(self._air.transit_height_m, np.maximum(heights_m, self._drone.min_height_m))

    def _pad_way_s(self, pad: HomePad, points_m: Vector, in_s: Vector, mouths_s: Vector, speeds_mps: Vector) -> Vector:
        x, y = pad.position_m
        by_mouth_s = np.min(mouths_s[None, :] + in_s, axis=-1) + self._turn_gain_s  # as many legs as corners, less one
        if _BESIDE_S < mouths_s.min() < math.inf:
            return np.asarray(by_mouth_s)
        height = self._air.transit_height_m
        level = np.column_stack([points_m[:, :2], np.full(len(points_m), height)])
        seen = self._air.are_free((x, y, height), level)
        straight_s = self._level_s(np.hypot(points_m[:, 0] - x, points_m[:, 1] - y), speeds_mps)
        return np.where(seen, straight_s, by_mouth_s)

    def _has_two_legs(self, p: Vector, q: Vector) -> NDArray[np.bool_]:
        over_p, over_q = np.column_stack([p[:, :2], q[:, 2]]), np.column_stack([q[:, :2], p[:, 2]])
        by_p = self._air.are_free(p, over_p) & self._air.are_free(over_p, q)
        return np.asarray(by_p | (self._air.are_free(p, over_q) & self._air.are_free(over_q, q)))

    def _is_open(self, aisle: Aisle, points_m: Vector) -> bool:
        return self._air.is_open_box(along_from_heading(aisle.heading_deg), points_m)

    def _way_s(self, start: Vector, end: Vector) -> float:
        """Return the seconds of the way that the free air has between two points (3), from rest to rest."""
        first = (float(start[0]), float(start[1]), float(start[2]))
        way = self._air.way(first, (float(end[0]), float(end[1]), float(end[2])))
        if way is None:
            return math.inf
        vectors = np.diff(np.array((first, *way)), axis=0)
        legs = Legs(vectors, np.full(len(vectors), self.cruise_mps))
        every = np.arange(len(vectors))
        saved_s = self._times.overlaps_s(legs[every[:-1]], legs[every[1:]]) if len(every) > 1 else np.zeros(1)
        return float(self._times.legs_s(legs).sum() - saved_s.sum())

    def _level_s(self, lengths_m: Vector, speeds_mps: Vector) -> Vector:
        return self._times.level_s(lengths_m, speeds_mps)

    def _climb_s(self, rises_m: Vector) -> Vector:
        return np.maximum(0.0, self._times.steep_s(rises_m) - self._climb_gain_s)


def _legs(lanes: Sequence[Lane]) -> Legs:
    vectors = np.array([np.subtract(lane.end_m, lane.start_m) for lane in lanes]).reshape(-1, 3)
    return Legs(vectors, np.array([lane.speed_mps for lane in lanes]))


def _are_in_plane(lanes: Legs, ways_m: Vector) -> NDArray[np.bool_]:
    """Return (n) whether legs lead out of the upright planes through the lanes by nothing: there corners may be cut."""
    along = lanes.vectors_m[:, :2]
    sideways = np.abs(ways_m[:, 0] * along[:, 1] - ways_m[:, 1] * along[:, 0])
    return np.asarray(sideways <= SIDEWAYS * np.linalg.norm(ways_m, axis=-1) * np.hypot(along[:, 0], along[:, 1]))


def _turn_deg(from_deg: Vector, to_deg: Vector) -> Vector:
    return np.abs(shorter_turn_deg(from_deg, to_deg))


def _turn_s(turn_deg: Vector) -> Vector:
    return np.asarray(turn_deg / TURN_DEG_PER_S + np.where(turn_deg > 1e-6, TURN_SETTLES_S, 0.0))
