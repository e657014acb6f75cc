"""The bytes of an import file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as RFC 4180 in UTF-8 without a byte order mark: a mark would become a part of the first column's name."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue().encode()


def totals(content: bytes, column: str) -> tuple[int, Decimal]:
    """Return how many rows stand under the header, and the sum of a column of numbers, whatever their units."""
    rows = iter(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
    index = next(row.index(column) for row in rows if column in row)
    quantities = [Decimal(row[index]) for row in rows if len(row) > index and row[index].strip("-. ")]
    return len(quantities), sum(quantities, Decimal(0))


def plain(quantity: Decimal) -> str:
    """Return a number with a point, without exponent or marks between thousands."""
    return f"{quantity:f}"
