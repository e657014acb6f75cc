"""Cells of an XLSX workbook that its reader shows as empty though they are not: errors such as #N/A, and formulas without a value.

A pallet id behind one of them would be lost without a word, and its row would call the location empty.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from xml.etree import ElementTree as ET

LARGEST_BYTES = 1_000_000_000
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_INLINE = re.compile(rb"<(?:\w+:)?is\b")
_PLACE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
_DAMAGE = (
    zipfile.BadZipFile,
    ET.ParseError,
    KeyError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    zlib.error,
)
WITHOUT_VALUE = "a formula without its value"


def holes(raw: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Return by sheet (row, column), both from 1, of each such cell, and what it holds: the error, or WITHOUT_VALUE.

    Nothing where the file is no zip archive or its parts are damaged: its reader says that.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return {name: found for name, part in _sheets(archive).items() if (found := _holes_of(archive, part))}
    except _DAMAGE:
        return {}


def unpacked_bytes(raw: bytes) -> int:
    """Return how large an XLSX says that it is without its compression; 0 where it is damaged: its reader says that."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except _DAMAGE:
        return 0


def far_cell(raw: bytes, most_cells: int) -> str:
    """Return in words which sheet of an XLSX reaches so far that it has more than `most_cells` cells; empty when none does."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for name, part in _sheets(archive).items():
                places = _PLACE.findall(archive.read(part)) if archive.getinfo(part).file_size <= LARGEST_BYTES else []
                rows, columns = max((int(row) for _, row in places), default=0), max((_column(c) for c, _ in places), default=0)
                if rows * columns > most_cells:
                    return f"sheet {name!r} reaches to row {rows} and column {columns}"
    except _DAMAGE:
        return ""
    return ""


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of the archive that holds each sheet."""
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id", ""): posixpath.normpath(posixpath.join("/xl", r.get("Target", ""))).lstrip("/") for r in relations}
    sheets = [e for e in ET.fromstring(archive.read("xl/workbook.xml")).iter() if e.tag.rpartition("}")[2] == "sheet"]
    return {
        e.get("name", ""): targets[relation]
        for e in sheets
        if (relation := next((v for k, v in e.attrib.items() if k.endswith("}id")), "")) in targets
    }


def _holes_of(archive: zipfile.ZipFile, part: str) -> dict[tuple[int, int], str]:
    if part not in archive.namelist() or archive.getinfo(part).file_size > LARGEST_BYTES:
        return {}
    xml = archive.read(part)
    if b't="e"' not in xml and _FORMULA.search(xml) is None:
        return {}
    found: dict[tuple[int, int], str] = {}
    for attributes, content in _CELL.findall(xml):
        place, value = _REFERENCE.search(attributes), _VALUE.search(content)
        is_error = b't="e"' in attributes
        is_bare = (
            value is None
            and _FORMULA.search(content) is not None
            and _INLINE.search(content) is None
            and b't="str"' not in attributes
        )
        if place is not None and (is_error or is_bare):
            what = value[1].decode("utf-8", "replace") if value is not None else WITHOUT_VALUE
            found[int(place[2]), _column(place[1])] = what
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
