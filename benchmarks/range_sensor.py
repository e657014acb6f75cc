"""What the readings of the sideways range sensor alone say of bins, over several warehouses and errors of the poses.

    python -m benchmarks.range_sensor [--seeds 101,102,209] [--errors 0.03,0.06,0.10]

A third of the loads is cut down to less than the height of the beam: of those a beam says "far", so it makes no bin empty.
Ten readings a second along each level of both faces at 1 m/s; the error of the poses drifts (correlated over 2 s).
Writes benchmarks/results/range_sensor.json, with the machine and the commit.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.develop import heading_deg
from benchmarks.machine import describe_machine
from sitl.demo import DEMO_SITE
from sitl.range_sensor import Ranger
from sitl.stock import Stock, make_stock
from vision.bins.range_evidence import NO_READINGS, range_evidence
from warehouse.layout import RackFace
from warehouse.poses import Pose, RangeRecord
from warehouse.range_sensor import RangeSensor
from warehouse.run_folder import write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

RESULTS = Path(__file__).parent / "results"
SENSOR = RangeSensor(side="right", beam_deg=2.0, min_m=0.1, max_m=8.0, sigma_m=0.03, offset_body_m=(0.0, 0.05, 0.0))
SPEED_MPS, RATE_HZ, STANDOFF_M = 1.0, 10.0, 1.3
CORRELATED_S = 2.0
LATE_S = 0.05
LOW_SHARE = 1 / 3


def main() -> None:
    """Measure every bin of every seed and print a row for each seed and error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="101,102,103,104,105,106,107,108,109,110,209")
    parser.add_argument("--errors", default="0.03,0.06,0.10", help="metres, one standard deviation per axis")
    args = parser.parse_args()
    site = dataclasses.replace(load_site(DEMO_SITE), range_sensor=SENSOR)
    rows = []
    for error_m in (float(e) for e in args.errors.split(",")):
        counts: Counter[str] = Counter()
        for seed in (int(s) for s in args.seeds.split(",")):
            counts.update(measure_all(site, with_low_loads(site, make_stock(site, seed)), error_m))
        rows.append({"error_m": error_m, **dict(sorted(counts.items()))})
        print(json.dumps(rows[-1]), flush=True)
    result = {"machine": describe_machine(), "seeds": args.seeds, "rows": rows}
    write_atomically(RESULTS / "range_sensor.json", json.dumps(result, indent=1) + "\n")


def with_low_loads(site: Site, stock: Stock) -> Stock:
    """Return the stock with some loads so low that a beam at the height of the labels passes over them."""
    rng = np.random.default_rng([stock.seed, 61])
    low = {
        code: dataclasses.replace(load, height_m=float(rng.uniform(0.3, 0.5)), label=None)
        for code, load in stock.standing.items()
        if site.layout.bins_by_code[code].kind.is_observable and rng.random() < LOW_SHARE
    }
    return dataclasses.replace(stock, standing={**stock.standing, **low})


def passes(site: Site) -> Iterator[tuple[RackFace, float, float]]:
    """Yield (face, height of the airframe, start time) of each pass."""
    middle_m = (site.labels.lowest_m + site.labels.highest_m) / 2
    start_s = 0.0
    for face in site.layout.faces.values():
        for base_m in sorted({b.base_m for b in site.layout.bins_of_face(face.name)}):
            yield face, base_m + middle_m, start_s
            start_s += face.length_m / SPEED_MPS + 30.0


def true_pose(site: Site, face: RackFace, height_m: float, start_s: float, time_s: float) -> Pose:
    """Return where the drone is, `time_s` after the beginning of all passes."""
    camera = site.cameras[0]
    along_m = 0.05 + (time_s - start_s) * SPEED_MPS
    x, y, z = (float(v) for v in face.point_m(along_m, height_m, STANDOFF_M + abs(camera.offset_body_m[1])))
    return Pose(time_s=time_s, position_m=(x, y, z), roll_deg=0.0, pitch_deg=0.0, heading_deg=heading_deg(face, camera))


class Drift:
    """The error of the estimated place: drifting with a correlation of `CORRELATED_S` seconds, `sigma_m` per axis."""

    def __init__(self, seed: int, sigma_m: float, until_s: float) -> None:
        """Draw it once."""
        rng = np.random.default_rng([seed, 62])
        self._times = np.arange(0.0, until_s + 1.0, 0.05)
        keep = np.exp(-0.05 / CORRELATED_S)
        steps = rng.normal(0.0, sigma_m, (len(self._times), 3))
        self._errors = steps.copy()
        for i in range(1, len(steps)):
            self._errors[i] = keep * self._errors[i - 1] + np.sqrt(1 - keep**2) * steps[i]
        self._rng = rng

    def estimated(self, pose: Pose) -> Pose:
        """Return the pose as the autopilot would give it."""
        error = [float(np.interp(pose.time_s, self._times, self._errors[:, axis])) for axis in range(3)]
        x, y, z = (p + e for p, e in zip(pose.position_m, error, strict=True))
        roll, pitch, heading = self._rng.normal(0.0, (0.2, 0.2, 0.3))
        return dataclasses.replace(
            pose,
            position_m=(x, y, z),
            roll_deg=pose.roll_deg + float(roll),
            pitch_deg=pose.pitch_deg + float(pitch),
            heading_deg=pose.heading_deg + float(heading),
        )


def measure_all(site: Site, stock: Stock, error_m: float) -> Counter[str]:
    """Return how many bins that are empty, hold a low load or a full one are said to be far, front or neither, and objected to."""
    until_s = max(start_s + face.length_m / SPEED_MPS for face, _, start_s in passes(site))
    evidence = range_evidence(site, _readings(site, stock, Drift(stock.seed, error_m, until_s), error_m))
    counts: Counter[str] = Counter()
    for b in site.layout.bins:
        if b.kind.is_observable:
            ranges = evidence.get(b.code.text, NO_READINGS)
            load = stock.standing.get(b.code.text)
            what = "empty" if load is None else "low" if load.label is None else "full"
            counts[what] += 1
            counts[f"{what}_{ranges.depth.value}"] += 1
            counts[f"{what}_objected"] += ranges.objects_to_empty
    return counts


def _readings(site: Site, stock: Stock, drift: Drift, error_m: float) -> Iterator[RangeRecord]:
    ranger = Ranger(site, stock, SENSOR)
    for face, height_m, start_s in passes(site):
        for time_s in start_s + np.arange(0.0, face.length_m / SPEED_MPS, 1.0 / RATE_HZ):
            pose = true_pose(site, face, height_m, start_s, float(time_s))
            yield RangeRecord(
                sortie="01",
                captured_at="2026-01-12T20:00:00Z",
                side=SENSOR.side,
                pose=drift.estimated(pose),
                distance_m=ranger.measure(true_pose(site, face, height_m, start_s, float(time_s) - LATE_S)),
                position_sigma_m=float(np.hypot(error_m, LATE_S * SPEED_MPS)),
                is_ekf_healthy=True,
            )


if __name__ == "__main__":
    main()
