"""What is left of a sortie: the lanes that were not flown to their end, each from the first bin on that lacks photos."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mission.records import Direction, Lane, LaneView, Sortie
from warehouse.coordinates import shorter_turn_deg
from warehouse.layout import Bin
from warehouse.poses import FrameRecord
from warehouse.site import Site

Vector = NDArray[np.float64]

NEAR_M, NEAR_DEG = 0.35, 15.0
"""A photo that was taken so near to a lane, with the nose so near to its heading, is one of that lane."""
MARGIN_M = 0.3
"""By how much a photo's place may be wrong without a bin being taken for seen that was not."""
SUSPECT_S = 3.0
"""The last photos before a flight was broken off by trouble with its position, which may have spoilt their places."""
_ROUNDED_M = 0.001
"""To which the places of photos along a lane are given."""
LARGEST_GAP = 2.5
"""Between two photos of a lane, in spacings, without anything being missed: now and then one is lost on the way."""


def remaining_lanes(site: Site, planned: Sortie, flown: Counter[str], frames: Sequence[FrameRecord]) -> list[Lane]:
    """Return the lanes of `planned` that are left.

    `flown` counts the locations of lanes that were flown to their end (a recount may want two looks at one), `frames` are the
    photos of flights that were broken off.
    """
    wanted = Counter(code for lane in planned.lanes for code in lane.must_see)
    left = []
    for lane in planned.lanes:
        codes = {code for code in lane.must_see if flown[code] < wanted[code]}
        if codes:
            rest = _rest(site, lane, codes, photos_of(lane, frames))
            left += [] if rest is None else [rest]
    return left


def boot_of(frame: FrameRecord) -> int:
    """Return in which start of the autopilot a photo was taken, from 1."""
    return int(frame.frame.rpartition("/")[2].partition("-")[0])


def trusted(frames: Sequence[FrameRecord], *, is_place_in_doubt: bool) -> list[FrameRecord]:
    """Return the photos of one broken flight whose places can be relied on."""
    last_s = max((f.pose.time_s for f in frames), default=0.0)
    until_s = last_s - SUSPECT_S if is_place_in_doubt else math.inf
    return [f for f in frames if f.is_ekf_healthy and f.pose.time_s < until_s]


def photos_of(lane: Lane, frames: Sequence[FrameRecord]) -> list[float]:
    """Return how far along `lane`, in metres from its start, each photo was taken that belongs to it, in order."""
    start, end = np.asarray(lane.start_m), np.asarray(lane.end_m)
    length = float(np.linalg.norm(end - start))
    cameras = {view.camera for view in lane.views}
    if length == 0.0:
        return []
    along = (end - start) / length
    found = set()
    for frame in frames:
        turned = abs(shorter_turn_deg(lane.heading_deg, frame.pose.heading_deg))
        away: Vector = np.asarray(frame.pose.position_m) - start
        travelled = float(away @ along)
        beside = float(np.linalg.norm(away - travelled * along))
        if frame.camera in cameras and turned < NEAR_DEG and beside < NEAR_M and -NEAR_M < travelled < length + NEAR_M:
            found.add(round(min(max(travelled, 0.0), length), 3))
    return sorted(found)


def seen_in_passing(site: Site, lane: Lane, photos: Sequence[float], *, longest_gap_m: float) -> tuple[str, ...]:
    """Return the locations of a lane that was flown to its end, but those that a hole in its `photos` (see `photos_of`) may hide.

    A hole is longer than `longest_gap_m`: the radio was silent as photos were taken, and none of them has a place.
    """
    start, end = np.asarray(lane.start_m), np.asarray(lane.end_m)
    length = float(np.linalg.norm(end - start))
    holes = [(a, b) for a, b in pairwise([0.0, *photos, length]) if b - a > longest_gap_m]
    hidden = set()
    for view in lane.views if holes else ():
        reach = _reach_m(site, lane, view)
        for code in view.must_see:
            place, is_level = site.layout.bins_by_code[code], lane.direction is Direction.LEVEL
            low, high = _extent_m(place, start, (end - start) / length, is_level=is_level)
            if any(begin_m < high + reach and low - reach < end_m for begin_m, end_m in holes):
                hidden.add(code)
    return tuple(code for code in lane.must_see if code not in hidden)


def _reach_m(site: Site, lane: Lane, view: LaneView) -> float:
    """Return how far before and behind a photo, along the lane, it shows what stands there, and a margin."""
    camera = next(c for c in site.cameras if c.side == view.camera)
    axis = 0 if lane.direction is Direction.LEVEL else 1
    return camera.size_px[axis] / (2 * camera.focal_px[axis]) * view.standoff_m + MARGIN_M


def _rest(site: Site, lane: Lane, codes: set[str], photos: Sequence[float]) -> Lane | None:
    """Return the lane from the first of the bins `codes` on that lacks photos; None when none does."""
    covered = _covered_m(photos, lane.photo_spacing_m)
    if covered <= 0.0:
        return lane
    bins = site.layout.bins_by_code
    start, end = np.asarray(lane.start_m), np.asarray(lane.end_m)
    length = float(np.linalg.norm(end - start))
    begins = []
    undone: set[str] = set()
    for view in lane.views:
        reach = _reach_m(site, lane, view)
        for code in view.must_see:
            low, high = _extent_m(bins[code], start, (end - start) / length, is_level=lane.direction is Direction.LEVEL)
            if code in codes and min(high + reach, length) > covered + _ROUNDED_M:
                undone.add(code)
                begins.append(max(low - reach, 0.0))
    if not undone:
        return None
    begin = min(begins)
    if begin < lane.photo_spacing_m:
        return lane
    point = start + begin / length * (end - start)
    return replace(
        lane,
        views=tuple(
            replace(view, must_see=tuple(code for code in view.must_see if code in undone))
            for view in lane.views
            if undone & set(view.must_see)
        ),
        start_m=(float(point[0]), float(point[1]), float(point[2])),
        n_photos=max(2, math.ceil((length - begin) / lane.photo_spacing_m) + 1),
    )


def _covered_m(photos: Sequence[float], spacing_m: float) -> float:
    """Return up to where the photos follow one another without a gap, from the start of the lane."""
    covered = 0.0
    for photo in photos:
        if photo - covered > LARGEST_GAP * spacing_m:
            break
        covered = photo
    return covered


def _extent_m(place: Bin, start: Vector, along: Vector, *, is_level: bool) -> tuple[float, float]:
    """Return from where to where a bin reaches along a lane, in metres from the lane's start."""
    middle = float((np.asarray(place.centre_m) - start) @ along)
    half = (place.width_m if is_level else place.height_m) / 2
    return middle - half, middle + half
