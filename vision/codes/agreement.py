"""Which of the decodes of one picture are believed.

A Code 128, Code 39 or 2D decode stands by itself; retail codes, ITF and Codabar have a weak check digit or none, so two decodes
from different engines or picture variants must agree. Two different texts in one place cannot both be right.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from vision.codes.decoded import MATRIX, RETAIL, WEAKLY_CHECKED, Decoded

_LEAST_HEIGHT, _LEAST_RETAIL_HEIGHT = 0.3, 0.7
"""Of a place, in its lengths: engines tell the lines that they read, and bars may reach farther. An EAN-13 is printed 0.73 high."""
_FLAT_HEIGHT = 0.4
"""The same where an engine tells one line only."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a barcode lies: a box turned as it is, half again as large round a 2D code.

    A circle round bars would reach over the next symbol of the same label.
    """

    centre: tuple[float, float]
    along: tuple[float, float]
    """Unit vector."""
    half_length: float
    half_height: float

    @classmethod
    def of(cls, d: Decoded) -> _Place:
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = d.corners_px
        sides = ((x1 + x2 - x0 - x3) / 2, (y1 + y2 - y0 - y3) / 2), ((x2 + x3 - x0 - x1) / 2, (y2 + y3 - y0 - y1) / 2)
        short, (dx, dy) = sorted(sides, key=lambda side: math.hypot(*side))
        length, height = max(math.hypot(dx, dy), 1e-6), math.hypot(*short)
        along = dx / length, dy / length
        if d.symbology in MATRIX:
            reach = max(4.0, 0.75 * length)
            return cls(d.centre_px, along, reach, reach)
        least = _LEAST_RETAIL_HEIGHT if d.symbology in RETAIL else _FLAT_HEIGHT if _is_flat(d) else _LEAST_HEIGHT
        return cls(d.centre_px, along, max(length / 2, 4.0), max(height / 2, least * length / 2, 4.0))

    def contains(self, x: float, y: float) -> bool:
        dx, dy = x - self.centre[0], y - self.centre[1]
        c, s = self.along
        return abs(dx * c + dy * s) < self.half_length and abs(dy * c - dx * s) < self.half_height

    def is_same(self, other: _Place) -> bool:
        return self.contains(*other.centre) or other.contains(*self.centre)

    def crosses(self, other: _Place) -> bool:
        """Return whether `other` may lie on the same bars, which can be as high as the symbol is long."""
        return replace(self, half_height=self.half_length).contains(*other.centre)


@dataclass(slots=True)
class _Candidate:
    first: Decoded
    place: _Place
    votes: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_weak(self) -> bool:
        if self.first.symbology == "Code39":  # pyzbar's reads of one or two letters are phantoms
            return all(engine == "pyzbar" for engine, _ in self.votes)
        return self.first.symbology in WEAKLY_CHECKED


class Ballot:
    """Collects the decodes of one picture, whatever their order, and elects."""

    def __init__(self, is_sought: Callable[[Decoded], bool] | None = None) -> None:
        """Start without decodes; what `is_sought` must be among the elected before the ballot is settled."""
        self._is_sought = is_sought
        self._candidates: dict[tuple[str, str, int], _Candidate] = {}
        self._winners: list[_Candidate] | None = None

    def add(self, found: list[Decoded]) -> None:
        """Count each decode as the vote of its engine and variant."""
        for d in found:
            place = _Place.of(d)
            candidate = self._candidates.setdefault(self._key(d, place), _Candidate(d, place))
            candidate.votes.add((d.engine, d.variant))
            if _is_flat(candidate.first) and not _is_flat(d):  # one line of one engine says little about where the bars lie
                candidate.first, candidate.place = d, place
            self._winners = None

    def _key(self, d: Decoded, at: _Place) -> tuple[str, str, int]:
        """Same text at two places of a picture is two barcodes: the third part counts the places."""
        text = d.text.zfill(13) if d.symbology in RETAIL else d.text
        place = 0
        while (known := self._candidates.get((d.family, text, place))) is not None and not known.place.is_same(at):
            place += 1
        return d.family, text, place

    def _elect(self) -> list[_Candidate]:
        if self._winners is None:
            believed = [c for c in self._candidates.values() if len(c.votes) >= 2 or not c.is_weak]
            rivals = self._candidates.values()
            most = max((len(rival.votes) for rival in rivals), default=0)
            self._winners = [
                c
                for c in believed
                if (not c.is_weak and len(c.votes) == most) or not any(_beats(rival, c) for rival in rivals if rival is not c)
            ]
        return self._winners

    def elected(self) -> list[Decoded]:
        """Return one decode per barcode that is believed: the first of its votes."""
        return [c.first for c in self._elect()]

    def standing(self) -> list[Decoded]:
        """Return the elected, and what further frames may still elect: weak codes that nothing sounder lies in the place of."""
        return [c.first for c in [*self._elect(), *self._waiting()]]

    @property
    def is_settled(self) -> bool:
        """Whether something that is sought is elected and nothing else waits for a second vote."""
        return any(self._is_sought is None or self._is_sought(c.first) for c in self._elect()) and not self._waiting()

    def waiting(self) -> list[Decoded]:
        """Return the weak codes that lack a second vote, where nothing elected lies."""
        return [c.first for c in self._waiting()]

    def _waiting(self) -> list[_Candidate]:
        elected = self._elect()
        weak = (c for c in self._candidates.values() if c.is_weak and len(c.votes) < 2)
        return [c for c in weak if not any(e.place.is_same(c.place) for e in elected)]

    def covers(self, x: float, y: float) -> bool:
        """Return whether an elected barcode lies at this place of the picture."""
        return any(c.place.contains(x, y) for c in self._elect())


def _is_flat(d: Decoded) -> bool:
    """Return whether the corners enclose less than a line of pixels."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = d.corners_px
    return abs((x2 - x0) * (y3 - y1) - (x3 - x1) * (y2 - y0)) / 2 < 1.0


def _is_part(c: _Candidate, whole: _Candidate) -> bool:
    """Return whether `c` is a piece of an Interleaved 2 of 5 that was read whole: any line that leaves its bars aslant is one."""
    text = whole.first.text
    is_piece = c.first.symbology == whole.first.symbology == "ITF" and len(c.first.text) < len(text) and c.first.text in text
    return is_piece and len(whole.votes) >= 2 and whole.place.crosses(c.place)


def _beats(rival: _Candidate, c: _Candidate) -> bool:
    """Return whether `rival`, in the same place and of the same kind of symbol, is the better explanation."""
    if _is_part(c, rival):
        return True
    if rival.is_weak != c.is_weak:  # a phantom retail code inside a Code 128 is the commonest wrong read of all
        is_better = c.is_weak
    elif rival.first.family != c.first.family and not c.is_weak:
        is_better = False
    elif len(rival.votes) != len(c.votes):
        is_better = len(rival.votes) > len(c.votes)
    else:
        is_better = c.is_weak and len(rival.first.text) >= len(c.first.text)
    return is_better and rival.place.is_same(c.place)
