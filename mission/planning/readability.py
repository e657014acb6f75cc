"""Whether one camera reads the labels before it, how fast it may fly past them, and which limit binds.

A *window* is what surely is in the picture; labels pass through it. Along the run every label is wholly in as many pictures
as the site asks for, sharp enough for its bars. What no speed or distance makes readable, `mission.planning.remedies` explains.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from mission.planning.autopilot import photos_apart_s
from mission.planning.flight_errors import FlightErrors
from mission.planning.needs import is_linear_only, most_motion_px, needed_px
from mission.planning.optics import Sight, sight
from mission.planning.windows import highest_window, widest_window
from mission.records import Direction
from warehouse.camera import CameraModel
from warehouse.site import LabelRules

MIN_SPEED_MPS = 0.1
"""ArduCopter flies no slower than this, whatever it is told."""
MIN_SPACING_M = 0.02
"""Photos nearer together than this cannot be told apart by the distance that the autopilot flew."""
_ASKEW_SHARE = math.sin(math.radians(8.0))
"""Of a movement along the bars, what runs across them: labels are stuck on a little askew, and the drone tilts."""
_SPEED_STEP_MPS, _SPACING_STEP_M = 0.01, 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one camera sees of labels within some breadth beside its way, at one standoff."""

    direction: Direction
    sight: Sight
    reach_m: float
    """How far the middle of a sticker may be from the camera, along the run, and still be wholly in the picture and unhidden."""
    off_axis_m: float = 0.0
    """How far it may be from the axis of a camera on a level run, up or down: a picture turned in its own plane shifts it so."""
    clear_share: float
    """Of the pictures that hold the whole label, those in which no upright can stand before it."""
    blur_speed_mps: float
    """The fastest at which the bars are sharp enough; 0 when they are not even at rest."""
    motion_share: float
    """Of the movement, what blurs the bars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Speed and photo spacing along one lane, and what fixes them."""

    speed_mps: float
    photo_spacing_m: float
    """That the autopilot is asked for: level, by distance; up and down it is the way flown in the time between two photos."""
    gap_m: float
    """The most that lies between two photos, which the autopilot takes late."""
    n_looks: int
    """Photos that hold a label wherever it may hang."""
    speed_bound_by: str


@lru_cache(maxsize=65536)
def look(
    camera: CameraModel,
    labels: LabelRules,
    errors: FlightErrors,
    direction: Direction,
    *,
    standoff_m: float,
    half_breadth_m: float,
    upright_free_m: float,
    margin: float,
) -> Look:
    """Return what a camera sees of stickers that reach up to `half_breadth_m` to either side of its way.

    The breadth is up and down on a level run, along the face on a column. `upright_free_m` is how far stickers stay from uprights.
    """
    off_axis = 0.0
    if direction is Direction.LEVEL:
        window = widest_window(camera, standoff_m, half_breadth_m, errors, sticker_height_m=labels.height_mm / 1000)
        reach = window.half_width_m - labels.width_mm / 2000
        off_axis = max(0.0, half_breadth_m - labels.height_mm / 2000)
    else:
        window = highest_window(camera, standoff_m, half_breadth_m, errors)
        reach = window.half_height_m - labels.height_mm / 2000
    seen = sight(camera, labels, standoff_m=standoff_m, outward_error_m=errors.outward_m, window=window)
    sideways = _sideways_m(labels, standoff_m, upright_free_m)
    reach, clear_share = max(0.0, reach), 1.0
    if direction is Direction.COLUMN and half_breadth_m > sideways:
        reach, clear_share = 0.0, 0.0
    elif direction is Direction.LEVEL and reach > 0:
        unhidden = max(0.0, min(reach, sideways - labels.width_mm / 2000))
        reach, clear_share = unhidden, (reach + unhidden) / (2 * reach)
    share = motion_share(labels, direction)
    motion = most_motion_px(labels, seen.px_per_bar, seen.defocus_px, margin=margin)
    speed = motion / (camera.exposure_s * camera.px_per_mm(seen.farthest_m) * 1000)
    speed = max(0.0, speed - errors.speed_mps) / share
    if labels.max_motion_px is not None:
        speed = min(speed, labels.max_motion_px / (camera.exposure_s * camera.px_per_mm(seen.nearest_m) * 1000))
    return Look(
        direction=direction,
        sight=seen,
        reach_m=reach,
        off_axis_m=off_axis,
        clear_share=clear_share,
        blur_speed_mps=speed,
        motion_share=share,
    )


def motion_share(labels: LabelRules, direction: Direction) -> float:
    """Return how much of a movement in this direction runs across the bars; matrix codes suffer from all of it."""
    if labels.bars == "any" or not is_linear_only(labels):
        return 1.0
    return 1.0 if (labels.bars == "upright") == (direction is Direction.LEVEL) else _ASKEW_SHARE


def motion_px(camera: CameraModel, speed_mps: float, distance_m: float) -> float:
    """Return the motion blur in pixels of a photo taken at `speed_mps` along a plane at `distance_m`."""
    return speed_mps * camera.exposure_s * camera.px_per_mm(distance_m) * 1000


def needed_px_at(camera: CameraModel, labels: LabelRules, errors: FlightErrors, seen: Look, speed_mps: float) -> float:
    """Return the pixels a bar that are just enough at this speed."""
    motion = motion_px(camera, speed_mps * seen.motion_share + errors.speed_mps, seen.sight.farthest_m)
    return needed_px(labels, seen.sight.defocus_px, motion)


def _sideways_m(labels: LabelRules, standoff_m: float, free_m: float) -> float:
    """Return how far a camera may be from a label's far edge, along the face, before an upright comes between.

    The upright stands in the plane of the face, `free_m` beside a label that hangs up to `setback_m` behind it.
    """
    return free_m * (standoff_m + labels.setback_m) / labels.setback_m if labels.setback_m > 0 else math.inf


def pace(
    views: tuple[tuple[CameraModel, Look, float], ...],
    errors: FlightErrors,
    *,
    n_looks: int,
    fastest_mps: float,
    fastest_because: str,
) -> Pace:
    """Return the fastest pace at which every view (camera, look, standoff) has its looks and no picture is blurred.

    Any stretch of 2 x reach holds n photos, wherever it begins, when n + 1 photos in a row span no more than it does. On a level
    run the autopilot is asked for a photo every `photo_spacing_m`, and looks every `trigger_delay_s` whether it is due, but takes
    none sooner than the camera can (CAM1_INTRVAL_MIN). So n + 1 photos span n spacings, each late by up to one look, or where the
    drone is faster than that, what it flies in n of the camera's intervals. Up and down, photos are taken by time.
    Both figures are rounded down; a speed or spacing of 0 or less says that there is no such pace.
    """
    bounds = {fastest_because: fastest_mps}
    delay_s, is_level = errors.trigger_delay_s, views[0][1].direction is Direction.LEVEL
    interval_s = max(camera.min_interval_s for camera, _, _ in views)
    apart_s = photos_apart_s(interval_s, delay_s) if is_level else interval_s + delay_s
    wanders_mps = errors.pace_mps if is_level else 0.0
    by_rate = math.inf
    for camera, seen, standoff_m in views:
        blur = motion_px(camera, seen.blur_speed_mps, seen.sight.nearest_m)
        at_most = f"motion blur of {blur:.1f} px in an exposure of {camera.exposure_s * 1000:g} ms"
        bounds[at_most] = min(bounds.get(at_most, math.inf), seen.blur_speed_mps)
        sways = _sways_m(seen, standoff_m, errors, n_looks * apart_s)
        spaced = 0.0 if is_level else errors.spacing_m
        by_rate = min(by_rate, (2 * seen.reach_m - math.hypot(sways, spaced)) / n_looks / apart_s - wanders_mps)
    bounds[f"one photo every {interval_s:g} s, the most that the camera takes"] = by_rate
    bound_by = min(bounds, key=lambda words: bounds[words])
    speed = _floor(bounds[bound_by], _SPEED_STEP_MPS)
    gap = math.inf
    for _, seen, standoff_m in views:
        sways = _sways_m(seen, standoff_m, errors, 2 * seen.reach_m / max(speed, _SPEED_STEP_MPS))
        gap = min(gap, (2 * seen.reach_m - math.hypot(sways, errors.spacing_m)) / n_looks)
    return Pace(
        speed_mps=speed,
        photo_spacing_m=_floor(gap - (speed + wanders_mps) * delay_s, _SPACING_STEP_M),
        gap_m=max(_floor(gap, _SPACING_STEP_M), round((speed + wanders_mps) * apart_s, 3) if is_level else 0.0),
        n_looks=n_looks,
        speed_bound_by=bound_by,
    )


def _sways_m(seen: Look, standoff_m: float, errors: FlightErrors, time_s: float) -> float:
    """Return by how much a label may move over the face, as the camera sees it, while the drone turns and pitches for `time_s`."""
    turned = standoff_m * math.tan(math.radians(min(errors.yaw_dps * time_s, errors.yaw_deg)))
    pitched = seen.off_axis_m * math.tan(math.radians(min(errors.pitch_dps * time_s, 2 * errors.pitch_deg)))
    return math.hypot(turned, pitched)


def lane_span_m(
    first_m: float, last_m: float, pace_: Pace, reach_m: float, *, before_m: float, after_m: float
) -> tuple[float, float]:
    """Return from where to where the camera must travel, so that stickers from `first_m` to `last_m` get their looks.

    All count in the direction of flight. Photos from the first `before_m` of the way and from its last `after_m` are no looks:
    there the drone is not yet where it should be, or no more.
    """
    start = first_m + reach_m - pace_.n_looks * pace_.gap_m - before_m
    end = last_m - reach_m + pace_.n_looks * pace_.gap_m + after_m
    return start, max(end, start + pace_.gap_m)


def _floor(value: float, step: float) -> float:
    return round(math.floor(value / step + 1e-9) * step, 6)
