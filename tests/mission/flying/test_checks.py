"""Each check before a take-off, at the figures where it turns."""

from __future__ import annotations

import math

import pytest

from mission.flying.checks import (
    Check,
    Verdict,
    bad,
    good,
    judge_battery,
    judge_disk,
    judge_ekf,
    judge_place,
    judge_steadiness,
    refuse_bad,
)
from mission.flying.prearm_words import complaints, meaning
from mission.flying.vehicle_state import EKF_GOOD_POSITION
from mission.records import ScanPlan
from warehouse.coordinates import latlon_1e7_from_ned, ned_from_site
from warehouse.errors import VehicleError
from warehouse.site import Site


def at(site: Site, x: float, y: float) -> tuple[int, int]:
    anchor = site.layout.anchor
    lat, lon = latlon_1e7_from_ned(anchor, ned_from_site(anchor, (x, y, 0.0)))
    return int(lat), int(lon)


def test_a_battery_must_hold_the_flight_and_the_reserve(site: Site, plan: ScanPlan) -> None:
    sortie = plan.sorties[0]
    least = math.ceil(100 * (sortie.energy_wh / site.drone.battery_wh + 0.8 * site.drone.reserve))
    verdicts = [
        judge_battery(site, sortie, remaining_percent=percent, voltage_v=12.1).verdict for percent in (100, least, least - 1, 0)
    ]
    assert verdicts == [Verdict.GOOD, Verdict.GOOD, Verdict.BAD, Verdict.BAD]
    tired = judge_battery(site, sortie, remaining_percent=100, voltage_v=10.2, low_v=10.8)
    assert (tired.verdict, tired.words) == (Verdict.BAD, "10.2 V, below the 10.8 V at which it counts as low")
    unknown = judge_battery(site, sortie, remaining_percent=-1, voltage_v=None)
    assert (unknown.verdict, "lamps" in unknown.remedy) == (Verdict.DOUBT, True)


def test_a_drone_beside_its_pad_stays_on_the_ground(site: Site, plan: ScanPlan) -> None:
    sortie, (x, y) = plan.sorties[0], site.layout.home_pads[0].position_m
    near = judge_place(site, sortie, latlon_1e7=at(site, x + 0.3, y), yaw_rad=math.radians(site.layout.anchor.heading_deg))
    assert (near.verdict, near.words) == (
        Verdict.GOOD,
        "the drone believes to stand 0.30 m from pad 1, its nose 0 degrees clockwise of the floor plan's up: see that it does",
    )
    assert judge_place(site, sortie, latlon_1e7=at(site, x, y + 0.45), yaw_rad=None).verdict is Verdict.BAD
    assert judge_place(site, sortie, latlon_1e7=None, yaw_rad=None).verdict is Verdict.BAD


@pytest.mark.parametrize(
    ("positions", "speeds", "verdict"),
    [
        ([(0.0, 0.0, 0.0), (0.05, -0.05, 0.02)], [0.05], Verdict.GOOD),
        ([(0.0, 0.0, 0.0), (0.3, 0.1, 0.0)], [0.05], Verdict.BAD),
        ([(0.0, 0.0, 0.0), (0.0, 0.0, 0.0)], [0.4], Verdict.BAD),
        ([], [], Verdict.BAD),
    ],
    ids=["sensor noise", "wanders", "believes to move", "silent"],
)
def test_a_drone_that_stands_still_must_believe_so(
    positions: list[tuple[float, float, float]], speeds: list[float], verdict: Verdict
) -> None:
    assert judge_steadiness(positions, speeds, 2.0).verdict is verdict


def test_what_the_estimate_lacks_is_named() -> None:
    assert judge_ekf(EKF_GOOD_POSITION, (0.1, 0.2, 0.1)).verdict is Verdict.GOOD
    assert judge_ekf(EKF_GOOD_POSITION, (0.1, 0.9, 0.1)).verdict is Verdict.BAD
    lost = judge_ekf(167, None)
    assert lost.verdict is Verdict.BAD
    assert "no good position relative to the start, no good position in the building" in lost.words


def test_photos_must_fit_onto_the_disk(site: Site, plan: ScanPlan) -> None:
    assert judge_disk(site, plan.sorties[0], 10**10).verdict is Verdict.GOOD
    assert judge_disk(site, plan.sorties[0], 10**8).verdict is Verdict.BAD


def test_everything_that_is_wrong_is_said_at_once_with_what_to_do() -> None:
    checks: list[Check] = [good("disk", "enough"), bad("battery", "empty", "charge it"), bad("camera", "off", "switch it on")]
    with pytest.raises(VehicleError) as caught:
        refuse_bad(checks)
    assert "2 of 3 checks failed" in str(caught.value)
    assert "battery: empty\n    -> charge it" in str(caught.value)
    assert "camera: off\n    -> switch it on" in str(caught.value)
    refuse_bad(checks[:1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("PreArm: VisOdom: not healthy", "navigation sensor is silent"),
        ("PreArm: Battery 1 low voltage failsafe", "full battery"),
        ("PreArm: Hardware safety switch", "safety switch"),
        ("PreArm: RC not found", "remote control"),
        ("PreArm: Gyros inconsistent", "stand still"),
        ("PreArm: GPS 1: Bad fix", "GPS1_TYPE 0"),
        ("Arm: Vehicle breaching Polygon fence", "pad that the plan names"),
        ("PreArm: Logging failed", "memory card"),
        ("PreArm: Accels calibrated requires reboot", "off and on"),
        ("PreArm: 3D Accel calibration needed", "calibrated"),
        ("PreArm: Compass not healthy", "racks disturb"),
        ("Arm: AHRS: waiting for home", "where it is"),
        ("PreArm: Motors Emergency Stopped", "emergency stop"),
    ],
)
def test_the_autopilots_words_are_explained(text: str, words: str) -> None:
    assert words in meaning(text)


def test_complaints_are_passed_on_once_and_other_texts_left_out() -> None:
    said = ["EKF3 IMU0 origin set", "PreArm: RC not found", "PreArm: RC not found", "PreArm: something new"]
    assert complaints(said) == [f"PreArm: RC not found ({meaning(said[1])})", "PreArm: something new"]
