"""The verifier finds nothing in sound plans, and everything that was planted in spoilt ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from benchmarks.clearance import SPOILERS
from benchmarks.drawn_halls import build_site, draw_hall
from mission.planning.autopilot import limits_of
from mission.planning.clearance import flown_pieces, violations
from mission.planning.planner import make_plan
from mission.planning.scurve import leg
from mission.records import Purpose, Waypoint
from tests.mission.worlds import demo_site, with_layout
from warehouse.layout import KeepOut


@settings(max_examples=10)
@given(seed=st.integers(0, 39))
def test_a_plan_keeps_its_distance_and_a_spoilt_one_is_found_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    site = build_site(draw_hall(rng, most_aisles=2, bays=(2, 3)), rng)
    plan = make_plan(site, n_drones=1 + seed % 2)
    assert violations(site, plan) == []
    for name, spoil in SPOILERS.items():
        if (spoilt := spoil(site, plan, rng)) is not None:
            assert violations(*spoilt), name
            event(name)


def test_a_box_that_is_a_centimetre_too_near_is_named_with_place_and_distance() -> None:
    site = demo_site()
    plan = make_plan(site)
    lane = plan.sorties[0].lanes[0]  # at x = 6.069, from y = 4 to 15; the drone's room is 0.75 m
    box = KeepOut(name="lamp", min_m=(5.4, 9.0, lane.start_m[2] - 0.1), max_m=(6.069 - 0.72, 9.1, lane.start_m[2] + 0.1))
    (found,) = [v for v in violations(with_layout(site, keep_outs=(box,)), plan) if v.at_m[2] == lane.start_m[2] and v.at_m[0] > 6]
    assert (found.sortie, found.what) == ("01", "keep-out lamp")
    assert found.distance_m == pytest.approx(0.72)
    assert found.at_m[1] == pytest.approx(9.05, abs=0.06)


def test_a_low_ceiling_and_a_box_askew_are_found_where_they_truly_are() -> None:
    site = demo_site()
    plan = make_plan(site)
    highest = max(w.position_m[2] for w in plan.sorties[0].waypoints)
    room = site.drone.radius_m + site.drone.clearance_m
    for low_m, is_found in ((highest + room - 0.05, True), (highest + room + 0.06, False)):
        aisles = tuple(replace(aisle, ceiling_m=low_m) for aisle in site.layout.aisles)
        names = {v.what for v in violations(with_layout(site, aisles=aisles), plan)}
        assert any(name.startswith("ceiling of ") for name in names) == is_found
        assert any(v.what == "the ceiling" for v in violations(with_layout(site, ceiling_m=low_m), plan)) == is_found
    x, y, z = plan.sorties[0].lanes[0].start_m
    for heading_deg, is_found in ((0.0, False), (180.0, True)):  # turned about its corner it reaches towards the lane, or away
        box = KeepOut(name="door", min_m=(x + room + 0.5, y, z), max_m=(x + room + 1.5, y + 1.0, z + 0.2), heading_deg=heading_deg)
        found = [v for v in violations(with_layout(site, keep_outs=(box,)), plan) if v.at_m[0] <= x + 0.01 and v.at_m[2] == z]
        assert bool(found) == is_found


def test_a_corner_is_cut_no_sooner_than_the_drone_would_brake_for_it() -> None:
    places = ((0.0, 0.0, 2.0), (10.0, 0.0, 2.0), (20.0, 0.5, 2.0))
    way = [Waypoint(position_m=p, heading_deg=0.0, speed_mps=1.2, purpose=Purpose.TRANSIT) for p in places]
    curve = [start for start, end in flown_pieces(way) if np.linalg.norm(end - start) < 0.5 and start[0] < 10.0]
    first_leg = leg(10.0, 0.0, 1.2, limits_of(demo_site().drone))
    brakes_m, _, _ = first_leg.state(first_leg.accel_end_s)
    assert brakes_m < 10.0 - min(float(start[0]) for start in curve) < 1.5 * brakes_m
