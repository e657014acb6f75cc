"""Whether a label can be read: pixels a bar, motion blur, and how many pictures hold the whole label wherever it may hang.

A *label band* is where stickers may be on the face of one bin. A *window* is the part of that plane, about the camera's axis, that
is in the picture whatever the flight errors. From the two follow standoff, lane height, photo spacing and speed; nothing here is a
matter of taste. Distances are metres from the optical centre along the normal of the face.

Errors that are independent of each other are combined as the root of the sum of their squares.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from warehouse.camera import CameraModel
from warehouse.layout import Bin
from warehouse.poses import Pose
from warehouse.site import LabelRules

Vector = NDArray[np.float64]

LABEL_SETBACK_M = 0.10
"""How far behind the plane of the face a label may be: pallets do not stand flush with the beam."""
N_LOOKS = 2
"""Pictures that must hold a label: one read of a 1D code is not proof (wrong reads pass their check digits now and then)."""
MIN_SPEED_MPS = 0.1
"""ArduCopter flies no slower than this, whatever it is told."""
_SPEED_STEP_MPS, _SPACING_STEP_M = 0.01, 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightErrors:
    """How far the drone strays from the plan: bounds that hold for about 99 of 100 photos.

    From flights of ArduCopter without GPS at 1 m/s, with 5 to 10 cm noise of the position sensor and 4 m/s gusts: cross-track 6 cm,
    height 4.4 cm, tilt across the flight 2.2 degrees, along it 2.9 degrees, heading 0.6 degrees.
    """

    height_m: float = 0.05
    outward_m: float = 0.06
    """Towards the face or away from it."""
    along_m: float = 0.06
    """Of a point along the lane."""
    spacing_m: float = 0.03
    """Of the distance between two photos of a lane, beyond the delay of the trigger."""
    roll_deg: float = 2.0
    """Tips the camera up or down."""
    pitch_deg: float = 3.0
    """Turns the picture in its own plane."""
    yaw_deg: float = 0.5
    """Between two photos of a lane."""
    corner_m: float = 0.10
    """The end of a lane counts as reached this far before it (WPNAV_RADIUS)."""
    trigger_delay_s: float = 0.02
    """The autopilot looks at the distance flown 50 times a second."""


INDOOR_ERRORS = FlightErrors()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelBand:
    """Where the stickers of one bin may hang."""

    along_min_m: float
    """Of the middle of a sticker, along the face."""
    along_max_m: float
    low_m: float
    """Lower edge of the lowest sticker, above the floor."""
    high_m: float
    """Upper edge of the highest sticker, above the floor."""
    middle_low_m: float
    """Middle of the lowest sticker, above the floor."""
    middle_high_m: float


def label_band(bin_: Bin, labels: LabelRules) -> LabelBand:
    """Return where the stickers of a bin may hang; an opening lower than the band or narrower than a sticker limits it."""
    play = max(0.0, (bin_.width_m - labels.width_mm / 1000) / 2)
    high = min(labels.highest_m, bin_.height_m)
    low = min(labels.lowest_m, max(0.0, high - labels.height_mm / 1000))
    half_height = min(labels.height_mm / 1000, high - low) / 2
    return LabelBand(
        along_min_m=bin_.along_m - play,
        along_max_m=bin_.along_m + play,
        low_m=bin_.base_m + low,
        high_m=bin_.base_m + high,
        middle_low_m=bin_.base_m + low + half_height,
        middle_high_m=bin_.base_m + high - half_height,
    )


def farthest_readable_m(camera: CameraModel, labels: LabelRules) -> float:
    """Return the largest distance from the optical centre at which a narrowest bar has its pixels."""
    return min(camera.focal_px) * labels.narrowest_bar_mm / labels.pixels_per_bar / 1000


def px_per_bar(camera: CameraModel, labels: LabelRules, distance_m: float) -> float:
    """Return the pixels of a narrowest bar on a plane square to the lens at `distance_m`."""
    return camera.px_per_mm(distance_m) * labels.narrowest_bar_mm


def motion_px(camera: CameraModel, speed_mps: float, distance_m: float) -> float:
    """Return the motion blur in pixels of a photo taken at `speed_mps` along a plane at `distance_m`."""
    return speed_mps * camera.exposure_s * camera.px_per_mm(distance_m) * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The rectangle about the camera's axis that is in every picture, flight errors taken off. Half sizes."""

    half_width_m: float
    half_height_m: float


def tallest_window(camera: CameraModel, standoff_m: float, labels: LabelRules, errors: FlightErrors) -> Window:
    """Return the window of the greatest height that still lets a sticker pass through it sideways."""
    nearest = standoff_m - errors.outward_m
    least_width = labels.width_mm / 1000
    return _window(camera, nearest, least_width, _half_height_m(camera, nearest, least_width), errors)


def widest_window(camera: CameraModel, standoff_m: float, half_height_m: float, errors: FlightErrors) -> Window:
    """Return the window of the greatest width that is at least `half_height_m` high above and below the axis."""
    nearest = standoff_m - errors.outward_m
    half_width = 0.0
    raw_height = half_height_m
    for _ in range(3):  # the height lost to tilt grows with the width, which depends on the height: settles at once
        raw_height = half_height_m + _height_margin_m(nearest, half_width, errors)
        half_width = _half_width_m(camera, nearest, raw_height)
    return _window(camera, nearest, half_width, raw_height, errors)


def _window(camera: CameraModel, nearest_m: float, half_width_m: float, half_height_m: float, errors: FlightErrors) -> Window:
    return Window(
        half_width_m=max(0.0, half_width_m - half_height_m * math.tan(math.radians(errors.pitch_deg))),
        half_height_m=max(0.0, half_height_m - _height_margin_m(nearest_m, half_width_m, errors)),
    )


def _height_margin_m(distance_m: float, half_width_m: float, errors: FlightErrors) -> float:
    tipped = distance_m * math.tan(math.radians(errors.roll_deg))
    turned = half_width_m * math.tan(math.radians(errors.pitch_deg))
    return math.hypot(errors.height_m, tipped, turned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Speed and photo spacing along one lane, and what fixes them."""

    speed_mps: float
    photo_spacing_m: float
    speed_bound_by: str


def reach_m(window: Window, labels: LabelRules) -> float:
    """Return how far the middle of a sticker may be from the camera, along the face, and still be wholly in the picture."""
    return window.half_width_m - labels.width_mm / 2000


def pace(
    camera: CameraModel, labels: LabelRules, errors: FlightErrors, *, cruise_mps: float, standoff_m: float, reach_m: float
) -> Pace:
    """Return the fastest pace at which every sticker is wholly in `N_LOOKS` pictures and no picture is blurred.

    Any stretch of 2 x reach holds N_LOOKS photos, wherever it begins, when N_LOOKS + 1 photos in a row span no more than it does.
    Both figures are rounded down; a speed or spacing of 0 or less says that there is no such pace.
    """
    turned = standoff_m * math.tan(math.radians(errors.yaw_deg))
    gap = (2 * reach_m - math.hypot(errors.spacing_m, turned)) / N_LOOKS
    bounds = {
        "the drone's cruise_mps": cruise_mps,
        f"motion blur of {labels.max_motion_px:g} px in an exposure of {camera.exposure_s * 1000:g} ms": (
            labels.max_motion_px / (camera.exposure_s * camera.px_per_mm(standoff_m) * 1000)
        ),
        f"one photo every {camera.min_interval_s:g} s, the most that the camera takes": (
            (gap - _SPACING_STEP_M) / (camera.min_interval_s + errors.trigger_delay_s)
        ),
    }
    bound_by = min(bounds, key=lambda words: bounds[words])
    speed = _floor(bounds[bound_by], _SPEED_STEP_MPS)
    return Pace(
        speed_mps=speed,
        photo_spacing_m=_floor(gap - speed * errors.trigger_delay_s, _SPACING_STEP_M),
        speed_bound_by=bound_by,
    )


def lane_span_m(first_m: float, last_m: float, pace_: Pace, reach_m: float, errors: FlightErrors) -> tuple[float, float]:
    """Return from where to where the camera must travel, so that stickers from `first_m` to `last_m` get their looks.

    Both count in the direction of flight. The first photo is taken at the start; the last one anywhere in the last spacing.
    """
    gap = pace_.photo_spacing_m + pace_.speed_mps * errors.trigger_delay_s
    start = first_m + reach_m - (N_LOOKS - 1) * gap - errors.along_m
    end = last_m - reach_m + N_LOOKS * gap + errors.along_m + errors.corner_m
    return start, max(end, start + gap)


def _floor(value: float, step: float) -> float:
    return round(math.floor(value / step + 1e-9) * step, 6)


@lru_cache(maxsize=4096)
def _half_width_m(camera: CameraModel, distance_m: float, half_height_m: float) -> float:
    return _largest(lambda sizes: _holds(camera, distance_m, sizes, np.full_like(sizes, half_height_m)), 4 * distance_m)


@lru_cache(maxsize=4096)
def _half_height_m(camera: CameraModel, distance_m: float, half_width_m: float) -> float:
    return _largest(lambda sizes: _holds(camera, distance_m, np.full_like(sizes, half_width_m), sizes), 4 * distance_m)


def _largest(holds: Callable[[Vector], NDArray[np.bool_]], highest: float) -> float:
    """Return the largest size up to `highest` that holds, as all smaller ones do, to a 40,000th of `highest`; 0 when none does."""
    low, high = 0.0, highest
    for _ in range(2):
        sizes = np.linspace(low, high, 201)
        n_held = int(np.argmin(np.append(holds(sizes), False)))
        if n_held in (0, len(sizes)):
            return low if n_held == 0 else high
        low, high = float(sizes[n_held - 1]), float(sizes[n_held])
    return low


def _holds(camera: CameraModel, distance_m: float, half_widths_m: Vector, half_heights_m: Vector) -> NDArray[np.bool_]:
    """Whether rectangles (n) square to the lens are wholly in the picture: corners (pincushion) and mid-sides (barrel) are."""
    pose = Pose(time_s=0.0, position_m=(0.0, 0.0, 0.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=0.0)
    grid = np.array([(x, y) for x in (-1.0, 0.0, 1.0) for y in (-1.0, 0.0, 1.0)])
    x, y = grid[:, 0] * half_widths_m[:, None], grid[:, 1] * half_heights_m[:, None]
    in_camera = np.stack([x, y, np.full_like(x, distance_m)], axis=-1)
    points = camera.camera_centre_m(pose) + in_camera @ camera.site_from_camera(pose).T
    pixels, in_front = camera.project(pose, points)
    inside = (pixels >= -0.5) & (pixels <= np.asarray(camera.size_px) - 0.5)
    return np.asarray(np.all(inside, axis=(-1, -2)) & np.all(in_front, axis=-1))
