"""The plan on paper: the flown way on the floor plan, and the lanes before each rack face, for the people on the floor."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mission.planning.lanes import photo_poses
from mission.records import Direction, Purpose, ScanPlan, Sortie
from warehouse.camera import CameraModel
from warehouse.drawing import Panel, page
from warehouse.layout import RackFace
from warehouse.poses import Pose
from warehouse.site import Site
from warehouse.site_drawing import SITE_CSS, SITE_LEGEND, elevation, floor_plan
from warehouse.texts import ENGLISH, Speech

_COLOURS = ("#0b7285", "#d9480f", "#5f3dc4", "#2b8a3e", "#a61e4d", "#1864ab")
MOST_DRAWN = 3000
"""Locations up to which each is drawn: about 2 MB."""
_CSS = """
.lane { fill: none; stroke-width: 2.5; }
.way { fill: none; stroke-width: 1.5; stroke-dasharray: 5 4; }
.photo { stroke: #ffffff; stroke-width: 1; }
.lost { fill: #ffe3e3; fill-opacity: 0.7; stroke: #c53030; }
.number { font-size: 12px; font-weight: 600; }
"""


def draw_plan_svg(site: Site, plan: ScanPlan, speech: Speech = ENGLISH) -> str:
    """Return the drawing of a plan: of a site with many locations the floor plan only, so that a browser still opens it."""
    n_planned = len(plan.uncovered) + sum(len(lane.must_see) for sortie in plan.sorties for lane in sortie.lanes)
    is_overview = n_planned > MOST_DRAWN
    ground = floor_plan(site, speech)
    for sortie, colour in _coloured(plan):
        _draw_way(ground, sortie, colour, is_overview)
    panels = [ground] if is_overview else [ground, *_faces(site, plan, speech)]
    n_seen = sum(len(lane.must_see) for sortie in plan.sorties for lane in sortie.lanes)
    flights = [
        f"Flight {s.name} from {s.home_pad}: about {_minutes(s.time_s)}, {len(s.lanes)} lanes, {s.n_photos} photos,"
        f" {s.energy_wh:.0f} Wh of the battery's {site.drone.battery_wh:g} Wh"
        + (f"; drone {s.drone}, from minute {s.start_s / 60:.0f} on" if plan.n_drones > 1 else "")
        for s in plan.sorties
    ]
    lines = [f"{n_seen} location(s) will be scanned, {len(plan.uncovered)} not. All lengths in metres."]
    notes = [f"{u.location} is not scanned: {u.reason}" + (f". {u.remedy}" if u.remedy else "") for u in plan.uncovered[:40]]
    if len(plan.uncovered) > 40:
        notes.append(f"and {len(plan.uncovered) - 40} more locations, listed in readability.csv")
    if is_overview:
        total_s = sum(sortie.time_s for sortie in plan.sorties)
        lines += [
            f"{len(plan.sorties)} flights, together about {total_s / 3600:.1f} hours in the air. Seen from above; listed below.",
            "The lanes before each rack face are drawn for a part of the hall: aislescan plan SITE --out RUN --aisle A01",
        ]
        notes = [*flights, *notes]
    else:
        lines += [
            *flights,
            "Seen from above, then each rack face as you see it when you stand before it."
            " The drone looks at the rack all along a lane.",
        ]
    title = speech.say(f"Scan plan: {site.name}")
    return page(title, lines, _legend(plan, is_overview), panels, notes, css=SITE_CSS + _CSS, speech=speech)


def _faces(site: Site, plan: ScanPlan, speech: Speech) -> list[Panel]:
    cameras = {camera.side: camera for camera in site.cameras}
    reasons = {u.location: u.reason for u in plan.uncovered}
    seen = {view.face for sortie in plan.sorties for lane in sortie.lanes for view in lane.views}
    panels = []
    for face in site.layout.faces.values():
        if len(site.layout.bins) > MOST_DRAWN and face.name not in seen:
            continue  # a part of a large hall was planned
        panel = elevation(site, face, speech=speech)
        _mark_uncovered(panel, site, reasons, face)
        for sortie, colour in _coloured(plan):
            _draw_lanes(panel, face, sortie, colour, cameras)
        panels.append(panel)
    return panels


def _legend(plan: ScanPlan, is_overview: bool) -> list[tuple[str, str, str]]:
    if is_overview:
        flown = [
            ("line", _COLOURS[0], "lanes of a flight, each flight in another colour"),
            ("dashes", "#52606d", "way between lanes"),
        ]
        return [*flown, *(entry for entry in SITE_LEGEND if entry[1] not in ("bin", "forbidden"))]
    lanes = [("line", colour, f"lane of flight {sortie.name}") for sortie, colour in _coloured(plan)]
    rest = [("dashes", "#52606d", "way between lanes"), ("dot", "#52606d", "photo"), *SITE_LEGEND, ("box", "lost", "not scanned")]
    return [*lanes, *rest]


def _coloured(plan: ScanPlan) -> list[tuple[Sortie, str]]:
    return [(sortie, _COLOURS[i % len(_COLOURS)]) for i, sortie in enumerate(plan.sorties)]


def _draw_way(panel: Panel, sortie: Sortie, colour: str, is_overview: bool) -> None:
    if is_overview:  # one line a flight each for lanes and ways: thousands of arrows make a browser slow
        for style, line in _pieces(sortie):
            panel.line(line, style, f"flight {sortie.name}", colour)
        return
    for here, there in pairwise(sortie.waypoints):
        style = "lane" if there.purpose is Purpose.LANE else "way"
        tip = f"flight {sortie.name}: {there.purpose.value}, {here.position_m[2]:g} to {there.position_m[2]:g} m above the floor"
        panel.arrow(here.position_m[:2], there.position_m[:2], style, colour, tip)


def _pieces(sortie: Sortie) -> list[tuple[str, list[tuple[float, float]]]]:
    """Return the flown way on the floor plan as pieces of lane and of way; up and down is not seen from above."""
    pieces: list[tuple[str, list[tuple[float, float]]]] = []
    for here, there in pairwise(sortie.waypoints):
        start, end = here.position_m[:2], there.position_m[:2]
        if start == end:
            continue
        style = "lane" if there.purpose is Purpose.LANE else "way"
        if pieces and pieces[-1][0] == style:
            pieces[-1][1].append(end)
        else:
            pieces.append((style, [start, end]))
    return pieces


def _draw_lanes(panel: Panel, face: RackFace, sortie: Sortie, colour: str, cameras: dict[str, CameraModel]) -> None:
    before: tuple[int, NDArray[np.float64]] | None = None
    for index, lane in enumerate(sortie.lanes):
        for view in [v for v in lane.views if v.face == face.name]:
            poses = photo_poses(lane)
            end_pose = replace(poses[0], position_m=lane.end_m)
            start, *_, end = points = [_camera_on_face(face, cameras[view.camera], pose) for pose in (*poses, end_pose)]
            if before is not None and before[0] == index - 1:
                panel.line([before[1], start], "way", colour=colour)
            where = f"{start[1]:.2f} m above the floor" if lane.direction is Direction.LEVEL else "up and down"
            words = (
                f"lane {index + 1} of flight {sortie.name}: {where}, {view.standoff_m:g} m from the rack,"
                f" {lane.speed_mps:g} m/s, a photo every {lane.photo_spacing_m:g} m, sees {len(view.must_see)} locations"
            )
            panel.arrow(start, end, "lane", colour, words)
            for point in points[:-1]:
                panel.dot(point, 3, "photo", colour=colour)
            is_left = (end[0] > start[0]) != (face.side == "right")
            panel.text(start, str(index + 1), "number", anchor="end" if is_left else "start", shift_px=(-6 if is_left else 6, 4))
            before = (index, end)


def _camera_on_face(face: RackFace, camera: CameraModel, pose: Pose) -> NDArray[np.float64]:
    return face.face_coordinates_m(camera.camera_centre_m(pose))[:2]


def _mark_uncovered(panel: Panel, site: Site, reasons: dict[str, str], face: RackFace) -> None:
    for b in site.layout.bins_of_face(face.name):
        if b.code.text in reasons and b.kind.is_observable:
            low = (b.along_m - b.width_m / 2, b.base_m)
            high = (b.along_m + b.width_m / 2, b.base_m + b.height_m)
            panel.box(low, high, "lost", f"{b.code}: {reasons[b.code.text]}")


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} minutes"
