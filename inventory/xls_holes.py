"""Cells of a legacy `.xls` that its reader shows as empty though they are not: errors such as #N/A and #REF!.

Only as much of the two formats is read as leads there: the compound file that holds the workbook's stream ([MS-CFB] 2.2 to 2.6),
and in that the records of cells that hold an error ([MS-XLS], BoolErr, and Formula with FormulaValue).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_END = 0xFFFFFFFA
"""Sector numbers from here on are marks, such as the end of a chain."""
_BOUNDSHEET, _BOF, _EOF, _FORMULA, _BOOLERR = 0x0085, 0x0809, 0x000A, 0x0006, 0x0205
_BIFF8 = 0x0600
_COLUMNS = 256
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def xls_holes(raw: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Return by sheet (row, column), both from 1, of each cell with an error, and the error.

    Nothing where the file is damaged: its reader says that.
    """
    try:
        stream = _workbook_stream(raw)
        return {name: found for name, start in _sheets(stream) if (found := _errors(stream, start))}
    except (struct.error, IndexError, ValueError):
        return {}


def _errors(stream: bytes, start: int) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    depth = 0
    for kind, at, length in _records(stream, start):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif depth == 1 and kind in (_BOOLERR, _FORMULA):  # deeper down are charts within the sheet
            row, column = struct.unpack_from("<HH", stream, at)
            if column >= _COLUMNS:  # no sheet is so wide: damage
                continue
            if kind == _BOOLERR and length >= 8 and stream[at + 7]:
                found[row + 1, column + 1] = _ERRORS.get(stream[at + 6], "an error")
            elif kind == _FORMULA and length >= 14 and stream[at + 12 : at + 14] == b"\xff\xff" and stream[at + 6] == 2:
                found[row + 1, column + 1] = _ERRORS.get(stream[at + 8], "an error")
    return found


def _sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    """Yield the name of each sheet and where its records begin."""
    is_biff8 = struct.unpack_from("<H", stream, 4)[0] == _BIFF8
    for kind, at, length in _records(stream, 0):
        if kind == _EOF:
            return
        if kind == _BOUNDSHEET:
            start, n = struct.unpack_from("<I", stream, at)[0], stream[at + 6]
            text = stream[at + 7 : at + length]
            if is_biff8:
                text = text[1 : 1 + 2 * n] if text[0] & 1 else text[1 : 1 + n]
                yield text.decode("utf-16-le" if len(text) == 2 * n and stream[at + 7] & 1 else "latin-1"), start
            else:
                yield text[:n].decode("cp1252", "replace"), start


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, place of the content and its length of each record."""
    at = start
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == 0 and length == 0:
            return
        yield kind, at + 4, length
        at += 4 + length


# -- the compound file -----------------------------------------------------------------------------------------------------------


def _workbook_stream(raw: bytes) -> bytes:
    """Return the stream `Workbook` (or `Book` of older files); ValueError where there is none."""
    sector, mini = 1 << struct.unpack_from("<H", raw, 30)[0], 1 << struct.unpack_from("<H", raw, 32)[0]
    if not 128 <= sector <= 1 << 16 or not 16 <= mini <= sector:
        raise ValueError("no compound file")
    directory_at, cutoff, mini_fat_at = (struct.unpack_from("<I", raw, place)[0] for place in (48, 56, 60))
    fat = _numbers(b"".join(_sector(raw, n, sector) for n in _fat_sectors(raw, sector)))
    directory = b"".join(_sector(raw, n, sector) for n in _chain(directory_at, fat))
    entries = [directory[i : i + 128] for i in range(0, len(directory) - 127, 128)]
    named = {entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace"): entry for entry in entries}
    entry = named.get("Workbook") or named.get("Book")
    if entry is None:
        raise ValueError("no workbook in it")
    start, size = struct.unpack_from("<II", entry, 116)
    if size >= cutoff:
        return b"".join(_sector(raw, n, sector) for n in _chain(start, fat))[:size]
    root_start = struct.unpack_from("<I", entries[0], 116)[0]
    small = b"".join(_sector(raw, n, sector) for n in _chain(root_start, fat))
    mini_fat = _numbers(b"".join(_sector(raw, n, sector) for n in _chain(mini_fat_at, fat)))
    return b"".join(small[n * mini : (n + 1) * mini] for n in _chain(start, mini_fat))[:size]


def _fat_sectors(raw: bytes, sector: int) -> list[int]:
    found = [n for n in struct.unpack_from("<109I", raw, 76) if n < _END]
    more, seen = struct.unpack_from("<I", raw, 68)[0], set[int]()
    while more < _END and more not in seen:
        seen.add(more)
        *numbers, more = _numbers(_sector(raw, more, sector))
        found += [n for n in numbers if n < _END]
    return found


def _sector(raw: bytes, number: int, sector: int) -> bytes:
    start = (number + 1) * sector
    if start >= len(raw):
        raise ValueError("a sector beyond the end of the file")
    return raw[start : start + sector]


def _numbers(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])


def _chain(start: int, fat: tuple[int, ...]) -> Iterator[int]:
    seen: set[int] = set()
    while start < _END:
        if start in seen:
            raise ValueError("a chain of sectors that ends in itself")
        seen.add(start)
        yield start
        start = fat[start]
