"""Draws a story onto its photo: outlines where the projection says, words in bands above and below, so that no label is hidden.

The colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which colour-blind people can tell apart; every colour
also has its word. All pixels in here are of the drawing, `WIDTH_PX` wide, unless a name says `photo`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.bins.bar_traces import Place
from vision.bins.face_view import FaceView, Rect, find_face_view, label_band
from vision.bins.place_errors import sigma_on_face_m
from vision.codes.grey import Grey, resized
from vision.overlay.story import STATUS_WORDS, Fate, FrameStory, Placard, certainty_px
from warehouse.layout import Bin, BinKind
from warehouse.observations import ObservationStatus
from warehouse.site import LabelRules, Site
from warehouse.texts import ENGLISH, Speech

Colour = tuple[int, int, int]
"""Blue, green, red."""
Canvas = NDArray[np.uint8]
Points = NDArray[np.float64]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""

WIDTH_PX = 1600
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
STATUS_COLOURS: dict[ObservationStatus, Colour] = {
    ObservationStatus.READ: (115, 158, 0),
    ObservationStatus.EMPTY: (233, 180, 86),
    ObservationStatus.UNREADABLE: (0, 159, 230),
    ObservationStatus.UNSEEN: (167, 121, 204),
    ObservationStatus.NOT_OBSERVABLE: (190, 190, 190),
}
FATE_COLOURS: dict[Fate, Colour] = {Fate.BOOKED: (66, 228, 240), Fate.BESIDE: _WHITE, Fate.REFUSED: (0, 94, 213)}
_FATE_WORDS = {Fate.BOOKED: "barcode, booked", Fate.BESIDE: "barcode, not for booking", Fate.REFUSED: "barcode, not booked"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands on every drawing, whatever it shows."""

    statuses: dict[ObservationStatus, str]
    fates: dict[Fate, str]
    accuracy: str
    """With `{m}` where the metres stand."""
    unread: str
    no_location: str
    band: str
    bars: str
    tag: str
    decimal_mark: str


_FONT, _SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.6
_HAS_ACCENTS = int(cv2.__version__.partition(".")[0]) >= 5
"""Whether OpenCV's font has them: before 5 it knows ASCII only."""
_LINE_PX, _MARGIN_PX, _TAG_PX = 28, 14, 26
_DASH_PX, _PAD_PX, _BRACKET_PX = 14.0, 4.0, 16.0
INSET_PX = 5
"""Outlines are drawn this far inside, so that neighbours with one border show both their colours."""
_STEPS = 33
"""Points along each side of an outline: a lens bends it."""


def sheet_words(speech: Speech) -> Words:
    """Return the words that are the same on every drawing, said here: processes that draw know no language."""
    located = {status: speech.say(f"location: {word}") for status, word in STATUS_WORDS.items()}
    return Words(
        statuses=located,
        fates={fate: speech.say(word) for fate, word in _FATE_WORDS.items()},
        accuracy=speech.say("Outlines and places may be off by about {m} m either way, which in the picture is this much:"),
        unread=speech.say("No barcode was read in this photo."),
        no_location=speech.say("It shows no location of the layout."),
        band=speech.say("where its label can hang"),
        bars=speech.say("bars like those of a label, not read"),
        tag=speech.say("where a tag hangs, by tags.csv"),
        decimal_mark="." if speech.lang == "en" else ",",
    )


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
        taken += [_box_of(_diamond(spot)) for spot in spots]
        outlined = [p for p in story.placards if p.bin.kind is not BinKind.REAR]  # the rear ones lie behind another outline
        for placard in outlined:
            _outline(picture, view, scale, placard, site.labels)
        for placard in outlined:
            window = view.window_px(opening(placard.bin))
            band = view.window_px(label_band(placard.bin, site.labels.lowest_m, site.labels.highest_m))
            if window is not None:
                _tag(picture, placard, _scaled(window, scale), [] if band is None else [_scaled(band, scale)], taken)
        for spot in spots:
            _polygon(picture, _diamond(spot), STATUS_COLOURS[ObservationStatus.UNREADABLE], is_dashed=False)
        for tag in site.tags:
            at = np.array(tag.along_m), np.array(tag.height_m)
            if tag.face == view.face.name and view.sees(*at):
                _cross(picture, (view.pixels(*at, behind_m=-tag.outward_m) + 0.5) * scale - 0.5)
    for corners, mark in marks:
        _polygon(picture, corners, FATE_COLOURS[mark.fate], is_dashed=mark.fate is Fate.REFUSED)
    for number, (corners, _) in enumerate(marks, start=1):
        _badge(picture, str(number), _box_of(corners), taken)
    return np.vstack([_head(story, view, scale, words), picture, _foot(story, words)])


def outline_px(view: FaceView, rect: Rect, scale: float) -> list[Points]:
    """Return the four sides (n, 2) of a rectangle of the goods' plane; what lies far outside the photo is left out."""
    (a0, a1), (h0, h1) = rect.along_m, rect.height_m
    t = np.linspace(0.0, 1.0, _STEPS)
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
        _line(picture, side, colour, 3)
    for side in outline_px(view, _shrunk(label_band(placard.bin, rules.lowest_m, rules.highest_m), 2 * inset_m), scale):
        for dash in _dashes(side):
            _line(picture, dash, colour, 2)


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


def _diamond(spot: Points) -> Points:
    return spot + 14.0 * np.array([[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])


def _polygon(picture: Canvas, corners: Points, colour: Colour, *, is_dashed: bool) -> None:
    """Draw around something: dashed, or as brackets at its corners, which leave the digits below a barcode to be read."""
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        length = max(float(np.linalg.norm(end - start)), 1.0)
        step = (end - start) / length
        side = start + np.linspace(0.0, 1.0, _STEPS)[:, None] * (end - start)
        is_short = length < 4 * _BRACKET_PX
        brackets = (
            [side] if is_short else [np.stack([start, start + _BRACKET_PX * step]), np.stack([end - _BRACKET_PX * step, end])]
        )
        for piece in _dashes(side) if is_dashed else brackets:
            _line(picture, piece, colour, 2)


def _cross(picture: Canvas, spot: Points) -> None:
    for arm in (np.array([12.0, 0.0]), np.array([0.0, 12.0])):
        _line(picture, np.stack([spot - arm, spot + arm]), _WHITE, 2)


def _dashes(points: Points) -> list[Points]:
    if len(points) < 2:
        return []
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    starts = np.arange(0.0, length[-1], 2 * _DASH_PX)
    ends = [(s, min(s + _DASH_PX, length[-1])) for s in starts]
    return [np.stack([np.interp(e, length, points[:, i]) for i in (0, 1)], axis=1) for e in ends]


def _line(picture: Canvas, points: Points, colour: Colour, thickness: int) -> None:
    """Draw a line with a dark rim, so that it shows on light and on dark goods."""
    whole = np.round(points[np.isfinite(points).all(axis=1)]).astype(np.int32)
    for c, width in ((_BLACK, thickness + 2), (colour, thickness)):
        cv2.polylines(picture, [whole], False, c, width, cv2.LINE_AA)


# -- words ----


def _width_px(text: str) -> int:
    return int(cv2.getTextSize(_drawable(text), _FONT, _SIZE, 1)[0][0])


def _drawable(text: str) -> str:
    """Return a text without accents where the font has none."""
    return text if _HAS_ACCENTS else "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _write(canvas: Canvas, text: str, x: int, y: int, colour: Colour = _BLACK) -> None:
    cv2.putText(canvas, _drawable(text), (x, y), _FONT, _SIZE, colour, 1, cv2.LINE_AA)


def _tag(picture: Canvas, placard: Placard, window: Box, avoided: list[Box], taken: list[Box]) -> None:
    """Write a location's code and status within its `window`, where nothing is `taken` and, if possible, nothing `avoided`."""
    left, top, right, bottom = window
    width = _width_px(placard.title) + 16
    x = min(max((left + right - width) // 2, 4), max(picture.shape[1] - width - 4, 4))
    rows = [bottom - _TAG_PX - 6, top + 6, *range(top + 6 + _TAG_PX, bottom - 2 * _TAG_PX, _TAG_PX)]
    boxes = [(x, y, x + width, y + _TAG_PX) for y in rows if 0 <= y < picture.shape[0] - _TAG_PX]
    free = [b for b in boxes if not any(_overlap(b, t) for t in taken)]
    best = next((b for b in free if not any(_overlap(b, t) for t in avoided)), free[0] if free else None)
    if best is None:
        return  # the list below the picture still names it
    taken.append(best)
    cv2.rectangle(picture, best[:2], best[2:], STATUS_COLOURS[placard.status], cv2.FILLED)
    cv2.rectangle(picture, best[:2], best[2:], _BLACK, 1)
    _write(picture, placard.title, best[0] + 8, best[3] - 8)


def _badge(picture: Canvas, number: str, box: Box, taken: list[Box]) -> None:
    width = _width_px(number) + 14
    left, top, right, bottom = box
    middle = (top + bottom) // 2 - 12
    spots = [(left - width - 6, middle), (right + 6, middle), (left, top - 30), (left, bottom + 6)]
    boxes = [(x, y, x + width, y + 24) for x, y in spots]
    inside = [b for b in boxes if b[0] >= 0 and b[1] >= 0 and b[2] < picture.shape[1] and b[3] < picture.shape[0]]
    best = next((b for b in inside if not any(_overlap(b, t) for t in taken)), (inside or boxes)[0])
    taken.append(best)
    cv2.rectangle(picture, best[:2], best[2:], _BLACK, cv2.FILLED)
    cv2.rectangle(picture, best[:2], best[2:], _WHITE, 1)
    _write(picture, number, best[0] + 7, best[3] - 7, _WHITE)


def _box_of(corners: Points) -> Box:
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _scaled(window: Box, scale: float) -> Box:
    left, top, right, bottom = (round(v * scale) for v in window)
    return left, top, right, bottom


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _wrapped(text: str, width_px: int) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width_px(longer) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _sheet(n_lines: int) -> Canvas:
    return np.full((n_lines * _LINE_PX + 2 * _MARGIN_PX, WIDTH_PX, 3), 255, dtype=np.uint8)


def _head(story: FrameStory, view: FaceView | None, scale: float, words: Words) -> Canvas:
    rows = [row for line in story.lines for row in _wrapped(line, WIDTH_PX - 2 * _MARGIN_PX)]
    sheet = _sheet(len(rows) + (view is not None))
    for i, row in enumerate(rows):
        _write(sheet, row, _MARGIN_PX, _MARGIN_PX + i * _LINE_PX + 20)
    if view is not None:
        sigma = sigma_on_face_m(view)
        text = words.accuracy.replace("{m}", f"{sigma:.2f}".replace(".", words.decimal_mark))
        y = _MARGIN_PX + len(rows) * _LINE_PX + 20
        _write(sheet, text, _MARGIN_PX, y)
        start = _MARGIN_PX + _width_px(text) + 20
        end = start + max(round(certainty_px(view, sigma) * scale), 1)
        cv2.line(sheet, (start, y - 7), (end, y - 7), _BLACK, 2)
        for x in (start, end):
            cv2.line(sheet, (x, y - 14), (x, y), _BLACK, 2)
    return sheet


def _foot(story: FrameStory, words: Words) -> Canvas:
    inner = WIDTH_PX - 2 * _MARGIN_PX - 56
    marks = [(i, m, _wrapped(m.words, inner)) for i, m in enumerate(story.marks, start=1)]
    placards = [(p, _wrapped(f"{p.title}: {p.words}", inner)) for p in story.placards]
    n_lines = sum(len(rows) for _, _, rows in marks) + sum(len(rows) for _, rows in placards)
    sheet = _sheet(n_lines + 3 + (not marks) + (not placards and story.is_placed))
    y = _MARGIN_PX
    if not marks:
        _write(sheet, words.unread, _MARGIN_PX, y + 20)
        y += _LINE_PX
    for number, mark, rows in marks:
        cv2.rectangle(sheet, (_MARGIN_PX, y + 3), (_MARGIN_PX + 44, y + 25), _BLACK, cv2.FILLED)
        _write(sheet, str(number), _MARGIN_PX + 6, y + 20, _WHITE)
        cv2.rectangle(sheet, (_MARGIN_PX + 32, y + 7), (_MARGIN_PX + 41, y + 21), FATE_COLOURS[mark.fate], cv2.FILLED)
        y = _rows(sheet, rows, y)
    for placard, rows in placards:
        cv2.rectangle(sheet, (_MARGIN_PX, y + 3), (_MARGIN_PX + 44, y + 25), STATUS_COLOURS[placard.status], cv2.FILLED)
        y = _rows(sheet, rows, y)
    if not placards and story.is_placed:
        _write(sheet, words.no_location, _MARGIN_PX, y + 20)
        y += _LINE_PX
    _legend(sheet, y + _LINE_PX // 2, words)
    return sheet


def _rows(sheet: Canvas, rows: Sequence[str], y: int) -> int:
    for row in rows:
        _write(sheet, row, _MARGIN_PX + 56, y + 20)
        y += _LINE_PX
    return y


def _legend(sheet: Canvas, y: int, words: Words) -> None:
    cv2.line(sheet, (_MARGIN_PX, y), (WIDTH_PX - _MARGIN_PX, y), (190, 190, 190), 1)
    x = _MARGIN_PX
    for status, word in words.statuses.items():
        _line(sheet, np.array([[x, y + 20.0], [x + 36.0, y + 20.0]]), STATUS_COLOURS[status], 3)
        _write(sheet, word, x + 46, y + 26)
        x += 66 + _width_px(word)
    y, x = y + _LINE_PX, _MARGIN_PX
    for fate, word in words.fates.items():
        _polygon(
            sheet,
            np.array([[x, y + 12.0], [x + 36, y + 12], [x + 36, y + 28], [x, y + 28]]),
            FATE_COLOURS[fate],
            is_dashed=fate is Fate.REFUSED,
        )
        _write(sheet, word, x + 46, y + 26)
        x += 66 + _width_px(word)
    for dash in _dashes(np.array([[x, y + 20.0], [x + 56.0, y + 20.0]])):
        _line(sheet, dash, (190, 190, 190), 1)
    _write(sheet, words.band, x + 66, y + 26)
    x += 86 + _width_px(words.band)
    _polygon(sheet, _diamond(np.array([x + 14.0, y + 20.0])), STATUS_COLOURS[ObservationStatus.UNREADABLE], is_dashed=False)
    _write(sheet, words.bars, x + 38, y + 26)
    x += 58 + _width_px(words.bars)
    _cross(sheet, np.array([x + 12.0, y + 20.0]))
    _write(sheet, words.tag, x + 34, y + 26)
