"""From wherever a flight is, the way home is free, inside the fence, and no straight line through a rack."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.fleet_flight import make_crossing_hall
from mission.planning.closed_air import ClosedAir
from mission.planning.fence import fence_altitude_m, fence_areas
from mission.planning.free_air import FreeAir
from mission.planning.mission_items import mission_items
from mission.planning.timeline import track_of
from mission.planning.way_home import nearest_on_path, sortie_home
from mission.records import Purpose
from tests.mission.planning.test_fence import planned
from tests.mission.worlds import with_layout
from warehouse.layout import KeepOut


@pytest.mark.parametrize("name", ["demo", "reference"])
def test_the_way_home_is_free_inside_the_fence_and_ends_on_the_pad(name: str) -> None:
    site, sorties = planned(name)
    air = FreeAir(site)
    rng = np.random.default_rng(6)
    n_tried = 0
    for sortie in sorties[:2]:
        outline = np.array(fence_areas(site, sortie)[0].corners_m)
        for leg in rng.integers(0, len(sortie.waypoints) - 1, 12):
            a, b = (np.array(w.position_m) for w in sortie.waypoints[leg : leg + 2])
            here = a + rng.uniform() * (b - a) + rng.normal(0, 0.03, 3)
            home = sortie_home(site, sortie, (float(here[0]), float(here[1]), max(float(here[2]), 0.05)))
            n_tried += 1
            first, *_, last = home.waypoints
            assert np.linalg.norm(np.array(first.position_m) - here) < 0.3
            assert last.purpose is Purpose.LAND
            assert last.position_m == sortie.waypoints[-1].position_m
            assert max(w.position_m[2] for w in home.waypoints) < fence_altitude_m(sortie)
            for p, q in pairwise(home.waypoints):
                if q.purpose is not Purpose.LAND:
                    assert air.is_free(p.position_m, q.position_m)
                assert _is_inside(outline, q.position_m[:2])
            assert mission_items(site, home)[-1].command == 21
            assert home.time_s <= sortie.time_s
    assert n_tried >= 12


def test_deep_in_another_aisle_the_way_home_leads_out_of_it_first() -> None:
    site, (sortie,) = planned("reference")
    lane = next(w for w in sortie.waypoints if w.lane is not None and w.purpose is Purpose.LANE and w.position_m[0] > 6)
    home = sortie_home(site, sortie, (lane.position_m[0], 25.0, lane.position_m[2]))
    xs = [w.position_m[0] for w in home.waypoints if w.position_m[1] > site.layout.aisles[0].start_m[1]]
    assert np.ptp(xs) < 0.01  # along the aisle until it is out of it
    assert len(home.waypoints) >= 4


def test_where_no_free_air_leads_home_the_drone_flies_its_own_path_back_or_on() -> None:
    site, (sortie, *_) = planned("demo")
    wall = KeepOut(
        name="wall", min_m=(4.0, 3.0, 0.0), max_m=(8.0, 3.2, 7.0)
    )  # between the aisle and the pad, since the plan was made
    walled = with_layout(site, keep_outs=(*site.layout.keep_outs, wall))
    lanes = [i for i, w in enumerate(sortie.waypoints) if w.purpose is Purpose.LANE]
    for number, ends_with in ((lanes[0], "back"), (lanes[-1], "on")):
        a, b = (np.array(w.position_m) for w in sortie.waypoints[number - 1 : number + 1])
        x, y, z = (a + b) / 2
        home = sortie_home(walled, sortie, (float(x), float(y), float(z)))
        flown = [w.position_m for w in home.waypoints[1:-1]]
        path = [w.position_m for w in sortie.waypoints]
        assert flown == (path[number - 1 :: -1] if ends_with == "back" else path[number:-1])
        assert home.waypoints[-1] == sortie.waypoints[-1]
        assert all(w.hold_s > 0 for w in home.waypoints[1:-1])  # no corner is cut where nothing says that the air is free


@pytest.mark.parametrize("pad", ["pad 1", "pad 2"])
def test_round_a_drone_that_lies_in_the_aisle_of_the_shortest_way_home_another_aisle_leads_home(tmp_path: Path, pad: str) -> None:
    hall = make_crossing_hall(tmp_path / "hall", bays=3, swaps_pads=pad == "pad 1")
    site, sortie = hall.site, hall.plan.sorties[1]
    assert sortie.home_pad == pad
    aisle = site.layout.aisles[0]
    lies = (aisle.start_m[0], aisle.start_m[1] + 3.0, 0.0)
    closed = ClosedAir(aisles=(0,), points_m=np.array([lies]), apart_m=1.6)
    flown = track_of(site, sortie, 0.5)
    x, y, z = flown.points_m[int(np.argmax(closed.holds(flown))) - 3]  # behind the aisles, before the closed one
    here = (float(x), float(y), float(z))
    assert closed.holds(track_of(site, sortie_home(site, sortie, here), 0.5)).any()
    beside = ClosedAir(aisles=(), points_m=np.array([(x, y - 1.0, 0.0)]), apart_m=1.6)
    assert beside.first_on(flown, int(np.argmax(closed.holds(flown))) - 3) is not None  # out of it, but not past what lies there
    home = sortie_home(site, sortie, here, [closed])
    track = track_of(site, home, 0.5)
    assert not closed.holds(track).any()
    assert set(track.aisles) == {-1, 1}
    assert home.waypoints[-1] == sortie.waypoints[-1]
    outline = np.array(fence_areas(site, sortie)[0].corners_m)
    assert all(_is_inside(outline, waypoint.position_m[:2]) for waypoint in home.waypoints)
    air = FreeAir(site)
    assert all(air.is_free(p.position_m, q.position_m) for p, q in pairwise(home.waypoints[:-1]))


def test_the_nearest_place_of_a_path_is_found_and_the_later_of_two() -> None:
    _, (sortie, *_) = planned("demo")
    waypoints = sortie.waypoints
    for leg, (a, b) in enumerate(pairwise(waypoints)):
        middle = tuple((np.array(a.position_m) + np.array(b.position_m)) / 2)
        place = nearest_on_path(waypoints, (float(middle[0]), float(middle[1]), float(middle[2])))
        assert place.off_m < 1e-6
        assert place.leg >= leg or np.linalg.norm(np.subtract(b.position_m, a.position_m)) == 0


def _is_inside(corners: np.ndarray[tuple[int, int], np.dtype[np.float64]], point: tuple[float, float]) -> bool:
    return all(
        (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]) > 0 for a, b in pairwise([*corners, corners[0]])
    )
