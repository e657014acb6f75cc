"""However a flight is broken off: the drone is on the ground, its motors stand still, and what happened is on record."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymavlink import mavutil

from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.flight import FlightOutcome, FlightProgress
from mission.flying.scan import NextFlight, flight_log, next_flight
from mission.flying.vehicle_state import Mode
from mission.flying.watch import Ending
from mission.records import ScanPlan
from sitl.vehicles import Vehicle
from tests.mission.flying.pilot import LANE, command, disturbed_after, fly, set_parameter, vehicle_on_pad
from warehouse.errors import VehicleError
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site

mavlink = mavutil.mavlink
SET_MODE = mavlink.MAV_CMD_DO_SET_MODE


def the_flight(run: RunFolder) -> FlightOutcome:
    (outcome,) = flight_log(run, "01").flights
    return outcome


def is_armed(vehicle: Vehicle) -> bool:
    other = mavutil.mavlink_connection(vehicle.camera_endpoint, source_system=250)
    wanted = "HEARTBEAT.get_srcSystem()==1"
    beat = other.recv_match(type="HEARTBEAT", condition=wanted, blocking=True, timeout=5.0)
    other.close()
    return bool(beat.base_mode & mavlink.MAV_MODE_FLAG_SAFETY_ARMED)


@pytest.mark.parametrize("phase", ["arming", "flying"])
def test_ctrl_c_pressed_over_and_over_from_the_moment_of_arming_lands_the_drone(
    phase: str, run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    def press(progress: FlightProgress) -> None:
        if progress.phase == phase:
            for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM):
                os.kill(os.getpid(), number)

    with vehicle_on_pad("builtin", site, tmp_path) as vehicle:
        with pytest.raises(VehicleError, match="stopped by the operator; the drone landed where it was"):
            fly(run, site, plan, vehicle, press)
        assert not is_armed(vehicle)
    assert the_flight(run).ending is Ending.OPERATOR
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_before_arming_stops_at_once_and_does_not_leave_a_mission_that_arming_would_start(
    run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    def press(progress: FlightProgress) -> None:
        if progress.phase.startswith("waiting"):
            raise KeyboardInterrupt

    with vehicle_on_pad("builtin", site, tmp_path) as vehicle:
        with pytest.raises(KeyboardInterrupt):
            fly(run, site, plan, vehicle, press)
        assert not is_armed(vehicle)
    recording = mavutil.mavlink_connection(str(run.telemetry_path("01")))
    modes = []
    while (beat := recording.recv_match(type="HEARTBEAT")) is not None:
        modes += [beat.custom_mode] if beat.get_srcSystem() == 1 else []
    assert Mode.AUTO in modes
    assert modes[-1] == Mode.GUIDED


def test_when_photos_can_no_longer_be_written_down_the_drone_lands(
    run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    def break_the_disk() -> None:
        frames = run.frames_path("01")
        frames.rename(frames.with_suffix(".kept"))
        frames.mkdir()

    with vehicle_on_pad("builtin", site, tmp_path) as vehicle:
        with (
            disturbed_after(run, 8, break_the_disk),
            pytest.raises(
                VehicleError, match=r"could not be recorded any more \(.*frames.jsonl.*\); the drone landed where it was"
            ),
        ):
            fly(run, site, plan, vehicle)
        assert not is_armed(vehicle)
    assert the_flight(run).locations_flown == ()


def test_a_fault_of_the_program_in_the_air_lands_the_drone_first(
    run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    def fail(progress: FlightProgress) -> None:
        if progress.n_photos >= 8:
            raise ZeroDivisionError("on purpose")

    with vehicle_on_pad("builtin", site, tmp_path) as vehicle:
        with pytest.raises(VehicleError, match=r"ZeroDivisionError\('on purpose'\)\); the drone landed where it was"):
            fly(run, site, plan, vehicle, fail)
        assert not is_armed(vehicle)


def test_a_pilot_who_takes_the_sticks_is_not_fought(run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path) -> None:
    def take_over() -> None:
        command(vehicle.camera_endpoint, (SET_MODE, 1, Mode.LOITER))
        time.sleep(0.4)
        command(vehicle.camera_endpoint, (SET_MODE, 1, Mode.LAND))

    with (
        vehicle_on_pad("builtin", site, tmp_path) as vehicle,
        disturbed_after(run, 8, take_over),
        pytest.raises(VehicleError, match=r"a pilot took over \(mode LOITER\)"),
    ):
        fly(run, site, plan, vehicle)
    recording = mavutil.mavlink_connection(str(run.telemetry_path("01")))
    asked = []
    while (sent := recording.recv_match(type="COMMAND_LONG")) is not None:
        asked += [sent.param2] if sent.get_srcSystem() == 255 and sent.command == SET_MODE else []
    assert Mode.LAND not in asked


def test_a_drone_that_lost_a_motor_has_its_motors_stopped_on_the_floor(
    run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    def break_a_motor() -> None:
        set_parameter(vehicle.camera_endpoint, "SIM_ENGINE_MUL", 0)
        set_parameter(vehicle.camera_endpoint, "SIM_ENGINE_FAIL", 1)

    with vehicle_on_pad("builtin", site, tmp_path) as vehicle:
        with (
            disturbed_after(run, 8, break_a_motor),
            pytest.raises(VehicleError, match="its motors were stopped"),
        ):
            fly(run, site, plan, vehicle)
        assert not is_armed(vehicle)
    assert the_flight(run).trouble == "falling"


def test_a_lane_on_which_the_camera_stops_counts_as_not_flown(run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path) -> None:
    off = (mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 0.0, 0.0)
    with (
        vehicle_on_pad("builtin", site, tmp_path) as vehicle,
        disturbed_after(run, 1, lambda: command(vehicle.camera_endpoint, off)),
        pytest.raises(VehicleError, match="the camera stopped: no photo for 3 s in the middle of a lane; the drone landed"),
    ):
        fly(run, site, plan, vehicle)
    assert the_flight(run).trouble == "camera_stopped"
    todo = next_flight(run, site, plan.sorties[0])
    assert todo is not None
    assert todo.boot == 2


def test_a_flight_whose_photos_never_came_is_flown_again(run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path) -> None:
    with vehicle_on_pad("builtin", site, tmp_path) as vehicle:

        @contextmanager
        def killed_after_landing(_: NextFlight) -> Iterator[str]:
            yield vehicle.endpoint
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fly_plan(run, site, plan, killed_after_landing)
        assert flight_log(run, "01").flights == ()
        fly(run, site, plan, vehicle)
    assert set(the_flight(run).locations_flown) == set(LANE)
    assert {f.frame.partition("-")[0] for f in run.read_lines(run.frames_path("01"), FrameRecord)} == {"01/01", "01/02"}


def test_a_recording_that_was_cut_by_a_kill_still_reads_to_its_end(
    run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    path = run.telemetry_path("01")
    with vehicle_on_pad("builtin", site, tmp_path) as vehicle:
        set_parameter(vehicle.camera_endpoint, "FS_GCS_ENABLE", 1)
        for _ in range(2):
            with pytest.raises(VehicleError, match="FS_GCS_ENABLE"):
                fly(run, site, plan, vehicle)
            path.write_bytes(path.read_bytes()[:-7])
    recording = mavutil.mavlink_connection(str(path))
    kinds = []
    while (message := recording.recv_match()) is not None:
        kinds.append(message.get_type())
    assert kinds.count("AUTOPILOT_VERSION") == 2
