"""Sound stock lists of every profile, and the ways in which `benchmarks.erp_mutated` harms them; all seeded."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import openpyxl
from numpy.random import Generator

from inventory.erp_lines import DELIMITER_NAMES
from inventory.profiles import Profile
from warehouse.pallet_ids import check_digit


def generated(profile: Profile, rng: Generator) -> dict[str, bytes]:
    """Return lists of one profile, as text in each delimiter and code page that it may have, and as a workbook."""
    headers: dict[str, list[str]] = {}
    for header, field in profile.headers.items():
        headers.setdefault(field, []).append(header)
    signature = list(profile.any_signature[int(rng.integers(len(profile.any_signature)))]) if profile.any_signature else []
    meaning = dict(profile.headers)
    titles = list(dict.fromkeys([*signature, *profile.signature]))
    have = {meaning.get(title) for title in titles}
    titles += [
        str(rng.choice(names))
        for field, names in headers.items()
        if field not in have and (field in profile.required or rng.random() < 0.6)
    ]
    titles = [str(t) for t in rng.permutation([*titles, "note"])]
    rows = [[_cell(meaning.get(title, ""), n, profile, rng) for title in titles] for n in range(int(rng.integers(2, 30)))]
    if profile.preamble_end:
        rows = [["x"] + [""] * (len(titles) - 1), [profile.preamble_end], *rows]
    files: dict[str, bytes] = {}
    for delimiter in profile.delimiters:
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows([titles, *rows])
        for encoding in ("utf-8", "utf-8-sig", "utf-16", *profile.encodings):
            files[f"{profile.name}-{DELIMITER_NAMES[delimiter]}-{encoding}.csv"] = stream.getvalue().encode(encoding, "replace")
    if profile.is_page_list:
        rule = "-" * 60
        lines = ["23.11.2026   Liste   1", "", rule, "|" + "|".join(titles) + "|", rule]
        lines += ["|" + "|".join(cell.replace("|", "/") for cell in row) + "|" for row in rows] + [rule]
        files[f"{profile.name}-list.txt"] = "\r\n".join(lines).encode("cp1252", "replace")
    files[f"{profile.name}.xlsx"] = workbook([titles, *rows])
    return files


def workbook(rows: list[list[Any]]) -> bytes:
    """Return an XLSX of one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(field: str, n: int, profile: Profile, rng: Generator) -> str:
    digits = f"37612345{int(rng.integers(10**9)):09d}"
    number = f"{int(rng.integers(1, 999))}{profile.decimal_mark}{int(rng.integers(1, 999)):03d}"
    return {
        "location": f"A{n // 9:02d}-{n % 9}-{int(rng.integers(1, 5))}",
        "pallet": str(rng.choice([digits + check_digit(digits), f"LPN{n:06d}", ""])),
        "parent_pallet": str(rng.choice(["", f"TOP{n // 3:06d}"])),
        "sku": f"{n:08d}",
        "quantity": number,
        "value": number,
        "uom": "EA",
        "batch": f"{int(rng.integers(10**6)):010d}",
        "expiry": str(rng.choice(["2027-01-31", "", "31.01.2027"])),
        "moved_at": f"2026-11-{int(rng.integers(1, 28)):02d}",
        "currency": "EUR",
        "abc": str(rng.choice(["A", "B", "C"])),
        "row_ref": f"id{n}",
    }.get(field, str(rng.choice(["Grün; 5 l", 'pipe 5"', "two\nlines", "=SUM(A1)", "Öl, Ñandú", "", "a|b"])))


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def cut(rng: Generator, data: bytes) -> bytes:
    """Keep only a beginning."""
    return data[: int(rng.integers(0, len(data)))]


def swap_delimiters(rng: Generator, data: bytes) -> bytes:
    """Turn one separator into another, everywhere or here and there."""
    old, new = rng.choice([b",", b";", b"\t", b"|"], 2, replace=False)
    return data.replace(old, new) if rng.random() < 0.5 else data.replace(old, new, int(rng.integers(1, 12)))


def flip_bytes(rng: Generator, data: bytes) -> bytes:
    """Change up to 12 bytes anywhere."""
    harmed = bytearray(data)
    for at in rng.integers(0, len(data), int(rng.integers(1, 13))):
        harmed[at] = int(rng.integers(256))
    return bytes(harmed)


def double_rows(rng: Generator, data: bytes) -> bytes:
    """Write rows twice, the header too."""
    lines = _lines(data)
    for _ in range(int(rng.integers(1, 5))):
        at = int(rng.integers(len(lines)))
        lines.insert(int(rng.integers(len(lines) + 1)), lines[at])
    return b"".join(lines)


def shuffle_rows(rng: Generator, data: bytes) -> bytes:
    """Sort the header away, as happens in spreadsheets."""
    lines = _lines(data)
    return b"".join(lines[int(i)] for i in rng.permutation(len(lines)))


def open_quotes(rng: Generator, data: bytes) -> bytes:
    """Put quotes anywhere, or take some away."""
    if rng.random() < 0.3:
        return data.replace(b'"', b"", int(rng.integers(1, 4)))
    harmed = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        marks = [m.end() for m in re.finditer(rb"[,;\t|\n]", bytes(harmed))] or [0]
        at = marks[int(rng.integers(len(marks)))] if rng.random() < 0.7 else int(rng.integers(len(harmed) + 1))
        harmed[at:at] = b'"'
    return bytes(harmed)


def floats(rng: Generator, data: bytes) -> bytes:
    """Write whole numbers as a spreadsheet or pandas does."""
    forms: tuple[Callable[[re.Match[bytes]], bytes], ...] = (
        lambda m: m[0] + b".0",
        lambda m: b"%.5e" % int(m[0][:25]),
        lambda m: b"%.5E" % int(m[0][:25]),
        lambda m: m[0].lstrip(b"0") or b"0",
    )
    form = forms[int(rng.integers(len(forms)))]
    share = float(rng.choice([0.05, 0.5, 1.0]))
    return re.sub(rb"(?<![0-9.])[0-9]{3,}(?![0-9.])", lambda m: form(m) if rng.random() < share else m[0], data)


def marks(rng: Generator, data: bytes) -> bytes:
    """Put a byte order mark in front, perhaps the wrong one, perhaps two."""
    return bytes(rng.choice([b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"])) + data


def line_ends(rng: Generator, data: bytes) -> bytes:
    """Mix CR, LF and CRLF, form feeds and vertical tabs, blank lines."""
    ends = [b"\r", b"\n", b"\r\n", b"\r\r\n", b"\n\n", b"\x0c\n", b"\x0b\r\n", b"\x1c\n", b"\xc2\x85\n"]
    return b"".join(line.rstrip(b"\r\n") + ends[int(rng.integers(len(ends)))] for line in _lines(data))


def columns(rng: Generator, data: bytes) -> bytes:
    """Take a column away or write one twice, in all rows or from some row on."""
    lines = _lines(data)
    mark = max((b",", b";", b"\t", b"|"), key=lambda m: lines[0].count(m) + lines[-1].count(m))
    column, start = int(rng.integers(12)), int(rng.choice([0, 0, 0, len(lines) // 2]))
    is_doubled = rng.random() < 0.5
    for n in range(start, len(lines)):
        cells = lines[n].rstrip(b"\r\n").split(mark)
        if column < len(cells):
            cells[column : column + 1] = [cells[column]] * 2 if is_doubled else []
            lines[n] = mark.join(cells) + b"\r\n"
    return b"".join(lines)


def code_page(rng: Generator, data: bytes) -> bytes:
    """Write the text in another code page, or in two."""
    text = data.decode(str(rng.choice(["utf-8", "cp1252", "latin-1"])), "replace")
    half = len(text) // 2
    one, two = (str(x) for x in rng.choice(["utf-8", "cp1252", "cp1250", "cp850", "utf-16-le", "utf-16-be", "utf-7", "latin-1"], 2))
    return (
        text.encode(one, "replace")
        if rng.random() < 0.6
        else text[:half].encode(one, "replace") + text[half:].encode(two, "replace")
    )


def nuls(rng: Generator, data: bytes) -> bytes:
    """Put NUL and other control bytes in."""
    harmed = bytearray(data)
    for at in rng.integers(0, len(data) + 1, int(rng.integers(1, 5))):
        harmed[int(at) : int(at)] = bytes(rng.choice([b"\0", b"\x1a", b"\x1b", b"\xe2\x80\x8b", b"\xe2\x80\xae", b"\xc2\xa0"]))
    return bytes(harmed)


def splice(rng: Generator, data: bytes) -> bytes:
    """Leave out a stretch in the middle, or write one twice."""
    a, b = sorted(int(x) for x in rng.integers(0, len(data) + 1, 2))
    return data[:a] + data[b:] if rng.random() < 0.5 else data[:b] + data[a:]


def titles(rng: Generator, data: bytes) -> bytes:
    """Put title lines, totals and rules anywhere."""
    lines = _lines(data)
    for _ in range(int(rng.integers(1, 6))):
        line = bytes(
            rng.choice(
                [
                    b"Stock list\r\n",
                    b"-----\r\n",
                    b"Total,,,\r\n",
                    b"*;;;\r\n",
                    b"\r\n",
                    b",,,,\r\n",
                    b"page 2 of 3;\r\n",
                    b"------\r\n",
                ]
            )
        )
        lines.insert(int(rng.integers(len(lines) + 1)), line)
    return b"".join(lines)


HARMS: tuple[Callable[[Generator, bytes], bytes], ...] = (
    *(cut, swap_delimiters, flip_bytes, double_rows, shuffle_rows, open_quotes, floats, marks, line_ends, columns, code_page, nuls),
    *(splice, titles),
)


def harmed_workbook(rng: Generator, data: bytes) -> bytes:
    """Harm the cells of a workbook: numbers for texts, rows doubled, blank, cut, columns moved, a second sheet."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(data))
    except (ValueError, KeyError, OSError, zipfile.BadZipFile):
        return flip_bytes(rng, data)
    sheet = book.active
    for _ in range(int(rng.integers(1, 6))):
        row, column = int(rng.integers(1, sheet.max_row + 2)), int(rng.integers(1, sheet.max_column + 2))
        which = int(rng.integers(7))
        if which == 0:
            value: Any = [101, 376123450000000016, 1.5, True, "", None, "\u200bA", "x\ny", 1e300, -0.0, "#N/A", "=1/0"][
                int(rng.integers(12))
            ]
            sheet.cell(row=row, column=column, value=value)
        elif which == 1:
            sheet.insert_rows(row, int(rng.integers(1, 4)))
        elif which == 2:
            sheet.delete_rows(row)
        elif which == 3:
            sheet.delete_cols(column)
        elif which == 4:
            sheet.append([cell.value for cell in sheet[min(row, sheet.max_row)]])
        elif which == 5 and len(book.sheetnames) < 3:
            book.copy_worksheet(sheet)
        else:
            sheet.insert_cols(column)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def mutated(number: int, files: dict[str, bytes]) -> tuple[str, str, bytes]:
    """Return how the file of this number is harmed, its name, and its bytes."""
    rng = np.random.default_rng([2026, 11, number])
    name = list(files)[int(rng.integers(len(files)))]
    data = files[name]
    if data.startswith(b"PK\x03\x04") and rng.random() < 0.8:
        return "workbook", name, harmed_workbook(rng, data)
    first = HARMS[number % len(HARMS)]
    more = [HARMS[int(i)] for i in rng.integers(0, len(HARMS), int(rng.choice([0, 0, 1, 2])))]
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff")) and rng.random() < 0.8  # harm its text rather than its pairs of bytes
    if is_wide:
        data = data.decode("utf-16").encode()
    for harm in (first, *more):
        data = harm(rng, data) if data else data
    return first.__name__, name, data.decode("utf-8", "replace").encode("utf-16") if is_wide else data
