"""The site on paper: the floor plan, and each rack face as it hangs before somebody who stands in the aisle."""

from __future__ import annotations

import numpy as np

from warehouse.drawing import Panel, page
from warehouse.layout import Bin, BinKind, RackFace
from warehouse.site import Site

SITE_CSS = """
.rack { fill: #d9e2ec; stroke: #829ab1; }
.keepout { fill: #fbd5d5; fill-opacity: 0.35; stroke: #c53030; stroke-dasharray: 4 3; }
.pad { fill: #ffffff; stroke: #1f2933; stroke-width: 1.5; }
.bin { fill: #ffffff; stroke: #829ab1; }
.unused, .forbidden { fill: #cbd2d9; stroke: #829ab1; }
.rear { fill: #e4e7eb; stroke: #829ab1; stroke-dasharray: 3 3; }
.tag { fill: #2f855a; }
.floor { stroke: #52606d; stroke-width: 2; fill: none; }
.centre { stroke: #9fb3c8; stroke-dasharray: 8 5; fill: none; }
.name { font-size: 13px; font-weight: 600; }
.code { font-size: 9px; fill: #486581; }
.small { font-size: 11px; fill: #52606d; }
.warn { font-size: 11px; fill: #c53030; }
"""
SITE_LEGEND = [
    ("box", "rack", "rack"),
    ("box", "bin", "location"),
    ("box", "forbidden", "unused or forbidden location"),
    ("box", "keepout", "keep-out box"),
    ("box", "pad", "home pad (H)"),
]
_WIDEST_PX = 1180.0
_HEADROOM_M = 0.6


def draw_site_svg(site: Site) -> str:
    """Return the drawing of a site: floor plan above, then the elevation of every rack face."""
    layout = site.layout
    panels = [floor_plan(site), *(elevation(site, face) for face in layout.faces.values())]
    lines = [
        f"{len(layout.aisles)} aisle(s), {len(layout.faces)} rack face(s), {len(layout.bins)} locations. All lengths in metres.",
        "The floor plan is seen from above; each rack face as you see it when you stand before it in the aisle.",
    ]
    legend = [*SITE_LEGEND, ("box", "tag", "location tag")] if site.tags else SITE_LEGEND
    return page(site.name, lines, legend, panels, [], css=SITE_CSS)


def floor_plan(site: Site) -> Panel:
    """Return the floor plan: racks, aisles with their direction, keep-out boxes, home pads."""
    layout = site.layout
    racks = {name: _rack_outline(face, _depth_m(site, name)) for name, face in layout.faces.items()}
    points = [p for outline in racks.values() for p in outline]
    points += [pad.position_m for pad in layout.home_pads]
    points += [corner[:2] for box in layout.keep_outs for corner in (box.min_m, box.max_m)]
    low, high = np.min(points, axis=0) - 1.0, np.max(points, axis=0) + 1.0
    scale = _scale(float(high[0] - low[0]), float(high[1] - low[1]), tallest_px=700.0)
    panel = Panel("Floor plan", (float(low[0]), float(high[0])), (float(low[1]), float(high[1])), px_per_m=scale)
    for box in layout.keep_outs:
        words = f"{box.name}: {round(box.min_m[2], 2):g} to {round(box.max_m[2], 2):g} m above the floor"
        panel.box(box.min_m[:2], box.max_m[:2], "keepout", words)
        panel.text(box.min_m[:2], words, "warn", anchor="start", shift_px=(4, -4))
    for name, outline in racks.items():
        panel.polygon(outline, "rack", f"rack face {name}")
        middle = np.mean(outline, axis=0)
        if panel.text_fits(name, _depth_m(site, name) + layout.aisle(layout.faces[name].aisle).width_m, 11):
            panel.text(middle, name, "small")
    for aisle in layout.aisles:
        along = np.asarray(aisle.face("left").along)[:2]
        start, end = np.asarray(aisle.start_m), np.asarray(aisle.start_m) + aisle.length_m * along
        panel.line([start, end], "centre")
        words = f"start of {aisle.name}"
        panel.text(start, words if panel.text_fits(words, aisle.width_m + 2.0, 11) else aisle.name, "small", shift_px=(0, 14))
    for pad in layout.home_pads:
        panel.dot(pad.position_m, 10, "pad", pad.name)
        panel.text(pad.position_m, "H", "name", shift_px=(0, 5))
        panel.text(pad.position_m, pad.name, "small", anchor="start", shift_px=(15, 4))
    panel.scale_bars()
    return panel


def elevation(site: Site, face: RackFace) -> Panel:
    """Return one rack face as it hangs: who looks at the right-hand face has the start of the aisle to the right."""
    bins = site.layout.bins_of_face(face.name)
    top = max(b.base_m + b.height_m for b in bins) + _HEADROOM_M
    mirrored = face.side == "right"
    scale = _scale(face.length_m + 2.0, top, tallest_px=460.0)
    title = f"Rack face {face.name}: {len(bins)} locations, seen from the aisle"
    panel = Panel(title, (-1.0, face.length_m + 1.0), (-0.35, top), px_per_m=scale, is_mirrored=mirrored)
    for b in sorted(bins, key=lambda b: b.kind is BinKind.REAR):
        _draw_bin(panel, b)
    for tag in site.tags:
        if tag.face == face.name:
            panel.dot((tag.along_m, tag.height_m), 4, "tag", f"tag {tag.text} ({tag.symbology}), {tag.size_mm:g} mm")
    panel.line([(-1.0, 0.0), (face.length_m + 1.0, 0.0)], "floor")
    panel.text((-0.95, top), "start of the aisle", "small", anchor="end" if mirrored else "start", shift_px=(0, 12))
    panel.text((face.length_m + 0.95, top), "end of the aisle", "small", anchor="start" if mirrored else "end", shift_px=(0, 12))
    panel.scale_bars()
    return panel


def _draw_bin(panel: Panel, b: Bin) -> None:
    style = {BinKind.UNUSED: "unused", BinKind.FORBIDDEN: "forbidden", BinKind.REAR: "rear"}.get(b.kind, "bin")
    low = (b.along_m - b.width_m / 2, b.base_m)
    high = (b.along_m + b.width_m / 2, b.base_m + b.height_m)
    panel.box(low, high, style, f"{b.code} ({b.kind.value}), {b.width_m:g} x {b.height_m:g} m, {b.base_m:g} m above the floor")
    if b.kind is not BinKind.REAR and panel.text_fits(b.code.text, b.width_m, 9):
        panel.text((b.along_m, b.base_m), b.code.text, "code", shift_px=(0, -4))


def _rack_outline(face: RackFace, depth_m: float) -> list[tuple[float, float]]:
    corners = [(0.0, 0.0), (face.length_m, 0.0), (face.length_m, -depth_m), (0.0, -depth_m)]
    points = [face.point_m(along, 0.0, outward) for along, outward in corners]
    return [(float(p[0]), float(p[1])) for p in points]


def _depth_m(site: Site, face: str) -> float:
    return max(b.depth_m for b in site.layout.bins_of_face(face))


def _scale(width_m: float, height_m: float, tallest_px: float) -> float:
    return max(4.0, min(64.0, _WIDEST_PX / width_m, tallest_px / height_m))
