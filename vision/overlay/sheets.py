"""The bands of words above and below the photo of an overlay: what was found in it, by number, and what each colour means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vision.bins.face_view import FaceView
from vision.bins.place_errors import sigma_on_face_m
from vision.overlay.pen import (
    BLACK,
    FATE_COLOURS,
    STATUS_COLOURS,
    WHITE,
    WIDTH_PX,
    Canvas,
    cross,
    dashes,
    diamond,
    line,
    polygon,
    width_px,
    wrapped,
    write,
)
from vision.overlay.story import STATUS_WORDS, Fate, FrameStory, certainty_px
from warehouse.observations import ObservationStatus
from warehouse.texts import Speech

_FATE_WORDS = {Fate.BOOKED: "barcode, booked", Fate.BESIDE: "barcode, not for booking", Fate.REFUSED: "barcode, not booked"}
_LINE_PX, _MARGIN_PX = 28, 14


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


def head_sheet(story: FrameStory, view: FaceView | None, scale: float, words: Words) -> Canvas:
    """Return the band above the photo: what photo it is, and how far off outlines may be."""
    rows = [row for line in story.lines for row in wrapped(line, WIDTH_PX - 2 * _MARGIN_PX)]
    sheet = _sheet(len(rows) + (view is not None))
    for i, row in enumerate(rows):
        write(sheet, row, _MARGIN_PX, _MARGIN_PX + i * _LINE_PX + 20)
    if view is not None:
        sigma = sigma_on_face_m(view)
        text = words.accuracy.replace("{m}", f"{sigma:.2f}".replace(".", words.decimal_mark))
        y = _MARGIN_PX + len(rows) * _LINE_PX + 20
        write(sheet, text, _MARGIN_PX, y)
        start = _MARGIN_PX + width_px(text) + 20
        end = start + max(round(certainty_px(view, sigma) * scale), 1)
        cv2.line(sheet, (start, y - 7), (end, y - 7), BLACK, 2)
        for x in (start, end):
            cv2.line(sheet, (x, y - 14), (x, y), BLACK, 2)
    return sheet


def foot_sheet(story: FrameStory, words: Words) -> Canvas:
    """Return the band below the photo: barcodes by number, locations, and what each colour means."""
    inner = WIDTH_PX - 2 * _MARGIN_PX - 56
    marks = [(i, m, wrapped(m.words, inner)) for i, m in enumerate(story.marks, start=1)]
    placards = [(p, wrapped(f"{p.title}: {p.words}", inner)) for p in story.placards]
    n_lines = sum(len(rows) for _, _, rows in marks) + sum(len(rows) for _, rows in placards)
    sheet = _sheet(n_lines + 3 + (not marks) + (not placards and story.is_placed))
    y = _MARGIN_PX
    if not marks:
        write(sheet, words.unread, _MARGIN_PX, y + 20)
        y += _LINE_PX
    for number, mark, rows in marks:
        cv2.rectangle(sheet, (_MARGIN_PX, y + 3), (_MARGIN_PX + 44, y + 25), BLACK, cv2.FILLED)
        write(sheet, str(number), _MARGIN_PX + 6, y + 20, WHITE)
        cv2.rectangle(sheet, (_MARGIN_PX + 32, y + 7), (_MARGIN_PX + 41, y + 21), FATE_COLOURS[mark.fate], cv2.FILLED)
        y = _rows(sheet, rows, y)
    for placard, rows in placards:
        cv2.rectangle(sheet, (_MARGIN_PX, y + 3), (_MARGIN_PX + 44, y + 25), STATUS_COLOURS[placard.status], cv2.FILLED)
        y = _rows(sheet, rows, y)
    if not placards and story.is_placed:
        write(sheet, words.no_location, _MARGIN_PX, y + 20)
        y += _LINE_PX
    _legend(sheet, y + _LINE_PX // 2, words)
    return sheet


def _rows(sheet: Canvas, rows: Sequence[str], y: int) -> int:
    for row in rows:
        write(sheet, row, _MARGIN_PX + 56, y + 20)
        y += _LINE_PX
    return y


def _legend(sheet: Canvas, y: int, words: Words) -> None:
    cv2.line(sheet, (_MARGIN_PX, y), (WIDTH_PX - _MARGIN_PX, y), (190, 190, 190), 1)
    x = _MARGIN_PX
    for status, word in words.statuses.items():
        line(sheet, np.array([[x, y + 20.0], [x + 36.0, y + 20.0]]), STATUS_COLOURS[status], 3)
        write(sheet, word, x + 46, y + 26)
        x += 66 + width_px(word)
    y, x = y + _LINE_PX, _MARGIN_PX
    for fate, word in words.fates.items():
        polygon(
            sheet,
            np.array([[x, y + 12.0], [x + 36, y + 12], [x + 36, y + 28], [x, y + 28]]),
            FATE_COLOURS[fate],
            is_dashed=fate is Fate.REFUSED,
        )
        write(sheet, word, x + 46, y + 26)
        x += 66 + width_px(word)
    for dash in dashes(np.array([[x, y + 20.0], [x + 56.0, y + 20.0]])):
        line(sheet, dash, (190, 190, 190), 1)
    write(sheet, words.band, x + 66, y + 26)
    x += 86 + width_px(words.band)
    polygon(sheet, diamond(np.array([x + 14.0, y + 20.0])), STATUS_COLOURS[ObservationStatus.UNREADABLE], is_dashed=False)
    write(sheet, words.bars, x + 38, y + 26)
    x += 58 + width_px(words.bars)
    cross(sheet, np.array([x + 12.0, y + 20.0]))
    write(sheet, words.tag, x + 34, y + 26)


def _sheet(n_lines: int) -> Canvas:
    return np.full((n_lines * _LINE_PX + 2 * _MARGIN_PX, WIDTH_PX, 3), 255, dtype=np.uint8)
