"""The site on paper: the floor plan, and each rack face as it hangs before somebody who stands in the aisle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from warehouse.coordinates import along_from_heading, heading_from_along
from warehouse.drawing import Panel, page
from warehouse.face_drawing import elevation
from warehouse.layout import Aisle, BinKind, RackFace
from warehouse.site import Site
from warehouse.texts import ENGLISH, Speech

__all__ = ["SITE_CSS", "SITE_LEGEND", "draw_site_svg", "elevation", "floor_plan"]

SITE_CSS = """
.rack { fill: #d9e2ec; stroke: #829ab1; }
.bare { fill: none; stroke: #cbd2d9; stroke-dasharray: 2 4; }
.keepout { fill: #fbd5d5; fill-opacity: 0.35; stroke: #c53030; stroke-dasharray: 4 3; }
.tunnel { fill: #fefcbf; fill-opacity: 0.7; stroke: #975a16; stroke-dasharray: 2 2; }
.pad { fill: #ffffff; stroke: #1f2933; stroke-width: 1.5; }
.bin { fill: #ffffff; stroke: #829ab1; }
.picking { fill: #fffbeb; stroke: #829ab1; }
.unused, .forbidden { fill: #cbd2d9; stroke: #829ab1; }
.rear { fill: #e4e7eb; stroke: #829ab1; stroke-dasharray: 3 3; }
.tag { fill: #2f855a; }
.floor { stroke: #52606d; stroke-width: 2; fill: none; }
.ceiling { stroke: #c53030; stroke-width: 1.5; fill: none; }
.centre { stroke: #9fb3c8; stroke-dasharray: 8 5; fill: none; }
.measure { stroke: #7b8794; stroke-width: 1; fill: none; }
.name { font-size: 13px; font-weight: 600; }
.code { font-size: 9px; fill: #486581; }
.small { font-size: 11px; fill: #52606d; }
.warn { font-size: 11px; fill: #c53030; }
"""
SITE_LEGEND = [
    ("box", "rack", "rack"),
    ("box", "bin", "location"),
    ("corner", "picking", "picking"),
    ("slash", "unused", "unused"),
    ("cross", "forbidden", "forbidden"),
    ("behind", "bin", "rear place behind it"),
    ("box", "keepout", "keep-out box"),
    ("box", "pad", "home pad (H)"),
]
_WIDEST_PX, _WIDEST_OF_FEW_PX = 1180.0, 3600.0
_FONT_PX = 11.0
_BARE_M = 0.5
"""More than this of an aisle without locations on one side is drawn as such."""


def draw_site_svg(site: Site, aisles: Sequence[str] = (), speech: Speech = ENGLISH) -> str:
    """Return the drawing of a site: floor plan above, then the elevation of every rack face, or larger of those of `aisles`."""
    layout = site.layout
    faces = [face for face in layout.faces.values() if not aisles or face.aisle in aisles]
    widest_px = _WIDEST_OF_FEW_PX if aisles else _WIDEST_PX
    panels = [floor_plan(site, speech), *(elevation(site, face, widest_px=widest_px, speech=speech) for face in faces)]
    n_hidden = sum(not b.kind.is_observable for b in layout.bins)
    lines = [
        f"{len(layout.aisles)} aisle(s), {len(layout.faces)} rack face(s), {len(layout.bins)} locations"
        + (f", {n_hidden} of them not looked at" if n_hidden else "")
        + ". All lengths in metres.",
        "The floor plan is seen from above; each rack face as you see it when you stand before it in the aisle.",
    ]
    lines += _ceilings(site)
    if aisles:
        lines.append(f"Rack faces of {', '.join(aisles)} only.")
    return page(site.name, lines, _legend(site), panels, [], css=SITE_CSS, speech=speech)


def _legend(site: Site) -> list[tuple[str, str, str]]:
    """Return what is drawn of the legend: only what the site has."""
    kinds = {b.kind for b in site.layout.bins}
    needed = {
        "picking": BinKind.PICKING,
        "unused": BinKind.UNUSED,
        "forbidden": BinKind.FORBIDDEN,
        "rear place behind it": BinKind.REAR,
    }
    boxes = [] if site.layout.keep_outs else ["keep-out box"]
    legend = [entry for entry in SITE_LEGEND if entry[2] not in boxes]
    legend = [entry for entry in legend if needed.get(entry[2]) is None or needed[entry[2]] in kinds]
    legend += [("box", "tunnel", "tunnel")] if site.layout.tunnels else []
    legend += [("line", "#c53030", "ceiling")] if _ceilings(site) else []
    return legend + ([("box", "tag", "location tag")] if site.tags else [])


def _ceilings(site: Site) -> list[str]:
    layout = site.layout
    said = [] if layout.ceiling_m is None else [f"{layout.ceiling_m:g} m everywhere"]
    said += [f"{aisle.ceiling_m:g} m over {aisle.name}" for aisle in layout.aisles if aisle.ceiling_m is not None]
    if not said:
        return []
    shown = ", ".join(said[:8]) + (f" and {len(said) - 8} more" if len(said) > 8 else "")
    return [f"Ceiling: {shown}; the drone stays {site.drone.radius_m + site.drone.clearance_m:.2f} m below it."]


def floor_plan(site: Site, speech: Speech = ENGLISH) -> Panel:
    """Return the floor plan: racks, aisles with their direction and measures, tunnels, keep-out boxes, home pads."""
    layout = site.layout
    points = [p for name, face in layout.faces.items() for p in outline(face, (0.0, face.length_m), sum(layout.depths_m(name)))]
    points += [pad.position_m for pad in layout.home_pads]
    points += [corner for box in layout.keep_outs for corner in box.outline_m()]
    low, high = np.min(points, axis=0) - 1.0, np.max(points, axis=0) + 1.0
    scale = max(4.0, min(64.0, _WIDEST_PX / (high[0] - low[0]), 700.0 / (high[1] - low[1])))
    x_m, y_m = (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))
    panel = Panel("Floor plan", x_m, y_m, px_per_m=float(scale), speech=speech)
    for face in layout.faces.values():
        _draw_rack(panel, site, face)
    for aisle in layout.aisles:
        _draw_aisle(panel, aisle)
    for box in layout.keep_outs:
        words = f"{box.name}: {round(box.min_m[2], 2):g} to {round(box.max_m[2], 2):g} m above the floor"
        panel.polygon(box.outline_m(), "keepout", words)
        if len(layout.keep_outs) <= 12:
            panel.text(min(box.outline_m()), panel.say(words), "warn", anchor="start", shift_px=(4, -4))
    for pad in layout.home_pads:
        panel.dot(pad.position_m, 10, "pad", pad.name)
        panel.text(pad.position_m, "H", "name", shift_px=(0, 5))
        panel.text(pad.position_m, pad.name, "small", anchor="start", shift_px=(15, 4))
    panel.scale_bars()
    return panel


def _draw_rack(panel: Panel, site: Site, face: RackFace) -> None:
    """Draw a rack as far as it has locations; along the rest of its aisle the drone keeps out of its place as well."""
    layout = site.layout
    bins = layout.bins_of_face(face.name)
    front_m, rear_m = layout.depths_m(face.name)
    deep = front_m + rear_m
    ends = min(b.along_m - b.width_m / 2 for b in bins), max(b.along_m + b.width_m / 2 for b in bins)
    if ends[0] > _BARE_M or face.length_m - ends[1] > _BARE_M:
        panel.polygon(outline(face, (0.0, face.length_m), deep), "bare", f"no locations here on the side of {face.name}")
    panel.polygon(outline(face, ends, deep), "rack", f"rack face {face.name}: {len(bins)} locations")
    if rear_m > 0 and front_m > 0:
        panel.line([face.point_m(a, 0.0, -front_m)[:2] for a in ends], "behind")
    for tunnel in layout.tunnels:
        if tunnel.face == face.name:
            through = outline(face, (tunnel.from_m, tunnel.to_m), deep)
            panel.polygon(through, "tunnel", f"tunnel, {tunnel.height_m:g} m high")
    room_m = front_m if rear_m > 0 else deep
    if panel.px(room_m) >= _FONT_PX + 1 and panel.text_fits(face.name, ends[1] - ends[0], _FONT_PX):
        middle = face.point_m(sum(ends) / 2, 0.0, -room_m / 2)[:2]
        panel.text(middle, face.name, "small", heading_deg=heading_from_along(face.along), shift_px=(0, 4))


def _draw_aisle(panel: Panel, aisle: Aisle) -> None:
    """Draw the centre line with its direction; name and measures run along it where they fit."""
    along = along_from_heading(aisle.heading_deg)[:2]
    start = np.asarray(aisle.start_m)
    end = start + aisle.length_m * along
    tip = f"aisle {aisle.name}: {aisle.length_m:.2f} m long, {aisle.width_m:.2f} m wide"
    panel.line([start, end], "centre", tip)
    panel.arrow(start + 0.8 * (end - start), end, "centre", "#9fb3c8", tip)
    across = np.array([along[1], -along[0]]) * aisle.width_m / 2
    at = start + 0.04 * (end - start)
    panel.line([at - across, at + across], "measure")
    if panel.px(aisle.width_m) < _FONT_PX + 2:
        panel.text(start - 0.5 * along, aisle.name, "small", heading_deg=aisle.heading_deg, anchor="middle")
        return
    long = panel.say(f"{aisle.name}: {aisle.length_m:.1f} m long, {aisle.width_m:.2f} m wide")
    begins = panel.say(f"start of {aisle.name}")
    words = next((w for w in (long, begins) if panel.text_fits(w, 0.7 * aisle.length_m, _FONT_PX)), aisle.name)
    panel.text((start + end) / 2, words, "small", heading_deg=aisle.heading_deg, shift_px=(0, -3))
    panel.dot(start, 3, "floor", f"start of {aisle.name}", "#52606d")
    panel.text(start, begins if panel.text_fits(begins, aisle.width_m, _FONT_PX) else aisle.name, "small", shift_px=(0, 14))


def outline(face: RackFace, ends_m: tuple[float, float], depth_m: float) -> list[tuple[float, float]]:
    """Return the corners, on the floor plan, of a part of a rack."""
    corners = [(ends_m[0], 0.0), (ends_m[1], 0.0), (ends_m[1], -depth_m), (ends_m[0], -depth_m)]
    points = [face.point_m(along, 0.0, outward) for along, outward in corners]
    return [(float(p[0]), float(p[1])) for p in points]
