"""Drawings to scale as SVG: panels in metres, stacked on one page with title and legend. For people, and for printing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from warehouse.texts import ENGLISH, Speech

Point = Sequence[float] | NDArray[np.float64]
"""x and y in metres."""

_MARGIN_PX = 48.0
_TITLE_PX = 26.0
_FONT = "font-family:Inter,'Segoe UI',Arial,sans-serif"


MARKS: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "slash": (((0, 0), (1, 1)),),
    "cross": (((0, 0), (1, 1)), ((0, 1), (1, 0))),
    "corner": (((0, 1), (0.4, 1), (0, 0.6), (0, 1)),),
    "behind": (((0.15, 0.3), (0.85, 0.3), (0.85, 0.88), (0.15, 0.88), (0.15, 0.3)),),
}
"""Lines in a box, from its lower left corner (0, 0) to the upper right one (1, 1), which mark it without colour."""


class Panel:
    """One drawing to scale: metres in, y upwards; the SVG group out."""

    def __init__(
        self,
        title: str,
        x_m: tuple[float, float],
        y_m: tuple[float, float],
        *,
        px_per_m: float,
        is_mirrored: bool = False,
        speech: Speech = ENGLISH,
    ) -> None:
        """Take the range of both axes in metres; `is_mirrored` lets x grow to the left; title and tips are said by `speech`."""
        self.title, self.say, self._speech = speech.say(title), speech.say, speech
        self._x, self._y, self._scale, self._mirrored = x_m, y_m, px_per_m, is_mirrored
        self.width_px = (x_m[1] - x_m[0]) * px_per_m + 2 * _MARGIN_PX
        self.height_px = (y_m[1] - y_m[0]) * px_per_m + _MARGIN_PX + _TITLE_PX
        self.group = ET.Element("g")

    def _px(self, point: Point) -> tuple[float, float]:
        x = self._x[1] - point[0] if self._mirrored else point[0] - self._x[0]
        return round(_MARGIN_PX + x * self._scale, 1), round(_TITLE_PX + (self._y[1] - point[1]) * self._scale, 1)

    def polygon(self, points_m: Iterable[Point], style: str, tip: str = "") -> None:
        """Draw a closed outline; `tip` shows when the pointer rests on it."""
        points = " ".join(f"{x},{y}" for x, y in map(self._px, points_m))
        _tip(ET.SubElement(self.group, "polygon", {"class": style, "points": points}), self.say(tip))

    def box(self, low_m: Point, high_m: Point, style: str, tip: str = "") -> None:
        """Draw an upright rectangle."""
        self.polygon([(low_m[0], low_m[1]), (high_m[0], low_m[1]), (high_m[0], high_m[1]), (low_m[0], high_m[1])], style, tip)

    def boxes(self, corners_m: Iterable[tuple[Point, Point]], style: str) -> None:
        """Draw many upright rectangles (lowest and highest corner each) as one shape: a tenth of the bytes of single ones."""
        pieces = []
        for low_m, high_m in corners_m:
            (x0, y0), (x1, y1) = self._px(low_m), self._px(high_m)
            pieces.append(f"M{min(x0, x1):g} {y1:g}h{abs(x1 - x0):.4g}v{y0 - y1:.4g}h{-abs(x1 - x0):.4g}z")
        if pieces:
            ET.SubElement(self.group, "path", {"class": style, "d": "".join(pieces)})

    def strokes(self, lines_m: Iterable[Sequence[Point]], style: str) -> None:
        """Draw many lines, each through its points, as one shape; a style with a fill fills them."""
        pieces = ["M" + "L".join(f"{x:g} {y:g}" for x, y in map(self._px, points)) for points in lines_m]
        if pieces:
            ET.SubElement(self.group, "path", {"class": style, "d": "".join(pieces)})

    def line(self, points_m: Iterable[Point], style: str, tip: str = "", colour: str = "") -> None:
        """Draw an open line through the points; `colour` overrides that of the style."""
        points = " ".join(f"{x},{y}" for x, y in map(self._px, points_m))
        element = ET.SubElement(self.group, "polyline", {"class": style, "points": points})
        if colour:
            element.set("stroke", colour)
        _tip(element, self.say(tip))

    def arrow(self, start_m: Point, end_m: Point, style: str, colour: str, tip: str = "") -> None:
        """Draw a line with a head at its middle, so that lines that meet stay readable."""
        self.line([start_m, end_m], style, tip, colour)
        (x0, y0), (x1, y1) = self._px(start_m), self._px(end_m)
        length = math.hypot(x1 - x0, y1 - y0)
        if length < 14:
            return
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        x, y = (x0 + x1) / 2 + 5 * ux, (y0 + y1) / 2 + 5 * uy
        corners = [(x, y), (x - 9 * ux + 4.5 * uy, y - 9 * uy - 4.5 * ux), (x - 9 * ux - 4.5 * uy, y - 9 * uy + 4.5 * ux)]
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
        ET.SubElement(self.group, "polygon", {"points": points, "fill": colour})

    def dot(self, point_m: Point, radius_px: float, style: str, tip: str = "", colour: str = "") -> None:
        """Draw a disc of a size that does not follow the scale."""
        x, y = self._px(point_m)
        element = ET.SubElement(self.group, "circle", {"class": style, "cx": str(x), "cy": str(y), "r": f"{radius_px:g}"})
        if colour:
            element.set("fill", colour)
        _tip(element, self.say(tip))

    def text(
        self,
        point_m: Point,
        words: str,
        style: str,
        *,
        anchor: str = "middle",
        shift_px: tuple[float, float] = (0, 0),
        heading_deg: float = 90.0,
    ) -> None:
        """Write one line as it is; `shift_px` moves it right and down, `heading_deg` turns it (90: to the right)."""
        x, y = self._px(point_m)
        place = {"x": f"{x + shift_px[0]:.1f}", "y": f"{y + shift_px[1]:.1f}", "text-anchor": anchor, "class": style}
        turn = (heading_deg - 90.0 + 90.0) % 180.0 - 90.0  # never upside down
        if abs(turn) > 0.01:
            place["transform"] = f"rotate({turn:.1f} {x:.1f} {y:.1f})"
        ET.SubElement(self.group, "text", place).text = words

    def number(self, value: float, digits: int) -> str:
        """Return a figure with the decimal mark of the language."""
        text = f"{value:.{digits}f}"
        return text if self._speech.lang == "en" else text.replace(".", ",")

    def px(self, metres: float) -> float:
        """Return a length on the drawing."""
        return metres * self._scale

    def text_fits(self, words: str, width_m: float, font_px: float) -> bool:
        """Whether the words fit into a width on the floor."""
        return len(words) * 0.58 * font_px <= width_m * self._scale

    def scale_bars(self) -> None:
        """Write metres along the lower and the left edge."""
        for axis, (low, high) in enumerate((self._x, self._y)):
            step = next((s for s in (1, 2, 5, 10, 20, 50, 100) if s * self._scale >= 34), 200)
            for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1):
                value = i * step
                at = (value, self._y[0]) if axis == 0 else (self._x[1] if self._mirrored else self._x[0], value)
                shift = (0.0, 14.0) if axis == 0 else (-6.0, 4.0)
                self.text(at, f"{value:g} m", "metres", anchor="middle" if axis == 0 else "end", shift_px=shift)


def page(
    title: str,
    lines: Sequence[str],
    legend: Sequence[tuple[str, str, str]],
    panels: Sequence[Panel],
    notes: Sequence[str],
    *,
    css: str,
    speech: Speech = ENGLISH,
) -> str:
    """Return the SVG document: title (as it is), lines of text, legend of (shape, class or colour, words), panels, notes.

    A legend shape is `box` (a class), one of MARKS (a class: a box with that mark), `line`, `dashes` or `dot` (a colour).
    """
    width = max([720.0, *(panel.width_px for panel in panels)])
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg"})
    ET.SubElement(root, "style").text = _CSS + css
    ET.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})
    y = 40.0
    _write(root, title, (_MARGIN_PX, y), "title")
    for line in map(speech.say, lines):
        y += 20
        _write(root, line, (_MARGIN_PX, y), "line")
    legend = [(shape, look, speech.word(words)) for shape, look, words in legend]
    y = _draw_legend(root, legend, y + 30, width) + 24
    for panel in panels:
        panel.group.set("transform", f"translate(0,{y:.1f})")
        heading = ET.Element("text", {"x": f"{_MARGIN_PX}", "y": "14", "class": "heading"})
        heading.text = panel.title
        panel.group.insert(0, heading)
        root.append(panel.group)
        y += panel.height_px + 8
    for note in map(speech.say, notes):
        y += 16
        _write(root, note, (_MARGIN_PX, y), "line")
    root.set("width", f"{width:.0f}")
    root.set("height", f"{y + 24:.0f}")
    root.set("viewBox", f"0 0 {width:.0f} {y + 24:.0f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _draw_legend(root: ET.Element, legend: Sequence[tuple[str, str, str]], y: float, width: float) -> float:
    x = _MARGIN_PX
    for shape, look, words in legend:
        needed = 44 + 6.6 * len(words)
        if x + needed > width - 10:
            x, y = _MARGIN_PX, y + 20
        if shape == "box" or shape in MARKS:
            ET.SubElement(root, "rect", {"x": f"{x}", "y": f"{y - 10}", "width": "20", "height": "12", "class": look})
            if shape in MARKS:
                lines = [[(x + 20 * a, y + 2 - 12 * b) for a, b in line] for line in MARKS[shape]]
                d = "".join("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in line) for line in lines)
                ET.SubElement(root, "path", {"class": shape, "d": d})
        elif shape == "dot":
            ET.SubElement(root, "circle", {"cx": f"{x + 10}", "cy": f"{y - 4}", "r": "4", "fill": look})
        else:
            dashes = {"stroke-dasharray": "5 4"} if shape == "dashes" else {}
            line = {"x1": f"{x}", "x2": f"{x + 22}", "y1": f"{y - 4}", "y2": f"{y - 4}", "stroke": look, "stroke-width": "2.5"}
            ET.SubElement(root, "line", line | dashes)
        _write(root, words, (x + 28, y), "line")
        x += needed
    return y


def _write(parent: ET.Element, words: str, at_px: tuple[float, float], style: str) -> None:
    ET.SubElement(parent, "text", {"x": f"{at_px[0]:.1f}", "y": f"{at_px[1]:.1f}", "class": style}).text = words


def _tip(element: ET.Element, words: str) -> None:
    if words:
        ET.SubElement(element, "title").text = words


_CSS = f"""
text {{ {_FONT}; fill: #1f2933; }}
.title {{ font-size: 22px; font-weight: 600; }}
.heading {{ font-size: 15px; font-weight: 600; }}
.line {{ font-size: 13px; }}
.metres {{ font-size: 10px; fill: #7b8794; }}
.slash, .cross {{ stroke: #52606d; stroke-width: 1; fill: none; }}
.corner {{ fill: #b7791f; stroke: none; }}
.behind {{ stroke: #486581; stroke-width: 1; stroke-dasharray: 3 2; fill: none; }}
"""
