"""One simulated sortie: a vehicle and its camera, started together, gone together."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sitl.camera import CameraProcess, start_camera
from sitl.navigation_error import NavigationError
from sitl.vehicles import Vehicle, start_vehicle
from warehouse.coordinates import heading_ned_from_site, latlon_1e7_from_ned, ned_from_site
from warehouse.errors import VehicleError
from warehouse.layout import HomePad
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site

_READY_TIMEOUT_S = 60.0
_DEVELOP_TIMEOUT_S = 60.0
"""Without a single new photo."""


@dataclass(frozen=True, slots=True)
class SimulatedSortie:
    """A simulated drone on its pad, ready for a ground program to connect to `endpoint`."""

    vehicle: Vehicle
    camera: CameraProcess
    n_taken: Callable[[], int]
    """How many photos the ground program has on record of this flight; the camera may not have heard of the last of them yet."""

    @property
    def endpoint(self) -> str:
        """Where the ground program finds the vehicle."""
        return self.vehicle.endpoint

    def develop(self, show: Callable[[int, int], None]) -> None:
        """Wait until the camera has developed every photo that was taken, showing (done, total); VehicleError when it stops."""
        n_taken = self.n_taken()
        n_before, moved_at = -1, time.monotonic()
        while True:
            triggered, developed = self.camera.progress()
            total = max(triggered, n_taken)
            show(developed, total)
            if developed >= total:
                return
            if developed != n_before:
                n_before, moved_at = developed, time.monotonic()
            if time.monotonic() - moved_at > _DEVELOP_TIMEOUT_S or not self.camera.is_running:
                raise VehicleError(
                    f"the simulated camera developed {developed} of {total} photos and then stopped",
                    remedy="check the free disk space and memory, then give the same command again: it flies this sortie anew",
                )
            time.sleep(0.1)


@contextmanager
def simulated_sortie(
    kind: str,
    run: RunFolder,
    site: Site,
    *,
    sortie: str,
    home_pad: str,
    boot: int,
    seed: int,
    speedup: float,
    navigation_error: NavigationError | None = None,
    instance: int = 0,
    workers: int = 2,
) -> Iterator[SimulatedSortie]:
    """Start a vehicle of `kind` (`builtin`, `ardupilot`) on its pad, with a camera that looks at the stock of `seed`.

    The photos of the autopilot's `boot`-th start go to the sortie's frames folder. With a `navigation_error` the vehicle believes
    to be where it is not. Of several drones each is another `instance`, from 0. `workers` processes draw its photos.
    """
    with vehicle_on_pad(kind, site, home_pad=home_pad, seed=seed, speedup=speedup, instance=instance) as vehicle:
        frames_folder = run.frame_file(sortie, boot, 1).parent
        frames_folder.mkdir(parents=True, exist_ok=True)
        camera = start_camera(
            site_folder=run.root,
            seed=seed,
            endpoint=vehicle.camera_endpoint,
            frames_folder=frames_folder,
            boot=boot,
            navigation_error=navigation_error,
            workers=workers,
        )
        try:
            camera.wait_ready(_READY_TIMEOUT_S)
            yield SimulatedSortie(vehicle, camera, lambda: _n_taken(run, sortie, boot))
        finally:
            camera.stop()


@contextmanager
def vehicle_on_pad(kind: str, site: Site, *, home_pad: str, seed: int, speedup: float, instance: int = 0) -> Iterator[Vehicle]:
    """Start a vehicle of `kind` on its pad with a full battery, without a camera, and end it with what it wrote."""
    with tempfile.TemporaryDirectory(prefix="aislescan-sitl-") as scratch:
        vehicle = start_vehicle(
            kind,
            home=home_of_pad(site, home_pad),
            speedup=speedup,
            folder=Path(scratch),
            instance=instance,
            seed=seed + instance,
            range_sensor=site.range_sensor,
            hover_s=hover_s(site),
        )
        with vehicle:
            yield vehicle


def _n_taken(run: RunFolder, sortie: str, boot: int) -> int:
    path = run.frames_path(sortie)
    frames = run.read_lines(path, FrameRecord) if path.exists() else ()
    mine = run.relative(run.frame_file(sortie, boot, 0)).partition("-")[0]
    return sum(frame.file.startswith(f"{mine}-") for frame in frames)


def home_of_pad(site: Site, home_pad: str) -> tuple[float, float, float, float]:
    """Return latitude, longitude, altitude and compass heading of a drone that stands on the pad, nose along the site's +y."""
    anchor = site.layout.anchor
    pad: HomePad = next(p for p in site.layout.home_pads if p.name == home_pad)
    lat, lon = latlon_1e7_from_ned(anchor, ned_from_site(anchor, (*pad.position_m, 0.0)))
    return int(lat) / 1e7, int(lon) / 1e7, anchor.altitude_amsl_m, heading_ned_from_site(anchor, 0.0)


def hover_s(site: Site) -> float:
    """Return how long a full battery of the site's drone lasts in hover."""
    return site.drone.battery_wh / site.drone.hover_w * 3600
