"""The mission items of the demo site's sortie, and the order that ArduCopter needs."""

from __future__ import annotations

import math

import pytest

from mission.planning.mission_items import Command, mission_items
from mission.planning.planner import make_plan
from mission.records import Direction, MissionItem, Purpose, Sortie
from tests.mission.worlds import demo_site, random_site
from warehouse.coordinates import ned_from_latlon_1e7, site_from_ned


@pytest.fixture(scope="module")
def sortie() -> Sortie:
    return make_plan(demo_site()).sorties[0]


@pytest.fixture(scope="module")
def items(sortie: Sortie) -> tuple[MissionItem, ...]:
    return mission_items(demo_site(), sortie)


def test_the_sortie_begins_with_takeoff_speed_turn_and_the_first_lane(items: tuple[MissionItem, ...]) -> None:
    brief = [(Command(i.command).name, i.p1, i.p2, i.p3, i.z, i.purpose) for i in items[:11]]
    assert brief == [
        ("DO_CHANGE_SPEED", 1.0, 1.0, -1.0, 0.0, "speed"),
        ("NAV_TAKEOFF", 0.0, 0.0, 0.0, 1.0, "takeoff"),
        ("DO_CHANGE_SPEED", 2.0, 0.7, -1.0, 0.0, "speed"),  # up
        ("DO_CHANGE_SPEED", 3.0, 0.7, -1.0, 0.0, "speed"),  # down
        ("CONDITION_YAW", 20.0, 0.0, 0.0, 0.0, "turn"),  # the site's +y points 20 degrees east of north
        ("NAV_WAYPOINT", 0.0, 0.0, 0.0, 1.0, "transit"),
        ("NAV_WAYPOINT", 0.0, 0.0, 0.0, 0.61, "approach"),
        ("DO_SET_CAM_TRIGG_DIST", 0.398, 0.0, 1.0, 0.0, "photos on"),
        ("NAV_WAYPOINT", 0.0, 0.0, 0.0, 0.61, "lane"),
        ("DO_SET_CAM_TRIGG_DIST", 0.0, 0.0, 0.0, 0.0, "photos off"),
        ("NAV_WAYPOINT", 0.0, 0.0, 0.0, 2.06, "approach"),
    ]


def test_a_wait_is_an_item_of_its_own_of_any_length(sortie: Sortie, items: tuple[MissionItem, ...]) -> None:
    waits, place = [], ""
    for item in items:
        if item.command == Command.NAV_DELAY:
            waits.append((place, item.p1))
        place = item.purpose if item.command == Command.NAV_WAYPOINT else place
    assert waits == [(w.purpose.value, w.hold_s) for w in sortie.waypoints if w.hold_s]
    assert waits == [("lane", 0.1), ("approach", 2.3)]


def test_the_sortie_ends_with_a_landing_on_the_pad_and_never_returns_to_launch(items: tuple[MissionItem, ...]) -> None:
    assert items[-1].command == Command.NAV_LAND
    assert (items[-1].x, items[-1].y, items[-1].z) == (items[1].x, items[1].y, 0.0)
    assert len(items) == 43
    assert {i.command for i in items} == set(Command) - {Command.IMAGE_START_CAPTURE, Command.IMAGE_STOP_CAPTURE}


def test_every_place_is_within_a_centimetre_of_its_waypoint(sortie: Sortie, items: tuple[MissionItem, ...]) -> None:
    anchor = demo_site().layout.anchor
    places = [i for i in items if i.x]
    assert len(places) == len(sortie.waypoints)
    for item, waypoint in zip(places, sortie.waypoints, strict=True):
        north, east = ned_from_latlon_1e7(anchor, (item.x, item.y))
        assert math.dist(site_from_ned(anchor, (north, east, -item.z)), waypoint.position_m) < 0.01


@pytest.mark.parametrize("seed", range(12))
def test_the_camera_shoots_along_lanes_only_and_each_lane_once(seed: int) -> None:
    site = random_site(seed)
    for sortie in make_plan(site).sorties:
        items = mission_items(site, sortie)
        is_on, flown = False, []
        for i, item in enumerate(items):
            if item.purpose.startswith("photos"):
                lane = sortie.lanes[item.lane or 0]
                is_level = item.command == Command.DO_SET_CAM_TRIGG_DIST
                assert is_level == (lane.direction is Direction.LEVEL)
                assert ((item.p1 if is_level else item.p2) > 0) != is_on
                is_on = not is_on
                places = [before for before in items[:i] if before.command == Command.NAV_WAYPOINT]
                assert not is_on or places[-1].purpose == "approach"
            if item.command == Command.NAV_WAYPOINT:
                assert is_on == (item.purpose == Purpose.LANE)
                flown += [item.lane] if is_on else []
        assert not is_on
        assert flown == list(range(len(sortie.lanes)))


def test_the_locations_of_a_lane_stand_at_its_leg(sortie: Sortie, items: tuple[MissionItem, ...]) -> None:
    legs = [i for i in items if i.purpose == "lane"]
    assert [i.locations for i in legs] == [lane.must_see for lane in sortie.lanes]
