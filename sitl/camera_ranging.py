"""The simulated range sensor's words: DISTANCE_SENSOR at a fixed rate, as a companion computer would send them to the autopilot."""

from __future__ import annotations

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.camera_truth import TruthTrack
from sitl.range_sensor import Ranger
from sitl.stock import make_stock
from warehouse.range_sensor import RangeSensor
from warehouse.site import Site

RATE_HZ = 20.0
ORIENTATIONS = {"right": mavlink.MAV_SENSOR_ROTATION_YAW_90, "left": mavlink.MAV_SENSOR_ROTATION_YAW_270}
_INVALID, _SOUND = 1, 100
"""DISTANCE_SENSOR.signal_quality."""


class Ranging:
    """Measures once a period of simulated time."""

    def __init__(self, site: Site, seed: int, sensor: RangeSensor) -> None:
        """Look at the stock of `seed`."""
        self._sensor = sensor
        self._ranger = Ranger(site, make_stock(site, seed), sensor)
        self._due_s = 0.0

    def due(self, track: TruthTrack) -> mavlink.MAVLink_distance_sensor_message | None:
        """Return the reading at the newest truth, or None when none is due yet. A reading that found nothing is one too."""
        now_s = track.newest_s
        if now_s < self._due_s:
            return None
        self._due_s = max(self._due_s + 1.0 / RATE_HZ, now_s)
        distance_m = self._ranger.measure(track.newest_pose())
        return mavlink.MAVLink_distance_sensor_message(
            time_boot_ms=round(now_s * 1000),
            min_distance=round(self._sensor.min_m * 100),
            max_distance=round(self._sensor.max_m * 100),
            current_distance=0 if distance_m is None else round(distance_m * 100),
            type=mavlink.MAV_DISTANCE_SENSOR_LASER,
            id=0,
            orientation=ORIENTATIONS[self._sensor.side],
            covariance=255,
            signal_quality=_INVALID if distance_m is None else _SOUND,
        )
