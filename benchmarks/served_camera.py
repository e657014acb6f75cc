"""A flight whose photos come over the network: `aislescan fly --camera http://…`, read, and held against the demo that was served.

    aislescan demo --out DEMO; python -m benchmarks.served_camera DEMO OUT [--level 2] [--scale 0.75] [--camera-delay 0.1]

A server on the loopback interface plays a network camera that looks at the stock of a finished demo: at each photo that the
built-in copter takes it sends, as MJPEG, the demo's photo that was taken nearest to that place, made smaller by `--scale`.
Everything from there on is the program's own: it reads the stream, the frame of each trigger is found by time, written, and read.
The delay is that of this machine between the server and the first byte of a frame. Writes benchmarks/results/served_camera.json:
for how many locations of the flown level the flight says the same as the demo.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.flight_observer import Observer
from benchmarks.machine import describe_machine
from mission.flying.scan import flight_log
from mission.planning.plan_files import load_plan, write_plan
from mission.planning.planner import make_plan
from sitl.demo import seed_of
from sitl.mjpeg_server import MjpegServer
from sitl.session import vehicle_on_pad
from vision.reading.read_run import read_run
from warehouse.coordinates import ned_from_latlon_1e7, site_from_ned
from warehouse.observations import Observation
from warehouse.poses import FrameRecord
from warehouse.records import to_json
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

RESULTS = Path(__file__).parent / "results"
IDLE_HZ = 8.0
_TURNED_M = 10.0
"""A photo with the nose the other way counts as so far away."""


class Looks:
    """What the served camera shows: the demo's photo nearest to the place of the last trigger."""

    def __init__(self, demo: RunFolder, site: Site, scale: float) -> None:
        """Show the first photo until something is triggered."""
        self._scale = scale
        self._demo, self._anchor = demo, site.layout.anchor
        self._frames = [f for name in demo.sorties() for f in demo.read_lines(demo.frames_path(name), FrameRecord)]
        self._places = np.array([f.pose.position_m for f in self._frames])
        self._headings = np.array([f.pose.heading_deg for f in self._frames])
        self._now = self._jpeg(0)
        self.server: MjpegServer | None = None
        self.off_m: list[float] = []
        """How far from each trigger the photo was taken that is shown for it."""

    def picture(self) -> bytes:
        """Return what is shown now."""
        return self._now

    def hear(self, message: Any) -> None:
        """Show another photo at each trigger."""
        if message.get_type() != "CAMERA_FEEDBACK":
            return
        north, east = ned_from_latlon_1e7(self._anchor, (message.lat, message.lng))
        place = site_from_ned(self._anchor, np.array([north, east, -message.alt_rel]))
        heading = message.yaw - self._anchor.heading_deg
        turned = np.abs((self._headings - heading + 180.0) % 360.0 - 180.0) > 45.0
        away = np.linalg.norm(self._places - place, axis=1) + _TURNED_M * turned
        nearest = int(away.argmin())
        self.off_m.append(float(away[nearest]))
        self._now = self._jpeg(nearest)
        if self.server is not None:
            self.server.hurry()

    def _jpeg(self, index: int) -> bytes:
        data = (self._demo.root / self._frames[index].file).read_bytes()
        if self._scale == 1.0:
            return data
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
        assert image is not None
        smaller = cv2.resize(image, None, fx=self._scale, fy=self._scale, interpolation=cv2.INTER_AREA)
        return cv2.imencode(".jpg", smaller, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def main() -> None:
    """Fly, read, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("demo", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--level", default="2", help="of the racks, to fly along")
    parser.add_argument("--scale", type=float, default=1.0, help="of the photos that are served")
    parser.add_argument("--camera-delay", type=float, default=0.1)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    demo = RunFolder.open(args.demo)
    site = load_site(demo.root)
    run = RunFolder.create(args.out, demo.root)
    if not run.plan_path.exists():
        codes = tuple(b.code.text for b in site.layout.bins if b.code.level == args.level)
        write_plan(run, site, make_plan(site, locations=codes))
    flown = fly(demo, run, site, scale=args.scale, delay_s=args.camera_delay)
    read_run(run, site, workers=args.workers)
    flights = [flight for name in run.sorties() for flight in flight_log(run, name).flights]
    result = {
        **describe_machine(),
        "level": args.level,
        "scale": args.scale,
        "load_average": round(os.getloadavg()[0], 1),
        **flown,
        "pictures": to_json(flights[-1].pictures),
        **compared(demo, run),
    }
    write_atomically(RESULTS / "served_camera.json", json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


def fly(demo: RunFolder, run: RunFolder, site: Site, *, scale: float, delay_s: float) -> dict[str, Any]:
    """Fly the plan by the command line."""
    looks = Looks(demo, site, scale)
    (sortie,) = load_plan(run).sorties
    with (
        vehicle_on_pad("builtin", site, home_pad=sortie.home_pad, seed=seed_of(demo), speedup=1.0) as vehicle,
        Observer(vehicle.camera_endpoint, site.layout.anchor) as observer,
        MjpegServer(looks.picture, rate_hz=IDLE_HZ) as server,
    ):
        looks.server, observer.on_message = server, looks.hear
        command = [str(Path(sys.executable).with_name("aislescan")), "fly", str(run.root), "--yes", "--vehicle", vehicle.endpoint]
        command += ["--camera", server.url, "--camera-delay", str(delay_s)]
        done = subprocess.run(command, check=False)
    return {
        "exit_code": done.returncode,
        "shown_off_m_median": round(float(np.median(looks.off_m)), 3) if looks.off_m else math.nan,
        "shown_off_m_worst": round(max(looks.off_m, default=math.nan), 3),
    }


def compared(demo: RunFolder, run: RunFolder) -> dict[str, Any]:
    """Return of how many locations that were to be seen the flight says the same as the demo, and the others with both words."""
    wanted = {code for sortie in load_plan(run).sorties for lane in sortie.lanes for code in lane.must_see}
    before = {o.location: o for o in demo.read_lines(demo.observations_path, Observation)}
    now = {o.location: o for o in run.read_lines(run.observations_path, Observation)}
    same = [code for code in wanted if said(before[code]) == said(now[code])]
    return {
        "locations": len(wanted),
        "same": len(same),
        "others": {code: [said(before[code]), said(now[code])] for code in sorted(wanted - set(same))},
    }


def said(observation: Observation) -> str:
    """Return status and pallets of a location."""
    return " ".join([observation.status.value, *sorted(sighting.pallet.value for sighting in observation.pallets)])


if __name__ == "__main__":
    main()
