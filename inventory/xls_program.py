"""Program that reads one legacy `.xls` from standard input and answers with what stands in it, pickled (`inventory.guarded_xls`).

It imports as little as it can: most of its time is that of starting. Its argument is the folder in which python_calamine lies.
"""

from __future__ import annotations

import io
import os
import pickle
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import python_calamine

MOST_CELLS = 10_000_000
"""Of a sheet, from its first to its last: a single cell in the far corner makes a table that no memory holds."""
MOST_BYTES = 3_000_000_000
"""Of memory for this process, and half of the machine's if that is less. Filled sheets of 65,536 rows were measured: with 30
columns they take 0.5 GB, with 150 columns 2.2 GB."""


MOST_COLUMNS = 256
"""Of a sheet of an `.xls`."""


class FarCellError(Exception):
    """A sheet reaches too far; says which one, and how far."""


def sheet_values(workbook: python_calamine.CalamineWorkbook, name: str) -> list[list[object]]:
    """Return the rows of a sheet, empty ones at the top kept, so that row numbers are those that the user sees; or FarCellError."""
    sheet = workbook.get_sheet_by_name(name)
    if sheet.end is not None and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MOST_CELLS:
        raise FarCellError(f"sheet {name!r} reaches to row {sheet.end[0] + 1} and column {sheet.end[1] + 1}")
    return [list(row) for row in sheet.to_python(skip_empty_area=False)]


def _read(raw: bytes) -> Any:
    """Return (sheet, rows) of each sheet, or ("far" | "password" | "other", what is wrong)."""
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        for name in workbook.sheet_names:
            end = workbook.get_sheet_by_name(name).end
            if end is not None and end[1] >= MOST_COLUMNS:
                return "other", f"it is damaged: sheet {name!r} reaches to column {end[1] + 1} of {MOST_COLUMNS}"
        return [(name, sheet_values(workbook, name)) for name in workbook.sheet_names]
    except FarCellError as error:
        return "far", str(error)
    except python_calamine.PasswordError as error:  # before CalamineError, of whose kind it is
        return "password", str(error)
    except python_calamine.CalamineError as error:
        return "other", str(error)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for what, most in ((resource.RLIMIT_AS, min(MOST_BYTES, machine // 2)), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    sys.path.append(sys.argv[1])
    _limit_memory()
    sys.stdout.buffer.write(pickle.dumps(_read(sys.stdin.buffer.read())))
