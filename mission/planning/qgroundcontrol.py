"""The mission as the files that ground stations read.

- QGroundControl's plan, version 1: https://docs.qgroundcontrol.com/master/en/qgc-dev-guide/file_formats/plan.html
- The list `QGC WPL 110`: https://mavlink.io/en/file_formats/#mission_plain_text_file
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mission.planning.fence import corners_1e7, fence_areas
from mission.planning.mission_items import Command
from mission.records import MissionItem, Sortie
from warehouse.coordinates import latlon_1e7_from_ned, ned_from_site
from warehouse.site import Site

_FIRMWARE_ARDUPILOT, _VEHICLE_QUADROTOR = 3, 2
_FRAME_GLOBAL, _FRAME_MISSION = 0, 2
_RELATIVE_TO_HOME = 1
_WITH_A_PLACE = (Command.NAV_WAYPOINT, Command.NAV_TAKEOFF, Command.NAV_LAND)


def qgroundcontrol_plan(site: Site, sortie: Sortie, items: Sequence[MissionItem]) -> dict[str, Any]:
    """Return the content of `mission.plan`."""
    latitude, longitude = home_1e7(site, sortie)
    return {
        "fileType": "Plan",
        "version": 1,
        "groundStation": "aislescan",
        "geoFence": {
            "version": 2,
            "circles": [],
            "polygons": [
                {
                    "version": 1,
                    "inclusion": area.is_inclusion,
                    "polygon": [[lat / 1e7, lon / 1e7] for lat, lon in corners_1e7(site, area)],
                }
                for area in fence_areas(site, sortie)
            ],
        },
        "mission": {
            "version": 2,
            "firmwareType": _FIRMWARE_ARDUPILOT,
            "vehicleType": _VEHICLE_QUADROTOR,
            "globalPlanAltitudeMode": _RELATIVE_TO_HOME,
            "cruiseSpeed": site.drone.cruise_mps,
            "hoverSpeed": site.drone.cruise_mps,
            "plannedHomePosition": [latitude / 1e7, longitude / 1e7, site.layout.anchor.altitude_amsl_m],
            "items": [_simple_item(seq, item) for seq, item in enumerate(items, start=1)],
        },
        "rallyPoints": {"version": 2, "points": []},
    }


def _simple_item(seq: int, item: MissionItem) -> dict[str, Any]:
    """Return the item; only those with a place have an altitude, as in the files that QGroundControl writes itself."""
    has_place = item.command in _WITH_A_PLACE
    altitude = {"Altitude": item.z, "AltitudeMode": _RELATIVE_TO_HOME, "AMSLAltAboveTerrain": None} if has_place else {}
    return {
        "type": "SimpleItem",
        "doJumpId": seq,
        "autoContinue": True,
        "command": int(item.command),
        "frame": item.frame if has_place else _FRAME_MISSION,
        "params": [item.p1, item.p2, item.p3, item.p4, item.x / 1e7, item.y / 1e7, item.z],
        **altitude,
    }


def waypoint_list(site: Site, sortie: Sortie, items: Sequence[MissionItem]) -> str:
    """Return the content of `mission.waypoints`; its line 0 is home."""
    latitude, longitude = home_1e7(site, sortie)
    home = MissionItem(
        command=Command.NAV_WAYPOINT,
        frame=_FRAME_GLOBAL,
        x=latitude,
        y=longitude,
        z=site.layout.anchor.altitude_amsl_m,
        purpose="home",
    )
    lines = ["QGC WPL 110"]
    for seq, item in enumerate((home, *items)):
        numbers = [f"{value:.6f}" for value in (item.p1, item.p2, item.p3, item.p4)]
        place = [f"{item.x / 1e7:.7f}", f"{item.y / 1e7:.7f}", f"{item.z:.6f}"]
        lines.append("\t".join([str(seq), str(int(seq == 0)), str(item.frame), str(int(item.command)), *numbers, *place, "1"]))
    return "\n".join(lines) + "\n"


def home_1e7(site: Site, sortie: Sortie) -> tuple[int, int]:
    """Return latitude and longitude, in 1e-7 degrees, of the pad that the sortie starts from."""
    pad = next(pad for pad in site.layout.home_pads if pad.name == sortie.home_pad)
    anchor = site.layout.anchor
    latitude, longitude = latlon_1e7_from_ned(anchor, ned_from_site(anchor, (*pad.position_m, 0.0)))
    return int(latitude), int(longitude)


def plan_text(plan: dict[str, Any]) -> str:
    """Return the plan as QGroundControl indents it."""
    return json.dumps(plan, indent=4) + "\n"
