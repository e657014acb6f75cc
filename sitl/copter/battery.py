"""The battery: voltage as the test asks for it, current from hovering, and what ArduCopter makes of both."""

from __future__ import annotations

from sitl.copter.parameters import Parameters

HOVER_A = 27.5
"""Of ArduPilot's simulated quad, and of this one."""
PER_MPS_A = 0.4
IDLE_A = 0.0
LOW, CRITICAL, OK = 2, 3, 1
"""MAV_BATTERY_CHARGE_STATE."""


class Battery:
    """Charge used and the state reported; voltages must stay low for BATT_LOW_TIMER seconds, capacity counts at once."""

    def __init__(self, parameters: Parameters) -> None:
        """Start full."""
        self._parameters = parameters
        self._low_s = self._critical_s = 0.0
        self.used_mah = 0.0
        self.current_a = 0.0
        self.charge_state = OK

    @property
    def voltage_v(self) -> float:
        """At the terminals."""
        return self._parameters["SIM_BATT_VOLTAGE"]

    @property
    def remaining_percent(self) -> int:
        """Of BATT_CAPACITY."""
        capacity = max(self._parameters["BATT_CAPACITY"], 1.0)
        return max(0, min(100, round(100 * (capacity - self.used_mah) / capacity)))

    def arming_refusals(self) -> list[str]:
        """Return why this battery may not fly."""
        if self.charge_state == CRITICAL:
            return ["Battery 1 critical voltage failsafe"]
        return ["Battery 1 low voltage failsafe"] if self.charge_state == LOW else []

    def step(self, dt: float, is_flying: bool, speed_mps: float) -> None:
        """Use `dt` seconds' worth."""
        p = self._parameters
        self.current_a = HOVER_A + PER_MPS_A * speed_mps if is_flying else IDLE_A
        self.used_mah += self.current_a * dt / 3.6
        voltage = self.voltage_v
        self._low_s = self._low_s + dt if voltage < p["BATT_LOW_VOLT"] else 0.0
        self._critical_s = self._critical_s + dt if voltage < p["BATT_CRT_VOLT"] else 0.0
        left, timer = p["BATT_CAPACITY"] - self.used_mah, p["BATT_LOW_TIMER"]
        if self._critical_s > timer or left < p["BATT_CRT_MAH"]:
            self.charge_state = CRITICAL
        elif (self._low_s > timer or left < p["BATT_LOW_MAH"]) and self.charge_state == OK:
            self.charge_state = LOW
