"""Thousands of mutated stock lists through the reader and `erp inspect`: no crash, and no row that is lost in silence.

    python -m benchmarks.erp_mutated --files 100000 --rows erp_mutated.jsonl --out benchmarks/results/erp_mutated.json

Sound exports (those of --data, where it is there, and generated ones of every profile) are harmed in one to three seeded ways. A
file is either refused with a reason, or its rows read + refused + skipped are all rows of the file, each once: counted here by a
counter that shares no code with the reader (openpyxl for workbooks; of an .xls nothing is counted). Rows that are skipped must be
what they are skipped as. A file on which the process ends, takes more than 4 GB or a minute, is a crash.

--rows keeps a line for each piece of 100 files, with the commit that read it; a run that was broken off goes on behind them, and
pieces with a crash or a broken law are read again when the commit is another.

In the kept result two of 100,000 files were found to take more than a minute (an .xls with a cell in column 47,364); such are
refused since, and their pieces were read again.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import resource
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NoReturn

import numpy as np
import openpyxl

from benchmarks.erp_harms import generated, mutated
from benchmarks.machine import describe_machine
from inventory import table_file
from inventory.erp_file import read_erp_bytes
from inventory.erp_lines import ErpFile
from inventory.erp_rows import BLANK, SiteRules
from inventory.guarded_xls import Sheets, xls_values
from inventory.inspection import as_json, inspect_bytes
from inventory.inspection_text import describe_inspection
from inventory.profiles import all_profiles
from warehouse.errors import AislescanError

DATA = Path(__file__).parents[2] / "shared" / "data" / "erp"
CHUNK = 100
MOST_BYTES = 4_000_000_000
LONGEST_S = 60.0
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


def measure(n_files: int, first: int, data: Path | None) -> dict[str, Any]:
    """Return counts of outcomes by harm, the reasons of refusals, and every file that breaks a law."""
    return summary([measure_some(first, n_files, sound_files(data))])


def measure_some(first: int, n_files: int, files: dict[str, bytes]) -> dict[str, Any]:
    """Return what became of the files of these numbers, as a line of --rows."""
    by_harm: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    broken: list[str] = []
    start_s = _cpu_s()
    for number in range(first, first + n_files):
        harm, name, raw = mutated(number, files)
        signal.setitimer(signal.ITIMER_REAL, LONGEST_S if _files else 0)
        outcome, reason = outcome_of(name, raw)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if outcome not in ("read", "read, with rows refused", "refused"):
            broken.append(f"file {number} ({harm} of {name}): {outcome}")
            outcome = outcome.partition(":")[0]
        by_harm.setdefault(harm, Counter())[outcome] += 1
        reasons.update([reason] if reason else [])
    return {
        "first": first,
        "files": n_files,
        "by_harm": by_harm,
        "reasons": reasons,
        "broken": broken,
        "cpu_s": round(_cpu_s() - start_s, 2),
    }


def _cpu_s() -> float:
    """Return processor time, with that of the processes that read .xls."""
    return sum(os.times()[:4])


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of all pieces together."""
    by_harm: dict[str, Counter[str]] = {}
    for row in rows:
        for harm, counts in row["by_harm"].items():
            by_harm.setdefault(harm, Counter()).update(counts)
    outcomes = sum(by_harm.values(), Counter())
    broken = [line for row in sorted(rows, key=lambda row: int(row["first"])) for line in row["broken"]]
    n_files = sum(row["files"] for row in rows)
    return {
        "files": n_files,
        "outcomes": dict(sorted(outcomes.items())),
        "crashes_and_broken_laws": len(broken),
        "broken": broken[:40],
        "by_harm": {harm: dict(sorted(counts.items())) for harm, counts in sorted(by_harm.items())},
        "refused_because": dict(sum((Counter(row["reasons"]) for row in rows), Counter()).most_common()),
        "cpu_ms_a_file": round(1000 * sum(row["cpu_s"] for row in rows) / max(n_files, 1), 1),
    }


# -- many files, by other processes ----------------------------------------------------------------------------------------------

_files: dict[str, bytes] = {}
"""The sound files, of a process that reads pieces."""


def _begin(data: Path | None) -> None:
    """Make ready a process that reads pieces: the sound files, limits, and each .xls read once for both looks at it."""
    _files.update(sound_files(data))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, hard))
    signal.signal(signal.SIGALRM, _too_long)
    vars(table_file)["xls_values"] = _remembering(xls_values)


def _too_long(*_: object) -> NoReturn:
    raise TimeoutError(f"not read after {LONGEST_S:g} s")


def _remembering(read: Callable[[bytes], Sheets]) -> Callable[[bytes], Sheets]:
    """Return the same reader, which answers a second question about the same bytes from memory."""
    last: list[tuple[bytes, Sheets | Exception]] = [(b"", [])]

    def answer(raw: bytes) -> Sheets:
        if last[0][0] != raw:
            try:
                last[0] = raw, read(raw)
            except Exception as error:
                last[0] = raw, error
        found = last[0][1]
        if isinstance(found, Exception):
            raise found
        return found

    return answer


def _piece(first: int, n_files: int) -> dict[str, Any]:
    return measure_some(first, n_files, _files)


class Apart:
    """Reads pieces in another process, and begins a new one where that ends."""

    def __init__(self, data: Path | None) -> None:
        """Begin the process."""
        self._data = data
        self._pool = self._begun()

    def _begun(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin, (self._data,))

    def measure(self, first: int, n_files: int) -> dict[str, Any]:
        """Return the row of a piece; where the process ends, the piece is read file by file, and that file is a crash."""
        try:
            return self._pool.submit(_piece, first, n_files).result()
        except BrokenProcessPool:
            self._pool = self._begun()
        if n_files == 1:
            ended = "the process ended"
            crash = {"by_harm": {"?": {ended: 1}}, "reasons": {}, "broken": [f"file {first}: {ended}"], "cpu_s": 0.0}
            return {"first": first, "files": 1, **crash}
        rows = [self.measure(number, 1) for number in range(first, first + n_files)]
        together = summary(rows)
        return {
            "first": first,
            "files": n_files,
            "by_harm": together["by_harm"],
            "reasons": together["refused_because"],
            "broken": [line for row in rows for line in row["broken"]],
            "cpu_s": round(sum(row["cpu_s"] for row in rows), 2),
        }


def main() -> None:
    """Read the files that were not read yet; keep the counts of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--rows", type=Path, help="One JSON line a piece; a run that was broken off goes on behind them.")
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    machine, has_data = describe_machine(), options.data.is_dir()
    about = {"commit": machine["commit"], "with_real_files": has_data}
    rows = _kept(options.rows, about)
    left = SimpleQueue[int]()
    for first in range(0, options.files, CHUNK):
        if first not in rows:
            left.put(first)

    def work() -> None:
        apart = Apart(options.data)
        while not left.empty():
            try:
                first = left.get_nowait()
            except Empty:
                return
            row = apart.measure(first, CHUNK) | about
            rows[first] = row
            if options.rows is not None:
                with options.rows.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            if row["broken"] or len(rows) % 20 == 0:
                print(len(rows) * CHUNK, *row["broken"], sep="\n", flush=True)

    with ThreadPoolExecutor(options.workers) as threads:
        for done in [threads.submit(work) for _ in range(options.workers)]:
            done.result()
    wanted = [row for first, row in rows.items() if first < options.files]
    commits: Counter[str] = Counter()
    for row in wanted:
        commits[row["commit"]] += row["files"]
    result = {"machine": machine, "with_real_files": has_data, "files_by_commit": commits, **summary(wanted)}
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if options.out is not None:
        options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _kept(path: Path | None, about: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the pieces that need not be read again, by their first file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else []
    rows = {row["first"]: row for line in lines if line.endswith("}") for row in [json.loads(line)]}  # the last may be cut
    return {
        first: row
        for first, row in rows.items()
        if row["with_real_files"] == about["with_real_files"] and not (row["broken"] and row["commit"] != about["commit"])
    }


if __name__ == "__main__":
    main()
