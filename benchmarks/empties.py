"""What is said of bins where no label reads: empty ones, and loads without a sticker of every height, also very low ones.

    python -m benchmarks.empties --seeds 301-303 [--error 0.03] [--loads 24]

Every bin is photographed as a flight would, with errors of the poses, by the simulated camera. Writes
benchmarks/results/empties.json, with the machine and the commit.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe_machine
from sitl.develop import Darkroom, encode_jpeg
from sitl.stock import Stock, make_stock
from vision.bins.looking import BinTask, look_at_bin
from vision.pictures.frame_files import FrameFiles
from warehouse.coordinates import heading_from_along
from warehouse.layout import Bin
from warehouse.poses import FrameRecord, Pose
from warehouse.run_folder import write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

DEMO_SITE = Path(__file__).parents[1] / "sitl" / "demo_site"
RESULTS = Path(__file__).parent / "results"
STANDOFF_M = 1.3
SPACING_M = 0.48
TURN_DEG = 0.5
"""One standard deviation of each angle of attitude that the pose does not know."""
HEIGHTS_M = (0.2, 0.9)
_STEP_M = 0.1


def main() -> None:
    """Photograph and judge the bins of each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="301-303", help="first-last")
    parser.add_argument("--error", type=float, default=0.03, help="metres, one standard deviation per axis")
    parser.add_argument("--loads", type=int, default=24, help="loads without a sticker, a seed")
    args = parser.parse_args()
    first, _, last = args.seeds.partition("-")
    site = load_site(DEMO_SITE)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in range(int(first), int(last or first) + 1):
        for what, said in judge_seed(site, seed, args.error, args.loads):
            counts[what][said] += 1
        print(seed, json.dumps({what: dict(c) for what, c in sorted(counts.items())}), flush=True)
    rows = {what: dict(sorted(c.items())) for what, c in sorted(counts.items())}
    result = {"machine": describe_machine(), "seeds": args.seeds, "error_m": args.error, "said": rows}
    write_atomically(RESULTS / "empties.json", json.dumps(result, indent=1) + "\n")


def judge_seed(site: Site, seed: int, error_m: float, n_loads: int) -> list[tuple[str, str]]:
    """Return (what stands there, what is said) of the empty bins and of loads without a sticker."""
    stock = make_stock(site, seed)
    rng = np.random.default_rng([seed, 71])
    full = [code for code, load in stock.standing.items() if site.layout.bins_by_code[code].kind.is_observable]
    chosen = [str(code) for code in rng.choice(sorted(full), size=min(n_loads, len(full)), replace=False)]
    bare = {code: dataclasses.replace(stock.standing[code], label=None, height_m=float(rng.uniform(*HEIGHTS_M))) for code in chosen}
    stock = dataclasses.replace(stock, standing={**stock.standing, **bare})
    empties = [b.code.text for b in site.layout.bins if b.kind.is_observable and b.code.text not in stock.standing]
    darkroom = Darkroom(site, stock, site.cameras[0])
    said = []
    for code in [*empties, *chosen]:
        b = site.layout.bins_by_code[code]
        with tempfile.TemporaryDirectory() as folder:
            task = BinTask(bin=b, frames=photograph(site, darkroom, b, (error_m, rng), Path(folder)))
            look = look_at_bin(FrameFiles(folder), site, task)
        verdict = "empty" if look.occupancy.is_empty else str(look.occupancy.depth)
        said.append((_what(stock, code), "not sure" if verdict == "far" else verdict))
    return said


def photograph(
    site: Site, darkroom: Darkroom, b: Bin, errors: tuple[float, np.random.Generator], folder: Path
) -> tuple[FrameRecord, ...]:
    """Take the photos of one bin that a lane at the middle of its label band would give; records hold the believed poses.

    `errors` are one standard deviation of a place in metres, and what draws them.
    """
    error_m, rng = errors
    face = site.layout.faces[b.face]
    heading = (heading_from_along(-np.asarray(face.outward)) - 90.0) % 360.0
    out_m = STANDOFF_M + abs(site.cameras[0].offset_body_m[1])
    height = b.base_m + (site.labels.lowest_m + site.labels.highest_m) / 2
    frames = []
    for i, off in enumerate(np.arange(-0.9, 0.9, SPACING_M) + rng.uniform(0, SPACING_M), start=1):
        believed = face.point_m(b.along_m + float(off), height, out_m)
        true = believed + rng.normal(0, error_m, 3)
        turn = rng.normal(0, TURN_DEG, 3)
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


def _what(stock: Stock, code: str) -> str:
    if code not in stock.standing:
        return "nothing"
    low = int(stock.standing[code].height_m / _STEP_M) * _STEP_M
    return f"load of {low:.1f} to {low + _STEP_M:.1f} m"


if __name__ == "__main__":
    main()
