"""How long a large building takes: making its site, loading it, drawing it, and importing it from a location master.

    python -m benchmarks.large_site [--locations 100000]

Seconds are of the processor, in a process of each step's own, with its peak memory; the time that Python takes to start is in
them. Writes benchmarks/results/large_site.json, with machine and commit.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from warehouse.site_file import load_site

RESULTS = Path(__file__).parent / "results"
_BAYS, _LEVELS, _SLOTS = 50, 5, 4
HEADING_COLUMNS = "Ubicación;X (mm);Y (mm);Z (mm)"


def main() -> None:
    """Measure each step and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--locations", type=int, default=100_000)
    args = parser.parse_args()
    aisles = max(1, round(args.locations / (2 * _BAYS * _LEVELS * _SLOTS)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        racks = ["--aisles", aisles, "--bays", _BAYS, "--levels", _LEVELS, "--slots", _SLOTS, "--level-height", "1.45"]
        measures = ["--bay-width", "3.6", "--aisle-width", "3.2"]
        steps: dict[str, Any] = {"new": timed("site", "new", folder / "site", "--name", "Large hall", *racks, *measures)}
        steps["check"] = timed("site", "check", folder / "site")
        steps["draw"] = timed("site", "draw", folder / "site", "--out", folder / "site.svg")
        steps["draw"]["megabytes"] = round((folder / "site.svg").stat().st_size / 1e6, 1)
        site = load_site(folder / "site")
        lines = [f"{b.code};{b.centre_m[0] * 1000:.0f};{b.centre_m[1] * 1000:.0f};{b.base_m * 1000:.0f}" for b in site.layout.bins]
        (folder / "master.csv").write_text("\n".join([HEADING_COLUMNS, *lines]), encoding="utf-8")
        steps["import"] = timed("site", "import", folder / "master.csv", "--out", folder / "imported")
        back = load_site(folder / "imported").layout.bins_by_code
        off = max(
            abs(a - b) for bin_ in site.layout.bins for a, b in zip(bin_.centre_m, back[bin_.code.text].centre_m, strict=True)
        )
        steps["import"]["farthest_off_mm"] = round(off * 1000, 1)
    result = {"machine": describe_machine(), "load": os.getloadavg()[1], "locations": len(site.layout.bins), "steps": steps}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "large_site.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result["steps"]))


def timed(*arguments: object) -> dict[str, Any]:
    """Return processor seconds and peak memory of a command in a process of its own."""
    code = (
        "import resource, sys, cli\n"
        "try: cli.main()\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_s": round(seconds, 1), "peak_mb": round(int(done.stderr.split()[-1]) / 1024)}


if __name__ == "__main__":
    main()
