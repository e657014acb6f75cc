"""Who may take off and go on, whatever the planned times said: ways of a hall with two aisles, flown by a pencil."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.failure_flight import Hall
from benchmarks.fleet_hall import make_fleet_hall
from mission.flying.fleet.airborne import Airborne
from mission.flying.fleet.airspace import Airspace, Answer
from mission.planning.route import route_sortie
from mission.records import Sortie


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    return make_fleet_hall(tmp_path_factory.mktemp("hall"), aisles=2, bays=1, n_drones=1)


@pytest.fixture(scope="module")
def ways(hall: Hall) -> dict[str, Sortie]:
    """`first` flies half of aisle A01 from pad 1; `second` aisle A02 from pad 2, and then the other half of A01."""
    lanes = {
        aisle: [lane for lane in hall.plan.sorties[0].lanes if lane.views[0].face.startswith(aisle)] for aisle in ("A01", "A02")
    }
    first = route_sortie(hall.site, "01", lanes["A01"][:1])
    second = route_sortie(hall.site, "02", [*lanes["A02"], *lanes["A01"][1:]], pad="pad 2")
    return {"first": replace(first, drone=1), "second": replace(second, drone=2)}


class Pencil:
    """Moves a drone along its way by the predicted times."""

    def __init__(self, hall: Hall, airspace: Airspace, sortie: Sortie) -> None:
        self._air, self._drone = airspace, sortie.drone
        self.way = Airborne(hall.site, sortie, sortie.drone)
        self.index = 0
        self.held_s: float | None = None

    def step(self, *, is_held_by_hand: bool = False) -> Answer:
        """Look where the drone is, and fly on for half a second unless it must wait."""
        track, held_s = self.way.track, 0.0 if is_held_by_hand else self.held_s
        x, y, z = track.points_m[self.index]
        waypoint, speed_mps = int(track.legs[self.index]), 1.0 if held_s is None else 0.0
        answer = self._air.move(self._drone, waypoint, (float(x), float(y), float(z)), speed_mps=speed_mps, held_s=held_s)
        self.held_s = (self.held_s or 0.0) + 0.5 if answer.wait else None
        if answer.is_free and not is_held_by_hand:
            self.index = min(self.index + 1, len(track.times_s) - 1)
        return answer

    @property
    def aisle(self) -> int:
        return int(self.way.track.aisles[self.index])

    @property
    def is_down(self) -> bool:
        return self.index == len(self.way.track.times_s) - 1


def both_in_air(hall: Hall, ways: dict[str, Sortie]) -> tuple[Airspace, Pencil, Pencil]:
    airspace = Airspace(hall.site)
    pencils = []
    for sortie in ways.values():
        airspace.get_ready(sortie.drone, sortie)
        assert airspace.take_off(sortie.drone).is_free
        pencils.append(Pencil(hall, airspace, sortie))
    return airspace, pencils[0], pencils[1]


def test_by_the_plan_nobody_waits(hall: Hall, ways: dict[str, Sortie]) -> None:
    airspace, first, second = both_in_air(hall, ways)
    while not second.is_down:
        assert second.step().is_free
        if not first.is_down:
            assert first.step().is_free
        elif airspace.aisle_of(1) == "":
            airspace.end(1)


def test_a_drone_waits_before_an_aisle_until_the_one_in_it_that_is_late_has_left(hall: Hall, ways: dict[str, Sortie]) -> None:
    airspace, first, second = both_in_air(hall, ways)
    while first.aisle != 0:
        first.step()
        second.step()
    answers = [(first.step(is_held_by_hand=True), second.step())[1] for _ in range(240)]
    assert answers[-1].wait == "drone 1, which is in aisle A01, is to fly past first"
    assert second.aisle == -1
    waited_at = second.index
    while not first.is_down:
        assert first.step().is_free
        second.step()
        assert not (first.aisle == second.aisle == 0)
    airspace.end(1)
    while not second.is_down:
        assert second.step().is_free
    assert waited_at < second.index


def test_a_way_that_would_meet_another_in_the_air_is_not_begun_before_that_is_gone(hall: Hall, ways: dict[str, Sortie]) -> None:
    airspace = Airspace(hall.site)
    late = replace(ways["first"], drone=2, home_pad="pad 2", start_s=100.0)
    airspace.get_ready(1, ways["first"])
    airspace.get_ready(2, late)
    assert airspace.may_take_off(2).wait == "drone 1 is getting ready, and goes first by the plan"
    assert airspace.take_off(1).is_free
    assert "drone 1 is to" in airspace.take_off(2).wait
    airspace.end(1)
    assert airspace.take_off(2).is_free


def test_who_is_being_held_is_not_reckoned_with_by_the_clock(hall: Hall, ways: dict[str, Sortie]) -> None:
    airspace = Airspace(hall.site)
    airspace.get_ready(1, ways["first"])
    assert airspace.take_off(1).is_free
    pencil = Pencil(hall, airspace, ways["first"])
    pencil.step(is_held_by_hand=True)
    airspace.get_ready(2, ways["second"])
    assert airspace.take_off(2).wait == "drone 1 is being held"


def test_an_aisle_with_a_drone_on_its_floor_is_closed_until_that_is_fetched(hall: Hall, ways: dict[str, Sortie]) -> None:
    airspace, first, second = both_in_air(hall, ways)
    while first.aisle != 0:
        first.step()
        second.step()
    airspace.end(1, where="drone 1 lies in aisle A01")
    answer = Answer()
    while answer.is_free and not second.is_down:
        answer = second.step()
    assert answer.closed == "drone 1 lies in aisle A01"
    assert second.aisle == -1
    airspace.end(2)
    airspace.get_ready(2, ways["second"])
    assert airspace.may_take_off(2).closed == "drone 1 lies in aisle A01"
    airspace.fetched(1)
    assert airspace.may_take_off(2).is_free


def test_nobody_takes_off_before_a_drone_that_may_be_in_the_air_is_found(hall: Hall, ways: dict[str, Sortie]) -> None:
    airspace = Airspace(hall.site)
    airspace.expect(1)
    airspace.get_ready(2, ways["second"])
    assert airspace.may_take_off(2).wait == "drone 1 may be in the air and is being looked for"
    pad_m = ways["first"].waypoints[0].position_m
    airspace.found_in_air(1, ways["first"], 0, pad_m)
    assert airspace.may_take_off(2).is_free


def test_a_drone_that_was_found_in_the_air_is_reckoned_with_where_it_is(hall: Hall, ways: dict[str, Sortie]) -> None:
    airspace = Airspace(hall.site)
    found, late = replace(ways["second"], drone=1), replace(ways["first"], drone=2)
    airspace.expect(1)
    airspace.get_ready(2, late)
    track = Airborne(hall.site, found, 1).track
    in_aisle = [i for i, aisle in enumerate(track.aisles) if aisle == 0]
    x, y, z = track.points_m[in_aisle[len(in_aisle) // 2]]
    airspace.found_in_air(1, found, int(track.legs[in_aisle[len(in_aisle) // 2]]), (float(x), float(y), float(z)))
    assert airspace.aisle_of(1) == "A01"
    assert airspace.take_off(2).wait == "drone 1, which is in aisle A01, is to fly past first"


def test_a_pad_is_one_drone_s_until_it_leaves_it(hall: Hall) -> None:
    airspace = Airspace(hall.site)
    assert airspace.take_pad(1, "pad 1") == ""
    assert airspace.take_pad(2, "pad 1") == "drone 1 has pad 1"
    airspace.leave_pad(1)
    assert airspace.take_pad(2, "pad 1") == ""


def test_nobody_waits_for_a_drone_that_itself_waits_for_a_pad(hall: Hall, ways: dict[str, Sortie]) -> None:
    airspace = Airspace(hall.site)
    airspace.get_ready(1, ways["first"])
    later = replace(ways["first"], drone=2, start_s=100.0)
    assert airspace.take_pad(2, "pad 1") == ""
    assert airspace.take_pad(1, "pad 1") == "drone 2 has pad 1"
    airspace.get_ready(2, later)
    assert airspace.take_off(2).is_free
