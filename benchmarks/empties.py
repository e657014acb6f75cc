"""What is said of bins where no label reads: empty ones, and loads without a sticker of every height, also very low ones, and
ones that stand at the rear.

    python -m benchmarks.empties --seeds 301-303 [--error 0.03] [--jitter 0.01] [--loads 24] [--low 1]

Every bin is photographed as a flight would, with errors of the poses, by the simulated camera. With --jitter the photos of a bin
share their error but for so much, and the reader was told, as the labels of a run tell it. Writes benchmarks/results/empties.json,
or empties-steady.json, after each seed, with the machine and the commit.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe_machine
from sitl.develop import Darkroom, encode_jpeg
from sitl.stock import DECK_M, Finish, Load, make_stock
from vision.bins.bin_files import BinFile
from vision.bins.looking import BinLook, BinTask, look_at_bin
from vision.bins.observing import observe
from vision.pictures.frame_files import FrameFiles
from vision.poses.errors import ErrorModel
from warehouse.coordinates import heading_from_along
from warehouse.layout import Bin
from warehouse.observations import SURE, ObservationStatus
from warehouse.poses import FrameRecord, Pose
from warehouse.run_folder import write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

SHARP_SITE = Path(__file__).parent / "sites" / "sharp"
RESULTS = Path(__file__).parent / "results"
STANDOFF_M = 1.3
SPACING_M = 0.33
TURN_DEG = 0.5
"""One standard deviation of each angle of attitude that the pose does not know."""
JITTER_DEG = 0.05
"""So much of it changes from photo to photo of a steady flight (0.02 to 0.07 degrees on a real ArduCopter)."""
STEADY = ErrorModel(recorded_m=0.03, white_m=0.01, short_m=0.0, drift_m=0.0, upward_m=0.01, rise_m=0.0, heading_rad=0.005)
"""What `vision.poses.errors.fit` makes of such flights."""
Errors = tuple[float, float | None]
"""One standard deviation of a place in metres, and how much of it changes from photo to photo; None: all of it."""
HEIGHTS_M = (0.2, 0.9)
_STEP_M = 0.1


def main() -> None:
    """Photograph and judge the bins of each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="301-303", help="first-last")
    parser.add_argument("--error", type=float, default=0.03, help="metres, one standard deviation per axis")
    parser.add_argument("--jitter", type=float, help="metres, from photo to photo; without it the whole error is")
    parser.add_argument("--loads", type=int, default=24, help="loads of any height without a sticker, a seed")
    parser.add_argument("--low", type=int, default=1, help="loads of each low or deep kind, a seed")
    args = parser.parse_args()
    first, _, last = args.seeds.partition("-")
    site = load_site(SHARP_SITE)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in range(int(first), int(last or first) + 1):
        for what, said in judge_seed(site, seed, (args.error, args.jitter), args.loads, args.low):
            counts[what][said] += 1
        print(seed, json.dumps({what: dict(c) for what, c in sorted(counts.items())}), flush=True)
        rows = {what: dict(sorted(c.items())) for what, c in sorted(counts.items())}
        result = {
            "machine": describe_machine(),
            "seeds": f"{first}-{seed}",
            "error_m": args.error,
            "jitter_m": args.jitter,
            "said": rows,
        }
        name = "empties.json" if args.jitter is None else "empties-steady.json"
        write_atomically(RESULTS / name, json.dumps(result, indent=1) + "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A load without a sticker, of a height, a look, a size and a place of its own."""

    name: str
    height_m: float
    finish: Finish = Finish.CARTONS
    width_share: float = 1.0
    """Of the width of the load that stands there otherwise."""
    side: int = 0
    """-1: at the left of its bin, 1: at the right, as seen from the aisle."""
    depth_m: float | None = None
    """None: nearly as deep as the bin."""
    is_at_rear: bool = False


LOW_KINDS = (
    Kind(name="empty pallet", height_m=DECK_M, finish=Finish.BOARDS),
    *(Kind(name=f"{height_m:.2f} m, cartons", height_m=height_m) for height_m in (0.15, 0.2, 0.25, 0.3)),
    *(Kind(name=f"{height_m:.2f} m, pale film", height_m=height_m, finish=Finish.PALE_FILM) for height_m in (0.15, 0.2, 0.3)),
    *(Kind(name=f"{height_m:.2f} m, dark film", height_m=height_m, finish=Finish.DARK_FILM) for height_m in (0.15, 0.2, 0.3)),
    Kind(name="0.20 m, 0.8 m deep, at the rear", height_m=0.2, depth_m=0.8, is_at_rear=True),
    Kind(name="0.20 m, 0.8 m deep, at the front", height_m=0.2, depth_m=0.8),
    Kind(name="0.20 m, half as wide, left", height_m=0.2, width_share=0.5, side=-1),
    Kind(name="0.20 m, half as wide, right", height_m=0.2, width_share=0.5, side=1),
    Kind(name="0.20 m, 0.4 m deep, at the rear", height_m=0.2, depth_m=0.4, is_at_rear=True),
    Kind(name="0.20 m, 0.4 m deep, at the front", height_m=0.2, depth_m=0.4),
    *(
        Kind(name=f"0.90 m, {depth_m} m deep, at the rear", height_m=0.9, depth_m=depth_m, is_at_rear=True)
        for depth_m in (0.2, 0.3, 0.4)
    ),
    Kind(name="0.90 m, 0.3 m deep, at the rear, half as wide", height_m=0.9, depth_m=0.3, is_at_rear=True, width_share=0.5, side=1),
)


def judge_seed(site: Site, seed: int, errors: Errors, n_loads: int, n_low: int) -> list[tuple[str, str]]:
    """Return (what stands there, what is said) of the empty bins, of loads without a sticker, and of `n_low` of each low kind."""
    said = []
    error_m, jitter_m = errors
    model = None if jitter_m is None else replace(STEADY, recorded_m=error_m, white_m=jitter_m)
    for what, b, darkroom, rng in bins_to_judge(site, seed, n_loads, n_low):
        with tempfile.TemporaryDirectory() as folder:
            task = BinTask(bin=b, frames=photograph(site, darkroom, b, (errors, rng), Path(folder)), model=model)
            look = look_at_bin(FrameFiles(folder), site, task)
        said.append((what, said_of(site, b, look)))
    return said


def bins_to_judge(site: Site, seed: int, n_loads: int, n_low: int) -> Iterator[tuple[str, Bin, Darkroom, np.random.Generator]]:
    """Yield what stands in a bin, the bin, who photographs it, and what draws the errors; empty bins first."""
    stock = make_stock(site, seed)
    rng = np.random.default_rng([seed, 71])
    full = sorted(code for code, load in stock.standing.items() if site.layout.bins_by_code[code].kind.is_observable)
    empties = [b.code.text for b in site.layout.bins if b.kind.is_observable and b.code.text not in stock.standing]
    chosen = [str(code) for code in rng.choice(full, size=min(n_loads + n_low * len(LOW_KINDS), len(full)), replace=False)]
    kinds = [Kind(name="", height_m=float(rng.uniform(*HEIGHTS_M))) for _ in range(n_loads)] + list(LOW_KINDS) * n_low
    planted = dict(zip(chosen, kinds, strict=False))
    bare = {code: _load(site.layout.bins_by_code[code], stock.standing[code], kind) for code, kind in planted.items()}
    darkroom = Darkroom(site, dataclasses.replace(stock, standing={**stock.standing, **bare}), site.cameras[0])
    for code in empties:
        yield "nothing", site.layout.bins_by_code[code], darkroom, np.random.default_rng([seed, 72, empties.index(code)])
    for i, (code, kind) in enumerate(planted.items()):
        low = int(kind.height_m / _STEP_M) * _STEP_M
        name = kind.name or f"load of {low:.1f} to {low + _STEP_M:.1f} m"
        yield name, site.layout.bins_by_code[code], darkroom, np.random.default_rng([seed, 73, i])


def _load(b: Bin, load: Load, kind: Kind) -> Load:
    width_m = load.width_m * kind.width_share
    depth_m = load.depth_m if kind.depth_m is None else kind.depth_m
    return dataclasses.replace(
        load,
        label=None,
        height_m=kind.height_m,
        finish=kind.finish,
        is_wrapped=load.is_wrapped and kind.finish is not Finish.BOARDS,
        width_m=width_m,
        depth_m=depth_m,
        right_m=kind.side * (b.width_m - width_m - 0.04) / 2 if kind.side else load.right_m,
        setback_m=b.depth_m - depth_m - 0.02 if kind.is_at_rear else load.setback_m,
    )


def said_of(site: Site, b: Bin, look: BinLook) -> str:
    """Return the status of the bin in which nothing but `look` speaks; `empty` that is unsure accuses nobody."""
    observation = observe(site, BinFile(bin=b, seen_share=1.0, look=look), {})
    is_unsure = observation.status is ObservationStatus.EMPTY and observation.confidence < SURE
    return "empty, unsure" if is_unsure else str(observation.status)


def photograph(
    site: Site, darkroom: Darkroom, b: Bin, chance: tuple[Errors, np.random.Generator], folder: Path
) -> tuple[FrameRecord, ...]:
    """Take the photos of one bin that a lane at the middle of its label band would give; records hold the believed poses.

    `chance` is how large errors are, and what draws them.
    """
    (error_m, jitter_m), rng = chance
    shared, shared_turn = np.zeros(3), np.zeros(3)
    if jitter_m is not None:
        shared, shared_turn = rng.normal(0, math.sqrt(max(error_m**2 - jitter_m**2, 0.0)), 3), rng.normal(0, TURN_DEG, 3)
    face = site.layout.faces[b.face]
    heading = (heading_from_along(-np.asarray(face.outward)) - 90.0) % 360.0
    out_m = STANDOFF_M + abs(site.cameras[0].offset_body_m[1])
    height = b.base_m + (site.labels.lowest_m + site.labels.highest_m) / 2
    frames = []
    for i, off in enumerate(np.arange(-0.9, 0.9, SPACING_M) + rng.uniform(0, SPACING_M), start=1):
        believed = face.point_m(b.along_m + float(off), height, out_m)
        true = believed + shared + rng.normal(0, error_m if jitter_m is None else jitter_m, 3)
        turn = shared_turn + rng.normal(0, TURN_DEG if jitter_m is None else JITTER_DEG, 3)
        record = FrameRecord(
            frame=f"01/{i:06d}",
            sortie="01",
            file=f"{i:06d}.jpg",
            camera=site.cameras[0].side,
            captured_at="2026-01-12T20:00:00Z",
            pose=_pose(believed, heading, np.zeros(3)),
            position_sigma_m=error_m,
            is_ekf_healthy=True,
        )
        picture = darkroom.develop(_pose(true, heading, turn), (0.0, 0.0, 0.0), seed=int(rng.integers(1 << 30)))
        write_atomically(folder / record.file, encode_jpeg(picture))
        frames.append(record)
    return tuple(frames)


def _pose(position: Any, heading_deg: float, turn_deg: Any) -> Pose:
    x, y, z = (float(v) for v in position)
    roll, pitch, yaw = (float(v) for v in turn_deg)
    return Pose(time_s=0.0, position_m=(x, y, z), roll_deg=roll, pitch_deg=pitch, heading_deg=heading_deg + yaw)


if __name__ == "__main__":
    main()
