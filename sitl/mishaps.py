"""What may befall a drone in the air, and how either simulated vehicle is made to suffer it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What is done to the drone or to its ground program by other means than a parameter of the simulation."""

    NONE = ""
    CUT_CABLE = "cut the link without a word"
    KILL_PROGRAM = "kill the ground program"
    STOP_CAMERA = "switch the camera trigger off"
    FILL_DISK = "let the disk be full"
    RESTART_AUTOPILOT = "restart the autopilot"
    SHIFT_CLOCK = "set the ground computer's clock forward by an hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """One of them."""

    name: str
    settings: tuple[tuple[float, str, float], ...] = ()
    """Seconds after the beginning, parameter, value."""
    act: Act = Act.NONE


def _glide(metres: float, seconds: float, n_steps: int = 30) -> tuple[tuple[float, str, float], ...]:
    return tuple((seconds * i / n_steps, "SIM_VICON_GLIT_Y", metres * i / n_steps) for i in range(1, n_steps + 1))


MISHAPS = (
    Mishap(name="position_lost", settings=((0.0, "SIM_VICON_FAIL", 1.0),)),
    Mishap(name="position_jump", settings=((0.0, "SIM_VICON_GLIT_Y", 1.0),)),
    Mishap(name="position_glide", settings=_glide(1.0, 3.0)),
    Mishap(name="ekf_variance", settings=((0.0, "SIM_VICON_VGLI_Y", 2.0),)),
    Mishap(name="program_killed", act=Act.KILL_PROGRAM),
    Mishap(name="cable_pulled", act=Act.CUT_CABLE),
    Mishap(name="battery_low", settings=((0.0, "SIM_BATT_VOLTAGE", 10.6),)),
    Mishap(name="battery_critical", settings=((0.0, "SIM_BATT_VOLTAGE", 10.2),)),
    Mishap(name="fence_breach", settings=((0.0, "FENCE_ALT_MAX", 0.5),)),
    Mishap(name="motor_dead", settings=((0.0, "SIM_ENGINE_MUL", 0.0), (0.0, "SIM_ENGINE_FAIL", 1.0))),
    Mishap(name="motor_weak", settings=((0.0, "SIM_ENGINE_MUL", 0.7), (0.0, "SIM_ENGINE_FAIL", 1.0))),
    Mishap(name="draught", settings=((0.0, "SIM_WIND_T", 1.0), (0.0, "SIM_WIND_DIR", 270.0), (0.0, "SIM_WIND_SPD", 4.0))),
    Mishap(name="camera_stopped", act=Act.STOP_CAMERA),
    Mishap(name="disk_full", act=Act.FILL_DISK),
    Mishap(name="autopilot_restart", act=Act.RESTART_AUTOPILOT),
    Mishap(name="clock_jump", act=Act.SHIFT_CLOCK),
)
"""On a lane that runs north, so that east is across it. Parameters have ArduPilot's names (`SIM_*`); both vehicles know them."""
