"""Read rate on rendered labels under stress, beside zxing-cpp alone and pyzbar alone on the same pictures.

    python -m benchmarks.rendered [--labels 100]

Every cell has its own seed, so a cell can be made again alone. Milliseconds are processor time of one core. Writes
benchmarks/results/rendered.json, with the machine and the commit.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.stress import Picture, Stress, drone, drone_hard, photograph, random_sscc, sticker, texture
from vision.codes import zbar_engine, zxing_engine
from vision.codes.decode import decode
from vision.codes.decoded import Decoded

RESULTS = Path(__file__).parent / "results"
FRAME_PX = (1200, 1600)
Way = Callable[[Picture, str], list[Decoded]]

WAYS: dict[str, Way] = {
    "aislescan": lambda image, symbology: list(decode(image, symbologies=(symbology,))),
    "zxing-cpp": lambda image, symbology: zxing_engine.read(image, (symbology,), variant="plain", try_invert=True),
    "pyzbar": lambda image, symbology: zbar_engine.read(image, (symbology,), variant="plain"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row of the table: labels of one symbology under one condition."""

    name: str
    symbology: str
    stresses: tuple[Stress, ...]
    """One a label."""
    is_in_frame: bool = False
    """Whether the label is a small part of a larger picture of cartons, print and film."""


def cells(n: int) -> Iterator[Cell]:
    """Yield the table's rows, `n` labels each; roll goes round in steps of half a degree, or of 90 / `n` where that is more."""
    for px in (2.0, 2.25, 2.5, 3.0, 4.0):
        yield _tilted("drone", "Code128", drone(px), n)
    for px in (2.0, 2.25, 2.5, 3.0, 3.5, 4.0):
        yield _tilted("drone hard", "Code128", drone_hard(px), n)
    rolls = np.linspace(0, 90, min(2 * n, 181) if n > 1 else 2)
    still = Stress(px_per_module=2.0)
    yield _rolled("roll 0 to 90", "Code128", still, rolls)
    yield _rolled("roll 0 to 90 in a frame", "Code128", still, rolls, is_in_frame=True)
    yield _rolled("drone hard, roll 0 to 90", "Code128", drone_hard(3.0), rolls)
    yield _rolled("drone hard, roll 0 to 90 in a frame", "Code128", drone_hard(3.0), rolls, is_in_frame=True)
    two = Stress(px_per_module=2.0)
    yield _tilted("yaw 45", "Code128", replace(two, yaw_deg=45.0), n)
    yield _tilted("yaw 60", "Code128", replace(two, yaw_deg=60.0), n)
    yield _tilted("pitch 30", "Code128", replace(two, pitch_deg=30.0), n)
    yield _tilted("noise 20", "Code128", replace(two, noise=20.0), n)
    yield _tilted("contrast 20 %, noise 5", "Code128", replace(two, contrast=0.2, noise=5.0), n)
    yield _tilted("uneven light 80 %", "Code128", replace(two, unevenness=0.8), n)
    yield _tilted("3 glares of 20 %", "Code128", replace(two, n_glares=3, glare_share=0.2), n)
    yield _tilted("3 glares of 40 %", "Code128", replace(two, n_glares=3, glare_share=0.4), n)
    yield _tilted("JPEG quality 40", "Code128", replace(two, jpeg_quality=40), n)
    yield _tilted("blur 2", "Code128", replace(two, px_per_module=3.0, blur_px=2.0), n)
    yield _tilted("motion 4 across the bars", "Code128", replace(two, motion_px=4.0), n)
    for symbology in ("QRCode", "DataMatrix"):
        yield _tilted("drone", symbology, drone(4.0), n)
        yield _tilted("drone hard", symbology, drone_hard(4.0), n)
        yield _rolled("roll 0 to 90", symbology, Stress(px_per_module=4.0), rolls)


def _tilted(name: str, symbology: str, stress: Stress, n: int) -> Cell:
    """Labels are stuck on by people: up to 3 degrees askew."""
    return Cell(name=name, symbology=symbology, stresses=tuple(replace(stress, roll_deg=r) for r in np.linspace(-3, 3, n)))


def _rolled(name: str, symbology: str, stress: Stress, rolls: Any, *, is_in_frame: bool = False) -> Cell:
    stresses = tuple(replace(stress, roll_deg=float(r)) for r in rolls)
    return Cell(name=name, symbology=symbology, stresses=stresses, is_in_frame=is_in_frame)


def main() -> None:
    """Judge every way on every cell and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=100, help="a cell")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    print("| condition | symbology | px a module | labels | " + " | ".join(f"{name} (ms)" for name in WAYS) + " |")
    print("|---" * (4 + len(WAYS)) + "|")
    rows = []
    for seed, cell in enumerate(cells(args.labels)):
        row = _judge(cell, seed)
        rows.append(row)
        marks = " | ".join(f"{100 * w['rate']:.1f} %, {w['wrong']} wrong ({w['ms']:.1f})" for w in row["ways"].values())
        print(f"| {row['condition']} | {row['symbology']} | {row['px_per_module']:g} | {row['labels']} | {marks} |", flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "rendered.json").write_text(json.dumps({"machine": describe_machine(), "rows": rows}, indent=1) + "\n")


def _judge(cell: Cell, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng([20261124, seed])
    right, wrong, cpu_s = (dict.fromkeys(WAYS, 0.0) for _ in range(3))
    for stress in cell.stresses:
        sscc = random_sscc(rng)
        text, want = (f"[00]{sscc}", f"00{sscc}") if cell.symbology == "Code128" else (f"LPN{sscc[:12]}",) * 2
        if cell.is_in_frame:
            ground = texture(rng, FRAME_PX)
            middle = rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7)
            place = (FRAME_PX[1] * middle[0], FRAME_PX[0] * middle[1])
            picture = photograph(sticker(cell.symbology, text), cell.symbology, stress, rng, ground=ground, middle_px=place)
        else:
            picture = photograph(sticker(cell.symbology, text), cell.symbology, stress, rng)
        for name, way in WAYS.items():
            started = time.process_time()
            texts = {d.text for d in way(picture, cell.symbology)}
            cpu_s[name] += time.process_time() - started
            right[name] += want in texts
            wrong[name] += len(texts - {want})
    n = len(cell.stresses)
    return {
        "condition": cell.name,
        "symbology": cell.symbology,
        "px_per_module": cell.stresses[0].px_per_module,
        "labels": n,
        "ways": {
            name: {"rate": round(right[name] / n, 4), "wrong": int(wrong[name]), "ms": round(1000 * cpu_s[name] / n, 1)}
            for name in WAYS
        },
    }


if __name__ == "__main__":
    main()
