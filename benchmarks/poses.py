"""How many labels are booked to the right bin when the poses are wrong: with and without location tags, corrected and not.

    python -m benchmarks.develop --site SITE --seed 3 --out RUN --position-noise 0
    aislescan read RUN
    python -m benchmarks.poses RUN --seed 3 [--empties] [--models exact,white15,walk15,drift]

RUN is a developed run with exact poses, best of a site with tags (`aislescan site tags SITE`): the figures without tags are then of
the same photos. The recorded poses are disturbed by seeded error models, the records keep what the autopilot claimed. Right, wrong
and unsure count the legible labels that a frame read; unsure is what inventory does not accuse by. With `--empties`, bins are
looked at for emptiness too, which opens the photos. Writes benchmarks/results/poses.json, with the machine and the commit.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import describe_machine
from benchmarks.read import score
from sitl.stock import make_stock
from vision.bins.face_view import find_face_view
from vision.bins.fusing import SeenLabel
from vision.bins.parallax import ShrunkView
from vision.bins.placed_reads import placed_read
from vision.bins.upright_search import find_uprights
from vision.codes.decoded import Decoded
from vision.pictures.frame_files import FrameFiles
from vision.poses.correction import correct_poses
from vision.reading.read_run import fuse_all, read_run, trusted_view
from vision.reads import Read, UprightSeen
from warehouse.observations import SURE, Observation
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.uprights import usual_width_m

RESULTS = Path(__file__).parent / "results"
CLAIMED_M = 0.04
"""What the autopilot says of its error, right or wrong."""
HALF_A_SLOT_M = 0.6
UPRIGHTS_SHRINK = 8
Errors = NDArray[np.float64]


def white(sigma_m: float) -> Callable[[np.random.Generator, Errors], Errors]:
    """Return a model of independent errors (n, 3)."""
    return lambda rng, travelled: rng.normal(0.0, sigma_m, (len(travelled), 3))


def walk(sigma_m: float) -> Callable[[np.random.Generator, Errors], Errors]:
    """Return a model of errors (n, 3) that stay alike over some metres (Ornstein-Uhlenbeck, 3 m)."""

    def model(rng: np.random.Generator, travelled: Errors) -> Errors:
        kept = np.exp(-np.diff(travelled) / 3.0)
        errors = [rng.normal(0.0, sigma_m, 3)]
        for k in kept:
            errors.append(k * errors[-1] + rng.normal(0.0, sigma_m * np.sqrt(1 - k * k), 3))
        return np.array(errors)

    return model


def drift(rng: np.random.Generator, travelled: Errors) -> Errors:
    """Return white errors of 15 cm and a drift that grows to half a slot over the lane, along it and either way."""
    errors = rng.normal(0.0, 0.15, (len(travelled), 3))
    errors[:, 1] += rng.choice([-1.0, 1.0]) * HALF_A_SLOT_M * travelled / max(travelled[-1], 0.1)
    return errors


MODELS: dict[str, tuple[Callable[[np.random.Generator, Errors], Errors], float]] = {
    "exact": (white(0.0), 0.0),
    "white5": (white(0.05), 0.5),
    "white15": (white(0.15), 2.0),
    "walk15": (walk(0.15), 2.0),
    "drift": (drift, 2.0),
}
"""Errors of position (x, y, z; aisles run along y in the demo site), and the largest error of heading in degrees."""


@dataclass(frozen=True)
class Seen:
    """What the photos show, by frame."""

    decoded: dict[str, tuple[Decoded, ...]]
    uprights: dict[str, tuple[UprightSeen, ...]]


def main() -> None:
    """Score every model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--empties", action="store_true")
    args = parser.parse_args()
    run, site = RunFolder.open(args.run), load_site(args.run)
    frames = [f for name in run.sorties() for f in run.read_lines(run.frames_path(name), FrameRecord)]
    found = decodes(run)
    rows = []
    for model in args.models.split(","):
        repeats = [disturbed(frames, model, np.random.default_rng([args.seed, repeat, 15])) for repeat in range(args.repeats)]
        seen = [Seen(found, uprights_in(run, site, wrong)) for wrong in repeats]
        for tagged in (True, False) if site.tags else (False,):
            total: dict[str, float] = {}
            for wrong, what in zip(repeats, seen, strict=True):
                for name, value in compare(site, frames, wrong, what, args.seed, tagged=tagged).items():
                    total[name] = max(total.get(name, 0), value) if name.endswith("max_m") else total.get(name, 0) + value
            n = args.repeats
            row = {k: round(v / n, 4) if k.endswith("p50_m") else round(v, 3) for k, v in total.items()}
            if args.empties:
                row |= empties(run, site, repeats[0], args.seed, tagged=tagged)
            rows.append({"model": model, "tags": tagged, "repeats": n, **row})
            print(json.dumps(rows[-1]), flush=True)
    RESULTS.mkdir(exist_ok=True)
    result = {"machine": describe_machine(), "seed": args.seed, "frames": len(frames), "rows": rows}
    (RESULTS / "poses.json").write_text(json.dumps(result, indent=1) + "\n")


def disturbed(frames: Sequence[FrameRecord], model: str, rng: np.random.Generator) -> list[FrameRecord]:
    """Return the records with wrong poses, lane by lane; they still claim to be right to `CLAIMED_M`."""
    errors_of, turn_deg = MODELS[model]
    changed: list[FrameRecord] = []
    for _, group in groupby(frames, key=lambda f: (round(f.pose.heading_deg / 90), round(f.pose.position_m[2] / 0.7))):
        lane = list(group)
        places = np.array([f.pose.position_m for f in lane])
        travelled = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))])
        errors = errors_of(rng, travelled)
        for f, place in zip(lane, places + errors, strict=True):
            heading = f.pose.heading_deg + float(rng.uniform(-turn_deg, turn_deg))
            pose = replace(f.pose, position_m=(float(place[0]), float(place[1]), float(place[2])), heading_deg=heading)
            changed.append(replace(f, pose=pose, position_sigma_m=CLAIMED_M))
    return changed


def compare(
    site: Site,
    true: Sequence[FrameRecord],
    wrong: Sequence[FrameRecord],
    seen: Seen,
    seed: int,
    *,
    tagged: bool,
) -> dict[str, float]:
    """Return what became of the labels before and after correction, and how far the poses were off."""
    own = replace(site, tags=site.tags if tagged else ())
    found = {name: tuple(d for d in all_of if tagged or not is_tag(site, d)) for name, all_of in seen.decoded.items()}
    corrected = correct_poses(own, wrong, found, seen.uprights).frames
    result: dict[str, float] = {}
    for name, records in (("before", wrong), ("after", corrected)):
        result |= {f"{name}_{k}": v for k, v in booked(own, records, found, seed).items()}
        off = np.array([off_on_face_m(site, a, b) for a, b in zip(true, records, strict=True)])
        claimed = np.array([f.position_sigma_m for f in records])
        result[f"{name}_off_p50_m"] = float(np.nanmedian(off))
        result[f"{name}_off_max_m"] = float(np.nanmax(off))
        result[f"{name}_claimed_p50_m"] = float(np.median(claimed))
        result[f"{name}_beyond_3_sigma"] = int((off > 3 * np.hypot(claimed, 0.02)).sum())
    return result


def off_on_face_m(site: Site, true: FrameRecord, record: FrameRecord) -> float:
    """Return how far along the face the middle of the picture is taken to be from where it is."""
    places = []
    for f in (true, record):
        view = find_face_view(site, f)
        if view is None:
            return float("nan")
        places.append(view.on_face(np.asarray(view.camera.size_px) / 2)[0])
    return abs(float(places[1] - places[0]))


def decodes(run: RunFolder) -> dict[str, tuple[Decoded, ...]]:
    """Return what reading found in each frame of a run that was read."""
    found: dict[str, list[Decoded]] = {}
    for r in run.read_lines(run.require(run.reads_path, made_by=f"aislescan read {run.root}"), Read):
        found.setdefault(r.frame, []).append(
            Decoded(symbology=r.symbology, text=r.text, corners_px=r.corners_px, engine=r.engine, variant=r.variant)
        )
    return {name: tuple(all_of) for name, all_of in found.items()}


def uprights_in(run: RunFolder, site: Site, records: Sequence[FrameRecord]) -> dict[str, tuple[UprightSeen, ...]]:
    """Return the uprights that each photo shows to who believes the poses of the `records`."""
    files = FrameFiles(str(run.root.resolve()))
    found = {}
    for f in records:
        if (view := find_face_view(site, f)) is not None:
            width_m = usual_width_m(site.layout.bins_of_face(view.face.name))
            shrunk = ShrunkView(view, files.grey(f.file, shrink=UPRIGHTS_SHRINK), UPRIGHTS_SHRINK)
            found[f.frame] = find_uprights(shrunk, width_m=width_m)
    return found


def is_tag(site: Site, d: Decoded) -> bool:
    """Return whether a decode is of a location tag."""
    return any((t.symbology, t.text) == (d.symbology, d.text) for t in site.tags)


def booked(site: Site, records: Sequence[FrameRecord], found: dict[str, tuple[Decoded, ...]], seed: int) -> dict[str, int]:
    """Count the legible labels by what they are booked as."""
    stock = make_stock(site, seed)
    observable = {b.code.text for b in site.layout.bins if b.kind.is_observable}
    home: dict[str, set[str]] = {}
    for code, load in stock.standing.items():
        if code in observable and load.label and not load.label.is_torn:
            home.setdefault(load.pallet.sscc, set()).add(code)
    n_right = n_wrong = n_unsure_right = n_unsure_wrong = 0
    for label in labels_of(site, records, found):
        right = label.place.location in home.get(label.pallet.value, set())
        sure = label.confidence >= SURE
        n_right += right and sure
        n_wrong += not right and sure
        n_unsure_right += right and not sure
        n_unsure_wrong += not right and not sure
    return {
        "legible": sum(map(len, home.values())),
        "right": n_right,
        "wrong": n_wrong,
        "unsure_right": n_unsure_right,
        "unsure_wrong": n_unsure_wrong,
    }


def labels_of(site: Site, records: Sequence[FrameRecord], found: dict[str, tuple[Decoded, ...]]) -> list[SeenLabel]:
    """Return the labels that reading books, without looking closely at any bin."""
    views = {f.frame: v for f in records if (v := trusted_view(site, f)) is not None}
    reads = [placed_read(site, f, views.get(f.frame), d) for f in records for d in found.get(f.frame, ())]
    return list(fuse_all(site, views, reads).labels)


def empties(run: RunFolder, site: Site, wrong: Sequence[FrameRecord], seed: int, *, tagged: bool) -> dict[str, Any]:
    """Read the run with the wrong poses from a copy, and count the bins that are proven empty."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "site"
        root.mkdir()
        for name in ("site.toml", "layout.csv", *(("tags.csv",) if tagged else ())):
            shutil.copy(run.root / name, root / name)
        copy = RunFolder.create(Path(folder) / "run", root)
        for name in run.sorties():
            copy.sortie(name).mkdir(parents=True)
            (copy.sortie(name) / "frames").symlink_to((run.sortie(name) / "frames").resolve())
            copy.write_lines(copy.frames_path(name), [f for f in wrong if f.sortie == name])
        own = load_site(copy.root)
        read_run(copy, own, workers=1)
        observations = list(copy.read_lines(copy.observations_path, Observation))
    figures = score(own, make_stock(own, seed), observations)
    return {k: figures[k] for k in ("empties", "empties_found", "false_empties", "unseen", "unreadable")}


if __name__ == "__main__":
    main()
