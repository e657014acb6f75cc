"""The plan as a scene of Plotly's: racks, keep-outs, pads, the way and the lanes of each sortie, photos, waypoints to point at.

A figure is a dict as https://plotly.com/javascript/reference/ describes it: traces in metres, in the site frame. However large the
site, there are few traces, as each costs the browser more than thousands of points in one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from mission.planning.lanes import photo_places_m
from mission.records import LaneView, Purpose, ScanPlan, Sortie
from warehouse.layout import Bin
from warehouse.site import Site
from warehouse.texts import ENGLISH, Speech

Trace = dict[str, Any]
Say = Callable[[str], str]

SORTIE_COLOURS = ("#0b7285", "#d9480f", "#5f3dc4", "#2b8a3e", "#a61e4d", "#1864ab", "#866118", "#087f5b", "#862e9c", "#364fc7")
_PLANNED, _LOST, _OUT_OF_USE, _NOT_ASKED = "#4c7fb8", "#c53030", "#adb5bd", "#ced4da"
_NAMED = 14
"""Locations that a hover text names before it says how many more."""
_PHOTOS_SHOWN = 40_000
"""More dots than these make turning the picture slow on an old machine."""
_OPENINGS_DRAWN = 15_000
"""Of a larger site each rack face is drawn as one frame; locations that the plan leaves out are still drawn one by one."""


def plan_figure(site: Site, plan: ScanPlan, speech: Speech = ENGLISH) -> dict[str, Any]:
    """Return the figure, ready for JSON; its words are said by `speech`."""
    say = speech.say
    racks = _racks if len(site.layout.bins) <= _OPENINGS_DRAWN else _large_racks
    traces = [*racks(site, plan, say), *_keep_outs(site, say), _pads(site, say)]
    n_photos = sum(lane.n_photos for sortie in plan.sorties for lane in sortie.lanes)
    every = max(1, math.ceil(n_photos / _PHOTOS_SHOWN))
    for i, sortie in enumerate(plan.sorties):
        traces += _sortie(sortie, SORTIE_COLOURS[i % len(SORTIE_COLOURS)], every, say)
    axis = {"showbackground": False, "zeroline": False, "gridcolor": "#e3e8ee", "showspikes": False}
    layout = {
        "scene": {
            "aspectmode": "data",
            "xaxis": {**axis, "title": {"text": "x (m)"}},
            "yaxis": {**axis, "title": {"text": "y (m)"}},
            "zaxis": {**axis, "title": {"text": say("height (m)")}},
            "camera": {"eye": _eye(traces)},
        },
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "legend": {"x": 0.01, "y": 0.99, "bgcolor": "rgba(255,255,255,0.8)", "itemsizing": "constant", "groupclick": "togglegroup"},
        "hoverlabel": {"align": "left"},
        "uirevision": "keep",
    }
    return {"data": traces, "layout": layout}


def _eye(traces: Sequence[Trace]) -> dict[str, float]:
    """Return from where the whole scene is in sight: Plotly scales its box to the volume 1 and keeps the shape of the data."""
    spans = []
    for axis in "xyz":
        values = [value for trace in traces for value in trace[axis] if value is not None]
        spans.append(max(values) - min(values) + 0.1)
    longest = max(spans) / math.prod(spans) ** (1 / 3)
    return {"x": round(-0.7 * longest, 2), "y": round(-0.85 * longest, 2), "z": round(0.5 * longest + 0.2, 2)}


def _racks(site: Site, plan: ScanPlan, say: Say) -> list[Trace]:
    """Openings as outlines and points to rest on, by what the plan does with them."""
    seen = {
        code: words
        for sortie in plan.sorties
        for number, lane in enumerate(sortie.lanes, start=1)
        for view in lane.views
        for words in [say(_seen_words(sortie, number, view))]
        for code in view.must_see
    }
    lost = _lost(plan, say)
    planned, unreadable, unused, unasked = (
        say(name) for name in ("locations planned", "locations not readable", "locations out of use", "locations not asked for")
    )
    groups: dict[str, list[tuple[Bin, str]]] = {name: [] for name in (planned, unreadable, unused, unasked)}
    for b in site.layout.bins:
        code = b.code.text
        if code in seen:
            groups[planned].append((b, seen[code]))
        elif code in lost:
            groups[unreadable if b.kind.is_observable else unused].append((b, lost[code]))
        else:
            groups[unasked].append((b, say("not part of this plan")))
    colours = dict(zip(groups, (_PLANNED, _LOST, _OUT_OF_USE, _NOT_ASKED), strict=True))
    return [t for name, bins in groups.items() if bins for t in _openings(site, name, bins, colours[name])]


def _seen_words(sortie: Sortie, number: int, view: LaneView) -> str:
    return f"flight {sortie.name}, lane {number}: {view.px_per_bar:g} pixels a bar ({view.needed_px:g} are just enough)"


def _lost(plan: ScanPlan, say: Say) -> dict[str, str]:
    return {u.location: say(u.reason) + (f" -> {say(u.remedy)}" if u.remedy else "") for u in plan.uncovered}


def _large_racks(site: Site, plan: ScanPlan, say: Say) -> list[Trace]:
    """The faces as frames, and the openings that no pass reads."""
    lost = _lost(plan, say)
    unread = [(b, lost[b.code.text]) for b in site.layout.bins if b.kind.is_observable and b.code.text in lost]
    more = f" (the first {_OPENINGS_DRAWN} of {len(unread)})" if len(unread) > _OPENINGS_DRAWN else ""
    openings = _openings(site, say(f"locations not readable{more}"), unread[:_OPENINGS_DRAWN], _LOST) if unread else ()
    return [_face_frames(site, say), *openings]


def _face_frames(site: Site, say: Say) -> Trace:
    corners: list[list[float] | None] = []
    for face in site.layout.faces.values():
        bins = site.layout.bins_of_face(face.name)
        left, right = min(b.along_m - b.width_m / 2 for b in bins), max(b.along_m + b.width_m / 2 for b in bins)
        low, high = min(b.base_m for b in bins), max(b.base_m + b.height_m for b in bins)
        ring = [(left, low), (right, low), (right, high), (left, high), (left, low)]
        corners += [_rounded(face.point_m(along, z)) for along, z in ring]
        corners.append(None)
    return _lines(corners, _PLANNED, 2, name=say(f"{len(site.layout.faces)} rack faces"), hoverinfo="skip", opacity=0.6)


def _openings(site: Site, name: str, bins: Sequence[tuple[Bin, str]], colour: str) -> Iterable[Trace]:
    corners: list[list[float] | None] = []
    for b, _ in bins:
        face = site.layout.faces[b.face]
        half = b.width_m / 2 - 0.01
        ring = [(-half, 0.0), (half, 0.0), (half, b.height_m), (-half, b.height_m), (-half, 0.0)]
        corners += [_rounded(face.point_m(b.along_m + x, b.base_m + z)) for x, z in ring]
        corners.append(None)
    yield _lines(corners, colour, 1.5, name=name, legendgroup=name, hoverinfo="skip", opacity=0.6)
    middles = [_rounded(b.centre_m) for b, _ in bins]
    yield _points(
        middles,
        {"size": 3, "color": colour, "opacity": 0.45},
        [f"{b.code.text}<br>{_wrapped(words)}" for b, words in bins],
        name=name,
        legendgroup=name,
        showlegend=False,
    )


def _keep_outs(site: Site, say: Say) -> Iterable[Trace]:
    for i, box in enumerate(site.layout.keep_outs):
        (x0, y0, z0), (x1, y1, z1) = box.min_m, box.max_m
        yield {
            "type": "mesh3d",
            "x": [x0, x1, x1, x0, x0, x1, x1, x0],
            "y": [y0, y0, y1, y1, y0, y0, y1, y1],
            "z": [z0, z0, z0, z0, z1, z1, z1, z1],
            "i": [0, 0, 4, 4, 0, 0, 1, 1, 2, 2, 3, 3],
            "j": [1, 2, 5, 6, 1, 5, 2, 6, 3, 7, 0, 4],
            "k": [2, 3, 6, 7, 5, 4, 6, 5, 7, 6, 4, 7],
            "color": "#e03131",
            "opacity": 0.07,
            "name": say("keep-out boxes"),
            "legendgroup": "keep-outs",
            "showlegend": i == 0,
            "hoverinfo": "text",
            "text": say(f"keep out: {box.name}"),
        }


def _pads(site: Site, say: Say) -> Trace:
    pads = site.layout.home_pads
    return _points(
        [_rounded((*pad.position_m, 0.0)) for pad in pads],
        {"size": 9, "color": "#1b2430", "symbol": "square"},
        [say(f"home pad {pad.name}") for pad in pads],
        name=say("home pads"),
    )


def _sortie(sortie: Sortie, colour: str, every: int, say: Say) -> list[Trace]:
    """Return the lanes, the way between them, the photos and the waypoints of one flight, that one click in the legend hides."""
    group = f"flight {sortie.name}"
    lanes: list[list[float] | None] = []
    photos: list[list[float]] = []
    for lane in sortie.lanes:
        lanes += [_rounded(lane.start_m), _rounded(lane.end_m), None]
        photos += np.round(photo_places_m(lane)[::every], 2).tolist()
    way: list[list[float] | None] = []
    for here, there in zip(sortie.waypoints, sortie.waypoints[1:], strict=False):
        if there.purpose is not Purpose.LANE:
            way += [_rounded(here.position_m), _rounded(there.position_m), None]
    return [
        _lines(lanes, colour, 6, name=say(f"{group}: {len(sortie.lanes)} lanes"), legendgroup=group, hoverinfo="skip"),
        _lines(way, colour, 2, name=say(f"{group}: way"), legendgroup=group, hoverinfo="skip", showlegend=False, opacity=0.5),
        {
            **_points(
                photos,
                {"size": 2, "color": "#1b2430", "opacity": 0.55},
                [],
                name=say(f"{group}: photos"),
                legendgroup=group,
                showlegend=False,
            ),
            "hoverinfo": "skip",
        },
        _points(
            [_rounded(w.position_m) for w in sortie.waypoints],
            {"size": 5, "color": colour, "symbol": "diamond"},
            _waypoint_texts(sortie, say),
            name=say(f"{group}: waypoints"),
            legendgroup=group,
            showlegend=False,
        ),
    ]


def _waypoint_texts(sortie: Sortie, say: Say) -> list[str]:
    texts = []
    for number, waypoint in enumerate(sortie.waypoints, start=1):
        x, y, z = waypoint.position_m
        lines = [
            f"flight {sortie.name}, waypoint {number} of {len(sortie.waypoints)}: {waypoint.purpose.value}",
            f"x {x:.2f}, y {y:.2f}, {z:.2f} m above the floor, nose {waypoint.heading_deg:g} degrees",
            f"{waypoint.speed_mps:g} m/s on the way here" + (f", waits {waypoint.hold_s:g} s" if waypoint.hold_s else ""),
        ]
        if waypoint.lane is not None:
            lane = sortie.lanes[waypoint.lane]
            end = "start" if waypoint.purpose is Purpose.APPROACH else "end"
            lines.append(f"{end} of lane {waypoint.lane + 1}: a photo every {lane.photo_spacing_m:g} m, {lane.n_photos} in all")
            for view in lane.views:
                more = f" and {len(view.must_see) - _NAMED} more" if len(view.must_see) > _NAMED else ""
                lines.append(f"{view.face}, {view.standoff_m:g} m away: {', '.join(view.must_see[:_NAMED])}{more}")
        texts.append("<br>".join(_wrapped(say(line)) for line in lines))
    return texts


def _lines(points: Sequence[Sequence[float] | None], colour: str, width: float, **more: Any) -> Trace:
    return {"type": "scatter3d", "mode": "lines", **_xyz(points), "line": {"color": colour, "width": width}, **more}


def _points(points: Sequence[Sequence[float]], marker: dict[str, Any], texts: Sequence[str], **more: Any) -> Trace:
    trace = {"type": "scatter3d", "mode": "markers", **_xyz(points), "marker": marker, **more}
    return trace | {"hovertext": list(texts), "hoverinfo": "text"} if texts else trace


def _xyz(points: Sequence[Sequence[float] | None]) -> dict[str, list[float | None]]:
    return {axis: [None if p is None else p[i] for p in points] for i, axis in enumerate("xyz")}


def _rounded(point: Sequence[float] | np.ndarray) -> list[float]:
    return [round(float(value), 2) for value in point]


def _wrapped(text: str, width: int = 70) -> str:
    lines = [""]
    for word in text.replace("<", "‹").split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)
