"""Predicted times, held against a recorded flight of a real ArduCopter, and against what can be worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mission.planning import timing
from mission.planning.mission_items import Command
from mission.planning.scurve import Limits, corner, leg
from mission.planning.timing import flight_energy_wh, flight_time_s, job_s, leg_s
from mission.records import Purpose, Waypoint
from tests.mission.worlds import ANCHOR, demo_site, with_drone
from warehouse.coordinates import ned_from_latlon_1e7
from warehouse.site import Drone

FLOWN_S = 57.0
"""From the first HEARTBEAT that says armed to the one that says disarmed, in aisle.tlog; both come once a second."""
AS_RECORDED = Limits(speed_up_mps=0.7, speed_down_mps=0.5, accel_mps2=1.0, accel_z_mps2=1.0, jerk_mps3=1.0, radius_m=0.1)
"""How the autopilot of that flight was set up."""


@pytest.mark.shared
def test_the_recorded_flight_of_two_lanes_is_predicted_within_three_percent(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recorded(drone: Drone) -> Limits:
        return AS_RECORDED

    monkeypatch.setattr(timing, "limits_of", recorded)
    monkeypatch.setattr(timing, "LAND_MPS", 0.4)
    items = json.loads((shared_data / "flights" / "aisle.json").read_text())["items"]
    waypoints = _waypoints(items)
    assert flight_time_s(waypoints, demo_site().drone) == pytest.approx(FLOWN_S, rel=0.03)


def _waypoints(items: list[list[float]]) -> list[Waypoint]:
    waypoints: list[Waypoint] = []
    for _, number, *_, x, y, z in items:
        command = int(number)
        if command not in (Command.NAV_TAKEOFF, Command.NAV_WAYPOINT, Command.NAV_LAND):
            continue
        place = waypoints[-1].position_m if waypoints else (0.0, 0.0, 0.0)
        if command == Command.NAV_WAYPOINT:
            north, east = ned_from_latlon_1e7(ANCHOR, (x, y))
            place = (float(east), float(north), 0.0)
        waypoints.append(
            Waypoint(
                position_m=(place[0], place[1], z),
                heading_deg=90.0,
                speed_mps=1.0,
                purpose={Command.NAV_TAKEOFF: Purpose.TAKEOFF, Command.NAV_LAND: Purpose.LAND}.get(
                    Command(command), Purpose.TRANSIT
                ),
            )
        )
    return waypoints


limits = st.builds(
    Limits,
    speed_up_mps=st.floats(0.3, 2.0),
    speed_down_mps=st.floats(0.3, 1.5),
    accel_mps2=st.floats(0.5, 3.0),
    accel_z_mps2=st.floats(0.5, 2.0),
    jerk_mps3=st.floats(0.5, 8.0),
    radius_m=st.floats(0.05, 0.5),
)
lengths, speeds, rises = st.floats(0.02, 40.0), st.floats(0.2, 3.0), st.sampled_from((-1.0, -0.8, 0.0, 0.6, 1.0))


@given(length=lengths, speed=speeds, rise=rises, within=limits)
def test_a_leg_comes_from_rest_to_rest_over_its_length_within_its_limits(
    length: float, speed: float, rise: float, within: Limits
) -> None:
    flown = leg(length, rise, speed, within)
    steps = 200
    dt = flown.time_s / steps
    states = [flown.state(i * dt) for i in range(steps + 1)]
    assert states[0] == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)
    assert states[-1] == pytest.approx((length, 0.0, 0.0), abs=1e-6)
    assert all(v <= flown.speed_mps + 1e-6 and abs(a) <= flown.accel_mps2 + 1e-6 for _, v, a in states)
    travelled = sum(flown.state((i + 0.5) * dt)[1] for i in range(steps)) * dt
    assert travelled == pytest.approx(length, rel=2e-3)


@given(first=lengths, second=lengths, cosine=st.floats(-1, 1), speed=speeds, within=limits)
def test_a_cut_corner_saves_time_and_stays_within_the_radius(
    first: float, second: float, cosine: float, speed: float, within: Limits
) -> None:
    a, b = leg(first, 0.0, speed, within), leg(second, 0.0, speed, within)
    cut = corner(a, b, cosine, within)
    assert 0 <= cut.overlap_s <= min(a.accel_end_s, b.accel_end_s)
    s, t = a.state(cut.overlap_s / 2)[0], b.state(cut.overlap_s / 2)[0]
    assert (s * s + t * t - 2 * s * t * cosine) ** 0.5 <= within.radius_m + 1e-9 or cut.overlap_s == 0
    assert 0 <= cut.before_m <= first / 2 + 1e-9
    assert 0 <= cut.after_m <= second / 2 + 1e-9


def test_a_short_leg_never_reaches_its_speed_and_a_long_one_pays_once_for_speeding_up() -> None:
    def time_s(length: float) -> float:
        return leg(length, 0.0, 1.0, AS_RECORDED).time_s

    assert time_s(60.0) - time_s(30.0) == pytest.approx(30.0)
    assert time_s(30.0) == pytest.approx(30.0 + 2.32, abs=0.01)
    assert leg(0.25, 0.0, 1.0, AS_RECORDED).cruise_mps < 0.25


def test_a_drone_that_draws_twice_the_power_uses_twice_the_energy() -> None:
    site, way = demo_site(), _way()
    assert flight_energy_wh(way, site.drone) == pytest.approx(260 * flight_time_s(way, site.drone) / 3600)
    twice = with_drone(site, hover_w=520.0).drone
    assert flight_energy_wh(way, twice) == pytest.approx(2 * flight_energy_wh(way, site.drone))


def test_climbs_and_legs_along_count_with_the_power_that_was_measured_for_them() -> None:
    drone, way = demo_site().drone, _way()
    plain = flight_energy_wh(way, drone)
    climbing = leg_s(way[0], way[1], drone)
    assert flight_energy_wh(way, replace(drone, climb_w=360.0)) == pytest.approx(plain + 100 * climbing / 3600)
    along = leg_s(way[1], way[2], drone)
    assert flight_energy_wh(way, replace(drone, cruise_w=250.0)) == pytest.approx(plain - 10 * along / 3600)


def test_a_job_of_three_flights_counts_two_swaps() -> None:
    drone = with_drone(demo_site(), swap_s=90.0).drone
    assert job_s([100.0, 100.0, 50.0], drone) == 430.0
    assert job_s([100.0], drone) == 100.0
    assert job_s([], drone) == 0.0


def _way() -> list[Waypoint]:
    places = [((0.0, 0.0, 1.5), Purpose.TAKEOFF), ((0.0, 0.0, 3.5), Purpose.CLIMB), ((0.0, 10.0, 3.5), Purpose.TRANSIT)]
    return [Waypoint(position_m=place, heading_deg=0.0, speed_mps=1.0, purpose=purpose) for place, purpose in places]
