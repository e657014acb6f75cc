"""One rack face as it hangs: openings with codes, what is behind and before them, bays, levels, and measures in metres."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from warehouse.drawing import MARKS, Panel
from warehouse.layout import Bin, BinKind, RackFace
from warehouse.site import Site
from warehouse.texts import ENGLISH, Speech

_HEADROOM_M = 0.6
_TALLEST_PX = 460.0
_CODE_PX, _NAME_PX = 9.0, 10.0
_LEAST_LINE_PX, _HEADLINE_PX = 11.0, 18.0
_MOST_WITH_TIPS = 6000
"""Locations of a site that are drawn one by one, each with its words under the pointer; more would be too much for a browser."""
_CEILING_WITHIN_M = 4.0
"""A ceiling is drawn where it is no farther than this above the rack."""
_MARK_OF = {BinKind.UNUSED: "slash", BinKind.FORBIDDEN: "cross", BinKind.PICKING: "corner"}
_STYLE_OF = {BinKind.UNUSED: "unused", BinKind.FORBIDDEN: "forbidden", BinKind.PICKING: "picking"}


def elevation(site: Site, face: RackFace, *, widest_px: float = 1180.0, speech: Speech = ENGLISH) -> Panel:
    """Return one rack face as it hangs: who looks at the right-hand face has the start of the aisle to the right."""
    layout = site.layout
    bins = layout.bins_of_face(face.name)
    rack_top = max(b.base_m + b.height_m for b in bins)
    ceiling = layout.ceiling_over_m(face.aisle)
    is_ceiling_drawn = ceiling - rack_top <= _CEILING_WITHIN_M
    top = max(rack_top + _HEADROOM_M, ceiling + 0.4) if is_ceiling_drawn else rack_top + _HEADROOM_M
    mirrored = face.side == "right"
    scale = max(4.0, min(64.0, widest_px / (face.length_m + 2.0), _TALLEST_PX / top))
    bottom = -0.35 - _LEAST_LINE_PX / scale
    top = max(top, rack_top + _HEADLINE_PX / scale)
    title = f"Rack face {face.name}: {len(bins)} locations, seen from the aisle"
    panel = Panel(title, (-1.0, face.length_m + 1.0), (bottom, top), px_per_m=scale, is_mirrored=mirrored, speech=speech)
    _draw_bins(panel, bins, has_tips=len(layout.bins) <= _MOST_WITH_TIPS)
    for tunnel in layout.tunnels:
        if tunnel.face == face.name:
            words = panel.say(f"tunnel {tunnel.height_m:g} m")
            panel.box((tunnel.from_m, 0.0), (tunnel.to_m, tunnel.height_m), "tunnel", words)
            if panel.text_fits(words, tunnel.to_m - tunnel.from_m, _NAME_PX):
                panel.text(((tunnel.from_m + tunnel.to_m) / 2, tunnel.height_m / 2), words, "metres")
    _draw_boxes_before(panel, site, face)
    for tag in site.tags:
        if tag.face == face.name:
            panel.dot((tag.along_m, tag.height_m), 4, "tag", f"tag {tag.text} ({tag.symbology}), {tag.size_mm:g} mm")
    panel.line([(-1.0, 0.0), (face.length_m + 1.0, 0.0)], "floor")
    if is_ceiling_drawn:
        panel.line([(-1.0, ceiling), (face.length_m + 1.0, ceiling)], "ceiling", f"ceiling, {ceiling:g} m above the floor")
        panel.text((face.length_m / 2, ceiling), panel.say(f"ceiling {ceiling:g} m"), "warn", shift_px=(0, -4))
    _name_bays(panel, bins)
    _measure_levels(panel, face, bins, rack_top)
    panel.text((-0.95, top), panel.say("start of the aisle"), "small", anchor="end" if mirrored else "start", shift_px=(0, 12))
    far = (face.length_m + 0.95, top)
    panel.text(far, panel.say("end of the aisle"), "small", anchor="start" if mirrored else "end", shift_px=(0, 12))
    panel.scale_bars()
    return panel


def _draw_bins(panel: Panel, bins: Sequence[Bin], *, has_tips: bool) -> None:
    fronts = [b for b in bins if b.kind is not BinKind.REAR]
    rears = [b for b in bins if b.kind is BinKind.REAR]
    covered = {(round(b.along_m, 2), round(b.base_m, 2)) for b in fronts}
    lone = [b for b in rears if (round(b.along_m, 2), round(b.base_m, 2)) not in covered]
    if has_tips:
        for b in lone:
            panel.box(*_corners(b), "rear", _tip(b))
        for b in fronts:
            panel.box(*_corners(b), _STYLE_OF.get(b.kind, "bin"), _tip(b))
    else:
        panel.boxes((_corners(b) for b in lone), "rear")
        for style in ("bin", *_STYLE_OF.values()):
            panel.boxes((_corners(b) for b in fronts if _STYLE_OF.get(b.kind, "bin") == style), style)
    for kind, mark in _MARK_OF.items():
        panel.strokes(_marks((b for b in fronts if b.kind is kind), mark), mark)
    panel.strokes(_marks(rears, "behind"), "behind")
    short = _short_names(bins)
    for b in fronts:
        words = next((w for w in (b.code.text, short[b.code.text]) if w and panel.text_fits(w, b.width_m, _CODE_PX)), "")
        if words and panel.px(b.height_m) >= _LEAST_LINE_PX:
            panel.text((b.along_m, b.base_m), words, "code", shift_px=(0, -4))


def _corners(b: Bin) -> tuple[tuple[float, float], tuple[float, float]]:
    return (b.along_m - b.width_m / 2, b.base_m), (b.along_m + b.width_m / 2, b.base_m + b.height_m)


def _tip(b: Bin) -> str:
    if b.kind is BinKind.NORMAL:
        return f"{b.code}, {b.width_m:.4g} x {b.height_m:.4g} m, {b.base_m:.4g} m above the floor"
    return f"{b.code} ({b.kind.value}), {b.width_m:.4g} x {b.height_m:.4g} m, {b.base_m:.4g} m above the floor"


def _marks(bins: Iterable[Bin], mark: str) -> list[list[tuple[float, float]]]:
    """Return the lines of a mark in each of the openings."""
    lines = []
    for b in bins:
        (x, y), _ = _corners(b)
        lines += [[(x + u * b.width_m, y + v * b.height_m) for u, v in line] for line in MARKS[mark]]
    return lines


def _short_names(bins: Sequence[Bin]) -> dict[str, str]:
    """Return of each code what tells it from the others of its bay: the bay is written below the rack."""
    bays: dict[str, list[str]] = {}
    for b in bins:
        bays.setdefault(b.code.bay, []).append(b.code.text)
    short: dict[str, str] = {}
    for texts in bays.values():
        first, last = min(texts), max(texts)  # what these two begin with, all begin with
        n = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)) if len(texts) > 1 else 0
        short |= {text: text[n:].lstrip("-._/ ") for text in texts}
    return short


def _name_bays(panel: Panel, bins: Sequence[Bin]) -> None:
    """Write the bays under the floor line, as many of them as there is room for."""
    spans: dict[str, tuple[float, float]] = {}
    for b in bins:
        (low, _), (high, _) = _corners(b)
        known = spans.get(b.code.bay, (low, high))
        spans[b.code.bay] = min(known[0], low), max(known[1], high)
    ordered = sorted((low + high, bay) for bay, (low, high) in spans.items())
    if not ordered:
        return
    needed_px = max(len(bay) for bay in spans) * 0.6 * _NAME_PX + 4
    room_px = panel.px((ordered[-1][0] - ordered[0][0]) / 2 / max(len(ordered) - 1, 1)) if len(ordered) > 1 else needed_px
    every = max(1, math.ceil(needed_px / max(room_px, 1e-6)))
    for i, (double_middle, bay) in enumerate(ordered):
        if i % every == 0:
            panel.text((double_middle / 2, 0.0), bay, "metres", shift_px=(0, 11))


def _measure_levels(panel: Panel, face: RackFace, bins: Sequence[Bin], rack_top: float) -> None:
    """Write the heights that pallets stand on to the right of the rack, with the level's name where it is one."""
    names: dict[float, set[str]] = {}
    for b in bins:
        names.setdefault(round(b.base_m, 2), set()).add(b.code.level)
    is_mirrored = face.side == "right"
    x = min(_corners(b)[0][0] for b in bins) - 0.05 if is_mirrored else max(_corners(b)[1][0] for b in bins) + 0.05
    tick = -0.15 if is_mirrored else 0.15
    last_px = -math.inf
    for base in [*sorted(names), rack_top]:
        if panel.px(base) - last_px < _LEAST_LINE_PX:
            continue
        last_px = panel.px(base)
        level = names.get(base, set())
        named = f"{next(iter(level))}: " if len(level) == 1 else ("top " if base == rack_top else "")
        panel.line([(x, base), (x + tick, base)], "measure")
        down = 3.0 if base > 0.2 else -2.0  # clear of the floor line
        panel.text((x, base), panel.say(f"{named}{panel.number(base, 2)}"), "metres", anchor="start", shift_px=(12.0, down))


def _draw_boxes_before(panel: Panel, site: Site, face: RackFace) -> None:
    """Draw the keep-out boxes that hang or stand in the aisle before the face."""
    width = site.layout.aisle(face.aisle).width_m
    for box in site.layout.keep_outs:
        corners = np.array([(x, y, z) for x, y in box.outline_m() for z in (box.min_m[2], box.max_m[2])])
        placed = face.face_coordinates_m(corners)
        low, high = placed.min(axis=0), placed.max(axis=0)
        is_before = high[2] > 0.01 and low[2] < width - 0.01 and high[0] > 0 and low[0] < face.length_m
        if is_before:
            ends = (max(float(low[0]), -1.0), min(float(high[0]), face.length_m + 1.0))
            tallest = max(_corners(b)[1][1] for b in site.layout.bins_of_face(face.name)) + 0.3
            panel.box((ends[0], float(low[1])), (ends[1], min(float(high[1]), tallest)), "keepout", f"keep-out {box.name}")
