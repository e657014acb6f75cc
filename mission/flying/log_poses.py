"""Where the drone was, out of a log of its flight: ArduPilot's dataflash log (.BIN) or a recording of the link (.tlog).

Positions are the autopilot's global ones, whose height is above the place where it was armed, as in `photo_log`; on a
vehicle that never had an origin its local ones, taken to begin at the site's zero. A photo's message without a position (latitude
and longitude zero) gets that of the way at its time. A .tlog's clock is that of the recording computer, freed from the delays of
the link by the autopilot's own time stamps; a .BIN's is the autopilot's.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pymavlink import DFReader, mavutil

from mission.flying.log_file import read_log_file
from mission.flying.photo_log import POSITION_SIGMA_M, SIGMA_A_MPS
from mission.flying.vehicle_state import EKF_GOOD_POSITION
from warehouse.coordinates import Anchor, heading_site_from_ned, ned_from_latlon_1e7, shorter_turn_deg, site_from_ned
from warehouse.errors import BadInputError
from warehouse.pose_track import PoseLog, TimedPose, pose_at
from warehouse.poses import Pose

MAX_AWAY_M = 2000.0
"""A drone further than this from the site's zero flew with another origin than the site's anchor."""
_MAX_ATTITUDE_AGE_S = 0.5
_GCS, _NO_AUTOPILOT = 6, 8
"""MAV_TYPE_GCS and MAV_AUTOPILOT_INVALID: senders that are no vehicle."""
_BIN_TYPES = ["POS", "ATT", "CAM", "XKF1", "XKF4"]
_REMEDY = "give the .BIN file from the autopilot's card, or the .tlog file of the ground station, of this flight"

Triple = tuple[float, float, float]


@dataclass(slots=True)
class _Collected:
    """What a log says, before it is put together; times on the log's clock, angles in degrees, compass headings."""

    globals_: list[tuple[float, tuple[int, int], float]] = field(default_factory=list)
    """Time, latitude and longitude in 1e-7 degrees, height above home."""
    locals_: list[tuple[float, Triple]] = field(default_factory=list)
    """Time, north, east, down from the EKF's origin."""
    attitudes: list[tuple[float, Triple]] = field(default_factory=list)
    health: list[tuple[float, bool]] = field(default_factory=list)
    photos: list[tuple[float, int, tuple[int, int], float, Triple]] = field(default_factory=list)
    """Time, number, latitude and longitude (both zero: not known), height above home, attitude."""
    utc_at_zero_s: float | None = None


def read_flight_log(path: Path, anchor: Anchor) -> PoseLog:
    """Return the poses of a flight, one a photo and the whole way; BadInputError names a file that holds none."""
    found = read_log_file(path, _read_bin, _read_tlog, remedy=_REMEDY)
    if not found.attitudes or not (found.globals_ or found.locals_):
        raise BadInputError(f"{path}: no position and attitude in it", remedy=_REMEDY)
    log = _put_together(path, found, anchor)
    away = max((math.hypot(*p.pose.position_m[:2]) for p in (*log.track, *log.photos)), default=0.0)
    if away > MAX_AWAY_M:
        raise BadInputError(
            f"{path}: the drone was {away / 1000:.0f} km away from this site",
            remedy="put the origin that the drone flew with into [anchor] of site.toml, or give the log of this site's flight",
        )
    return log


def _read_bin(path: Path) -> _Collected:
    log = DFReader.DFReader_binary(str(path))
    found = _Collected()
    primary = 0
    while (m := log.recv_match(type=_BIN_TYPES)) is not None:
        kind, time_s = m.get_type(), m.TimeUS * 1e-6
        if kind == "POS" and (m.Lat or m.Lng):
            found.globals_.append((time_s, (round(m.Lat * 1e7), round(m.Lng * 1e7)), float(m.RelHomeAlt)))
        elif kind == "ATT":
            found.attitudes.append((time_s, (float(m.Roll), float(m.Pitch), float(m.Yaw))))
        elif kind == "CAM" and getattr(m, "I", 0) == 0:
            where = round(m.Lat * 1e7), round(m.Lng * 1e7)
            found.photos.append((time_s, int(m.Img), where, float(m.RelAlt), (float(m.R), float(m.P), float(m.Y))))
        elif kind == "XKF4" and primary == m.C:
            primary = int(m.PI) if m.PI >= 0 else primary
            found.health.append((time_s, int(m.SS) & EKF_GOOD_POSITION == EKF_GOOD_POSITION))
        elif kind == "XKF1" and primary == m.C:
            found.locals_.append((time_s, (float(m.PN), float(m.PE), float(m.PD))))
        if m._timestamp > 1e9 and found.utc_at_zero_s is None:  # pymavlink knows the time of day from the GPS
            found.utc_at_zero_s = float(m._timestamp) - time_s
    return found


def _read_tlog(path: Path) -> _Collected:
    found = _Collected(utc_at_zero_s=0.0)
    heard = list(_vehicle_messages(path))
    starts, delays = _clock(heard)
    if not heard:
        return found
    zero = heard[0][0]
    found.utc_at_zero_s = zero
    last_number = None
    for stamp, m in heard:
        section = bisect_right(starts, stamp) - 1
        boot_ms = getattr(m, "time_boot_ms", None)
        delay = delays[section] if section >= 0 else None
        time_s = stamp - zero if boot_ms is None or delay is None else boot_ms / 1000 + delay - zero
        kind = m.get_type()
        if kind == "GLOBAL_POSITION_INT" and (m.lat or m.lon):
            found.globals_.append((time_s, (int(m.lat), int(m.lon)), m.relative_alt / 1000))
        elif kind == "LOCAL_POSITION_NED":
            found.locals_.append((time_s, (float(m.x), float(m.y), float(m.z))))
        elif kind == "ATTITUDE":
            found.attitudes.append((time_s, (math.degrees(m.roll), math.degrees(m.pitch), math.degrees(m.yaw))))
        elif kind == "EKF_STATUS_REPORT":
            found.health.append((time_s, int(m.flags) & EKF_GOOD_POSITION == EKF_GOOD_POSITION))
        elif kind == "CAMERA_FEEDBACK" and m.img_idx != last_number:
            last_number = m.img_idx
            attitude = float(m.roll), float(m.pitch), float(m.yaw)
            found.photos.append((time_s, int(m.img_idx), (int(m.lat), int(m.lng)), float(m.alt_rel), attitude))
    return found


def _vehicle_messages(path: Path) -> Iterator[tuple[float, Any]]:
    """Yield time of reception and message of the one vehicle in the recording."""
    link = mavutil.mavlogfile(str(path))
    vehicle = None
    wanted = {"GLOBAL_POSITION_INT", "LOCAL_POSITION_NED", "ATTITUDE", "EKF_STATUS_REPORT", "CAMERA_FEEDBACK", "HEARTBEAT"}
    while (m := link.recv_match(type=list(wanted))) is not None:
        if m.get_type() == "HEARTBEAT":
            if vehicle is None and m.type != _GCS and m.autopilot != _NO_AUTOPILOT:
                vehicle = m.get_srcSystem()
        elif m.get_srcSystem() == vehicle:
            yield float(m._timestamp), m


def _clock(heard: list[tuple[float, Any]]) -> tuple[list[float], list[float]]:
    """Return when each start of the autopilot was first heard, and the least difference between reception and its own clock."""
    starts: list[float] = []
    delays: list[float] = []
    last_s = math.inf
    for stamp, m in heard:
        boot_ms = getattr(m, "time_boot_ms", None)
        if boot_ms is None:
            continue
        if boot_ms / 1000 < last_s - 2.0:
            starts.append(stamp)
            delays.append(math.inf)
        last_s = boot_ms / 1000
        delays[-1] = min(delays[-1], stamp - last_s)
    return starts, delays


def _put_together(path: Path, found: _Collected, anchor: Anchor) -> PoseLog:
    if found.globals_:
        places = [(t, *_site_from_global(anchor, where, height)) for t, where, height in found.globals_]
    else:
        places = [(t, *_triple(site_from_ned(anchor, np.asarray(ned)))) for t, ned in found.locals_]
    places.sort()
    found.attitudes.sort()
    attitude_times = [t for t, _ in found.attitudes]
    health_times = [t for t, _ in found.health]
    times = np.array([p[0] for p in places])
    speeds = _speeds(times, np.array([p[1:] for p in places]))

    def timed(time_s: float, place: Triple, attitude: Triple, number: int | None = None) -> TimedPose:
        speed = float(np.interp(time_s, times, speeds))
        last = bisect_right(health_times, time_s) - 1
        roll, pitch, yaw = attitude
        x, y, z = place
        pose = Pose(
            time_s=round(time_s, 6),
            position_m=(round(x, 4), round(y, 4), round(z, 4)),
            roll_deg=round(roll, 3),
            pitch_deg=round(pitch, 3),
            heading_deg=round(heading_site_from_ned(anchor, yaw), 3),
        )
        is_healthy = found.health[last][1] if last >= 0 else not found.health
        sigma = round(max(POSITION_SIGMA_M, SIGMA_A_MPS * speed), 4)
        return TimedPose(pose=pose, position_sigma_m=sigma, is_healthy=is_healthy, number=number)

    track: list[TimedPose] = []
    for time_s, x, y, z in places:
        attitude = _attitude_at(found.attitudes, attitude_times, time_s)
        if attitude is not None and (not track or time_s > track[-1].pose.time_s):
            track.append(timed(time_s, (x, y, z), attitude))
    way = tuple(track)
    photos: list[TimedPose] = []
    faults: list[str] = []
    for time_s, number, where, up, angles in found.photos:
        there = None if any(where) else pose_at(way, time_s)
        if any(where):
            photos.append(timed(time_s, _site_from_global(anchor, where, up), angles, number))
        elif there is not None:
            photos.append(timed(time_s, there.pose.position_m, angles, number))
        else:
            faults.append(f"{path}: photo {number} has no position, and the log knows none at {time_s:.1f} s")
    return PoseLog(name=str(path), photos=tuple(photos), track=way, utc_at_zero_s=found.utc_at_zero_s, faults=tuple(faults))


def _site_from_global(anchor: Anchor, latlon_1e7: tuple[int, int], height_m: float) -> Triple:
    north, east = ned_from_latlon_1e7(anchor, latlon_1e7)
    return _triple(site_from_ned(anchor, np.array([north, east, -height_m])))


def _triple(v: Any) -> Triple:
    return float(v[0]), float(v[1]), float(v[2])


def _attitude_at(attitudes: list[tuple[float, Triple]], times: list[float], time_s: float) -> Triple | None:
    """Return roll, pitch, yaw between the two nearest reports; None where they are too far apart."""
    after = min(max(bisect_right(times, time_s), 1), len(times) - 1)
    (t0, a), (t1, b) = attitudes[max(after - 1, 0)], attitudes[after]
    if min(abs(time_s - t0), abs(time_s - t1)) > _MAX_ATTITUDE_AGE_S:
        return None
    share = min(max((time_s - t0) / (t1 - t0), 0.0), 1.0) if t1 > t0 else 0.0
    roll, pitch, yaw = (p + share * shorter_turn_deg(p, q) for p, q in zip(a, b, strict=True))
    return roll, pitch, yaw


def _speeds(times: Any, places: Any) -> Any:
    if len(times) < 2:
        return np.zeros(len(times))
    spans = np.maximum(np.gradient(times), 1e-3)
    return np.linalg.norm(np.gradient(places, axis=0), axis=1) / spans
