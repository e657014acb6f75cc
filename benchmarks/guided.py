"""Frames a second and core, and labels read, on 12-megapixel frames: with the pose as a guide, and zxing-cpp on the whole frame.

    python -m benchmarks.guided [--frames 80] [--seed 5]

The frames are developed from the demo site's stock, once as they are and once under hard settings: labels tilted by up to 25
degrees (one in ten lies on its side), and defocus, movement and noise on top of what the simulated camera adds; both at a smaller
scale than the planner would ask for. Poses are given with the error of a real one. A label counts when the whole sticker lies in
the frame, known from the true pose. All ways see the same frames, one after the other in an order that changes from frame to frame;
times are processor time of one core, opening the JPEG apart. Writes benchmarks/results/guided.json, with machine and commit.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.stress import Picture, Rng, Stress, develop
from sitl.develop import Darkroom, encode_jpeg
from sitl.scene import build_scene
from sitl.stock import Stock, make_stock
from vision.bins.face_view import FaceView, find_face_view
from vision.bins.guided import GuidedEffort
from vision.bins.looking import decode_frame
from vision.codes import zxing_engine
from vision.codes.decoded import Decoded
from warehouse.camera import CameraModel
from warehouse.coordinates import heading_from_along
from warehouse.layout import Bin
from warehouse.poses import FrameRecord, Pose
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.symbologies import SYMBOLOGIES

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
SIZE_PX = (4000, 3000)
FOCAL_PX = 4300.0
STANDOFF_M = 1.3
SIGMA_M = 0.03
HARD = Stress(px_per_module=0.0, blur_px=0.8, motion_px=1.5, noise=6.0)
"""On the developed frame; its scale is the camera's."""
EASY = Stress(px_per_module=0.0, blur_px=0.0, noise=0.0)
Way = Callable[[Picture, Site, FaceView], list[Decoded]]


def main() -> None:
    """Develop, read, compare and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=80, help="of each setting")
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    rows = [measure(name, stress, tilts, args.frames, args.seed) for name, stress, tilts in SETTINGS]
    for row in rows:
        print(f"\n{row['setting']}: {row['frames']} frames, {row['labels']} whole labels, JPEG {row['jpeg_ms']} ms a frame\n")
        print("| way | read | wrong | decoding, ms a frame | frames/s and core, with JPEG | times as fast as stock | with JPEG |")
        print("|---|---|---|---|---|---|---|")
        for name, w in row["ways"].items():
            speed = f"{w['times_stock']:.1f} | {w['times_stock_with_jpeg']:.1f}"
            print(f"| {name} | {100 * w['rate']:.1f} % | {w['wrong']} | {w['ms']:.1f} | {w['frames_s_core']:.1f} | {speed} |")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "guided.json").write_text(
        json.dumps({"machine": describe_machine(), "seed": args.seed, "rows": rows}, indent=1) + "\n"
    )


def _guided(effort: GuidedEffort) -> Way:
    return lambda image, site, view: list(decode_frame(image, site, view, effort=effort))


STOCK = "zxing-cpp, every symbology"
WAYS: dict[str, Way] = {
    "guided": _guided("windows"),
    "guided, sweep only": _guided("sweep"),
    "zxing-cpp, the site's symbologies": lambda image, site, _: zxing_engine.read(
        image, site.labels.symbologies, variant="plain", try_invert=True
    ),
    STOCK: lambda image, _site, _view: zxing_engine.read(image, SYMBOLOGIES, variant="plain", try_invert=True),
}
SETTINGS = (("as stuck and photographed well", EASY, False), ("hard", HARD, True))


def measure(name: str, stress: Stress, is_tilted: bool, n: int, seed: int) -> dict[str, Any]:
    """Return one setting's figures."""
    site = load_site(ROOT / "sitl" / "demo_site")
    camera = replace(
        site.cameras[0],
        size_px=SIZE_PX,
        focal_px=(FOCAL_PX, FOCAL_PX),
        centre_px=((SIZE_PX[0] - 1) / 2, (SIZE_PX[1] - 1) / 2),
    )
    site = replace(site, cameras=(camera,))
    stock = make_stock(site, seed)
    rng = np.random.default_rng([seed, 61])
    if is_tilted:
        stock = _tilted(stock, rng)
    darkroom = Darkroom(site, stock, camera)
    right, wrong, cpu_s = (dict.fromkeys(WAYS, 0.0) for _ in range(3))
    n_labels, jpeg_s = 0, 0.0
    names = list(WAYS)
    for number in range(n):
        true, record = _station(site, camera, rng)
        frame = develop(darkroom.develop(true, true.site_from_body()[:, 0], seed=number).astype(np.float32), stress, rng)
        data = np.frombuffer(encode_jpeg(frame), dtype=np.uint8)
        started = time.process_time()
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
        jpeg_s += time.process_time() - started
        wanted = _whole_labels(site, stock, camera, true)
        n_labels += len(wanted)
        view = find_face_view(site, record)
        if view is None:
            raise RuntimeError("a station looks at no face")
        for way in names[number % len(names) :] + names[: number % len(names)]:
            started = time.process_time()
            found = WAYS[way](image, site, view)
            cpu_s[way] += time.process_time() - started
            texts = {d.text[2:] for d in found if d.text.startswith("00") and len(d.text) == 20}
            right[way] += len(texts & wanted)
            wrong[way] += len(texts - {load.pallet.sscc for load in stock.standing.values()})
    ways = {}
    for way in names:
        ms = 1000 * cpu_s[way] / n
        ways[way] = {
            "rate": round(right[way] / n_labels, 4),
            "wrong": int(wrong[way]),
            "ms": round(ms, 1),
            "frames_s_core": round(n / (cpu_s[way] + jpeg_s), 1),
            "times_stock": round(cpu_s[STOCK] / cpu_s[way], 2),
            "times_stock_with_jpeg": round((cpu_s[STOCK] + jpeg_s) / (cpu_s[way] + jpeg_s), 2),
        }
    return {
        "setting": name,
        "frames": n,
        "labels": n_labels,
        "px_a_bar": round(camera.px_per_mm(STANDOFF_M) * site.labels.narrowest_bar_mm, 2),
        "jpeg_ms": round(1000 * jpeg_s / n, 1),
        "ways": ways,
    }


def _tilted(stock: Stock, rng: Rng) -> Stock:
    standing = {}
    for code, load in stock.standing.items():
        tilt = 90.0 + rng.normal(0, 3) if rng.random() < 0.1 else float(rng.uniform(-25, 25))
        standing[code] = replace(load, label=replace(load.label, tilt_deg=tilt)) if load.label else load
    return replace(stock, standing=standing)


def _station(site: Site, camera: CameraModel, rng: Rng) -> tuple[Pose, FrameRecord]:
    """Return the true pose of a photo before some bin's label band, and the record that an autopilot would write of it."""
    bins = [b for b in site.layout.bins if b.kind.is_observable]
    b = bins[int(rng.integers(len(bins)))]
    true = _pose_before(site, camera, b, float(rng.uniform(-0.4, 0.4)), rng)
    place = np.asarray(true.position_m) + rng.normal(0.0, SIGMA_M, 3)
    noisy = replace(
        true,
        position_m=(float(place[0]), float(place[1]), float(place[2])),
        roll_deg=true.roll_deg + float(rng.normal(0, 0.3)),
        pitch_deg=true.pitch_deg + float(rng.normal(0, 0.3)),
        heading_deg=true.heading_deg + float(rng.normal(0, 0.4)),
    )
    record = FrameRecord(
        frame="01/000001",
        sortie="01",
        file="",
        camera=camera.side,
        captured_at="2026-01-12T20:00:00Z",
        pose=noisy,
        position_sigma_m=SIGMA_M,
        is_ekf_healthy=True,
    )
    return true, record


def _pose_before(site: Site, camera: CameraModel, b: Bin, aside_m: float, rng: Rng) -> Pose:
    face = site.layout.faces[b.face]
    turn = 90.0 if camera.side == "right" else -90.0
    middle_m = (site.labels.lowest_m + site.labels.highest_m) / 2
    out_m = STANDOFF_M - camera.offset_body_m[2] + abs(camera.offset_body_m[1])
    point = face.point_m(b.along_m + aside_m, b.base_m + middle_m, out_m) + rng.normal(0.0, 0.03, 3)
    return Pose(
        time_s=0.0,
        position_m=(float(point[0]), float(point[1]), float(point[2])),
        roll_deg=float(rng.normal(0, 0.6)),
        pitch_deg=float(rng.normal(0, 0.6)),
        heading_deg=(heading_from_along(-np.asarray(face.outward)) - turn) % 360.0 + float(rng.normal(0, 0.4)),
    )


def _whole_labels(site: Site, stock: Stock, camera: CameraModel, true: Pose) -> set[str]:
    """Return the SSCCs whose whole, untorn sticker the frame shows; by the nearest face only, as a photo does."""
    centre, axis = camera.camera_centre_m(true), camera.site_from_camera(true)[:, 2]
    seen = set()
    for scene in build_scene(site, stock):
        if float(axis @ np.asarray(scene.face.outward)) > -0.5 or float(scene.face.face_coordinates_m(centre)[2]) > 2.5:
            continue
        for sheet in scene.sheets:
            kind, code = sheet.picture
            if kind != "label":
                continue
            px, is_seen = camera.project(true, sheet.corners_m)
            load = stock.standing[code]
            is_inside = bool(is_seen.all()) and bool(((px > 0) & (px < np.array(SIZE_PX) - 1)).all())
            if is_inside and load.label is not None and not load.label.is_torn:
                seen.add(load.pallet.sscc)
    return seen


if __name__ == "__main__":
    main()
