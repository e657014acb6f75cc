"""Thousands of mutated stock lists through the reader and `erp inspect`: no crash, and no row that is lost in silence.

    python -m benchmarks.erp_mutated --files 20000 --workers 2 --out benchmarks/results/erp_mutated.json

Sound exports (those of --data, where it is there, and generated ones of every profile) are harmed in one to three seeded ways. A
file is either refused with a reason, or its rows read + refused + skipped are all rows of the file, each once: counted here by a
counter that shares no code with the reader (openpyxl for workbooks). Rows that are skipped must be what they are skipped as.

Known limit: some damaged .xls make calamine ask for gigabytes, which ends the process (bound it with `ulimit -v`). The pieces of
500 files in which that happens are not counted, and the run then waits: stop it by hand. It befell 3 of the 40 pieces of the kept
result.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

from benchmarks.erp_harms import generated, mutated
from benchmarks.machine import describe_machine
from inventory.erp_file import read_erp_bytes
from inventory.erp_lines import ErpFile
from inventory.erp_rows import BLANK, SiteRules
from inventory.inspection import as_json, inspect_bytes
from inventory.inspection_text import describe_inspection
from inventory.profiles import all_profiles
from warehouse.errors import AislescanError

DATA = Path(__file__).parents[2] / "shared" / "data" / "erp"
CHUNK = 500
KINDS = (".csv", ".txt", ".xls", ".xlsx")


def counted_rows(raw: bytes, erp: ErpFile, sheet: str) -> list[str] | int:
    """Return the text of each record of the file, or the number of rows of a sheet, without any code of the reader."""
    if erp.encoding == "xlsx":
        try:
            book = openpyxl.load_workbook(io.BytesIO(raw))
        except Exception:  # stricter about damage than the reader; then nothing is counted
            return -1
        return max((cell.row for row in book[sheet].iter_rows() for cell in row if cell.value not in (None, "")), default=0)
    text = raw.decode("utf-8-sig" if erp.encoding == "utf-8" else erp.encoding)
    is_list = erp.delimiter == "|" and next(p for p in all_profiles() if p.name == erp.profile).is_page_list
    records, record, is_quoted, is_start = [], "", False, True
    i = 0
    while i < len(text):
        c = text[i]
        if c in "\r\n" and not is_quoted:
            records.append(record)
            record, is_start = "", True
            i += 2 if text[i : i + 2] == "\r\n" else 1
            continue
        record += c
        if not is_list and c == '"' and (is_quoted or is_start):
            is_quoted = not is_quoted
            is_start = is_quoted is False and text[i + 1 : i + 2] == '"'  # a doubled quote opens again at once
        else:
            is_start = c == erp.delimiter and not is_quoted
        i += 1
    return [*records, record] if record else records


def broken_law(raw: bytes, erp: ErpFile, sheet: str) -> str:
    """Return which law the reading breaks; empty when none."""
    parts = [
        [line.row for line in erp.lines],
        sorted({f.row for f in erp.faults if f.is_refused}),
        *(list(s.rows) for s in erp.skipped),
    ]
    rows = sorted(row for part in parts for row in part)
    if len(erp.lines) + erp.n_refused != erp.n_rows:
        return "read and refused are not the rows under the header"
    if rows != list(range(1, len(rows) + 1)):
        return "a row stands in two parts, or in none"
    if erp.encoding == "xls":
        return ""
    counted = counted_rows(raw, erp, sheet)
    if counted == -1:
        return ""
    if isinstance(counted, int):
        return (
            ""
            if sum(1 for r in rows if r <= counted) == counted and all(r in _blank(erp) for r in rows if r > counted)
            else "rows of the sheet"
        )
    if len(counted) != len(rows):
        return f"{len(rows)} rows told, {len(counted)} in the file"
    for skipped in erp.skipped:
        for row in skipped.rows:
            text = counted[row - 1]
            if skipped.why == BLANK and text.strip(f'{erp.delimiter} "-\t\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2028\u3000\r\n|'):
                return "a row with text is skipped as blank"
            if skipped.why == "a page title or rule" and erp.delimiter in text:
                return "a row with cells is skipped as a title"
    return ""


def _blank(erp: ErpFile) -> set[int]:
    return {row for s in erp.skipped if s.why == BLANK for row in s.rows}


def outcome_of(name: str, raw: bytes) -> tuple[str, str]:
    """Return what became of one file in a word or two, and the reason of a refusal."""
    refusal = ""
    erp: ErpFile | None = None
    try:
        erp = read_erp_bytes(raw, name, SiteRules())
    except AislescanError as error:
        refusal = str(error)
    except Exception as error:
        return f"crash: {type(error).__name__}: {error}", ""
    try:
        inspection = inspect_bytes(raw, name)
        describe_inspection(inspection)
        json.dumps(as_json(inspection))
    except AislescanError as error:
        return ("refused", reason_of(refusal)) if refusal == str(error) else ("inspect and read disagree", "")
    except Exception as error:
        return f"crash of inspect: {type(error).__name__}: {error}", ""
    if bool(inspection.refusal) != bool(refusal):
        return "inspect and read disagree", ""
    if erp is None:
        return ("refused", reason_of(refusal)) if "->" in refusal and name in refusal else ("refused without name or remedy", "")
    law = broken_law(raw, erp, inspection.found.sheet if inspection.found else "")
    if law:
        return f"law broken: {law}", ""
    return ("read" if not erp.n_refused else "read, with rows refused"), ""


def reason_of(what: str) -> str:
    """Return the kind of refusal."""
    kinds = (
        *("no column for", "does not fit profile", "several profiles fit", "not UTF-8", "byte order mark", "NUL", "never closed"),
        *("swallows", "not CSV", "lost", "both mean", "no rows", "can be used", "is empty", "all look like", "workbook"),
    )
    return next((kind for kind in kinds if kind in what), what[:80])


def sound_files(data: Path | None) -> dict[str, bytes]:
    """Return whole files by name."""
    rng = np.random.default_rng(2026)
    files: dict[str, bytes] = {}
    for profile in all_profiles():
        files |= generated(profile, rng)
    for path in sorted(data.rglob("*")) if data is not None and data.is_dir() else ():
        if path.suffix in KINDS and "HEADER" not in path.name:  # a header alone is refused as it is
            for copy in range(4):  # about as often as the generated ones
                files[f"{copy}-{path.name}"] = path.read_bytes()
    return files


Counts = tuple[dict[str, Counter[str]], Counter[str], list[str], float]
"""Outcomes by harm, reasons of refusals, files that break a law, processor time in seconds."""


def measure_some(first: int, n_files: int, data: Path | None) -> Counts:
    """Return what became of the files of these numbers."""
    files = sound_files(data)
    by_harm: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    broken: list[str] = []
    start = time.process_time()
    for number in range(first, first + n_files):
        harm, name, raw = mutated(number, files)
        outcome, reason = outcome_of(name, raw)
        if outcome not in ("read", "read, with rows refused", "refused"):
            broken.append(f"file {number} ({harm} of {name}): {outcome}")
            outcome = outcome.partition(":")[0]
        by_harm.setdefault(harm, Counter())[outcome] += 1
        reasons.update([reason] if reason else [])
    return by_harm, reasons, broken, time.process_time() - start


def measure(n_files: int, first: int, data: Path | None) -> dict[str, Any]:
    """Return counts of outcomes by harm, the reasons of refusals, and every file that breaks a law."""
    return summary([measure_some(first, n_files, data)], data)


def measure_in_pieces(n_files: int, data: Path | None, workers: int, out: Path | None) -> dict[str, Any]:
    """Return the same, by several processes; what is done so far is kept in `out`."""
    pieces = [(at, min(CHUNK, n_files - at), data) for at in range(0, n_files, CHUNK)]
    about, parts = {"machine": describe_machine()}, []
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for part in pool.imap_unordered(_piece, pieces):
            parts.append(part)
            result = about | summary(parts, data)
            if out is not None:
                out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return result


def _piece(piece: tuple[int, int, Path | None]) -> Counts:
    return measure_some(*piece)


def summary(parts: list[Counts], data: Path | None) -> dict[str, Any]:
    """Return the figures of all parts together."""
    by_harm: dict[str, Counter[str]] = {}
    for part in parts:
        for harm, counts in part[0].items():
            by_harm.setdefault(harm, Counter()).update(counts)
    total = sum(by_harm.values(), Counter())
    broken = [line for part in parts for line in part[2]]
    return {
        "files": total.total(),
        "with_real_files": data is not None and data.is_dir(),
        "outcomes": dict(sorted(total.items())),
        "crashes_and_broken_laws": len(broken),
        "broken": broken[:40],
        "by_harm": {harm: dict(sorted(counts.items())) for harm, counts in sorted(by_harm.items())},
        "refused_because": dict(sum((part[1] for part in parts), Counter()).most_common()),
        "cpu_ms_a_file": round(1000 * sum(part[3] for part in parts) / total.total(), 1),
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    result = measure_in_pieces(options.files, options.data, options.workers, options.out)
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
