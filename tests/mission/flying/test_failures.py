"""What may befall a drone on its lane: on the built-in copter in lock step and, where there is one, on the real ArduCopter."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import pytest

from benchmarks.failure_ardupilot import fly_ardupilot
from benchmarks.failure_figures import measure
from benchmarks.failure_flight import Hall, fly_builtin
from sitl.mishaps import MISHAPS

REAL = [pytest.mark.arducopter, pytest.mark.skipif("ARDUCOPTER" not in os.environ, reason="$ARDUCOPTER is not set")]
BY_NAME = {mishap.name: mishap for mishap in MISHAPS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """How a mishap ends; times in seconds after it, on the vehicle's clock."""

    ending: str | None
    trouble: str = ""
    acted_s: float
    """The latest time of the change of mode."""
    off_lane_m: float = 0.3
    """The most, at touch-down; the lane is at 1 m."""
    n_lanes_left: int = 1
    really_touches: bool = False
    """Nothing that a ground program does keeps a real drone off the rack then."""


LANDED, SELF = "landed_early", "autopilot_failsafe"
EXPECTED = {
    "position_lost": Expectation(ending=LANDED, trouble="position_lost", acted_s=1.0),
    "position_jump": Expectation(ending=LANDED, trouble="position_jump", acted_s=0.5),
    "position_glide": Expectation(ending=LANDED, trouble="position_jump", acted_s=2.5, off_lane_m=0.6),
    "ekf_variance": Expectation(ending=LANDED, trouble="estimate_doubtful", acted_s=0.8),
    "program_killed": Expectation(ending=None, acted_s=5.5),
    "cable_pulled": Expectation(ending="link_lost", acted_s=5.5),
    "battery_critical": Expectation(ending=LANDED, trouble="battery_low", acted_s=10.6, n_lanes_left=0),
    "fence_breach": Expectation(ending=SELF, acted_s=0.5),
    "motor_dead": Expectation(ending=LANDED, trouble="falling", acted_s=0.5, off_lane_m=1.5),
    "motor_weak": Expectation(ending=LANDED, trouble="off_track", acted_s=1.2, off_lane_m=1.6, really_touches=True),
    "draught": Expectation(ending=LANDED, trouble="off_track", acted_s=2.5, off_lane_m=0.4),
    "camera_stopped": Expectation(ending=LANDED, trouble="camera_stopped", acted_s=3.5),
    "disk_full": Expectation(ending=LANDED, acted_s=0.6),
}


SELDOM = {"position_glide", "program_killed", "battery_critical", "motor_weak", "cable_pulled"}
"""Near to another one, or long: flown on the built-in copter only where there is time for the real one, too."""


def check(result: dict[str, Any], expected: Expectation, *, is_real: bool = False) -> None:
    is_first = is_real and result["ending"] == SELF and expected.trouble == "battery_low"  # the autopilot; that is chance
    is_named_otherwise = (
        result["trouble"] == "position_jump" and expected.trouble == "estimate_doubtful"
    )  # place and speed disagree
    if not (is_first or is_named_otherwise):
        assert (result["ending"], result["trouble"]) == (expected.ending, expected.trouble), result["said"]
    acted_s = result["mode_changed_s"]
    if is_real and result["ordered_s"] is not None:  # until the simulator has read it, it lives on as fast as this computer lets it
        acted_s = min(acted_s, result["ordered_s"])
    assert acted_s <= expected.acted_s
    assert result["off_lane_m"] <= expected.off_lane_m
    assert result["nearest_rack_m"] > 0 or (is_real and expected.really_touches)
    assert result["disarmed_s"] is not None
    assert result["n_photos"] > 0
    assert result["is_in_order"]
    assert result["n_lanes_left"] == expected.n_lanes_left


@pytest.mark.parametrize("name", [pytest.param(name, marks=REAL if name in SELDOM else []) for name in EXPECTED])
def test_a_mishap_ends_on_the_floor_beside_the_lane_with_everything_kept(name: str, hall: Hall) -> None:
    seen, said = fly_builtin(hall, BY_NAME[name], after_m=1.0)
    check(measure(hall, seen, said, reads_recording=False), EXPECTED[name])


def test_a_restart_of_the_autopilot_is_noticed_and_what_was_seen_is_kept(hall: Hall) -> None:
    seen, said = fly_builtin(hall, BY_NAME["autopilot_restart"], after_m=1.0)
    result = measure(hall, seen, said, reads_recording=False)
    assert result["ending"] == "link_lost"
    assert "closed from the other side" in said
    assert result["n_lanes_left"] == 1


@pytest.mark.skipif("ARDUCOPTER" not in os.environ, reason="a whole flight; only where there is time for the real one, too")
def test_a_clock_that_is_set_forward_disturbs_neither_the_flight_nor_its_record(hall: Hall) -> None:
    seen, said = fly_builtin(hall, BY_NAME["clock_jump"], after_m=1.0)
    result = measure(hall, seen, said)
    assert said == "completed"
    assert result["is_in_order"]
    assert result["clock_span_s"] < 60
    assert result["n_lanes_left"] == 0


@pytest.mark.parametrize("name", [pytest.param(name, marks=REAL) for name in EXPECTED])
def test_a_mishap_ends_so_on_the_real_arducopter_too(name: str, hall: Hall) -> None:
    seen, said = fly_ardupilot(hall, BY_NAME[name], after_m=1.0, speedup=4.0)
    check(measure(hall, seen, said), EXPECTED[name], is_real=True)
