"""One flight along a high lane, broken by one mishap, on the built-in copter in lock step (the real one: `failure_ardupilot`)."""

from __future__ import annotations

import math
import re
import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import mission.flying.link as flying_link
from benchmarks.flight_observer import Truth
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.scan import NextFlight
from mission.flying.transport import Transport
from mission.planning.plan_files import write_plan
from mission.planning.planner import make_plan
from mission.records import ScanPlan
from sitl.lockstep import LockstepTransport, LockstepVehicle
from sitl.mishaps import Act, Mishap
from sitl.session import home_of_pad
from warehouse.coordinates import site_from_ned
from warehouse.errors import AislescanError
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.site_new import new_site

AFTER_S = 120.0
"""For how long a drone without its program is watched."""


@dataclass(slots=True)
class Hall:
    """A site with a plan of one lane, and a run folder for it."""

    site: Site
    plan: ScanPlan
    run: RunFolder


def make_hall(folder: Path, *, level: str = "4", bays: int = 4, faces: str = "right", battery_wh: float = 99.0) -> Hall:
    """Draw an aisle of four levels that runs north, and plan one lane along one face of a level: the fourth is at 6 m."""
    new_site(
        folder / "site",
        name="tall",
        aisles=1,
        bays=bays,
        levels=4,
        slots=3,
        bay_width_m=2.7,
        level_height_m=1.75,
        aisle_width_m=3.0,
    )
    path = folder / "site" / "site.toml"
    text = re.sub(r"(?m)^max_height_m = \S+", "max_height_m = 7.5", path.read_text(encoding="utf-8"))
    text = re.sub(r"(?m)^battery_wh = \S+", f"battery_wh = {battery_wh}", text)
    path.write_text(re.sub(r"(?m)^exposure_s = \S+", "exposure_s = 0.0002", text), encoding="utf-8")
    site = load_site(folder / "site")
    codes = tuple(b.code.text for b in site.layout.bins if b.code.level == level and b.face.endswith(faces))
    plan = make_plan(site, locations=codes)
    run = RunFolder.create(folder / "run", folder / "site")
    write_plan(run, site, plan)
    return Hall(site=site, plan=plan, run=run)


def shelve(hall: Hall, folder: Path) -> Hall:
    """Return a copy of a hall with a run folder of its own."""
    shutil.copytree(hall.run.root.parent, folder)
    return Hall(site=hall.site, plan=hall.plan, run=RunFolder(folder / "run"))


@dataclass(slots=True)
class Watched:
    """What an onlooker saw. Times on the vehicle's clock."""

    truth: list[Truth] = field(default_factory=list)
    modes: list[tuple[float, int, bool]] = field(default_factory=list)
    texts: list[tuple[float, str]] = field(default_factory=list)
    began_s: float | None = None


def is_time(hall: Hall, truth: Truth, after_m: float) -> bool:
    """Return whether the drone flies along the lane and is `after_m` past its start."""
    lane = hall.plan.sorties[0].lanes[0]
    length = math.dist(lane.start_m, lane.end_m)
    away = sum((p - a) * (b - a) for p, a, b in zip(truth.position_m, lane.start_m, lane.end_m, strict=True)) / length
    is_on_lane = abs(truth.position_m[2] - lane.start_m[2]) < 0.3 and abs(truth.position_m[0] - lane.start_m[0]) < 0.3
    return is_on_lane and away > after_m and math.hypot(*truth.velocity_mps[:2]) > 0.3


def fly(hall: Hall, endpoint: str | Transport) -> str:
    """Fly the plan; return what the program said at its end."""

    @contextmanager
    def here(_: NextFlight) -> Iterator[str | Transport]:
        yield endpoint

    try:
        fly_plan(hall.run, hall.site, hall.plan, here)
    except AislescanError as error:
        return error.what
    return "completed"


# -- the built-in copter, in lock step -----------------------------------------------------------------------------------------


class KilledError(BaseException):
    """Strikes a ground program as a SIGKILL would: nothing of it runs any more."""


def fly_builtin(hall: Hall, mishap: Mishap | None, *, after_m: float, seed: int = 3) -> tuple[Watched, str]:
    """Fly on the built-in copter; return what was seen and what the program said."""
    vehicle = LockstepVehicle(home_of_pad(hall.site, hall.plan.sorties[0].home_pad), seed=seed)
    transport = vehicle.connect()
    seen = Watched()
    watcher = _LockstepWatcher(hall, transport, seen, mishap=mishap, after_m=after_m)
    vehicle.on_step.append(watcher.step)
    try:
        with clock_and_disk():
            said = fly(hall, transport)
    except KilledError:
        said = "killed"
        transport.close()
    vehicle.run_until(lambda: not vehicle.autopilot.is_armed and vehicle.autopilot.airframe.is_on_ground, AFTER_S)
    vehicle.run_until(lambda: False, 0.1)
    return seen, said


class _LockstepWatcher:
    def __init__(self, hall: Hall, transport: LockstepTransport, seen: Watched, *, mishap: Mishap | None, after_m: float) -> None:
        self._hall, self._vehicle, self._transport, self._seen = hall, transport.vehicle, transport, seen
        self._mishap, self._after_m = mishap, after_m
        pad = next(p for p in hall.site.layout.home_pads if p.name == hall.plan.sorties[0].home_pad)
        self._pad_m = pad.position_m
        self._next_s = 0.0
        self._left: list[tuple[float, str, float]] = []

    def step(self) -> None:
        autopilot, now = self._vehicle.autopilot, self._vehicle.time_s
        if now < self._next_s:
            return
        self._next_s = now + 0.02
        n, e, u = autopilot.airframe.position
        vn, ve, vu = autopilot.airframe.velocity
        anchor = self._hall.site.layout.anchor
        x, y, _ = site_from_ned(anchor, (n, e, 0.0))
        vx, vy, _ = site_from_ned(anchor, (vn, ve, 0.0))
        truth = Truth(now, (float(x) + self._pad_m[0], float(y) + self._pad_m[1], u), (float(vx), float(vy), vu))
        seen = self._seen
        seen.truth.append(truth)
        mode = int(autopilot.mode), autopilot.is_armed
        if not seen.modes or seen.modes[-1][1:] != mode:
            seen.modes.append((now, *mode))
        if self._mishap is not None and seen.began_s is None and autopilot.is_armed and is_time(self._hall, truth, self._after_m):
            seen.began_s = now
            self._left = list(self._mishap.settings)
            act_in_lockstep(self._mishap.act, self._vehicle, self._transport, self._hall.run)
        while self._left and seen.began_s is not None and now - seen.began_s >= self._left[0][0]:
            _, name, value = self._left.pop(0)
            self._vehicle.parameters.set(name, value)


# -- this computer -------------------------------------------------------------------------------------------------------------


class _ShiftedClock(datetime):
    """A clock that somebody sets forward by an hour."""

    shift = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.shift


@contextmanager
def clock_and_disk() -> Iterator[None]:
    """Have a clock that can be set and a disk that can be filled; both are sound again afterwards."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before: Any = vars(flying_link)["datetime"]
    _ShiftedClock.shift = timedelta()
    vars(flying_link)["datetime"] = _ShiftedClock
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        vars(flying_link)["datetime"] = before


def act_in_lockstep(act: Act, vehicle: LockstepVehicle, transport: LockstepTransport, run: RunFolder) -> None:
    """Break what is to break, within this process; KilledError where the program is to die."""
    if act is Act.CUT_CABLE:
        transport.is_cut = True
    elif act is Act.KILL_PROGRAM:
        raise KilledError
    elif act is Act.STOP_CAMERA:
        vehicle.autopilot.trigger.set_distance(0.0, False)
    elif act is Act.RESTART_AUTOPILOT:
        vehicle.restart()
    else:
        act_on_this_computer(act, run)


def act_on_this_computer(act: Act, run: RunFolder) -> None:
    """Set the clock, or let no file grow beyond the size that the recording of the flight has now."""
    if act is Act.SHIFT_CLOCK:
        _ShiftedClock.shift = timedelta(hours=1)
    elif act is Act.FILL_DISK:
        size = run.telemetry_path("01").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def main() -> None:
    """Fly as a ground program that may be killed: FOLDER ENDPOINT."""
    folder, endpoint = Path(sys.argv[1]), sys.argv[2]
    from mission.planning.plan_files import load_plan

    run = RunFolder(folder / "run")
    hall = Hall(site=load_site(folder / "site"), plan=load_plan(run), run=run)
    fly(hall, endpoint)


if __name__ == "__main__":
    main()
