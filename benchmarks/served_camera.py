"""A flight whose photos come over the network: `aislescan fly --camera http://…`, read, and held against the demo that was served.

    aislescan demo --out DEMO; python -m benchmarks.served_camera DEMO OUT [--level 2] [--scale 0.75] [--camera-delay 0.1] [--rtsp]

A server on the loopback interface plays a network camera that looks at the stock of a finished demo: at each photo that the
built-in copter takes it sends, as MJPEG, the demo's photo that was taken nearest to that place, made smaller by `--scale`.
Everything from there on is the program's own: it reads the stream, the frame of each trigger is found by time, written, and read.
The delay is that of this machine between the server and the first byte of a frame. Writes benchmarks/results/served_camera.json:
for how many locations of the flown level the flight says the same as the demo. With `--rtsp` the pictures come as H.264 from
benchmarks/rtsp_server.py, by the Python of the system and its GStreamer, and the results go to served_camera-rtsp.json.

`shown_off_m` is how far the demo's photo that is shown was taken from the place of the trigger. The test photo is triggered on
the pad, metres from the nearest of the demo's photos: it is told apart (`shown_off_m_on_pad`). In flight it is up to half the
spacing of the photos, 17 cm: the demo flew all levels and triggered elsewhere. By so much the picture shows something else than
a camera at the place on record would: `read` corrects it where labels are seen. Whether a location is empty is measured
in pairs of photos by their places; where those are wrong the pairs do not agree, which may be why a few locations that the demo
calls `empty` are `unseen` then.
`of_own_trigger` counts the frames whose picture is that of their own trigger, not of the
one before or after it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.flight_observer import Observer
from benchmarks.machine import describe_machine
from mission.flying.scan import flight_log
from mission.planning.plan_files import load_plan, write_plan
from mission.planning.planner import make_plan
from sitl.demo import seed_of
from sitl.mjpeg_server import MjpegServer
from sitl.session import vehicle_on_pad
from vision.reading.read_run import read_run
from warehouse.coordinates import ned_from_latlon_1e7, shorter_turn_deg, site_from_ned
from warehouse.observations import Observation
from warehouse.poses import FrameRecord
from warehouse.records import to_json
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

RESULTS = Path(__file__).parent / "results"
IDLE_HZ = 8.0
ON_PAD_M = 0.3
"""What is triggered lower than this is the test photo."""
GOP, QUANTIZER = 16, 26
"""Over RTSP every so many frames is a whole one, and so coarse they are."""
_SAME_HEIGHT_M = 0.5
_THUMBNAIL_PX = (96, 60)
_TURNED_M = 10.0
"""A photo with the nose the other way counts as so far away."""


class Looks:
    """What the served camera shows: the demo's photo nearest to the place of the last trigger."""

    def __init__(self, demo: RunFolder, site: Site, heights_m: list[float], scale: float) -> None:
        """Show the photos of the demo that were taken at these heights; the first until something is triggered."""
        self._scale = scale
        self._anchor = site.layout.anchor
        frames = [f for name in demo.sorties() for f in demo.read_lines(demo.frames_path(name), FrameRecord)]
        self._frames = [f for f in frames if min(abs(f.pose.position_m[2] - height_m) for height_m in heights_m) < _SAME_HEIGHT_M]
        self._places = np.array([f.pose.position_m for f in self._frames])
        self._headings = np.array([f.pose.heading_deg for f in self._frames])
        self._index, self._shown = 0, (-1, b"")
        self.photos = [demo.root / frame.file for frame in self._frames]
        self.on_news: Callable[[Path], object] = lambda _: None
        """Called with the demo's photo whenever another is shown."""
        self.off_m: list[float] = []
        """How far from each trigger in flight the photo was taken that is shown for it."""
        self.on_pad_m = math.nan
        self.shown: dict[int, Path] = {}
        """By number of the trigger."""

    def picture(self) -> bytes:
        """Return what is shown now."""
        index = self._index
        if self._shown[0] != index:
            self._shown = index, self._jpeg(index)
        return self._shown[1]

    def hear(self, message: Any) -> None:
        """Show another photo at each trigger."""
        if message.get_type() != "CAMERA_FEEDBACK":
            return
        north, east = ned_from_latlon_1e7(self._anchor, (message.lat, message.lng))
        place = site_from_ned(self._anchor, np.array([north, east, -message.alt_rel]))
        heading = message.yaw - self._anchor.heading_deg
        turned = np.abs(shorter_turn_deg(np.asarray(heading), self._headings)) > 45.0
        away = np.linalg.norm(self._places - place, axis=1) + _TURNED_M * turned
        nearest = int(away.argmin())
        if place[2] < ON_PAD_M:
            self.on_pad_m = float(away[nearest])
        else:
            self.off_m.append(float(away[nearest]))
            self.shown[message.img_idx] = self.photos[nearest]
        self._index = nearest
        self.on_news(self.photos[nearest])

    def of_own_trigger(self, run: RunFolder) -> int:
        """Return how many frames of a run show what was shown for their own trigger."""
        n_own, small = 0, {path: _thumbnail(path) for path in set(self.shown.values())}
        for frame in (f for name in run.sorties() for f in run.read_lines(run.frames_path(name), FrameRecord)):
            number, seen = int(frame.frame[-6:]), _thumbnail(run.root / frame.file)
            near = [self.shown[n] for n in range(number - 2, number + 3) if n in self.shown]
            alike = min(near, key=lambda path: float(np.abs(small[path] - seen).mean()), default=None)
            n_own += alike is not None and alike == self.shown.get(number)
        return n_own

    @staticmethod
    def grey(photo: Path) -> NDArray[np.uint8]:
        """Return the pixels of a photo, (height, width)."""
        image = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
        assert image is not None
        return np.asarray(image, dtype=np.uint8)

    def _jpeg(self, index: int) -> bytes:
        data = self.photos[index].read_bytes()
        if self._scale == 1.0:
            return data
        smaller = cv2.resize(self.grey(self.photos[index]), None, fx=self._scale, fy=self._scale, interpolation=cv2.INTER_AREA)
        return cv2.imencode(".jpg", smaller, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def _thumbnail(path: Path) -> NDArray[np.float64]:
    image = cv2.imread(str(path), cv2.IMREAD_REDUCED_GRAYSCALE_8)
    assert image is not None
    return np.asarray(cv2.resize(image, _THUMBNAIL_PX, interpolation=cv2.INTER_AREA), dtype=np.float64)


@contextmanager
def rtsp_server(looks: Looks, size_px: tuple[int, int]) -> Iterator[str]:
    """Serve over RTSP what is looked at; yield the address."""
    command = [
        "/usr/bin/python3",
        str(Path(__file__).with_name("rtsp_server.py")),
        "--rate",
        str(IDLE_HZ),
        "--gop",
        str(GOP),
        "--quantizer",
        str(QUANTIZER),
    ]
    command += ["--size", *map(str, size_px)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as server,
    ):
        unpacked = {photo: Path(folder) / f"{photo.stem}.i420" for photo in looks.photos}
        for photo, pixels in unpacked.items():  # to unpack it takes a tenth of a second, which no camera needs
            grey = cv2.resize(looks.grey(photo), size_px, interpolation=cv2.INTER_AREA)
            pixels.write_bytes(grey.tobytes() + bytes([128]) * (grey.size // 2))
        assert server.stdin is not None
        assert server.stdout is not None
        stdin = server.stdin
        looks.on_news = lambda photo: stdin.write(f"{unpacked[photo]}\n")
        try:
            address = server.stdout.readline().strip()
            looks.on_news(looks.photos[0])
            yield address
        finally:
            looks.on_news = lambda _: None
            stdin.close()


@contextmanager
def http_server(looks: Looks) -> Iterator[str]:
    """Serve as MJPEG over HTTP what is looked at; yield the address."""
    with MjpegServer(looks.picture, rate_hz=IDLE_HZ) as server:
        looks.on_news = lambda _: server.hurry()
        yield server.url


def main() -> None:
    """Fly, read, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("demo", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--level", default="2", help="of the racks, to fly along")
    parser.add_argument("--scale", type=float, default=1.0, help="of the photos that are served")
    parser.add_argument("--camera-delay", type=float, default=0.1)
    parser.add_argument("--rtsp", action="store_true", help="by GStreamer, as H.264, not as MJPEG over HTTP")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    demo = RunFolder.open(args.demo)
    site = load_site(demo.root)
    run = RunFolder.create(args.out, demo.root)
    if not run.plan_path.exists():
        codes = tuple(b.code.text for b in site.layout.bins if b.code.level == args.level)
        write_plan(run, site, make_plan(site, locations=codes))
    flown = fly(demo, run, site, scale=args.scale, delay_s=args.camera_delay, is_rtsp=args.rtsp)
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
    write_atomically(
        RESULTS / ("served_camera-rtsp.json" if args.rtsp else "served_camera.json"), json.dumps(result, indent=1) + "\n"
    )
    print(json.dumps(result, indent=1))


def fly(demo: RunFolder, run: RunFolder, site: Site, *, scale: float, delay_s: float, is_rtsp: bool) -> dict[str, Any]:
    """Fly the plan by the command line."""
    (sortie,) = load_plan(run).sorties
    looks = Looks(demo, site, [lane.start_m[2] for lane in sortie.lanes], scale)
    width, height = site.cameras[0].size_px
    size_px = (round(scale * width), round(scale * height))
    with (
        vehicle_on_pad("builtin", site, home_pad=sortie.home_pad, seed=seed_of(demo), speedup=1.0) as vehicle,
        Observer(vehicle.camera_endpoint, site.layout.anchor) as observer,
        rtsp_server(looks, size_px) if is_rtsp else http_server(looks) as address,
    ):
        observer.on_message = looks.hear
        command = [str(Path(sys.executable).with_name("aislescan")), "fly", str(run.root), "--yes", "--vehicle", vehicle.endpoint]
        command += ["--camera", address, "--camera-delay", str(delay_s)]
        done = subprocess.run(command, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    return {
        "shown_off_m_median": round(float(np.median(looks.off_m)), 3) if looks.off_m else math.nan,
        "shown_off_m_worst": round(max(looks.off_m, default=math.nan), 3),
        "shown_off_m_on_pad": round(looks.on_pad_m, 3),
        "of_own_trigger": looks.of_own_trigger(run),
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
