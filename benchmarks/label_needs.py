"""How many pixels the narrowest bar needs, by defocus, movement and symbology: where the planner's table of needs comes from.

    python -m benchmarks.label_needs [--labels 16]

Rendered labels (benchmarks/stress.py: own artwork, own optics, not those of the simulated warehouse), decoded as `aislescan decode`
does. For each condition the smallest size of a fine grid at which 99 % of the labels are read, and the largest at which at most
half are, beside what mission.planning.needs says. Writes benchmarks/results/label_needs.json, with the machine and the commit.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.stress import Stress, photograph, random_sscc, sticker
from mission.planning.needs import needed_px
from vision.codes.decode import decode
from warehouse.site import LabelRules

RESULTS = Path(__file__).parent / "results"
SIZES = {"Code128": np.geomspace(1.0, 5.0, 25), "QRCode": np.geomspace(1.2, 6.0, 25), "DataMatrix": np.geomspace(1.2, 6.0, 25)}
DEFOCUS_PX = (0.55, 1.0, 1.5, 2.0)
MOTIONS = ((0.0, 0.0), (1.5, 0.0), (3.0, 0.0), (4.5, 0.0), (6.0, 90.0))
"""Length in pixels, and degrees against the symbol's length: 0 smears across the bars, 90 along them."""


def main() -> None:
    """Measure every condition and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=16, help="a cell")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    print("| symbology | defocus px | motion px | direction | 99 % read from | half read up to | the planner's need |")
    print("|---" * 7 + "|")
    rows = []
    for symbology in SIZES:
        for defocus in DEFOCUS_PX:
            for motion, direction in MOTIONS:
                row = _measure(symbology, defocus, motion, direction, args.labels)
                rows.append(row)
                print("| " + " | ".join(str(value) for value in row.values()) + " |", flush=True)
    RESULTS.mkdir(exist_ok=True)
    result = {"machine": describe_machine(), "labels": args.labels, "rows": rows}
    (RESULTS / "label_needs.json").write_text(json.dumps(result, indent=1) + "\n")


def _measure(symbology: str, defocus: float, motion: float, direction: float, n: int) -> dict[str, Any]:
    sizes = SIZES[symbology]
    stress = Stress(px_per_module=0.0, blur_px=defocus, motion_px=motion, motion_deg=direction, noise=3.0)
    rates: dict[int, float] = {}

    def rate(i: int) -> float:
        if i not in rates:
            rates[i] = _read_share(symbology, replace(stress, px_per_module=float(sizes[i])), n, seed=i)
        return rates[i]

    low, high = -1, len(sizes) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if rate(middle) >= 0.99 else (middle, high)
    half = high
    while half >= 0 and rate(half) > 0.5:
        half -= 1
    rules = LabelRules(
        symbologies=(symbology,), narrowest_bar_mm=0.5, width_mm=105.0, height_mm=148.0, lowest_m=0.4, highest_m=0.8, bars="upright"
    )
    across = 0.0 if symbology == "Code128" and direction == 90.0 else motion
    return {
        "symbology": symbology,
        "defocus_px": defocus,
        "motion_px": motion,
        "direction_deg": direction,
        "read_from_px": round(float(sizes[high]), 2),
        "half_up_to_px": round(float(sizes[half]), 2) if half >= 0 else None,
        "planner_px": round(needed_px(rules, defocus, across), 2),
    }


def _read_share(symbology: str, stress: Stress, n: int, *, seed: int) -> float:
    rng = np.random.default_rng([20261124, seed])
    n_read = 0
    for _ in range(n):
        sscc = random_sscc(rng)
        text, want = (f"[00]{sscc}", f"00{sscc}") if symbology == "Code128" else (f"00{sscc}",) * 2
        picture = photograph(sticker(symbology, text), symbology, replace(stress, roll_deg=float(rng.uniform(-6, 6))), rng)
        n_read += want in {found.text for found in decode(picture, symbologies=(symbology,))}
    return n_read / n


if __name__ == "__main__":
    main()
