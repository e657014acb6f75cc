"""A short flight on a simulated vehicle, and ways to disturb it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymavlink import mavutil

from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.flight import Report
from mission.flying.scan import NextFlight
from mission.records import ScanPlan
from sitl.vehicles import Vehicle, start_vehicle
from warehouse.coordinates import latlon_1e7_from_ned, ned_from_site
from warehouse.run_folder import RunFolder
from warehouse.site import Site

SPEEDUP = 15.0
LANE = tuple(f"A01-{bay}-2-{slot}" for bay in ("02", "04") for slot in "123")


@contextmanager
def vehicle_on_pad(kind: str, site: Site, folder: Path, speedup: float = SPEEDUP) -> Iterator[Vehicle]:
    anchor = site.layout.anchor
    lat, lon = latlon_1e7_from_ned(anchor, ned_from_site(anchor, (*site.layout.home_pads[0].position_m, 0.0)))
    home = (int(lat) / 1e7, int(lon) / 1e7, anchor.altitude_amsl_m, 20.0)
    with start_vehicle(kind, home=home, speedup=speedup, folder=folder, seed=3) as vehicle:
        yield vehicle


def set_parameter(endpoint: str, name: str, value: float) -> None:
    """Disturb the simulation on its second link."""
    other = mavutil.mavlink_connection(endpoint, source_system=250)
    for _ in range(40):  # an autopilot that has just started loses the first ones
        other.mav.param_set_send(1, 1, name.encode(), value, mavutil.mavlink.MAV_PARAM_TYPE_REAL32)
        wanted = f"PARAM_VALUE.param_id=='{name}' and PARAM_VALUE.param_value=={value}"
        if other.recv_match(type="PARAM_VALUE", condition=wanted, blocking=True, timeout=0.3) is not None:
            break
    else:
        raise AssertionError(f"{name} could not be set to {value}")
    other.close()


def command(endpoint: str, *commands: tuple[int, float, float]) -> None:
    """Give commands (number, first and second parameter) as another ground station or a pilot would, one after the other."""
    other = mavutil.mavlink_connection(endpoint, source_system=250)
    for number, p1, p2 in commands:
        accepted: Any = None
        while accepted is None:
            other.mav.command_long_send(1, 1, number, 0, p1, p2, 0, 0, 0, 0, 0)
            wanted = f"COMMAND_ACK.command=={number} and COMMAND_ACK.result==0"
            accepted = other.recv_match(type="COMMAND_ACK", condition=wanted, blocking=True, timeout=0.3)
    other.close()


@contextmanager
def disturbed_after(run: RunFolder, n_photos: int, disturb: Callable[[], object]) -> Iterator[None]:
    """Call `disturb` once the flight has taken `n_photos`."""
    frames = run.frames_path("01")

    def wait() -> None:
        deadline = time.monotonic() + 60.0
        while time.monotonic() < deadline:
            if frames.exists() and frames.read_text().count("\n") >= n_photos:
                disturb()
                return
            time.sleep(0.02)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    yield
    thread.join(timeout=1.0)


def fly(run: RunFolder, site: Site, plan: ScanPlan, vehicle: Vehicle, report: Report | None = None) -> None:
    @contextmanager
    def here(_: NextFlight) -> Iterator[str]:
        yield vehicle.endpoint

    fly_plan(run, site, plan, here, report)
