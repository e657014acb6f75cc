"""Errors in a legacy workbook are no empty cells; the workbook is made here, record by record."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from inventory.erp_file import read_erp
from inventory.xls_holes import xls_holes
from tests.inventory.worlds import sscc

P = sscc(1)
SECTOR = 512


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def text(row: int, column: int, words: str) -> bytes:
    return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(words), 0) + words.encode("latin-1"))


def error(row: int, column: int, code: int) -> bytes:
    return record(0x0205, struct.pack("<HHHBB", row, column, 0, code, 1))


def formula_error(row: int, column: int, code: int) -> bytes:
    return record(0x0006, struct.pack("<HHH", row, column, 0) + bytes([2, 0, code, 0, 0, 0, 0xFF, 0xFF]) + bytes(6) + b"\0\0")


def workbook(*cells: bytes) -> bytes:
    """Return an `.xls` with one sheet ([MS-CFB], [MS-XLS]): header, FAT, directory, and the stream in whole sectors."""
    begin = [record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1997, 0, 0)) for kind in (0x0005, 0x0010)]
    name = b"Stock"
    sheet_at = len(begin[0]) + 4 + 8 + len(name) + 4
    bound = record(0x0085, struct.pack("<IBBBB", sheet_at, 0, 0, len(name), 0) + name)
    stream = begin[0] + bound + record(0x000A, b"") + begin[1] + b"".join(cells) + record(0x000A, b"")
    stream = stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\0")
    n = len(stream) // SECTOR
    fat = struct.pack(
        f"<{SECTOR // 4}I", 0xFFFFFFFD, 0xFFFFFFFE, *range(3, n + 2), 0xFFFFFFFE, *[0xFFFFFFFF] * (SECTOR // 4 - n - 2)
    )
    entries = [("Root Entry", 5, 0xFFFFFFFE, 0, 1), ("Workbook", 2, 2, len(stream), 0xFFFFFFFF)]
    directory = b""
    for title, kind, start, size, child in entries:
        spelled = (title + "\0").encode("utf-16-le")
        links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
        entry = (
            spelled.ljust(64, b"\0")
            + struct.pack("<HBB", len(spelled), kind, 1)
            + links
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )
        directory += entry
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return head + fat + directory.ljust(SECTOR, b"\0") + stream


HEAD = (text(0, 0, "location"), text(0, 1, "pallet"), text(0, 2, "sku"))
SOUND = (text(1, 0, "A-1"), text(1, 1, P), text(1, 2, "4711"))


def test_an_error_where_an_id_should_stand_refuses_the_row_and_is_named(tmp_path: Path) -> None:
    cells = (*HEAD, *SOUND, text(2, 0, "A-2"), error(2, 1, 0x2A), text(3, 0, "A-3"), text(3, 1, "LPN3"), formula_error(3, 2, 0x17))
    (tmp_path / "erp.xls").write_bytes(workbook(*cells))
    erp = read_erp(tmp_path / "erp.xls")
    assert [(line.location, line.pallet_text) for line in erp.lines] == [("A-1", P)]
    assert [str(f) for f in erp.faults] == [
        "erp.xls, row 3, column pallet: #N/A where an id should stand; expected text",
        "erp.xls, row 4, column sku: #REF! where an id should stand; expected text",
    ]


def test_an_error_in_the_last_column_is_found_beyond_what_the_reader_shows() -> None:
    assert xls_holes(workbook(*HEAD, *SOUND, error(5, 7, 0x07))) == {"Stock": {(6, 8): "#DIV/0!"}}
    assert xls_holes(workbook(*HEAD, *SOUND)) == {}


def test_a_harmed_workbook_ends_in_nothing_and_not_in_a_fault_of_the_program() -> None:
    rng, sound = np.random.default_rng(3), workbook(*HEAD, *SOUND, error(2, 1, 0x2A))
    for _ in range(200):
        harmed = bytearray(sound)
        for at in rng.integers(0, len(harmed), 6):
            harmed[at] = int(rng.integers(256))
        assert isinstance(xls_holes(bytes(harmed[: int(rng.integers(8, len(harmed)))])), dict)
