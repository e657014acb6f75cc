"""Pages in millimetres, and stickers laid out on them so that a ruler finds what the site file says."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from fpdf import FPDF

from vision.printing.symbols import Symbol
from warehouse.errors import BadInputError
from warehouse.texts import Texts

PAPERS_MM = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "A6": (105.0, 148.0), "letter": (215.9, 279.4)}
EDGE_MM = 5.0
"""What office printers leave white at each side."""
FOOT_MM = 14.0
"""For the ruler and the line that says how to print."""
RULER_MM = 100.0
_ROLL_MM = 1.0
"""By which the paper may differ from the stickers and is still a roll of them."""
_SLACK_MM = 0.01
"""For rounding: stickers may be so much larger than their room."""
_MM_PER_POINT = 25.4 / 72
_CAPITAL = 0.72
"""Height of Helvetica's capitals, as a share of the font's size."""
_CUT_GREY = 170


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What lies in the printer."""

    width_mm: float
    height_mm: float

    @property
    def has_ruler(self) -> bool:
        """Whether there is room for the ruler: rolls of a label printer hold one sticker a page and nothing else."""
        return self.width_mm >= RULER_MM + 4 * EDGE_MM

    @property
    def room_mm(self) -> tuple[float, float]:
        """What stickers may cover, across and down."""
        if not self.has_ruler:
            return self.width_mm, self.height_mm
        return self.width_mm - 2 * EDGE_MM, self.height_mm - 2 * EDGE_MM - FOOT_MM


def paper_of(text: str) -> Paper:
    """Return the paper called `A4`, `letter` or, in millimetres, `105x148`; BadInputError for anything else."""
    named = {name.lower(): size for name, size in PAPERS_MM.items()}.get(text.lower())
    if named:
        return Paper(width_mm=named[0], height_mm=named[1])
    found = re.fullmatch(r"([0-9]{2,4}(?:[.,][0-9])?)[x×X]([0-9]{2,4}(?:[.,][0-9])?)", text)
    if found is None:
        raise BadInputError(
            f"--paper {text}: no such paper", remedy=f"use {', '.join(PAPERS_MM)}, or width and height in millimetres: 105x148"
        )
    width, height = (float(side.replace(",", ".")) for side in found.groups())
    return Paper(width_mm=width, height_mm=height)


class Page:
    """The page that is being drawn, from its upper left corner, in millimetres."""

    def __init__(self, pdf: FPDF) -> None:
        """Draw on the document's last page."""
        self._pdf = pdf

    def symbol(self, symbol: Symbol, left_mm: float, top_mm: float, size_mm: tuple[float, float]) -> None:
        """Draw a code, without its quiet zone, as large as said."""
        rows, columns = symbol.modules.shape
        wide, high = size_mm[0] / columns, size_mm[1] / rows
        self._pdf.set_fill_color(0)
        with self._pdf.new_path() as path:  # one path: no hair lines between the rows of a matrix code
            path.style.fill_color, path.style.stroke_color = "#000000", None
            for row, first, n in symbol.bars():
                path.rectangle(left_mm + first * wide, top_mm + row * high, n * wide, high)

    def text(
        self, text: str, left_mm: float, baseline_mm: float, capital_mm: float, *, room_mm: float, is_bold: bool = False
    ) -> None:
        """Write one line with capitals of that height, smaller where it has not the room."""
        shown = text.encode("latin-1", errors="replace").decode("latin-1")  # what the PDF's own fonts hold
        points = capital_mm / _CAPITAL / _MM_PER_POINT
        self._pdf.set_font("Helvetica", style="B" if is_bold else "", size=points)
        width = self._pdf.get_string_width(shown)
        if width > room_mm:
            self._pdf.set_font_size(points * room_mm / width)
        self._pdf.text(left_mm, baseline_mm, shown)

    def centred(self, text: str, left_mm: float, baseline_mm: float, capital_mm: float, *, room_mm: float) -> None:
        """Write one line in the middle of `room_mm`."""
        shown = text.encode("latin-1", errors="replace").decode("latin-1")
        self._pdf.set_font("Helvetica", size=capital_mm / _CAPITAL / _MM_PER_POINT)
        width = min(self._pdf.get_string_width(shown), room_mm)
        self.text(text, left_mm + (room_mm - width) / 2, baseline_mm, capital_mm, room_mm=room_mm)

    def line(self, start_mm: tuple[float, float], end_mm: tuple[float, float], width_mm: float = 0.3) -> None:
        """Draw a black line."""
        self._pdf.set_draw_color(0)
        self._pdf.set_line_width(width_mm)
        self._pdf.line(*start_mm, *end_mm)

    def cut(self, left_mm: float, top_mm: float, size_mm: tuple[float, float]) -> None:
        """Draw the line along which a sticker is cut out."""
        self._pdf.set_draw_color(_CUT_GREY)
        self._pdf.set_line_width(0.1)
        self._pdf.rect(left_mm, top_mm, *size_mm, style="D")


class Sticker(Protocol):
    """Something that is printed and cut out."""

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height, to the cut."""

    def draw(self, page: Page, left_mm: float, top_mm: float) -> None:
        """Draw it with its upper left corner there."""


def stickers_as_pdf(stickers: Sequence[Sticker], paper: Paper, texts: Texts, *, title: str) -> bytes:
    """Return pages of stickers in their order, on as few as upright or turned ones take; the same bytes for the same stickers.

    Paper of the largest sticker's own size is a label roll: one on each page and nothing else. BadInputError when one does not fit.
    """
    sizes = [sticker.size_mm for sticker in stickers]
    largest = [max(sides) for sides in zip(*sizes, strict=True)]
    is_roll = all(abs(s - p) <= _ROLL_MM for s, p in zip(largest, (paper.width_mm, paper.height_mm), strict=True))
    if is_roll:
        places = [_Place(page, 0.0, 0.0, is_turned=False) for page in range(1, len(sizes) + 1)]
    else:
        places = min((_places(sizes, paper.room_mm, prefers_turned=turned) for turned in (False, True)), key=lambda p: p[-1].page)
    pdf = _document((paper.width_mm, paper.height_mm), title)
    page = Page(pdf)
    has_foot = paper.has_ruler and not is_roll
    edge = EDGE_MM if has_foot else 0.0
    for sticker, (width, height), place in zip(stickers, sizes, places, strict=True):
        if place.page > pdf.page_no():
            pdf.add_page()
            if has_foot:
                sheet = texts("foot.sheet", title=title, number=place.page, of=places[-1].page)
                _foot(page, paper, texts("foot.ruler"), sheet)
        left, top = edge + place.left_mm, edge + place.top_mm
        if not is_roll:
            page.cut(left, top, (height, width) if place.is_turned else (width, height))
        if place.is_turned:
            with pdf.rotation(-90, left + height, top):
                sticker.draw(page, left + height, top)
        else:
            sticker.draw(page, left, top)
    return bytes(pdf.output())


@dataclass(frozen=True, slots=True)
class _Place:
    page: int
    """The first is 1."""
    left_mm: float
    top_mm: float
    """Within what stickers may cover."""
    is_turned: bool


def _places(sizes_mm: Sequence[tuple[float, float]], room_mm: tuple[float, float], *, prefers_turned: bool) -> list[_Place]:
    """Return where each sticker goes, row by row, a row as high as its highest; the other way round where one only fits so."""
    places: list[_Place] = []
    page, left, top, row_mm = 1, 0.0, 0.0, 0.0
    for size in sizes_mm:
        is_turned = prefers_turned if _fits(size[::-1] if prefers_turned else size, room_mm) else not prefers_turned
        width, height = size[::-1] if is_turned else size
        if not _fits((width, height), room_mm):
            raise _too_small(size, sizes_mm, room_mm)
        if left + width > room_mm[0] + _SLACK_MM:
            left, top, row_mm = 0.0, top + row_mm, 0.0
        if top + height > room_mm[1] + _SLACK_MM:
            page, left, top, row_mm = page + 1, 0.0, 0.0, 0.0
        places.append(_Place(page, left, top, is_turned))
        left, row_mm = left + width, max(row_mm, height)
    return places


def _fits(size_mm: tuple[float, float], room_mm: tuple[float, float]) -> bool:
    return size_mm[0] <= room_mm[0] + _SLACK_MM and size_mm[1] <= room_mm[1] + _SLACK_MM


def _too_small(
    size_mm: tuple[float, float], sizes_mm: Sequence[tuple[float, float]], room_mm: tuple[float, float]
) -> BadInputError:
    """Return that this sticker does not fit, with paper on which all do."""
    width, height = (math.ceil(max(sides)) for sides in zip(*sizes_mm, strict=True))
    return BadInputError(
        f"one sticker is {size_mm[0]:.0f} x {size_mm[1]:.0f} mm, and the paper has room for {room_mm[0]:.0f} x {room_mm[1]:.0f} mm",
        remedy=f"print on larger paper, for instance --paper {width + 2 * EDGE_MM:.0f}x{height + 2 * EDGE_MM + FOOT_MM:.0f},"
        f" on a label roll, --paper {width}x{height}, or make the sticker smaller",
    )


def picture_as_pdf(picture: bytes, size_mm: tuple[float, float], *, title: str = "") -> bytes:
    """Return one page, as large as said, that a picture (a PNG file) covers."""
    pdf = _document(size_mm, title)
    pdf.add_page()
    pdf.image(picture, 0, 0, *size_mm)
    return bytes(pdf.output())


def _document(size_mm: tuple[float, float], title: str) -> FPDF:
    pdf = FPDF(unit="mm", format=size_mm)
    pdf.set_creation_date(datetime(2000, 1, 1, tzinfo=UTC))  # always the same, so that the same tags are the same file
    pdf.set_title(title)
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    return pdf


def _foot(page: Page, paper: Paper, below: str, beside: str) -> None:
    """Draw the ruler, which tells whether the printer kept the size, with the words below it and beside it."""
    y, left = paper.height_mm - EDGE_MM - 7.0, EDGE_MM + 2.0
    page.line((left, y), (left + RULER_MM, y))
    for cm in range(11):
        page.line((left + 10 * cm, y - (2.0 if cm % 5 == 0 else 1.2)), (left + 10 * cm, y))
    page.text(below, left, y + 4.0, 2.0, room_mm=paper.width_mm - 2 * left)
    room = paper.width_mm - left - RULER_MM - 4.0 - left
    page.text(beside, left + RULER_MM + 4.0, y, 2.0, room_mm=room)
