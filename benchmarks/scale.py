"""How reading scales: workers, a Dask cluster that loses one, a read that is killed, memory over the number of photos.

    python -m benchmarks.scale RUN [--part workers|cluster|killed|memory] [--frames 120] [--pairs 3] [--memory 10 1000 10000]

RUN is a run of the demo site with photos; it is not changed, its photos are hard-linked. More photos than it has are made by
linking each several times, with its pose shifted into as many further aisles. `--known` fills in the first step of the memory
part from the first `--frames` photos, as if an earlier start had looked at all: workers need the same memory however many photos
there are, and an hour for 10,000.
Writes benchmarks/results/scale.json, with machine, commit and load of the machine; a part that is measured again is replaced.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import describe_machine
from vision.pictures.frame_files import FrameFiles
from vision.reading.resume import FinishedWork, reading_rules, task_key
from vision.reads import FrameLook
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site_file import load_site

RESULTS = Path(__file__).parent / "results"
BIN = Path(sys.executable).parent


def main() -> None:
    """Measure the parts asked for and keep their figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--memory", type=int, nargs="+", default=[10, 1000, 10_000])
    parser.add_argument("--known", action="store_true")
    args = parser.parse_args()
    path = RESULTS / "scale.json"
    parts = json.loads(path.read_text())["parts"] if path.exists() else {}
    for part in args.part or PARTS:
        with tempfile.TemporaryDirectory(dir=args.run.resolve().parent, prefix="scale-") as folder:
            measured = PARTS[part](args, Path(folder))
        parts[part] = {"machine": describe_machine(), "load": os.getloadavg()[1], **measured}
        print(part, json.dumps(measured))
        RESULTS.mkdir(exist_ok=True)
        path.write_text(json.dumps({"parts": parts}, indent=1) + "\n")


def workers(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Whole `read` with two workers beside one, in turns."""
    make_run(args.run, folder / "run", args.frames)
    pairs = []
    for i in range(args.pairs):
        wall = {n: timed(folder / "run", n) for n in ((1, 2) if i % 2 == 0 else (2, 1))}
        pairs.append({"one_s": round(wall[1], 1), "two_s": round(wall[2], 1), "ratio": round(wall[1] / wall[2], 2)})
    return {"frames": args.frames, "pairs": pairs, "ratio": sorted(p["ratio"] for p in pairs)[len(pairs) // 2]}


def timed(root: Path, n: int) -> float:
    """Return the wall seconds of a read from the start."""
    forget(root)
    start = time.perf_counter()
    subprocess.run(read_command(root, "--workers", str(n)), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def cluster(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Two Dask workers, one of them killed half way, beside local processes."""
    make_run(args.run, folder / "run", args.frames)
    timed(folder / "run", 2)
    local = digest(folder / "run")
    forget(folder / "run")
    with dask_cluster(folder) as (address, nannies):
        reading = subprocess.Popen(read_command(folder / "run", "--scheduler", address), stdout=subprocess.DEVNULL)
        wait_for_half(folder / "run", args.frames)
        next(child for child in nannies[0].children() if "spawn_main" in " ".join(child.cmdline())).kill()
        code = reading.wait()
    return {"frames": args.frames, "exit_code": code, "killed": 1, "same_bytes": digest(folder / "run") == local}


def killed(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """A read that is killed half way through the photos and again in the hard look, beside one that is left alone."""
    make_run(args.run, folder / "run", args.frames)
    timed(folder / "run", 2)
    whole = digest(folder / "run")
    forget(folder / "run")
    run = RunFolder.open(folder / "run")
    opened = []
    for path, lines in ((run.reads_progress_path, args.frames // 2), (run.bins_progress_path, 3), (run.evidence_progress_path, 10)):
        reading = subprocess.Popen(read_command(folder / "run", "--workers", "2"), stdout=subprocess.DEVNULL)
        while reading.poll() is None and n_lines(path) < lines:
            time.sleep(0.02)
        reading.send_signal(signal.SIGKILL)
        reading.wait()
        opened.append(n_lines(run.reads_progress_path) - 1)
    subprocess.run(read_command(folder / "run", "--workers", "2"), check=True, stdout=subprocess.DEVNULL)
    return {"frames": args.frames, "known_after_each_kill": opened, "same_bytes": digest(folder / "run") == whole}


def memory(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Peak memory of all processes of a read, over the number of photos."""
    rows = []
    for n in args.memory:
        run = make_run(args.run, folder / str(n), n)
        if args.known:
            fill_in(run, args.run, min(n, args.frames))
        reading = subprocess.Popen(read_command(run.root, "--workers", "2"), stdout=subprocess.DEVNULL)
        start, total, own = time.perf_counter(), 0.0, 0.0
        while reading.poll() is None:
            pss = list(proportional_mb(reading.pid))
            total, own = max(total, sum(pss)), max(own, pss[0] if pss else 0.0)
            time.sleep(0.2)
        rows.append(
            {"frames": n, "peak_mb": round(total), "of_the_command_mb": round(own), "wall_s": round(time.perf_counter() - start)}
        )
        shutil.rmtree(run.root)
    return {"first_step_known": args.known, "workers": 2, "rows": rows}


PARTS: dict[str, Callable[[argparse.Namespace, Path], dict[str, Any]]] = {
    "workers": workers,
    "cluster": cluster,
    "killed": killed,
    "memory": memory,
}


def make_run(source: Path, root: Path, n: int) -> RunFolder:
    """Return a run of `n` photos, hard-linked to those of `source`, each further copy of them in a further copy of its aisles."""
    origin = RunFolder.open(source)
    paths = [path for s in origin.sorties() if (path := origin.frames_path(s)).exists()]
    known = [f for path in paths for f in origin.read_lines(path, FrameRecord)]
    site = root.with_name(f"{root.name}-site")
    width_m = widen_site(source, site, -(-n // len(known)))
    run = RunFolder.create(root, site)
    records = []
    for i in range(n):
        first, copy = known[i % len(known)], i // len(known)
        path = Path(first.file)
        file = (path.parent / f"{path.stem}-{copy:04d}{path.suffix}").as_posix()
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        os.link((source / first.file).resolve(), root / file)
        x, y, z = first.pose.position_m
        pose = replace(first.pose, position_m=(x + copy * width_m, y, z))
        records.append(replace(first, frame=f"{first.frame}-{copy:04d}", file=file, pose=pose))
    for sortie in sorted({r.sortie for r in records}):
        run.write_lines(run.frames_path(sortie), [r for r in records if r.sortie == sortie])
    return run


def widen_site(source: Path, target: Path, copies: int) -> float:
    """Write the site of one aisle, A01, with so many of it side by side; return the metres from one to the next."""
    target.mkdir()
    text = (source / "site.toml").read_text()
    aisle = re.search(r'\[\[aisle\]\]\nname = "A01"\nstart_m = \[([0-9.]+), [^\[]*', text)
    assert aisle is not None, "this benchmark takes a run of the demo site"
    start_m, width_m = float(aisle[1]), 2 * float(aisle[1])
    aisles = [
        aisle[0].replace('"A01"', f'"A{i + 1:02d}"').replace(f"[{aisle[1]},", f"[{start_m + i * width_m},") for i in range(copies)
    ]
    (target / "site.toml").write_text(text.replace(aisle[0], "".join(aisles)))
    head, *rows = (source / "layout.csv").read_text().splitlines(keepends=True)
    (target / "layout.csv").write_text(head + "".join(row.replace("A01", f"A{i + 1:02d}") for i in range(copies) for row in rows))
    return width_m


def fill_in(run: RunFolder, source: Path, n: int) -> None:
    """Keep for every photo, as looked at, what one look at one of the first `n` of `source` gave."""
    few = make_run(source, run.root.with_name(f"{run.root.name}-few"), n)
    timed(few.root, 2)
    looks = list(looks_of(few).values())
    keys = [key for key, _ in keyed_frames(run)]
    known = finished(run)
    known.load(set())
    for i, (key, frame) in enumerate(keyed_frames(run)):
        known.add(key, replace(looks[i % len(looks)], frame=frame.frame))
    assert len(known.load(set(keys))) == len(keys)
    shutil.rmtree(few.root)


def looks_of(run: RunFolder) -> dict[str, FrameLook]:
    """Return what a run that was read keeps of its photos."""
    return finished(run).load({key for key, _ in keyed_frames(run)})


def finished(run: RunFolder) -> FinishedWork[FrameLook]:
    """Return the file in which the first step keeps its work."""
    return FinishedWork(run=run, path=run.reads_progress_path, rules=reading_rules(load_site(run.root)), record=FrameLook)


def keyed_frames(run: RunFolder) -> list[tuple[str, FrameRecord]]:
    """Return each photo with the key of its look."""
    frames = [f for s in run.sorties() for f in run.read_lines(run.frames_path(s), FrameRecord)]
    stamps = FrameFiles(str(run.root)).stamps(f.file for f in frames)
    return [(task_key(f, [stamps[f.file]]), f) for f in frames]


def proportional_mb(pid: int) -> Iterator[float]:
    """Yield the proportional set size of a process and of each of its descendants."""
    try:
        processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in processes:
        try:
            yield process.memory_full_info().pss / 1e6
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def read_command(root: Path, *options: str) -> list[str]:
    """Return the command line."""
    return [str(BIN / "aislescan"), "read", str(root), *options]


def forget(root: Path) -> None:
    """Remove all that reading has written."""
    run = RunFolder.open(root)
    for path in (*root.glob("*.jsonl"), run.evidence_folder):
        run.remove(path)


def digest(root: Path) -> str:
    """Return a digest of all that reading has written, but for the files that it goes on from."""
    run = RunFolder.open(root)
    total = hashlib.sha256()
    for path in [run.poses_path, run.reads_path, run.observations_path, *sorted(run.evidence_folder.iterdir())]:
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def n_lines(path: Path) -> int:
    """Return the lines of a file; none when it is not there."""
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for_half(root: Path, frames: int) -> None:
    """Return when half of the photos have been looked at."""
    while n_lines(RunFolder.open(root).reads_progress_path) < frames // 2:
        time.sleep(0.05)


@contextmanager
def dask_cluster(folder: Path) -> Iterator[tuple[str, list[psutil.Popen]]]:
    """Yield the address of a scheduler on loopback and the nannies of its two workers."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{s.getsockname()[1]}"
    worker = [str(BIN / "dask"), "worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder)]
    commands = [[str(BIN / "dask"), "scheduler", "--host", address, "--no-dashboard"], worker, worker]
    with (folder / "dask.log").open("wb") as log:
        started = [psutil.Popen(command, stdout=log, stderr=log) for command in commands]
    try:
        while (folder / "dask.log").read_text().count("worker compute stream") < 2:
            time.sleep(0.1)
        yield address, started[1:]
    finally:
        for process in [q for p in started for q in (*p.children(recursive=True), p)]:
            process.kill()


if __name__ == "__main__":
    main()
