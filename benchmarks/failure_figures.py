"""What a broken flight came to: when who acted, where the drone came down, and what was kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from benchmarks.failure_flight import Hall, Watched
from benchmarks.flight_observer import Truth
from mission.flying.scan import flight_log, next_flight
from mission.flying.transport import GROUND_SYSTEM
from warehouse.poses import FrameRecord
from warehouse.site import Site

AUTO, LAND = 3, 9


def measure(hall: Hall, seen: Watched, said: str, *, reads_recording: bool = True) -> dict[str, Any]:
    """Return the figures of a flight: times in seconds after the mishap, places in metres."""
    lane = hall.plan.sorties[0].lanes[0]
    began = seen.began_s
    result: dict[str, Any] = {"said": said, "ending": None, "trouble": ""}
    flights = flight_log(hall.run, "01").flights
    if flights:
        result |= {"ending": flights[-1].ending.value, "trouble": flights[-1].trouble}
    if began is not None:
        after = [t for t in seen.truth if t.time_s >= began]
        touched = next((t for t in after if t.position_m[2] < 0.03 and t.time_s > began + 0.3), None)
        flown = [t for t in after if touched is None or t.time_s <= touched.time_s]
        off = [abs(t.position_m[0] - lane.start_m[0]) for t in flown if _is_beside_lane(t, lane)]
        aisle = hall.site.layout.aisles[0]
        left = [gap_m(hall.site, aisle, t.position_m) for t in flown]
        result |= {
            "mode_changed_s": next((round(t - began, 2) for t, mode, _ in seen.modes if t >= began and mode != 3), None),
            "on_the_floor_s": None if touched is None else round(touched.time_s - began, 2),
            "disarmed_s": next((round(t - began, 2) for t, _, is_armed in seen.modes if t >= began and not is_armed), None),
            "off_lane_m": None if touched is None else round(abs(touched.position_m[0] - lane.start_m[0]), 2),
            "worst_off_lane_m": round(max(off, default=0.0), 2),
            "nearest_rack_m": round(min(left, default=math.inf), 2),
        }
    return result | (_recorded(hall, began or math.inf) if reads_recording else {}) | kept(hall)


def _is_beside_lane(t: Truth, lane: Any) -> bool:
    low, high = sorted((lane.start_m[1], lane.end_m[1]))
    return bool(low - 0.5 <= t.position_m[1] <= high + 0.5)


def gap_m(site: Site, aisle: Any, position_m: tuple[float, float, float]) -> float:
    """Return the free air between the drone's hull and the racks of an aisle that runs along the site's +y; inf outside of it."""
    if not aisle.start_m[1] <= position_m[1] <= aisle.start_m[1] + aisle.length_m:
        return math.inf
    return float(aisle.width_m / 2 - abs(position_m[0] - aisle.start_m[0]) - site.drone.radius_m)


def _recorded(hall: Hall, began: float) -> dict[str, Any]:
    """Return how many messages the recording holds, and when the program first sent LAND by the newest clock of the vehicle."""
    now, n_messages, ordered_s = 0.0, 0, None
    recording = mavutil.mavlink_connection(str(hall.run.telemetry_path("01")))
    while (m := recording.recv_msg()) is not None:
        n_messages += 1
        kind = m.get_type()
        if kind in ("ATTITUDE", "LOCAL_POSITION_NED") and m.get_srcSystem() == 1:
            now = m.time_boot_ms / 1000.0
        elif kind == "COMMAND_LONG" and ordered_s is None and now >= began and _is_land(m):
            ordered_s = round(now - began, 2)
    return {"ordered_s": ordered_s, "n_messages": n_messages}


def _is_land(m: Any) -> bool:
    return bool(m.get_srcSystem() == GROUND_SYSTEM and m.command == mavlink.MAV_CMD_DO_SET_MODE and m.param2 == LAND)


def kept(hall: Hall) -> dict[str, Any]:
    """Return what of the run is there and sound, and whether the next flight knows what is left."""
    run, sortie = hall.run, hall.plan.sorties[0]
    frames = list(run.read_lines(run.frames_path("01"), FrameRecord)) if run.frames_path("01").exists() else []
    stamps = [f.captured_at for f in frames]
    todo = next_flight(run, hall.site, sortie)
    return {
        "n_photos": len(frames),
        "is_in_order": stamps == sorted(stamps),
        "clock_span_s": round(_span_s(stamps), 1),
        "n_lanes_left": 0 if todo is None else len(todo.sortie.lanes),
    }


def _span_s(stamps: list[str]) -> float:
    times = [datetime.strptime(s, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC) for s in (stamps[:1] + stamps[-1:])]
    return (times[-1] - times[0]).total_seconds() if times else 0.0
