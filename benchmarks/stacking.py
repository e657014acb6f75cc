"""Labels that no single frame reads: what stacking the bars of several frames reads in addition.

    python -m benchmarks.stacking [--labels 40] [--only WORD]

Every label is photographed 3 to 5 times under one condition, with its own yaw, roll, light, glare and place between the pixels each
time, and with a pose error of 3 cm. Each frame is read by the whole ladder first, and stacked only where none of them reads, as the
reading stage does. Writes benchmarks/results/stacking.json, with the machine and the commit.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.stress import INK, MODULE_MM, PAPER, Picture, Rng, Sticker, Stress, photograph, random_sscc, sticker
from vision.codes.decode import decode
from vision.codes.stacking import BarsSeen, bar_regions, read_stacked, straighten
from warehouse.pallet_ids import check_digit
from warehouse.site import LabelRules

RESULTS = Path(__file__).parent / "results"
SYMBOLOGY = "Code128"
RULES = LabelRules(
    symbologies=(SYMBOLOGY,), narrowest_bar_mm=MODULE_MM[SYMBOLOGY], width_mm=148.0, height_mm=105.0, lowest_m=0.4, highest_m=0.8
)
POSE_SIGMA_M = 0.03
REACH_M = 0.1
_YAW_SPREAD_DEG = 8.0
_ROLL_SPREAD_DEG = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One row of the table."""

    name: str
    stress: Stress
    bar_glare: float = 0.0
    """Width of a blob of glare over the whole height of the bars, in lengths of the symbol; each frame has it elsewhere."""
    n_labels: int = 1
    """Two: the frames show one of two labels by turns, whose numbers differ in the last digits only."""


CONDITIONS = (
    Condition(name="glare over 15 % of the bars", stress=Stress(px_per_module=2.0, noise=4.0), bar_glare=0.15),
    Condition(name="glare over 30 % of the bars", stress=Stress(px_per_module=2.0, noise=4.0), bar_glare=0.3),
    Condition(
        name="drone at 2.5 px, glare over 15 % of the bars",
        stress=Stress(px_per_module=2.5, blur_px=0.8, motion_px=2.0, noise=6.0),
        bar_glare=0.15,
    ),
    Condition(name="0.7 px a module", stress=Stress(px_per_module=0.7)),
    Condition(name="0.9 px a module, noise 15, contrast 30 %", stress=Stress(px_per_module=0.9, noise=15.0, contrast=0.3)),
    Condition(name="1.2 px a module, noise 25, contrast 30 %", stress=Stress(px_per_module=1.2, noise=25.0, contrast=0.3)),
    Condition(name="1.8 px a module, noise 25, contrast 15 %", stress=Stress(px_per_module=1.8, noise=25.0, contrast=0.15)),
    Condition(name="motion 5 across the bars", stress=Stress(px_per_module=2.0, motion_px=5.0, noise=4.0)),
    Condition(name="drone hard at 1.8 px", stress=Stress(px_per_module=1.8, blur_px=1.0, motion_px=3.0, noise=10.0, contrast=0.5)),
    Condition(name="frames of two labels, glare", stress=Stress(px_per_module=2.0, noise=4.0), bar_glare=0.15, n_labels=2),
)


def frames_of(condition: Condition, labels: Sequence[Sticker], rng: Rng, n_frames: int) -> list[Picture]:
    """Return `n_frames` pictures of a label, or of several by turns."""
    starts = (rng.random() + np.arange(n_frames) * 0.618) % 1.0
    pictures = []
    for i in range(n_frames):
        yaw, roll = float(rng.normal(10, _YAW_SPREAD_DEG)), float(rng.normal(0, _ROLL_SPREAD_DEG))
        stress = replace(condition.stress, yaw_deg=yaw, roll_deg=roll)
        label = labels[i % len(labels)]
        if condition.bar_glare:
            label = with_bar_glare(label, condition.bar_glare, float(starts[i]))
        pictures.append(photograph(label, SYMBOLOGY, stress, rng, margin=0.3))
    return pictures


def with_bar_glare(label: Sticker, share: float, start: float) -> Sticker:
    """Return the sticker with a soft white blob over the whole height of its bars, `share` of their length wide."""
    left, top, right, bottom = label.symbol_px
    length, height = right - left, bottom - top
    middle = left + length * (share / 2 + (1 - share) * start), (top + bottom) / 2
    y, x = np.mgrid[0 : label.art.shape[0], 0 : label.art.shape[1]].astype(np.float32)
    off = np.hypot((x - middle[0]) / (share * length / 2), (y - middle[1]) / height)
    art = label.art + (2 * (PAPER - INK) * np.clip(1.15 - off, 0, 0.5) / 0.5).astype(np.float32)
    return Sticker(np.clip(art, 0, 255).astype(np.uint8), label.symbol_px)


def see(frame: str, picture: Picture, px_per_module: float, rng: Rng, *, shift_m: float = 0.0) -> list[BarsSeen]:
    """Return the bars that a frame shows, as a pose that is wrong by `POSE_SIGMA_M` places them, `shift_m` along the face."""
    px_per_mm = px_per_module / MODULE_MM[SYMBOLOGY]
    error = rng.normal(0, POSE_SIGMA_M / 2**0.5, 2)
    seen = []
    for region in bar_regions(picture, px_per_mm=px_per_mm, rules=RULES):
        off = (np.array(region.centre_px) - np.array(picture.shape[::-1]) / 2) / px_per_mm / 1000
        place = float(off[0] + error[0] + shift_m), float(-off[1] + error[1])
        seen.append(straighten(frame, picture, region, px_per_mm=px_per_mm, place_m=place, rules=RULES, corner_px=(0, 0)))
    return seen


def ssccs(rng: Rng, n: int) -> Iterator[str]:
    """Yield numbers that a shipper gives to one pallet after the other."""
    first = random_sscc(rng)[:-1]
    for i in range(n):
        payload = f"{(int(first) + 37 * i) % 10**17:017d}"
        yield payload + check_digit(payload)


def judge(condition: Condition, seed: int, n_labels: int) -> dict[str, Any]:
    """Return one row of the table."""
    rng = np.random.default_rng([20261124, seed])
    single = stacked = twice = wrong = n_stacks = n_bars = 0
    cpu_s = 0.0
    for i in range(n_labels):
        numbers = list(ssccs(rng, condition.n_labels))
        labels = [sticker(SYMBOLOGY, f"[00]{number}") for number in numbers]
        pictures = frames_of(condition, labels, rng, 3 + i % 3)
        seen_rng = np.random.default_rng([20261125, seed, i])
        if any(d.text in {f"00{n}" for n in numbers} for picture in pictures for d in decode(picture, symbologies=(SYMBOLOGY,))):
            single += 1
            continue
        start = time.process_time()
        seen = [s for k, p in enumerate(pictures) for s in see(f"{k}", p, condition.stress.px_per_module, seen_rng)]
        found = read_stacked(seen, RULES, reach_m=REACH_M)
        cpu_s += time.process_time() - start
        n_stacks += 1
        n_bars += len({s.frame for s in seen}) >= 2
        is_right = [d.text == f"00{numbers[int(frame) % condition.n_labels]}" for frame, d in found]
        wrong += is_right.count(False)
        stacked += any(is_right)
        twice += len(found) >= 2
    return {
        "condition": condition.name,
        "labels": n_labels,
        "read_by_a_frame": single,
        "bars_in_two_frames": n_bars,
        "read_by_stacking": stacked,
        "of_these_for_two_frames": twice,
        "wrong": wrong,
        "ms_a_stack": round(1000 * cpu_s / max(n_stacks, 1)),
    }


def main() -> None:
    """Judge every condition and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=40, help="a condition")
    parser.add_argument("--only", default="", help="judge only conditions with this in their name, and write nothing")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    rows = []
    for seed, condition in enumerate(CONDITIONS):
        if args.only in condition.name:
            rows.append(judge(condition, seed, args.labels))
            if len(rows) == 1:
                print("| " + " | ".join(rows[0]).replace("_", " ") + " |\n" + "|---" * len(rows[0]) + "|")
            print("| " + " | ".join(str(v) for v in rows[-1].values()) + " |", flush=True)
    if not args.only:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "stacking.json").write_text(json.dumps({"machine": describe_machine(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
