"""The rectangle about a camera's axis, on the plane of a face, that is in every picture whatever the flight errors.

Distances are metres from the optical centre along the normal of the face. Errors that are independent of each other are combined as
the root of the sum of their squares.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mission.planning.flight_errors import FlightErrors
from warehouse.camera import CameraModel
from warehouse.poses import Pose
from warehouse.site import LabelRules

Vector = NDArray[np.float64]
_STEP_M = 0.005
"""Sizes asked for are rounded up to this, so that racks which differ by less share what was worked out for one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Half sizes, flight errors taken off."""

    half_width_m: float
    half_height_m: float


def tallest_window(camera: CameraModel, standoff_m: float, labels: LabelRules, errors: FlightErrors) -> Window:
    """Return the window of the greatest height that still lets a sticker pass through it sideways."""
    nearest = standoff_m - errors.outward_m
    least_width = labels.width_mm / 1000
    half_height = _half_height_m(camera, nearest, least_width)
    return Window(
        half_width_m=max(0.0, least_width - half_height * math.tan(math.radians(errors.pitch_deg))),
        half_height_m=max(0.0, half_height - _height_margin_m(nearest, least_width, errors)),
    )


def widest_window(
    camera: CameraModel, standoff_m: float, half_height_m: float, errors: FlightErrors, *, sticker_height_m: float
) -> Window:
    """Return the window of the greatest width that is at least `half_height_m` high above and below the axis.

    A picture turned in its own plane shifts what is off its axis, all of one height by the same; only the sticker's own height
    takes away from the width. That the shift differs from photo to photo is a matter of their spacing (see `readability.pace`).
    """
    nearest, half_height_m = standoff_m - errors.outward_m, _rounded_up(half_height_m)
    half_width, raw_height = 0.0, half_height_m
    for _ in range(3):  # the height lost to tilt grows with the width, which depends on the height: settles at once
        raw_height = half_height_m + _height_margin_m(nearest, half_width, errors)
        half_width = _half_width_m(camera, nearest, raw_height)
    return Window(
        half_width_m=max(0.0, half_width - sticker_height_m / 2 * math.tan(math.radians(errors.pitch_deg))),
        half_height_m=half_height_m if half_width else 0.0,
    )


def highest_window(camera: CameraModel, standoff_m: float, half_width_m: float, errors: FlightErrors) -> Window:
    """Return the window of the greatest height that is at least `half_width_m` wide to both sides of the axis."""
    nearest, half_width_m = standoff_m - errors.outward_m, _rounded_up(half_width_m)
    half_height, raw_width = 0.0, half_width_m
    for _ in range(3):
        raw_width = half_width_m + _width_margin_m(nearest, half_height, errors)
        half_height = _half_height_m(camera, nearest, raw_width)
    return Window(
        half_width_m=half_width_m if half_height else 0.0,
        half_height_m=max(0.0, half_height - raw_width * math.tan(math.radians(errors.pitch_deg))),
    )


def _height_margin_m(distance_m: float, half_width_m: float, errors: FlightErrors) -> float:
    tipped = distance_m * math.tan(math.radians(errors.roll_deg))
    turned = half_width_m * math.tan(math.radians(errors.pitch_deg))
    return math.hypot(errors.height_m, tipped, turned)


def _width_margin_m(distance_m: float, half_height_m: float, errors: FlightErrors) -> float:
    swung = distance_m * math.tan(math.radians(errors.yaw_deg))
    turned = half_height_m * math.tan(math.radians(errors.pitch_deg))
    return math.hypot(errors.along_m, swung, turned)


def _rounded_up(size_m: float) -> float:
    return round(math.ceil(size_m / _STEP_M - 1e-6) * _STEP_M, 6)


@lru_cache(maxsize=16384)
def _half_width_m(camera: CameraModel, distance_m: float, half_height_m: float) -> float:
    return _largest(lambda sizes: _holds(camera, distance_m, sizes, np.full_like(sizes, half_height_m)), 4 * distance_m)


@lru_cache(maxsize=16384)
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
