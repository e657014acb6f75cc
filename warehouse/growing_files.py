"""Follow a file that another program is writing: what came since the last look, in whole lines, or anew where it was replaced.

Opens the file for a moment at each look and only to read, so that whoever writes it never notices.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from warehouse.records import from_json

Record = TypeVar("Record")

MOST_BYTES = 1 << 23
"""Taken in at one look; a longer file takes several."""


@dataclass(slots=True)
class GrowingFile:
    """One file that grows, may not be there yet, and may be begun anew."""

    path: Path
    offset: int = 0
    """Up to here it was taken in."""
    _identity: tuple[int, int] | None = field(default=None, repr=False)

    def look(self) -> tuple[bytes, bool]:
        """Return the bytes beyond `offset` (at most `MOST_BYTES`; empty: none), and whether the file was begun anew since.

        A file begun anew is taken in from its start. `taken` moves the offset.
        """
        try:
            with self.path.open("rb") as stream:
                there = os.fstat(stream.fileno())
                identity = (there.st_dev, there.st_ino)
                is_anew = self._identity is not None and (identity != self._identity or there.st_size < self.offset)
                self._identity = identity
                if is_anew:
                    self.offset = 0
                if there.st_size == self.offset:
                    return b"", is_anew
                stream.seek(self.offset)
                return stream.read(MOST_BYTES), is_anew
        except OSError:  # not there yet, or gone: the folder is being put in order
            is_anew, self._identity, self.offset = self._identity is not None, None, 0
            return b"", is_anew

    def taken(self, n_bytes: int) -> None:
        """Say how much of what `look` gave need not be given again."""
        self.offset += n_bytes


class GrowingLines:
    """A line file (`*.jsonl`) that grows by whole lines; a half line is left until its end is there."""

    def __init__(self, path: Path) -> None:
        """Follow `path`, from its start."""
        self._file = GrowingFile(path)
        self.is_anew = False
        """Whether what the last `records` gave takes the place of everything before."""

    def records(self, record: type[Record]) -> Iterator[Record]:
        """Yield the records that came since the last call; a line that does not read is passed over."""
        self.is_anew = False
        while True:
            data, is_anew = self._file.look()
            self.is_anew |= is_anew
            end = data.rfind(b"\n") + 1
            if end == 0:
                return
            self._file.taken(end)
            for line in data[:end].splitlines():
                try:
                    yield from_json(record, json.loads(line))
                except ValueError:
                    continue


def changed_at_s(path: Path) -> float:
    """Return when a file was last written, in seconds since the epoch; 0 for one that is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
