"""How many wrong SSCCs are booked from labels around and below the limit of what can be read, and from pictures without a label.

    python -m benchmarks.wrong_reads [--labels 100000] [--workers 2] [--seed 1] [--continue]

Every label goes through `decode` and then through the rules of two sites: one without `sscc_prefixes`, one with those of its
labels. Conditions are drawn anew for every label: half to one and a fifth of the pixels a module that its blur, smear and turn
call for; noise, contrast, glare, uneven light, JPEG; one label in ten has lines printed wrong along its bars. Beside the labels,
one picture in twenty shows cartons, print, film and stripes only. Beside aislescan stands zxing-cpp alone, with the same rules.
`undoubted` counts the wrong SSCCs that would accuse somebody: those that the comparison with the ERP does not take for damaged
bars of the right one. Writes benchmarks/results/wrong_reads.json, with machine, commit and every wrong text: stop it when you
like, and go on with --continue, which is refused when the code that reads has changed since.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import math
import multiprocessing
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.stress import ART_PX, INK, PAPER, Picture, Rng, Sticker, Stress, photograph, sticker, texture
from inventory.lookalike import may_be_misread
from vision.codes import zxing_engine
from vision.codes.decode import decode
from vision.codes.decoded import MATRIX, Decoded
from vision.codes.labels import understand
from warehouse.pallet_ids import check_digit
from warehouse.run_folder import write_atomically
from warehouse.site import LabelRules

RESULTS = Path(__file__).parent / "results"
SYMBOLOGIES = ("Code128", "DataMatrix")
PREFIXES = ("08412345", "38412345")
READING = ("vision.codes.", "warehouse.pallet_ids", "benchmarks.stress")
"""Modules, as far as they are loaded here, by how their names begin."""
ENGINES = ("zxing-cpp", "pyzbar", "opencv-python-headless", "numpy", "biip")
_CHUNK = 250
_GROUND_PX = (420, 640)


def _rules(prefixes: tuple[str, ...]) -> LabelRules:
    return LabelRules(
        symbologies=SYMBOLOGIES,
        narrowest_bar_mm=0.6,
        width_mm=148.0,
        height_mm=105.0,
        lowest_m=0.4,
        highest_m=0.8,
        sscc_prefixes=prefixes,
    )


SITES = {"any prefix": _rules(()), "listed prefixes": _rules(PREFIXES)}


@dataclass(slots=True)
class Tally:
    """What one chunk of labels gave."""

    labels: int = 0
    grounds: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[dict[str, Any]] = field(default_factory=list)


def main() -> None:
    """Judge all labels on some processes and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--continue", dest="goes_on", action="store_true", help="keep the labels that the result file has")
    args = parser.parse_args()
    started = time.perf_counter()
    path = RESULTS / "wrong_reads.json"
    drawn = {"seed": args.seed, "reading_code": _reading_code()}
    total = _kept(path, drawn) if args.goes_on and path.exists() else Tally()
    done, chunks = total.labels // _CHUNK, math.ceil(args.labels / _CHUNK)
    with multiprocessing.get_context("spawn").Pool(args.workers) as pool:
        for number, tally in enumerate(pool.imap(partial(_judge_chunk, args.seed), range(done, chunks)), start=done + 1):
            total.labels += tally.labels
            total.grounds += tally.grounds
            total.counts += tally.counts
            total.wrong += tally.wrong
            if number % 4 == 0 or number == chunks:
                print(
                    f"{total.labels} labels, {time.perf_counter() - started:.0f} s: {dict(sorted(total.counts.items()))}",
                    flush=True,
                )
                _keep(path, total, drawn)
    for case in total.wrong:
        print(json.dumps(case))


def _reading_code() -> str:
    """Return a digest of what decides what is read: our sources without comments, the stress, the versions of the engines."""
    digest = hashlib.sha256()
    for name, module in sorted(sys.modules.items()):
        if name.startswith(READING) and module.__file__:
            digest.update(_without_words(Path(module.__file__).read_text(encoding="utf-8")).encode())
    for engine in ENGINES:
        digest.update(f"{engine} {version(engine)}\n".encode())
    return digest.hexdigest()[:16]


def _without_words(source: str) -> str:
    """Return a source file without its comments and docstrings: they decide nothing."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [s for s in body if not _is_word(s)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _is_word(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _kept(path: Path, drawn: dict[str, Any]) -> Tally:
    """Return the labels that a result file has; exit when they were drawn or read otherwise."""
    result = json.loads(path.read_text())
    for what, now in drawn.items():
        if result.get(what) != now:
            sys.exit(f"{path} was made with another {what} ({result.get(what)}, now {now}): leave --continue out to begin anew")
    return Tally(result["labels"], result["pictures_without_label"], Counter(result["counts"]), result["wrong"])


def _keep(path: Path, total: Tally, drawn: dict[str, Any]) -> None:
    """Write what is known so far: the whole takes an hour or two, and a part of it is a result, too."""
    result = {
        "machine": describe_machine(),
        **drawn,
        "labels": total.labels,
        "pictures_without_label": total.grounds,
        "counts": dict(sorted(total.counts.items())),
        "undoubted": sum(1 for w in total.wrong if w["way"] == "aislescan" and "booked" in w and _is_undoubted(w)),
        "wrong": total.wrong,
    }
    write_atomically(path, json.dumps(result, indent=1) + "\n")


def _is_undoubted(wrong: dict[str, Any]) -> bool:
    return not wrong["is"] or wrong["symbology"] in MATRIX or not may_be_misread(wrong["is"], wrong["booked"])


def _judge_chunk(seed: int, chunk: int) -> Tally:
    cv2.setNumThreads(1)
    tally = Tally()
    for i in range(_CHUNK):
        rng = np.random.default_rng([seed, chunk, i])
        payload = f"{rng.choice(PREFIXES)}{rng.integers(0, 10**9):09d}"
        sscc = payload + check_digit(payload)
        symbology = "DataMatrix" if rng.random() < 0.05 else "Code128"
        stress = random_stress(rng, symbology)
        label = sticker(symbology, f"[00]{sscc}")
        if symbology == "Code128" and rng.random() < 0.1:
            label = misprinted(label, rng)
        picture = photograph(label, symbology, stress, rng, margin=0.08)
        _judge(tally, picture, sscc, {"chunk": chunk, "label": i, **asdict(stress)})
        tally.labels += 1
        if i % 20 == 0:
            _judge(tally, texture(rng, _GROUND_PX), "", {"chunk": chunk, "ground": i})
            tally.grounds += 1
    return tally


def random_stress(rng: Rng, symbology: str) -> Stress:
    """Return a condition near the limit: the rule of thumb for the pixels needed is that of the flight planner."""
    blur, motion = float(rng.uniform(0.4, 1.6)), float(rng.choice([0.0, rng.uniform(0.5, 4.0)]))
    yaw = float(rng.uniform(-50, 50))
    needed = max(1.2, 2 * blur, 0.65 * motion) / math.cos(math.radians(yaw)) + (0.7 if symbology == "DataMatrix" else 0.0)
    return Stress(
        px_per_module=float(min(needed * rng.uniform(0.5, 1.2), 4.0)),
        blur_px=blur,
        motion_px=motion,
        motion_deg=float(rng.choice([0.0, 0.0, 90.0, rng.uniform(0, 180)])),
        noise=float(rng.uniform(0, 20)),
        yaw_deg=yaw,
        pitch_deg=float(rng.uniform(-20, 20)),
        roll_deg=float(rng.normal(0, 4) if rng.random() < 0.7 else rng.uniform(-90, 90)),
        contrast=float(rng.uniform(0.15, 1.0)),
        n_glares=int(rng.integers(0, 5)) if rng.random() < 0.3 else 0,
        glare_share=float(rng.uniform(0.1, 0.6)),
        unevenness=float(rng.uniform(0, 0.8)) if rng.random() < 0.3 else 0.0,
        jpeg_quality=int(rng.integers(20, 90)) if rng.random() < 0.3 else 0,
    )


def misprinted(label: Sticker, rng: Rng) -> Sticker:
    """Return the sticker with lines along its bars that a dead or a sticking element of the print head leaves."""
    art = label.art.copy()
    left, _, right, _ = label.symbol_px
    for _ in range(int(rng.integers(1, 4))):
        x = int(rng.integers(left, right))
        art[:, x : x + max(1, round(rng.uniform(0.2, 1.5) * ART_PX))] = rng.choice([PAPER, PAPER, INK])
    return Sticker(art, label.symbol_px)


def _judge(tally: Tally, picture: Picture, sscc: str, case: dict[str, Any]) -> None:
    for way, found in (
        ("aislescan", decode(picture, symbologies=SYMBOLOGIES)),
        ("zxing-cpp", zxing_engine.read(picture, SYMBOLOGIES, variant="plain", try_invert=True)),
    ):
        tally.counts[f"{way}: texts"] += len(found)
        strays = [d for d in found if d.text != f"00{sscc}"]
        tally.counts[f"{way}: wrong texts"] += len(strays)
        tally.wrong += [{"way": way, "text": d.text, "is": f"00{sscc}", "variant": d.variant, **case} for d in strays]
        for site, rules in SITES.items():
            booked = {(pallet, d.variant, d.symbology) for d in found if (pallet := _pallet(d, rules))}
            tally.counts[f"{way}, {site}: right"] += any(value == sscc for value, *_ in booked)
            for value, variant, symbology in sorted(booked):
                if value != sscc:
                    tally.counts[f"{way}, {site}: wrong"] += 1
                    wrong = {"way": way, "site": site, "booked": value, "is": sscc, "variant": variant, "symbology": symbology}
                    tally.wrong.append({**wrong, **case})


def _pallet(d: Decoded, rules: LabelRules) -> str:
    pallet = understand(d.text, symbology=d.symbology, is_gs1=d.is_gs1, rules=rules).pallet
    return pallet.value if pallet else ""


if __name__ == "__main__":
    main()
