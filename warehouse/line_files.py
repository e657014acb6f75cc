"""How a line file (`*.jsonl`) is spelled, and how one goes on whose writer was killed within a line."""

from __future__ import annotations

import json
import os
from typing import Any, BinaryIO

from warehouse.records import to_json


def line_of(record: Any) -> str:
    """Return a record as one line with its end."""
    return json.dumps(to_json(record), ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def drop_cut_line(stream: BinaryIO) -> None:
    """Take off a last line that has no end, and leave the stream at the end."""
    size = stream.seek(0, os.SEEK_END)
    if size == 0:
        return
    stream.seek(size - 1)
    if stream.read(1) != b"\n":
        stream.seek(0)
        stream.truncate(stream.read().rfind(b"\n") + 1)
