"""Predicted times, held against a recorded flight of a real ArduCopter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mission.planning.mission_items import Command
from mission.planning.timing import energy_wh, flight_time_s, rest_to_rest_s
from mission.records import Purpose, Waypoint
from tests.mission.worlds import ANCHOR, demo_site, with_drone
from warehouse.coordinates import ned_from_latlon_1e7

FLOWN_S = 57.0
"""From the first HEARTBEAT that says armed to the one that says disarmed, in aisle.tlog; both come once a second."""


def test_the_recorded_flight_of_two_lanes_is_predicted_within_three_percent(shared_data: Path) -> None:
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


def test_a_short_leg_never_reaches_its_speed_and_a_long_one_pays_once_for_speeding_up() -> None:
    assert rest_to_rest_s(30.0, 1.0) == pytest.approx(32.0)
    assert rest_to_rest_s(60.0, 1.0) - rest_to_rest_s(30.0, 1.0) == pytest.approx(30.0)
    assert rest_to_rest_s(0.25, 1.0) == pytest.approx(2.0)  # 0.25 m/s at most: a second up, a second down


def test_a_drone_that_draws_twice_the_power_uses_twice_the_energy() -> None:
    site = demo_site()
    assert energy_wh(180.0, site.drone) == pytest.approx(13.0)
    assert energy_wh(180.0, with_drone(site, hover_w=520.0).drone) == pytest.approx(26.0)
