"""The values of a legacy `.xls`, read in a process of its own with bounded memory.

A damaged `.xls` may ask its reader for more memory than the machine has, which ends the process that reads it.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import python_calamine

from inventory import xls_program
from inventory.xls_program import FarCellError

LONGEST_S = 120.0
_COMMAND = (sys.executable, "-P", "-S", xls_program.__file__, str(Path(python_calamine.__file__).parents[1]))
"""Without the folder at work in its path, where a file may be called as a module is, and without what `site` reads."""

Sheets = list[tuple[str, list[list[object]]]]


class DamagedWorkbookError(Exception):
    """The reader ended on the file, or would have taken the machine's memory."""


def xls_values(raw: bytes) -> Sheets:
    """Return (sheet, rows of values) of an `.xls`.

    FarCellError; python_calamine.PasswordError or CalamineError where the reader says what is wrong, DamagedWorkbookError where it
    fails on the file.
    """
    try:
        done = subprocess.run(_COMMAND, input=raw, capture_output=True, check=False, timeout=LONGEST_S)
    except subprocess.TimeoutExpired as error:
        raise DamagedWorkbookError(f"not read after {LONGEST_S:g} s") from error
    if done.returncode != 0:
        raise DamagedWorkbookError("its reader ends on it")
    found = pickle.loads(done.stdout)  # of our own program, which answers with nothing else
    if isinstance(found, tuple):
        kind, words = found
        raise _SAID[kind](words)
    return found  # type: ignore[no-any-return]


_SAID: dict[str, type[Exception]] = {
    "far": FarCellError,
    "password": python_calamine.PasswordError,
    "other": python_calamine.CalamineError,
}
