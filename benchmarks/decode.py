"""Read rate and wrong reads on real photographs, beside zxing-cpp alone and pyzbar alone.

    python -m benchmarks.decode [--data ../shared/data/barcodes]

The rules of comparison are those of `tools/judge_decode.py` beside the data. Writes benchmarks/results/decode.json, with the
machine and the commit. Milliseconds are processor time of one core.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2

from benchmarks.machine import describe_machine
from vision import zbar_engine, zxing_engine
from vision.decode import decode
from vision.decoded import DEFAULT_SYMBOLOGIES, Decoded
from vision.grey import Grey
from vision.pictures import load_grey
from warehouse.errors import BadInputError

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
LOGISTICS = ("Code128", "Code39", "ITF", "QR", "DataMatrix")
Expected = list[tuple[str, str]]

WAYS: dict[str, Callable[[Grey], list[Decoded]]] = {
    "aislescan": lambda image: list(decode(image)),
    "zxing-cpp": lambda image: zxing_engine.read(image, DEFAULT_SYMBOLOGIES, variant="plain"),
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
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "decode.json").write_text(json.dumps({"machine": describe_machine(), "ways": rows}, indent=1) + "\n")
    _print_table(rows)


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
    cpu_s = 0.0
    for file, expected in pictures.items():
        try:
            image = load_grey(data / file)
        except BadInputError:  # two of the negatives are pictures of one pixel that no reader opens
            continue
        started = time.process_time()
        decoded = way(image)
        cpu_s += time.process_time() - started
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
    by_family = {name: {"codes": total[name], "right": right[name], "wrong": wrong[name]} for name in sorted(total)}
    logistics = sum(right[name] for name in LOGISTICS) / max(sum(total[name] for name in LOGISTICS), 1)
    return {
        "families": by_family,
        "logistics": round(logistics, 4),
        "all": round(sum(right.values()) / max(sum(total.values()), 1), 4),
        "wrong": sum(wrong.values()),
        "false_on_negatives": n_false,
        "negatives": n_negative,
        "ms_a_picture": round(1000 * cpu_s / len(pictures), 1),
    }


def _is_right(judge: ModuleType, expected: tuple[str, str], found: tuple[str, str]) -> bool:
    if expected[1] == "?":
        return bool(judge.fam(found[0]) == judge.fam(expected[0]))
    return bool(judge.match(*expected, *found))


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
