"""Puts rows into the sheets of a finished workbook, which is a ZIP of XML."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping

_PIECE = 2_000
"""Rows that are compressed together."""


def styles_in_row(book: bytes, sheet: str, number: int) -> list[int]:
    """Return the numbers of the formats of the cells of a row, from the left."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        found = re.search(rf'<row r="{number}".*?</row>', archive.read(sheet).decode())
    return [int(style) for style in re.findall(r' s="([0-9]+)"', found[0])] if found else []


def spliced(book: bytes, rows: Mapping[str, Iterable[str]], *, corners: Mapping[str, str]) -> bytes:
    """Return the workbook with `rows` in place of the second row of each of these sheets, `corners` naming their last cells."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in rows:
                new.writestr(entry, old.read(entry))
                continue
            text = re.sub(r'<dimension ref="[^"]*"/>', f'<dimension ref="A1:{corners[entry.filename]}"/>', old.read(entry).decode())
            head, _, rest = text.partition('<row r="2"')
            with new.open(entry, "w") as file:
                file.write(head.encode())
                for piece in _pieces(rows[entry.filename]):
                    file.write(piece.encode())
                file.write(rest.partition("</row>")[2].encode())
    return stream.getvalue()


def _pieces(rows: Iterable[str]) -> Iterable[str]:
    piece: list[str] = []
    for row in rows:
        piece.append(row)
        if len(piece) == _PIECE:
            yield "".join(piece)
            piece.clear()
    yield "".join(piece)
