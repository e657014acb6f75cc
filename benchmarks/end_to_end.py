"""Plan, fly, read and reconcile a simulated warehouse of any size, seed after seed, and score it against what truly stands there.

    python -m benchmarks.end_to_end --site benchmarks/sites/reference --seed 501 --sitl ardupilot [--bins 10000] [--continue]
    python -m benchmarks.end_to_end --seed 101 --bins 940

Without --bins it is one seed, without --site the demo's. Writes benchmarks/results/end_to_end-<site>-<vehicle>.json after each
seed, with the machine and the commit: stop it when you like, and go on with --continue. With --navigation-error and --drift the
drone flies elsewhere than it believes, with --tags location tags hang in the racks, with --two-cameras it looks to both sides; such
results have names of their own. Of a run with a case to look into the photos of that case are kept in the folder --runs, unless
--keep says otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.flown_score import COUNTED, score_flown
from benchmarks.machine import describe_machine
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site_digest import site_digest
from warehouse.site_file import load_site
from warehouse.tags_new import write_new_tags

DEMO_SITE = Path(__file__).parents[1] / "sitl" / "demo_site"
RESULTS = Path(__file__).parent / "results"
MOST_FAILURES = 3
"""In a row; then something is broken that further seeds do not mend."""
BYTES_A_RUN = 16e9
"""Free disk space without which no seed is begun: the photos of the reference site, with room to spare."""


def main() -> None:
    """Run seeds until enough bins were looked at."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=DEMO_SITE)
    parser.add_argument("--seed", type=int, default=101, help="the first one")
    parser.add_argument("--bins", type=int, default=1, help="go on with further seeds until so many were judged")
    parser.add_argument("--sitl", default="builtin", choices=["builtin", "ardupilot"])
    parser.add_argument("--speedup", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--navigation-error", type=float, default=0.0, metavar="METRES", help="one sigma, x and y, slowly changing")
    parser.add_argument("--drift", type=float, default=0.0, metavar="METRES", help="along the aisle, over its length")
    parser.add_argument("--tags", action="store_true", help="hang location tags, as `aislescan site tags` proposes them")
    parser.add_argument("--two-cameras", action="store_true", help="read both faces of an aisle at once")
    parser.add_argument("--runs", type=Path, default=Path(tempfile.gettempdir()) / "aislescan-end-to-end")
    parser.add_argument("--keep", default="cases", choices=["nothing", "cases", "all"], help="photos to keep in --runs")
    parser.add_argument("--continue", dest="goes_on", action="store_true", help="keep the seeds that the result file has")
    args = parser.parse_args()
    name = result_name(args)
    runs = args.runs / name
    site = site_to_fly(args, runs / "site")
    settings = {
        "site": site_digest(site),
        "sitl": args.sitl,
        "speedup": args.speedup,
        **({"navigation_error_m": args.navigation_error, "drift_m": args.drift} if args.navigation_error or args.drift else {}),
    }
    path = RESULTS / f"{name}.json"
    rows = kept_rows(path, settings) if args.goes_on and path.exists() else []
    seed = max([args.seed, *(row["seed"] + 1 for row in rows)])
    while sum(row.get("bins", 0) for row in rows) < args.bins:
        if all("error" in row for row in rows[-MOST_FAILURES:]) and len(rows) >= MOST_FAILURES:
            sys.exit(f"the last {MOST_FAILURES} seeds did not finish: {rows[-1]['error']}")
        if shutil.disk_usage(runs.parent if runs.parent.exists() else Path.cwd()).free < BYTES_A_RUN:
            sys.exit(f"less than {BYTES_A_RUN / 1e9:.0f} GB are free for the photos of a run in {runs}")
        row = run_seed(site, runs / str(seed), seed, args)
        rows.append(row)
        result = {"machine": describe_machine(), **settings, "total": total(rows), "seeds": rows}
        write_atomically(path, json.dumps(result, indent=1) + "\n")
        print(json.dumps(row), flush=True)
        seed += 1
    print(json.dumps(total(rows), indent=1))


def result_name(args: argparse.Namespace) -> str:
    """Return the name of the result file, which says what was flown."""
    words = ["end_to_end", args.site.resolve().name, args.sitl]
    words += ["tags"] if args.tags else []
    words += ["two_cameras"] if args.two_cameras else []
    words += ["astray"] if args.navigation_error or args.drift else []
    return "-".join(words)


def site_to_fly(args: argparse.Namespace, folder: Path) -> Path:
    """Return the site folder, or a copy in `folder` with the proposed location tags, with a second camera, or with both."""
    site: Path = args.site
    if not (args.tags or args.two_cameras):
        return site
    if not folder.exists():
        shutil.copytree(site, folder)
        if args.two_cameras:
            with_two_cameras(folder)
        if args.tags:
            write_new_tags(folder, load_site(folder), symbology="AprilTag36h11", size_mm=80.0)
    return folder


def with_two_cameras(site: Path) -> None:
    """Give the drone of a site folder a second camera of the same kind, on its other side."""
    toml = site / "site.toml"
    toml.write_text(re.sub(r'(?m)^mounting = "(left|right)"', 'mounting = "both"', toml.read_text()))


def kept_rows(path: Path, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the seeds that a result file has, without those that did not finish; exit when it was made otherwise."""
    result = json.loads(path.read_text())
    if different := [name for name, value in settings.items() if result.get(name) != value]:
        sys.exit(f"{path} was made with another {', '.join(different)}: leave --continue out to begin anew")
    return [row for row in result["seeds"] if "error" not in row]


def run_seed(site: Path, folder: Path, seed: int, args: argparse.Namespace) -> dict[str, Any]:
    """Do one seed in a process of its own, tidy up after it, and return its score with wall seconds and peak memory in MB."""
    if folder.exists() and not args.goes_on:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.flown", str(folder / "run"), "--site", str(site), "--seed", str(seed)]
    command += ["--sitl", args.sitl, "--speedup", str(args.speedup), "--workers", str(args.workers)]
    command += ["--navigation-error", str(args.navigation_error), "--drift", str(args.drift)]
    head = {"seed": seed, "commit": describe_machine()["commit"]}
    started = time.monotonic()
    said = folder / "stderr.txt"  # a pipe that nobody empties would stop a run that says much
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as the command line sets it
    with said.open("wb") as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=environment)
        peak = watch_memory(process)
    spent = {"wall_s": round(time.monotonic() - started, 1), "peak_mb": round(peak / 1e6)}
    if process.returncode != 0:
        return {**head, "error": last_words(said.read_text(errors="replace")), **spent}
    run = RunFolder.open(folder / "run")
    score = score_flown(run, load_site(run.root), seed, args.sitl)
    if args.keep != "all":
        drop_photos(run, {frame for case in score["cases"] for frame in case["frames"]} if args.keep == "cases" else set())
    if args.keep == "nothing" or (args.keep == "cases" and not (score["cases"] or score["missed"] or score["accused_wrongly"])):
        shutil.rmtree(folder)
    return {**head, **score, **spent}


def last_words(said: str) -> str:
    """Return what a failed program says below its traceback, which names the folders of this machine."""
    lines = said.strip().splitlines()
    begins = [number for number, line in enumerate(lines) if not line.startswith(" ")]
    return "\n".join(lines[begins[-1] :]) if begins else ""


def drop_photos(run: RunFolder, kept: set[str]) -> None:
    """Delete the photos of a run but those of the frames named."""
    for sortie in run.sorties():
        for frame in run.read_lines(run.frames_path(sortie), FrameRecord):
            if frame.frame not in kept:
                (run.root / frame.file).unlink(missing_ok=True)


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
    """Return the figures over all seeds that finished."""
    good = [row for row in rows if "error" not in row]
    sums = {name: round(sum(row[name] for row in good), 1) for name in COUNTED}
    return {
        "seeds": len(rows),
        "finished": len(good),
        **sums,
        "right_share": round(sums["right"] / sums["legible"], 5) if sums["legible"] else None,
        "wall_s_max": max((row["wall_s"] for row in good), default=None),
        "peak_mb_max": max((row["peak_mb"] for row in good), default=None),
    }


if __name__ == "__main__":
    main()
