"""Draws a story onto its photo: outlines where the projection says, words in bands above and below, so that no label is hidden.

All pixels in here are of the drawing, `WIDTH_PX` wide, unless a name says `photo`.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vision.bins.bar_traces import Place
from vision.bins.face_view import FaceView, Rect, find_face_view, label_band
from vision.codes.grey import Grey, resized
from vision.overlay.pen import (
    BLACK,
    FATE_COLOURS,
    STATUS_COLOURS,
    STEPS,
    WHITE,
    WIDTH_PX,
    Box,
    Canvas,
    Points,
    cross,
    dashes,
    diamond,
    line,
    polygon,
    width_px,
    write,
)
from vision.overlay.sheets import Words, foot_sheet, head_sheet, sheet_words
from vision.overlay.story import Fate, FrameStory, Placard
from warehouse.layout import Bin, BinKind
from warehouse.observations import ObservationStatus
from warehouse.site import LabelRules, Site
from warehouse.texts import ENGLISH

_TAG_PX, _PAD_PX = 26, 4.0
INSET_PX = 5
"""Outlines are drawn this far inside, so that neighbours with one border show both their colours."""


def draw(
    site: Site, story: FrameStory, photo: Grey, photo_width_px: int, bars: Sequence[Place] = (), *, words: Words | None = None
) -> Canvas:
    """Return the drawing (height, `WIDTH_PX`, 3) of a story on its `photo`, whose full size is `photo_width_px` wide.

    `bars` are places (along, height) on the face where bars were found that nothing read; `words` are English if not given.
    """
    words = words or sheet_words(ENGLISH)
    picture: Canvas = np.repeat(resized(photo, WIDTH_PX / photo.shape[1])[:, :WIDTH_PX, None], 3, axis=2)
    scale = WIDTH_PX / photo_width_px
    marks = [(_widened((np.asarray(m.corners_px) + 0.5) * scale - 0.5), m) for m in story.marks]
    taken = [_box_of(corners) for corners, _ in marks]
    view = find_face_view(site, story.frame) if story.is_placed else None
    if view is not None:
        spots = [(view.pixels(*place) + 0.5) * scale - 0.5 for place in bars]
        taken += [_box_of(diamond(spot)) for spot in spots]
        outlined = [p for p in story.placards if p.bin.kind is not BinKind.REAR]  # the rear ones lie behind another outline
        for placard in outlined:
            _outline(picture, view, scale, placard, site.labels)
        for placard in outlined:
            window = view.window_px(opening(placard.bin))
            band = view.window_px(label_band(placard.bin, site.labels.lowest_m, site.labels.highest_m))
            if window is not None:
                _tag(picture, placard, _scaled(window, scale), [] if band is None else [_scaled(band, scale)], taken)
        for spot in spots:
            polygon(picture, diamond(spot), STATUS_COLOURS[ObservationStatus.UNREADABLE], is_dashed=False)
        for tag in site.tags:
            at = np.array(tag.along_m), np.array(tag.height_m)
            if tag.face == view.face.name and view.sees(*at):
                cross(picture, (view.pixels(*at, behind_m=-tag.outward_m) + 0.5) * scale - 0.5)
    for corners, mark in marks:
        polygon(picture, corners, FATE_COLOURS[mark.fate], is_dashed=mark.fate is Fate.REFUSED)
    for number, (corners, _) in enumerate(marks, start=1):
        _badge(picture, str(number), _box_of(corners), taken)
    return np.vstack([head_sheet(story, view, scale, words), picture, foot_sheet(story, words)])


def outline_px(view: FaceView, rect: Rect, scale: float) -> list[Points]:
    """Return the four sides (n, 2) of a rectangle of the goods' plane; what lies far outside the photo is left out."""
    (a0, a1), (h0, h1) = rect.along_m, rect.height_m
    t = np.linspace(0.0, 1.0, STEPS)
    sides = []
    for (sa, sh), (ea, eh) in zip(((a0, h0), (a1, h0), (a1, h1), (a0, h1)), ((a1, h0), (a1, h1), (a0, h1), (a0, h0)), strict=True):
        along, height = sa + t * (ea - sa), sh + t * (eh - sh)
        fa, fh = view.footprint.along_m, view.footprint.height_m
        near = (along > fa[0] - 0.2) & (along < fa[1] + 0.2) & (height > fh[0] - 0.2) & (height < fh[1] + 0.2)
        sides.append((view.pixels(along[near], height[near]) + 0.5) * scale - 0.5)
    return sides


def opening(b: Bin) -> Rect:
    """Return the opening of a bin on its face."""
    return Rect(along_m=(b.along_m - b.width_m / 2, b.along_m + b.width_m / 2), height_m=(b.base_m, b.base_m + b.height_m))


def _outline(picture: Canvas, view: FaceView, scale: float, placard: Placard, rules: LabelRules) -> None:
    colour = STATUS_COLOURS[placard.status]
    inset_m = INSET_PX / (1000.0 * view.camera.px_per_mm(view.standoff_m) * scale)
    for side in outline_px(view, _shrunk(opening(placard.bin), inset_m), scale):
        line(picture, side, colour, 3)
    for side in outline_px(view, _shrunk(label_band(placard.bin, rules.lowest_m, rules.highest_m), 2 * inset_m), scale):
        for dash in dashes(side):
            line(picture, dash, colour, 2)


def _shrunk(rect: Rect, by_m: float) -> Rect:
    (a0, a1), (h0, h1) = rect.along_m, rect.height_m
    return Rect(along_m=(a0 + by_m, a1 - by_m), height_m=(h0 + by_m, h1 - by_m))


def _widened(corners: Points) -> Points:
    """Return a barcode's corners, in order around it, a little farther out: the line must not cover its bars."""
    out = np.zeros_like(corners)
    for neighbours in (np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0)):
        edges = corners - neighbours
        out += edges / np.maximum(np.linalg.norm(edges, axis=1, keepdims=True), 1.0)
    return np.asarray(corners + _PAD_PX * out)


def _tag(picture: Canvas, placard: Placard, window: Box, avoided: list[Box], taken: list[Box]) -> None:
    """Write a location's code and status within its `window`, where nothing is `taken` and, if possible, nothing `avoided`."""
    left, top, right, bottom = window
    width = width_px(placard.title) + 16
    x = min(max((left + right - width) // 2, 4), max(picture.shape[1] - width - 4, 4))
    rows = [bottom - _TAG_PX - 6, top + 6, *range(top + 6 + _TAG_PX, bottom - 2 * _TAG_PX, _TAG_PX)]
    boxes = [(x, y, x + width, y + _TAG_PX) for y in rows if 0 <= y < picture.shape[0] - _TAG_PX]
    free = [b for b in boxes if not any(_overlap(b, t) for t in taken)]
    best = next((b for b in free if not any(_overlap(b, t) for t in avoided)), free[0] if free else None)
    if best is None:
        return  # the list below the picture still names it
    taken.append(best)
    cv2.rectangle(picture, best[:2], best[2:], STATUS_COLOURS[placard.status], cv2.FILLED)
    cv2.rectangle(picture, best[:2], best[2:], BLACK, 1)
    write(picture, placard.title, best[0] + 8, best[3] - 8)


def _badge(picture: Canvas, number: str, box: Box, taken: list[Box]) -> None:
    width = width_px(number) + 14
    left, top, right, bottom = box
    middle = (top + bottom) // 2 - 12
    spots = [(left - width - 6, middle), (right + 6, middle), (left, top - 30), (left, bottom + 6)]
    boxes = [(x, y, x + width, y + 24) for x, y in spots]
    inside = [b for b in boxes if b[0] >= 0 and b[1] >= 0 and b[2] < picture.shape[1] and b[3] < picture.shape[0]]
    best = next((b for b in inside if not any(_overlap(b, t) for t in taken)), (inside or boxes)[0])
    taken.append(best)
    cv2.rectangle(picture, best[:2], best[2:], BLACK, cv2.FILLED)
    cv2.rectangle(picture, best[:2], best[2:], WHITE, 1)
    write(picture, number, best[0] + 7, best[3] - 7, WHITE)


def _box_of(corners: Points) -> Box:
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _scaled(window: Box, scale: float) -> Box:
    left, top, right, bottom = (round(v * scale) for v in window)
    return left, top, right, bottom


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
