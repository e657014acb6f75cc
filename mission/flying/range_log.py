"""Write down each reading of the sideways range sensor with the place that the autopilot had at that moment.

ArduCopter sends DISTANCE_SENSOR as often as it is asked to, also for readings out of range, and stops when its sensor falls silent
(measured on ArduCopter 4.7). It stamps a message when it sends it: the reading in it is a little older.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np

from mission.flying.link import VehicleLink
from mission.flying.photo_log import POSITION_SIGMA_M, SIGMA_A_MPS
from mission.records import Sortie
from warehouse.coordinates import Anchor, heading_site_from_ned, ned_from_latlon_1e7, site_from_ned
from warehouse.poses import Pose, RangeRecord
from warehouse.range_sensor import RangeSensor
from warehouse.run_folder import RunFolder

RATE_HZ = 10
"""At 1 m/s eight or nine readings in the width of a pallet place."""
PLACE_RATE_HZ = 20
"""How often the place is asked for, so that little has to be reckoned on from it."""
AGE_S = 0.05
"""Taken for the age of a reading when its message is sent: one period of a sensor of 20 Hz."""
MAX_PLACE_AGE_S = 0.3
"""With no newer place than this, a reading belongs nowhere."""
_ORIENTATIONS = {"right": 2, "left": 6}
"""MAV_SENSOR_ROTATION_YAW_90 and YAW_270 (MAVLink common.xml)."""
_INVALID_QUALITY = 1
"""DISTANCE_SENSOR.signal_quality: 0 is unknown, 1 is no good signal, 100 is perfect."""


class RangeLog:
    """Listens to a link and appends one RangeRecord a reading to the sortie's `ranges.jsonl`."""

    def __init__(self, link: VehicleLink, run: RunFolder, anchor: Anchor, sortie: Sortie, sensor: RangeSensor) -> None:
        """Start listening."""
        self.n_ranges = 0
        self._link, self._run, self._sortie = link, run, sortie.name
        self._pairing = RangePairing(anchor, sortie.name, sensor)
        link.listeners.append(self._take)

    def stop(self) -> None:
        """Stop listening."""
        self._link.listeners.remove(self._take)

    def _take(self, message: Any) -> None:
        record = self._pairing.take(message, self._link.utc, is_trusted=self._link.state.is_position_trusted)
        if record is not None:
            self._run.append_line(self._run.ranges_path(self._sortie), record)
            self.n_ranges += 1


class RangePairing:
    """Pairs readings with the newest place and attitude before them. Fed with MAVLink messages; knows no connection."""

    def __init__(self, anchor: Anchor, sortie: str, sensor: RangeSensor) -> None:
        """Know no place yet."""
        self._anchor, self._sortie, self._sensor = anchor, sortie, sensor
        self._place: Any = None
        self._attitude: Any = None
        self._newest_ms = -1

    def take(self, message: Any, utc: Callable[[float], datetime], *, is_trusted: bool) -> RangeRecord | None:
        """Return the record of a reading of the site's sensor, None for every other message, and where no fresh place is known."""
        kind = message.get_type()
        if kind == "GLOBAL_POSITION_INT" and (message.lat != 0 or message.lon != 0):
            self._place = message
        elif kind == "ATTITUDE":
            self._attitude = message
        elif kind == "DISTANCE_SENSOR" and message.orientation == _ORIENTATIONS[self._sensor.side]:
            return self._record(message, utc, is_trusted)
        return None

    def _record(self, message: Any, utc: Callable[[float], datetime], is_trusted: bool) -> RangeRecord | None:
        place, attitude = self._place, self._attitude
        if place is None or attitude is None or message.time_boot_ms == self._newest_ms:
            return None
        self._newest_ms = message.time_boot_ms
        time_s = message.time_boot_ms / 1000.0
        age_s = time_s - place.time_boot_ms / 1000.0
        if abs(age_s) > MAX_PLACE_AGE_S:
            return None
        velocity = np.array([place.vx, place.vy, place.vz]) / 100.0
        speed_mps = float(np.linalg.norm(velocity))
        return RangeRecord(
            sortie=self._sortie,
            captured_at=utc(time_s).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            side=self._sensor.side,
            pose=self._pose(time_s, place, velocity * age_s, attitude),
            distance_m=self._distance_m(message),
            position_sigma_m=round(math.hypot(max(POSITION_SIGMA_M, SIGMA_A_MPS * speed_mps), AGE_S * speed_mps), 4),
            is_ekf_healthy=is_trusted,
        )

    def _distance_m(self, message: Any) -> float | None:
        distance_m = message.current_distance / 100.0
        is_told = distance_m > max(self._sensor.min_m, message.min_distance / 100.0)
        is_told &= distance_m < min(self._sensor.max_m, message.max_distance / 100.0)
        return distance_m if is_told and message.signal_quality != _INVALID_QUALITY else None

    def _pose(self, time_s: float, place: Any, moved_ned: Any, attitude: Any) -> Pose:
        north, east = ned_from_latlon_1e7(self._anchor, (place.lat, place.lon))
        x, y, z = site_from_ned(self._anchor, np.array([north, east, -place.relative_alt / 1000.0]) + moved_ned)
        return Pose(
            time_s=time_s,
            position_m=(round(float(x), 4), round(float(y), 4), round(float(z), 4)),
            roll_deg=round(math.degrees(attitude.roll), 3),
            pitch_deg=round(math.degrees(attitude.pitch), 3),
            heading_deg=round(heading_site_from_ned(self._anchor, math.degrees(attitude.yaw)), 3),
        )
