"""The values of a workbook's sheets; of a legacy `.xls` read in a process of its own with bounded memory.

A damaged `.xls` may ask its reader for more memory than the machine has. Run as a program this module reads one from standard input
and answers with what stands in it, pickled.
"""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from typing import Any

import python_calamine

MOST_CELLS = 10_000_000
"""Of a sheet, from its first to its last: a single cell in the far corner makes a table that no memory holds."""
MOST_BYTES = 3_000_000_000
"""Of memory for the process that reads an `.xls`."""
LONGEST_S = 120.0

Sheets = list[tuple[str, list[list[object]]]]


class DamagedWorkbookError(Exception):
    """The reader ended on the file, or would have taken the machine's memory."""


class FarCellError(Exception):
    """A sheet reaches too far; says which one, and how far."""


def sheet_values(workbook: python_calamine.CalamineWorkbook, name: str) -> list[list[object]]:
    """Return the rows of a sheet, empty ones at the top kept, so that row numbers are those that the user sees; or FarCellError."""
    sheet = workbook.get_sheet_by_name(name)
    if sheet.end is not None and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MOST_CELLS:
        raise FarCellError(f"sheet {name!r} reaches to row {sheet.end[0] + 1} and column {sheet.end[1] + 1}")
    return [list(row) for row in sheet.to_python(skip_empty_area=False)]


def xls_values(raw: bytes) -> Sheets:
    """Return (sheet, rows of values) of an `.xls`.

    FarCellError; python_calamine.PasswordError or CalamineError where the reader says what is wrong, DamagedWorkbookError where it
    fails on the file.
    """
    command = [sys.executable, "-m", "inventory.guarded_xls"]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, check=False, timeout=LONGEST_S)
    except subprocess.TimeoutExpired as error:
        raise DamagedWorkbookError(f"not read after {LONGEST_S:g} s") from error
    if done.returncode != 0:
        raise DamagedWorkbookError("its reader ends on it")
    found = pickle.loads(done.stdout)  # of this module's own program, which answers with nothing else
    if isinstance(found, tuple):
        kind, words = found
        raise _SAID[kind](words)
    return found  # type: ignore[no-any-return]


_SAID: dict[str, type[Exception]] = {
    "far": FarCellError,
    "password": python_calamine.PasswordError,
    "other": python_calamine.CalamineError,
}
"""In the order in which they are told apart: a protected workbook is an error of the reader's, too."""


def _read(raw: bytes) -> Any:
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        return [(name, sheet_values(workbook, name)) for name in workbook.sheet_names]
    except tuple(_SAID.values()) as error:
        return next(kind for kind, known in _SAID.items() if isinstance(error, known)), str(error)


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
