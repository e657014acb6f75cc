"""What is looked at before a take-off, judged: pure, from figures that the vehicle or the computer has told.

Each verdict is a line for the person beside the drone; each refusal says what to do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mission.flying.vehicle_state import EKF_GOOD_POSITION
from mission.records import Sortie
from warehouse.coordinates import heading_site_from_ned, ned_from_latlon_1e7, site_from_ned
from warehouse.errors import VehicleError
from warehouse.site import Site

UNSTEADY_M = 0.3
"""By how much the position of a drone that stands still may wander in some seconds; sensors with 10 cm noise stay below half."""
UNSTEADY_MPS = 0.25
VARIANCE_LIMIT = 0.8
"""Of EKF_STATUS_REPORT, as the autopilot's own failsafe has it (FS_EKF_THRESH)."""
TOUCHED_SHARE = 0.2
"""Of the reserve that a flight may begin with: sorties are planned for a full battery, and a drone that waits draws a little."""
TELEMETRY_BYTES_S = 20_000
PHOTO_BYTES_PIXEL = 0.4
"""A JPEG of a rack in one grey channel; measured with the demo: 0.2 to 0.35."""
SPARE_BYTES = 300_000_000

_EKF_WORDS = {
    0x001: "attitude",
    0x002: "speed over the ground",
    0x004: "speed up and down",
    0x008: "position relative to the start",
    0x010: "position in the building",
    0x020: "height",
    0x100: "position, told ahead from the start",
    0x200: "position, told ahead in the building",
}
"""Bits of EKF_STATUS_REPORT.flags (MAVLink EKF_STATUS_FLAGS) that an aisle flight needs."""


class Verdict(StrEnum):
    """How a check ended."""

    GOOD = "good"
    DOUBT = "doubt"
    """It could not be found out, or a person should look; the flight may begin."""
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    words: str
    """What was found, for people."""
    remedy: str = ""
    """What to do about it; empty where nothing has to be done."""


def good(name: str, words: str) -> Check:
    """Return a check that was passed."""
    return Check(name=name, verdict=Verdict.GOOD, words=words)


def doubt(name: str, words: str, remedy: str = "") -> Check:
    """Return a check that a person should know of."""
    return Check(name=name, verdict=Verdict.DOUBT, words=words, remedy=remedy)


def bad(name: str, words: str, remedy: str) -> Check:
    """Return a check that keeps the drone on the ground."""
    return Check(name=name, verdict=Verdict.BAD, words=words, remedy=remedy)


def refuse_bad(checks: Sequence[Check]) -> None:
    """Raise VehicleError with everything that keeps the drone on the ground, and what to do about each."""
    found = [check for check in checks if check.verdict is Verdict.BAD]
    if found:
        lines = "\n".join(f"  {check.name}: {check.words}\n    -> {check.remedy}" for check in found)
        raise VehicleError(
            f"the drone stays on the ground: {len(found)} of {len(checks)} checks failed:\n{lines}",
            remedy="put this right, then give the same command again; nothing has moved",
        )


def judge_battery(
    site: Site, sortie: Sortie, *, remaining_percent: int | None, voltage_v: float | None, low_v: float | None = None
) -> Check:
    """Judge whether the battery lasts for the sortie with the site's reserve, by what the autopilot says is left in it.

    An autopilot that counts what flows takes any battery for full when it is switched on: so its voltage must not be below `low_v`.
    """
    drone = site.drone
    reserve_wh = drone.battery_wh * drone.reserve
    need = f"the flight takes {_wh(sortie.energy_wh)} Wh, and {_wh(reserve_wh)} Wh stay in reserve"
    volts = f"{voltage_v:.1f} V, " if voltage_v else ""
    if voltage_v and low_v and voltage_v < low_v:
        return bad("battery", f"{volts}below the {low_v:.1f} V at which it counts as low", "put in a full battery")
    if remaining_percent is None or remaining_percent < 0:
        return doubt(
            "battery",
            f"{volts}how full it is the autopilot does not say; {need}",
            "look at the battery's own lamps; a current sensor (BATT_MONITOR 4, BATT_CAPACITY) lets the autopilot tell",
        )
    has_wh = drone.battery_wh * remaining_percent / 100
    words = f"{volts}{remaining_percent} % ({_wh(has_wh)} Wh of {_wh(drone.battery_wh)}); {need}"
    if has_wh + TOUCHED_SHARE * reserve_wh + 1e-6 < sortie.energy_wh + reserve_wh:
        return bad("battery", words, "put in a full battery and switch the drone off and on, so that it counts from full")
    return good("battery", words)


def _wh(energy_wh: float) -> str:
    return f"{energy_wh:.1f}" if energy_wh < 10 else f"{energy_wh:.0f}"


def judge_place(site: Site, sortie: Sortie, *, latlon_1e7: tuple[int, int] | None, yaw_rad: float | None) -> Check:
    """Judge whether the drone believes to stand on the pad that the plan starts from."""
    name = "place"
    if latlon_1e7 is None or latlon_1e7 == (0, 0):
        return bad(name, "the drone does not say where it is", "see whether its navigation sensor sees enough, then start it again")
    anchor = site.layout.anchor
    pad = next(p for p in site.layout.home_pads if p.name == sortie.home_pad)
    north, east = ned_from_latlon_1e7(anchor, latlon_1e7)
    x, y, _ = site_from_ned(anchor, (float(north), float(east), 0.0))
    off_m = math.dist((float(x), float(y)), pad.position_m)
    nose = ""
    if yaw_rad is not None:
        heading = round(heading_site_from_ned(anchor, math.degrees(yaw_rad))) % 360
        nose = f", its nose {heading} degrees clockwise of the floor plan's up: see that it does"
    words = f"the drone believes to stand {off_m:.2f} m from {pad.name}{nose}"
    if off_m > site.drone.clearance_m:
        return bad(
            name,
            f"{words}. The plan keeps {site.drone.clearance_m:.2f} m of free air, no more",
            f"put it onto {pad.name}; if it stands there, its navigation has another zero than the floor plan: start it on the pad",
        )
    return good(name, words)


def judge_steadiness(positions_ned_m: Sequence[tuple[float, float, float]], speeds_mps: Sequence[float], seconds: float) -> Check:
    """Judge the external navigation of a drone that stands still, by what it believed of its place over some seconds."""
    name = "external navigation"
    remedy = "give its cameras light and something to look at, let nobody walk before it, then start the drone again"
    if len(positions_ned_m) < 2:
        return bad(name, f"no position came for {seconds:.0f} s", remedy)
    spans = [max(p[axis] for p in positions_ned_m) - min(p[axis] for p in positions_ned_m) for axis in range(3)]
    wander_m, fastest = math.hypot(*spans), max(speeds_mps, default=0.0)
    words = f"{wander_m * 100:.0f} cm of wandering in {seconds:.0f} s, at most {fastest * 100:.0f} cm/s"
    if wander_m > UNSTEADY_M or fastest > UNSTEADY_MPS:
        return bad(name, f"not steady: {words}, though the drone stands still", remedy)
    return good(name, f"alive and steady: {words}")


def judge_ekf(flags: int | None, variances: Sequence[float] | None) -> Check:
    """Judge the autopilot's estimate of where it is: EKF_STATUS_REPORT's flags, and its variances (1 is the limit of trust)."""
    name = "position estimate"
    remedy = "wait a minute; if it stays so, see to the navigation sensor and its cable"
    if flags is None:
        return bad(name, "the autopilot does not report it (EKF_STATUS_REPORT)", remedy)
    missing = [words for bit, words in _EKF_WORDS.items() if bit & EKF_GOOD_POSITION and not flags & bit]
    if missing:
        return bad(name, f"the autopilot has no good {', no good '.join(missing)} (EKF flags {flags})", remedy)
    worst = max(variances, default=0.0) if variances else 0.0
    if worst >= VARIANCE_LIMIT:
        return bad(name, f"its sensors contradict one another (EKF variance {worst:.2f}, limit {VARIANCE_LIMIT})", remedy)
    return good(name, f"every part of it is good (EKF flags {flags}, worst variance {worst:.2f} of {VARIANCE_LIMIT})")


def judge_disk(site: Site, sortie: Sortie, free_bytes: int, *, photo_bytes: int = 0) -> Check:
    """Judge whether the photos and the recording of a sortie fit onto the disk of the run folder.

    `photo_bytes` is what a photo of the pad took, where one was taken: one of a rack may take half as much again.
    """
    pixels = max(camera.size_px[0] * camera.size_px[1] for camera in site.cameras)
    each = max(pixels * PHOTO_BYTES_PIXEL, 1.5 * photo_bytes)
    needs = int(sortie.n_photos * each + 2 * sortie.time_s * TELEMETRY_BYTES_S) + SPARE_BYTES
    words = f"{free_bytes / 1e9:.1f} GB free; the flight may need {needs / 1e9:.1f} GB"
    if free_bytes < needs:
        return bad("disk", words, "make room on the disk of the run folder, or use a run folder on another disk")
    return good("disk", words)
