"""A range sensor of type MAVLink (RNGFND1_TYPE 10): what somebody else measures, taken in and sent on, as ArduCopter does."""

from __future__ import annotations

from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter.parameters import Parameters

_TYPE_MAVLINK = 10
_FALLS_SILENT_S = 0.5


class Rangefinder:
    """The newest reading, as long as it is fresh."""

    def __init__(self, parameters: Parameters) -> None:
        """Hear nothing yet."""
        self._parameters = parameters
        self._newest: Any = None
        self._heard_s = 0.0

    @property
    def is_fitted(self) -> bool:
        """Whether the parameters speak of a sensor."""
        return self._parameters["RNGFND1_TYPE"] == _TYPE_MAVLINK

    def hear(self, message: Any, now_s: float) -> None:
        """Take in a DISTANCE_SENSOR; one that looks another way than RNGFND1_ORIENT is not for this sensor."""
        if self.is_fitted and message.orientation == self._parameters["RNGFND1_ORIENT"]:
            self._newest, self._heard_s = message, now_s

    def has_data(self, now_s: float) -> bool:
        """Whether a reading, in range or not, came lately."""
        return self.is_fitted and self._newest is not None and now_s - self._heard_s <= _FALLS_SILENT_S

    def report(self, now_s: float) -> Any:
        """Return the DISTANCE_SENSOR that is sent on, or None where there is nothing to tell."""
        if not self.has_data(now_s):
            return None
        m = self._newest
        return mav.MAVLink_distance_sensor_message(
            time_boot_ms=round(now_s * 1000),
            min_distance=m.min_distance,
            max_distance=m.max_distance,
            current_distance=m.current_distance,
            type=m.type,
            id=0,
            orientation=m.orientation,
            covariance=0,
            signal_quality=m.signal_quality,
        )
