"""The checks on a connected vehicle that stands on its pad, one after the other, each told as soon as it is made."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymavlink import mavutil

from mission.flying.camera_checks import judge_silence, judge_test_frame, judge_trial
from mission.flying.checks import Check, bad, doubt, good, judge_battery, judge_disk, judge_ekf, judge_place, judge_steadiness
from mission.flying.emergency import judge_landing, read_landing
from mission.flying.indoor_parameters import (
    ParameterReading,
    read_indoor_parameters,
    read_parameter,
    read_parameters,
    write_differences,
)
from mission.flying.link import COMPONENT, VehicleLink
from mission.flying.operator import Operator
from mission.flying.prearm_words import complaints
from mission.records import Sortie
from warehouse.companion_camera import CompanionCamera, PictureOrder, PictureTaken
from warehouse.errors import VehicleError
from warehouse.run_folder import RunFolder
from warehouse.site import Site

mavlink = mavutil.mavlink

STANDSTILL_S = 2.0
"""For so long the position of the drone on its pad is looked at."""
COMPANION_TIMEOUT_S, TEST_FRAME_S = 8.0, 3.0
"""Wall seconds for the first frame of a camera of this computer, and for that of a test photo."""
NAVIGATION_TIMEOUT_S = 90.0
"""A cold autopilot takes up external navigation 6 s after its boot (measured); a slow sensor takes longer."""


class Preflight:
    """Makes the checks and keeps them."""

    def __init__(
        self,
        link: VehicleLink,
        run: RunFolder,
        site: Site,
        sortie: Sortie,
        operator: Operator,
        *,
        camera: CompanionCamera | None = None,
    ) -> None:
        """Check the vehicle at the other end of `link`, and a `camera` of this computer, for `sortie`; tell `operator`."""
        self.link, self.site, self.sortie = link, site, sortie
        self._run, self.operator, self._camera = run, operator, camera
        self._photo_bytes = 0
        self.checks: list[Check] = []

    def note(self, check: Check) -> None:
        """Keep a check and tell it."""
        self.checks.append(check)
        self.operator.told(check)

    def look_at_ids(self) -> None:
        """Note by which MAVLink ids the drone and this program speak, and whether the drone listens to this one."""
        names = ("MAV_GCS_SYSID", "SYSID_MYGCS")
        link, values = self.link, self.link.state.parameters
        read_parameters(link, names[:1])
        if names[0] not in values:
            read_parameters(link, names[1:])
        name = next((name for name in names if name in values), None)
        ours, heeded = int(link.encode.srcSystem), None if name is None else int(values[name])
        words = f"this program is {ours}; heard on the link: {link.who_was_heard()}"
        if heeded is not None and heeded != ours:
            why = f"{name} is {heeded}: the autopilot would not notice if this program died"
            self.note(bad("ids", f"{why}. By MAVLink's numbers {words}", f"add --system-id {heeded}, or set {name} to {ours}"))
        elif len(link.drones) > 1:
            self.note(
                doubt("ids", f"several drones speak here, and {link.system} is flown; {words}", "add --vehicle-id if it is another")
            )
        else:
            self.note(good("ids", words))

    def look_at_autopilot(self, version: str) -> None:
        """Note the version, and the parameters: what is not as needed is written if the operator says so, and read back."""
        self.note(good("autopilot", f"ArduCopter {version}"))
        reading = read_indoor_parameters(self.link)
        if reading.differences and self.operator.may_write(reading.differences):
            n_before = len(reading.differences)
            reading = write_differences(self.link, reading.differences)
            self.note(good("parameters written", f"{n_before - len(reading.differences)} of {n_before}, and read back"))
        self.note(_judge_parameters(reading))
        if (landing := judge_landing(read_landing(self.link))) is not None:
            self.note(landing)

    def look_at_companion(self) -> None:
        """Note what the camera of this computer shows, where there is one."""
        camera = self._camera
        if camera is None:
            return
        trial = camera.trial(COMPANION_TIMEOUT_S)
        if trial is None:
            self.note(judge_silence(camera.name, camera.trouble()))
            return
        self._photo_bytes = trial.n_bytes
        self.note(judge_trial(self.site, self.sortie, camera.name, trial))

    def look_at_disk_and_battery(self) -> None:
        """Note whether the flight fits onto the disk and the battery."""
        free = shutil.disk_usage(self._run.root).free
        self.note(judge_disk(self.site, self.sortie, free, photo_bytes=self._photo_bytes))
        status = self._newest("SYS_STATUS", 5.0)
        remaining = None if status is None else int(status.battery_remaining)
        low_v = read_parameter(self.link, "BATT_LOW_VOLT")
        volts = self.link.state.battery_v
        self.note(judge_battery(self.site, self.sortie, remaining_percent=remaining, voltage_v=volts, low_v=low_v))

    def look_at_navigation(self, ask_what_is_wrong: Callable[[], None]) -> None:
        """Wait for the external navigation, then note how steady it holds the drone and what the estimate is worth."""
        state, link = self.link.state, self.link
        try:
            what = "the external navigation to give a position (EKF_STATUS_REPORT)"
            link.wait_for(what, lambda: state.is_position_trusted, NAVIGATION_TIMEOUT_S, every_s=15.0, again=ask_what_is_wrong)
        except VehicleError as error:
            link.check_alive("the external navigation")
            words = "; ".join([error.what, *complaints(state.texts_since(-1.0))])
            self.note(bad("external navigation", words, "see to the navigation sensor: power, cable, light; then start both again"))
            return
        positions: list[tuple[float, float, float]] = []
        speeds: list[float] = []
        reports: list[Any] = []

        def listen(message: Any) -> None:
            if message.get_type() == "LOCAL_POSITION_NED":
                positions.append((message.x, message.y, message.z))
                speeds.append(math.hypot(message.vx, message.vy, message.vz))
            elif message.get_type() == "EKF_STATUS_REPORT":
                reports.append(message)

        link.listeners.append(listen)
        try:
            self._wait(STANDSTILL_S)
        finally:
            link.listeners.remove(listen)
        self.note(judge_steadiness(positions, speeds, STANDSTILL_S))
        last = reports[-1] if reports else None
        variances = None if last is None else (last.velocity_variance, last.pos_horiz_variance, last.pos_vert_variance)
        self.note(judge_ekf(state.ekf_flags, variances))

    def look_at_place(self) -> None:
        """Note how far from its pad the drone believes to stand, once it has an origin."""
        state = self.link.state
        here = self._newest("GLOBAL_POSITION_INT", 5.0)
        place = state.latlon_1e7 if here is None else (int(here.lat), int(here.lon))
        yaw = None if state.attitude_rad is None else state.attitude_rad[2]
        self.note(judge_place(self.site, self.sortie, latlon_1e7=place, yaw_rad=yaw))

    def look_at_camera(self, *, takes_photo: bool) -> None:
        """Note whether the autopilot has a camera to trigger; with `takes_photo`, whether a test photo is told of.

        Before a flight none is taken: a picture more on the camera's card than were flown makes them hard to pair afterwards. The
        camera of this computer has no card, so of that the frame of a test photo is always looked for.
        """
        name, remedy = "camera", "set CAM1_TYPE for your camera with your ground station, and switch the drone off and on"
        read_parameters(self.link, ["CAM1_TYPE"])
        kind = self.link.state.parameters.get("CAM1_TYPE")
        if kind == 0:
            self.note(bad(name, "the autopilot has no camera to trigger (CAM1_TYPE is 0)", remedy))
        elif takes_photo or self._camera is not None:
            photo = self._test_photo()
            silent = "no answer to a test photo (CAMERA_FEEDBACK)"
            taken = "" if photo is None else f"a test photo was taken (number {photo.img_idx} since the autopilot started)"
            if not taken:
                self.note(bad(name, silent, f"see that the camera is on; {remedy}"))
            elif self._camera is None:
                self.note(good(name, taken))
            else:
                self.note(judge_test_frame(taken, self._test_frame(self._camera), self._run.relative(self._test_file)))
        elif kind is None:
            self.note(doubt(name, "this autopilot does not say whether it has one (no CAM1_TYPE)", "try: aislescan fly --check"))
        else:
            self.note(good(name, f"the autopilot triggers one (CAM1_TYPE {kind:g}); `fly --check` takes a test photo"))

    def _test_photo(self) -> Any | None:
        shoot = mavlink.MAV_CMD_DO_DIGICAM_CONTROL
        send = lambda: self.link.send(self.link.encode.command_long_encode(0, COMPONENT, shoot, 0, 0, 0, 0, 0, 1, 0, 0))  # noqa: E731
        return self._newest("CAMERA_FEEDBACK", 4.0, send)

    @property
    def _test_file(self) -> Path:
        return self._run.frame_file(self.sortie.name, 0, 0)

    def _test_frame(self, camera: CompanionCamera) -> PictureTaken | None:
        """Have the frame of the test photo written, as in flight; None when the camera says nothing of it."""
        now_s = time.monotonic()
        camera.take(PictureOrder(file=self._test_file, heard_s=now_s, utc_s=time.time()))
        while time.monotonic() < now_s + max(0.0, camera.delay_s) + TEST_FRAME_S:
            self.link.pump()
            for taken in camera.taken():
                if taken.file == self._test_file:
                    return taken
        return None

    def _newest(self, kind: str, timeout_s: float, send: Callable[[], None] | None = None) -> Any | None:
        """Return the next message of a kind; None when none comes."""
        try:
            ask = send or (lambda: None)
            return self.link.wait_message(f"the next {kind}", (kind,), lambda m: True, ask, timeout_s)
        except VehicleError:
            self.link.check_alive(kind)
            return None

    def _wait(self, seconds: float) -> None:
        """Listen for some of the vehicle's own seconds."""
        state = self.link.state
        begin = state.boot_s or 0.0
        self.link.wait_for("the vehicle's clock to go on", lambda: (state.boot_s or 0.0) - begin >= seconds, seconds + 20.0)


def _judge_parameters(reading: ParameterReading) -> Check:
    if not reading.differences:
        return good("parameters", str(reading))
    lines = "".join(f"\n      {difference}" for difference in reading.differences)
    return bad(
        "parameters",
        f"the autopilot is not set up for flying indoors: {reading}:{lines}",
        "have them written: the same command with --write-parameters; or set them on your ground station. Then, for a name that is"
        " unknown, update the autopilot",
    )
