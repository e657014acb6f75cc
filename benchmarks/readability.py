"""Are the labels that the planner calls readable read, and those that it calls unreadable not?

    python -m benchmarks.readability [--sites 60] [--seed 1] [--workers 2] [--symbology Code128] [--rows readability.jsonl]

Each site is the demo's rack with a drone, a camera and labels drawn by lot: lenses too short and just right, lamps and strobes,
bars from 0.25 to 1.2 mm, lenses out of focus. Labels of locations that are planned are photographed by the simulated warehouse's
own camera from the planned places, as a drone strays from them; defocus comes on top, by the formula of a thin lens written here
a second time. Labels of locations that are *not* planned because of their readability are photographed as well as that drone
could: as slowly as it can fly, from the nearest and from the farthest place that its rotors allow, with the whole label in the
picture. All frames are JPEG, decoded with the recorded pose as guide and, where that finds nothing, by the whole ladder on the
location's part of the frame. Few labels of many sites are looked at, as those of one site are read, or not, together; only they
and the loads beside them stand in the rack, so that no time is spent on others.

Wanted: at least 99.5 % of the labels called readable are read, at most 50 % of those called unreadable.
Writes benchmarks/results/readability.json, with the machine and the commit.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from multiprocessing import Pool
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.readability_sites import draw_site, placed_anywhere
from mission.planning.lanes import lane_heading_deg, photo_poses
from mission.planning.planner import make_plan
from mission.records import Lane, LaneView
from sitl.develop import Darkroom, encode_jpeg
from sitl.scene import build_scene
from sitl.stock import Stock, make_stock
from vision.bins.face_view import FaceView, Rect, find_face_view, label_band
from vision.bins.looking import decode_frame
from vision.codes.decode import decode
from warehouse.camera import CameraModel
from warehouse.layout import Bin
from warehouse.poses import FrameRecord, Pose
from warehouse.site import Site

RESULTS = Path(__file__).parent / "results"
MOST_PHOTOS = 3
"""Of one label; more are not looked at."""
BINS_A_SITE = 2
"""That are planned, and as many that are not."""
NEIGHBOURS_M = 2.0
SLOWEST_MPS = 0.1
JUDGED = ("pixels", "focus", "blur", "photos", "picture", "upright")
"""What makes a location unreadable, against what keeps the drone from it."""


_Item = TypeVar("_Item")
_Drawn = tuple[int, int, str]
"""Seed, number and symbology of a site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One label: what the planner said, and whether it was read."""

    symbology: str
    limit: str
    """Empty: called readable."""
    ratio: float
    """Pixels a bar over the pixels needed, as planned; 0 where not planned."""
    n_photos: int
    is_read: bool


def main() -> None:
    """Plan, photograph, read, compare and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=60, help="of each symbology")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--symbology", choices=["Code128", "QRCode", "DataMatrix"], action="append")
    parser.add_argument("--rows", type=Path, help="One JSON line a site; a run that was broken off goes on behind them.")
    args = parser.parse_args()
    symbologies = args.symbology or ["Code128", "QRCode", "DataMatrix"]
    drawn = [(args.seed, number, symbology) for number in range(args.sites) for symbology in symbologies]
    known = _kept(args.rows)
    left = [key for key in drawn if key not in known]
    with Pool(args.workers) as pool:
        for key, found in pool.imap_unordered(_judged, left):
            known[key] = found
            if args.rows is not None:
                with args.rows.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps({"drawn": key, "verdicts": [asdict(v) for v in found]}) + "\n")
            print(f"\r{len(known)} of {len(drawn)} sites", end="", flush=True)
    verdicts = [verdict for key in drawn for verdict in known[key]]
    rows = [_row(symbology, verdicts) for symbology in dict.fromkeys(v.symbology for v in verdicts)]
    rows.append(_row("all", verdicts))
    print("\n| symbology | called readable | of them read | called unreadable | of them read | by limit (read / called) |")
    print("|---" * 6 + "|")
    for row in rows:
        limits = ", ".join(f"{name} {read}/{n}" for name, (read, n) in row["limits"].items())
        print(
            f"| {row['symbology']} | {row['readable']} | {100 * row['readable_read']:.2f} % | {row['unreadable']}"
            f" | {100 * row['unreadable_read']:.1f} % | {limits} |"
        )
    RESULTS.mkdir(exist_ok=True)
    result = {"machine": describe_machine(), "sites": args.sites, "seed": args.seed, "rows": rows}
    (RESULTS / "readability.json").write_text(json.dumps(result, indent=1) + "\n")


def _kept(path: Path | None) -> dict[_Drawn, list[Verdict]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else []
    rows = [json.loads(line) for line in lines if line.endswith("}")]  # the last may be cut
    return {tuple(row["drawn"]): [Verdict(**v) for v in row["verdicts"]] for row in rows}


def _judged(drawn: _Drawn) -> tuple[_Drawn, list[Verdict]]:
    """Return the verdicts on the site of that seed, number and symbology."""
    seed, number, symbology = drawn
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, number, len(symbology)])
    return drawn, judge(draw_site(rng, symbology), rng, seed=number)


def _row(symbology: str, verdicts: list[Verdict]) -> dict[str, Any]:
    mine = [v for v in verdicts if symbology in ("all", v.symbology)]
    yes, no = [v for v in mine if not v.limit], [v for v in mine if v.limit]
    called, read = Counter(v.limit for v in no), Counter(v.limit for v in no if v.is_read)
    return {
        "symbology": symbology,
        "readable": len(yes),
        "readable_read": round(sum(v.is_read for v in yes) / max(1, len(yes)), 5),
        "readable_in_two_photos": round(sum(v.n_photos >= 2 for v in yes) / max(1, len(yes)), 5),
        "readable_with_little_margin": sum(v.ratio < 1.25 for v in yes),
        "readable_with_little_margin_read": sum(v.is_read for v in yes if v.ratio < 1.25),
        "unreadable": len(no),
        "unreadable_read": round(sum(v.is_read for v in no) / max(1, len(no)), 5),
        "limits": {name: (read[name], n) for name, n in called.items()},
    }


def judge(site: Site, rng: np.random.Generator, *, seed: int) -> list[Verdict]:
    """Return the verdicts on some labels of one site."""
    stock = placed_anywhere(site, make_stock(site, seed), rng)
    plan = make_plan(site)
    symbology, verdicts = site.labels.symbologies[0], []
    seen = [(lane, view, code) for s in plan.sorties for lane in s.lanes for view in lane.views for code in view.must_see]
    seen = _some([item for item in seen if item[2] in stock.standing], rng)
    lost = _some([(u.location, u.bound_by) for u in plan.uncovered if u.bound_by in JUDGED and u.location in stock.standing], rng)
    stock = _about(site, stock, {code for _, _, code in seen} | {code for code, _ in lost})
    developer = _Developer(site, stock, site.cameras[0], rng)
    for lane, view, code in seen:
        n_photos, is_read = developer.read(code, _flown(lane, view, rng))
        ratio = view.px_per_bar / view.needed_px
        verdicts.append(Verdict(symbology=symbology, limit="", ratio=ratio, n_photos=n_photos, is_read=is_read))
    for code, limit in lost:
        n_photos, is_read = developer.read(code, _as_well_as_it_can(site, developer, code, rng))
        if n_photos:
            verdicts.append(Verdict(symbology=symbology, limit=limit, ratio=0.0, n_photos=n_photos, is_read=is_read))
    return verdicts


def _some(items: Sequence[_Item], rng: np.random.Generator) -> list[_Item]:
    return [items[int(i)] for i in rng.permutation(len(items))[:BINS_A_SITE]]


def _about(site: Site, stock: Stock, codes: Iterable[str]) -> Stock:
    """Return the stock with only these locations and those beside them filled."""
    bins = site.layout.bins_by_code
    wanted = [bins[code] for code in codes]
    kept = {
        code: load
        for code, load in stock.standing.items()
        if any(bins[code].face == b.face and math.dist(bins[code].centre_m, b.centre_m) <= NEIGHBOURS_M for b in wanted)
    }
    return replace(stock, standing=kept)


Shot = tuple[Pose, np.ndarray[Any, np.dtype[np.float64]]]
"""True pose and velocity (3,)."""


def _flown(lane: Lane, view: LaneView, rng: np.random.Generator) -> list[Shot]:
    """Return the photos of a lane as flown: 99 of 100 within 6 cm, 5 cm in height, 2 degrees of roll, 3 of pitch."""
    start, end = np.asarray(lane.start_m), np.asarray(lane.end_m)
    forward = (end - start) / np.linalg.norm(end - start)
    drift = rng.normal(0, np.array([0.06, 0.06, 0.05]) / 2.58)
    shots = []
    for planned in photo_poses(lane):
        place = np.asarray(planned.position_m) + drift + forward * rng.uniform(0, 0.02) * lane.speed_mps
        roll, pitch, yaw = rng.normal(0, np.array([2.0, 3.0, 0.6]) / 2.58)
        pose = _pose(place, float(roll), float(pitch), (planned.heading_deg + float(yaw)) % 360)
        shots.append((pose, forward * lane.speed_mps + rng.normal(0, 0.07 / 2.58, 3)))
    return shots


def _as_well_as_it_can(site: Site, developer: _Developer, code: str, rng: np.random.Generator) -> list[Shot]:
    """Return photos straight before the label, from the nearest and from the farthest place, at the slowest speed."""
    b = site.layout.bins_by_code[code]
    face = site.layout.faces[b.face]
    room, width = site.drone.radius_m + site.drone.clearance_m, site.layout.aisle(face.aisle).width_m
    along, height, _ = face.face_coordinates_m(developer.corners_m[code].mean(axis=0))
    along_face = np.asarray(face.along)
    return [
        (
            _pose(face.point_m(along + aside, height, outward), 0.0, 0.0, lane_heading_deg(face, site.cameras[0])),
            SLOWEST_MPS * along_face + rng.normal(0, 0.07 / 2.58, 3),
        )
        for outward in (room, width - room)
        for aside in (0.0, 0.02)
    ]


def _pose(place: np.ndarray[Any, np.dtype[np.float64]], roll: float, pitch: float, heading: float) -> Pose:
    x, y, z = (float(v) for v in place)
    return Pose(time_s=0.0, position_m=(x, y, z), roll_deg=roll, pitch_deg=pitch, heading_deg=heading)


class _Developer:
    """Photographs labels of one site and reads them."""

    def __init__(self, site: Site, stock: Stock, camera: CameraModel, rng: np.random.Generator) -> None:
        self._site, self._stock, self._camera, self._rng = site, stock, camera, rng
        self._darkroom = Darkroom(site, stock, camera)
        self.corners_m = {
            sheet.picture[1]: sheet.corners_m
            for scene in build_scene(site, stock)
            for sheet in scene.sheets
            if sheet.picture[0] == "label"
        }
        """(4, 3) of the sticker of each location."""

    def read(self, code: str, shots: list[Shot]) -> tuple[int, bool]:
        """Return how many of the photos hold the whole label, MOST_PHOTOS at most, and whether one of them gives it."""
        n_photos, is_read = 0, False
        for pose, velocity in shots:
            if n_photos < MOST_PHOTOS and self._holds(pose, code):
                n_photos += 1
                is_read = is_read or self._is_read(pose, velocity, code)
        return n_photos, is_read

    def _holds(self, pose: Pose, code: str) -> bool:
        px, is_seen = self._camera.project(pose, self.corners_m[code])
        return bool(is_seen.all()) and bool(((px > 0) & (px < np.array(self._camera.size_px) - 1)).all())

    def _is_read(self, pose: Pose, velocity: np.ndarray[Any, np.dtype[np.float64]], code: str) -> bool:
        frame = self._darkroom.develop(pose, velocity, seed=int(self._rng.integers(2**31)))
        disc = self._disc_px(pose, code)
        if disc > 0.3:
            frame = np.asarray(cv2.filter2D(frame, -1, _disc(disc)), dtype=np.uint8)
        image = np.asarray(cv2.imdecode(np.frombuffer(encode_jpeg(frame), dtype=np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
        sscc = self._stock.standing[code].pallet.sscc
        view = find_face_view(self._site, self._recorded(pose))
        if any(sscc in found.text for found in decode_frame(image, self._site, view)):
            return True
        return any(
            sscc in found.text
            for crop in self._crops(image, view, code)
            for found in decode(crop, symbologies=self._site.symbologies)
        )

    def _crops(self, image: np.ndarray[Any, np.dtype[np.uint8]], view: FaceView | None, code: str) -> Iterator[Any]:
        """Yield the part of the frame where labels of the location may hang, by the recorded pose."""
        b: Bin = self._site.layout.bins_by_code[code]
        band = label_band(b, self._site.labels.lowest_m, self._site.labels.highest_m)
        grown = Rect(
            along_m=(band.along_m[0] - 0.1, band.along_m[1] + 0.1), height_m=(band.height_m[0] - 0.1, band.height_m[1] + 0.1)
        )
        box = view.window_px(grown) if view is not None else None
        if box is not None:
            yield image[box[1] : box[3], box[0] : box[2]]

    def _recorded(self, pose: Pose) -> FrameRecord:
        place = np.asarray(pose.position_m) + self._rng.normal(0, 0.025, 3)
        noisy = replace(pose, position_m=(float(place[0]), float(place[1]), float(place[2])))
        return FrameRecord(
            frame="01/000001",
            sortie="01",
            file="",
            camera=self._camera.side,
            captured_at="2026-01-12T20:00:00Z",
            pose=noisy,
            position_sigma_m=0.025,
            is_ekf_healthy=True,
        )

    def _disc_px(self, pose: Pose, code: str) -> float:
        """Return the diameter in pixels of the disc that a point of the label becomes: similar triangles behind a thin lens."""
        camera = self._camera
        if camera.f_number is None or camera.pixel_um is None or camera.focus_m is None:
            return 0.0
        away = self.corners_m[code].mean(axis=0) - camera.camera_centre_m(pose)
        distance = float(away @ camera.site_from_camera(pose)[:, 2])
        focal = camera.focal_px[0] * camera.pixel_um * 1e-6
        sensor = 1 / (1 / focal - 1 / camera.focus_m)
        image = 1 / (1 / focal - 1 / distance)
        return abs(image - sensor) / image * focal / camera.f_number / (camera.pixel_um * 1e-6)


def _disc(diameter_px: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return an even disc as a kernel, its rim shared out among the pixels that it crosses."""
    reach = math.ceil(diameter_px / 2)
    fine = (np.arange((2 * reach + 1) * 8) + 0.5) / 8 - reach - 0.5
    inside = (np.hypot(fine[:, None], fine[None]) <= diameter_px / 2).astype(np.float32)
    kernel = inside.reshape(2 * reach + 1, 8, 2 * reach + 1, 8).sum(axis=(1, 3))
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


if __name__ == "__main__":
    main()
