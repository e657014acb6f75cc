"""Laws of the airspace: whoever is late, and however much, no two drones meet, and all come home."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.drawn_halls import Hall, build_site
from mission.flying.fleet.airborne import STEP_S, Airborne
from mission.flying.fleet.airspace import Airspace
from mission.planning.planner import make_plan
from mission.records import ScanPlan, Sortie
from warehouse.site import Site

HALL = Hall(
    aisles=5, bays=2, levels=1, slots=1, bay_m=2.7, level_m=1.5, width_m=3.0, heading_deg=30.0,
    pads=3, boxes=0, ceiling_m=6.0, battery_wh=5.5, cameras=("right",), bars="any",
)  # fmt: skip
LONGEST_S = 3600.0


@pytest.fixture(scope="module")
def site() -> Site:
    return build_site(HALL, np.random.default_rng(5))


@pytest.fixture(scope="module")
def plan(site: Site) -> ScanPlan:
    return make_plan(site, n_drones=3)


class Late:
    """A drone that sets out late, and is held in the air now and then; otherwise it flies by the predicted times."""

    def __init__(self, site: Site, airspace: Airspace, sorties: list[Sortie], drone: int, rng: np.random.Generator) -> None:
        self._site, self._air, self._left, self._drone, self._rng = site, airspace, sorties, drone, rng
        self._way: Airborne | None = None
        self._is_in_air = False
        self._index, self._rest, self._held_s = 0, int(rng.integers(0, 120)), 0.0

    @property
    def is_done(self) -> bool:
        return not self._left and self._way is None

    @property
    def place(self) -> tuple[int, tuple[float, float, float]] | None:
        """In which aisle, and where, it is in the air."""
        if self._way is None or not self._is_in_air:
            return None
        x, y, z = self._way.track.points_m[self._index]
        return int(self._way.track.aisles[self._index]), (float(x), float(y), float(z))

    def step(self) -> None:
        if self._rest > 0:  # on the ground, or held by hand
            self._rest -= 1
            if self._is_in_air:
                self._may_go_on(by_hand=True)
            return
        if self._way is None:
            if not self._left or self._air.take_pad(self._drone, self._left[0].home_pad):
                return
            sortie = self._left.pop(0)
            self._air.get_ready(self._drone, sortie)
            self._way, self._index = Airborne(self._site, sortie, self._drone), 0
            self._rest = int(self._rng.integers(0, 120))
        elif not self._is_in_air:
            self._is_in_air = self._air.take_off(self._drone).is_free
        elif self._may_go_on(by_hand=False):
            self._index += 1
            if self._index == len(self._way.track.times_s) - 1:
                self._air.end(self._drone)
                self._air.leave_pad(self._drone)
                self._way, self._is_in_air, self._rest = None, False, int(self._rng.integers(0, 240))
            elif self._rng.random() < 0.01:
                self._rest = int(self._rng.integers(0, 120))

    def _may_go_on(self, *, by_hand: bool) -> bool:
        assert self._way is not None
        track = self._way.track
        x, y, z = track.points_m[self._index]
        held_s = 0.0 if by_hand else self._held_s or None
        answer = self._air.move(
            self._drone,
            int(track.legs[self._index]),
            (float(x), float(y), float(z)),
            speed_mps=0.0 if held_s is not None else 1.0,
            held_s=held_s,
        )
        self._held_s = 0.0 if answer.is_free else self._held_s + STEP_S
        return answer.is_free


@pytest.mark.parametrize("seed", range(2))
def test_whoever_is_late_no_two_drones_meet_and_all_come_home(site: Site, plan: ScanPlan, seed: int) -> None:
    airspace, rng = Airspace(site), np.random.default_rng(seed)
    shares = {drone: sorted((s for s in plan.sorties if s.drone == drone), key=lambda s: s.start_s) for drone in (1, 2, 3)}
    assert len(plan.sorties) > 3
    drones = [Late(site, airspace, share, drone, rng) for drone, share in shares.items()]
    for _ in range(int(LONGEST_S / STEP_S)):
        for drone in drones:
            drone.step()
        places = [drone.place for drone in drones if drone.place is not None]
        for i, (aisle, here) in enumerate(places):
            for other_aisle, there in places[:i]:
                assert aisle != other_aisle or aisle == -1
                assert math.dist(here, there) > 2 * site.drone.radius_m + site.drone.clearance_m - 0.01
        if all(drone.is_done for drone in drones):
            return
    pytest.fail("some drones still wait for one another")
