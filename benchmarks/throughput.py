"""Locations an hour on the reference site, over the whole job, with one camera and with two: planned, and flown.

    python -m benchmarks.throughput --sitl ardupilot [--cameras 1 2] [--speedup 5] [--keep FOLDER]

Flies without developing photos, which is what takes the time, but follows the simulator's truth to see from every place where a
label may hang how many of the photos hold it whole. Writes benchmarks/results/throughput-<vehicle>.json. That the labels are read
as well is shown by `python -m benchmarks.end_to_end --site benchmarks/sites/reference [--two-cameras]`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.end_to_end import with_two_cameras
from benchmarks.machine import describe_machine
from mission.flying.flight import fly_sortie
from mission.planning.label_bands import label_band
from mission.planning.planner import make_plan
from mission.planning.timing import job_s
from mission.records import ScanPlan
from sitl.camera_link import CameraLink
from sitl.camera_truth import Shot
from sitl.session import vehicle_on_pad
from warehouse.camera import CameraModel
from warehouse.layout import Bin
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

REFERENCE_SITE = Path(__file__).parent / "sites" / "reference"
RESULTS = Path(__file__).parent / "results"
_NEAR_M = 2.0
"""Photos taken from farther off along the face hold no label."""

Vector = NDArray[np.float64]


def main() -> None:
    """Plan and fly with so many cameras."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=REFERENCE_SITE)
    parser.add_argument("--cameras", type=int, nargs="+", default=[1, 2], choices=[1, 2])
    parser.add_argument("--sitl", default="builtin", choices=["builtin", "ardupilot"])
    parser.add_argument("--speedup", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the site and the run of each flight")
    args = parser.parse_args()
    path = RESULTS / f"throughput-{args.sitl}.json"
    rows: dict[str, Any] = json.loads(path.read_text())["cameras"] if path.exists() else {}
    with tempfile.TemporaryDirectory(prefix="aislescan-throughput-") as scratch:
        for n_cameras in args.cameras:
            folder = (args.keep or Path(scratch)) / str(n_cameras)
            shutil.rmtree(folder, ignore_errors=True)
            rows[str(n_cameras)] = {**scan(args, folder, n_cameras), "commit": describe_machine()["commit"]}
            result = {"machine": describe_machine(), "sitl": args.sitl, "speedup": args.speedup, "cameras": rows}
            write_atomically(path, json.dumps(result, indent=1) + "\n")
            print(json.dumps({str(n_cameras): rows[str(n_cameras)]}, indent=1), flush=True)


def scan(args: argparse.Namespace, folder: Path, n_cameras: int) -> dict[str, Any]:
    """Plan the site for so many cameras, fly every sortie, and return the figures."""
    shutil.copytree(args.site, folder / "site")
    if n_cameras == 2:
        with_two_cameras(folder / "site")
    site = load_site(folder / "site")
    run = RunFolder.create(folder / "run", folder / "site")
    plan = make_plan(site)
    flown_s: list[float] = []
    n_photos, shots = 0, []
    for sortie in plan.sorties:
        with vehicle_on_pad(args.sitl, site, home_pad=sortie.home_pad, seed=args.seed, speedup=args.speedup) as vehicle:
            with shots_of(vehicle.camera_endpoint, site) as taken:
                outcome = fly_sortie(vehicle.endpoint, run, site, sortie, boot=1)
            if outcome.ending.value != "completed":
                return {"planned": planned(site, plan), "error": outcome.reason}
        flown_s.append(outcome.flight_s)
        n_photos += outcome.n_photos
        shots += taken
    n_locations = sum(len(lane.must_see) for sortie in plan.sorties for lane in sortie.lanes)
    seconds = job_s(flown_s, site.drone)
    return {
        "locations": n_locations,
        "planned": planned(site, plan),
        "flown": {"job_s": round(seconds, 1), "locations_per_hour": per_hour(n_locations, seconds), "photos": n_photos},
        "looks": looks(site, plan, shots),
        "autopilot": outcome.autopilot_version,
    }


def planned(site: Site, plan: ScanPlan) -> dict[str, Any]:
    """Return what the plan promises."""
    views = [view for sortie in plan.sorties for lane in sortie.lanes for view in lane.views]
    n_locations = sum(len(view.must_see) for view in views)
    seconds = round(job_s([sortie.time_s for sortie in plan.sorties], site.drone), 1)
    worst = min(views, key=lambda view: view.px_per_bar / view.needed_px)
    return {
        "sorties": len(plan.sorties),
        "lanes": sum(len(sortie.lanes) for sortie in plan.sorties),
        "job_s": seconds,
        "locations_per_hour": per_hour(n_locations, seconds),
        "uncovered": len(plan.uncovered),
        "speed_mps": max(lane.speed_mps for sortie in plan.sorties for lane in sortie.lanes),
        "least_px_per_bar": worst.px_per_bar,
        "needed_px": worst.needed_px,
        "looks": min(view.n_looks for view in views),
    }


def per_hour(n_locations: int, seconds: float) -> int:
    """Return locations an hour."""
    return round(n_locations / seconds * 3600)


@contextmanager
def shots_of(endpoint: str, site: Site) -> Iterator[list[Shot]]:
    """Collect the photos that the vehicle triggers, with the true pose of each, until the block ends."""
    link = CameraLink(endpoint, site.layout.anchor)
    found: list[Shot] = []
    is_over = threading.Event()

    def listen() -> None:
        for shot in link.shots():
            if shot is not None:
                found.append(shot)
            if is_over.is_set() and shot is None:
                return

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield found
    finally:
        time.sleep(2.0)  # the truth of the last photo is still on its way
        is_over.set()
        listener.join(10.0)
        link.close()


def looks(site: Site, plan: ScanPlan, shots: list[Shot]) -> dict[str, Any]:
    """Return in how many photos labels truly were, whole, over all places that they may have in the locations of the plan."""
    counts: list[int] = []
    short: dict[str, int] = {}
    for lane in (lane for sortie in plan.sorties for lane in sortie.lanes):
        for view in lane.views:
            camera, face = site.camera(view.camera), site.layout.faces[view.face]
            assert camera is not None
            axis = -np.asarray(face.outward)
            facing = [shot for shot in shots if camera.site_from_camera(shot.pose)[:, 2] @ axis > 0.9]
            places = np.array([shot.pose.position_m for shot in facing])
            for code in view.must_see:
                b = site.layout.bins_by_code[code]
                near = [facing[i] for i in np.flatnonzero(np.linalg.norm(places - np.asarray(b.centre_m), axis=1) < _NEAR_M + 2.0)]
                seen = looks_at(site, camera, b, near)
                counts += seen.tolist()
                if seen.min() < site.labels.looks:
                    short[code] = int(seen.min())
    return {
        "label_places": len(counts),
        "least": min(counts),
        "asked_for": site.labels.looks,
        "places_with_fewer": int(np.sum(np.array(counts) < site.labels.looks)),
        "locations_with_fewer": short,
        "mean": round(float(np.mean(counts)), 2),
    }


def looks_at(site: Site, camera: CameraModel, b: Bin, shots: list[Shot]) -> NDArray[np.int64]:
    """Return for each place that a label of the bin may have (5 along x 2 heights x 2 depths) how many photos hold it whole."""
    face, band = site.layout.faces[b.face], label_band(b, site.labels)
    half_width, half_height = site.labels.width_mm / 2000, (band.high_m - band.low_m) / 2
    half_height = min(site.labels.height_mm / 2000, half_height)
    ring = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
    outlines: Vector = np.array(
        [
            [face.point_m(along + i * half_width, height + j * half_height, -setback) for i, j in ring]
            for along in np.linspace(band.along_min_m, band.along_max_m, 5)
            for height in (band.low_m + half_height, band.high_m - half_height)
            for setback in (0.0, site.labels.setback_m)
        ]
    )
    n = np.zeros(len(outlines), dtype=np.int64)
    for shot in shots:
        pixels, in_front = camera.project(shot.pose, outlines)
        inside = (pixels >= -0.5) & (pixels <= np.asarray(camera.size_px) - 0.5)
        n += np.all(inside, axis=(-1, -2)) & np.all(in_front, axis=-1)
    return n


if __name__ == "__main__":
    main()
