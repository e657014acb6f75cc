"""A straight pass before one rack face, or between two: where it starts and ends, which way the nose points, what it must see.

A *run* is a lane whose direction of flight is still open; the route decides it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from mission.planning.autopilot import photos_apart_s
from mission.planning.emptiness import shown_down_to_m
from mission.planning.flight_errors import FlightErrors
from mission.planning.free_air import Point
from mission.planning.label_bands import LabelBand
from mission.planning.obstacles import Vector
from mission.planning.readability import Pace, lane_span_m
from mission.records import Direction, Lane, LaneView
from warehouse.camera import CameraModel
from warehouse.coordinates import along_from_heading, heading_from_along
from warehouse.layout import Bin, RackFace
from warehouse.poses import Pose


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """What one camera must see of one face on a run."""

    face: RackFace
    camera: CameraModel
    standoff_m: float
    reach_m: float
    """How far the middle of a sticker may be from the camera, along the run, and still be wholly in the picture."""
    px_per_bar: float
    needed_px: float
    motion_px: float
    defocus_px: float
    angle_deg: float
    clear_share: float
    bins: tuple[Bin, ...]
    """In the order along the run."""
    bands: tuple[LabelBand, ...]
    """Of the bins, in the same order."""

    def only(self, codes: frozenset[str]) -> RunView:
        """Return the view of those of its bins whose location is among `codes`."""
        kept = [(b, band) for b, band in zip(self.bins, self.bands, strict=True) if b.code.text in codes]
        return replace(self, bins=tuple(b for b, _ in kept), bands=tuple(band for _, band in kept))

    def record(self, n_looks: int, shown_down_to_m: float, *, is_forward: bool) -> LaneView:
        """Return what the plan says of this view."""
        return LaneView(
            face=self.face.name,
            camera=self.camera.side,
            standoff_m=self.standoff_m,
            px_per_bar=self.px_per_bar,
            needed_px=self.needed_px,
            motion_px=self.motion_px,
            defocus_px=self.defocus_px,
            angle_deg=self.angle_deg,
            clear_share=self.clear_share,
            n_looks=n_looks,
            shown_down_to_m=round(shown_down_to_m, 3),
            must_see=tuple(b.code.text for b in (self.bins if is_forward else self.bins[::-1])),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring bins that one straight pass sees, with one camera or with two."""

    aisle: str
    direction: Direction
    face: RackFace
    """Whose coordinates place the run: the face of one of its views, or of one that it had before it was cut."""
    outward_m: float
    """Of the airframe, from `face`."""
    fixed_m: float
    """Of the airframe: its height on a level run, its place along the aisle on a column."""
    heading_deg: float
    heights_m: tuple[float, float]
    """Between which the drone may scan."""
    errors: FlightErrors
    pace: Pace
    views: tuple[RunView, ...]
    """One or two."""

    @property
    def bins(self) -> tuple[Bin, ...]:
        """Bins of all views, in the order along the run."""
        ordered = sorted(zip(self._places(), (b for view in self.views for b in view.bins), strict=True), key=lambda pair: pair[0])
        return tuple(b for _, b in ordered)

    def lane(self, *, is_forward: bool) -> Lane:
        """Return the lane that flies this run from the start of the aisle (or upwards), or the other way."""
        start, end, n_held = self.travel_m(is_forward=is_forward)
        return Lane(
            views=tuple(
                view.record(self.pace.n_looks, max(self.shown_down_to_m(view)), is_forward=is_forward) for view in self.views
            ),
            direction=self.direction,
            start_m=self.airframe_m(start),
            end_m=self.airframe_m(end),
            heading_deg=self.heading_deg,
            speed_mps=self.pace.speed_mps,
            speed_bound_by=self.pace.speed_bound_by,
            photo_spacing_m=self.pace.photo_spacing_m,
            n_photos=math.ceil(abs(end - start) / self._expected_gap_m() - 1e-9) + 1 + n_held,
            end_hold_s=round((n_held + 1) * self.pace.photo_spacing_m / self.pace.speed_mps, 1) if n_held else 0.0,
        )

    def travel_m(self, *, is_forward: bool) -> tuple[float, float, int]:
        """Return from where to where the airframe travels, along the run, and how many photos it takes as it waits at the end."""
        spans = [self._span_m(view, is_forward=is_forward) for view in self.views]
        first, last = (min, max) if is_forward else (max, min)
        start, end, n_held = first(s for s, _ in spans), last(e for _, e in spans), 0
        if self.direction is Direction.COLUMN and not self.heights_m[0] <= end <= self.heights_m[1]:
            # The last labels get their looks from the lowest or highest place, by time.
            end, n_held = min(max(end, self.heights_m[0]), self.heights_m[1]), self.pace.n_looks
        return start, end, n_held

    def beside_m(self) -> Vector:
        """Return (n, 3) where the airframe is beside the middle of the places of the label of each of the `bins`."""
        places: list[tuple[float, float]] = []
        for view in self.views:
            shift = self._shift_m(view)
            for band in view.bands:
                if self.direction is Direction.LEVEL:
                    places.append((band.along_min_m, (band.along_min_m + band.along_max_m) / 2 + shift))
                else:
                    middle = (band.middle_low_m + band.middle_high_m) / 2 + shift
                    places.append((band.low_m, min(max(middle, self.heights_m[0]), self.heights_m[1])))
        return np.array([self.airframe_m(at) for _, at in sorted(places, key=lambda place: place[0])]).reshape(-1, 3)

    def is_within_heights(self) -> bool:
        """Whether the drone may fly the run, and sees the last labels from where it must stop."""
        for is_forward in (True, False):
            start, end, n_held = self.travel_m(is_forward=is_forward)
            if not self.heights_m[0] <= round(start, 6) <= self.heights_m[1]:
                return False
            for view in self.views if n_held else ():
                camera_m = round(end, 6) - view.camera.offset_body_m[2]
                middles = [band.middle_high_m if is_forward else band.middle_low_m for band in view.bands]
                outermost = max(middles) if is_forward else min(middles)
                if abs(outermost - camera_m) > view.reach_m - self.errors.height_m:
                    return False
        return True

    def shown_down_to_m(self, view: RunView) -> tuple[float, ...]:
        """Return of each bin of a view the height above its base, at its rear, down to which photos surely show it."""
        start, end = (self.fixed_m,) * 2 if self.direction is Direction.LEVEL else self.travel_m(is_forward=True)[:2]
        down = view.camera.offset_body_m[2]
        return tuple(
            shown_down_to_m(
                view.camera,
                self.errors,
                standoff_m=view.standoff_m,
                camera_m=(round(min(start, end) - down - b.base_m, 4), round(max(start, end) - down - b.base_m, 4)),
                depth_m=b.depth_m,
            )
            for b in view.bins
        )

    def part(self, first: int, last: int) -> Run:
        """Return the run of its `bins` from index `first` up to, without, `last`."""
        return self.only(frozenset(b.code.text for b in self.bins[first:last]))

    def only(self, codes: frozenset[str]) -> Run:
        """Return the run of those of its bins whose location is among `codes`; one without views where none is."""
        return replace(self, views=tuple(view for view in (v.only(codes) for v in self.views) if view.bins))

    def _expected_gap_m(self) -> float:
        """Return what lies between two photos of a flight at an even speed."""
        spacing, tick = self.pace.photo_spacing_m, self.pace.speed_mps * self.errors.trigger_delay_s
        if self.direction is Direction.COLUMN or tick <= 0:
            return spacing
        apart = self.pace.speed_mps * photos_apart_s(max(v.camera.min_interval_s for v in self.views), self.errors.trigger_delay_s)
        return min(max(math.ceil(spacing / tick - 1e-9) * tick, apart), self.pace.gap_m)

    def _places(self) -> list[float]:
        is_level = self.direction is Direction.LEVEL
        return [band.along_min_m if is_level else band.low_m for view in self.views for band in view.bands]

    def _span_m(self, view: RunView, *, is_forward: bool) -> tuple[float, float]:
        """Return from where to where the airframe must travel for a view, along the run."""
        shift, down = self._shift_m(view), view.camera.offset_body_m[2]
        if self.direction is Direction.LEVEL:
            first = min(band.along_min_m for band in view.bands)
            last = max(band.along_max_m for band in view.bands)
        else:
            first = min(band.middle_low_m for band in view.bands)
            last = max(band.middle_high_m for band in view.bands)
        errors = self.errors
        if self.direction is Direction.LEVEL:
            at = self.fixed_m - down
            off_axis = max(max(band.high_m - at, at - band.low_m) for band in view.bands)
            before = after = errors.along_m + errors.cut_m + off_axis * math.tan(math.radians(errors.tilt_deg))
        else:
            before, after = errors.along_m - self.pace.gap_m, errors.along_m + errors.corner_m  # the first photo is one at rest
        if is_forward:
            start, end = lane_span_m(first, last, self.pace, view.reach_m, before_m=before, after_m=after)
        else:
            start, end = (-s for s in lane_span_m(-last, -first, self.pace, view.reach_m, before_m=before, after_m=after))
        return start + shift, end + shift

    def _shift_m(self, view: RunView) -> float:
        """Return how much farther along the run the airframe is than the camera of a view."""
        forward, _, down = view.camera.offset_body_m
        if self.direction is Direction.COLUMN:
            return down
        return -forward * math.cos(math.radians(self.heading_deg - heading_from_along(view.face.along)))

    def airframe_m(self, travelled_m: float) -> Point:
        """Return where the airframe, flown level, is at a place along the run."""
        along, height = (travelled_m, self.fixed_m) if self.direction is Direction.LEVEL else (self.fixed_m, travelled_m)
        (x, y, z), (ax, ay, _), (ox, oy, _) = self.face.origin_m, self.face.along, self.face.outward
        x, y = x + along * ax + self.outward_m * ox, y + along * ay + self.outward_m * oy
        return (round(x, 6), round(y, 6), round(z + height, 6))


def camera_reach_m(camera: CameraModel) -> float:
    """Return how much nearer to the face that it looks at the camera is than the airframe's reference point."""
    return camera.offset_body_m[1] if camera.side == "right" else -camera.offset_body_m[1]


def lane_heading_deg(face: RackFace, camera: CameraModel) -> float:
    """Return the heading, in the site frame, at which the camera looks straight at the face."""
    x, y, _ = face.outward
    nose = (y, -x, 0.0) if camera.side == "right" else (-y, x, 0.0)
    return round(heading_from_along(nose), 6) % 360.0


def photo_poses(lane: Lane) -> tuple[Pose, ...]:
    """Return the poses at which the photos of a lane are planned, in the order of flight; `time_s` counts from its start."""
    times_s = _flown_at_photos_m(lane) / lane.speed_mps
    return tuple(
        Pose(time_s=time_s, position_m=(x, y, z), roll_deg=0.0, pitch_deg=0.0, heading_deg=lane.heading_deg)
        for time_s, (x, y, z) in zip(times_s.tolist(), photo_places_m(lane).tolist(), strict=True)
    )


def photo_places_m(lane: Lane) -> Vector:
    """Return (n, 3), in the site frame, where the photos of a lane are planned."""
    start, way = np.asarray(lane.start_m), np.subtract(lane.end_m, lane.start_m)
    share = np.minimum(1.0, _flown_at_photos_m(lane) / math.dist(lane.start_m, lane.end_m))
    return np.asarray(start + way * share[:, None])


def _flown_at_photos_m(lane: Lane) -> Vector:
    """Return (n) how far from the start of a lane each photo is due; those taken while the drone waits at its end, beyond that."""
    is_even = lane.direction is Direction.LEVEL and lane.n_photos > 1
    spacing = math.dist(lane.start_m, lane.end_m) / (lane.n_photos - 1) if is_even else lane.photo_spacing_m
    return np.arange(lane.n_photos, dtype=np.float64) * spacing


def is_flown_backwards(lane: Lane) -> bool:
    """Whether the drone flies the lane tail first."""
    nose = along_from_heading(lane.heading_deg)
    return bool(np.dot(np.subtract(lane.end_m, lane.start_m), nose) < 0)
