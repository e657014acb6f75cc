"""Read a legacy `.xls` in a process of its own with bounded memory: a damaged one may ask its reader for more than the machine has.

Run as a program it reads the workbook from standard input and answers with what stands in it, pickled.
"""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from typing import Any

import python_calamine

MOST_BYTES = 3_000_000_000
"""Of memory; the largest sheet that the format can hold, 65,536 rows by 256 columns, takes less."""
LONGEST_S = 120.0

Sheets = list[tuple[str, list[list[object]]]]


class DamagedWorkbookError(Exception):
    """The reader ended on the file, or would have taken the machine's memory."""


def xls_values(raw: bytes) -> Sheets:
    """Return (sheet, rows of values) of a workbook, empty rows at the top kept.

    python_calamine.PasswordError or CalamineError where it says what is wrong, DamagedWorkbookError where it fails on the file.
    """
    command = [sys.executable, "-m", "inventory.guarded_xls"]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, check=False, timeout=LONGEST_S)
    except subprocess.TimeoutExpired as error:
        raise DamagedWorkbookError(f"not read after {LONGEST_S:g} s") from error
    if done.returncode != 0:
        raise DamagedWorkbookError("its reader ends on it")
    found = pickle.loads(done.stdout)  # written by this same program, one line further down
    if isinstance(found, tuple):
        kind, words = found
        raise {"password": python_calamine.PasswordError, "other": python_calamine.CalamineError}[kind](words)
    return found  # type: ignore[no-any-return]


def _read(raw: bytes) -> Any:
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        return [
            (name, [list(row) for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)])
            for name in workbook.sheet_names
        ]
    except python_calamine.PasswordError as error:
        return "password", str(error)
    except python_calamine.CalamineError as error:
        return "other", str(error)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, hard))


if __name__ == "__main__":
    _limit_memory()
    sys.stdout.buffer.write(pickle.dumps(_read(sys.stdin.buffer.read())))
