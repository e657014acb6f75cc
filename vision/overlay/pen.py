"""The pen of the overlay: colours, lines that show on light and dark goods, letters. Pixels are of the drawing.

The colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which colour-blind people can tell apart; every colour
also has its word.
"""

from __future__ import annotations

import unicodedata

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.overlay.story import Fate
from warehouse.observations import ObservationStatus

Colour = tuple[int, int, int]
"""Blue, green, red."""
Canvas = NDArray[np.uint8]
Points = NDArray[np.float64]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""

WIDTH_PX = 1600
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
STATUS_COLOURS: dict[ObservationStatus, Colour] = {
    ObservationStatus.READ: (115, 158, 0),
    ObservationStatus.EMPTY: (233, 180, 86),
    ObservationStatus.UNREADABLE: (0, 159, 230),
    ObservationStatus.UNSEEN: (167, 121, 204),
    ObservationStatus.NOT_OBSERVABLE: (190, 190, 190),
}
FATE_COLOURS: dict[Fate, Colour] = {Fate.BOOKED: (66, 228, 240), Fate.BESIDE: WHITE, Fate.REFUSED: (0, 94, 213)}

_FONT, _SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.6
_HAS_ACCENTS = int(cv2.__version__.partition(".")[0]) >= 5
"""Whether OpenCV's font has them: before 5 it knows ASCII only."""
_DASH_PX, _BRACKET_PX = 14.0, 16.0
STEPS = 33
"""Points along each side of an outline: a lens bends it."""


def polygon(picture: Canvas, corners: Points, colour: Colour, *, is_dashed: bool) -> None:
    """Draw around something: dashed, or as brackets at its corners, which leave the digits below a barcode to be read."""
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        length = max(float(np.linalg.norm(end - start)), 1.0)
        step = (end - start) / length
        side = start + np.linspace(0.0, 1.0, STEPS)[:, None] * (end - start)
        is_short = length < 4 * _BRACKET_PX
        brackets = (
            [side] if is_short else [np.stack([start, start + _BRACKET_PX * step]), np.stack([end - _BRACKET_PX * step, end])]
        )
        for piece in dashes(side) if is_dashed else brackets:
            line(picture, piece, colour, 2)


def cross(picture: Canvas, spot: Points) -> None:
    """Mark a place (2,) of a tag."""
    for arm in (np.array([12.0, 0.0]), np.array([0.0, 12.0])):
        line(picture, np.stack([spot - arm, spot + arm]), WHITE, 2)


def diamond(spot: Points) -> Points:
    """Return the corners (4, 2) of a small diamond around a place (2,)."""
    return spot + 14.0 * np.array([[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])


def dashes(points: Points) -> list[Points]:
    """Return the dashes (2, 2) of a line (n, 2)."""
    if len(points) < 2:
        return []
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    starts = np.arange(0.0, length[-1], 2 * _DASH_PX)
    ends = [(s, min(s + _DASH_PX, length[-1])) for s in starts]
    return [np.stack([np.interp(e, length, points[:, i]) for i in (0, 1)], axis=1) for e in ends]


def line(picture: Canvas, points: Points, colour: Colour, thickness: int) -> None:
    """Draw a line with a dark rim, so that it shows on light and on dark goods."""
    whole = np.round(points[np.isfinite(points).all(axis=1)]).astype(np.int32)
    for c, width in ((BLACK, thickness + 2), (colour, thickness)):
        cv2.polylines(picture, [whole], False, c, width, cv2.LINE_AA)


def width_px(text: str) -> int:
    """Return how wide a text is written."""
    return int(cv2.getTextSize(_drawable(text), _FONT, _SIZE, 1)[0][0])


def _drawable(text: str) -> str:
    """Return a text without accents where the font has none."""
    return text if _HAS_ACCENTS else "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def write(canvas: Canvas, text: str, x: int, y: int, colour: Colour = BLACK) -> None:
    """Write a text whose first letter begins at `x` and stands on `y`."""
    cv2.putText(canvas, _drawable(text), (x, y), _FONT, _SIZE, colour, 1, cv2.LINE_AA)


def wrapped(text: str, room_px: int) -> list[str]:
    """Return a text in rows that are no wider than `room_px`, but for a word that is."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_px(longer) <= room_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
