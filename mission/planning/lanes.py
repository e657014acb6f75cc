"""A straight pass along one rack face: where it starts and ends, which way the nose points, what it must see.

A *run* is a lane whose direction of flight is still open; the route decides it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from mission.planning.free_air import Point
from mission.planning.readability import INDOOR_ERRORS, LabelBand, Pace, lane_span_m
from mission.records import Lane
from warehouse.camera import CameraModel
from warehouse.coordinates import along_from_heading, heading_from_along
from warehouse.layout import Bin, RackFace
from warehouse.poses import Pose


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring bins of one face that one straight pass at one height sees."""

    face: RackFace
    camera: CameraModel
    standoff_m: float
    height_m: float
    """Of the camera."""
    pace: Pace
    px_per_bar: float
    motion_px: float
    bins: tuple[Bin, ...]
    """In the order along the face."""
    bands: tuple[LabelBand, ...]
    """Of the bins, in the same order."""

    def lane(self, *, is_forward: bool) -> Lane:
        """Return the lane that flies this run from the start of the aisle towards its end, or the other way."""
        first = min(band.along_min_m for band in self.bands)
        last = max(band.along_max_m for band in self.bands)
        if is_forward:
            start, end = lane_span_m(first, last, self.pace, INDOOR_ERRORS)
        else:
            start, end = (-s for s in lane_span_m(-last, -first, self.pace, INDOOR_ERRORS))
        bins = self.bins if is_forward else self.bins[::-1]
        return Lane(
            face=self.face.name,
            camera=self.camera.side,
            start_m=self._airframe_m(start),
            end_m=self._airframe_m(end),
            heading_deg=lane_heading_deg(self.face, self.camera),
            height_m=self.height_m,
            standoff_m=self.standoff_m,
            speed_mps=self.pace.speed_mps,
            photo_spacing_m=self.pace.photo_spacing_m,
            n_photos=math.floor(abs(end - start) / self.pace.photo_spacing_m + 1e-9) + 1,
            px_per_bar=self.px_per_bar,
            motion_px=self.motion_px,
            must_see=tuple(b.code.text for b in bins),
        )

    def part(self, first: int, last: int) -> Run:
        """Return the run of the bins from index `first` up to, without, `last`."""
        return replace(self, bins=self.bins[first:last], bands=self.bands[first:last])

    def _airframe_m(self, camera_along_m: float) -> Point:
        """Return where the airframe, flown level, is when the camera is at `camera_along_m` along the face."""
        forward, _, down = self.camera.offset_body_m
        nose_along_face = math.cos(math.radians(lane_heading_deg(self.face, self.camera) - heading_from_along(self.face.along)))
        point = self.face.point_m(
            camera_along_m - forward * nose_along_face,
            self.height_m + down,
            self.standoff_m + camera_reach_m(self.camera),
        )
        return (round(float(point[0]), 6), round(float(point[1]), 6), round(float(point[2]), 6))


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
    start, end = lane.start_m, lane.end_m
    length = math.dist(start, end)
    poses = []
    for i in range(lane.n_photos):
        flown = i * lane.photo_spacing_m
        x, y, z = (a + (b - a) * min(1.0, flown / length) for a, b in zip(start, end, strict=True))
        poses.append(
            Pose(time_s=flown / lane.speed_mps, position_m=(x, y, z), roll_deg=0.0, pitch_deg=0.0, heading_deg=lane.heading_deg)
        )
    return tuple(poses)


def is_flown_backwards(lane: Lane) -> bool:
    """Whether the drone flies the lane tail first."""
    nose = along_from_heading(lane.heading_deg)
    return bool(np.dot(np.subtract(lane.end_m, lane.start_m), nose) < 0)
