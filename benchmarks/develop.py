"""Make a run folder with photographs but without a flight, and say how long a frame takes to develop.

    python -m benchmarks.develop --site sitl/demo_site --seed 3 --out DIR [--position-noise 0.03]

The drone stands every 0.3 m along both faces, at the height of the middle of the label band, on every level; the frames are drawn
from the true place, `frames.jsonl` gets the place with noise, as an autopilot would give it.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.develop import Darkroom, encode_jpeg
from sitl.erp_export import write_erp_export
from sitl.stock import make_stock
from warehouse.camera import CameraModel
from warehouse.coordinates import heading_from_along
from warehouse.layout import RackFace
from warehouse.poses import FrameRecord, Pose
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

_SPACING_M, _STANDOFF_M, _SPEED_MPS = 0.3, 1.3, 1.0


def main() -> None:
    """Write the run folder and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--position-noise", type=float, default=0.03, help="sigma per axis in metres")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    site = load_site(args.site)
    stock = make_stock(site, args.seed)
    run = RunFolder.create(args.out, args.site)
    write_erp_export(args.out / "erp.csv", stock)
    camera = site.cameras[0]
    darkroom = Darkroom(site, stock, camera)
    rng = np.random.default_rng([args.seed, 99])
    records: list[FrameRecord] = []
    started, cpu = time.perf_counter(), time.process_time()
    for number, (pose, velocity) in enumerate(_stations(site, camera, rng), start=1):
        file = run.frame_file("01", 1, number)
        write_atomically(file, encode_jpeg(darkroom.develop(pose, velocity, seed=number)))
        records.append(_record(run, file, pose, camera, sigma_m=args.position_noise, rng=rng))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - started
    run.write_lines(run.frames_path("01"), records)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    n = len(records)
    each = f"{cpu / n:.3f} s CPU and {wall / n:.3f} s wall each"
    print(f"{n} frames, {each} (JPEG and writing included), peak memory {peak_mb:.0f} MB")


def _stations(site: Site, camera: CameraModel, rng: np.random.Generator) -> Iterator[tuple[Pose, NDArray[np.float64]]]:
    """Yield true pose and velocity of every photo: a serpentine over the levels of each face that the camera can look at."""
    middle_m = (site.labels.lowest_m + site.labels.highest_m) / 2
    time_s = 0.0
    for face in site.layout.faces.values():
        towards_deg = heading_deg(face, camera)
        bases = sorted({b.base_m for b in site.layout.bins_of_face(face.name)})
        for base_m in bases:
            for along_m in np.arange(0.1, face.length_m, _SPACING_M):
                time_s += _SPACING_M / _SPEED_MPS
                stand_off = _STANDOFF_M - camera.offset_body_m[2] + abs(camera.offset_body_m[1])
                point = face.point_m(float(along_m), base_m + middle_m, stand_off) + rng.normal(0.0, 0.02, 3)
                pose = Pose(
                    time_s=time_s,
                    position_m=(float(point[0]), float(point[1]), float(point[2])),
                    roll_deg=float(rng.normal(0, 0.6)),
                    pitch_deg=float(rng.normal(0, 0.6)),
                    heading_deg=towards_deg + float(rng.normal(0, 0.4)),
                )
                yield pose, pose.site_from_body()[:, 0] * _SPEED_MPS


def heading_deg(face: RackFace, camera: CameraModel) -> float:
    """Return the heading at which the camera looks square at the face."""
    look = -np.asarray(face.outward)
    turn = 90.0 if camera.side == "right" else -90.0
    return (heading_from_along(look) - turn) % 360.0


def _record(
    run: RunFolder, file: Path, pose: Pose, camera: CameraModel, *, sigma_m: float, rng: np.random.Generator
) -> FrameRecord:
    place = np.asarray(pose.position_m) + rng.normal(0.0, sigma_m, 3)
    noisy = Pose(
        time_s=pose.time_s,
        position_m=(float(place[0]), float(place[1]), float(place[2])),
        roll_deg=pose.roll_deg + float(rng.normal(0, 0.2)),
        pitch_deg=pose.pitch_deg + float(rng.normal(0, 0.2)),
        heading_deg=pose.heading_deg + float(rng.normal(0, 0.3)),
    )
    taken_at = datetime(2026, 1, 12, 20, 0, tzinfo=UTC) + timedelta(seconds=pose.time_s)
    return FrameRecord(
        frame=f"01/{file.stem}",
        sortie="01",
        file=run.relative(file),
        camera=camera.side,
        captured_at=taken_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        pose=noisy,
        position_sigma_m=sigma_m,
        is_ekf_healthy=True,
    )


if __name__ == "__main__":
    main()
