"""The shortest passes that read the bins of one rack face, or with two cameras of both faces of an aisle.

Every distance from the racks that the rotors allow is tried, level and in columns. At each distance the bands in which labels hang
are shared out among passes so that the time is least; the time of a pass follows from how fast its pictures may be taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mission.planning.autopilot import limits_of
from mission.planning.emptiness import PROVABLE_M
from mission.planning.flight_errors import FlightErrors, room_m
from mission.planning.label_bands import LabelBand
from mission.planning.lanes import Run, RunView, camera_reach_m, lane_heading_deg
from mission.planning.needs import least_px
from mission.planning.obstacles import Vector
from mission.planning.readability import MIN_SPACING_M, MIN_SPEED_MPS, Look, Pace, look, motion_px, needed_px_at, pace
from mission.planning.scurve import leg
from mission.records import Direction
from warehouse.camera import CameraModel
from warehouse.coordinates import heading_from_along
from warehouse.layout import Bin, RackFace
from warehouse.site import Site

N_DISTANCES = 9
_HOP_S = {Direction.LEVEL: 1.0, Direction.COLUMN: 4.0}
"""About what the way from one pass to the next costs; corners of level passes are cut."""
_UNREAD_S = 1e6
"""What a bin that is left out counts, in seconds: more than any detour."""
_AS_FAST, _AS_FAST_S = 1.02, 0.5
"""Of choices that differ by less (as a ratio, or in seconds), the one is taken that can prove more bins empty, then the one with
more pixels."""
_AMPLE = 1.2
"""Pixels over those just needed that are not given away for that."""
_LOWER_M, _N_LOWER = 0.01, 8
"""Steps by which a pass is flown below the middle of its labels, to show more of the floors of bins, and how many are tried."""
_AS_LONG = 0.98
"""Share of the distance between two photos that may be left then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Bins of one face that one camera is to read."""

    face: RackFace
    camera: CameraModel
    bins: tuple[tuple[Bin, LabelBand, float], ...]
    """With the place of their labels, and how far these stay from uprights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Passes at one distance, in one direction."""

    runs: tuple[Run, ...]
    time_s: float
    """Predicted for the passes and the hops between them."""
    distance_bound_by: str
    margin: float
    """Pixels a bar over those just needed, the least of all views."""

    @property
    def unproven_m(self) -> float:
        """How much lower pictures would have to show, all bins together, so that each could be proven empty; whole centimetres."""
        return round(sum(_unproven_m(run) for run in self.runs), 2)

    @property
    def n_bins(self) -> int:
        """How many locations the passes read."""
        return sum(len(view.bins) for run in self.runs for view in run.views)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Bins of one side whose labels hang in the same strip beside a pass: above the floor, or along the face for a column."""

    side: int
    low_m: float
    high_m: float
    free_m: float
    members: tuple[tuple[Bin, LabelBand, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One distance: how far each camera is from its face."""

    outward_m: float
    """Of the airframe, from the face of the first side."""
    standoffs_m: tuple[float, ...]
    bound_by: str
    """What keeps the airframe from being farther off."""


def _place(direction: Direction, band: LabelBand) -> tuple[float, float]:
    return (band.along_min_m, band.low_m) if direction is Direction.LEVEL else (band.low_m, band.along_min_m)


def distances_m(low_m: float, high_m: float, n: int = N_DISTANCES) -> list[float]:
    """Return the distances of the airframe from a face that are tried, in whole millimetres, nearest first; none if low > high."""
    if low_m > high_m + 1e-9:
        return []
    middle = (low_m + high_m) / 2
    evenly = {round(low_m + (high_m - low_m) * i / (n - 1), 4) for i in range(n)}
    return sorted({math.floor(d * 1000 + 1e-6) / 1000 if d > middle else math.ceil(d * 1000 - 1e-6) / 1000 for d in evenly})


class Chooser:
    """Works out passes before one face, or between two."""

    def __init__(self, site: Site, errors: FlightErrors, sides: Sequence[Side], *, margin: float) -> None:
        """Prepare for one or two sides of one aisle; `margin` over the pixels that are just enough."""
        self._site, self._errors, self._sides, self._margin = site, errors, tuple(sides), margin
        first = sides[0]
        self._heading_deg = lane_heading_deg(first.face, first.camera)
        self._nose = math.cos(math.radians(self._heading_deg - heading_from_along(first.face.along)))
        self._width_m = site.layout.aisle(first.face.aisle).width_m
        low_m, high_m = site.heights_m(first.face.aisle)
        self._heights_m = math.ceil(low_m * 1e4) / 1e4, math.floor(high_m * 1e4) / 1e4
        self._room_m = room_m(site.drone)

    def choices(self) -> dict[Direction, Choice]:
        """Return the best choice of each direction that reads anything."""
        best: dict[Direction, Choice] = {}
        for direction in Direction:
            found = list(self._choices(direction))
            if found:
                most = max(choice.n_bins for choice in found)
                full = [choice for choice in found if choice.n_bins == most]
                fastest = min(choice.time_s for choice in full)
                near = [choice for choice in full if choice.time_s <= max(_AS_FAST * fastest, fastest + _AS_FAST_S)]
                ample = [choice for choice in near if choice.margin >= _AMPLE]
                best[direction] = min(ample or near, key=lambda choice: (choice.unproven_m if ample else 0.0, -choice.margin))
        return best

    def stations(self, n_distances: int = N_DISTANCES) -> list[Station]:
        """Return the distances to try, nearest to the first face first; none where no camera may be near enough."""
        reaches = [camera_reach_m(side.camera) for side in self._sides]
        low, high = self._room_m, self._width_m - self._room_m
        bound_by = f"the aisle's width of {self._width_m:g} m less the rotors' clearance"
        if low > high or self._heights_m[0] > self._heights_m[1]:
            return []
        bars = self._site.labels
        needed = least_px(bars, margin=self._margin)
        for i, (side, reach) in enumerate(zip(self._sides, reaches, strict=True)):
            farthest = min(side.camera.focal_px) * bars.narrowest_bar_mm / needed / 1000 - bars.setback_m - self._errors.outward_m
            if i == 0 and farthest + reach < high:
                high = farthest + reach
                bound_by = (
                    f"{needed:g} pixels a bar of {bars.narrowest_bar_mm:g} mm on labels up to {bars.setback_m:g} m behind the face"
                )
            elif i == 1:
                low = max(low, self._width_m - farthest - reach)
        distances = distances_m(low, high, n_distances)
        stations = []
        for outward in distances:
            across = (outward, self._width_m - outward)
            standoffs = tuple(round(d - reach, 6) for d, reach in zip(across, reaches, strict=False))
            if min(standoffs) > self._errors.outward_m + 0.05:
                words = bound_by if outward == distances[-1] else "the fastest of the distances tried"
                stations.append(Station(outward_m=outward, standoffs_m=standoffs, bound_by=words))
        return stations

    def _choices(self, direction: Direction) -> Iterator[Choice]:
        for station, runs in self.ways(direction):
            if runs:
                yield Choice(
                    runs=tuple(runs),
                    time_s=round(sum(self.run_s(run) for run in runs), 1),
                    distance_bound_by=station.bound_by,
                    margin=min(view.px_per_bar / view.needed_px for run in runs for view in run.views),
                )

    def ways(self, direction: Direction) -> Iterator[tuple[Station, list[Run]]]:
        """Yield, for each distance, the passes that read the most bins in the least time."""
        strips = self.strips(direction)
        for station in self.stations_for(strips, direction):
            yield station, self._shared_out(strips, direction, station)

    def stations_for(self, strips: Sequence[Strip], direction: Direction, n_distances: int = N_DISTANCES) -> list[Station]:
        """Return the distances to try without those at which no column holds the narrowest strip."""
        stations = self.stations(n_distances)
        return stations if direction is Direction.LEVEL else [each for each in stations if self._may_be_column(strips, each)]

    def middle_m(self, strip: Strip, direction: Direction, aside_m: float = 0.0) -> float:
        """Return the height of a level pass for one strip, or the place along the face of a column, `aside_m` off its best one."""
        middle = (strip.low_m + strip.high_m) / 2 + self._shift_m(self._sides[strip.side].camera, direction) + aside_m
        return round(self._within_heights(middle) if direction is Direction.LEVEL else middle, 4)

    def run_aside(self, strip: Strip, direction: Direction, station: Station, aside_m: float) -> Run | None:
        """Return the pass at `middle_m`; None when it does not read the strip."""
        return self._run_at(self.middle_m(strip, direction, aside_m), [strip], direction, station)

    def beside_m(self, strip: Strip, direction: Direction, tries: Sequence[tuple[Station, float]]) -> Vector:
        """Return (tries, n, 3) where, at each distance and `aside_m`, the airframe is beside the middle of each bin's label."""
        face, camera = self._sides[0].face, self._sides[strip.side].camera
        flown = np.array([[self.middle_m(strip, direction, aside_m)] for _, aside_m in tries])
        bands = [band for _, band, _ in strip.members]
        if direction is Direction.LEVEL:
            shift = self._shift_m(camera, Direction.COLUMN)
            along, height = np.array([[(band.along_min_m + band.along_max_m) / 2 + shift for band in bands]]), flown
        else:
            middles = [(band.middle_low_m + band.middle_high_m) / 2 + self._shift_m(camera, Direction.LEVEL) for band in bands]
            along, height = flown, np.array([[self._within_heights(middle) for middle in middles]])
        outward = np.array([[station.outward_m] for station, _ in tries])
        along, height = np.broadcast_arrays(along, height)
        axes = np.array([face.along, (0.0, 0.0, 1.0), face.outward])
        return np.asarray(face.origin_m + np.stack([along, height, np.broadcast_to(outward, along.shape)], axis=-1) @ axes)

    def _within_heights(self, height_m: float) -> float:
        return min(max(height_m, self._heights_m[0]), self._heights_m[1])

    def strips(self, direction: Direction) -> list[Strip]:
        """Return the bins by the strips in which their labels hang, in their order beside a pass."""
        half_width = self._site.labels.width_mm / 2000
        strips: dict[tuple[float, float, int], list[tuple[Bin, LabelBand, float]]] = {}
        for i, side in enumerate(self._sides):
            for member in side.bins:
                band = member[1]
                if direction is Direction.LEVEL:
                    strip = band.low_m, band.high_m
                else:
                    strip = band.along_min_m - half_width, band.along_max_m + half_width
                strips.setdefault((round(strip[0], 3), round(strip[1], 3), i), []).append(member)
        return [
            Strip(side=i, low_m=low, high_m=high, free_m=min(free for _, _, free in members), members=tuple(members))
            for (low, high, i), members in sorted(strips.items(), key=lambda strip: strip[0])
        ]

    def _may_be_column(self, items: Sequence[Strip], station: Station) -> bool:
        narrowest = min(items, key=lambda item: item.high_m - item.low_m)
        return self._look(narrowest.side, Direction.COLUMN, station, (narrowest.high_m - narrowest.low_m) / 2, math.inf).reach_m > 0

    def _shared_out(self, items: list[Strip], direction: Direction, station: Station) -> list[Run]:
        """Return the passes that read the most bins in the least time: shortest path over the strips in their order."""
        n = len(items)
        best: list[tuple[float, int, Run | None]] = [(0.0, 0, None)]
        for end in range(1, n + 1):
            left_out = best[end - 1][0] + _UNREAD_S * len(items[end - 1].members)
            found: tuple[float, int, Run | None] = (left_out, end - 1, None)
            for start in range(end - 1, -1, -1):
                run = self._run(items[start:end], direction, station)
                if run is None:
                    break
                cost = best[start][0] + self.run_s(run)
                if cost < found[0]:
                    found = (cost, start, run)
            best.append(found)
        runs: list[Run] = []
        end = n
        while end > 0:
            _, start, run = best[end]
            if run is not None:
                runs.append(run)
            end = start
        return runs[::-1]

    def _run(self, items: Sequence[Strip], direction: Direction, station: Station) -> Run | None:
        """Return the pass that reads these strips; None when no pass does.

        A level pass goes at the middle height of the labels, or below it by what its picture is higher than they need.
        """
        shifts = [self._shift_m(side.camera, direction) for side in self._sides]
        low = min(item.low_m + shifts[item.side] for item in items)
        high = max(item.high_m + shifts[item.side] for item in items)
        middle = round((low + high) / 2, 4)
        if direction is Direction.COLUMN:
            return self._run_at(middle, items, direction, station)
        middle = self._within_heights(middle)
        run = best = self._run_at(middle, items, direction, station)
        for step in range(1, _N_LOWER + 1):
            at = round(middle - step * _LOWER_M, 4)
            if run is None or best is None or not _unproven_m(best) or at < self._heights_m[0]:
                break
            lower = self._run_at(at, items, direction, station)
            if lower is None or not _is_as_fast(lower.pace, run.pace) or _unproven_m(lower) >= _unproven_m(best):
                break
            best = lower
        return best

    def _run_at(self, middle: float, items: Sequence[Strip], direction: Direction, station: Station) -> Run | None:
        """Return the pass at one height, or for a column at one place along the aisle; None when it does not read all strips."""
        shifts = [self._shift_m(side.camera, direction) for side in self._sides]
        looks: dict[int, Look] = {}
        for i in sorted({item.side for item in items}):
            mine = [item for item in items if item.side == i]
            at = middle - shifts[i]
            breadth = max(max(item.high_m - at, at - item.low_m) for item in mine)
            looks[i] = self._look(i, direction, station, breadth, min(item.free_m for item in mine))
            if looks[i].reach_m <= 0:
                return None
        run_pace = self._pace(looks, direction, station)
        if run_pace.speed_mps < MIN_SPEED_MPS or run_pace.photo_spacing_m < MIN_SPACING_M:
            return None
        if direction is Direction.COLUMN and run_pace.speed_mps < math.floor(self._site.drone.climb_mps * 100) / 100:
            return None  # the autopilot climbs at one speed
        run = Run(
            aisle=self._sides[0].face.aisle,
            direction=direction,
            face=self._sides[0].face,
            outward_m=station.outward_m,
            fixed_m=middle,
            heading_deg=self._heading_deg,
            heights_m=self._heights_m,
            errors=self._errors,
            pace=run_pace,
            views=tuple(self._view(i, items, seen, station, run_pace) for i, seen in looks.items()),
        )
        return run if direction is Direction.LEVEL or run.is_within_heights() else None

    def _view(self, i: int, items: Sequence[Strip], seen: Look, station: Station, run_pace: Pace) -> RunView:
        side = self._sides[i]
        members = sorted((m for item in items if item.side == i for m in item.members), key=lambda m: _place(seen.direction, m[1]))
        return RunView(
            face=side.face,
            camera=side.camera,
            standoff_m=station.standoffs_m[i],
            reach_m=seen.reach_m,
            px_per_bar=round(seen.sight.px_per_bar, 3),
            needed_px=round(needed_px_at(side.camera, self._site.labels, self._errors, seen, run_pace.speed_mps), 3),
            motion_px=round(motion_px(side.camera, run_pace.speed_mps, seen.sight.nearest_m), 3),
            defocus_px=round(seen.sight.defocus_px, 3),
            angle_deg=round(seen.sight.angle_deg, 1),
            clear_share=round(seen.clear_share, 3),
            bins=tuple(b for b, _, _ in members),
            bands=tuple(band for _, band, _ in members),
        )

    def _look(self, i: int, direction: Direction, station: Station, half_breadth_m: float, free_m: float) -> Look:
        return look(
            self._sides[i].camera,
            self._site.labels,
            self._errors,
            direction,
            standoff_m=station.standoffs_m[i],
            half_breadth_m=round(math.ceil(half_breadth_m / 0.005 - 1e-6) * 0.005, 6),
            upright_free_m=round(math.floor(free_m / 0.005) * 0.005, 6) if math.isfinite(free_m) else free_m,
            margin=self._margin,
        )

    def _pace(self, looks: dict[int, Look], direction: Direction, station: Station) -> Pace:
        drone = self._site.drone
        is_level = direction is Direction.LEVEL
        return pace(
            tuple((self._sides[i].camera, seen, station.standoffs_m[i]) for i, seen in looks.items()),
            self._errors,
            n_looks=self._site.labels.looks,
            fastest_mps=drone.cruise_mps if is_level else drone.climb_mps,
            fastest_because="the drone's cruise_mps" if is_level else "the drone's climb_mps",
        )

    def _shift_m(self, camera: CameraModel, direction: Direction) -> float:
        """Return how much higher, or farther along the face, the airframe is than the camera."""
        forward, _, down = camera.offset_body_m
        return down if direction is Direction.LEVEL else -forward * self._nose

    def run_s(self, run: Run) -> float:
        """Return about how long a pass takes, with the way to the next one."""
        start, end, _ = run.travel_m(is_forward=True)
        length = abs(end - start)
        limits, speed = limits_of(self._site.drone), run.pace.speed_mps
        rises = (0.0,) if run.direction is Direction.LEVEL else (1.0, -1.0)
        return sum(leg(round(length, 4), rise, speed, limits).time_s for rise in rises) / len(rises) + _HOP_S[run.direction]


def _unproven_m(run: Run) -> float:
    """Return how much lower the pictures of a pass would have to show, all its bins together, to prove each empty."""
    return sum(max(0.0, round(low - PROVABLE_M, 2)) for view in run.views for low in run.shown_down_to_m(view))


def _is_as_fast(pace_: Pace, other: Pace) -> bool:
    return pace_.speed_mps >= other.speed_mps and pace_.photo_spacing_m >= _AS_LONG * other.photo_spacing_m
