"""By how much a camera or a label must change until a level pass reads it: found by trying, with what plans are made by.

A figure that somebody buys a camera by must hold, so each is the least change, on a coarse grid, that the planner's own look and
pace accept at one of the distances from the rack. None: no change up to the bound helps by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from mission.planning.choice import distances_m
from mission.planning.flight_errors import FlightErrors
from mission.planning.needs import least_px
from mission.planning.readability import MIN_SPACING_M, MIN_SPEED_MPS, look, pace
from mission.records import Direction
from warehouse.camera import CameraModel
from warehouse.site import LabelRules

_MOST_TIMES = 3
"""A picture so many times as high is no remedy."""
_STEP_PX, _STEP_M = 10, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one camera must read a label."""

    labels: LabelRules
    errors: FlightErrors
    nearest_m: float
    """Of the airframe from the face, as the rotors allow."""
    farthest_m: float
    """The same, in an aisle so wide."""
    camera_reach_m: float
    """How much nearer the lens is than the airframe."""
    half_band_m: float
    """How far labels reach to either side of the way, up or down."""
    upright_free_m: float
    cruise_mps: float


def is_read(camera: CameraModel, place: Place) -> bool:
    """Whether a level pass at one of the distances reads every place of the label, with pixels that are just enough."""
    labels, errors = place.labels, place.errors
    wide_enough = min(camera.focal_px) * labels.narrowest_bar_mm / least_px(labels) / 1000 - labels.setback_m - errors.outward_m
    for outward in distances_m(place.nearest_m, min(place.farthest_m, wide_enough + place.camera_reach_m)):
        standoff = round(outward - place.camera_reach_m, 6)
        if standoff <= errors.outward_m + 0.05:
            continue
        seen = look(
            camera,
            labels,
            errors,
            Direction.LEVEL,
            standoff_m=standoff,
            half_breadth_m=round(math.ceil(place.half_band_m / 0.005 - 1e-6) * 0.005, 6),
            upright_free_m=place.upright_free_m,
            margin=1.0,
        )
        if seen.reach_m > 0:
            found = pace(
                ((camera, seen, standoff),), errors, n_looks=labels.looks, fastest_mps=place.cruise_mps, fastest_because=""
            )
            if found.speed_mps >= MIN_SPEED_MPS and found.photo_spacing_m >= MIN_SPACING_M:
                return True
    return False


@lru_cache(maxsize=1024)
def least_height_px(camera: CameraModel, place: Place) -> int | None:
    """Return how many pixels high the pictures of the same lens and sensor would have to be, in tens."""
    first = camera.size_px[1] // _STEP_PX + 1
    n = _first(lambda tens: _is_read_taller(camera, place, tens * _STEP_PX), first, _MOST_TIMES * first)
    return None if n is None else n * _STEP_PX


def _is_read_taller(camera: CameraModel, place: Place, height_px: int) -> bool:
    (width, height), (x, y) = camera.size_px, camera.centre_px
    taller = replace(camera, size_px=(width, height_px), centre_px=(x, y + (height_px - height) / 2))
    return taller.covers_its_picture() and is_read(taller, place)


@lru_cache(maxsize=1024)
def tallest_band_m(camera: CameraModel, place: Place) -> float | None:
    """Return within how much height labels would have to hang, in whole centimetres; None where less than their own height."""
    tallest, least = math.floor(2 * place.half_band_m / _STEP_M + 1e-6), math.ceil(place.labels.height_mm / 10)
    n = _first(lambda n: is_read(camera, replace(place, half_band_m=(tallest - n) * _STEP_M / 2)), 0, tallest - least)
    return None if n is None else round((tallest - n) * _STEP_M, 2)


@lru_cache(maxsize=1024)
def longest_exposure_s(camera: CameraModel, place: Place) -> float | None:
    """Return the exposure at which labels are sharp enough at the slowest speed, to a hundredth of itself."""
    n = _first(lambda n: is_read(replace(camera, exposure_s=_shortened_s(camera, n)), place), 1, 800)
    return None if n is None else _shortened_s(camera, n)


def _shortened_s(camera: CameraModel, n: int) -> float:
    """Return the camera's exposure, shortened n times by a hundredth and rounded down to three digits."""
    exposure = float(camera.exposure_s * 0.99**n)
    step = 10.0 ** (math.floor(math.log10(exposure)) - 2)
    return round(math.floor(exposure / step + 1e-9) * step, 12)


def _first(holds: Callable[[int], bool], low: int, high: int) -> int | None:
    """Return the first number from `low` to `high` for which it holds, as it does for all after it; None when for none."""
    if high < low or not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return high
