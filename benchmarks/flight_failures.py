"""Break a flight at 6 m height in every way of `sitl/mishaps.py`, and write down what became of it.

    python -m benchmarks.flight_failures --sitl ardupilot [--only NAME …] [--runs N] [--speedup 4]

The real SITL is flown over sockets, at its own speed where the link is the matter, else `--speedup` times as fast; the built-in
copter in lock step. Writes benchmarks/results/flight_failures-<vehicle>.json after each flight; what is not flown anew stays in it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.failure_figures import measure
from benchmarks.failure_flight import fly_ardupilot, fly_builtin, make_hall
from benchmarks.machine import describe_machine
from sitl.mishaps import MISHAPS, Mishap
from warehouse.run_folder import write_atomically

RESULTS = Path(__file__).parent / "results"
AFTER_M = 4.0


def main() -> None:
    """Fly mishap after mishap."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sitl", default="builtin", choices=["builtin", "ardupilot"])
    parser.add_argument("--only", nargs="*", choices=[m.name for m in MISHAPS])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--speedup", type=float, default=4.0)
    args = parser.parse_args()
    path = RESULTS / f"flight_failures-{args.sitl}.json"
    flown: dict[str, Any] = json.loads(path.read_text())["mishaps"] if path.exists() else {}
    for mishap in MISHAPS:
        if args.only and mishap.name not in args.only:
            continue
        flown[mishap.name] = []
        for number in range(args.runs):
            flown[mishap.name].append(fly_once(args.sitl, mishap, seed=3 + number, speedup=args.speedup))
            print(mishap.name, json.dumps(flown[mishap.name][-1]), flush=True)
            result = {"machine": describe_machine(), "sitl": args.sitl, "speedup": args.speedup, "mishaps": flown}
            write_atomically(path, json.dumps(result, indent=1) + "\n")


def fly_once(kind: str, mishap: Mishap, *, seed: int, speedup: float) -> dict[str, Any]:
    """Fly and measure one flight."""
    with tempfile.TemporaryDirectory(prefix="aislescan-failures-") as scratch:
        hall = make_hall(Path(scratch))
        if kind == "builtin":
            seen, said = fly_builtin(hall, mishap, after_m=AFTER_M, seed=seed)
        else:
            seen, said = fly_ardupilot(hall, mishap, after_m=AFTER_M, speedup=speedup)
        return measure(hall, seen, said)


if __name__ == "__main__":
    main()
