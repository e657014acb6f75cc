"""What a drone draws in hover, climbing and flying along, out of the log of a flight (.BIN or .tlog).

Power is voltage times current, both as the autopilot measured them; what the drone did at that moment is told by its estimate of
speed and height. A log that cannot tell is refused: one without a current sensor, or of a flight too short to hover in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import stdev

from pymavlink import DFReader, mavutil

from mission.flying.log_file import read_log_file
from warehouse.errors import BadInputError

HOVER_S, CLIMB_S, CRUISE_S = 5.0, 3.0, 10.0
"""Seconds of a flight below which a figure would be chance."""
WALK_S = 20.0
"""Of level flight at a walking pace, which draws what hovering does within 1 %, where a flight hovers too little."""
_IN_AIR_M = 0.3
_STILL_MPS, _LEVEL_MPS, _CLIMB_MPS, _CRUISE_MPS, _WALK_MPS = 0.3, 0.12, 0.3, 0.5, 2.5
_LONGEST_GAP_S = 2.0
"""Between two measurements of the battery; a longer one is a hole in the log."""
_GCS, _NO_AUTOPILOT = 6, 8
_NOT_MEASURED_MV = 65535
_REMEDY = "give the .BIN or .tlog of a flight of this drone of half a minute or more, with a current sensor (BATT_MONITOR 4)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSample:
    """One measurement of the battery in the air."""

    time_s: float
    power_w: float
    level_mps: float
    climb_mps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFigure:
    """Mean power over one kind of flying."""

    power_w: float
    spread_w: float
    """Standard deviation of the measurements."""
    time_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryCalibration:
    """What a flight tells of the drone's power; None for what it did too seldom."""

    hover: PowerFigure
    climb: PowerFigure | None
    cruise: PowerFigure | None

    def as_toml(self) -> str:
        """Return the lines for `[drone]` of site.toml."""
        figures = {"hover_w": self.hover, "climb_w": self.climb, "cruise_w": self.cruise}
        return "".join(f"{name} = {figure.power_w:.1f}\n" for name, figure in figures.items() if figure is not None)


def calibrate_battery(path: Path) -> BatteryCalibration:
    """Return the power that the drone drew on one flight; BadInputError for a log that cannot tell."""
    samples = read_log_file(path, lambda p: list(_from_bin(p)), lambda p: list(_from_tlog(p)), remedy=_REMEDY)
    if not samples:
        raise BadInputError(f"{path}: no battery was measured in the air (messages BAT or BATTERY_STATUS)", remedy=_REMEDY)
    if max(s.power_w for s in samples) <= 0:
        raise BadInputError(f"{path}: the current in the air is zero or was not measured: no current sensor", remedy=_REMEDY)
    hover = _figure(samples, HOVER_S, lambda s: abs(s.climb_mps) < _LEVEL_MPS and s.level_mps < _STILL_MPS)
    if hover is None:
        hover = _figure(samples, WALK_S, lambda s: abs(s.climb_mps) < _LEVEL_MPS and s.level_mps < _WALK_MPS)
    if hover is None:
        raise BadInputError(f"{path}: the drone flew level for too short a time to tell its power", remedy=_REMEDY)
    return BatteryCalibration(
        hover=hover,
        climb=_figure(samples, CLIMB_S, lambda s: s.climb_mps > _CLIMB_MPS),
        cruise=_figure(samples, CRUISE_S, lambda s: abs(s.climb_mps) < _LEVEL_MPS and s.level_mps > _CRUISE_MPS),
    )


def _figure(samples: Sequence[PowerSample], least_s: float, is_meant: Callable[[PowerSample], bool]) -> PowerFigure | None:
    """Return the mean over what is meant, each measurement for the time to the next; None when that is less than `least_s`."""
    meant = [
        (s.power_w, after.time_s - s.time_s)
        for s, after in pairwise(samples)
        if is_meant(s) and 0 < after.time_s - s.time_s <= _LONGEST_GAP_S
    ]
    total_s = sum(dt for _, dt in meant)
    if total_s < least_s or len(meant) < 2:
        return None
    return PowerFigure(
        power_w=sum(power * dt for power, dt in meant) / total_s, spread_w=stdev(power for power, _ in meant), time_s=total_s
    )


def _from_bin(path: Path) -> Iterator[PowerSample]:
    log = DFReader.DFReader_binary(str(path))
    velocity, height, ground = (0.0, 0.0, 0.0), 0.0, None
    while (m := log.recv_match(type=["BAT", "XKF1"])) is not None:
        if m.get_type() == "XKF1" and m.C == 0:
            velocity = float(m.VN), float(m.VE), float(m.VD)
            ground = float(m.PD) if ground is None else ground
            height = ground - float(m.PD)
        elif m.get_type() == "BAT" and getattr(m, "Inst", getattr(m, "I", 0)) == 0 and height > _IN_AIR_M:
            yield _sample(m.TimeUS * 1e-6, float(m.Volt), float(m.Curr), velocity)


def _from_tlog(path: Path) -> Iterator[PowerSample]:
    link = mavutil.mavlogfile(str(path))
    vehicle, now_s, is_armed = None, 0.0, False
    velocity, height, ground = (0.0, 0.0, 0.0), 0.0, None
    while (m := link.recv_match(type=["HEARTBEAT", "LOCAL_POSITION_NED", "BATTERY_STATUS"])) is not None:
        kind = m.get_type()
        if kind == "HEARTBEAT" and vehicle is None and m.type != _GCS and m.autopilot != _NO_AUTOPILOT:
            vehicle = m.get_srcSystem()
        if m.get_srcSystem() != vehicle:
            continue
        if kind == "HEARTBEAT" and m.type != _GCS:
            is_armed = bool(m.base_mode & mavutil.mavlink.MAV_MODE_FLAG_SAFETY_ARMED)
        elif kind == "LOCAL_POSITION_NED":
            now_s, velocity = m.time_boot_ms / 1000, (float(m.vx), float(m.vy), float(m.vz))
            ground = float(m.z) if not is_armed or ground is None else ground
            height = ground - float(m.z)
        elif kind == "BATTERY_STATUS" and m.id == 0 and is_armed and height > _IN_AIR_M:
            volts = sum(mv for mv in m.voltages if mv != _NOT_MEASURED_MV) / 1000
            yield _sample(now_s, volts, max(0.0, m.current_battery / 100), velocity)


def _sample(time_s: float, volts: float, amperes: float, velocity_ned: tuple[float, float, float]) -> PowerSample:
    return PowerSample(
        time_s=time_s,
        power_w=volts * amperes if math.isfinite(volts * amperes) else 0.0,
        level_mps=math.hypot(*velocity_ned[:2]),
        climb_mps=-velocity_ned[2],
    )
