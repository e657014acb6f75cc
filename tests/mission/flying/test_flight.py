"""Flights, sound and disturbed: the same tests fly the built-in copter and, where there is one, the real ArduCopter."""

from __future__ import annotations

import json
import os
from pathlib import Path

import psutil
import pytest
from pymavlink import mavutil

from mission.flying.link import SilentVehicleError, VehicleLink
from mission.flying.mission_transfer import upload_mission
from mission.flying.scan import flight_log
from mission.flying.watch import Ending
from mission.planning.fence import fence_altitude_m
from mission.records import MissionItem, ScanPlan
from tests.mission.flying.pilot import LANE, disturbed_after, fly, set_parameter, vehicle_on_pad
from warehouse.coordinates import shorter_turn_deg
from warehouse.errors import VehicleError
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site

KINDS = [
    "builtin",
    pytest.param(
        "ardupilot",
        marks=[pytest.mark.arducopter, pytest.mark.skipif("ARDUCOPTER" not in os.environ, reason="$ARDUCOPTER is not set")],
    ),
]
on_both = pytest.mark.parametrize("kind", KINDS)


@on_both
def test_a_sound_flight_lands_on_its_pad_with_every_photo_paired(
    kind: str, run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    with vehicle_on_pad(kind, site, tmp_path) as vehicle:
        fly(run, site, plan, vehicle)
    (outcome,) = flight_log(run, "01").flights
    assert outcome.ending is Ending.COMPLETED
    assert set(outcome.locations_flown) == set(LANE)
    assert outcome.n_unpaired_photos == 0
    frames = list(run.read_lines(run.frames_path("01"), FrameRecord))
    assert len(frames) == outcome.n_photos
    lane = plan.sorties[0].lanes[0]
    assert abs(len(frames) - lane.n_photos) <= 2
    for frame in frames:  # where the plan wants the airframe, within what an autopilot holds
        x, y, z = frame.pose.position_m
        assert abs(x - lane.start_m[0]) < 0.12
        assert min(lane.start_m[1], lane.end_m[1]) - 0.3 < y < max(lane.start_m[1], lane.end_m[1]) + 0.3
        assert abs(z - lane.start_m[2]) < 0.12
        assert abs(shorter_turn_deg(lane.heading_deg, frame.pose.heading_deg)) < 2.0
    recording = mavutil.mavlink_connection(str(run.telemetry_path("01")))
    systems, parameters = set(), {}
    while (message := recording.recv_match()) is not None:
        systems.add(message.get_srcSystem())
        if message.get_type() == "PARAM_VALUE":
            parameters[message.param_id] = message.param_value
    assert {1, 255} <= systems  # both directions
    assert parameters["FENCE_ALT_MAX"] == pytest.approx(fence_altitude_m(plan.sorties[0]))


@on_both
def test_when_the_position_is_lost_the_program_lands_at_once(
    kind: str, run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    with (
        vehicle_on_pad(kind, site, tmp_path) as vehicle,
        disturbed_after(run, 8, lambda: set_parameter(vehicle.camera_endpoint, "SIM_VICON_FAIL", 1)),
        pytest.raises(VehicleError, match=r"sortie 01 is not complete: the position was lost.*; the drone landed where it was"),
    ):
        fly(run, site, plan, vehicle)
    (outcome,) = flight_log(run, "01").flights
    assert outcome.trouble == "position_lost"
    assert outcome.locations_flown == ()


@on_both
def test_a_vehicle_that_never_gets_ready_is_named_with_the_autopilots_own_words(
    kind: str, run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    with vehicle_on_pad(kind, site, tmp_path) as vehicle:
        set_parameter(vehicle.camera_endpoint, "SIM_VICON_FAIL", 1)
        with pytest.raises(VehicleError, match=r"waited .* s for .*, in vain. The autopilot said: .*") as caught:
            fly(run, site, plan, vehicle)
    assert "VisOdom" in str(caught.value)
    assert flight_log(run, "01").flights == ()


@on_both
def test_a_mission_item_that_is_refused_is_named(kind: str, site: Site, tmp_path: Path) -> None:
    items = [
        MissionItem(command=22, frame=3, z=1.5, purpose="take off"),
        MissionItem(command=31999, frame=3, purpose="nothing that exists"),
    ]
    with (
        vehicle_on_pad(kind, site, tmp_path) as vehicle,
        VehicleLink(vehicle.endpoint, tmp_path / "flight.tlog") as link,
        pytest.raises(VehicleError, match=r"refused the mission at item 2 .command 31999.*MISSION_ACK says UNSUPPORTED"),
    ):
        upload_mission(link, items)


@on_both
def test_a_parameter_that_would_endanger_the_flight_is_refused_before_take_off(
    kind: str, run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    with vehicle_on_pad(kind, site, tmp_path) as vehicle:
        set_parameter(vehicle.camera_endpoint, "FS_GCS_ENABLE", 1)
        with pytest.raises(VehicleError, match="FS_GCS_ENABLE is 1, needed 5: when this program or the radio dies"):
            fly(run, site, plan, vehicle)


def test_a_vehicle_that_dies_in_the_air_ends_the_flight_as_link_lost(
    run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    with (
        vehicle_on_pad("builtin", site, tmp_path) as vehicle,
        disturbed_after(run, 8, vehicle.stop),
        pytest.raises(VehicleError, match=r"sortie 01 is not complete: the connection to .* was closed from the other side"),
    ):
        fly(run, site, plan, vehicle)
    outcome = json.loads(run.flight_path("01").read_text())["flights"][0]
    assert outcome["n_photos"] >= 8


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        ("tcp:127.0.0.1:9", "Connection refused"),
        ("udp:nowhere", "UDP ports must be specified as host:port"),
        ("udpin:nowhere", "the address cannot be understood"),
    ],
)
def test_nobody_at_the_endpoint_is_one_clear_message(
    endpoint: str, why: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(VehicleError, match=f"no vehicle answers at {endpoint}: {why}") as caught:
        VehicleLink(endpoint, tmp_path / "flight.tlog", connect_timeout_s=1.0)
    assert "is it switched on" in str(caught.value)
    assert "sleeping" not in capfd.readouterr().out


def test_a_vehicle_that_falls_silent_is_noticed(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mission.flying.link.SILENCE_S", 1.0)
    with vehicle_on_pad("builtin", site, tmp_path) as vehicle, VehicleLink(vehicle.endpoint, tmp_path / "flight.tlog") as link:
        link.wait_for("a heartbeat", lambda: link.state.mode is not None, 10.0)
        (process,) = (p for p in psutil.Process().children() if "sitl.copter" in p.cmdline())  # a browser may be another
        process.suspend()  # it lives and says nothing
        try:
            with pytest.raises(SilentVehicleError, match="the vehicle stopped talking"):
                link.wait_for("the end of the world", lambda: None, 1000.0)
        finally:
            process.resume()
