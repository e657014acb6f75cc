"""Which of the decodes of one picture are believed.

A Code 128, Code 39 or 2D decode stands by itself; retail codes, ITF and Codabar have a weak check digit or none, so two decodes
from different engines or picture variants must agree. Two different texts in one place cannot both be right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from vision.decoded import RETAIL, WEAKLY_CHECKED, Decoded


@dataclass(slots=True)
class _Candidate:
    first: Decoded
    votes: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_weak(self) -> bool:
        by_zbar_alone = {engine for engine, _ in self.votes} == {"pyzbar"}  # its Code 39 reads of one or two letters are phantoms
        return self.first.symbology in WEAKLY_CHECKED or (self.first.symbology == "Code39" and by_zbar_alone)

    @property
    def size_px(self) -> float:
        (x0, y0), _, (x1, y1), _ = self.first.corners_px
        return math.hypot(x1 - x0, y1 - y0)


class Ballot:
    """Collects the decodes of one picture, whatever their order, and elects."""

    def __init__(self) -> None:
        """Start without decodes."""
        self._candidates: dict[tuple[str, str, int], _Candidate] = {}

    def add(self, found: list[Decoded]) -> None:
        """Count each decode as the vote of its engine and variant."""
        for d in found:
            key = self._key(d)
            self._candidates.setdefault(key, _Candidate(d)).votes.add((d.engine, d.variant))

    def _key(self, d: Decoded) -> tuple[str, str, int]:
        """Same text at two places of a picture is two barcodes: the third part counts the places."""
        text = d.text.zfill(13) if d.symbology in RETAIL else d.text
        place = 0
        while (known := self._candidates.get((d.family, text, place))) is not None and not _is_same_place(known.first, d):
            place += 1
        return d.family, text, place

    def elected(self) -> list[Decoded]:
        """Return one decode per barcode that is believed: the first of its votes."""
        believed = [c for c in self._candidates.values() if len(c.votes) >= 2 or not c.is_weak]
        return [c.first for c in believed if not any(_beats(rival, c) for rival in self._candidates.values() if rival is not c)]

    @property
    def is_settled(self) -> bool:
        """Whether something is elected and nothing else waits for a second vote."""
        elected = self.elected()
        return bool(elected) and all(
            any(_is_same_place(e, c.first) for e in elected) for c in self._candidates.values() if len(c.votes) < 2 and c.is_weak
        )

    def covers(self, x: float, y: float) -> bool:
        """Return whether an elected barcode lies at this place of the picture."""
        return any(_contains(d, x, y) for d in self.elected())


def _beats(rival: _Candidate, c: _Candidate) -> bool:
    """Return whether `rival`, in the same place and of the same kind of symbol, is the better explanation."""
    if not _is_same_place(rival.first, c.first):
        return False
    if rival.is_weak != c.is_weak:  # a phantom retail code inside a Code 128 is the commonest wrong read of all
        return c.is_weak
    if rival.first.family != c.first.family and not c.is_weak:
        return False
    if len(rival.votes) != len(c.votes):
        return len(rival.votes) > len(c.votes)
    return c.is_weak and len(rival.first.text) >= len(c.first.text)


def _is_same_place(a: Decoded, b: Decoded) -> bool:
    return _contains(a, *b.centre_px) or _contains(b, *a.centre_px)


def _contains(d: Decoded, x: float, y: float) -> bool:
    cx, cy = d.centre_px
    half = max(4.0, *(math.hypot(px - cx, py - cy) for px, py in d.corners_px))
    return math.hypot(x - cx, y - cy) < half
