"""Decode a frame whose pose is known: cheapest first, and more only where a label must hang and none was read.

1. Sweep: rows of the whole frame, averaged over a millimetre or two of bar height, in one direction. What a whole frame needs is
   fewer scan lines, not fewer pixels along them; it costs a thirtieth of a stock search of the same frame and finds labels and tags
   that hang upright wherever they are, also where the pose is wrong.
2. Windows: each window without a read of what is sought is searched in all its rows. Where that gives nothing, places that look
   like bars, at any roll, are turned upright, enlarged and read, as they are and from the mean line along the bars.

Codes that are no bars are searched at full resolution within the windows only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Literal

import cv2
import numpy as np

from vision.bins.face_view import FaceView, Rect, label_band
from vision.codes import zxing_engine
from vision.codes.agreement import Ballot
from vision.codes.budget import Budget
from vision.codes.decode import moved
from vision.codes.decoded import MATRIX, Decoded
from vision.codes.grey import Grey
from vision.codes.localise import SMALL, BarRegion, find_bar_regions, looks_like_bars, may_be_bars, upright
from vision.codes.second_look import looked_at_twice
from vision.codes.upright_readings import N_FOR_ALL, readings
from warehouse.site import Site

GuidedEffort = Literal["sweep", "windows"]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom (exclusive), in pixels."""

SWEEP_MM = 1.5
"""Height of bars that one swept row stands for: the lowest bars in use, 5 mm, still get three rows."""
_MOST_ROWS = 8
_LEAST_LENGTH, _MOST_LENGTH = 0.15, 1.4
"""Of what looks like bars, in widths of the sticker."""


def label_windows(site: Site, view: FaceView, sigma_m: float) -> tuple[Box, ...]:
    """Return where in the frame labels must hang: the label band of every bin in view, grown by two sigma of the pose."""
    rules, reach = site.labels, 2 * sigma_m
    windows = []
    for b in site.layout.bins_of_face(view.face.name):
        band = label_band(b, rules.lowest_m, rules.highest_m) if b.kind.is_observable else None
        if band is None:
            continue
        (a0, a1), (h0, h1) = band.along_m, band.height_m
        window = view.window_px(Rect(along_m=(a0 - reach, a1 + reach), height_m=(h0 - reach, h1 + reach)))
        if window is not None:
            windows.append(window)
    return tuple(windows)


def decode_guided(
    image: Grey,
    windows: Sequence[Box],
    symbologies: Sequence[str],
    *,
    px_per_mm: float,
    label_width_mm: float,
    is_sought: Callable[[Decoded], bool],
    effort: GuidedEffort = "windows",
) -> list[Decoded]:
    """Return the barcodes of a grey frame (height, width); corners in pixels of the frame.

    `symbologies` are zxing-cpp's names. `px_per_mm` and `label_width_mm` say how large labels are in the frame. `is_sought` tells
    whether a decode is what must hang in a window: a window with one inside is done. `sweep` leaves out the second step.
    """
    linear = tuple(name for name in symbologies if name not in MATRIX)
    matrix = tuple(name for name in symbologies if name in MATRIX)
    ballot = _Ballots(is_sought)
    if linear:
        ballot.add(sweep(image, linear, px_per_mm=px_per_mm))
    for left, top, right, bottom in windows if matrix else ():
        inside = zxing_engine.read(image[top:bottom, left:right], matrix, variant="window")
        ballot.add([moved(d, left, top) for d in inside])
    lengths_px = _LEAST_LENGTH * label_width_mm * px_per_mm, _MOST_LENGTH * label_width_mm * px_per_mm
    for window in windows if effort == "windows" and linear else ():
        if any(_is_inside(d, window) for d in ballot.sought.elected()):
            continue
        for found in _look_into(image, window, linear, lengths_px):
            ballot.add(found)
            if any(is_sought(d) for d in found):
                break
    return looked_at_twice(image, ballot.standing())


class _Ballots:
    """What is sought, and what else was read: a label's symbols hang close together, and one must not outvote the next."""

    def __init__(self, is_sought: Callable[[Decoded], bool]) -> None:
        self.sought, self._others, self._is_sought = Ballot(), Ballot(), is_sought

    def add(self, found: Sequence[Decoded]) -> None:
        self.sought.add([d for d in found if self._is_sought(d)])
        self._others.add([d for d in found if not self._is_sought(d)])

    def standing(self) -> list[Decoded]:
        return [*self.sought.standing(), *self._others.standing()]


def sweep(image: Grey, linear: Sequence[str], *, px_per_mm: float) -> list[Decoded]:
    """Return what rows that stand for `SWEEP_MM` of a grey frame each read as, in one direction."""
    rows = max(min(round(SWEEP_MM * px_per_mm), _MOST_ROWS, image.shape[0]), 1)
    found = zxing_engine.read(_thinned(image, rows), linear, variant="sweep", any_direction=False)
    middle = (rows - 1) / 2
    return [replace(d, corners_px=tuple((x, y * rows + middle) for x, y in d.corners_px)) for d in found]  # type: ignore[arg-type]


def _thinned(image: Grey, rows: int) -> Grey:
    """Return one row for every `rows`: the mean of up to four of them. An area average of all takes five times as long."""
    if rows == 1:
        return image
    height = image.shape[0] // rows * rows
    picked = [image[i * rows // 4 : height : rows] for i in range(4)]
    upper, lower = (cv2.addWeighted(picked[i], 0.5, picked[i + 1], 0.5, 0) for i in (0, 2))
    return np.asarray(cv2.addWeighted(upper, 0.5, lower, 0.5, 0), dtype=np.uint8)


def _look_into(image: Grey, window: Box, linear: tuple[str, ...], lengths_px: tuple[float, float]) -> Iterator[list[Decoded]]:
    """Yield what one window reads as: all its rows first, then its places that look like bars of a label's size.

    Also those at which something else was read: a label has several symbols, close together, and what is sought may be the next.
    """
    left, top, right, bottom = window
    plain = zxing_engine.read(image[top:bottom, left:right], linear, variant="window", any_direction=False)
    yield [moved(d, left, top) for d in plain]
    for place in find_bar_regions(image[top:bottom, left:right], windows=(SMALL,)):
        region = replace(place, centre_px=(place.centre_px[0] + left, place.centre_px[1] + top))
        if lengths_px[0] <= region.length_px <= lengths_px[1] and may_be_bars(image, region):
            yield from _read_region(image, region, linear)


def _read_region(image: Grey, region: BarRegion, linear: tuple[str, ...]) -> Iterator[list[Decoded]]:
    straight = upright(image, region, is_paper_beyond=True)
    if not looks_like_bars(straight.image):
        return
    for found in islice(readings(straight, linear, Budget(math.inf)), N_FOR_ALL):
        yield [replace(d, corners_px=straight.corners_in_picture(d.corners_px)) for d in found]


def _is_inside(d: Decoded, window: Box) -> bool:
    x, y = d.centre_px
    return window[0] <= x < window[2] and window[1] <= y < window[3]
