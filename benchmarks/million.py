"""A stock list of N rows against as many scans, file to files: aislescan beside the same comparison written directly in DuckDB.

    python -m benchmarks.million [--sizes 10000 100000 1000000] [--pairs 3] [--folder DIR]

In one run and in turns, each in a process of its own: wall and CPU seconds, peak memory, and the ratio of each pair. `duckdb`
writes the same tables, with the same columns and sentences (`benchmarks/million_duckdb.py`); `duckdb_bare` only a verdict for each
location, which is less than anybody could use, and bounds the figure from the other side. aislescan writes the workbook, the
summary and a SHA-256 of every file besides; `sha256_s` is what hashing alone takes. Writes benchmarks/results/million.json, with
machine and commit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.million_files import write_files

RESULTS = Path(__file__).parent / "results"
BIN = Path(sys.executable).parent
WAYS = ("aislescan", "duckdb", "duckdb_bare")


def command(way: str, scans: Path, erp: Path, out: Path) -> list[str]:
    """Return the command line of one way."""
    if way == "aislescan":
        return [str(BIN / "aislescan"), "reconcile", "--scans", str(scans), "--erp", str(erp), "--out", str(out)]
    bare = ["--bare"] if way == "duckdb_bare" else []
    return [sys.executable, "-m", "benchmarks.million_duckdb", str(scans), str(erp), str(out), *bare]


def measured(args: list[str]) -> dict[str, float]:
    """Return the wall and CPU seconds and the peak memory of a process; it must end well."""
    start = time.perf_counter()
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{args} ended with {process.returncode}")
    return {
        "wall_s": round(wall, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "peak_mb": round(used.ru_maxrss * 1024 / 1e6),
    }


def compared(n: int, pairs: int, folder: Path) -> dict[str, Any]:
    """Return the figures of one size."""
    erp, scans, planted = write_files(folder, n)
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for i in range(pairs):
        for way in WAYS if i % 2 == 0 else reversed(WAYS):
            runs[way].append(measured(command(way, scans, erp, folder / way)))
            print(n, way, runs[way][-1], flush=True)
    summary = json.loads((folder / "aislescan" / "summary.json").read_text())
    return {
        "rows": n,
        **asdict(planted),
        "verdicts_of_locations": summary["locations"],
        **{way: {key: median(run[key] for run in runs[way]) for key in runs[way][0]} for way in WAYS},
        "wall_ratio": _ratio(runs, "duckdb", "wall_s"),
        "cpu_ratio": _ratio(runs, "duckdb", "cpu_s"),
        "wall_ratio_to_bare": _ratio(runs, "duckdb_bare", "wall_s"),
        "written_mb": {way: round(sum(p.stat().st_size for p in (folder / way).iterdir()) / 1e6) for way in WAYS},
        "sha256_s": round(_hashing_s([erp, scans, *(folder / "aislescan").iterdir()]), 2),
    }


def _ratio(runs: dict[str, list[dict[str, float]]], to: str, key: str) -> dict[str, Any]:
    ratios = [round(a[key] / b[key], 2) for a, b in zip(runs["aislescan"], runs[to], strict=True)]
    return {"median": median(ratios), "pairs": ratios}


def _hashing_s(paths: list[Path]) -> float:
    total = 0.0
    for path in paths:
        raw = path.read_bytes()
        start = time.process_time()
        hashlib.sha256(raw).hexdigest()
        total += time.process_time() - start
    return total


def main() -> None:
    """Measure each size and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files go; a temporary folder when left out")
    args = parser.parse_args()
    rows = []
    for n in args.sizes:
        with tempfile.TemporaryDirectory(dir=args.folder, prefix="million-") as folder:
            rows.append(compared(n, args.pairs, Path(folder)))
        document = {"machine": describe_machine(), "load": round(os.getloadavg()[1], 1), "sizes": rows}
        (RESULTS / "million.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
