"""The checks on a vehicle that stands on its pad, as `fly` and `fly --check` make them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymavlink import mavutil

from mission.flying.checks import Check
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.flight import check_sortie
from mission.flying.indoor_parameters import INDOOR_PARAMETERS, ParameterDifference
from mission.flying.operator import NotWantedError, Operator
from mission.flying.scan import NextFlight, VehicleAt, flight_log
from mission.records import ScanPlan
from tests.mission.flying.pilot import set_parameter, vehicle_on_pad
from warehouse.errors import VehicleError
from warehouse.run_folder import RunFolder
from warehouse.site import Site

SYSID = "MAV_GCS_SYSID"
KINDS = [
    "builtin",
    pytest.param(
        "ardupilot",
        marks=[pytest.mark.arducopter, pytest.mark.skipif("ARDUCOPTER" not in os.environ, reason="$ARDUCOPTER is not set")],
    ),
]


class Listener(Operator):
    """Keeps what it is told; allows to write what it is asked."""

    def __init__(self, *, writes_parameters: bool = False, consents: bool | None = None) -> None:
        super().__init__(writes_parameters=writes_parameters)
        self.asks = consents is not None
        self.heard: list[Check] = []
        self.offered: list[str] = []
        self._answers = [None, None, consents]

    def told(self, check: Check) -> None:
        self.heard.append(check)

    def may_write(self, differences: Sequence[ParameterDifference]) -> bool:
        self.offered += [d.name for d in differences]
        return super().may_write(differences)

    def consent(self) -> bool | None:
        return self._answers.pop(0)


def at(endpoint: str) -> VehicleAt:
    @contextmanager
    def here(_: NextFlight) -> Iterator[str]:
        yield endpoint

    return here


@pytest.mark.parametrize("kind", KINDS)
def test_what_differs_is_refused_then_written_when_told_to_and_read_back(
    kind: str, run: RunFolder, site: Site, plan: ScanPlan, tmp_path: Path
) -> None:
    sortie = plan.sorties[0]
    with vehicle_on_pad(kind, site, tmp_path) as vehicle:
        for name, value in (("FS_GCS_ENABLE", 1.0), ("AUTO_OPTIONS", 16.0), ("WPNAV_RADIUS", 200.0), (SYSID, 254.0)):
            set_parameter(vehicle.camera_endpoint, name, value)
        with pytest.raises(VehicleError, match=f"{SYSID} is 254: the autopilot would not notice if this program died") as caught:
            check_sortie(vehicle.endpoint, run, site, sortie, operator=Listener())
        assert "this program is 255; heard on the link: 1 (quadrotor)" in str(caught.value)
        assert "add --system-id 254, or set MAV_GCS_SYSID to 255" in str(caught.value)
        set_parameter(vehicle.camera_endpoint, SYSID, 255.0)
        refused = Listener()
        with pytest.raises(VehicleError, match=f"3 of {len(INDOOR_PARAMETERS)} are not as an aisle flight needs them") as caught:
            check_sortie(vehicle.endpoint, run, site, sortie, operator=refused)
        assert "AUTO_OPTIONS is 16, needed 23: without it the drone does not take off by itself" in str(caught.value)
        assert "have them written: the same command with --write-parameters" in str(caught.value)
        assert refused.offered == ["AUTO_OPTIONS", "WPNAV_RADIUS", "FS_GCS_ENABLE"]

        told = Listener(writes_parameters=True)
        checks = check_sortie(vehicle.endpoint, run, site, sortie, operator=told)
        assert [c.verdict for c in checks] == ["good"] * len(checks)
        assert [c.name for c in told.heard] == [
            *(
                "ids",
                "autopilot",
                "parameters written",
                "parameters",
                "disk",
                "battery",
                "external navigation",
                "position estimate",
            ),
            *("place", "camera", "fence", "mission", "autopilot's own checks"),
        ]
        assert told.heard[2].words == "3 of 3, and read back"
        assert "a test photo was taken" in told.heard[9].words

        set_parameter(vehicle.camera_endpoint, "CAM1_TYPE", 0.0)
        with pytest.raises(VehicleError, match="camera: the autopilot has no camera to trigger"):
            check_sortie(vehicle.endpoint, run, site, sortie, operator=Listener())
        set_parameter(vehicle.camera_endpoint, "CAM1_TYPE", 1.0)
        with pytest.raises(NotWantedError, match="you said no"):
            fly_plan(run, site, plan, at(vehicle.endpoint), operator=Listener(consents=False))
    assert flight_log(run, "01").flights == ()
    beats = []
    for is_check in (True, False):
        recording = mavutil.mavlink_connection(str(run.telemetry_path("01", is_check=is_check)))
        while (beat := recording.recv_match(type="HEARTBEAT")) is not None:
            beats += [beat] if beat.get_srcSystem() == 1 else []
    assert not any(beat.base_mode & mavutil.mavlink.MAV_MODE_FLAG_SAFETY_ARMED for beat in beats)
    assert beats[-1].custom_mode == 4  # GUIDED: arming, by whomever, starts nothing
