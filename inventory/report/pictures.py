"""Evidence pictures as data URIs, each embedded once, within a size that a mail attachment or an old laptop can carry.

What proves a finding comes first, and shares the room: where all of it does not fit as it is, it is all made smaller, as far as
labels stay legible, rather than half of it left out.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from warehouse.run_folder import RunFolder

MAX_TOTAL_BYTES = 5_500_000
"""Of all pictures before base64 adds a third: keeps the page of a site of a few hundred locations under 8 MB."""
MAX_TOTAL_BYTES_OF_MANY = 4_200_000
"""Where thousands of locations take room themselves: keeps the page of 10,000 under 15 MB."""
_SAMPLE = 12
"""Pictures by which it is judged whether all of them will fit."""


@dataclass(frozen=True, slots=True)
class Fineness:
    """How a picture is embedded."""

    longest_px: int
    webp_quality: int | None
    """None: as it is, where it is no larger."""


FULL = Fineness(1600, None)
"""A finding's pictures are shown as they are up to this size; label bars stay countable."""
REDUCED = (Fineness(640, 60), Fineness(480, 40), Fineness(360, 40))
"""Where many findings share the room: digits stay legible."""
SMALL = Fineness(480, 55)
"""Of pictures that no finding needs: enough to see what stands there."""

_LEAST_BYTES = 6_000
"""Room for one such picture; with less of it left, no file is opened any more."""

_MEDIA_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True, slots=True)
class _Encoded:
    media_type: str
    content: bytes


@dataclass(slots=True)
class PictureBook:
    """Pictures by their path in the run folder, and the reason for each that cannot be shown."""

    run: RunFolder
    budget: int = MAX_TOTAL_BYTES
    """Bytes that may still be embedded."""
    uris: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    """Path -> `missing`, `unusable` or `left_out`."""

    def add(self, paths: Iterable[str], *, in_full: bool) -> None:
        """Embed the pictures at `paths`: those of findings `in_full` where they all fit, else reduced; others small.

        A path that is known already is passed over. Call it for what matters most first: once the budget is used up, later pictures
        are left out.
        """
        files = dict(self._there(path for path in dict.fromkeys(paths) if path not in self.uris and path not in self.problems))
        if in_full and files:
            for path, picture in self._finest_that_fit(files).items():
                self._embed(path, picture)
            return
        for path, file in files.items():
            if self.budget < _LEAST_BYTES:
                self.problems[path] = "left_out"
                continue
            self._embed(path, _encoded(file, SMALL))
            if self.problems.get(path) == "left_out":
                self.budget = 0  # it is full: opening thousands of files more to find one that still fits is not worth it

    def _finest_that_fit(self, files: dict[str, Path]) -> dict[str, _Encoded | None]:
        """Return all of them as fine as there is room for; the least fine where there is none."""
        might_fit = sum(file.stat().st_size for file in files.values()) <= self.budget
        some = list(files.values())[:: max(len(files) // _SAMPLE, 1)]
        made: dict[str, _Encoded | None] = {}
        for fineness in (FULL, *REDUCED) if might_fit else REDUCED:
            if fineness != REDUCED[-1] and _bytes(_encoded(file, fineness) for file in some) / len(some) * len(files) > self.budget:
                continue
            made = {path: _encoded(file, fineness) for path, file in files.items()}
            if _bytes(made.values()) <= self.budget:
                break
        return made

    def _there(self, paths: Iterable[str]) -> Iterator[tuple[str, Path]]:
        root = self.run.root.resolve()
        for path in paths:
            file = (root / path).resolve()
            if file.is_relative_to(root) and file.is_file():
                yield path, file
            else:
                self.problems[path] = "missing"

    def _embed(self, path: str, picture: _Encoded | None) -> None:
        if picture is None:
            self.problems[path] = "unusable"
        elif len(picture.content) > self.budget:
            self.problems[path] = "left_out"
        else:
            self.budget -= len(picture.content)
            self.uris[path] = f"data:{picture.media_type};base64,{base64.b64encode(picture.content).decode('ascii')}"


def _bytes(pictures: Iterable[_Encoded | None]) -> int:
    return sum(len(picture.content) for picture in pictures if picture)


def _encoded(file: Path, fineness: Fineness) -> _Encoded | None:
    """Return a picture as it is embedded; None for a file that is none."""
    content = file.read_bytes()
    media_type = next((kind for magic, kind in _MEDIA_TYPES.items() if content.startswith(magic)), None)
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_ANYCOLOR) if media_type else None
    if media_type is None or pixels is None:
        return None
    longest = max(pixels.shape[:2])
    if longest > fineness.longest_px:
        scale = fineness.longest_px / longest
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if longest > fineness.longest_px or fineness.webp_quality is not None:
        quality = 80 if fineness.webp_quality is None else fineness.webp_quality
        smaller = bytes(cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, quality])[1])
        if len(smaller) < len(content):
            return _Encoded("image/webp", smaller)
    return _Encoded(media_type, content)
