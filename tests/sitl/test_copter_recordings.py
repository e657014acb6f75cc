"""The built-in copter held against recorded flights of a real ArduCopter, message by message.

The recorded words of the ground are replayed at their times. Compared are the order of the events, their fields, and their times.
The recordings stamp with the newest boot time on the link, 0.1 s apart or, while a mission is uploaded, up to 0.6 s apart.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.ground_station import Seen
from tests.sitl.recordings import Recording, load, normal, replay

pytestmark = pytest.mark.shared
Event = tuple[float, tuple[Any, ...]]
METRES_PER_1E7 = 0.011131884502145034
_ORIGIN = (386255000, -5730000)
_FIELDS: dict[str, tuple[str, ...]] = {
    "HEARTBEAT": ("base_mode", "custom_mode", "system_status"),
    "EKF_STATUS_REPORT": ("flags",),
    "EXTENDED_SYS_STATE": ("landed_state",),
    "MISSION_CURRENT": ("seq", "total", "mission_state", "mission_mode"),
    "FENCE_STATUS": ("breach_status", "breach_count", "breach_type", "breach_mitigation"),
    "BATTERY_STATUS": ("charge_state", "id", "battery_function", "temperature"),
    "SYS_STATUS": ("onboard_control_sensors_present", "onboard_control_sensors_enabled", "onboard_control_sensors_health"),
    "COMMAND_ACK": ("command", "result", "target_system", "target_component"),
    "MISSION_ACK": ("type", "mission_type", "target_system", "target_component"),
    "MISSION_REQUEST": ("seq", "mission_type", "target_system", "target_component"),
    "MISSION_ITEM_REACHED": ("seq",),
}
_ON_EVENT = ("COMMAND_ACK", "MISSION_ACK", "MISSION_REQUEST", "MISSION_ITEM_REACHED")


@pytest.fixture(scope="module")
def flown(shared_data: Path) -> Callable[[str], tuple[Recording, Recording]]:
    """Return the recording of a name and its replay, each made once."""
    kept: dict[str, tuple[Recording, Recording]] = {}

    def both(name: str) -> tuple[Recording, Recording]:
        if name not in kept:
            recording = load(shared_data / "flights" / f"{name}.tlog")
            kept[name] = (recording, replay(recording))
        return kept[name]

    return both


def changes(recording: Recording, kind: str, since_s: float = 0.0) -> list[Event]:
    """Return the messages of `kind` that are events or differ from the one before."""
    found: list[Event] = []
    for seen in recording.vehicle:
        if seen.message.get_type() == kind and seen.time_s >= since_s:
            fields = tuple(getattr(seen.message, name) for name in _FIELDS[kind])
            if kind in _ON_EVENT or not found or found[-1][1] != fields:
                found.append((seen.time_s, fields))
    return found


def texts(recording: Recording, since_s: float = 0.0) -> list[Event]:
    """Return the status texts, without those of a remote control and of the filters' quarrel after a crash."""
    left_out = ("RC7:", "EKF3 lane switch", "EKF primary changed")
    return [
        (s.time_s, (s.message.severity, normal(s.message.text)))
        for s in recording.vehicle
        if s.message.get_type() == "STATUSTEXT" and not s.message.text.startswith(left_out) and s.time_s >= since_s
    ]


def assert_alike(recorded: list[Event], flown: list[Event], within_s: float) -> None:
    assert [fields for _, fields in flown] == [fields for _, fields in recorded]
    for (expected_s, fields), (found_s, _) in zip(recorded, flown, strict=True):
        assert found_s == pytest.approx(expected_s, abs=within_s), fields


def time_of(recording: Recording, text: str) -> float:
    return next(s.time_s for s in recording.vehicle if s.message.get_type() == "STATUSTEXT" and s.message.text.startswith(text))


def first_seen(recording: Recording) -> list[str]:
    names: dict[str, None] = {}
    for seen in recording.vehicle:
        names.setdefault(seen.message.get_type())
    return list(names)


def truth(recording: Recording) -> list[tuple[float, float, float, float, float]]:
    """Return (time, north, east, height, speed) of SIM_STATE in metres from the origin."""
    scale = math.cos(math.radians(_ORIGIN[0] / 1e7))
    return [
        (
            s.time_s,
            (s.message.lat_int - _ORIGIN[0]) * METRES_PER_1E7,
            (s.message.lon_int - _ORIGIN[1]) * METRES_PER_1E7 * scale,
            s.message.alt - 820.09,
            math.hypot(s.message.vn, s.message.ve),
        )
        for s in recording.vehicle
        if s.message.get_type() == "SIM_STATE"
    ]


def photos(recording: Recording) -> list[Seen]:
    return [s for s in recording.vehicle if s.message.get_type() == "CAMERA_FEEDBACK"]


Flown = Callable[[str], tuple[Recording, Recording]]
FLIGHTS = ("aisle", "pause", "link-lost", "battery-critical", "fence", "position-lost")


@pytest.mark.parametrize("name", [*FLIGHTS, "refusals"])
def test_the_start_goes_through_the_recorded_states_at_the_recorded_times(flown: Flown, name: str) -> None:
    recorded, built_in = flown(name)
    in_passing = (167,)  # EKF flags that some of the recorded starts show for less than 0.1 s
    for kind in ("HEARTBEAT", "EKF_STATUS_REPORT"):
        expected, found = ([e for e in changes(r, kind) if e[0] < 23 and e[1] != in_passing] for r in (recorded, built_in))
        assert_alike(expected, found, within_s=0.55)
    assert [e[1] for e in texts(built_in) if e[0] < 23] == [e[1] for e in texts(recorded) if e[0] < 23]


def test_messages_appear_first_in_the_recorded_order(flown: Flown) -> None:
    recorded, built_in = flown("aisle")
    left_out = {"STATUSTEXT", "PARAM_VALUE", "HEARTBEAT", "SYS_STATUS", "MISSION_CURRENT", "EXTENDED_SYS_STATE", "VFR_HUD"}
    left_out |= {"FENCE_STATUS", "BATTERY_STATUS"}  # before 2.7 s these depend on when the ground asked
    names = [n for n in first_seen(built_in) if n not in left_out]
    assert names == [n for n in first_seen(recorded) if n not in left_out]


def test_messages_have_the_recorded_kinds_and_fields(flown: Flown) -> None:
    recorded, built_in = flown("aisle")
    assert set(first_seen(built_in)) == set(first_seen(recorded))
    for kind in first_seen(recorded):
        sample = next(s.message for s in built_in.vehicle if s.message.get_type() == kind)
        expected = next(s.message for s in recorded.vehicle if s.message.get_type() == kind)
        assert sample.get_fieldnames() == expected.get_fieldnames()
        assert (sample.get_srcSystem(), sample.get_srcComponent()) == (1, 1)


def test_streams_keep_their_recorded_rates(flown: Flown) -> None:
    recorded, built_in = flown("aisle")
    for kind in ("ATTITUDE", "LOCAL_POSITION_NED", "SIM_STATE", "SYS_STATUS", "MISSION_CURRENT", "BATTERY_STATUS", "HOME_POSITION"):
        counts = [sum(s.message.get_type() == kind and s.time_s > 25 for s in r.vehicle) for r in (recorded, built_in)]
        assert counts[1] == pytest.approx(counts[0], rel=0.02, abs=2), kind


def test_due_messages_come_in_the_recorded_order_within_a_tick(flown: Flown) -> None:
    kinds = ("ATTITUDE", "GLOBAL_POSITION_INT", "SIM_STATE", "LOCAL_POSITION_NED", "VFR_HUD", "FENCE_STATUS", "EKF_STATUS_REPORT")
    for recording in flown("aisle"):
        tick = [s.message.get_type() for s in recording.vehicle if s.time_s == recording.vehicle[-400].time_s]
        ranks = [kinds.index(kind) for kind in tick if kind in kinds]
        assert ranks == sorted(ranks)


@pytest.mark.parametrize("kind", ["COMMAND_ACK", "MISSION_ACK", "MISSION_REQUEST"])
def test_refusals_get_the_recorded_answers(flown: Flown, kind: str) -> None:
    recorded, built_in = flown("refusals")
    assert_alike(changes(recorded, kind), changes(built_in, kind), within_s=0.3)


def test_refusals_are_explained_in_the_recorded_words(flown: Flown) -> None:
    recorded, built_in = flown("refusals")
    assert_alike(texts(recorded, 23), texts(built_in, 23), within_s=0.3)
    assert (2, "Arm: System not initialised") in [e[1] for e in texts(built_in)]


@pytest.mark.parametrize("name", FLIGHTS)
@pytest.mark.parametrize("kind", ["COMMAND_ACK", "MISSION_ACK", "MISSION_REQUEST"])
def test_flights_are_prepared_with_the_recorded_answers(flown: Flown, name: str, kind: str) -> None:
    recorded, built_in = flown(name)
    assert_alike(changes(recorded, kind), changes(built_in, kind), within_s=0.8)


@pytest.mark.parametrize("name", FLIGHTS)
def test_items_are_reached_at_the_recorded_times_and_lost_where_the_record_loses_them(flown: Flown, name: str) -> None:
    recorded, built_in = flown(name)
    assert_alike(changes(recorded, "MISSION_ITEM_REACHED"), changes(built_in, "MISSION_ITEM_REACHED"), within_s=0.7)


@pytest.mark.parametrize("name", FLIGHTS)
def test_the_mission_state_changes_as_recorded_once_armed(flown: Flown, name: str) -> None:
    recorded, built_in = flown(name)
    assert_alike(changes(recorded, "MISSION_CURRENT", 25), changes(built_in, "MISSION_CURRENT", 25), within_s=2.0)


@pytest.mark.parametrize("name", FLIGHTS)
def test_the_landed_state_changes_as_recorded(flown: Flown, name: str) -> None:
    recorded, built_in = flown(name)
    assert_alike(changes(recorded, "EXTENDED_SYS_STATE"), changes(built_in, "EXTENDED_SYS_STATE"), within_s=2.0)


@pytest.mark.parametrize("name", FLIGHTS)
def test_every_status_text_of_a_flight_is_said_at_its_time(flown: Flown, name: str) -> None:
    recorded, built_in = flown(name)
    expected, found = texts(recorded, 23), texts(built_in, 23)
    assert sorted(e[1] for e in found) == sorted(e[1] for e in expected)
    for when, what in expected:
        assert min(abs(t - when) for t, w in found if w == what) < 2.0, what


@pytest.mark.parametrize("name", FLIGHTS)
def test_the_battery_and_the_fence_report_as_recorded(flown: Flown, name: str) -> None:
    recorded, built_in = flown(name)
    for kind in ("BATTERY_STATUS", "FENCE_STATUS"):
        assert_alike(changes(recorded, kind, 3), changes(built_in, kind, 3), within_s=0.6)


@pytest.mark.parametrize("name", FLIGHTS)
def test_the_health_bits_in_the_air_are_the_recorded_ones(flown: Flown, name: str) -> None:
    recorded, built_in = flown(name)
    landed = [min(t for t, f in changes(r, "EXTENDED_SYS_STATE") if f == (1,) and t > 30) for r in (recorded, built_in)]
    assert_alike(
        [e for e in changes(recorded, "SYS_STATUS", 25) if e[0] < landed[0]],
        [e for e in changes(built_in, "SYS_STATUS", 25) if e[0] < landed[1]],
        within_s=0.6,
    )


def test_the_aisle_takes_the_recorded_time_and_as_many_photos(flown: Flown) -> None:
    recorded, built_in = flown("aisle")
    times = [time_of(r, "Disarming motors") - time_of(r, "Arming motors") for r in (recorded, built_in)]
    assert times[1] == pytest.approx(times[0], rel=0.02)
    assert len(photos(built_in)) == pytest.approx(len(photos(recorded)), abs=2)
    assert [s.message.img_idx for s in photos(built_in)] == list(range(1, len(photos(built_in)) + 1))


def test_the_aisle_is_flown_along_the_recorded_path(flown: Flown) -> None:
    """Truth against truth: 0.15 m from where the real one was at that time, give or take 0.4 s; 0.08 m across the lane."""
    recorded, built_in = flown("aisle")
    paths = [{round(t - time_of(r, "Mission: 4 WP"), 1): p for t, *p in truth(r)} for r in (recorded, built_in)]
    compared = [t for t in paths[1] if 0 < t < 45]
    assert len(compared) > 400
    for t in compared:
        near = [p for when, p in paths[0].items() if abs(when - t) < 0.45]
        assert min(math.dist(p[:3], paths[1][t][:3]) for p in near) < 0.15, t
    lanes = [p for p in paths[1].values() if 3 < p[0] < 16 and (abs(p[2] - 1.2) < 0.1 or abs(p[2] - 2.8) < 0.1) and p[3] > 0.8]
    assert len(lanes) > 200
    assert max(abs(east - 2.0) for _, east, _, _ in lanes) < 0.08


def test_photos_are_spaced_as_recorded(flown: Flown) -> None:
    for recording in flown("aisle"):
        norths = [(s.message.lat - _ORIGIN[0]) * METRES_PER_1E7 for s in photos(recording)]
        gaps = sorted(abs(b - a) for a, b in itertools.pairwise(norths[1:]) if abs(b - a) > 0.1)
        assert gaps[len(gaps) // 2] == pytest.approx(0.405, abs=0.01)
        assert gaps[2] > 0.385
        assert gaps[-1] < 0.43


def test_a_pause_stops_within_the_recorded_distance_and_keeps_the_place(flown: Flown) -> None:
    for recording in flown("pause"):
        paused_at = next(t for t, f in changes(recording, "COMMAND_ACK") if f[0] == 193)
        assert 4 in [f[2] for _, f in changes(recording, "MISSION_CURRENT")]
        path = truth(recording)
        before = next(p for p in path if p[0] >= paused_at)
        still = [p for p in path if paused_at + 2.0 < p[0] < paused_at + 2.8]
        assert 0.5 < still[0][1] - before[1] < 0.85
        assert max(p[4] for p in still) < 0.06


def test_the_lean_while_braking_is_the_recorded_one(flown: Flown) -> None:
    rolls = [max(math.degrees(s.message.roll) for s in r.vehicle if s.message.get_type() == "ATTITUDE") for r in flown("pause")]
    assert rolls[1] == pytest.approx(rolls[0], abs=1.5)


def test_without_external_navigation_the_vehicle_slides_away_unnoticed_by_its_estimate(flown: Flown) -> None:
    """The direction is chance; the size of the slide is not: the recorded one is 3.2 m between estimate and truth at touch-down."""
    errors = []
    for recording in flown("position-lost"):
        touched = time_of(recording, "SIM Hit ground")
        place = [p for p in truth(recording) if p[0] <= touched][-1]
        estimate = [s.message for s in recording.vehicle if s.message.get_type() == "GLOBAL_POSITION_INT" and s.time_s <= touched][
            -1
        ]
        scale = math.cos(math.radians(_ORIGIN[0] / 1e7))
        north = (estimate.lat - _ORIGIN[0]) * METRES_PER_1E7
        east = (estimate.lon - _ORIGIN[1]) * METRES_PER_1E7 * scale
        errors.append(math.hypot(place[1] - north, place[2] - east))
    assert errors[1] == pytest.approx(errors[0], rel=0.5)


def test_a_jump_of_the_external_navigation_drags_the_vehicle_along_without_a_word(flown: Flown) -> None:
    recorded, built_in = flown("position-jump")
    assert sorted(e[1] for e in texts(built_in, 24)) == sorted(e[1] for e in texts(recorded, 24))
    for recording in (recorded, built_in):
        path = truth(recording)
        stamps = {s.time_s: s.message.x for s in recording.vehicle if s.message.get_type() == "LOCAL_POSITION_NED"}
        off = [stamps[p[0]] - p[1] for p in path if 45.5 < p[0] < 47 and p[0] in stamps]
        assert off
        assert all(0.7 < x < 1.2 for x in off)


def test_a_dead_motor_drops_the_vehicle_and_no_failsafe_speaks(flown: Flown) -> None:
    for recording in flown("motor-dead"):
        failed = next(s.time_s for s in recording.ground if s.message.get_type() == "PARAM_SET")
        assert time_of(recording, "SIM Hit ground") - failed < 1.2
        armed = [s for s in recording.vehicle if s.message.get_type() == "HEARTBEAT" and failed < s.time_s < failed + 5]
        assert {(s.message.base_mode, s.message.custom_mode, s.message.system_status) for s in armed} == {(217, 3, 4)}
        assert not any("ailsafe" in text for _, (_, text) in texts(recording, failed))
        assert changes(recording, "COMMAND_ACK")[-1][1][:2] == (400, 0)
