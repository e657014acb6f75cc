"""How planning scales: `aislescan plan` as a whole process, from reading the site folder to the last plan file.

    python -m benchmarks.plan_scale [--locations 1000 10000 100000 200000]

Halls of equal aisles, a pad before every fourth. Figures are seconds of one core (what the process and the kernel used for it, so
that a busy machine does not blur them; the wall clock beside them) and the peak of its memory. A core is slower too while the
others are at work: `loop_s` is what ten million additions took just before and after, and `cpu_over_loop` is free of that.
`exponent` is the slope of that between neighbouring sizes on a double-logarithmic scale: at 1 twice the site takes twice the time.
Writes benchmarks/results/plan_scale.json.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.grid_sites import write_grid_site
from benchmarks.machine import describe_machine

RESULTS = Path(__file__).parent / "results"
BIN = Path(sys.executable).parent


def main() -> None:
    """Measure the sizes asked for and keep their figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--locations", type=int, nargs="+", default=[1000, 10_000, 100_000, 200_000])
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for n in sorted(args.locations):
        with tempfile.TemporaryDirectory(prefix="plan-scale-") as folder:
            rows.append(_measured(n, Path(folder)))
        if len(rows) > 1:
            a, b = rows[-2:]
            rows[-1]["exponent"] = round(
                math.log(b["cpu_over_loop"] / a["cpu_over_loop"]) / math.log(b["locations"] / a["locations"]), 2
            )
        print(json.dumps(rows[-1]), flush=True)
    document = {"machine": describe_machine(), "load_average": round(os.getloadavg()[0], 1), "sizes": rows}
    (RESULTS / "plan_scale.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _measured(n_asked: int, folder: Path) -> dict[str, Any]:
    site, run = folder / "site", folder / "run"
    n = write_grid_site(site, n_asked)
    loop_s = _loop_s()
    started = time.monotonic()
    process = subprocess.Popen([str(BIN / "aislescan"), "plan", str(site), "--out", str(run)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"aislescan plan ended with code {process.returncode} for {n} locations")
    wall_s, cpu_s, loop_s = time.monotonic() - started, usage.ru_utime + usage.ru_stime, (loop_s + _loop_s()) / 2
    plan = json.loads((run / "plan.json").read_text(encoding="utf-8"))
    return {
        "locations": n,
        "sorties": len(plan["sorties"]),
        "lanes": sum(len(sortie["lanes"]) for sortie in plan["sorties"]),
        "uncovered": len(plan["uncovered"]),
        "cpu_s": round(cpu_s, 2),
        "loop_s": round(loop_s, 2),
        "cpu_over_loop": round(cpu_s / loop_s, 2),
        "wall_s": round(wall_s, 2),
        "peak_mb": round(usage.ru_maxrss / 1024),
        "plan_json_mb": round((run / "plan.json").stat().st_size / 1e6, 2),
        "plan_svg_mb": round((run / "plan.svg").stat().st_size / 1e6, 2),
    }


def _loop_s() -> float:
    """Return the seconds of a plain loop, by which machines, and hours of one machine, are compared."""
    started, total = time.process_time(), 0
    for i in range(10_000_000):
        total += i
    return time.process_time() - started


if __name__ == "__main__":
    main()
