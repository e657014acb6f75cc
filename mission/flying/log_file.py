"""A log of a flight, whichever its kind: ArduPilot's dataflash log (.BIN) or a recording of the link (.tlog)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from warehouse.errors import BadInputError

Found = TypeVar("Found")


def read_log_file(path: Path, of_bin: Callable[[Path], Found], of_tlog: Callable[[Path], Found], *, remedy: str) -> Found:
    """Return what the reader for its kind finds in a log; BadInputError for a file that is none, or is damaged."""
    if not path.is_file():
        raise BadInputError(f"{path}: no such file", remedy=remedy)
    kind = path.suffix.lower()
    if kind not in (".bin", ".tlog"):
        raise BadInputError(f"{path}: not a flight log; expected a name that ends in .BIN or .tlog", remedy=remedy)
    try:
        return (of_bin if kind == ".bin" else of_tlog)(path)
    except (OSError, ValueError, TypeError, IndexError, KeyError, AttributeError) as error:  # the parsers' own, on a damaged file
        raise BadInputError(f"{path}: cannot be read as a flight log: {error}", remedy=remedy) from error
