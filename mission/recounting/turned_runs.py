"""A pass along which the nose is turned, so that the camera looks at its face aslant: glare and film reflections move.

The lens looks at a place beside the camera, so the pass is moved back by as much. The face is nearer to one side of the picture
than to the other: a point of it, u beside that place and v above it, stands z = s / cos t + u sin t before a camera at the
standoff s that is turned by t, and is seen at the tangents u cos t / z and v / z. So a pass is planned square for a camera whose
picture is cut to the least z / s, and with as many more pixels as the greatest z takes away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mission.planning.flight_errors import FlightErrors
from mission.planning.label_bands import upright_free_m
from mission.planning.lanes import Run, RunView
from mission.planning.needs import needed_px
from mission.planning.readability import motion_px
from mission.records import Lane
from warehouse.camera import CameraModel
from warehouse.poses import Pose
from warehouse.site import LabelRules


def cut_camera(camera: CameraModel, turn_deg: float) -> CameraModel:
    """Return the camera whose square picture holds no more of a face than the turned one's surely does."""
    share = _nearest(camera, turn_deg)
    width, height = camera.size_px
    size = (math.floor(width * share), math.floor(height * share))
    centre = (camera.centre_px[0] - (width - size[0]) / 2, camera.centre_px[1] - (height - size[1]) / 2)
    return replace(camera, size_px=size, centre_px=centre)


def px_share(camera: CameraModel, turn_deg: float) -> float:
    """Return the pixels a bar where a turned camera has fewest, against those of one that looks square from the same standoff."""
    turn = math.radians(turn_deg)
    return math.cos(turn) / (1 / math.cos(turn) + _half_width(camera) * math.sin(abs(turn)))


def _nearest(camera: CameraModel, turn_deg: float) -> float:
    turn = math.radians(turn_deg)
    return min(1.0, 1 / math.cos(turn) - _half_width(camera) * math.sin(abs(turn)))


def _half_width(camera: CameraModel) -> float:
    """Return the tangent of half the picture's angle across."""
    return camera.size_px[0] / 2 / camera.focal_px[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedRun(Run):
    """A run with one view whose nose is turned by `turn_deg`, clockwise, from where its camera looks square at the face."""

    turn_deg: float

    def lane(self, *, is_forward: bool) -> Lane:
        """Return the lane of the square run, turned, and moved so that its lens looks at the same places."""
        square = Run.lane(self, is_forward=is_forward)
        (view,) = self.views
        heading = round((square.heading_deg + self.turn_deg) % 360.0, 6)
        before, after = (
            Pose(time_s=0.0, position_m=(0.0, 0.0, 0.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=h)
            for h in (square.heading_deg, heading)
        )
        along, outward = np.asarray(view.face.along), np.asarray(view.face.outward)
        axis = view.camera.site_from_camera(after)[:, 2]
        aside = view.standoff_m * float(axis @ along) / -float(axis @ outward)
        move = view.camera.camera_centre_m(before) - view.camera.camera_centre_m(after) - aside * along
        share = px_share(view.camera, self.turn_deg)
        return replace(
            square,
            heading_deg=heading,
            start_m=_moved(square.start_m, move),
            end_m=_moved(square.end_m, move),
            views=tuple(
                replace(v, px_per_bar=round(v.px_per_bar * share, 3), angle_deg=round(v.angle_deg + abs(self.turn_deg), 1))
                for v in square.views
            ),
        )


def turned(run: Run, camera: CameraModel, turn_deg: float, labels: LabelRules, uprights_m: Sequence[float]) -> TurnedRun:
    """Return the run, planned square for a cut camera, as one of the whole `camera`, turned.

    Seen from the side, a label may stand behind an upright: `clear_share` counts the photos in which it cannot. `uprights_m` are
    those of the face, in order.
    """
    fields = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    views = tuple(replace(view, camera=camera, clear_share=_clear_share(view, turn_deg, labels, uprights_m)) for view in run.views)
    return TurnedRun(**(fields | {"views": views}), turn_deg=turn_deg)


def _clear_share(view: RunView, turn_deg: float, labels: LabelRules, uprights_m: Sequence[float]) -> float:
    """Return the least share of the photos from `aside - reach` to `aside + reach` beside a label that no upright can spoil."""
    if labels.setback_m <= 0:
        return 1.0
    free = min(upright_free_m(uprights_m, band, labels) for band in view.bands)
    sideways = free * (view.standoff_m + labels.setback_m) / labels.setback_m - labels.width_mm / 2000
    first = view.standoff_m * math.tan(math.radians(abs(turn_deg))) - view.reach_m
    return round(min(1.0, max(0.0, (sideways - first) / (2 * view.reach_m))), 3)


def with_true_need(run: Run, labels: LabelRules, errors: FlightErrors, motion_share: float) -> Run:
    """Return the run whose views say what is just enough for the site's labels, not what the recount asked for."""
    views = []
    for view in run.views:
        motion = motion_px(view.camera, run.pace.speed_mps * motion_share + errors.speed_mps, view.standoff_m)
        views.append(replace(view, needed_px=round(needed_px(labels, view.defocus_px, motion), 3)))
    return replace(run, views=tuple(views))


def _moved(point: tuple[float, float, float], by: np.ndarray) -> tuple[float, float, float]:
    return (round(float(point[0] + by[0]), 6), round(float(point[1] + by[1]), 6), round(float(point[2] + by[2]), 6))
