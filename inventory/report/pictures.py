"""Evidence pictures as data URIs, each embedded once, within a size that a mail attachment or an old laptop can carry."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np

from warehouse.run_folder import RunFolder

MAX_TOTAL_BYTES = 5_500_000
"""Of all pictures before base64 adds a third: keeps the page of a site of a few hundred locations under 8 MB."""
FULL_LONGEST_PX = 1600
"""A finding's pictures are shown as they are up to this size; label bars stay countable."""
SMALL_LONGEST_PX = 480
"""Of pictures that no finding needs: enough to see what stands there."""
_SMALL_QUALITY = 70

_MEDIA_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


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
        """Embed the pictures at `paths`, those of findings `in_full`, others reduced; a path that is known already is passed over.

        Call it for what matters most first: once the budget is used up, later pictures are left out.
        """
        for path in paths:
            if path not in self.uris and path not in self.problems:
                self._embed(path, in_full=in_full)

    def _embed(self, path: str, *, in_full: bool) -> None:
        file = (self.run.root / path).resolve()
        if not file.is_relative_to(self.run.root.resolve()) or not file.is_file():
            self.problems[path] = "missing"
            return
        content = file.read_bytes()
        media_type = next((kind for magic, kind in _MEDIA_TYPES.items() if content.startswith(magic)), None)
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_ANYCOLOR) if media_type else None
        if media_type is None or pixels is None:
            self.problems[path] = "unusable"
            return
        longest = max(pixels.shape[:2])
        limit = FULL_LONGEST_PX if in_full else SMALL_LONGEST_PX
        if longest > limit:
            pixels = cv2.resize(pixels, None, fx=limit / longest, fy=limit / longest, interpolation=cv2.INTER_AREA)
        if longest > limit or not in_full:
            smaller = bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _SMALL_QUALITY])[1])
            if len(smaller) < len(content):
                content, media_type = smaller, "image/jpeg"
        if len(content) > self.budget:
            self.problems[path] = "left_out"
            return
        self.budget -= len(content)
        self.uris[path] = f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
