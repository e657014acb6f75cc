"""Read rate and wrong reads on real photographs, beside zxing-cpp alone and pyzbar alone.

    python -m benchmarks.decode [--data ../shared/data/barcodes]

The rules of comparison are those of `tools/judge_decode.py` beside the data. Writes benchmarks/results/decode.json, with the
machine and the commit. Milliseconds are processor time of one core; a megapixel is one of the picture as it is in its file.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2

from benchmarks.machine import describe_machine
from vision.codes import zbar_engine, zxing_engine
from vision.codes.decode import decode
from vision.codes.decoded import DEFAULT_SYMBOLOGIES, Decoded
from vision.codes.grey import Grey
from vision.pictures.opening import load_grey
from warehouse.errors import BadInputError

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
FILES_A_PROCESS = 60
NOTHING = "no code"
LOGISTICS = ("Code128", "Code39", "ITF", "QR", "DataMatrix")
Expected = list[tuple[str, str]]

WAYS: dict[str, Callable[[Grey], list[Decoded]]] = {
    "aislescan": lambda image: list(decode(image)),
    "zxing-cpp": lambda image: zxing_engine.read(image, DEFAULT_SYMBOLOGIES, variant="plain", try_invert=True),
    "pyzbar": lambda image: zbar_engine.read(image, DEFAULT_SYMBOLOGIES, variant="plain"),
}


def main() -> None:
    """Judge every way on every picture and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "barcodes")
    data = parser.parse_args().data
    cv2.setNumThreads(1)
    judge = _load_judge(data.parents[1] / "tools" / "judge_decode.py")
    pictures: dict[str, Expected] = {}
    with (data / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            pictures.setdefault(row["file"], []).append((row["format"], row["text"]))
    rows = {name: _judge_way(way, judge, data, pictures) for name, way in WAYS.items()}
    command = _judge_command(data, list(pictures), _megapixels(data, list(pictures)))
    RESULTS.mkdir(exist_ok=True)
    result = {"machine": describe_machine(), "ways": rows, "command": command}
    (RESULTS / "decode.json").write_text(json.dumps(result, indent=1) + "\n")
    _print_table(rows)
    _print_costs(rows)
    print(
        f"\n`aislescan decode`, {FILES_A_PROCESS} files a process, start and loading included:"
        f" {command['ms_a_megapixel']:.0f} ms a megapixel of one core with --workers 1,"
        f" {command['wall_ms_a_megapixel']:.0f} ms by the clock on all cores"
    )


def _load_judge(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("judge_decode", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _judge_way(
    way: Callable[[Grey], list[Decoded]], judge: ModuleType, data: Path, pictures: dict[str, Expected]
) -> dict[str, Any]:
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    n_false = n_negative = 0
    costs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for file, expected in pictures.items():
        try:
            image = load_grey(data / file)
        except BadInputError:  # two of the negatives are pictures of one pixel that no reader opens
            continue
        started = time.process_time()
        decoded = way(image)
        costs[_kind(judge, expected)].append((1000 * (time.process_time() - started), image.size / 1e6))
        found = [(judge.nf(d.symbology), d.text) for d in decoded]
        if expected[0][0] == "NONE":
            n_negative += 1
            n_false += bool(found)
            continue
        for e in set(expected):
            total[judge.fam(e[0])] += 1
            right[judge.fam(e[0])] += any(_is_right(judge, e, x) for x in found)
        if not file.startswith("dm_skew/"):  # those pictures show more codes than the manifest lists
            families = {judge.fam(e[0]) for e in expected}
            strays = {
                (judge.fam(x[0]), x[1])
                for x in found
                if judge.fam(x[0]) in families and not any(_is_right(judge, e, x) for e in expected)
            }
            wrong[judge.fam(expected[0][0])] += len(strays)
    by_family = {
        name: {"codes": total[name], "right": right[name], "wrong": wrong[name], **_cost(costs[name])} for name in sorted(total)
    }
    every = [cost for family in costs.values() for cost in family]
    logistics = sum(right[name] for name in LOGISTICS) / max(sum(total[name] for name in LOGISTICS), 1)
    return {
        "families": by_family,
        "logistics": round(logistics, 4),
        "all": round(sum(right.values()) / max(sum(total.values()), 1), 4),
        "wrong": sum(wrong.values()),
        "false_on_negatives": n_false,
        "negatives": n_negative,
        "on_negatives": _cost(costs[NOTHING]),
        "ms_a_picture": round(sum(ms for ms, _ in every) / max(len(every), 1), 1),
        **_cost(every),
    }


def _kind(judge: ModuleType, expected: Expected) -> str:
    """Return the family of the first code in a picture."""
    return NOTHING if expected[0][0] == "NONE" else str(judge.fam(expected[0][0]))


def _cost(pictures: list[tuple[float, float]]) -> dict[str, float]:
    """Return milliseconds a megapixel of (milliseconds, megapixels) of pictures: all together, and the picture in the middle."""
    if not pictures:
        return {}
    together = sum(ms for ms, _ in pictures) / sum(megapixels for _, megapixels in pictures)
    middle = statistics.median(ms / megapixels for ms, megapixels in pictures)
    return {"ms_a_megapixel": round(together, 1), "median_ms_a_megapixel": round(middle, 1)}


def _judge_command(data: Path, files: list[str], megapixels: float) -> dict[str, float]:
    """Return what `aislescan decode` costs with its start and the loading of the pictures.

    In processor time of one core with one worker, and by the clock with one for each core.
    """
    started_s = _children_s()
    _run_command(data, files, "--workers", "1")
    spent_ms = 1000 * (_children_s() - started_s)
    started_s = time.monotonic()
    _run_command(data, files)
    wall_ms = 1000 * (time.monotonic() - started_s)
    return {
        "files_a_process": FILES_A_PROCESS,
        "megapixels": round(megapixels, 1),
        "ms_a_picture": round(spent_ms / len(files), 1),
        "ms_a_megapixel": round(spent_ms / megapixels, 1),
        "wall_ms_a_megapixel": round(wall_ms / megapixels, 1),
    }


def _run_command(data: Path, files: list[str], *options: str) -> None:
    command = [sys.executable, "-c", "import cli; cli.main()", "decode", *options]
    for i in range(0, len(files), FILES_A_PROCESS):
        batch = [str((data / file).resolve()) for file in files[i : i + FILES_A_PROCESS]]
        subprocess.run([*command, *batch], capture_output=True, check=False, cwd=ROOT)  # two files are no pictures: exit code 2


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _megapixels(data: Path, files: list[str]) -> float:
    n_px = 0
    for file in files:
        with contextlib.suppress(BadInputError):
            n_px += load_grey(data / file).size
    return n_px / 1e6


def _is_right(judge: ModuleType, expected: tuple[str, str], found: tuple[str, str]) -> bool:
    if expected[1] == "?":
        return bool(judge.fam(found[0]) == judge.fam(expected[0]))
    return bool(judge.match(*expected, *found))


def _print_costs(rows: dict[str, dict[str, Any]]) -> None:
    print("\n| ms a megapixel: together, median picture | " + " | ".join(rows) + " |")
    print("|---" * (len(rows) + 1) + "|")
    first = next(iter(rows.values()))
    tables = [{**row["families"], "no code": row["on_negatives"], "all": row} for row in rows.values()]
    for name in [*first["families"], "no code", "all"]:
        cells = (f"{table[name]['ms_a_megapixel']:.0f}, {table[name]['median_ms_a_megapixel']:.0f}" for table in tables)
        print(f"| {name} | " + " | ".join(cells) + " |")


def _print_table(rows: dict[str, dict[str, Any]]) -> None:
    print("| | " + " | ".join(rows) + " |")
    print("|---" * (len(rows) + 1) + "|")
    for name in next(iter(rows.values()))["families"]:
        cells = [row["families"][name] for row in rows.values()]
        print(
            f"| {name} | "
            + " | ".join(f"{100 * c['right'] / c['codes']:.1f} % ({c['right']}/{c['codes']}), {c['wrong']} wrong" for c in cells)
            + " |"
        )
    for name in ("logistics", "all"):
        print(f"| {name} | " + " | ".join(f"{100 * row[name]:.1f} %" for row in rows.values()) + " |")
    for name in ("wrong", "false_on_negatives", "ms_a_picture"):
        print(f"| {name.replace('_', ' ')} | " + " | ".join(str(row[name]) for row in rows.values()) + " |")


if __name__ == "__main__":
    main()
