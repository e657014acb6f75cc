"""Laws of the built-in copter's motion profiles."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.copter.trajectory import Leg, Limits, Ramp, Track

speeds = st.floats(0.0, 5.0)
limits = st.builds(
    Limits, speed=st.floats(0.1, 5.0), accel=st.floats(0.3, 4.0), jerk=st.floats(0.5, 10.0), jerk_time=st.sampled_from((0.0, 0.471))
)


@given(v0=speeds, v1=speeds, within=limits)
def test_a_ramp_ends_at_its_speed_and_its_length(v0: float, v1: float, within: Limits) -> None:
    ramp = Ramp(v0, v1, within)
    s, v, a = ramp.state(ramp.duration)
    assert s == pytest.approx(ramp.length)
    assert v == pytest.approx(v1, abs=1e-9)
    assert a == 0.0
    s, v, a = ramp.state(ramp.duration * (1 - 1e-9))
    assert s == pytest.approx(ramp.length, abs=1e-6)
    assert v == pytest.approx(v1, abs=1e-5)


@given(v0=speeds, v1=speeds, within=limits)
def test_a_ramp_never_exceeds_its_acceleration_and_is_the_integral_of_its_speed(v0: float, v1: float, within: Limits) -> None:
    ramp = Ramp(v0, v1, within)
    steps = 400
    dt = ramp.duration / steps
    travelled = 0.0
    for i in range(steps):
        s, v, a = ramp.state(i * dt)
        assert abs(a) <= within.accel * 1.000001
        assert min(v0, v1) - 1e-6 <= v <= max(v0, v1) + 1e-6
        assert s == pytest.approx(travelled, abs=1e-3 * max(1.0, ramp.length))
        travelled += ramp.state((i + 0.5) * dt)[1] * dt


@given(length=st.floats(0.05, 40.0), within=limits)
def test_a_leg_starts_and_ends_at_rest_and_keeps_its_speed(length: float, within: Limits) -> None:
    leg = Leg((0.0, 0.0, 0.0), (0.0, length, 0.0), within)
    assert leg.state(0.0) == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)
    s, v, _ = leg.state(leg.duration - 1e-9)
    assert s == pytest.approx(length, abs=1e-4)
    assert v == pytest.approx(0.0, abs=1e-3)
    assert all(leg.state(leg.duration * i / 50)[1] <= within.speed + 1e-6 for i in range(51))


WALK = Limits(speed=1.0, accel=1.0, jerk=1.0)
STOP = Limits(speed=1.0, accel=1.0, jerk=5.0, jerk_time=0.0)


def corner_track() -> Track:
    track = Track((0.0, 0.0, 0.0), radius=0.2, corner_accel=2.0)
    track.fly_to((6.0, 0.0, 0.0), WALK, STOP)
    track.next_leg, track.is_fast = Leg((6.0, 0.0, 0.0), (6.0, 6.0, 0.0), WALK), True
    return track


def test_a_corner_without_a_stop_is_missed_by_less_than_the_radius_and_not_flown_at_full_speed() -> None:
    track = corner_track()
    nearest, slowest = math.inf, math.inf
    for _ in range(3000):
        if track.advance(0.01, 1.0) and track.next_leg is not None:
            track.take_next()
        distance = math.dist(track.target[:3], (6.0, 0.0, 0.0))
        if distance < nearest:
            nearest, slowest = distance, math.hypot(track.target[3], track.target[4])
    assert 0.01 < nearest < 1.05 * track.radius
    assert 0.3 < slowest < 0.9
    assert track.target[:3] == pytest.approx([6.0, 6.0, 0.0], abs=1e-6)


def test_the_moving_point_never_jumps() -> None:
    track = corner_track()
    last, speed = track.target[:3], 0.0
    for step in range(3000):
        if step == 400:
            track.pause(True, STOP)
        if step == 700:
            track.pause(False, STOP)
        if track.advance(0.01, 1.0) and track.next_leg is not None:
            track.take_next()
        moved = math.dist(track.target[:3], last) / 0.01
        assert moved < 1.05
        assert abs(moved - speed) < 0.05
        last, speed = track.target[:3], moved


def test_a_pause_at_walking_speed_stops_in_a_little_more_than_a_second() -> None:
    track = Track((0.0, 0.0, 0.0), radius=0.1, corner_accel=2.0)
    track.fly_to((30.0, 0.0, 0.0), WALK, STOP)
    for _ in range(600):
        track.advance(0.01, 1.0)
    track.pause(True, STOP)
    begin = track.target[0]
    for _ in range(125):
        track.advance(0.01, 1.0)
    assert track.target[0] - begin == pytest.approx(0.6, abs=0.05)
    assert track.target[3] == pytest.approx(0.0, abs=1e-6)
