"""Score `aislescan demo` over several seeds: faults, false accusations, labels and empty bins, wall time, peak memory.

    python -m benchmarks.demo --seeds 101-110 [--sitl ardupilot] [--speedup 10]

Writes benchmarks/results/demo-<vehicle>.json, with the machine and the commit.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import describe_machine

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run the demo once a seed and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="101-110", help="first-last")
    parser.add_argument("--sitl", default="builtin", choices=["builtin", "ardupilot"])
    parser.add_argument("--speedup", default="10")
    arguments = parser.parse_args()
    first, _, last = arguments.seeds.partition("-")
    rows = []
    for seed in range(int(first), int(last or first) + 1):
        row = run_demo(seed, arguments.sitl, arguments.speedup)
        rows.append(row)
        print(json.dumps(row))
    result = {
        "machine": describe_machine(),
        "sitl": arguments.sitl,
        "speedup": arguments.speedup,
        "seeds": rows,
        "total": total(rows),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"demo-{arguments.sitl}.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result["total"], indent=1))


def run_demo(seed: int, sitl: str, speedup: str) -> dict[str, Any]:
    """Run one demo in a fresh folder and return its score with wall seconds and the peak of proportional memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [str(Path(sys.executable).with_name("aislescan")), "demo", "--out", str(run), "--seed", str(seed)]
        started = time.monotonic()
        said = Path(folder) / "stderr.txt"  # a pipe that nobody empties would stop a demo that says much
        with said.open("wb") as errors:
            process = subprocess.Popen([*command, "--sitl", sitl, "--speedup", speedup], stdout=subprocess.DEVNULL, stderr=errors)
            peak = watch_memory(process)
        wall_s = time.monotonic() - started
        if process.returncode != 0:
            words = said.read_text(errors="replace")
            return {"seed": seed, "exit_code": process.returncode, "stderr": words[-500:], "wall_s": round(wall_s, 1)}
        score = json.loads((run / "score.json").read_text())
    return {
        "seed": seed,
        "exit_code": 0,
        "planted": len(score["planted"]),
        "missed": score["missed"],
        "false_accusations": score["false_accusations"],
        "read_rate": score["read_rate"],
        "label_to_location_rate": score["label_to_location_rate"],
        "legible": score["read_rate_denominator"],
        "read": score["read_rate_numerator"],
        "booked": score["label_to_location_rate_denominator"],
        "wrong_locations": score["wrong_locations"],
        "true_empties": score["true_empties"],
        "empties": score["empties"],
        "false_empties": score["false_empties"],
        "flight_s": score["flight_s"],
        "autopilot": score["autopilot"],
        "wall_s": round(wall_s, 1),
        "peak_mb": round(peak / 1e6),
    }


def watch_memory(process: subprocess.Popen[bytes]) -> int:
    """Wait for `process` and return the largest sum of proportional set sizes (bytes) of it and its descendants, sampled."""
    peak = 0
    root = psutil.Process(process.pid)
    while process.poll() is None:
        total_bytes = 0
        try:
            for member in [root, *root.children(recursive=True)]:
                total_bytes += member.memory_full_info().pss
        except psutil.Error:
            pass  # a process that ended while it was looked at
        peak = max(peak, total_bytes)
        time.sleep(0.5)
    return peak


def total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures over all seeds."""
    good = [row for row in rows if row["exit_code"] == 0]
    return {
        "seeds": len(rows),
        "finished": len(good),
        "planted": sum(row["planted"] for row in good),
        "missed": sum(len(row["missed"]) for row in good),
        "false_accusations": sum(len(row["false_accusations"]) for row in good),
        **{key: sum(row[key] for row in good) for key in ("legible", "read", "booked", "true_empties", "empties")},
        **{key: sum(len(row[key]) for row in good) for key in ("wrong_locations", "false_empties")},
        "wall_s_max": max((row["wall_s"] for row in good), default=None),
        "peak_mb_max": max((row["peak_mb"] for row in good), default=None),
    }


if __name__ == "__main__":
    main()
